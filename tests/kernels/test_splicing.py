"""Splicing equals slicing Python strings, whatever the texts hold and however the array is cut."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import EvidenceMissing
from pipeline.kernels import splicing
from pipeline.kernels.splicing import Spans, behind, splice, values

TEXT = st.text(st.sampled_from("aé汉😀\x00\n \u0301"), max_size=150)


def spans(rows: list[list[tuple[int, int]]]) -> Spans:
    flat = [(row, start, end) for row, found in enumerate(rows) for start, end in found]
    columns = np.array(flat, np.int64).reshape(-1, 3).T
    return Spans(rows=columns[0].copy(), starts=columns[1].copy(), ends=columns[2].copy())


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[str], list[list[tuple[int, int]]], list[str]]:
    texts = draw(st.lists(TEXT, max_size=5))
    found = []
    for text in texts:
        cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
        found.append(list(zip(cuts[::2], cuts[1::2], strict=False)))
    return texts, found, [draw(TEXT) for row in found for _ in row]


def spliced(text: str, found: list[tuple[int, int]], new: list[str]) -> str:
    for (start, end), replacement in reversed(list(zip(found, new, strict=True))):
        text = text[:start] + replacement + text[end:]
    return text


@settings(max_examples=200)
@given(cases(), st.sampled_from([pa.string(), pa.large_string()]), st.integers(0, 2))
def test_splicing_and_values_equal_plain_python(case, kind: pa.DataType, before: int) -> None:
    texts, found, new = case
    array = pa.array(["é"] * before + texts, kind)[before:]

    got = splice(array, spans(found), pa.array(new, pa.string()))

    rest = iter(new)
    assert got.to_pylist() == [spliced(t, f, [next(rest) for _ in f]) for t, f in zip(texts, found, strict=True)]
    assert got.type == kind
    got.validate(full=True)
    held = [t[a:b] for t, f in zip(texts, found, strict=True) for a, b in f]
    assert values(array, spans(found)).to_pylist() == held
    after = [t[b : b + 4] for t, f in zip(texts, found, strict=True) for _, b in f]
    assert behind(array, spans(found), np.arange(len(after)), 4) == after


@pytest.mark.parametrize(
    "found", [[[(0, 4)]], [[(4, 5)]], [[(2, 1)]], [[(0, 2), (1, 3)]], [[(1, 2), (0, 1)]], [[(-1, 2)]], [[], [(0, 1)]]]
)
def test_spans_outside_their_text_or_across_one_another_are_refused(found: list[list[tuple[int, int]]]) -> None:
    new = pa.array(["x"] * sum(map(len, found)), pa.string())
    with pytest.raises(EvidenceMissing):
        splice(pa.array(["汉ab"]), spans(found), new)


def test_what_outgrows_32_bit_offsets_becomes_several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splicing, "MOST_BYTES", 8)
    got = splice(pa.array(["ab", "cd", "ef"]), spans([[(0, 1)], [], [(1, 2)]]), pa.array(["1234", "5678"]))
    assert got.to_pylist() == ["1234b", "cd", "e5678"]
    assert got.num_chunks > 1


@pytest.mark.parametrize("before", ["汉" * 1000 + "a" * 1000, "a" * 63 + "汉" * 300, "a" * 64 + "é" * 100, "😀a" * 65])
def test_a_long_text_is_walked_in_blocks(before: str) -> None:
    text = before + "@" + "😀" * 1000
    got = splice(pa.array([text]), spans([[(len(before), len(before) + 1)]]), pa.array(["-"]))
    assert got.to_pylist() == [text.replace("@", "-")]
