"""What the scanner reports of many texts is what it reports of each; lines without digits hide nothing."""

import re

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.prefilter import Chain, dense_lines, digit_lines, prefilter
from pipeline.kernels.revealing import reveal
from pipeline.kernels.supersets import superset

PATTERNS = (r"\d{4}-\d{2}", r"\b[a-c]+\d", r"(?<=tel )\d{5}", r"a\s+b", r"\d(?:[^\n\d]{0,4}\d){6}", "中.文")
SUPERSETS = [superset(pattern, 0) for pattern in PATTERNS]
SCANNER = prefilter(SUPERSETS, [True] * 5 + [False])
TEXTS = st.lists(
    st.lists(
        st.sampled_from(["2024", "-05", "12345", "tel ", "a", "b", "\n", " ", "中文", "中1文", "7"]), max_size=12
    ).map("".join),
    max_size=6,
)


def reported(texts: list[str]) -> dict[int, dict[int, list[int]]]:
    found: dict[int, dict[int, list[int]]] = {}
    hits = SCANNER.hits(reveal(texts).coded(np.arange(len(texts))))
    for row, number, end in zip(*(column.tolist() for column in hits), strict=True):
        found.setdefault(row, {}).setdefault(number, []).append(end)
    return found


@settings(max_examples=400)
@given(st.text("123ab-x\n", max_size=60), st.integers(1, 5), st.integers(0, 4))
def test_a_chain_is_reported_where_the_pattern_of_it_matches_between_delimiters(
    text: str, digits: int, apart: int
) -> None:
    scanner = prefilter([Chain(digits=digits, apart=apart, delimiters=b"x\n")], [True])

    _, _, ends = scanner.hits(reveal([text]).coded(np.arange(1)))

    shape = re.compile(rf"[0-9](?:[^0-9x\n]{{0,{apart}}}[0-9]){{{digits - 1}}}")
    parts = re.finditer(r"[^x\n]+", text)
    assert ends.tolist() == [part.start() + found.end() for part in parts if (found := shape.search(part.group()))]


@settings(max_examples=300)
@given(TEXTS)
def test_nothing_is_lost_by_scanning_texts_together(texts: list[str]) -> None:
    together = reported(texts)
    for row, text in enumerate(texts):
        for number, ends in reported([text]).get(0, {}).items():
            assert {*ends} <= {*together[row][number]}  # more may be reported: a\nb where a text ends with a
            assert max(together[row][number]) <= len(text)


@given(
    st.lists(st.sampled_from(["1", "a", "\n"]), max_size=40).map("".join),
    st.integers(1, 4),
    st.none() | st.integers(0, 3),
)
def test_lines_with_enough_digits_are_kept_and_found_again(text: str, least: int, apart: int | None) -> None:
    data = np.frombuffer(f"{text}\n".encode(), np.uint8)
    enough = re.compile(f"1(?:a{{0,{'' if apart is None else apart}}}1){{{least - 1}}}")

    kept, places = digit_lines(data, least) if apart is None else dense_lines(data, least, apart)

    want = [line for line in text.split("\n") if enough.search(line)]
    assert kept.tobytes() == "".join(f"{line}\n" for line in want).encode()
    assert [text[there : there + len(line)] for (_, there), line in zip(places.tolist(), want, strict=True)] == want


@settings(max_examples=200)
@given(TEXTS, st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_patterns_that_are_scanned_apart_are_reported_as_together(texts: list[str], apart: list[int]) -> None:
    coded = reveal(texts).coded(np.arange(len(texts)))

    got = prefilter(SUPERSETS, [True] * 5 + [False], apart).hits(coded)

    assert [column.tolist() for column in got] == [column.tolist() for column in SCANNER.hits(coded)]
