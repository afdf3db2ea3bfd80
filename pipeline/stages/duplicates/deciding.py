"""Which copy stays: by preferences that are data, never by the order in which batches came."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schemas
from pipeline.errors import EvidenceMissing, RuleMalformed
from pipeline.kernels import unionfind
from pipeline.rules.duplicates import DuplicateRule, Preference, by_relation
from pipeline.schemas.duplicates import FACTS, LINKS
from pipeline.stages.duplicates import passages
from pipeline.stages.duplicates.arrays import MILLION, Rows, edges, first_of_kind, ints, rows

LAST = np.iinfo(np.int64).max
RELATIONS = ("none", "exact", "near", "version", "erased", "earlier", "contained", "contaminated", "boilerplate")
NONE, EXACT, NEAR, VERSION = range(4)
LINKED = tuple(reversed(RELATIONS[4:]))  # weakest first: the last that holds counts

Mask = npt.NDArray[np.bool_]


def decide(
    measures: pa.Table,
    pairs: pa.Table,
    facts: pa.Table,
    rules: Sequence[DuplicateRule],
    *,
    preferences: Sequence[Preference] = (),
    versions: pa.Array | None = None,
    links: pa.Table | None = None,
) -> pa.Table:
    """Decide which copy of every group stays: the first by `preferences`, then the one of lowest `doc_id`.

    A document goes only when the copy that stays is itself close enough to it; one that is close to a neighbour
    only stays too. `cluster_id` is the smallest `doc_id` of the cluster, given to its survivors as well.
    What a link drops goes first and is nobody's kept copy; what a link keeps is said of a survivor only.

    Args:
        measures: `doc_id`, `normalised_hash`, `n_shingles` of `MEASURES_DUPLICATES`, any order. Documents that
            appear in no pair, no link and in no group of exact copies may be left out.
        pairs: `PAIRS` of `verify`, any order; pairs below the threshold do not count.
        facts: `FACTS`, or some of its columns; a document it does not name comes last by every preference.
        rules: one for each relation.
        preferences: the weightiest first.
        versions: ids of documents whose near duplicates stay, as linked versions; exact copies go all the same.
        links: `LINKS`, any order; those below the threshold of their rule do not count. Of several documents that
            hold one, the kept one that holds most is named, of equal ones that of the lowest `doc_id`.

    Returns:
        `DECISIONS`, one row per document, ascending `doc_id`; `kept_doc_id` names a document that is kept, of this
        run or, for relation `earlier`, of an earlier snapshot.

    Raises:
        EvidenceMissing: `pairs` or `links` names a document that `measures` does not.
        RuleMalformed: a relation has no rule or more than one.
    """
    measures = measures.sort_by("doc_id")
    ids = ints(measures, "doc_id")
    ruled = [by_relation(rules, relation) for relation in RELATIONS]
    _require_kept_containers(ruled)
    marked = np.isin(ids, versions.to_numpy(zero_copy_only=False)) if versions is not None else np.zeros(len(ids), bool)
    links = LINKS.empty_table() if links is None else links
    linked = _linked(ids, links, ruled)
    first = first_of_kind(measures)
    first = np.where(linked.gone, np.arange(len(ids)), _first_left(first, linked.gone))
    close = pairs.filter(pc.field("jaccard_ppm") >= (ruled[NEAR].threshold_ppm or MILLION))
    order = np.lexsort((np.arange(len(ids)), *reversed(_ranks(measures, facts, preferences))))
    verdict = _verdict(first, order, _between(first, linked.gone, edges(ids, close)), marked)
    links = _to_kept(ids, verdict, linked.gone, links)
    return _decisions(ids, verdict, _linked(ids, links, ruled), ruled, links)


def undecided(ids: pa.ChunkedArray, decided: pa.Table, rules: Sequence[DuplicateRule]) -> pa.Table:
    """`DECISIONS` of a whole batch: those that were decided, and the rest kept because nothing is like them.

    Args:
        ids: `doc_id` of the batch, ascending.
        decided: `DECISIONS` of `decide`, ascending; may hold documents of other batches.
        rules: with one for relation `none`.
    """
    own = decided.filter(pc.is_in(decided.column("doc_id"), ids.combine_chunks()))
    rest = ids.filter(pc.invert(pc.is_in(ids, own.column("doc_id").combine_chunks())))
    rule = by_relation(rules, "none")
    columns: dict[str, object] = {"doc_id": rest}
    columns |= {
        name: pa.array([value] * len(rest), schemas.DECISIONS.field(name).type)
        for name, value in (("outcome", rule.outcome), ("rule_id", rule.id), ("rule_version", rule.version))
    }
    return pa.concat_tables([own, schemas.conform(columns, schemas.DECISIONS)]).sort_by("doc_id")


def _require_kept_containers(ruled: Sequence[DuplicateRule]) -> None:
    if ruled[RELATIONS.index("contained")].outcome == "drop":
        raise RuleMalformed(
            "a document inside another can only be linked: the other may go too",
            fix='set outcome = "keep" for relation contained',
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Verdict:
    """Per row: position of its relation, kept row or -1, similarity, cluster or -1."""

    rule: Rows
    kept: Rows
    sim_ppm: Rows
    cluster: Rows


@dataclass(frozen=True, kw_only=True, slots=True)
class _Linked:
    """Per row: position of its link's relation or 0, row of that link or -1, whether the document goes for it."""

    rule: Rows
    link: Rows
    gone: Mask


