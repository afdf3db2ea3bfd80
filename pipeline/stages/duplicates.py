"""Duplicates: have we got it already, and which copy stays? (Interim Measures, Art. 7(4)).

Exact copies are found by hash, near ones by MinHash and LSH; a near pair counts only once the true Jaccard of its
shingle sets is known. Lines, paragraphs and earlier snapshots are not looked at here.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schemas
from pipeline.errors import EvidenceMissing
from pipeline.kernels import minhash, shingles, unionfind
from pipeline.rules.duplicates import DuplicateRule, by_relation, duplicate_rules
from pipeline.schemas.duplicates import CANDIDATES, MEASURES_DUPLICATES

MILLION = 1_000_000
NEVER = 1 << 62

Rows = npt.NDArray[np.int64]


def measure(documents: pa.Table) -> pa.Table:
    """Hashes and MinHash signature of every document.

    Args:
        documents: `DOCUMENTS`, or any table with `doc_id` and `text`; a null text counts as empty.

    Returns:
        `MEASURES_DUPLICATES`, one row per document in the order of `documents`.
    """
    chunks = _chunks(documents.column("text"))
    sketches = [minhash.sketch(chunk) for chunk in chunks]
    content = [blake2b((t or "").encode(), digest_size=16).digest() for chunk in chunks for t in chunk.to_pylist()]
    columns = {
        "doc_id": documents.column("doc_id"),
        "content_hash": pa.array(content, pa.binary(16)),
        "normalised_hash": _binary([s.hashes for s in sketches], 16),
        "n_shingles": pa.array(np.concatenate([np.zeros(0, np.int32), *(s.counts for s in sketches)])),
        "signature": _binary([s.signatures for s in sketches], 512),
    }
    return schemas.conform(columns, MEASURES_DUPLICATES)


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
    ids = _ints(measures, "doc_id")
    first = _first_of_kind(measures)
    rows = np.arange(len(ids))
    searched = np.flatnonzero((first == rows) & (_ints(measures, "n_shingles") > 0))
    near = _near_rows(measures, searched, by_relation(rules, "near"))
    copies = np.flatnonzero(first != rows)
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
    found = minhash.jaccard_ppm(hashes, starts, sizes, _rows(a), _rows(b))
    return schemas.conform(
        {"a": candidates.column("a"), "b": candidates.column("b"), "jaccard_ppm": found}, schemas.PAIRS
    )


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


def decide(
    measures: pa.Table,
    pairs: pa.Table,
    quality: pa.Table,
    rules: Sequence[DuplicateRule],
    *,
    versions: pa.Array | None = None,
) -> pa.Table:
    """Decide which copy of every group stays: the best by quality, then the one of lowest `doc_id`.

    A document goes only when the copy that stays is itself close enough to it; one that is close to a neighbour
    only stays too. `cluster_id` is the smallest `doc_id` of the cluster, given to its survivors as well.

    Args:
        measures: `MEASURES_DUPLICATES` of all batches, any order.
        pairs: `PAIRS` of `verify`, any order; pairs below the threshold do not count.
        quality: `doc_id`, `quality_ppm`; a document it does not name has quality 0.
        rules: one each for relations exact, near, version and none.
        versions: ids of documents whose near duplicates stay, as linked versions; exact copies go all the same.

    Returns:
        `DECISIONS`, one row per document, ascending `doc_id`; `kept_doc_id` names a document that is kept.

    Raises:
        EvidenceMissing: `pairs` names a document that `measures` does not.
        RuleMalformed: a relation has no rule or more than one.
    """
    measures = measures.sort_by("doc_id")
    ids = _ints(measures, "doc_id")
    marked = np.isin(ids, versions.to_numpy(zero_copy_only=False)) if versions is not None else np.zeros(len(ids), bool)
    close = pairs.filter(pc.field("jaccard_ppm") >= (by_relation(rules, "near").threshold_ppm or MILLION))
    verdict = _verdict(_first_of_kind(measures), _edges(ids, close), _qualities(ids, quality), marked)
    return _decisions(ids, verdict, [by_relation(rules, r) for r in ("none", "exact", "near", "version")])


@dataclass(frozen=True, kw_only=True, slots=True)
class _Verdict:
    """Per row: position of its rule (none, exact, near, version), kept row or -1, similarity, cluster or -1."""

    rule: Rows
    kept: Rows
    sim_ppm: Rows
    cluster: Rows


def _verdict(first: Rows, edges: tuple[Rows, Rows, Rows], quality: Rows, marked: npt.NDArray[np.bool_]) -> _Verdict:
    n = len(first)
    order = np.lexsort((np.arange(n), -quality))
    best = np.full(n, -1)
    best[first[order[::-1]]] = order[::-1]  # the last written, the best of its kind, stays
    best = best[first]
    a, b, sim = best[edges[0]], best[edges[1]], edges[2]
    cluster = unionfind.components(n, np.concatenate([a, best]), np.concatenate([b, np.arange(n)]))
    stays = np.zeros(n, dtype=bool)
    stays[best[marked]] = True
    apart = a != b
    edge = unionfind.elect(order, a[apart], b[apart], stays=stays)[best]
    spoken, own = edge >= 0, best == np.arange(n)
    speaker = np.full(n, -1)
    speaker[spoken] = (a + b)[apart][edge[spoken]] - best[spoken]
    gone = spoken & ~stays[best]
    rule = np.select([own & ~spoken, own & ~gone, ~own & ~gone], [0, 3, 1], 2)
    kept = np.select([rule == 0, rule == 1], [-1, best], speaker)
    similarity = np.full(n, MILLION)
    similarity[spoken & (rule > 1)] = sim[apart][edge[spoken & (rule > 1)]]
    alone = np.bincount(cluster, minlength=n)[cluster] == 1
    return _Verdict(rule=rule, kept=kept, sim_ppm=similarity, cluster=np.where(alone, -1, cluster))


def _decisions(ids: Rows, verdict: _Verdict, rules: Sequence[DuplicateRule]) -> pa.Table:
    lone = verdict.kept < 0
    similarity = pa.array(verdict.sim_ppm.astype(np.int32), mask=lone)
    rule = pa.array(verdict.rule)
    columns = {
        "doc_id": ids,
        "outcome": pa.array([r.outcome for r in rules], pa.string()).take(rule),
        "rule_id": pa.array([r.id for r in rules], pa.string()).take(rule),
        "rule_version": pa.array([r.version for r in rules], pa.int32()).take(rule),
        "score_ppm": similarity,
        "kept_doc_id": _named(ids, verdict.kept),
        "cluster_id": _named(ids, verdict.cluster),
        "sim_ppm": similarity,
    }
    return schemas.conform(columns, schemas.DECISIONS)


def _named(ids: Rows, rows: Rows) -> pa.Array:
    return pa.array(ids[rows] if len(ids) else ids, pa.int64(), mask=rows < 0)


def _first_of_kind(measures: pa.Table) -> Rows:
    """The first row with the same token sequence, for each row."""
    kinds = measures.column("normalised_hash").combine_chunks()
    return _rows(pc.index_in(kinds, kinds)) if len(kinds) else np.zeros(0, np.int64)


def _near_rows(measures: pa.Table, searched: Rows, rule: DuplicateRule) -> Rows:
    threshold = rule.threshold_ppm or MILLION
    least = max(0, threshold - (rule.margin_ppm or 0)) * minhash.PERMUTATIONS // MILLION
    signatures = _signatures(measures.column("signature"))[searched]
    shape = minhash.bands(threshold, rule.missed_weight_ppm or MILLION // 2)
    full = rule.full_bucket or NEVER
    return minhash.candidate_rows(signatures, shape, least_equal=least, full_bucket=full).astype(np.int64)


def _with_copies(measures: pa.Table, close: pa.Table) -> pa.Table:
    """`close`, whose ends stand for all their exact copies, with every copy written out."""
    ids, first = _ints(measures, "doc_id"), _first_of_kind(measures)
    a, b, sim = _edges(ids, close)
    apart = first[a] != first[b]
    kinds = unionfind.groups(first)
    found = [unionfind.products(kinds, first[a[apart]], first[b[apart]], sim[apart]), unionfind.within(kinds, MILLION)]
    x, y, s = (np.concatenate(column) for column in zip(*found, strict=True))
    low, high = np.minimum(x, y), np.maximum(x, y)
    order = np.lexsort((high, low))
    return schemas.conform(
        {"a": ids[low[order]], "b": ids[high[order]], "jaccard_ppm": s[order].astype(np.int32)}, schemas.PAIRS
    )


def _edges(ids: Rows, pairs: pa.Table) -> tuple[Rows, Rows, Rows]:
    known = pa.array(ids, pa.int64())
    a, b = pc.index_in(pairs.column("a"), known), pc.index_in(pairs.column("b"), known)
    if a.null_count or b.null_count:
        raise EvidenceMissing(
            f"{a.null_count + b.null_count} ends of pairs name documents that were not measured",
            fix="pass the measures of all batches",
        )
    return _rows(a), _rows(b), _ints(pairs, "jaccard_ppm")


def _qualities(ids: Rows, quality: pa.Table) -> Rows:
    at = pc.index_in(pa.array(ids, pa.int64()), quality.column("doc_id").combine_chunks())
    return _rows(pc.fill_null(quality.column("quality_ppm").combine_chunks().take(at), 0))


def _ints(table: pa.Table, column: str) -> Rows:
    return _rows(table.column(column))


def _rows(column: pa.Array | pa.ChunkedArray) -> Rows:
    return np.asarray(column.to_numpy()).astype(np.int64)


def _chunks(text: pa.Array | pa.ChunkedArray) -> list[pa.Array]:
    return list(text.chunks) if isinstance(text, pa.ChunkedArray) else [text]


def _whole(text: pa.Array | pa.ChunkedArray) -> pa.Array:
    return pa.concat_arrays(text.chunks) if isinstance(text, pa.ChunkedArray) else text


def _binary(blocks: Sequence[npt.NDArray[np.generic]], width: int) -> pa.Array:
    joined = b"".join(block.astype(block.dtype.newbyteorder("<")).tobytes() for block in blocks)
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(joined) // width, [None, pa.py_buffer(joined)])


def _signatures(column: pa.ChunkedArray) -> minhash.Signatures:
    blocks = [
        np.frombuffer(chunk.buffers()[1], "<u4").reshape(-1, minhash.PERMUTATIONS)[chunk.offset :][: len(chunk)]
        for chunk in column.chunks
        if len(chunk)
    ]
    return np.concatenate(blocks) if blocks else np.zeros((0, minhash.PERMUTATIONS), np.uint32)
