"""Texts that are made to break the search for duplicates: it ends, in linear time, and what it says is right."""

import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from pipeline.rules.duplicates import duplicate_rules
from pipeline.stages import duplicates
from pipeline.stages.duplicates import passages

RULES = duplicate_rules()
MILLION = 1_000_000

MAKERS: dict[str, Callable[[int], str]] = {
    "one word": lambda n: "word " * n,
    "one Han character": lambda n: "字" * n,
    "lines": lambda n: "".join(f"line {i}\n" for i in range(n)),
    "empty lines": lambda n: "\n" * n,
    "combining characters": lambda n: "e" + "\u0301" * n,
    "zero width": lambda n: "a\u200b" * n,
    "right to left": lambda n: "\u202eשלום\u202c " * n,
    "no white space": lambda n: "x" * n,
    "mixed encodings": lambda n: (
        ("中文".encode("gb18030").decode("latin-1") + " naïve 中文 " + "é".encode().decode("cp1252")) * n
    ),
    "characters beyond the table": lambda n: "\U000e0100\U0010ffff 😀" * n,
    "controls and separators": lambda n: "\x00\x1f\x7f\x85\u2028 " * n,
}


def documents(*texts: str) -> pa.Table:
    n = len(texts)
    return pa.table({"doc_id": pa.array(range(n), pa.int64()), "source_id": ["s"] * n, "text": list(texts)})


def everything(table: pa.Table) -> tuple[pa.Table, int]:
    """Pairs, and how much the other searches found."""
    runs = passages.windows(table, 50)
    tested = passages.evaluation_set(table.column("text").slice(0, 1), RULES)
    found = passages.spans(table, passages.repeated(runs), 50).num_rows + passages.overlaps(table, tested).num_rows
    units = passages.units(table, RULES).column("key").to_numpy().view(np.uint64)
    found += passages.boilerplate(table, np.unique(units), RULES).num_rows + passages.samples(table, RULES).num_rows
    return duplicates.pairs(table, 0.8), found


def seconds(table: pa.Table) -> float:
    taken = []
    for _ in range(2):
        start = time.process_time()
        everything(table)
        taken.append(time.process_time() - start)
    return min(taken)


@pytest.mark.parametrize("name", MAKERS)
def test_eight_times_the_text_takes_less_than_thirty_times_the_time(name) -> None:
    make = MAKERS[name]
    small, large = (documents(make(n), make(n)) for n in (8_000, 64_000))
    everything(small)

    assert seconds(large) < 30 * max(seconds(small), 0.005)


@pytest.mark.parametrize("name", [name for name in MAKERS if name != "empty lines"])
def test_a_hostile_text_is_the_duplicate_of_its_copy_and_of_nothing_else(name) -> None:
    text = MAKERS[name](3000)

    pairs, _ = everything(documents(text, "some other words stand in this text", text))

    assert pairs.to_pylist() == [{"a": 0, "b": 2, "jaccard_ppm": MILLION}]


def test_one_word_ten_million_times_and_a_million_lines_are_measured_and_paired() -> None:
    words, lines = "word " * 10 * MILLION, MAKERS["lines"](MILLION)
    table = documents(words, lines, words + "word", lines + "line of an end")

    measures = duplicates.measure(table)
    pairs = duplicates.pairs(table, 0.8)

    assert measures.column("n_shingles").to_pylist()[0] == 10 * MILLION - 4
    assert [(p["a"], p["b"]) for p in pairs.to_pylist()] == [(0, 2), (1, 3)]
    assert pairs.column("jaccard_ppm")[0].as_py() == MILLION


def test_ten_thousand_documents_in_one_bucket_are_compared_in_linear_time_and_one_stays() -> None:
    common = " ".join(f"word{i}" for i in range(400))
    table = documents(*(f"{common} end{i}" for i in range(10_000)))
    measures = duplicates.measure(table)

    candidates = duplicates.candidates(measures, RULES)
    pairs = duplicates.verify(candidates, table)
    decided = duplicates.decide(measures, pairs, table.select(["doc_id"]), RULES)

    assert candidates.num_rows < 20 * 10_000
    assert decided.column("outcome").to_pylist() == ["keep"] + ["drop"] * 9_999