def _linked(ids: Rows, links: pa.Table, ruled: Sequence[DuplicateRule]) -> _Linked:
    """The link that counts for each document: one that drops before one that keeps, then the first of RELATIONS."""
    n = len(ids)
    found = _Linked(rule=np.zeros(n, np.int64), link=np.full(n, -1), gone=np.zeros(n, bool))
    at = rows(pc.fill_null(pc.index_in(links.column("doc_id"), pa.array(ids, pa.int64())), -1))
    if (at < 0).any():
        raise EvidenceMissing(
            f"{(at < 0).sum()} links name documents that were not measured", fix="pass the measures of all batches"
        )
    for relation in sorted(LINKED, key=lambda one: ruled[RELATIONS.index(one)].outcome == "drop"):
        rule = ruled[RELATIONS.index(relation)]
        least = MILLION if rule.threshold_ppm is None else rule.threshold_ppm
        own = pc.and_(pc.equal(links.column("relation"), relation), pc.greater_equal(links.column("share_ppm"), least))
        counted = np.flatnonzero(np.asarray(own, dtype=bool))
        found.rule[at[counted]] = RELATIONS.index(relation)  # the last written counts
        found.link[at[counted]] = counted
        found.gone[at[counted]] = rule.outcome == "drop"
    return found


def _first_left(first: Rows, gone: Mask) -> Rows:
    """The first row of its kind that does not go for a link, for each row."""
    left = np.full(len(first), -1)
    staying = np.flatnonzero(~gone)[::-1]
    left[first[staying]] = staying
    return left[first]


def _between(first: Rows, gone: Mask, found: tuple[Rows, Rows, Rows]) -> tuple[Rows, Rows, Rows]:
    """The pairs whose ends both stay for election, or have an exact copy that does."""
    a, b, sim = found
    left = ~gone[a] & ~gone[b]
    return first[a[left]], first[b[left]], sim[left]


def _ranks(measures: pa.Table, facts: pa.Table, preferences: Sequence[Preference]) -> list[Rows]:
    """Per preference a key of every row of `measures`; the smaller the better."""
    at = pc.index_in(measures.column("doc_id"), facts.column("doc_id").combine_chunks())
    known = {
        name: facts.column(name).combine_chunks().take(at.combine_chunks())
        for name in FACTS.names
        if name in facts.column_names
    }
    known["n_shingles"] = measures.column("n_shingles").combine_chunks()
    return [_rank(known, one) for one in preferences if one.by in known]


def _rank(known: dict[str, pa.Array], preference: Preference) -> Rows:
    values = known[preference.by]
    if preference.order:
        return rows(pc.fill_null(pc.index_in(values, pa.array(preference.order)), len(preference.order)))
    if preference.by != "fetched_at_us":
        return -rows(pc.fill_null(values, 0))
    kinds = known.get("kind", pa.nulls(len(values), pa.string()))
    newer = np.asarray(pc.is_in(kinds, pa.array(preference.newer, pa.string())))
    times = rows(pc.fill_null(values, 0))
    return np.where(np.asarray(values.is_null()), LAST, np.where(newer, -times, times))


