import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import decisions
from pipeline.errors import RuleMalformed
from pipeline.rules import quality as quality_rules
from pipeline.rules.threshold import ThresholdRule
from pipeline.schemas import DECISIONS
from pipeline.schemas.quality import CHINESE_PPM, MEASURES_QUALITY
from pipeline.schemas.sources import SOURCES
from pipeline.stages import quality
from tests.tables import columns, table

RULES = quality_rules.rules()
PHRASES = quality_rules.phrases()
LIMITS = [rule for rule in RULES if rule.measure is not None]


def halves(texts: pa.ChunkedArray) -> np.ndarray:
    return np.arange(len(texts), 0, -1).astype(np.int32) * 499_999


def measured(*texts: str, lang: str = "en") -> pa.Table:
    ids = pa.array(range(len(texts)), pa.int64())
    named = {"doc_id": ids, "lang": pa.array([lang] * len(texts), pa.string()), "text": pa.array(texts, pa.string())}
    return quality.measure(pa.table(named), PHRASES)


@pytest.mark.parametrize("rule", LIMITS, ids=[rule.id for rule in LIMITS])
def test_every_rule_passes_and_fails_its_own_examples(rule) -> None:
    assert rule.passes
    assert rule.fails

    found = measured(rule.passes, rule.fails * rule.times, lang=(*rule.langs, "en")[0])
    if rule.measure == "source_reliability_ppm":
        found = known(found, 500_000, 499_999)
    if rule.measure == "model_ppm":
        assert decisions.objects(found, rule).tolist() == [False, False]  # no model, no objection
        found = quality.measure(found.append_column("text", pa.array(["", ""])), [], classify=halves)

    assert decisions.objects(found, rule).tolist() == [False, True]


def known(documents: pa.Table, *ppm: int) -> pa.Table:
    """Measured again, each document of a source of that reliability."""
    sources = pa.array([str(one) for one in ppm])
    named = documents.append_column("text", pa.array([""] * len(ppm))).append_column("source_id", sources)
    return quality.measure(named, [], reliability={str(one): one for one in ppm})


def test_a_source_is_as_reliable_as_its_registration_bears_out() -> None:
    drawn = """
        source_id | kind      | collected_from_us | n_assessed | n_bad | licence_confirmed_by | is_self_approved | missing
        best      | open-data | 1                 | 100        | 5     | wang                 | false            | []
        bad       | open-data | 1                 | 100        | 6     | wang                 | true             | []
        least     | synthetic |                   |            |       |                      |                  | ["provider"]
        """
    sources = table(drawn, SOURCES)
    vouched = {"is_committed": [True, None, False], "is_origin_warranted": [None, True, None]}
    for name, values in vouched.items():
        sources = sources.append_column(name, pa.array(values))

    got = quality.reliabilities(sources, quality_rules.reliability())

    assert got == {"best": 1_000_000, "bad": 700_000, "least": 0}


def test_a_document_of_a_source_that_nobody_registered_has_no_reliability() -> None:
    documents = pa.table({"doc_id": [1, 2], "lang": ["en"] * 2, "text": ["a"] * 2, "source_id": ["wiki", "other"]})

    got = quality.measure(documents, [], reliability={"wiki": 7}).column("source_reliability_ppm")

    assert got.to_pylist() == [7, None]


def test_every_rule_has_its_own_id() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES)


def test_the_first_rule_that_objects_decides_and_the_last_keeps() -> None:
    measures = table(
        """
        doc_id | lang | n_chars | digits_ppm | dup_line_chars_ppm
        1      | en   | 10      | 900000     | 0
        2      | en   | 500     | 900000     | 900000
        3      | zh   | 500     | 0          | 0
        """,
        MEASURES_QUALITY,
    )

    own = [rule for rule in RULES if rule.id in ("QUA.R001", "QUA.R002", "QUA.R003", "QUA.R000")]
    got = quality.decide(measures, own)

    expected = table(
        """
        doc_id | outcome | rule_id  | score_ppm
        1      | drop    | QUA.R001 | 10
        2      | drop    | QUA.R002 | 900000
        3      | keep    | QUA.R000 |
        """,
        DECISIONS,
    )
    assert columns(got, expected) == expected


def test_a_shadow_rule_decides_nothing_and_its_objection_can_be_asked_for() -> None:
    measures = measured("Only one short sentence stands in this text.")

    decided = quality.decide(measures, RULES)
    objections = quality.objections(measures, RULES)

    assert decided.column("outcome").to_pylist() == ["keep"]
    shadows = objections.filter(objections.column("is_shadow")).column("rule_id").to_pylist()
    assert "gopher_q@datatrove-0.10/alnum-han-1#gopher_short_doc" in shadows


def test_a_family_answers_with_its_first_failure_and_null_where_it_has_none() -> None:
    long = "the cat and the dog went to the river in the sun because they had to see that it was there. "
    text = " ".join(f"{long}{n}" for n in ("one", "two", "three"))

    got = quality.first_failures(measured("Short.", text), RULES, "gopher_q@datatrove-0.10/alnum-han-1")

    assert got.to_pylist() == ["gopher_short_doc", None]


def test_stop_words_are_counted_by_language() -> None:
    found = measured("the cat and 中国的人在是")

    assert found.column("stop_words_en").to_pylist() == [2]
    assert found.column("stop_words_zh").to_pylist() == [5]


def test_statistics_of_chinese_characters_are_null_in_other_languages() -> None:
    chinese, english = measured("後後", lang="zh"), measured("後後", lang="en")

    assert chinese.column("traditional_ppm").to_pylist() == [1_000_000]
    assert [english.column(name).to_pylist() for name in CHINESE_PPM] == [[None]] * len(CHINESE_PPM)


def test_an_empty_text_has_measures_and_is_decided() -> None:
    measures = measured("")

    assert measures.column("quality_ppm").to_pylist() == [0]
    assert quality.decide(measures, RULES).column("rule_id").to_pylist() == ["QUA.R001"]


def test_a_missing_language_is_undetermined() -> None:
    documents = pa.table({"doc_id": pa.array([1]), "lang": pa.array([None], pa.string()), "text": ["A text."]})

    assert quality.measure(documents, PHRASES).column("lang").to_pylist() == ["und"]


def test_a_rule_over_an_unknown_statistic_is_an_error_not_a_keep() -> None:
    rule = ThresholdRule(
        id="X", version=1, article="7(4)", title="", source="", outcome="drop", measure="beauty_ppm", below=1
    )

    with pytest.raises(RuleMalformed, match="beauty_ppm"):
        quality.decide(measured("a"), [rule, RULES[-1]])


@settings(max_examples=60)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), min_size=1, max_size=5),
    st.sampled_from(["en", "zh", "und"]),
)
def test_every_document_is_measured_in_range_and_decided_exactly_once(texts, lang) -> None:
    measures = measured(*texts, lang=lang)
    decided = quality.decide(measures, RULES)

    ratios = [name for name in measures.column_names if name.endswith("_ppm") and "top_" not in name]
    assert all(
        0 <= v <= 1_000_000
        for name in ratios
        if name not in UNBOUNDED
        for v in measures.column(name).drop_null().to_pylist()
    )
    assert decided.column("doc_id").to_pylist() == list(range(len(texts)))


UNBOUNDED = {"newline_tokens_ppm", "separator_tokens_ppm", "symbol_tokens_ppm", "ellipsis_ws_words_ppm", "hash_ws_words_ppm", "stop_words_en_ppm", "stop_words_zh_ppm"}  # fmt: skip
