"""Which documents are alike: candidates by LSH, then the true Jaccard of their shingle sets."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schemas
from pipeline.errors import EvidenceMissing
from pipeline.kernels import minhash, shingles, unionfind
from pipeline.rules.duplicates import DuplicateRule, by_relation, duplicate_rules
from pipeline.schemas.duplicates import CANDIDATES, LINKS
from pipeline.stages.duplicates.arrays import MILLION, Rows, edges, first_of_kind, ints, rows, signatures
from pipeline.stages.duplicates.measuring import measure

NEVER = 1 << 62


def candidates(measures: pa.Table, rules: Sequence[DuplicateRule]) -> pa.Table:
    """Pairs of documents that may be near duplicates, and each exact copy with the first of its kind.

    Of exact copies only the first (lowest `doc_id`) is compared with others. Documents without tokens are not near
    to anything. Very large LSH buckets are compared in part, see `minhash.candidate_rows`.

    Args:
        measures: `MEASURES_DUPLICATES` of all batches, any order.
        rules: with one for relation `near`.

    Returns:
        `CANDIDATES`, a < b, ascending, each pair once.
    """
    measures = measures.sort_by("doc_id")
    ids = ints(measures, "doc_id")
    first = first_of_kind(measures)
    own = np.arange(len(ids))
    searched = np.flatnonzero((first == own) & (ints(measures, "n_shingles") > 0))
    near = _near_rows(measures, searched, by_relation(rules, "near"))
    copies = np.flatnonzero(first != own)
    a = np.concatenate([searched[near >> 32], first[copies]])
    b = np.concatenate([searched[near & 0xFFFFFFFF], copies])
    order = np.lexsort((b, a))
    return schemas.conform({"a": ids[a[order]], "b": ids[b[order]]}, CANDIDATES)


def verify(candidates: pa.Table, documents: pa.Table) -> pa.Table:
    """The true Jaccard of the shingle sets of every candidate pair; nothing is left out here.

    Args:
        candidates: `CANDIDATES`.
        documents: `doc_id` and `text` of at least the documents named in `candidates`, any order.

    Returns:
        `PAIRS` in the order of `candidates`; two texts without tokens count as equal.

    Raises:
        EvidenceMissing: a candidate's text is not among `documents`.
    """
    found = minhash.jaccard_ppm(*_common(candidates, documents))
    return schemas.conform(
        {"a": candidates.column("a"), "b": candidates.column("b"), "jaccard_ppm": found}, schemas.PAIRS
    )


def contained(candidates: pa.Table, documents: pa.Table) -> pa.Table:
    """The share of the shingles of `a` that stand in `b`, for every candidate pair; nothing is left out here.

    Args:
        candidates: pairs a, b: whether `a` stands in `b`, any order.
        documents: as for `verify`.

    Returns:
        `LINKS` of relation contained, in the order of `candidates`.
    """
    both, size, _ = _common(candidates, documents)
    share = both * MILLION // np.maximum(size, 1)
    relation = pa.array(["contained"] * len(share), pa.string())
    columns = {"doc_id": candidates.column("a"), "relation": relation, "other_id": candidates.column("b")}
    return schemas.conform(columns | {"share_ppm": share.astype(np.int32)}, LINKS)


def pairs(documents: pa.Table, threshold: float) -> pa.Table:
    """Every pair of documents whose true Jaccard is at least `threshold`, exact copies included.

    Unlike `candidates`, pairs among and with exact copies are all given: k copies make k * (k - 1) / 2 pairs.

    Args:
        documents: `doc_id` (distinct) and `text`, any order.
        threshold: 0 < threshold <= 1.

    Returns:
        `PAIRS`, ascending (a, b). Documents without tokens appear in none.
    """
    near = by_relation(duplicate_rules(), "near")
    threshold_ppm = round(threshold * MILLION)
    rule = replace(near, threshold_ppm=threshold_ppm, missed_weight_ppm=999_000, full_bucket=4096)
    measures = measure(documents).filter(pc.field("n_shingles") > 0)
    verified = verify(candidates(measures, [rule]), documents)
    close = verified.filter(pc.field("jaccard_ppm") >= threshold_ppm)
    return _with_copies(measures.sort_by("doc_id"), close)


def _common(candidates: pa.Table, documents: pa.Table) -> tuple[Rows, Rows, Rows]:
    """Shingles in common, shingles of `a`, shingles of `b`, for every candidate pair."""
    named = pc.unique(pa.chunked_array([*candidates.column("a").chunks, *candidates.column("b").chunks], pa.int64()))
    wanted = documents.select(["doc_id", "text"]).filter(pc.is_in(documents.column("doc_id"), named))
    text = wanted.column("text").cast(pa.large_string()).combine_chunks()
    ids = wanted.column("doc_id").combine_chunks()
    a, b = pc.index_in(candidates.column("a"), ids), pc.index_in(candidates.column("b"), ids)
    if a.null_count or b.null_count:
        raise EvidenceMissing(
            f"the text of {a.null_count + b.null_count} ends of candidate pairs is not given",
            fix="pass every document that `candidates` names",
        )
    hashes, starts, sizes = shingles.sets(_whole(text))
    x, y = rows(a), rows(b)
    return minhash.common(hashes, starts, sizes, x, y), sizes[x], sizes[y]


def _near_rows(measures: pa.Table, searched: Rows, rule: DuplicateRule) -> Rows:
    threshold = rule.threshold_ppm or MILLION
    least = max(0, threshold - (rule.margin_ppm or 0)) * minhash.PERMUTATIONS // MILLION
    sketches = signatures(measures.column("signature"))[searched]
    shape = minhash.bands(threshold, rule.missed_weight_ppm or MILLION // 2)
    full = rule.full_bucket or NEVER
    return minhash.candidate_rows(sketches, shape, least_equal=least, full_bucket=full).astype(np.int64)


def _with_copies(measures: pa.Table, close: pa.Table) -> pa.Table:
    """`close`, whose ends stand for all their exact copies, with every copy written out."""
    ids, first = ints(measures, "doc_id"), first_of_kind(measures)
    a, b, sim = edges(ids, close)
    apart = first[a] != first[b]
    kinds = unionfind.groups(first)
    found = [unionfind.products(kinds, first[a[apart]], first[b[apart]], sim[apart]), unionfind.within(kinds, MILLION)]
    x, y, s = (np.concatenate(column) for column in zip(*found, strict=True))
    low, high = np.minimum(x, y), np.maximum(x, y)
    order = np.lexsort((high, low))
    return schemas.conform(
        {"a": ids[low[order]], "b": ids[high[order]], "jaccard_ppm": s[order].astype(np.int32)}, schemas.PAIRS
    )


def _whole(text: pa.Array | pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(text.chunks) if isinstance(text, pa.ChunkedArray) else text
