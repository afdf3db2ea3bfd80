import re

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.byte_sets import Unreadable
from pipeline.kernels.code_bytes import HAN_ALONE, code_bytes
from pipeline.kernels.prefilter import prefilter
from pipeline.kernels.revealing import Coded
from pipeline.kernels.supersets import superset

FLAGS = re.IGNORECASE | re.MULTILINE | re.DOTALL
SIGNS = "ab0 .-@_\nsKé中\u017f\u212a\u0130\u0131٣５\u3000\ud800😀\x1c"
ATOMS = st.sampled_from(
    [r"\d", r"\w", r"\s", r"\D", r"\W", r"\S", ".", "a", "s", "k", "İ", "é", "中", "@", r"\.", "[a-c0-9]", "[^a]", "[^a-z\\s]",
     "[中文é]", "[一-龥]", r"[\w.-]", r"[^\w]", "[^\\W中]", "[^\\x00-\\x7f]", "(?:ab|0)", "(a|中)\\1"]
)  # fmt: skip
REPEATS = st.sampled_from(["", "", "", "+", "*", "?", "{2}", "{1,3}", "+?", "{0,2}"])
EDGES = st.sampled_from(["", "", r"\b", "^", "(?<!a)", "(?<![0-9a-z])", "(?<=a|中)", "(?<=s)", r"\B", "(?<!a|[0-9]-)"])
AFTER = st.sampled_from(
    ["", "", r"\b", "$", "(?!a)", "(?![0-9a-z]|-[0-9])", "(?=[0-9])", r"(?![\w-])", r"(?=[a-c.]*\d)", r"(?!\d+@)"]
)


@st.composite
def patterns(draw):
    middle = "".join(f"(?:{draw(ATOMS)}){draw(REPEATS)}" for _ in range(draw(st.integers(1, 4))))
    return f"{draw(EDGES)}{middle}{draw(AFTER)}"


@settings(max_examples=600)
@given(patterns(), st.text(SIGNS, max_size=30), st.sampled_from([0, re.IGNORECASE, FLAGS]))
def test_every_match_holds_an_end_that_the_prefilter_reports_and_no_delimiter(
    pattern: str, text: str, flags: int
) -> None:
    found = superset(pattern, flags)
    if not found.shortest:
        return
    data = code_bytes(text)
    line = np.frombuffer(data + b"\n", np.uint8)

    _, _, ends = prefilter([found], [True]).hits(Coded(line, np.array([0, len(line)])))

    for match in regex.finditer(pattern, text, flags, overlapped=True):
        assert any(match.start() < end <= match.end() + found.margin for end in ends)
        assert not set(data[match.start() : match.end()]) & set(found.delimiters)


@settings(max_examples=300)
@given(patterns(), st.text(SIGNS, max_size=30), st.data())
def test_what_stands_beyond_limits_and_margin_changes_no_match(pattern: str, text: str, data: st.DataObject) -> None:
    found = superset(pattern, FLAGS)
    end = data.draw(st.integers(0, len(text)))
    limit = next((at for at, byte in enumerate(code_bytes(text)[end:], end) if byte in found.limits), len(text))

    got = [m.span() for m in regex.finditer(pattern, text, FLAGS, overlapped=True) if m.end() <= end]
    cut = [m.span() for m in regex.compile(pattern, FLAGS).finditer(text, 0, limit + found.margin, overlapped=True)]

    assert set(cut) >= set(got)


@pytest.mark.parametrize(
    "pattern",
    [
        r"\p{Han}+",
        r"[[:alpha:]]+",
        r"(?:abc){e<=1}",
        r"(?:abc){i}",
        r"(a(?1)?b)",
        r"\b(?i)ab",
        r"(?a:\w+)",
        r"a\K",
        "(",
    ],
)
def test_what_re_reads_otherwise_than_regex_is_not_read(pattern: str) -> None:
    with pytest.raises(Unreadable):
        superset(pattern, FLAGS)


def test_offsets_are_code_points_and_classes_are_those_of_regex() -> None:
    text = "a\u00e9\u4e2d\u0663\u3000\U0001f600\ud800\u212a\u017f\n"
    assert code_bytes(text) == b"a_" + bytes([0x80 + 0x4E2D % (127 - len(HAN_ALONE))]) + b"0 \x01\x01ks\n"
