"""Quality: is this text worth learning from? (Interim Measures, Art. 7(4)).

Every statistic is stored for every document; thresholds stand in `rules/quality.toml`, none here. Statistics of
tokens depend on the tokenizer: `pipeline.kernels.text` has its own and takes any other's; those with `ws` count by
white space, as the Gopher paper does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipeline import decisions, schemas
from pipeline.kernels import text
from pipeline.rules.quality import Reliability
from pipeline.rules.threshold import ThresholdRule
from pipeline.schemas.quality import CHINESE_PPM, MEASURES_QUALITY, NUMBERS, RATIOS_PPM

Counts = Mapping[str, np.ndarray]
Classifier = Callable[[pa.ChunkedArray], np.ndarray]
"""Texts to probabilities in ppm: what `pipeline.models.quality` loads."""

FACTS: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "is_complete": lambda row: not row["missing"],
    "is_dated": lambda row: row["collected_from_us"] is not None,
    "is_assessed": lambda row: bool(row["n_assessed"]) and (row["n_bad"] or 0) * WORST <= row["n_assessed"],
    "is_licence_confirmed": lambda row: row["licence_confirmed_by"] is not None,
    "is_vouched_for": lambda row: bool(row["is_committed"] or row["is_origin_warranted"]),
    "is_approved_by_another": lambda row: row["is_self_approved"] is False,
    "is_no_model_output": lambda row: row["kind"] != "synthetic",
}
"""What a row of `SOURCES` bears out, by the name that the rules use."""

WORST = 20  # one in so many may be bad: 5 %, TC260-003 5.1
REPEATS_TO_COUNT = 4  # a word used less often is no keyword, however short the text

SOURCES = {
    "n_ws_words": "ws_words",
    "longest_word_chars": "longest_word",
    "longest_ws_word_chars": "longest_ws",
    "longest_run_chars": "longest_run",
    "longest_unmarked_chars": "longest_unmarked",
    "third_line_chars": "third_line",
    "stop_words_en": "stops_en",
    "stop_words_zh": "stops_zh",
    "lorem_ipsum": "lorem_phrases",
}
"""Which count a number is, where dropping `n_` does not say it."""

PENALTIES = {
    "dup_line_chars_ppm": 2,
    "dup_5gram_ppm": 2,
    "menu_lines_ppm": 2,
    "long_runs_ppm": 2,
    "symbols_ppm": 1,
    "short30_lines_ppm": 1,
}
"""Score `quality_ppm`, version 2: one million less each statistic times its tenths; more of any never scores better."""


def measure(
    documents: pa.Table,
    phrases: Sequence[tuple[str, str]],
    *,
    words: pa.Array | pa.ChunkedArray | None = None,
    classify: Classifier | None = None,
    reliability: Mapping[str, int] | None = None,
) -> pa.Table:
    """The statistics of each document.

    Args:
        documents: `doc_id`, `lang`, `text`; of `DOCUMENTS` or any table with these.
        phrases: (kind, phrase) of `rules/quality.toml`.
        words: tokens by another tokenizer, see `text.count`; None is `alnum-han@1`.
        classify: a model's probabilities; None leaves `model_ppm` null.
        reliability: ppm by `source_id`, of `reliabilities`; None leaves `source_reliability_ppm` null.

    Returns:
        `MEASURES_QUALITY`, one row per document, in the order of `documents`.

    Source: Rae et al. 2021 (Gopher); Penedo et al. 2024 (FineWeb); Raffel et al. 2020 (C4).
    """
    lang = documents.column("lang").fill_null("und")
    is_zh, is_en = _is(lang, "zh"), _is(lang, "en")
    counts = text.count(documents.column("text"), phrases, words, chinese=is_zh)
    counts = {**counts, **_sums(counts), "foreign": _foreign(counts, is_zh, is_en)}
    columns = {**_numbers(counts), **{name: _ppm(counts[a], counts[b]) for name, (a, b) in RATIOS_PPM.items()}}
    chinese = {name: pa.array(_ppm(counts[a], counts[b]), mask=~is_zh) for name, (a, b) in CHINESE_PPM.items()}
    columns["quality_ppm"] = _score(columns)
    bounded = {name: np.clip(values, 0, decisions.INT32_MAX).astype(np.int32) for name, values in columns.items()}
    model = {} if classify is None else {"model_ppm": classify(documents.column("text"))}
    source = {} if reliability is None else {"source_reliability_ppm": _of_source(documents, reliability)}
    named = {"doc_id": documents.column("doc_id"), "lang": lang}
    return schemas.conform({**named, **bounded, **chinese, **source, **model}, MEASURES_QUALITY)


def reliabilities(sources: pa.Table, facts: Sequence[Reliability]) -> dict[str, int]:
    """How far the registration of each source bears out that it is reliable, in ppm by `source_id`.

    Nobody can compute whether a source is truthful: this says what is on record for it, and people judge.

    Args:
        sources: `SOURCES`.
        facts: `[[reliability]]` of `rules/quality.toml`.

    Source: Interim Measures, Art. 7(4): authenticity, accuracy.
    """
    rows = sources.to_pylist()
    return {row["source_id"]: sum(one.ppm for one in facts if FACTS[one.fact](row)) for row in rows}


def _of_source(documents: pa.Table, reliability: Mapping[str, int]) -> pa.Array:
    known = pa.array(list(reliability), pa.string())
    found = pc.index_in(documents.column("source_id"), known)
    return pa.array(list(reliability.values()), pa.int32()).take(found.combine_chunks())


def decide(measures: pa.Table, rules: Sequence[ThresholdRule]) -> pa.Table:
    """Decide each document by the first rule that objects; the last keeps. Shadow rules decide nothing.

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


