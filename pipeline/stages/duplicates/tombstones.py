"""Erased texts are known again by keyed sketches, without a word of them being kept."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schemas
from pipeline.kernels import keyed, minhash
from pipeline.rules.duplicates import DuplicateRule, by_relation
from pipeline.schemas.duplicates import LINKS
from pipeline.schemas.private import TOMBSTONES
from pipeline.stages.duplicates.arrays import MILLION, ints, signatures
from pipeline.stages.duplicates.measuring import shape


def buried(gone: pa.Table, measures: pa.Table, key: bytes) -> pa.Table:
    """The tombstones of documents.

    Args:
        gone: `doc_id`, `content_hmac`, ascending `doc_id`.
        measures: `MEASURES_DUPLICATES` of those whose text there still was, any order.
        key: the lake's key of tombstones.

    Returns:
        `TOMBSTONES`, in the order of `gone`.
    """
    told = measures.filter(pc.field("n_shingles") > 0)
    sketches = keyed.sketch(signatures(told.column("signature")), key)
    made = pa.array([row.astype("<u4").tobytes() for row in sketches], TOMBSTONES.field("sketch").type)
    at = pc.index_in(gone.column("doc_id"), told.column("doc_id").combine_chunks())
    return schemas.conform({**_columns(gone), "sketch": made.take(at.combine_chunks())}, TOMBSTONES)


def _columns(gone: pa.Table) -> dict[str, object]:
    return {name: gone.column(name) for name in ("doc_id", "content_hmac")}


def returned(measures: pa.Table, tombstones: pa.Table, key: bytes, rules: Sequence[DuplicateRule]) -> pa.Table:
    """The documents that are much like one that was erased.

    Args:
        measures: `MEASURES_DUPLICATES`.
        tombstones: `TOMBSTONES` of the lake.
        key: the lake's key of tombstones.
        rules: with those for relations `near` (its bands) and `erased`.

    Returns:
        `LINKS` of relation erased, ascending `doc_id`: the tombstone that is most alike, by its content HMAC.
    """
    known = tombstones.filter(pc.field("sketch").is_valid())
    told = measures.filter(pc.field("n_shingles") > 0)
    if not known.num_rows or not told.num_rows:
        return LINKS.empty_table()
    own = keyed.sketch(signatures(told.column("signature")), key)
    row, grave, share = alike(own, signatures(known.column("sketch")), rules)
    least = by_relation(rules, "erased").threshold_ppm or MILLION
    row, grave, share = (column[share >= least] for column in (row, grave, share))
    ids = ints(told, "doc_id")[row]
    order = np.lexsort((grave, -share, ids))
    best = order[np.flatnonzero(np.diff(ids[order], prepend=-1))]
    columns: dict[str, object] = {
        "doc_id": ids[best],
        "relation": pa.array(["erased"] * len(best), pa.string()),
        "evidence_sha256": known.column("content_hmac").take(pa.array(grave[best])),
        "share_ppm": share[best].astype(np.int32),
    }
    return schemas.conform(columns, LINKS)


def alike(
    one: minhash.Signatures, other: minhash.Signatures, rules: Sequence[DuplicateRule]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Row of `one`, row of `other` and share (ppm) of equal values, for every pair that shares a band."""
    a, b, equal = minhash.across(one, other, shape(rules))
    return a, b, equal * MILLION // minhash.PERMUTATIONS
