import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import RuleMalformed
from pipeline.rules.loader import load
from pipeline.rules.threshold import ThresholdRule
from pipeline.schemas import DECISIONS, DOCUMENTS
from pipeline.schemas.diversity import AXES, MEASURES_DIVERSITY, MIX
from pipeline.stages import diversity
from tests.tables import columns, table

RULES = load("diversity", ThresholdRule)
SOURCES = pa.table({"source_id": ["wiki", "law"], "licence": ["CC-BY-4.0", None], "data_type": ["text", "statutes"]})
MEASURED = table(
    """
    doc_id | source_id | lang | n_chars | n_words | length_bucket | topic_words
    1      | wiki      | en   | 100     | 20      | 6             | ["river", "boat"]
    2      | wiki      | en   | 300     | 60      | 8             | ["river"]
    3      | law       | zh   | 100     | 100     | 6             | []
    4      | gone      | zh   | 500     | 500     | 8             | ["税收"]
    """,
    MEASURES_DIVERSITY,
)


def mixed(before: pa.Table, after: pa.Table, axis: str) -> pa.Table:
    rows = diversity.mix(before, after, SOURCES)
    return rows.filter(pc.equal(rows.column("axis"), axis))


def test_a_document_adds_its_language_length_and_repeated_words() -> None:
    drawn = table(
        """
        doc_id | source_id | lang | text
        1      | wiki      | en   | The river and the RIVER, a boat, the boat.
        2      | law       | zh   | 税收征收税收
        3      | law       | und  | ""
        """,
        DOCUMENTS,
    )

    got = diversity.measure(drawn)

    expected = table(
        """
        doc_id | source_id | lang | n_chars | n_words | length_bucket
        1      | wiki      | en   | 42      | 9       | 5
        2      | law       | zh   | 6       | 6       | 2
        3      | law       | und  | 0       | 0       | 0
        """,
        MEASURES_DIVERSITY,
    )
    assert columns(got, expected) == expected
    words = got.column("topic_words").to_pylist()
    assert sorted(words[0]) == ["boat", "river"]
    assert "税收" in words[1]
    assert words[2] == []
    assert got.column("script").to_pylist() == ["Latin", "Han", "none"]


def test_documents_without_a_source_or_a_language_are_measured() -> None:
    got = diversity.measure(pa.table({"doc_id": [1], "lang": pa.array([None], pa.string()), "text": ["a"]}))

    assert (got.column("lang").to_pylist(), got.column("source_id").to_pylist()) == (["und"], [None])


def test_every_document_is_kept_and_the_default_rule_says_so() -> None:
    expected = table(
        """
        doc_id | outcome | rule_id  | score_ppm
        1      | keep    | DIV.R000 |
        2      | keep    | DIV.R000 |
        """,
        DECISIONS,
    )
    assert columns(diversity.decide(MEASURED.slice(0, 2), RULES), expected) == expected


def test_the_mix_counts_documents_and_characters_before_and_after() -> None:
    got = mixed(MEASURED, MEASURED.slice(0, 3), "lang")

    assert got == table(
        """
        axis | value | docs_before | docs_after | chars_before | chars_after | share_before_ppm | share_after_ppm
        lang | en    | 2           | 2          | 400          | 400         | 500000           | 666666
        lang | zh    | 2           | 1          | 600          | 100         | 500000           | 333333
        """,
        MIX,
    )


@pytest.mark.parametrize(
    ("axis", "values"),
    [
        ("source", ["wiki", "gone", "law"]),
        ("licence", ["CC-BY-4.0", "unknown"]),
        ("data_type", ["text", "statutes", "unknown"]),
        ("length", ["256-511", "64-127"]),
        ("word", ["river", "boat", "税收"]),
        ("topic", ["other"]),
        ("script", ["unknown"]),
        ("domain", ["none"]),
        ("time", ["unknown"]),
        ("genre", ["unknown"]),
    ],
)
def test_an_axis_lists_its_values_and_what_the_register_does_not_say_is_unknown(axis: str, values: list[str]) -> None:
    assert mixed(MEASURED, MEASURED, axis).column("value").to_pylist() == values


