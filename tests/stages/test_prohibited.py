import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import RuleMalformed
from pipeline.kernels.lexicon import Lexicon, Term
from pipeline.rules import prohibited as prohibited_rules
from pipeline.rules.loader import parse
from pipeline.rules.prohibited import Phrases, lexicon, rules
from pipeline.schemas import DECISIONS, DOCUMENTS
from pipeline.schemas.ledger import SOURCE_SHARES
from pipeline.schemas.prohibited import CORPUS_CLASSES, MEASURES_PROHIBITED, column
from pipeline.stages import prohibited
from tests.tables import columns, table

LEXICON = lexicon()
CLASS_RULES = [rule for rule in rules() if (rule.measure or "").startswith(("peak_", "reported_"))]
SMALL = Lexicon(
    [
        Term(id="sale", code="A.1.h", text="卖枪", weight=4),
        Term(id="slots", code="A.1.h", text="老虎机", weight=2),
        Term(id="bonus", code="A.1.h", text="free spins", weight=2),
        Term(id="scum", code="A.2.e", text="are scum", weight=4),
    ],
    ["警方", "condemned"],
)


def documents(*texts: str) -> pa.Table:
    return pa.table({"doc_id": pa.array(range(len(texts)), pa.int64()), "text": pa.array(texts, pa.string())})


def decided(*texts: str, share: int = 0) -> list[tuple[str, str]]:
    got = prohibited.decide(prohibited.measure(documents(*texts), LEXICON), rules(), source_share_ppm=share)
    return list(zip(got.column("outcome").to_pylist(), got.column("rule_id").to_pylist(), strict=True))


def test_every_class_of_a_document_is_measured_and_reported_wording_apart() -> None:
    drawn = table(
        """
        doc_id | text
        1      | 卖枪
        2      | 警方查获卖枪广告
        3      | 老虎机, free spins, 老虎机
        4      | They are scum. 卖枪
        5      | a quiet day
        """,
        DOCUMENTS,
    )

    got = prohibited.measure(drawn, SMALL)

    expected = table(
        """
        doc_id | n_chars | n_hits | n_reported | n_classes | top_class | reported_peak | peak_a1h | peak_a2e
        1      | 2       | 1      | 0          | 1         | A.1.h     | 0             | 4        | 0
        2      | 8       | 1      | 1          | 1         | A.1.h     | 4             | 0        | 0
        3      | 20      | 3      | 0          | 1         | A.1.h     | 0             | 4        | 0
        4      | 17      | 2      | 0          | 2         | A.1.h     | 0             | 4        | 4
        5      | 11      | 0      | 0          | 0         |           | 0             | 0        | 0
        """,
        MEASURES_PROHIBITED,
    )
    assert columns(got, expected) == expected


def test_the_class_decides_first_then_the_source_and_a_clean_document_has_a_score_too() -> None:
    measures = prohibited.measure(documents("卖枪", "老虎机", "a quiet day"), SMALL)

    below = prohibited.decide(measures, rules(), source_share_ppm=50_000)
    above = prohibited.decide(measures, rules(), source_share_ppm=50_001)

    expected = table(
        """
        doc_id | outcome | rule_id  | score_ppm
        0      | drop    | PRO.R108 | 4
        1      | keep    | PRO.R000 | 2
        2      | keep    | PRO.R000 | 0
        """,
        DECISIONS,
    )
    assert columns(below, expected) == expected
    expected = table(
        """
        doc_id | outcome | rule_id  | score_ppm
        0      | drop    | PRO.R108 | 4
        1      | drop    | PRO.R005 | 50001
        2      | drop    | PRO.R005 | 50001
        """,
        DECISIONS,
    )
    assert columns(above, expected) == expected


@pytest.mark.parametrize("rule", CLASS_RULES, ids=lambda r: r.id)
def test_each_rule_acts_on_its_failing_example_only(rule) -> None:
    assert decided(rule.fails, rule.passes) == [(rule.outcome, rule.id), ("keep", "PRO.R000")]


def test_every_class_a_corpus_is_filtered_on_has_a_rule_and_terms_in_both_languages() -> None:
    assert {rule.measure for rule in CLASS_RULES} == {column(code) for code in CORPUS_CLASSES} | {"reported_peak"}
    spelled = {(term.code, term.id.split("-")[1]) for term in LEXICON.terms}
    assert spelled == {(code, lang) for code in CORPUS_CLASSES for lang in ("zh", "en")}


@pytest.mark.parametrize(
    "text",
    [
        "真\u200b人荷官在线发牌",
        "真人荷官*在线-发牌",
        "真人荷官在線發牌",
        "ｂｕｙ ＭＥＴＨ ｗｉｔｈ ｂｉｔｃｏｉｎ",
        "xxx vide0s",
        "buy m3th with bitcoin",
    ],
)
def test_disguised_wording_is_found(text: str) -> None:
    assert prohibited.find([text], LEXICON)[0]


