"""What of a document stands elsewhere: in test sets, in many documents of its source, anywhere at length."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import schemas
from pipeline.kernels import passages
from pipeline.rules.duplicates import DuplicateRule, by_relation
from pipeline.schemas.duplicates import LINKS, OVERLAPS, SAMPLES, SPANS, UNITS
from pipeline.stages.duplicates.arrays import MILLION, Rows, ints

ONE_IN = 8
"""Every eighth shingle is compared when documents inside others are searched: 50 shingles have none in 0.1 %."""

Hashes = npt.NDArray[np.uint64]
T = TypeVar("T", np.int64, np.uint64)


@dataclass(frozen=True, kw_only=True, slots=True)
class EvaluationSet:
    """The token sequences of an evaluation set, ready to be looked for."""

    known: Hashes  # distinct, ascending
    at: Rows  # position in `known`, one per item and distinct sequence
    item: Rows  # the item of each
    sizes: Rows  # distinct sequences per item
    tokens: int

    @property
    def n_short(self) -> int:
        """Items with fewer tokens than one sequence: nothing can be said of them."""
        return int(np.sum(self.sizes == 0))


def evaluation_set(items: pa.Array | pa.ChunkedArray, rules: Sequence[DuplicateRule]) -> EvaluationSet:
    """The items of a test set (question and answer as one text) as sequences of the rule's length."""
    tokens = by_relation(rules, "contaminated").tokens or 1
    rows, hashes = passages.windows(items, tokens)
    item, hashes, _ = _distinct(rows, hashes)
    known, at = np.unique(hashes, return_inverse=True)
    sizes = np.bincount(item, minlength=len(items))
    return EvaluationSet(known=known, at=at.reshape(-1), item=item, sizes=sizes, tokens=tokens)


def overlaps(documents: pa.Table, tested: EvaluationSet) -> pa.Table:
    """For each document the test item of which it holds the greatest share; documents that hold none are left out.

    Args:
        documents: `doc_id`, `text`.
        tested: of `evaluation_set`.

    Returns:
        `OVERLAPS`, in the order of `documents`.
    """
    rows, _, found = passages.find(documents.column("text"), tested.tokens, tested.known)
    rows, found, _ = _distinct(rows, found)
    by_hash = np.argsort(tested.at, kind="stable")
    first = np.searchsorted(tested.at[by_hash], found)
    many = np.searchsorted(tested.at[by_hash], found, side="right") - first
    row = np.repeat(rows, many)
    within = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
    item = tested.item[by_hash[np.repeat(first, many) + within]]
    row, item, n = _distinct(row, item)
    share = n * MILLION // np.maximum(tested.sizes[item], 1)
    order = np.lexsort((item, -share, row))
    best = order[np.concatenate([np.ones(min(len(order), 1), bool), np.diff(row[order]) != 0])]
    ids = ints(documents, "doc_id")[row[best]]
    columns = {"doc_id": ids, "item": item[best], "share_ppm": share[best].astype(np.int32)}
    return schemas.conform(columns, OVERLAPS)


def units(documents: pa.Table, rules: Sequence[DuplicateRule]) -> pa.Table:
    """Lines and paragraphs of every document, to be counted by source.

    Args:
        documents: `DOCUMENTS`.
        rules: with one for relation `boilerplate`.

    Returns:
        `UNITS`.
    """
    rows, hashes = passages.units(documents.column("text"), by_relation(rules, "boilerplate").tokens or 1)
    sources = documents.column("source_id").combine_chunks().take(pa.array(rows))
    return schemas.conform({"source_id": sources, "key": hashes.view(np.int64)}, UNITS)


