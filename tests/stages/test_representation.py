import pyarrow as pa
import pytest

from pipeline.rules import representation as rules
from pipeline.rules.representation import Group, Parity
from pipeline.stages.diversity import representation

BAND = Parity(least_ppm=800_000, greatest_ppm=1_250_000, least_expected=2)
GROUPS = (
    Group(axis="gender", name="women", en=("woman", "women"), zh=("妇女",)),
    Group(axis="gender", name="men", en=("man", "men"), zh=("男人",)),
)


def documents(*texts: str | None) -> pa.Table:
    return pa.table({"doc_id": pa.array(range(len(texts)), pa.int64()), "text": pa.array(texts, pa.string())})


def test_english_is_matched_by_whole_words_without_case_and_chinese_anywhere() -> None:
    got = representation.mentions(
        documents("WOMEN work", "a mannequin", "农村妇女工作", "man, woman", "", None), GROUPS
    )

    assert got.column("gender:women").to_pylist() == [True, False, True, True, False, None]
    assert got.column("gender:men").to_pylist() == [False, False, False, True, False, None]


def test_rates_count_documents_before_and_after() -> None:
    mentioned = representation.mentions(documents("women", "women", "men", "none"), GROUPS)

    got = representation.rates(mentioned, pa.array([0, 3]), GROUPS).to_pylist()

    assert [(r["axis"], r["value"], r["docs_before"], r["docs_after"], r["share_after_ppm"]) for r in got] == [
        ("mentions gender", "women", 2, 1, 500_000),
        ("mentions gender", "men", 1, 0, 0),
    ]


def removals(*ids: int, rule: str = "Q1") -> pa.Table:
    columns = {"stage": ["quality"] * len(ids), "doc_id": ids, "outcome": ["drop"] * len(ids)}
    columns |= {"rule_id": [rule] * len(ids)}
    kinds = pa.schema(
        [("stage", pa.string()), ("doc_id", pa.int64()), ("outcome", pa.string()), ("rule_id", pa.string())]
    )
    return pa.table(columns, schema=kinds)


@pytest.mark.parametrize(
    ("ids", "ratios", "flags"),
    [
        ((0, 1, 2, 3, 4, 6), [1_666_666, 333_333], [True, True]),
        ((0, 1, 2, 6, 7, 8), [1_000_000, 1_000_000], [False, False]),
        ((0,), [None, None], [False, False]),
    ],
    ids=["uneven", "even", "too few"],
)
def test_a_removal_rate_outside_the_band_is_flagged(ids, ratios, flags) -> None:
    mentioned = representation.mentions(documents(*["women"] * 6, *["men"] * 6), GROUPS)

    got = representation.parities(mentioned, removals(*ids), GROUPS, BAND)

    assert got.column("ratio_ppm").to_pylist() == ratios
    assert got.column("is_flagged").to_pylist() == flags


def test_a_group_alone_on_its_axis_is_compared_with_all_documents() -> None:
    mentioned = representation.mentions(documents(*["women"] * 6, *["none"] * 6), GROUPS[:1])

    [got] = representation.parities(mentioned, removals(0, 1, 2, 3, 4, 6), GROUPS[:1], BAND).to_pylist()

    assert (got["axis_docs"], got["axis_docs_removed"], got["ratio_ppm"]) == (12, 6, 1_666_666)


def test_without_removals_nothing_is_said() -> None:
    mentioned = representation.mentions(documents("women"), GROUPS)

    assert representation.parities(mentioned, removals(), GROUPS, BAND).num_rows == 0


@pytest.mark.parametrize("group", rules.groups(), ids=lambda g: g.id)
def test_every_word_of_every_group_is_found_in_a_sentence_of_its_language(group) -> None:
    sentences = [f"They met the {term}." for term in group.en] + [f"文中提到{term}的情况。" for term in group.zh]

    got = representation.mentions(documents(*sentences, "nothing", "什么也没有"), [group])

    assert got.column(group.id).to_pylist() == [True] * len(sentences) + [False, False]


def test_the_band_is_read_from_the_rules() -> None:
    assert rules.parity().least_ppm == 800_000
