import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.lexicon import Hit, Lexicon, Term, fold, peaks


def lexicon(*words: str) -> Lexicon:
    return Lexicon([Term(id=str(i), code="A.1.a", text=w, weight=2) for i, w in enumerate(words)])


def places(found: list[Hit]) -> list[tuple[int, int]]:
    return [(hit.start, hit.end) for hit in found]


@given(st.text("甲乙丙", max_size=40), st.sets(st.text("甲乙丙", min_size=1, max_size=3), min_size=1, max_size=5))
def test_find_equals_a_naive_search(text: str, words: set[str]) -> None:
    terms = sorted(words)
    naive = [
        (at, at + len(w), str(i)) for i, w in enumerate(terms) for at in range(len(text)) if text.startswith(w, at)
    ]
    assert [(h.start, h.end, h.term_id) for h in lexicon(*terms).find(text)] == sorted(naive)


def test_disguises_are_seen_through_and_positions_are_those_of_the_original() -> None:
    assert places(lexicon("赌博").find("去赌 博吧")) == [(1, 4)]
    assert places(lexicon("赌博").find("赌\u200b博")) == [(0, 3)]
    assert places(lexicon("bet").find("a ＢＥＴ!")) == [(2, 5)]


def test_a_word_with_spaces_matches_at_its_borders_only() -> None:
    assert places(lexicon("bet").find("better bet, abet")) == [(7, 10)]


def test_an_empty_text_has_no_hits() -> None:
    assert fold("") == ""
    assert lexicon("a").find("") == []


def test_a_term_said_often_counts_once_within_a_window() -> None:
    assert peaks(lexicon("甲", "乙").find("甲甲甲"), 1000) == {"A.1.a": 2}
    assert peaks(lexicon("甲", "乙").find("甲甲乙"), 1000) == {"A.1.a": 4}
    assert peaks(lexicon("甲", "乙").find("甲" + "丙" * 20 + "乙"), 10) == {"A.1.a": 2}


def test_a_cue_near_or_a_quotation_around_marks_as_reported_and_a_cue_inside_or_far_away_does_not() -> None:
    found = Lexicon([Term(id="t", code="A.1.a", text="卖枪", weight=4)], ["警方", "枪"])
    assert [h.is_reported for h in found.find("警方查获卖枪广告")] == [True]
    assert [h.is_reported for h in found.find("卖枪")] == [False]
    assert [h.is_reported for h in found.find("警方" + "甲" * 40 + "卖枪")] == [False]
    assert [h.is_reported for h in found.find("他说：“卖枪”。")] == [True]
    assert [h.is_reported for h in found.find("他说：“好”。卖枪。“好”")] == [False]


WORDS = ("赌博", "bet now", "porn", "é", "a", "麻藥", "½")
TEXTS = st.lists(st.text('赌博赌麻药藥 -_·betnowpr0ÉéＢａ\u200b\ufdfa…½İ\n"𠀀', max_size=30), max_size=6)


@given(TEXTS)
def test_a_whole_column_is_searched_exactly_as_each_text_is(texts: list[str]) -> None:
    found = lexicon(*WORDS)
    expected = {row: hits for row, text in enumerate(texts) if (hits := found.find(text))}
    array = pa.chunked_array([pa.array(["bet now", *texts[:2]]).slice(1), pa.array(texts[2:], pa.string())])
    assert found.find_rows(array) == expected
