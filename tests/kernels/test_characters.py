import unicodedata

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels import characters

ASSIGNED = st.characters(exclude_categories=("Cn", "Cs"))  # those that Python does not know yet are in the blocks


def _expected(text: str) -> tuple[int, ...]:
    names = [unicodedata.name(c, "") for c in text]
    control = [c for c in text if unicodedata.category(c) == "Cc" and c not in "\t\n\f\r"]
    private = [c for c in text if unicodedata.category(c) == "Co"]
    han = [n for n in names if n.startswith(("CJK UNIFIED IDEOGRAPH", "CJK COMPATIBILITY IDEOGRAPH"))]
    return (
        len(text),
        len(text.encode()),
        text.count("\0"),
        len(control),
        text.count("\ufffd"),
        len(private),
        len(han),
    )


def _got(texts: list[str]) -> list[tuple[int, ...]]:
    counts = characters.count(pa.array(texts, pa.large_string()))
    return list(zip(*(counts[name].tolist() for name in characters.KINDS), strict=True))


@given(st.lists(st.text(ASSIGNED, max_size=20), max_size=5))
def test_counts_are_those_of_pythons_unicode(texts: list[str]) -> None:
    assert _got(texts) == [_expected(text) for text in texts]


def test_hangul_private_use_and_ideographs_are_three_things() -> None:
    counts = characters.count(pa.array(["漢字한글\ue000\uf900", None, "a\x00\x85\x7f\ufffd"]))
    assert {name: counts[name].tolist() for name in ("han", "private_use", "nul", "control", "replacement")} == {
        "han": [3, 0, 0],
        "private_use": [1, 0, 0],
        "nul": [0, 0, 1],
        "control": [0, 0, 3],
        "replacement": [0, 0, 1],
    }


def test_a_slice_counts_its_own_rows_only() -> None:
    assert characters.count(pa.array(["aaa", "中", "bb"]).slice(1, 1))["bytes"].tolist() == [3]
