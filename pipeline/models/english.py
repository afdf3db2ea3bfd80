"""Entities of English texts by the weights of spaCy's small model, without spaCy's own inference.

The tokens are spaCy's (`tokens`); embedding, encoder and transitions run over arrays of all tokens of a batch.
Documents have four rows of zeros before and after them, as spaCy pads them, so that they see nothing of each other.
"""

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from pipeline.kernels import entities
from pipeline.kernels.entities import HALO, Floats, Layer
from pipeline.models.tokens import COLUMNS, IDX, IS_SPACE, KIND, LENGTH, Tokens

MOVES = ("B-", "I-", "L-", "U-")

Entity = tuple[int, int, str]  # start, end (code points), label of the model


class NotThisModel(Exception):
    """The model's `ner` is built another way than the one that is run here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """The `ner` of a small spaCy model, as arrays."""

    tables: tuple[tuple[Floats, int], ...]  # hash tables with their seeds, by column
    mix: Layer
    layers: tuple[Layer, ...]
    reduce: tuple[Floats, Floats]
    lower: Floats  # (64, 3 x 128)
    pads: Floats
    upper: tuple[Floats, Floats]
    labels: tuple[str, ...]


@dataclass(kw_only=True)
class Runner:
    """A model ready to find entities; remembers the embedding of each kind of token."""

    weights: Weights
    tokens: Tokens = field(init=False)
    kinds: dict[bytes, int] = field(default_factory=dict)
    vectors: Floats = field(default_factory=lambda: np.zeros((1024, 96), np.float32))

    def entities(self, texts: Sequence[str]) -> list[list[Entity]]:
        """The entities of each text, ascending.

        Args:
            texts: each below a million characters.
        """
        tokens, sizes = self.tokens(texts)
        if not len(tokens):
            return [[] for _ in texts]
        vectors: Floats = self.vectors[tokens[:, KIND].astype(np.int64)]
        x = entities.encoded(_padded(vectors, sizes), self.weights.layers)
        features = self._features(_unpadded(x, sizes))
        starts = np.concatenate([[0], np.cumsum(sizes)])
        found = entities.decoded(
            features, self.weights.pads, *self.weights.upper, tokens[:, IS_SPACE] > 0, starts, len(self.weights.labels)
        )
        return self._placed(found, tokens[:, IDX : LENGTH + 1].astype(np.int64), starts)

    def _placed(
        self, found: npt.NDArray[np.int64], places: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]
    ) -> list[list[Entity]]:
        rows: list[list[Entity]] = [[] for _ in range(len(starts) - 1)]
        documents = np.searchsorted(starts, found[:, 0], side="right") - 1
        for document, (first, last, label) in zip(documents.tolist(), found.tolist(), strict=True):
            start, end = places[first, 0], places[last - 1].sum()
            rows[document].append((int(start), int(end), self.weights.labels[label]))
        return rows

    def kinds_of(self, keys: npt.NDArray[np.uint64], forgets: bool) -> npt.NDArray[np.int64]:  # noqa: FBT001
        """The number of the embedding of each token."""
        if forgets:
            self.kinds.clear()
        unique, inverse = np.unique(np.ascontiguousarray(keys), axis=0, return_inverse=True)
        names = [one.tobytes() for one in unique]
        new = [at for at, name in enumerate(names) if name not in self.kinds]
        if new:
            self._remember([names[at] for at in new], _mixed(self.weights, unique[new]))
        return np.array([self.kinds[name] for name in names], np.int64)[inverse.ravel()]

    def _remember(self, names: Sequence[bytes], vectors: Floats) -> None:
        at = len(self.kinds)
        while at + len(names) > len(self.vectors):
            self.vectors = np.concatenate([self.vectors, np.zeros_like(self.vectors)])
        self.vectors[at : at + len(names)] = vectors
        self.kinds |= {name: at + i for i, name in enumerate(names)}

    def _features(self, x: Floats) -> Floats:
        weights, bias = self.weights.reduce
        found: Floats = ((x @ weights + bias) @ self.weights.lower).astype(np.float32, copy=False)
        return found.reshape(len(x), 3, -1)


def _padded(x: Floats, sizes: npt.NDArray[np.int64]) -> Floats:
    edges = np.concatenate([[0], np.cumsum(sizes)])
    return np.insert(x, np.repeat(edges, HALO), np.float32(0), axis=0)


def _unpadded(x: Floats, sizes: npt.NDArray[np.int64]) -> Floats:
    shifts = np.repeat(np.arange(1, len(sizes) + 1) * HALO, sizes)
    found: Floats = x[np.arange(int(sizes.sum())) + shifts]
    return found


def _mixed(weights: Weights, keys: npt.NDArray[np.uint64]) -> Floats:
    from thinc.api import NumpyOps

    ops = NumpyOps()
    parts = []
    for column, (table, seed) in enumerate(weights.tables):
        hashed = ops.hash(np.ascontiguousarray(keys[:, column]), seed) % len(table)
        parts.append(table[hashed].sum(axis=1))
    return entities.mixed(np.concatenate(parts, axis=1).astype(np.float32), weights.mix)


def runner(nlp: Any) -> Runner:
    """A runner for a loaded model whose pipe `ner` is that of spaCy's small models.

    Raises:
        NotThisModel: its layers are others; the model must then be run by spaCy.
    """
    one_thread()
    made = Runner(weights=weights_of(nlp.get_pipe("ner")))
    made.tokens = Tokens(nlp=nlp, kinds=made.kinds_of)
    return made


def weights_of(ner: Any) -> Weights:
    """The arrays of a pipe `ner`.

    Raises:
        NotThisModel: see `runner`.
    """
    nodes = list(ner.model.walk())

    def named(name: str) -> list[Any]:
        return [node for node in nodes if node.name == name]

    maxouts, norms, hashes = named("maxout"), named("layernorm"), named("hashembed")
    columns = [tuple(node.attrs["columns"]) for node in named("extract_features")]
    pieces = [node.get_param("W").shape[:2] for node in maxouts]
    labels = tuple(name[2:] for name in ner.move_names if name.startswith(MOVES[0]))
    moves = [*(f"{move}{label}" for move in MOVES for label in labels), "O"]
    is_known = columns == [COLUMNS] and len(hashes) == 4 and pieces == [(96, 3)] * 5 and len(norms) == 5
    upper = ner.model.get_ref("upper")
    is_known = is_known and upper.get_param("W").shape == (len(moves) + 1, 64)
    if not is_known or ner.move_names[: len(moves)] != moves or ner.cfg.get("beam_width") != 1:
        raise NotThisModel
    used = [*range(len(moves) - 1), -1]  # the last but one would keep a preset entity out; nothing is preset
    layers = [_layer(maxout, norm) for maxout, norm in zip(maxouts, norms, strict=True)]
    [reduce] = [node for node in named("linear") if node is not upper]
    lower = ner.model.get_ref("lower")
    w = lower.get_param("W")  # features, outputs, pieces, inputs
    if w.shape[0] != 3 or w.shape[2] != 2:
        raise NotThisModel
    pads = lower.get_param("pad")[0].transpose(0, 2, 1).reshape(3, -1).copy()
    return Weights(
        tables=tuple((node.get_param("E"), int(node.attrs["seed"])) for node in hashes),
        mix=layers[0],
        layers=tuple(layers[1:]),
        reduce=(np.ascontiguousarray(reduce.get_param("W").T), reduce.get_param("b")),
        lower=np.ascontiguousarray(w.transpose(3, 0, 2, 1).reshape(w.shape[3], -1)),
        pads=np.concatenate([pads, lower.get_param("b").T.reshape(1, -1)]),
        upper=(np.ascontiguousarray(upper.get_param("W")[used].T), np.ascontiguousarray(upper.get_param("b")[used])),
        labels=labels,
    )


def _layer(maxout: Any, norm: Any) -> Layer:
    w, b = maxout.get_param("W"), maxout.get_param("b")  # outputs, pieces, inputs
    weights = np.ascontiguousarray(w.transpose(2, 1, 0).reshape(w.shape[2], -1))
    return weights, np.ascontiguousarray(b.T.reshape(-1)), norm.get_param("G"), norm.get_param("b")


@cache
def one_thread() -> None:
    """Let numpy multiply on one core: workers are processes, and two that use all cores slow each other down."""
    spec = find_spec("numpy")
    folder = Path(spec.origin).parent.parent / "numpy.libs" if spec and spec.origin else Path()
    for path in folder.glob("*openblas*"):
        stop = getattr(ctypes.CDLL(str(path)), "scipy_openblas_set_num_threads64_", None)
        if stop is not None:
            stop(ctypes.c_int(1))
