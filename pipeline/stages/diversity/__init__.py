"""Diversity: what is the mix, and whom does selection favour or leave out? (Interim Measures, Art. 4(2), 7(4)).

The mix is reported for every run. No document is dropped for it: `mixture` weighs documents instead.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import decisions, schemas
from pipeline.kernels import text, topics
from pipeline.rules.diversity import Genre
from pipeline.rules.threshold import ThresholdRule
from pipeline.schemas.diversity import AXES, MEASURES_DIVERSITY, MIX
from pipeline.stages.diversity import values

STOP_WORDS = (
    *[
        "about",
        "after",
        "also",
        "been",
        "before",
        "being",
        "between",
        "both",
        "cannot",
        "could",
        "does",
        "doing",
        "each",
        "every",
        "from",
        "have",
        "here",
        "into",
        "just",
        "made",
        "make",
        "many",
        "more",
        "most",
        "much",
        "must",
        "only",
        "other",
        "over",
        "same",
        "shall",
        "should",
        "some",
        "such",
        "than",
        "that",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "through",
        "under",
        "until",
        "upon",
        "used",
        "using",
        "very",
        "want",
        "well",
        "were",
        "what",
        "when",
        "where",
        "which",
        "while",
        "will",
        "with",
        "within",
        "without",
        "would",
        "your",
        "http",
        "https",
        "null",
        "true",
        "false",
    ],
    *text.CHINESE,
    *"不这个我们你就也都要可以会对上下来到时地得着过把给让从向以及或但而且等之其此该一二三四五六七八九十第条款项",
)
"""Words that are never a topic; Chinese by character. Our own list: function words seen on top in the bench corpus."""

LONGEST = {"word": 20, "domain": 200}
"""Values reported of an axis; the rest of the domains is counted together."""
BIGGEST_BUCKET = 62
"""An upper bound of the length bucket, log2 of int64."""


def measure(documents: pa.Table, genres: Sequence[Genre] = ()) -> pa.Table:
    """What each document adds to the mix.

    Args:
        documents: `doc_id`, `lang`, `text`, optionally `source_id`, `url`, `fetched_at_us`.
        genres: the first whose cue a text bears is its genre.

    Returns:
        `MEASURES_DIVERSITY`, one row per document, in the order of `documents`.
    """
    counts = text.count(documents.column("text"))
    chars = counts["chars"]
    columns: dict[str, object] = {
        "doc_id": documents.column("doc_id"),
        "lang": documents.column("lang").fill_null("und"),
        "n_chars": chars.astype(np.int32),
        "n_words": counts["words"].astype(np.int32),
        "length_bucket": np.frexp(np.maximum(chars, 1))[1].astype(np.int32) - 1,
        "topic_words": topics.top_words(documents.column("text"), STOP_WORDS),
        "script": values.scripts(documents.column("text")),
        "genre": values.genres(documents.column("text"), genres),
    }
    known = documents.column_names
    columns |= {"source_id": documents.column("source_id")} if "source_id" in known else {}
    columns |= {"domain": values.domains(documents.column("url"))} if "url" in known else {}
    columns |= {"year": values.years(documents.column("fetched_at_us"))} if "fetched_at_us" in known else {}
    return schemas.conform(columns, MEASURES_DIVERSITY)


def decide(measures: pa.Table, rules: Sequence[ThresholdRule]) -> pa.Table:
    """Keep every document that no cap of `rules/diversity.toml` names.

    Returns:
        `DECISIONS`, one row per document, in the order of `measures`.
    """
    return decisions.by_thresholds(measures, rules)


def apply(documents: pa.Table, decided: pa.Table) -> pa.Table:
    """The documents that diversity keeps, unchanged."""
    return decisions.kept(documents, decided)


def mix(before: pa.Table, after: pa.Table, sources: pa.Table, *, least_documents: int = 1) -> pa.Table:
    """The share of each value of every axis, before and after selection.

    A document has several words, so shares of the axis `word` do not add up to one. Rows of the axis
    `concentration` hold per axis the effective number of values in thousandths (inverse Simpson), the share of
    the greatest value and the entropy in thousandths of a bit, in `docs_*`, in the unit that their value names.

    Args:
        before: `MEASURES_DIVERSITY` of what came in, with `topic` where topics were made and `licence` where
            documents have their own.
        after: the same of what goes on.
        sources: `source_id`, `licence`, `data_type`, `year`: what holds for documents of which nothing else is said.
        least_documents: words of fewer documents are left out, domains of fewer are "other".

    Returns:
        `MIX`, in the order of `AXES` then "concentration"; documents before descending, then value.
    """
    sizes = (before.num_rows, after.num_rows)
    tables = []
    for axis in AXES:
        counted = _joined(_counted(before, axis, sources), _counted(after, axis, sources))
        counted = _guarded(counted, axis, least_documents)
        tables.append(_rows(axis, counted, sizes))
    whole = pa.concat_tables(tables)
    return pa.concat_tables([whole, _concentration(whole)])


def _guarded(counted: pa.Table, axis: str, least: int) -> pa.Table:
    """Without values that lead to few documents, and no longer than the ledger should be."""
    if axis not in LONGEST:
        return counted
    usual = pc.greater_equal(counted.column("docs_before"), least)
    usual = pc.and_(usual, pc.less(pa.array(range(counted.num_rows)), LONGEST[axis]))
    if axis == "word":
        return counted.filter(usual)
    named = pc.if_else(usual, counted.column("value"), "other")
    summed = counted.set_column(0, "value", named).group_by("value").aggregate([(name, "sum") for name in _FIGURES])
    return _ordered(summed.rename_columns({f"{name}_sum": name for name in _FIGURES}))


def _counted(measures: pa.Table, axis: str, sources: pa.Table) -> pa.Table:
    values, chars = _values(measures, axis, sources)
    table = pa.table({"value": values, "chars": chars})
    grouped = table.group_by("value").aggregate([([], "count_all"), ("chars", "sum")])
    return grouped.rename_columns({"count_all": "docs", "chars_sum": "chars"})


def _values(measures: pa.Table, axis: str, sources: pa.Table) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    chars = measures.column("n_chars").cast(pa.int64())
    if axis == "length":
        return _buckets(measures.column("length_bucket")), chars
    if axis == "word":
        lists = measures.column("topic_words")
        return pc.list_flatten(lists), chars.take(pc.list_parent_indices(lists))
    name, nothing = COLUMNS.get(axis, (axis, "unknown"))
    nulls = pa.nulls(measures.num_rows, pa.string())
    own = measures.column(name).cast(pa.string()) if name in measures.column_names else nulls
    of_source = nulls
    if name in sources.column_names and axis != "source":
        at = pc.index_in(measures.column("source_id"), sources.column("source_id"))
        of_source = sources.column(name).cast(pa.string()).take(at)
    return pc.coalesce(own, of_source, nothing), chars


COLUMNS = {
    "lang": ("lang", "und"), "script": ("script", "unknown"), "source": ("source_id", "unknown"),
    "domain": ("domain", "none"), "genre": ("genre", "unknown"), "time": ("year", "unknown"),
    "topic": ("topic", "other"),
}  # fmt: skip
"""Axis: its column, of documents or else of their source, and what stands for null; others have their own name."""


def _buckets(exponents: pa.ChunkedArray) -> pa.Array:
    names = pa.array([f"{1 << e}-{(2 << e) - 1}" for e in range(BIGGEST_BUCKET)])
    return names.take(exponents.combine_chunks())


def _joined(before: pa.Table, after: pa.Table) -> pa.Table:
    keyed = before.join(after, "value", join_type="full outer", left_suffix="_before", right_suffix="_after")
    filled = [pc.fill_null(keyed.column(name), 0) for name in _FIGURES]
    return _ordered(pa.table([keyed.column("value"), *filled], names=["value", *_FIGURES]))


def _ordered(table: pa.Table) -> pa.Table:
    return table.sort_by([("docs_before", "descending"), ("docs_after", "descending"), ("value", "ascending")])


_FIGURES = ("docs_before", "docs_after", "chars_before", "chars_after")


def _rows(axis: str, counted: pa.Table, sizes: tuple[int, int]) -> pa.Table:
    columns: dict[str, object] = {"axis": pa.array([axis] * counted.num_rows, pa.string())}
    columns |= {name: counted.column(name) for name in ("value", *_FIGURES)}
    for side, size in zip(("before", "after"), sizes, strict=True):
        docs = counted.column(f"docs_{side}").to_numpy()
        columns[f"share_{side}_ppm"] = (docs * 1_000_000 // max(size, 1)).astype(np.int32)
    return schemas.conform(columns, MIX)


def _concentration(whole: pa.Table) -> pa.Table:
    rows = [row for axis in AXES for row in _figures(whole.filter(pc.equal(whole.column("axis"), axis)), axis)]
    columns: Mapping[str, list[object]] = {name: [row[name] for row in rows] for name in MIX.names}
    return schemas.conform(dict(columns), MIX)


def _figures(rows: pa.Table, axis: str) -> Iterator[Mapping[str, object]]:
    zero = dict.fromkeys(MIX.names, 0)
    effective: dict[str, int] = {}
    greatest: dict[str, int] = {}
    entropy: dict[str, int] = {}
    for side in ("before", "after"):
        docs = rows.column(f"docs_{side}").to_pylist()
        squares, total = sum(n * n for n in docs), sum(docs)
        effective[f"docs_{side}"] = total * total * 1000 // squares if squares else 0
        shares = np.array([n / total for n in docs if n]) if total else np.ones(1)
        entropy[f"docs_{side}"] = abs(round(float(-(shares * np.log2(shares)).sum()) * 1000))
        greatest[f"share_{side}_ppm"] = max(docs, default=0) * 1_000_000 // max(total, 1)
    yield {**zero, "axis": "concentration", "value": f"{axis}:effective_milli", **effective}
    docs = {f"docs_{side}": greatest[f"share_{side}_ppm"] for side in ("before", "after")}
    yield {**zero, "axis": "concentration", "value": f"{axis}:greatest_ppm", **greatest, **docs}
    yield {**zero, "axis": "concentration", "value": f"{axis}:entropy_millibits", **entropy}