@pytest.mark.parametrize(
    "text",
    [
        "第三百四十七条 走私、贩卖、运输、制造毒品，无论数量多少，都应当追究刑事责任，予以刑事处罚。",
        "Discrimination against women, Muslims or disabled people is prohibited.",
        "A history of the armed uprising that overthrew the regime in 1917.",
        "同性恋不是病，也不需要治疗。",
        "I hate it when people say that women are inferior.",
    ],
)
def test_statutes_history_and_counter_speech_are_kept(text: str) -> None:
    assert decided(text) == [("keep", "PRO.R000")]


@settings(max_examples=25)
@given(st.lists(st.text("卖枪老虎机警方 arescum.\u200b-", max_size=40), max_size=6), st.integers(0, 100_000))
def test_every_document_is_measured_and_decided_exactly_once_as_if_it_were_alone(texts: list[str], share: int) -> None:
    together = prohibited.decide(prohibited.measure(documents(*texts), SMALL), rules(), source_share_ppm=share)

    assert together.column("doc_id").to_pylist() == list(range(len(texts)))
    alone = [
        prohibited.decide(prohibited.measure(documents(text), SMALL), rules(), source_share_ppm=share).to_pylist()[0]
        for text in texts
    ]
    assert [row | {"doc_id": 0} for row in together.to_pylist()] == alone


def test_the_share_of_a_source_is_shown_with_its_size_and_its_bound() -> None:
    got = prohibited.shares({"b": (51, 1000), "a": (50, 1000), "c": (0, 58)}, rules(), run="r")

    expected = table(
        """
        source_id | n_docs | n_bad | share_ppm | line_ppm | is_above_line
        a         | 1000   | 50    | 50000     | 50000    | false
        b         | 1000   | 51    | 51000     | 50000    | true
        c         | 58     | 0     | 0         | 50000    | false
        """,
        SOURCE_SHARES,
    )
    assert columns(got, expected) == expected
    assert got.column("upper_ppm").to_pylist()[0] > 50_000


def test_a_share_that_is_no_whole_number_of_millionths_is_above_the_line_when_it_is() -> None:
    n = 30_000_001
    got = prohibited.shares({"s": (n // 20 + 1, n)}, rules(), run="r")
    assert got.column("is_above_line").to_pylist() == [True]


@pytest.mark.parametrize(("n_bad", "enough"), [(0, 59), (1, 93), (2, 124), (3, 153), (5, 208), (10, 336)])
def test_the_bound_of_a_source_is_the_exact_binomial_one(n_bad: int, enough: int) -> None:
    got = prohibited.shares({"a": (n_bad, enough), "b": (n_bad, enough - 1)}, rules(), run="r").column("upper_ppm")
    assert got[0].as_py() <= 50_000 < got[1].as_py()


def test_no_document_says_nothing_about_a_source() -> None:
    got = prohibited.shares({"s": (0, 0)}, rules(), run="r").to_pylist()[0]
    assert (got["share_ppm"], got["upper_ppm"], got["is_above_line"]) == (0, 1_000_000, False)


def test_an_empty_batch_has_no_rows() -> None:
    assert prohibited.measure(documents(), LEXICON) == MEASURES_PROHIBITED.empty_table()
    assert decided() == []


PHRASES = """
[[phrases]]
id = "x"
code = "A.1.a"
lang = "zh"
weight = 4
parts = [["甲", "乙"], ["丙"]]
"""


def phrases(content: str) -> list[Term]:
    return prohibited_rules.terms(parse(content.encode(), Phrases, "phrases", name="terms.toml"))


def test_phrases_spell_out_every_choice() -> None:
    assert [(t.id, t.text) for t in phrases(PHRASES)] == [("x.1", "甲丙"), ("x.2", "乙丙")]
    assert [t.text for t in phrases(PHRASES.replace('"zh"', '"en"'))] == ["甲 丙", "乙 丙"]


@pytest.mark.parametrize(
    ("part", "instead"),
    [
        ('"A.1.a"', '"A.9.a"'),
        ('"丙"', '" "'),
        ("weight = 4", "weight = 3"),
        ("weight = 4", "weight = 4\ncolour = 1"),
        ("parts = [", "parts = [["),
        ('id = "x"', ""),
    ],
)
def test_a_malformed_list_is_refused(part: str, instead: str) -> None:
    with pytest.raises(RuleMalformed):
        phrases(PHRASES.replace(part, instead))


def test_an_id_used_twice_is_refused() -> None:
    with pytest.raises(RuleMalformed, match="twice"):
        phrases(PHRASES + PHRASES)
