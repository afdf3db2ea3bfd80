"""Columns of Arrow as numpy rows, for the modules of this stage."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import EvidenceMissing
from pipeline.kernels import minhash

MILLION = 1_000_000

Rows = npt.NDArray[np.int64]


def ints(table: pa.Table, column: str) -> Rows:
    """One column as int64."""
    return rows(table.column(column))


def rows(column: pa.Array | pa.ChunkedArray) -> Rows:
    """An integer column as int64."""
    return np.asarray(column.to_numpy()).astype(np.int64)


def first_of_kind(measures: pa.Table) -> Rows:
    """The first row with the same token sequence, for each row."""
    kinds = measures.column("normalised_hash").combine_chunks()
    return rows(pc.index_in(kinds, kinds)) if len(kinds) else np.zeros(0, np.int64)


def edges(ids: Rows, pairs: pa.Table) -> tuple[Rows, Rows, Rows]:
    """Rows of `a`, rows of `b` and similarity of every pair.

    Raises:
        EvidenceMissing: a document that `ids` does not name.
    """
    known = pa.array(ids, pa.int64())
    a, b = pc.index_in(pairs.column("a"), known), pc.index_in(pairs.column("b"), known)
    if a.null_count or b.null_count:
        raise EvidenceMissing(
            f"{a.null_count + b.null_count} ends of pairs name documents that were not measured",
            fix="pass the measures of all batches",
        )
    return rows(a), rows(b), ints(pairs, "jaccard_ppm")


def signatures(column: pa.ChunkedArray) -> minhash.Signatures:
    """The column `signature` as (n, 128)."""
    blocks = [
        np.frombuffer(chunk.buffers()[1], "<u4").reshape(-1, minhash.PERMUTATIONS)[chunk.offset :][: len(chunk)]
        for chunk in column.chunks
        if len(chunk)
    ]
    return np.concatenate(blocks) if blocks else np.zeros((0, minhash.PERMUTATIONS), np.uint32)
