"""Quality: is this text worth learning from? (Interim Measures, Art. 7(4)).

Every statistic is stored for every document; thresholds stand in `rules/quality.toml`, none here. Words are those
of the tokenizer `alnum-han@1` (`pipeline.kernels.text`); statistics with `ws` count by white space instead, as
the Gopher paper does.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa

from pipeline import decisions, schemas
from pipeline.kernels import text
from pipeline.rules.threshold import ThresholdRule
from pipeline.schemas.quality import MEASURES_QUALITY

Counts = Mapping[str, np.ndarray]

REPEATS_TO_COUNT = 4  # a word used less often is no keyword, however short the text

PENALTIES = {
    "dup_line_chars_ppm": 2,
    "dup_5gram_ppm": 2,
    "menu_lines_ppm": 2,
    "long_runs_ppm": 2,
    "symbols_ppm": 1,
    "short_lines_ppm": 1,
}
"""Score `quality_ppm`, version 1: one million less each statistic times its tenths; more of any never scores better."""


def measure(documents: pa.Table) -> pa.Table:
    """The statistics of each document.

    A ratio without a denominator (no words, no lines) is 0; ratios above 2,000 stop there.

    Args:
        documents: `doc_id`, `lang`, `text`; of `DOCUMENTS` or any table with these.

    Returns:
        `MEASURES_QUALITY`, one row per document, in the order of `documents`.

    Source: Rae et al. 2021 (Gopher); Penedo et al. 2024 (FineWeb); Raffel et al. 2020 (C4).
    """
    counts = text.count(documents.column("text"))
    columns = {**_words(counts), **_lines(counts), **_repetition(counts), **_characters(counts)}
    columns["quality_ppm"] = _score(columns)
    bounded = {name: np.minimum(values, decisions.INT32_MAX).astype(np.int32) for name, values in columns.items()}
    named = {"doc_id": documents.column("doc_id"), "lang": documents.column("lang").fill_null("und")}
    return schemas.conform({**named, **bounded}, MEASURES_QUALITY)


def decide(measures: pa.Table, rules: Sequence[ThresholdRule]) -> pa.Table:
    """Decide each document by the first rule that objects; the last keeps.

    Args:
        measures: `MEASURES_QUALITY`.
        rules: `rules/quality.toml` in file order.

    Returns:
        `DECISIONS`, one row per document, in the order of `measures`.
    """
    return decisions.by_thresholds(measures, rules)


def apply(documents: pa.Table, decided: pa.Table) -> pa.Table:
    """The documents that quality keeps, unchanged."""
    return decisions.kept(documents, decided)


def _ppm(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.asarray(part * 1_000_000 // np.maximum(whole, 1) * (whole > 0))


def _words(counts: Counts) -> dict[str, np.ndarray]:
    words, ws = counts["words"], counts["ws_words"]
    keyword = counts["top_word"] * (counts["top_word"] >= REPEATS_TO_COUNT)
    return {
        "n_words": words,
        "n_ws_words": ws,
        "mean_word_milli": _ppm(counts["word_chars"], words) // 1000,
        "mean_ws_word_milli": _ppm(counts["ws_chars"], ws) // 1000,
        "longest_word_chars": counts["longest_word"],
        "longest_run_chars": counts["longest_run"],
        "alpha_words_ppm": _ppm(counts["alpha_words"], words),
        "alpha_ws_words_ppm": _ppm(counts["ws_alpha"], ws),
        "hash_words_ppm": _ppm(counts["hashes"], words),
        "hash_ws_words_ppm": _ppm(counts["hashes"], ws),
        "ellipsis_words_ppm": _ppm(counts["ellipses"], words),
        "ellipsis_ws_words_ppm": _ppm(counts["ellipses"], ws),
        "stop_words": counts["stop_distinct"],
        "stop_words_ppm": _ppm(counts["stop_hits"], words),
        "distinct_words_ppm": _ppm(counts["distinct_words"], words),
        "top_word_ppm": _ppm(keyword, words),
        "separator_words_ppm": _ppm(counts["separators"], words),
    }


def _lines(counts: Counts) -> dict[str, np.ndarray]:
    lines = counts["lines"]
    shares = ("bullet", "ellipsis", "terminal", "short", "menu", "policy")
    return {
        "n_lines": lines,
        "n_paragraphs": counts["paragraphs"],
        **{f"{kind}_lines_ppm": _ppm(counts[f"{kind}_lines"], lines) for kind in shares},
        "newline_words_ppm": _ppm(counts["newlines"], counts["words"]),
        "newline_ws_words_ppm": _ppm(counts["newlines"], counts["ws_words"]),
        "script_lines": counts["script_lines"],
        "curly": counts["curly"],
        "lorem_ipsum": counts["lorem"],
    }


def _repetition(counts: Counts) -> dict[str, np.ndarray]:
    letters = counts["word_chars"]
    top = {f"top_{n}gram_ppm": np.minimum(_ppm(counts[f"top{n}"], letters), 1_000_000) for n in range(2, 5)}
    dup = {f"dup_{n}gram_ppm": _ppm(counts[f"dup{n}"], letters) for n in range(5, 11)}
    return {
        "dup_lines_ppm": _ppm(counts["dup_lines"], counts["lines"]),
        "dup_line_chars_ppm": _ppm(counts["dup_line_chars"], counts["line_chars"]),
        "dup_paragraphs_ppm": _ppm(counts["dup_paragraphs"], counts["paragraphs"]),
        "dup_paragraph_chars_ppm": _ppm(counts["dup_paragraph_chars"], counts["chars"]),
        **top,
        **dup,
    }


def _characters(counts: Counts) -> dict[str, np.ndarray]:
    chars = counts["chars"]
    ink = chars - counts["spaces"]
    return {
        "n_chars": chars,
        "letters_ppm": _ppm(counts["letters"] + counts["han"], ink),
        "digits_ppm": _ppm(counts["digits"], chars),
        "han_ppm": _ppm(counts["han"], chars),
        "punctuation_ppm": _ppm(counts["punctuation"], chars),
        "symbols_ppm": _ppm(counts["symbols"], chars),
        "whitespace_ppm": _ppm(counts["spaces"], chars),
        "url_ppm": _ppm(counts["url_chars"], chars),
        "long_runs_ppm": _ppm(counts["long_run_chars"], ink),
    }


def _score(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    lost = sum(columns[name] * tenths for name, tenths in PENALTIES.items())
    scored: np.ndarray = np.maximum(1_000_000 - lost // 10, 0) * (columns["n_chars"] > 0)
    return scored
