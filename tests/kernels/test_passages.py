import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels import passages, shingles
from tests.kernels.test_shingles import MASK, TEXTS, finish, token_hash, words

SMALL = st.text(st.sampled_from("ab 中，\n\u200bＡ"), max_size=40)


def hash_of(tokens: list[str], start: int = 0) -> int:
    h = start
    for token in tokens:
        h = (h * int(shingles.K) + token_hash(token)) & MASK
    return finish(h)


def expected_windows(text: str, width: int) -> list[int]:
    tokens = words(text)
    return [hash_of(tokens[i : i + width]) for i in range(len(tokens) - width + 1)]


@settings(max_examples=60)
@given(st.lists(TEXTS | SMALL | st.none(), max_size=4), st.integers(1, 7), st.integers(0, 2))
def test_windows_are_those_of_the_definition_on_any_unicode_null_and_slice(texts, width, cut) -> None:
    rows, hashes = passages.windows(pa.array(texts, pa.string()).slice(cut), width)

    wanted = [(i, h) for i, text in enumerate(texts[cut:]) for h in expected_windows(text or "", width)]
    assert list(zip(rows.tolist(), hashes.tolist(), strict=True)) == wanted


@settings(max_examples=60)
@given(st.lists(SMALL, min_size=1, max_size=4), SMALL)
def test_what_is_found_is_where_it_stands(texts, sought) -> None:
    known = np.unique(np.array(expected_windows(sought, 2), np.uint64))

    got = zip(*(column.tolist() for column in passages.find(pa.array(texts), 2, known)), strict=True)

    wanted = [
        (row, at, known.tolist().index(h))
        for row, text in enumerate(texts)
        for at, h in enumerate(expected_windows(text, 2))
        if h in known.tolist()
    ]
    assert list(got) == wanted


@settings(max_examples=80)
@given(TEXTS | SMALL)
def test_token_spans_cut_the_tokens_out_of_the_text(text) -> None:
    spans = passages.token_spans(text)

    assert [words(text[start:end]) for start, end in spans.tolist()] == [[word] for word in words(text)]


def paragraphs(text: str) -> list[list[str]]:
    found, open_ = [], []
    for line in text.split("\n"):
        if words(line):
            open_.append(line)
        else:
            found, open_ = [*found, open_], []
    return [p for p in [*found, open_] if p]


@settings(max_examples=80)
@given(SMALL, SMALL)
def test_covered_bytes_are_those_of_known_lines_and_of_known_paragraphs(text, other) -> None:
    known = np.unique(passages.units(pa.array([other]), 1)[1])
    seen = {tuple(words(line)) for p in paragraphs(other) for line in p}
    blocks = {tuple(words("\n".join(p))) for p in paragraphs(other)}

    def bytes_of(p: list[str]) -> int:
        whole = tuple(words("\n".join(p))) in blocks
        return sum(len(line.encode()) for line in p if whole or tuple(words(line)) in seen)

    inside, total = passages.covered(pa.array([text, ""]), known, 1)

    assert inside.tolist() == [sum(map(bytes_of, paragraphs(text))), 0]
    assert total.tolist() == [sum(len(line.encode()) for p in paragraphs(text) for line in p), 0]


def test_a_unit_counts_once_per_text_and_short_ones_not_at_all() -> None:
    rows, hashes = passages.units(pa.array(["one two three\nx\none two three", "one two three", None]), 3)

    line = hash_of(["one", "two", "three"], 3)
    assert rows.tolist().count(0) == 2
    assert {h for r, h in zip(rows.tolist(), hashes.tolist(), strict=True) if r == 1} == {
        line,
        line ^ int(passages.PARAGRAPH),
    }
    assert line in hashes[rows == 0].tolist()


def test_sampled_shingles_are_the_same_in_every_text() -> None:
    rows, hashes = passages.sampled(pa.array(["a b c d e f g h i j k l", "x a b c d e f g h i j k l"]), 2)

    assert set(hashes[rows == 0].tolist()) <= set(hashes[rows == 1].tolist())
    assert all(h % 2 == 0 for h in hashes.tolist())


@pytest.mark.parametrize("known", [[], [5], [5, 1 << 63]])
def test_nothing_is_found_in_nothing(known) -> None:
    empty = pa.array([], pa.string())

    assert [c.tolist() for c in passages.find(empty, 3, np.array(known, np.uint64))] == [[], [], []]
    assert [c.tolist() for c in passages.units(empty, 1)] == [[], []]
    assert [c.tolist() for c in passages.covered(empty, np.array(known, np.uint64), 1)] == [[], []]
