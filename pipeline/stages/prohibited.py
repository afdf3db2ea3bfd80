"""Prohibited content: may this text be trained on, and is too much of its source of that kind? (Art. 4).

A word list finds wording, not meaning: it is a first sieve, and what it drops can be appealed on a sample.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import decisions as decided
from pipeline import schemas
from pipeline.kernels import binomial
from pipeline.kernels import lexicon as lexicons
from pipeline.kernels.lexicon import Hit, Lexicon
from pipeline.rules.threshold import ThresholdRule
from pipeline.schemas.ledger import SOURCE_SHARES
from pipeline.schemas.prohibited import CLASSES, MEASURES_PROHIBITED, column

WINDOW_CHARS = 1000
SOURCE_SHARE = "source_share_ppm"
INT32_MAX = 2**31 - 1


def find(texts: Sequence[str], lexicon: Lexicon) -> list[list[Hit]]:
    """The hits of each text, in order of position; a hit names a term id and a class, never the words."""
    found = lexicon.find_rows(pa.array(texts, pa.large_string()))
    return [found.get(row, []) for row in range(len(texts))]


def measure(documents: pa.Table, lexicon: Lexicon) -> pa.Table:
    """Every class statistic of every document.

    Args:
        documents: `doc_id`, `text`.
        lexicon: of `rules/prohibited_terms.toml`.

    Returns:
        `MEASURES_PROHIBITED`, one row per document in the order of `documents`.
    """
    texts = documents.column("text")
    chars = pc.utf8_length(texts).to_numpy().astype(np.int64)
    figures = {name: np.zeros(len(texts), np.int64) for name in MEASURES_PROHIBITED.names[2:]}
    tops: list[str | None] = [None] * len(texts)
    for row, hits in lexicon.find_rows(texts).items():
        tops[row] = _top(lexicons.peaks(hits, WINDOW_CHARS))
        for name, value in _figures(hits, int(chars[row])).items():
            figures[name][row] = value
    columns: dict[str, object] = {**figures, "doc_id": documents.column("doc_id"), "n_chars": chars}
    return schemas.conform(columns | {"top_class": pa.array(tops, pa.string())}, MEASURES_PROHIBITED)


def _figures(hits: Sequence[Hit], n_chars: int) -> dict[str, int]:
    reported = [hit for hit in hits if hit.is_reported]
    own = lexicons.peaks([hit for hit in hits if not hit.is_reported], WINDOW_CHARS)
    return {
        "n_hits": len(hits),
        "n_reported": len(reported),
        "n_classes": len({hit.code for hit in hits}),
        "weight_ppm": min(sum(hit.weight for hit in hits) * 1_000_000 // max(n_chars, 1), INT32_MAX),
        "reported_peak": max(lexicons.peaks(reported, WINDOW_CHARS).values(), default=0),
        **{column(code): peak for code, peak in own.items()},
    }


def _top(peak: Mapping[str, int]) -> str:
    return min(peak, key=lambda code: (-peak[code], CLASSES.index(code)))


def count_bad(measures: pa.Table, rules: Sequence[ThresholdRule]) -> tuple[int, int]:
    """How many documents of a batch a class rule objects to, and how many there are: (n_bad, n_docs).

    Counts, so that the sums over the batches of a source are exact.
    """
    own = decided.by_thresholds(measures, [rule for rule in rules if rule.measure != SOURCE_SHARE])
    n_kept = own.column("outcome").to_pylist().count("keep")
    return own.num_rows - n_kept, own.num_rows


def shares(counts: Mapping[str, tuple[int, int]], rules: Sequence[ThresholdRule], *, run: str) -> pa.Table:
    """Per source, its share of prohibited documents against the 5 % line, with the sample size and the bound.

    Args:
        counts: per source the sums of `count_bad`.
        rules: the one on `source_share_ppm` is the line.
        run: name of the run.

    Returns:
        The rows of the ledger kind `source_shares`, ascending `source_id`.
    """
    line = next(rule.above for rule in rules if rule.measure == SOURCE_SHARE and rule.above is not None)
    rows = [_share(run, source, *counts[source], line) for source in sorted(counts)]
    return pa.Table.from_pylist(rows, SOURCE_SHARES)


def _share(run: str, source_id: str, n_bad: int, n_docs: int, line_ppm: int) -> dict[str, object]:
    share_ppm = -(-n_bad * 1_000_000 // max(n_docs, 1))  # rounded up: no share above the line is shown on it
    sizes = {"n_docs": n_docs, "n_bad": n_bad, "share_ppm": share_ppm, "upper_ppm": binomial.upper_ppm(n_docs, n_bad)}
    return {"run": run, "source_id": source_id, **sizes, "line_ppm": line_ppm, "is_above_line": share_ppm > line_ppm}


def decide(measures: pa.Table, rules: Sequence[ThresholdRule], *, source_share_ppm: int) -> pa.Table:
    """Decide each document by its own classes first, then by the share of its source.

    Args:
        measures: `MEASURES_PROHIBITED` of documents of one source.
        rules: of `rules/prohibited.toml`; the one on `source_share_ppm` is the 5 % line.
        source_share_ppm: prohibited documents per million in the whole source, not in this batch.

    Returns:
        `DECISIONS`, one row per document in the order of `measures`, each with a score: of a clean document the
        greatest peak of any class, 0 when nothing was found.

    Source:
        TC260-003 5.1 a): a source above 5 % is not used, its clean documents included.
    """
    share = pa.array([source_share_ppm] * measures.num_rows, pa.int64())
    made = decided.by_thresholds(measures.append_column(SOURCE_SHARE, share), rules)
    greatest = pc.max_element_wise(*[measures.column(column(code)) for code in CLASSES])
    at = made.schema.get_field_index("score_ppm")
    return made.set_column(at, made.schema.field(at), pc.coalesce(made.column("score_ppm"), greatest))


def apply(documents: pa.Table, decisions: pa.Table) -> pa.Table:
    """The documents that are kept, unchanged."""
    return decided.kept(documents, decisions)
