import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels import expressions, licences

WORDS = st.lists(st.integers(1, 4), min_size=1, max_size=12)


def _index(rules: list[list[int]]) -> licences.Index:
    starts = np.cumsum([0, *(len(rule) for rule in rules)]).astype(np.int64)
    words = np.array([word for rule in rules for word in rule], np.int32)
    return licences.index(words, starts, np.ones(len(rules), np.bool_))


@given(st.lists(WORDS, min_size=1, max_size=6), st.lists(st.integers(0, 4), max_size=40))
def test_whole_rules_are_found_exactly_where_they_stand(rules: list[list[int]], text: list[int]) -> None:
    got = {tuple(row) for row in licences.whole(_index(rules), np.array(text, np.int32)).tolist()}
    places = range(len(text))
    assert got == {(r, i) for r, rule in enumerate(rules) for i in places if text[i : i + len(rule)] == rule}


@given(WORDS, st.lists(st.integers(0, 6), max_size=30))
def test_an_alignment_matches_words_in_order_and_never_more_than_both_sides_have(
    rule: list[int], text: list[int]
) -> None:
    region = licences.region(np.array(text, np.int32))
    is_matched, places = licences.align(_index([rule]), 0, region)
    assert len(is_matched) == len(rule)
    assert sorted(set(places.tolist())) == places.tolist()
    assert all(0 <= place < len(text) for place in places)
    assert {text[p] for p in places} == {word for word, here in zip(rule, is_matched, strict=True) if here}


def test_a_rule_aligned_with_itself_is_all_there_and_with_a_gap_all_but_what_is_missing() -> None:
    rule = list(range(1, 31))
    index = _index([rule])
    whole, _ = licences.align(index, 0, licences.region(np.array(rule, np.int32)))
    assert whole.all()
    cut, places = licences.align(index, 0, licences.region(np.array([*rule[:10], 99, *rule[15:]], np.int32)))
    assert cut.tolist() == [not 10 <= i < 15 for i in range(30)]
    assert len(places) == 25


def test_shared_grams_count_once_however_often_they_stand_in_a_text() -> None:
    index = _index([list(range(1, 41))])
    text = np.array(list(range(1, 41)) * 3, np.int32)
    assert licences.shared(index, text).tolist() == index.n_grams.tolist()


@pytest.mark.parametrize(
    ("said", "canonical"),
    [
        ("GPL-2.0+", "GPL-2.0-or-later"),
        ("GPL-3.0", "GPL-3.0-only"),
        ("GPL-2.0-with-classpath-exception", "GPL-2.0-only WITH Classpath-exception-2.0"),
        ("MIT OR (MIT)", "MIT"),
        ("MIT AND", None),
        ("two words", None),
        ("", None),
        ("()", None),
        ("(MIT OR)", None),
        ("WITH", None),
    ],
)
def test_an_expression_has_one_spelling(said: str, canonical: str | None) -> None:
    assert expressions.canonical(said) == canonical


def test_operands_of_nested_ands_are_taken_apart_and_choices_are_not() -> None:
    assert expressions.operands("A AND (B AND (C OR D))") == ("A", "B", "C OR D")


@given(st.text(alphabet="MITorandw()+-. ANDORWITH", max_size=40))
def test_reading_an_expression_twice_changes_nothing(text: str) -> None:
    once = expressions.canonical(text)
    assert once is None or expressions.canonical(once) == once