def boilerplate(documents: pa.Table, repeated: Hashes, rules: Sequence[DuplicateRule]) -> pa.Table:
    """The share of every document that is lines or paragraphs its source repeats.

    Args:
        documents: of one source.
        repeated: keys of `units` that enough documents of the source hold, ascending.
        rules: with one for relation `boilerplate`.

    Returns:
        `LINKS` of relation boilerplate, in the order of `documents`; documents without any are left out.
    """
    least = by_relation(rules, "boilerplate").tokens or 1
    inside, total = passages.covered(documents.column("text"), repeated, least)
    some = np.flatnonzero(inside)
    columns: dict[str, object] = {
        "doc_id": ints(documents, "doc_id")[some],
        "relation": pa.array(["boilerplate"] * len(some), pa.string()),
        "share_ppm": (inside[some] * MILLION // total[some]).astype(np.int32),
    }
    return schemas.conform(columns, LINKS)


def samples(documents: pa.Table, rules: Sequence[DuplicateRule]) -> pa.Table:
    """Every eighth shingle of documents long enough to be looked for inside others.

    Returns:
        `SAMPLES`: shingle and document, each pair once.
    """
    rows, hashes = passages.sampled(documents.column("text"), ONE_IN)
    enough = np.bincount(rows, minlength=documents.num_rows) * ONE_IN >= (by_relation(rules, "contained").tokens or 1)
    rows, hashes, _ = _distinct(rows[enough[rows]], hashes[enough[rows]])
    return schemas.conform({"key": hashes.view(np.int64), "doc_id": ints(documents, "doc_id")[rows]}, SAMPLES)


def _distinct(rows: Rows, values: npt.NDArray[T]) -> tuple[Rows, npt.NDArray[T], Rows]:
    """The distinct (row, value), ascending, and how often each occurs; a third of the time of numpy's own by axis."""
    order = np.lexsort((values, rows))
    rows, values = rows[order], values[order]
    first = np.flatnonzero(
        np.concatenate([np.ones(min(len(rows), 1), bool), (np.diff(rows) != 0) | (values[1:] != values[:-1])])
    )
    return rows[first], values[first], np.diff(np.append(first, len(rows)))


def windows(documents: pa.Table, tokens: int) -> Hashes:
    """Hashes of all runs of so many tokens, repeats included: what occurs twice is a substring duplicate."""
    return passages.windows(documents.column("text"), tokens)[1]


def spans(documents: pa.Table, repeated: Hashes, tokens: int) -> pa.Table:
    """The stretches of every document that are covered by repeated runs of tokens.

    Args:
        documents: `doc_id`, `text`.
        repeated: hashes of `windows` that occur twice or more in the whole corpus, ascending, distinct.
        tokens: length of a run.

    Returns:
        `SPANS`, in the order of `documents`, then of the text; neighbouring and overlapping runs are one stretch.
    """
    rows, at, _ = passages.find(documents.column("text"), tokens, repeated)
    is_first = np.concatenate([np.ones(min(len(at), 1), bool), (np.diff(rows) != 0) | (np.diff(at) > tokens)])
    is_last = np.append(is_first[1:], np.ones(min(len(at), 1), bool))
    row, first, last = rows[is_first], at[is_first], at[is_last] + tokens
    text = documents.column("text")
    places = np.zeros((len(row), 2), np.int64)
    distinct, starts = np.unique(row, return_index=True)
    for one, start, end in zip(distinct, starts, np.append(starts, len(row))[1:], strict=True):
        tokens_of = passages.token_spans(text[int(one)].as_py())
        places[start:end, 0] = tokens_of[first[start:end], 0]
        places[start:end, 1] = tokens_of[last[start:end] - 1, 1]
    columns = {
        "doc_id": ints(documents, "doc_id")[row],
        "start": places[:, 0],
        "end": places[:, 1],
        "n_tokens": (last - first).astype(np.int32),
    }
    return schemas.conform(columns, SPANS)


def repeated(hashes: Hashes) -> Hashes:
    """The hashes that occur twice or more, ascending."""
    ordered = np.sort(hashes)
    return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])


def strongest(found: pa.Table, evidence_sha256: bytes) -> pa.Table:
    """`OVERLAPS` of one test set as `LINKS` of relation contaminated."""
    n = found.num_rows
    columns: dict[str, object] = {
        "doc_id": found.column("doc_id"),
        "relation": pa.array(["contaminated"] * n, pa.string()),
        "evidence_sha256": pa.array([evidence_sha256] * n, pa.binary(32)),
        "share_ppm": found.column("share_ppm"),
    }
    return schemas.conform(columns, LINKS)


def one_per_document(links: pa.Table) -> pa.Table:
    """`LINKS` with the strongest row of each document and relation, of equal ones that of the lowest `other_id`."""
    order = [("doc_id", "ascending"), ("relation", "ascending"), ("share_ppm", "descending"), ("other_id", "ascending")]
    links = links.sort_by(order)
    keys = pc.binary_join_element_wise(links.column("doc_id").cast(pa.string()), links.column("relation"), " ")
    keys = keys.combine_chunks() if isinstance(keys, pa.ChunkedArray) else keys
    is_first = np.asarray(pc.index_in(keys, keys)) == np.arange(len(keys)) if len(keys) else np.zeros(0, bool)
    return links.filter(pa.array(is_first))
