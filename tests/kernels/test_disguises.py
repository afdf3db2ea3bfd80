import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels.disguises import original, revealed


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("１３８１２３", "138123"),
        ("Ａ＠ｂ．com", "A@b.com"),
        ("𝟏𝟑𝟖", "138"),
        ("١٣٨", "138"),
        ("138\u20131234\u22125678", "138-1234-5678"),
        ("138\u00a01234\u30005678", "138 1234 5678"),
        ("1\u200b3\u200d8\ufeff1", "1381"),
        ("1\u03013\u0308\u200b8", "138"),
        ("1\ufe0f\u20e33\ufe0f\u20e3", "13"),
        ("cafe\u0301", "cafe\u0301"),
        ("谢谢！a@b.com", "谢谢！a@b.com"),
        ("10² ①", "10² ①"),
        ("\ud800\x00x", "\ud800\x00x"),
    ],
)
def test_disguised_numbers_read_as_plain_ones_and_words_stay(text: str, plain: str) -> None:
    assert revealed(text)[0] == plain


@given(st.text(st.sampled_from("1８é\u0301\u200b\u3000a-—的\ud800😀\x00²")))
def test_what_is_plain_stands_where_its_origin_says(text: str) -> None:
    plain, origin = revealed(text)

    assert len(plain) == (len(text) if origin is None else len(origin))
    for at in range(len(plain)):
        start, end = original(origin, at, at + 1)
        assert end == start + 1
        assert plain[at] == text[start] or unicodedata.normalize("NFKC", text[start]) == plain[at] or plain[at] in "- "


def test_a_stretch_holds_what_was_left_out_inside_it() -> None:
    text = "a1\u200b2\u03013b"
    _, origin = revealed(text)

    assert text[slice(*original(origin, 1, 4))] == "1\u200b2\u03013"
