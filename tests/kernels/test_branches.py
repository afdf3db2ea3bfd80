"""The parts of an expression match where it does."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.branches import branches

WORDS = "ab|b[|)]c|(?:d|e\\|)f|g{2}|\\)h|i|j|k"


@pytest.mark.parametrize(
    ("expression", "want"),
    [
        (WORDS, ["ab", "b[|)]c", "df", "e\\|f", "g{2}", "\\)h", "i", "j", "k"]),
        (f"(?:{WORDS})x", ["abx", "b[|)]cx", "dfx", "e\\|fx", "g{2}x", "\\)hx", "ix", "jx", "kx"]),
        (f"(?:(?:{WORDS}))(?:x|y)", [f"{one}(?:x|y)" for one in "ab b[|)]c df e\\|f g{2} \\)h i j k".split()]),
        (f"(?:{WORDS}){{1,2}}x", [f"(?:{WORDS}){{1,2}}x"]),
        (f"x(?:{WORDS})", [f"x(?:{WORDS})"]),
        ("(?:a|b)x", ["(?:a|b)x"]),
        ("", [""]),
    ],
)
def test_an_expression_is_parted_at_the_bars_of_its_begin(expression: str, want: list[str]) -> None:
    assert branches(expression) == want


@settings(max_examples=200)
@given(
    st.lists(st.text("abc|()[]", min_size=1, max_size=3), min_size=8, max_size=12), st.text("abcx|()[] ", max_size=30)
)
def test_the_parts_match_where_the_whole_does(words: list[str], text: str) -> None:
    whole = f"(?:{'|'.join(map(re.escape, words))})x?"
    starts = {at for at in range(len(text)) if re.compile(whole).match(text, at)}
    parts = branches(whole)
    assert len(parts) == len(words)
    assert {at for at in range(len(text)) if any(re.compile(part).match(text, at) for part in parts)} == starts
