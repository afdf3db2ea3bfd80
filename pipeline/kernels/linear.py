"""A linear classifier of texts: which tokens and pairs of tokens stand in them, each hashed to one of 2^18 weights.

Tokens are those of `alnum-han@1` (`pipeline.kernels.text`), so English and Chinese need no segmenter. How often a
feature stands does not matter, so that no repetition outweighs the rest. Files and labels are not known here.
"""

from typing import Any

import numpy as np
import pyarrow as pa
from numba import njit

from pipeline.kernels import unicode_classes as uni
from pipeline.kernels.strings import buffers
from pipeline.kernels.text import decode, most
from pipeline.kernels.text_columns import COUNTS
from pipeline.kernels.text_tokens import PRIME, SEED, tokens

BUCKETS = 1 << 18
MOST_TOKENS = 4096
"""From the beginning of a text that are looked at: ten pages in English, five in Chinese."""
ROUNDS, RATE, SHRINK = 12, 0.5, 1e-6
"""Of AdaGrad (Duchi et al. 2011): passes over the texts, step, L2 penalty."""

_SHIFT, _HALF, _MIX = np.uint64(46), np.uint64(32), np.uint64(0x9E3779B97F4A7C15)
_COUNTS = len(COUNTS)


def features(texts: pa.Array | pa.ChunkedArray) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of the features of each text, each once, and where those of a text begin.

    Args:
        texts: string or large_string, any slice, nulls allowed (a null is an empty text).

    Returns:
        int32 features below `BUCKETS`, one text after the other; int64 offsets, one more than texts.
    """
    data, offsets = buffers(texts)
    room = int(np.minimum(np.diff(offsets), MOST_TOKENS).sum()) * 2
    found, ends = np.empty(room, np.int32), np.zeros(len(offsets), np.int64)
    _features(data, offsets, uni.properties(), found, ends)
    return found[: ends[-1]], ends


def fit(found: np.ndarray, ends: np.ndarray, accepted: np.ndarray) -> np.ndarray:
    """Weights of a logistic regression, float32, the last one the bias; the order of the texts matters.

    Args:
        found: of `features`.
        ends: of `features`.
        accepted: bool, one for each text.
    """
    weights, squares = np.zeros(BUCKETS + 1, np.float32), np.full(BUCKETS + 1, 1e-8, np.float32)
    _fit(found, ends, accepted.astype(np.float32), weights, squares)
    return weights


def probabilities(found: np.ndarray, ends: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Of being accepted, for each text, in ppm (int32)."""
    scores = np.empty(len(ends) - 1, np.float64)
    _scores(found, ends, weights, scores)
    return np.asarray(1_000_000 / (1 + np.exp(-np.clip(scores, -30, 30)))).astype(np.int32)


@njit(nogil=True, cache=True)
def _features(data: Any, offsets: Any, properties: Any, found: Any, ends: Any) -> None:
    longest = 1
    for d in range(len(offsets) - 1):
        longest = max(longest, most(data, offsets[d], offsets[d + 1]))
    cps, bits = np.empty(longest + 1, np.int32), np.empty(longest + 1, np.uint16)
    first, last = np.empty(longest + 1, np.int32), np.empty(longest + 1, np.int32)
    hashes, kinds = np.empty(longest + 1, np.uint64), np.empty(longest + 1, np.uint8)
    breaks, row = np.empty(longest + 1, np.int32), np.zeros(_COUNTS, np.int64)
    seen, m = np.full(BUCKETS, -1, np.int32), 0
    for d in range(len(offsets) - 1):
        n, _ = decode(data, offsets[d], offsets[d + 1], properties, cps, bits, breaks, row)
        n_tokens, before = min(tokens(cps, bits, n, first, last, hashes, kinds), MOST_TOKENS), SEED
        for w in range(n_tokens):
            for key in (hashes[w], (before * _MIX ^ hashes[w]) * PRIME):
                feature = np.int64(((key ^ (key >> _HALF)) * _MIX) >> _SHIFT)
                if seen[feature] != d:
                    seen[feature] = d
                    found[m] = feature
                    m += 1
            before = hashes[w]
        ends[d + 1] = m


@njit(nogil=True, cache=True)
def _scores(found: Any, ends: Any, weights: Any, scores: Any) -> None:
    for d in range(len(scores)):
        scores[d] = _score(found[ends[d] : ends[d + 1]], weights)


@njit(nogil=True, cache=True)
def _score(own: Any, weights: Any) -> float:
    total = 0.0
    for feature in own:
        total += weights[feature]
    return float(total / np.sqrt(max(len(own), 1)) + weights[BUCKETS])


@njit(nogil=True, cache=True)
def _fit(found: Any, ends: Any, wanted: Any, weights: Any, squares: Any) -> None:
    for _ in range(ROUNDS):
        for d in range(len(wanted)):
            own = found[ends[d] : ends[d + 1]]
            missed = 1 / (1 + np.exp(-_score(own, weights))) - wanted[d]
            share = missed / np.sqrt(max(len(own), 1))
            for feature in own:
                _step(weights, squares, feature, share + SHRINK * weights[feature])
            _step(weights, squares, BUCKETS, missed)


@njit(nogil=True, cache=True)
def _step(weights: Any, squares: Any, at: int, slope: float) -> None:
    squares[at] += slope * slope
    weights[at] -= RATE * slope / np.sqrt(squares[at])
