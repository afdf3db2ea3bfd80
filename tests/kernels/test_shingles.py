import unicodedata

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels import shingles

MASK = (1 << 64) - 1
TEXTS = st.text(
    st.sampled_from("aBé Ω ß İ\n\t。，中文字Ａ９ก\u200b\u3000-") | st.characters(exclude_categories=["Cs"]), max_size=60
)


def finish(h: int) -> int:
    h = (h ^ (h >> 33)) * int(shingles.M1) & MASK
    h = (h ^ (h >> 33)) * int(shingles.M2) & MASK
    return h ^ (h >> 33)


def words(text: str) -> list[str]:
    """The definition of the module, in plain Python."""
    found, word = [], ""
    for c in text:
        if any(a <= ord(c) <= b for a, b in shingles.FULL_WIDTH):
            c = chr(ord(c) - 0xFEE0)  # noqa: PLW2901
        elif any(a <= ord(c) <= b for a, b in shingles.SINGLES) and not c.isspace() and unicodedata.category(c) != "Cf":
            found += [word, c.lower() if len(c.lower()) == 1 else c]
            word = ""
            continue
        if unicodedata.category(c) == "Cf":
            continue
        if c.isspace():
            found, word = [*found, word], ""
        else:
            word += c.lower() if len(c.lower()) == 1 else c
    return [w for w in [*found, word] if w]


def token_hash(word: str) -> int:
    h = int(shingles.FNV_OFFSET)
    for c in word:
        h = (h ^ ord(c)) * int(shingles.FNV_PRIME) & MASK
    return finish(h)


def expected(text: str) -> set[int]:
    tokens = [token_hash(w) for w in words(text)]
    width = min(shingles.WIDTH, len(tokens))
    found = set()
    for i in range(len(tokens) - width + 1 if tokens else 0):
        s = 0
        for t in tokens[i : i + width]:
            s = (s * int(shingles.K) + t) & MASK
        found.add(finish(s))
    return found


def got(text: pa.Array) -> list[set[int]]:
    hashes, starts, sizes = shingles.sets(text)
    rows = [hashes[s : s + n].tolist() for s, n in zip(starts, sizes, strict=True)]
    assert all(row == sorted(set(row)) for row in rows)
    return [set(row) for row in rows]


@settings(max_examples=150)
@given(st.lists(TEXTS | st.none(), max_size=5), st.integers(0, 3), st.booleans())
def test_sets_are_those_of_the_definition_on_any_unicode_null_and_slice(texts, cut, wide) -> None:
    text = pa.array(texts, pa.large_string() if wide else pa.string()).slice(cut)

    assert got(text) == [expected(t or "") for t in texts[cut:]]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("The  Quick\nfox", ["the", "quick", "fox"]),
        ("2021年５月 GPT模型。", ["2021", "年", "5", "月", "gpt", "模", "型", "。"]),
        ("zero\u200bwidth so\u00adft", ["zerowidth", "soft"]),
        ("don't stop-me, now!", ["don't", "stop-me,", "now!"]),
        ("\u3000 \u00a0", []),
    ],
)
def test_a_token_is_a_word_or_a_single_character_of_a_script_without_spaces(text, tokens) -> None:
    assert words(text) == tokens
    assert got(pa.array([text])) == [expected(text)]


def test_one_to_four_tokens_are_one_shingle_and_none_are_none() -> None:
    assert [len(s) for s in got(pa.array(["", "a", "a b c d", "a b c d e", "a b c d e f", "a a a a a a a"]))] == [
        0,
        1,
        1,
        1,
        2,
        1,
    ]


def test_bytes_that_are_not_utf_8_are_read_without_leaving_the_document() -> None:
    broken = pa.Array.from_buffers(
        pa.string(), 2, [None, pa.py_buffer(np.array([0, 3, 5], np.int32)), pa.py_buffer(b"ab\xf0\xe4\xb8")]
    )

    assert [len(s) for s in got(broken)] == [1, 1]


def test_an_array_without_rows_has_no_sets() -> None:
    assert got(pa.array([], pa.string())) == []
