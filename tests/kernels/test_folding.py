import itertools

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels import folding
from pipeline.kernels.strings import buffers


def folded(*texts: str) -> list[str]:
    out, starts = folding.fold_rows(*buffers(pa.array(texts, pa.string())))
    return [out[a : b - 1].tobytes().decode() for a, b in itertools.pairwise(starts)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＢＥＴ", "bet"),
        ("賭博", "赌博"),
        ("赌\u200b博", "赌博"),
        ("赌 - 博", "赌博"),
        ("赌 -- 博", "赌 -- 博"),
        ("赌-b", "赌-b"),
        ("-赌-", "-赌-"),
        ("p0rn 10rn h3ll0", "porn 10rn hell0"),
        ("P00RN", "p00rn"),
        ("…½", "...1⁄2"),
        ("", ""),
    ],
)
def test_a_disguise_is_folded_away(text: str, expected: str) -> None:
    assert folding.fold(text) == expected
    assert folded(text) == [expected]


@given(st.lists(st.text(max_size=40), max_size=5))
def test_texts_at_once_fold_as_texts_one_by_one(texts: list[str]) -> None:
    assert folded(*texts) == [folding.fold(text) for text in texts]


@given(st.lists(st.text("赌賭博 -·_0137abZＡ\u200b\ufdfa", max_size=30), max_size=5))
def test_separators_and_digits_fold_the_same_way_in_both(texts: list[str]) -> None:
    assert folded(*texts) == [folding.fold(text) for text in texts]


def test_a_text_that_grows_when_folded_has_room() -> None:
    assert folded("\ufdfa" * 200, "", "a") == [folding.fold("\ufdfa" * 200), "", "a"]


def test_every_character_folds_the_same_way_in_both() -> None:
    points = np.array([p for p in range(0x110000) if not 0xD800 <= p < 0xE000])
    differs = folding._tables()[0][points] != points
    assert all(folding.fold_character(chr(p)) == chr(p) for p in points[~differs].tolist())
    changed = [chr(p) for p in points[differs].tolist()]
    assert folded(*changed) == [folding.fold(char) for char in changed]


def test_simplified_characters_are_left_alone() -> None:
    assert not set(folding.simplified()) & {"赌", "发", "国"}
    assert folding.simplified()["發"] == "发"
