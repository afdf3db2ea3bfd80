import time

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels import text, text_columns
from tests.kernels import text_reference

PHRASES = [
    ("policy", "privacy policy"), ("script", "javascript"), ("boilerplate", "版权所有"), ("machine", "as an ai"),
    ("spam", "buy now"), ("spam", "刷单"), ("mojibake", "锟斤拷"), ("mojibake", "锛"), ("cut", "[...]"), ("lorem", "lorem ipsum"),
    ("c4_policy", "use cookies"), ("c4_script", "javascript"),
]  # fmt: skip
PIECES = [
    "磨坊在河边立了两百年直到铁路", "河邊 立了兩百", "磨坊", "かな", "ab中", "http://abか", *"aBé9 \n\t.。，中的\u200b\u3000\u0301-#{[]…'’()\r\x0b\x1c\u2028\ufffd|•ก１", "\n\n", "...", "the", "of", "2024", "[12]",
    "[edit]", "[citation needed]", "http://a", "https://ab.c/d", "the end of it.", " of the end", "x" * 41, "long line of text ",
    *(p for _, p in PHRASES), "Privacy Policy",
]  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES) | st.characters(exclude_categories=["Cs"]), max_size=40).map("".join)


def got(texts: pa.Array) -> list[dict[str, int]]:
    counted = text.count(texts, PHRASES)
    return [{name: int(values[i]) for name, values in counted.items()} for i in range(len(texts))]


def differences(texts: pa.Array) -> list[dict[str, tuple[int, int]]]:
    expected = [text_reference.counts(t or "", PHRASES) for t in texts.to_pylist()]
    return [{k: (n, e[k]) for k, n in g.items() if n != e[k]} for g, e in zip(got(texts), expected, strict=True)]


def test_columns_are_numbered_by_their_names() -> None:
    assert [getattr(text_columns, name.upper()) for name in text_columns.COUNTS] == list(
        range(len(text_columns.COUNTS))
    )


@settings(max_examples=300)
@given(st.lists(TEXTS | st.none(), max_size=4), st.integers(0, 3), st.booleans())
def test_counts_are_those_of_plain_python_on_any_unicode_null_and_slice(texts, cut, wide) -> None:
    array = pa.array(texts, pa.large_string() if wide else pa.string()).slice(cut)

    assert differences(array) == [{}] * len(array)


@settings(max_examples=100)
@given(st.lists(st.sampled_from(["a", "b", "c", "中", "。", "dd"]), max_size=80), st.sampled_from([" ", "\n", ""]))
def test_repetition_is_that_of_plain_python_where_almost_everything_repeats(words, glue) -> None:
    one = glue.join(words)

    assert differences(pa.array([one, one + "\n" + one])) == [{}, {}]


def test_every_stop_word_is_known_and_counted_by_its_language() -> None:
    counted = text.count(pa.array([" ".join([*text.ENGLISH, *text.CHINESE]), "th is hav"]))

    assert counted["stops_en"].tolist() == [len(text.ENGLISH), 0]
    assert counted["stops_zh"].tolist() == [len(set(text.CHINESE)), 0]


def test_ideographs_and_runs_of_characters_are_counted_where_asked_for() -> None:
    counted = text.count(pa.array(["後後后", "後後后"]), chinese=np.array([True, False]))

    assert {name: counted[name].tolist() for name in ("ideographs", "traditional", "top_ideograph")} == {
        "ideographs": [3, 0],
        "traditional": [2, 0],
        "top_ideograph": [2, 0],
    }


def test_tokens_can_be_given_by_another_tokenizer() -> None:
    spans = pa.array([[0, 2, 2, 4, 4, 5], None], pa.list_(pa.int32()))

    counted = text.count(pa.array(["中国人民。", "a b"]), words=spans)

    assert counted["tokens"].tolist() == [3, 0]
    assert counted["words"].tolist() == [2, 0]
    assert counted["word_chars"].tolist() == [4, 0]