def test_what_a_document_says_itself_counts_before_what_holds_for_its_source() -> None:
    own = MEASURED.append_column("licence", pa.array(["MIT", None, None, None])).append_column(
        "year", pa.array([2024, None, None, None], pa.int32())
    )
    sources = SOURCES.append_column("year", pa.array([2020, 2021], pa.int32()))

    rows = diversity.mix(own, own, sources).to_pylist()

    found = {(row["axis"], row["value"]): row["docs_before"] for row in rows if row["axis"] in {"licence", "time"}}
    assert found == {
        ("licence", "MIT"): 1, ("licence", "CC-BY-4.0"): 1, ("licence", "unknown"): 2,
        ("time", "2024"): 1, ("time", "2020"): 1, ("time", "2021"): 1, ("time", "unknown"): 1,
    }  # fmt: skip


def test_words_and_domains_of_few_documents_are_not_named() -> None:
    domains = pa.array(["a.org", "a.org", "b.org", None])
    measured = MEASURED.append_column("domain", domains)

    got = diversity.mix(measured, measured.slice(0, 3), SOURCES, least_documents=2)

    expected = table(
        """
        axis   | value | docs_before | docs_after
        domain | a.org | 2           | 2
        domain | other | 2           | 1
        word   | river | 2           | 2
        """,
        MIX,
    )
    narrowed = got.filter(pc.is_in(got.column("axis"), pa.array(["domain", "word"])))
    assert columns(narrowed, expected) == expected


def test_concentration_is_the_inverse_simpson_number_and_the_greatest_share() -> None:
    got = mixed(MEASURED, MEASURED.slice(0, 3), "concentration").slice(0, 2)

    expected = table(
        """
        value                | docs_before | docs_after | share_before_ppm | share_after_ppm
        lang:effective_milli | 2000        | 1800       | 0                | 0
        lang:greatest_ppm    | 500000      | 666666     | 500000           | 666666
        """,
        MIX,
    )
    assert columns(got, expected) == expected


def test_nothing_before_and_nothing_after_is_a_mix_of_zeros() -> None:
    empty = MEASURES_DIVERSITY.empty_table()
    got = diversity.mix(empty, empty, SOURCES)

    assert set(got.column("axis").to_pylist()) == {"concentration"}
    assert set(got.column("docs_before").to_pylist()) == {0}


def test_a_rule_on_a_statistic_that_is_not_measured_is_refused() -> None:
    cap = ThresholdRule(
        id="X", version=1, article="", title="", source="", outcome="drop", measure="no_such_column", above=1
    )
    with pytest.raises(RuleMalformed):
        diversity.decide(MEASURED, [cap, *RULES])


def test_apply_hands_on_what_was_kept_unchanged() -> None:
    drawn = table("doc_id | text\n1 | a\n2 | b", DOCUMENTS)
    cap = ThresholdRule(
        id="X", version=1, article="", title="", source="", outcome="drop", measure="n_chars", above=100
    )
    decisions = diversity.decide(MEASURED.slice(0, 2), [cap, *RULES])

    assert decisions.column("outcome").to_pylist() == ["keep", "drop"]
    assert diversity.apply(drawn, decisions) == drawn.slice(0, 1)


MEASURES = st.lists(
    st.tuples(st.sampled_from(["wiki", "law", "gone"]), st.sampled_from(["en", "zh"]), st.integers(0, 1000)),
    max_size=12,
)


@settings(max_examples=25)
@given(MEASURES, st.data())
def test_every_axis_but_words_counts_every_document_once(rows: list[tuple[str, str, int]], data: st.DataObject) -> None:
    texts = ["字" * n for _, _, n in rows]
    ids, langs = [r[0] for r in rows], [r[1] for r in rows]
    before = diversity.measure(
        pa.table(
            {
                "doc_id": pa.array(range(len(rows)), pa.int64()),
                "source_id": pa.array(ids, pa.string()),
                "lang": pa.array(langs, pa.string()),
                "text": pa.array(texts, pa.string()),
            }
        )
    )
    after = before.slice(0, data.draw(st.integers(0, len(rows))))

    for axis in set(AXES) - {"word"}:
        got = mixed(before, after, axis)
        assert sum(got.column("docs_before").to_pylist()) == before.num_rows
        assert sum(got.column("docs_after").to_pylist()) == after.num_rows
        assert sum(got.column("chars_before").to_pylist()) == sum(r[2] for r in rows)
