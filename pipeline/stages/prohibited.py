"""Prohibited content: may this text be trained on, and is too much of its source of that kind? (Art. 4).

A word list finds wording, not meaning: it is a first sieve, and what it drops can be appealed on a sample.
"""

from collections.abc import Sequence

import pyarrow as pa

from pipeline import decisions as decided
from pipeline import schemas
from pipeline.kernels import lexicon as lexicons
from pipeline.kernels.lexicon import Hit, Lexicon
from pipeline.rules.threshold import ThresholdRule
from pipeline.schemas.prohibited import CLASSES, MEASURES_PROHIBITED, column

WINDOW_CHARS = 1000
SOURCE_SHARE = "source_share_ppm"
INT32_MAX = 2**31 - 1


def find(texts: Sequence[str], lexicon: Lexicon) -> list[list[Hit]]:
    """The hits of each text, in order of position; a hit names a term id and a class, never the words."""
    return [lexicon.find(text) for text in texts]


def measure(documents: pa.Table, lexicon: Lexicon) -> pa.Table:
    """Every class statistic of every document.

    Args:
        documents: `doc_id`, `text`.
        lexicon: of `rules/prohibited_terms.toml`.

    Returns:
        `MEASURES_PROHIBITED`, one row per document in the order of `documents`.
    """
    texts = documents.column("text").to_pylist()
    found = find(texts, lexicon)
    peaks = [lexicons.peaks(hits, WINDOW_CHARS) for hits in found]
    weights = [sum(hit.weight for hit in hits) for hits in found]
    return schemas.conform(
        {
            "doc_id": documents.column("doc_id"),
            "n_chars": [len(text) for text in texts],
            "n_hits": [len(hits) for hits in found],
            "n_classes": [len(peak) for peak in peaks],
            "top_class": pa.array([_top(peak) for peak in peaks], pa.string()),
            "weight_ppm": [_per_million(w, len(text)) for w, text in zip(weights, texts, strict=True)],
            **{column(code): [peak.get(code, 0) for peak in peaks] for code in CLASSES},
        },
        MEASURES_PROHIBITED,
    )


def _top(peak: dict[str, int]) -> str | None:
    return min(peak, key=lambda code: (-peak[code], CLASSES.index(code))) if peak else None


def _per_million(weight: int, n_chars: int) -> int:
    return min(weight * 1_000_000 // max(n_chars, 1), INT32_MAX)


def share_ppm(measures: pa.Table, rules: Sequence[ThresholdRule]) -> tuple[int, int]:
    """How many documents of a batch a class rule objects to, and how many there are: (n_bad, n).

    The share of a source is the quotient of the sums over its batches. Returns counts, so that sums are exact.
    """
    own = decided.by_thresholds(measures, [rule for rule in rules if rule.measure != SOURCE_SHARE])
    n_bad = sum(outcome != "keep" for outcome in own.column("outcome").to_pylist())
    return n_bad, own.num_rows


def decide(measures: pa.Table, rules: Sequence[ThresholdRule], *, source_share_ppm: int) -> pa.Table:
    """Decide each document by its own classes first, then by the share of its source.

    Args:
        measures: `MEASURES_PROHIBITED` of documents of one source.
        rules: of `rules/prohibited.toml`; the one on `source_share_ppm` is the 5 % line.
        source_share_ppm: prohibited documents per million in the whole source, not in this batch.

    Returns:
        `DECISIONS`, one row per document in the order of `measures`.

    Source:
        TC260-003 5.1 a): a source above 5 % is not used, its clean documents included.
    """
    share = pa.array([source_share_ppm] * measures.num_rows, pa.int64())
    return decided.by_thresholds(measures.append_column(SOURCE_SHARE, share), rules)


def apply(documents: pa.Table, decisions: pa.Table) -> pa.Table:
    """The documents that are kept, unchanged."""
    return decided.kept(documents, decisions)