def test_given_tokens_that_lie_outside_the_text_are_cut_off() -> None:
    counted = text.count(pa.array(["ab"]), words=pa.array([[-3, 1, 1, 99, 5, 9]], pa.list_(pa.int32())))

    assert counted["tokens"].tolist() == [2]


def test_a_chunked_column_counts_as_one() -> None:
    chunked = pa.chunked_array([["one two", None], ["三"]])

    assert text.count(chunked)["tokens"].tolist() == [2, 0, 1]


def test_an_array_without_rows_has_no_counts() -> None:
    assert {len(values) for values in text.count(pa.array([], pa.string())).values()} == {0}


def test_bytes_that_are_not_utf_8_are_read_without_leaving_the_document() -> None:
    offsets = pa.py_buffer(np.array([0, 3, 5], np.int32))
    broken = pa.Array.from_buffers(pa.string(), 2, [None, offsets, pa.py_buffer(b"ab\xf0\xe4\xb8")])

    assert text.count(broken)["chars"].tolist() == [3, 1]


ADVERSARIAL = {
    "one word over and over": "spam ",
    "lines without end": "a\n",
    "combining characters": "a\u0301\u0302\u0303",
    "zero-width characters": "a\u200b\u200d",
    "right to left": "\u202eשלום ",
    "one long word": "x",
    "dots": ".",
    "open brackets": "[",
    "repeated Han": "中",
}


@pytest.mark.parametrize("unit", ADVERSARIAL.values(), ids=ADVERSARIAL.keys())
def test_a_huge_document_is_counted_like_a_small_one(unit) -> None:
    small, huge = text.count(pa.array([unit * 1_000]), PHRASES), text.count(pa.array([unit * 100_000]), PHRASES)

    assert huge["chars"][0] == 100 * small["chars"][0]
    assert huge["spaces"][0] == 100 * small["spaces"][0]
    assert huge["tokens"][0] == 100 * small["tokens"][0] or small["tokens"][0] == huge["tokens"][0] == 1


HUGE = {
    "one word ten million times": ("a ", 10_000_000),
    "one million lines": ("line\n", 1_000_000),
    "one million lines that differ by a zero-width character": ("l\u200bi\u200dne\n", 1_000_000),
    "ten million combining characters": ("\u0301", 10_000_000),
    "right to left overrides": ("\u202e\u05d0\u202c ", 2_000_000),
}


@pytest.mark.parametrize(("unit", "times"), HUGE.values(), ids=HUGE.keys())
def test_a_document_of_millions_of_units_is_counted(unit, times) -> None:
    counted = text.count(pa.array([unit * times], pa.large_string()), PHRASES)

    assert counted["chars"].tolist() == [len(unit) * times]
    assert counted["newlines"].tolist() == [times if unit.endswith("\n") else 0]


def test_time_is_linear_in_the_length_of_what_repeats() -> None:
    def seconds(unit: str, times: int) -> float:
        document = pa.array([unit * times], pa.large_string())
        spent = []
        for _ in range(3):
            start = time.process_time()
            text.count(document, PHRASES)
            spent.append(time.process_time() - start)
        return min(spent)

    text.count(pa.array(["warm up"]), PHRASES)

    slower = {
        unit: seconds(unit, 400_000) / seconds(unit, 100_000) for unit in ("spam ", "a\n", "a\u0301\u200b", "中", "[")
    }
    assert {
        unit: times for unit, times in slower.items() if times > 12
    } == {}  # four times the text, and a slow machine


def test_bytes_of_mixed_encodings_are_counted_without_leaving_the_document() -> None:
    raw = [b"\x80" * 1001, b"\xe4" * 1001, b"\xc3a" * 500, "中文".encode("gb18030") * 300, b"\xff\xfea\x00b\x00"]
    offsets = np.cumsum([0, *map(len, raw)]).astype(np.int32)
    broken = pa.Array.from_buffers(pa.string(), len(raw), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(raw))])

    counted = text.count(broken, PHRASES)

    assert counted["chars"][:3].tolist() == [501, 334, 500]
    assert all(0 < n <= len(one) for n, one in zip(counted["chars"].tolist(), raw, strict=True))