def _verdict(first: Rows, order: Rows, found: tuple[Rows, Rows, Rows], marked: Mask) -> _Verdict:
    n = len(first)
    best = np.full(n, -1)
    best[first[order[::-1]]] = order[::-1]  # the last written, the best of its kind, stays
    best = best[first]
    a, b, sim = best[found[0]], best[found[1]], found[2]
    cluster = unionfind.components(n, np.concatenate([a, best]), np.concatenate([b, np.arange(n)]))
    stays = np.zeros(n, dtype=bool)
    stays[best[marked]] = True
    apart = a != b
    edge = unionfind.elect(order, a[apart], b[apart], stays=stays)[best]
    spoken, own = edge >= 0, best == np.arange(n)
    speaker = np.full(n, -1)
    speaker[spoken] = (a + b)[apart][edge[spoken]] - best[spoken]
    gone = spoken & ~stays[best]
    rule = np.select([own & ~spoken, own & ~gone, ~own & ~gone], [NONE, VERSION, EXACT], NEAR)
    kept = np.select([rule == NONE, rule == EXACT], [-1, best], speaker)
    similarity = np.full(n, MILLION)
    similarity[spoken & (rule > EXACT)] = sim[apart][edge[spoken & (rule > EXACT)]]
    alone = np.bincount(cluster, minlength=n)[cluster] == 1
    return _Verdict(rule=rule, kept=kept, sim_ppm=similarity, cluster=np.where(alone, -1, cluster))


def _decisions(  # what each of the four says of a document ends in one row
    ids: Rows, verdict: _Verdict, linked: _Linked, ruled: Sequence[DuplicateRule], links: pa.Table
) -> pa.Table:
    by_link = (linked.rule > 0) & (linked.gone | (verdict.rule == NONE))
    rule = pa.array(np.where(by_link, linked.rule, verdict.rule))
    link = links.take(pa.array(linked.link, mask=~by_link))
    kept = pc.coalesce(link.column("other_id"), pa.array(_ids(ids, verdict.kept), mask=by_link | (verdict.kept < 0)))
    own = pa.array(verdict.sim_ppm.astype(np.int32), mask=by_link | (verdict.kept < 0))
    score = pc.coalesce(link.column("share_ppm"), own)
    cluster = np.where(linked.gone, -1, verdict.cluster)
    columns = {
        "doc_id": ids,
        "outcome": pa.array([r.outcome for r in ruled], pa.string()).take(rule),
        "rule_id": pa.array([r.id for r in ruled], pa.string()).take(rule),
        "rule_version": pa.array([r.version for r in ruled], pa.int32()).take(rule),
        "score_ppm": score,
        "kept_doc_id": kept,
        "cluster_id": pa.array(_ids(ids, cluster), mask=cluster < 0),
        "sim_ppm": pc.if_else(kept.is_null(), pa.scalar(None, pa.int32()), score),
        "evidence_sha256": link.column("evidence_sha256"),
    }
    return schemas.conform(columns, schemas.DECISIONS)


def _to_kept(ids: Rows, verdict: _Verdict, gone: Mask, links: pa.Table) -> pa.Table:
    """The strongest link of each document and relation; one document stands in another only where that one is kept.

    Of a document that goes an exact copy may be kept, which holds the same text and is named instead.
    """
    at = rows(pc.fill_null(pc.index_in(links.column("other_id"), pa.array(ids, pa.int64())), -1))
    is_inside = np.asarray(pc.equal(links.column("relation"), "contained"), dtype=bool)
    at = np.where((at >= 0) & (verdict.rule[at] == EXACT), verdict.kept[at], at)
    is_kept = ~gone & ((verdict.rule == NONE) | (verdict.rule == VERSION))
    counts = ~is_inside | ((at >= 0) & is_kept[at])
    named = pc.if_else(pa.array(is_inside), pa.array(_ids(ids, at)), links.column("other_id"))
    links = links.set_column(links.column_names.index("other_id"), links.schema.field("other_id"), named)
    return passages.one_per_document(links.filter(pa.array(counts)))


def _ids(ids: Rows, at: Rows) -> Rows:
    return ids[at] if len(ids) else at
