"""How varied texts are in themselves, whatever is known about them: words, sequences, and likeness of documents."""

import zlib

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipeline.kernels import minhash, passages
from pipeline.kernels.strings import buffers

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
