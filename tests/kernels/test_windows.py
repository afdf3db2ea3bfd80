"""Windows hold every match whose end is reported, lie between delimiters, and do not overlap."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.revealing import Coded
from pipeline.kernels.windows import bounds, near, windows


@settings(max_examples=400)
@given(
    st.lists(st.text("ab|;", max_size=20), min_size=1, max_size=4),
    st.data(),
    st.sampled_from([None, 1, 3, 8]),
    st.sampled_from([b"|;", b"|"]),
)
def test_every_match_round_a_reported_end_lies_in_one_window(
    texts: list[str], data: st.DataObject, longest: int | None, limits: bytes
) -> None:
    spans = [(row, *span) for row, text in enumerate(texts) for span in _between(text, longest)]
    chosen = sorted(data.draw(st.lists(st.sampled_from(spans), max_size=6))) if spans else []
    ends = sorted({(row, data.draw(st.integers(start + 1, end))) for row, start, end in chosen})

    found = windows(_coded(texts), *_columns(ends), bounds([(b"|;", limits, longest)])).tolist()

    for row, start, end in chosen:
        assert any(row == r and left <= start and end <= right for r, _, left, right, _ in found)
    for row, _, left, right, reach in found:
        assert left <= right <= reach <= len(texts[row])
        assert not set(texts[row][right:reach]) & set(limits.decode())
    for one, other in pairwise(found):
        assert one[0] < other[0] or one[4] < other[2]


def test_an_expression_without_delimiters_has_the_whole_text() -> None:
    found = windows(_coded(["abc", "a"]), *_columns([(0, 1), (0, 2), (1, 1)]), bounds([(b"", b"", None)]))
    assert found.tolist() == [[0, 0, 0, 3, 3], [1, 0, 0, 1, 1]]


def _between(text: str, longest: int | None) -> list[tuple[int, int]]:
    """Stretches without a delimiter, no longer than the longest match."""
    every = [(a, b) for a in range(len(text)) for b in range(a + 1, len(text) + 1)]
    return [(a, b) for a, b in every if not set(text[a:b]) & set("|;") and (longest is None or b - a <= longest)]


def _coded(texts: list[str]) -> Coded:
    lines = [text.encode() + b"\n" for text in texts]
    starts = np.concatenate([[0], np.cumsum([len(line) for line in lines])]).astype(np.int64)
    return Coded(np.frombuffer(b"".join(lines), np.uint8), starts)


def _columns(ends: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = np.array([row for row, _ in ends], np.int64)
    return rows, np.zeros(len(ends), np.int64), np.array([end for _, end in ends], np.int64)


@settings(max_examples=300)
@given(
    st.lists(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5)), max_size=3), max_size=3),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 30), st.integers(0, 5)), max_size=5),
    st.integers(0, 4),
)
def test_windows_near_places_are_those_that_touch_them_or_nearly(
    rows: list[list[tuple[int, int]]], spans: list[tuple[int, int, int]], chars: int
) -> None:
    places = [(row, *place) for row, steps in enumerate(rows) for place in _ascending(steps)]
    found = np.array([(row, 0, left, left, left + n) for row, left, n in spans], np.int64).reshape(-1, 5)

    kept = near(found, np.array(places, np.int64).reshape(-1, 3), chars).tolist()

    assert kept == [
        one
        for one in found.tolist()
        if any(row == one[0] and start <= one[4] + chars and end >= one[2] - chars for row, start, end in places)
    ]


def _ascending(steps: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    end = 0
    for gap, n in steps:
        yield end + gap, (end := end + gap + n)
