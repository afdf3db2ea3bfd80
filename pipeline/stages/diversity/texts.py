"""How varied texts are in themselves, whatever is known about them: words, sequences, and likeness of documents."""

import zlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.kernels import minhash, passages
from pipeline.kernels.strings import buffers
from pipeline.schemas.diversity import MIX

SAMPLE = 500
"""Documents compared with one another: their likeness is a square matrix."""
COMPRESSED_BYTES = 4 << 20

Counts = npt.NDArray[np.int64]


def figures(text: pa.Array | pa.ChunkedArray) -> dict[str, float]:
    """Figures of the variety of texts; each falls when texts repeat words, sequences or one another.

    Args:
        text: string or large_string, nulls allowed. What is sampled depends on the texts alone, not on their order.

    Returns:
        `type_token`: distinct tokens by tokens (Han characters are tokens). `token_entropy_bits` and
        `shingle_entropy_bits`: of the distribution of tokens and of runs of 5. `compression`: compressed by plain
        bytes of the first 4 MiB of the sample (deflate). `self_similarity`: mean estimated Jaccard of two documents
        of the sample. `vendi`: effective number of documents in it, from 1 to its size. `sampled`: that size.

    Source:
        Friedman and Dieng 2023, The Vendi Score; here over MinHash estimates instead of embeddings.
    """
    whole = pa.chunked_array([text]) if isinstance(text, pa.Array) else text
    tokens, runs = (_counts(passages.windows(whole, width)[1]) for width in (1, 5))
    sample = _sample(whole)
    likeness = _likeness(minhash.sketch(sample).signatures)
    n = len(likeness)
    return {
        "type_token": len(tokens) / max(int(tokens.sum()), 1),
        "token_entropy_bits": _entropy(tokens / max(int(tokens.sum()), 1)) / np.log(2),
        "shingle_entropy_bits": _entropy(runs / max(int(runs.sum()), 1)) / np.log(2),
        "compression": _compression(sample),
        "self_similarity": float((likeness.sum() - n) / (n * (n - 1))) if n > 1 else 0.0,
        "vendi": float(np.exp(_entropy(np.linalg.eigvalsh(likeness / n).astype(np.float64)))) if n else 0.0,
        "sampled": n,
    }


def rows(before: pa.ChunkedArray, after: pa.ChunkedArray) -> pa.Table:
    """`figures` of texts before and after selection as whole numbers: `MIX` of the axis `texts`."""
    sides = (figures(before), figures(after))
    found = [
        {**dict.fromkeys(MIX.names, 0), "axis": "texts", "value": value, **dict(zip(_SIDES, numbers, strict=True))}
        for value, name, scale in SCALED
        for numbers in [[round(side[name] * scale) for side in sides]]
    ]
    return pa.Table.from_pylist(found, MIX)


_SIDES = ("docs_before", "docs_after")
SCALED = (
    ("type_token_ppm", "type_token", 1_000_000),
    ("token_entropy_millibits", "token_entropy_bits", 1_000),
    ("shingle_entropy_millibits", "shingle_entropy_bits", 1_000),
    ("compression_ppm", "compression", 1_000_000),
    ("self_similarity_ppm", "self_similarity", 1_000_000),
    ("vendi_milli", "vendi", 1_000),
    ("sampled", "sampled", 1),
)
"""Value of the axis `texts`: the figure it holds, and by how much that is multiplied."""


class Sample:
    """Documents of a stream, as many as asked for: those whose number hashes lowest, whatever the order."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._held = pa.table({"order": pa.array([], pa.uint64()), "text": pa.array([], pa.string())})

    def add(self, doc_ids: pa.ChunkedArray, text: pa.ChunkedArray) -> None:
        """Consider the next documents."""
        order = pa.array(np.argsort(ranked := _mixed(doc_ids.to_numpy()), kind="stable")[: self.size])
        new = pa.table({"order": pa.array(ranked).take(order), "text": text.take(order)})
        self._held = pa.concat_tables([self._held, new]).sort_by("order").slice(0, self.size).combine_chunks()

    @property
    def text(self) -> pa.ChunkedArray:
        """The texts that were chosen so far."""
        return self._held.column("text")


def _mixed(numbers: npt.NDArray[np.int64]) -> npt.NDArray[np.uint64]:
    """Multiplicative hashing (Knuth): neighbours lie far apart."""
    return numbers.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)


def _counts(hashes: npt.NDArray[np.uint64]) -> Counts:
    return np.unique(hashes, return_counts=True)[1].astype(np.int64)


def _entropy(shares: npt.NDArray[np.float64]) -> float:
    some = shares[shares > 1e-12]
    return max(0.0, float(-(some * np.log(some)).sum()))


def _sample(text: pa.ChunkedArray) -> pa.Array:
    """The texts that have tokens and whose token hash is lowest."""
    joined = pa.concat_arrays([pa.array([], pa.large_string()), *text.cast(pa.large_string()).chunks])
    made = minhash.sketch(joined)
    full = np.flatnonzero(made.counts)
    order = full[np.lexsort((made.hashes[full, 1], made.hashes[full, 0]))]
    return joined.take(pa.array(order[:SAMPLE], pa.int64()))


def _likeness(signatures: minhash.Signatures) -> npt.NDArray[np.float64]:
    return np.array([(signatures == row).mean(axis=1) for row in signatures]).reshape(len(signatures), len(signatures))


def _compression(sample: pa.Array) -> float:
    data, offsets = buffers(sample)
    plain = data[offsets[0] : offsets[-1]][:COMPRESSED_BYTES].tobytes() if len(sample) else b""
    return len(zlib.compress(plain)) / len(plain) if plain else 0.0
