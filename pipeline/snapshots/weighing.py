"""How often an epoch reads each document: sampling weights as whole numbers of readings."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

MILLION = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Weights:
    """Sampling weights, looked up by document."""

    doc_ids: npt.NDArray[np.int64]  # ascending
    ppm: npt.NDArray[np.int64]

    @classmethod
    def of(cls, sampling: pa.Table) -> "Weights":
        """Those of a `SAMPLING` table."""
        ordered = sampling.select(["doc_id", "weight_ppm"]).sort_by("doc_id")
        return cls(doc_ids=ordered["doc_id"].to_numpy(), ppm=ordered["weight_ppm"].to_numpy().astype(np.int64))

    @property
    def most_copies(self) -> int:
        """The most readings that any document can have in one epoch."""
        return -(-int(self.ppm.max(initial=MILLION)) // MILLION)

    def copies(self, doc_ids: npt.NDArray[np.int64], *, seed: int, epoch: int) -> npt.NDArray[np.int64]:
        """How often an epoch reads these documents: the weight rounded up or down by chance, the same at every call.

        Over epochs the mean is the weight. A document without a weight is not read.
        """
        if not len(self.doc_ids):
            return np.zeros(len(doc_ids), np.int64)
        at = np.searchsorted(self.doc_ids, doc_ids).clip(max=len(self.doc_ids) - 1)
        weight = np.where(self.doc_ids[at] == doc_ids, self.ppm[at], 0)
        salt = _mixed(_mixed(np.array([seed % (1 << 64)], np.uint64)) + np.uint64(epoch))
        chance = (_mixed(doc_ids.astype(np.uint64) ^ salt) % np.uint64(MILLION)).astype(np.int64)
        return np.asarray((weight + chance) // MILLION)


def _mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The finaliser of splitmix64: numbers that look like chance and are the same everywhere."""
    mixed = numbers + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed ^ (mixed >> np.uint64(31)))
