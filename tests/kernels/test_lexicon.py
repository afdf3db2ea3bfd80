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
