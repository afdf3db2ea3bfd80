"""Named entities from token vectors: the layers and the greedy transitions of spaCy's `ner`, over arrays.

Weights are arguments; reading them out of a model is not done here. Every matrix is float32.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from numba import njit

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

TILE = 512
HALO = 4
"""Each of four layers looks one token to either side, so a tile is right but for this many rows at its ends."""

Layer = tuple[Floats, Floats, Floats, Floats]  # weights (inputs, 3 x width), bias (3 x width), gain, shift


def mixed(x: Floats, layer: Layer) -> Floats:
    """Maxout of three pieces, then normalisation, of each row."""
    weights, bias, gain, shift = layer
    found: Floats = _maxout_norm(x @ weights, bias, gain, shift)
    return found


def encoded(x: Floats, layers: Sequence[Layer]) -> Floats:
    """Rows that have looked at their neighbours once a layer; what lies beyond the ends is zero."""
    found = np.empty_like(x)
    for at in range(0, len(x), TILE):
        low, high = max(0, at - HALO), min(len(x), at + TILE + HALO)
        rows = x[low:high]
        for layer in layers:
            rows = rows + mixed(_window(rows), layer)
        end = min(len(x), at + TILE)
        found[at:end] = rows[at - low : end - low]
    return found


def _window(x: Floats) -> Floats:
    n, width = x.shape
    wide = np.zeros((n, 3 * width), np.float32)
    wide[1:, :width] = x[:-1]
    wide[:, width : 2 * width] = x
    wide[:-1, 2 * width :] = x[1:]
    return wide


@njit(nogil=True, cache=True)
def _maxout_norm(pieces: Floats, bias: Floats, gain: Floats, shift: Floats) -> Floats:
    n, width = pieces.shape[0], gain.shape[0]
    found = np.empty((n, width), np.float32)
    for row in range(n):
        total = np.float32(0)
        for i in range(width):
            best = max(
                pieces[row, i] + bias[i],
                pieces[row, width + i] + bias[width + i],
                pieces[row, 2 * width + i] + bias[2 * width + i],
            )
            found[row, i] = best
            total += best
        mean = total / np.float32(width)
        spread = np.float32(0)
        for i in range(width):
            spread += (found[row, i] - mean) ** 2
        scale = np.float32(1) / np.sqrt(spread / np.float32(width) + np.float32(1e-8))
        for i in range(width):
            found[row, i] = (found[row, i] - mean) * scale * gain[i] + shift[i]
    return found


@njit(nogil=True, cache=True)
def decoded(
    features: Floats,
    pads: Floats,
    upper: Floats,
    bias: Floats,
    is_space: npt.NDArray[np.bool_],
    starts: Ints,
    n_labels: int,
) -> npt.NDArray[np.int64]:
    """The entities of documents: rows of first token, token after the last, label.

    Args:
        features: of each token as current, first and last of the open entity: (tokens, 3, 128), both pieces of 64.
        pads: what stands in for an absent token, of the same three, then the layer's bias: (4, 128).
        upper: (64, actions); actions are begin, in, last and unit of every label, then outside.
        bias: (actions).
        is_space: tokens on which no entity begins.
        starts: first token of each document, and the number of tokens.
        n_labels: number of labels.
    """
    found = np.empty((len(features), 3), np.int64)
    n_found, half = 0, features.shape[2] // 2
    state, scores = np.empty(features.shape[2], np.float32), np.empty(upper.shape[1], np.float32)
    for document in range(len(starts) - 1):
        first, label = -1, -1
        for at in range(starts[document], starts[document + 1]):
            is_last = at + 1 == starts[document + 1]
            for i in range(2 * half):
                if first < 0:
                    state[i] = features[at, 0, i] + pads[1, i] + pads[2, i] + pads[3, i]
                else:
                    state[i] = features[at, 0, i] + features[first, 1, i] + features[at - 1, 2, i] + pads[3, i]
            _score(state, half, upper, bias, scores)
            if first >= 0:
                if is_last or scores[2 * n_labels + label] > scores[n_labels + label]:
                    found[n_found, 0], found[n_found, 1], found[n_found, 2] = first, at + 1, label
                    n_found, first = n_found + 1, -1
                continue
            n_units = 0 if is_space[at] else n_labels
            action = _best(scores, n_labels, 0 if is_last else n_units, n_units)
            if action < n_labels:
                first, label = at, action
            elif action < 4 * n_labels:
                found[n_found, 0], found[n_found, 1], found[n_found, 2] = at, at + 1, action - 3 * n_labels
                n_found += 1
    return found[:n_found]


@njit(nogil=True, cache=True)
def _score(state: Floats, half: int, upper: Floats, bias: Floats, scores: Floats) -> None:
    scores[:] = bias
    for k in range(half):
        hidden = max(state[k], state[half + k])
        for action in range(len(scores)):
            scores[action] += hidden * upper[k, action]


@njit(nogil=True, cache=True)
def _best(scores: Floats, n_labels: int, n_begins: int, n_units: int) -> int:
    """The best action outside of an entity, of equal ones the first: begin, unit (if allowed: all or none), outside."""
    best, top = 4 * n_labels, -np.inf
    for action in range(n_begins):
        if scores[action] > top:
            best, top = action, scores[action]
    for action in range(3 * n_labels, 3 * n_labels + n_units):
        if scores[action] > top:
            best, top = action, scores[action]
    return 4 * n_labels if scores[4 * n_labels] > top else best