def first_failures(measures: pa.Table, rules: Sequence[ThresholdRule], family: str) -> pa.Array:
    """Reason of the family's first rule that objects to each document; null where none does.

    What the original filter would have answered, from stored measures: bench/quality.py holds it against datatrove.
    """
    own = [replace(rule, shadow=False, langs=()) for rule in rules if rule.family == family]
    keep = ThresholdRule(id="", version=0, article="", title="", source="", outcome="keep")
    decided = decisions.by_thresholds(measures, [*own, keep]).column("rule_id")
    return pa.array([*(r.reason for r in own), None]).take(
        pc.index_in(decided, pa.array([*(r.id for r in own), ""])).combine_chunks()
    )


def objections(measures: pa.Table, rules: Sequence[ThresholdRule]) -> pa.Table:
    """Every rule that objects to a document, shadow rules included: doc_id, rule_id, is_shadow, statistic, value."""
    parts = []
    for rule in rules:
        if rule.measure is None:
            continue
        found = measures.select(["doc_id", rule.measure]).filter(pa.array(decisions.objects(measures, rule)))
        n = found.num_rows
        parts.append(
            pa.table(
                {
                    "doc_id": found.column("doc_id"),
                    "rule_id": pa.array([rule.id] * n, pa.string()),
                    "is_shadow": pa.array([rule.shadow] * n, pa.bool_()),
                    "statistic": pa.array([rule.measure] * n, pa.string()),
                    "value": found.column(rule.measure),
                }
            )
        )
    return pa.concat_tables(parts)


def _ppm(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    return np.asarray(part * 1_000_000 // np.maximum(whole, 1) * (whole > 0))


def _sums(counts: Counts) -> dict[str, np.ndarray]:
    """Counts that are sums or differences of others."""
    return {
        "line_chars": counts["chars"] - counts["newlines"],
        "ink": counts["chars"] - counts["spaces"],
        "letters_and_han": counts["letters"] + counts["han"],
        "alnum": counts["letters"] + counts["han"] + counts["digits"],
        "signs": counts["hashes"] + counts["ellipses"],
        "keyword": counts["top_word"] * (counts["top_word"] >= REPEATS_TO_COUNT),
        "site_lines": np.minimum(counts["policy_lines"] + counts["boilerplate_lines"], counts["lines"]),
        "garbled": counts["damaged"] + counts["mojibake_phrases"],
    }


def _is(lang: pa.ChunkedArray, code: str) -> np.ndarray:
    return np.asarray(pc.equal(lang, code).combine_chunks().to_numpy(zero_copy_only=False), bool)


def _foreign(counts: Counts, is_zh: np.ndarray, is_en: np.ndarray) -> np.ndarray:
    """Letters of another script than the document's language has; Chinese may quote Latin names and code."""
    letters = counts["letters"] + counts["han"]
    return np.asarray(is_zh * (letters - counts["han"] - counts["latin"]) + is_en * (letters - counts["latin"]))


def _numbers(counts: Counts) -> dict[str, np.ndarray]:
    means = {
        "mean_word_milli": _ppm(counts["word_chars"], counts["words"]) // 1000,
        "mean_ws_word_milli": _ppm(counts["ws_chars"], counts["ws_words"]) // 1000,
        "mean_line_chars": counts["line_chars"] // np.maximum(counts["lines"], 1),
    }
    names = [name for name in NUMBERS if name not in means]
    return {**means, **{name: counts[SOURCES.get(name, name.removeprefix("n_"))] for name in names}}


def _score(columns: Mapping[str, np.ndarray]) -> np.ndarray:
    lost = sum(columns[name] * tenths for name, tenths in PENALTIES.items())
    scored: np.ndarray = np.maximum(1_000_000 - lost // 10, 0) * (columns["n_chars"] > 0)
    return scored
