from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.readers.formats import Limits, read

Got = list[tuple[str | None, str | None]]


def got(path: Path, limits: Limits | None = None) -> Got:
    rows = [row for t in read(path, "parquet", limits or Limits()) for row in t.to_pylist()]
    return [(row["text"], row["problem"]) for row in rows]


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.binary(), pa.large_binary(), pa.dictionary(pa.int8(), pa.string())]
)
def test_every_type_that_holds_strings_is_read(tmp_path: Path, kind: pa.DataType) -> None:
    texts = pa.array(["a", None, "中", "a"], pa.string()).cast(pa.binary() if kind == pa.large_binary() else kind)
    pq.write_table(pa.table({"text": texts.cast(kind), "n": [1, 2, 3, 4]}), tmp_path / "a.parquet")
    assert got(tmp_path / "a.parquet") == [("a", None), (None, "no_text"), ("中", None), ("a", None)]


@pytest.mark.parametrize("texts", [pa.array([1, None]), pa.array([{"a": "x"}, None]), pa.array([["x"], None])])
def test_a_column_of_another_type_is_a_problem_of_each_row(tmp_path: Path, texts: pa.Array) -> None:
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet")
    assert got(tmp_path / "a.parquet") == [(None, "text_not_string"), (None, "no_text")]


def test_one_text_that_is_not_utf8_costs_its_row_only(tmp_path: Path) -> None:
    texts = pa.array([b"a", b"\xff", b"\xed\xa0\x80", b"b"]).view(pa.string())
    pq.write_table(pa.table({"text": texts, "url": texts}), tmp_path / "a.parquet")
    assert got(tmp_path / "a.parquet") == [("a", None), (None, "not_utf8"), (None, "not_utf8"), ("b", None)]


def test_a_damaged_row_group_costs_itself_only(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    texts = [f"text {n} {n * 7919}" for n in range(300)]
    pq.write_table(pa.table({"text": texts}), path, row_group_size=100, compression="zstd", use_dictionary=False)
    column = pq.ParquetFile(path).metadata.row_group(1).column(0)
    content = bytearray(path.read_bytes())
    content[column.data_page_offset : column.data_page_offset + column.total_compressed_size] = bytes(
        column.total_compressed_size
    )
    path.write_bytes(content)
    assert got(path) == [
        *((t, None) for t in texts[:100]),
        (None, "not_parquet"),
        *((t, None) for t in texts[200:]),
    ]


def test_a_few_bytes_that_hold_gigabytes_are_stopped_in_bounded_memory(tmp_path: Path) -> None:
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 2000, pa.int32()), pa.array(["a" * (1 << 20)]))
    pq.write_table(pa.table({"text": texts}), tmp_path / "a.parquet", compression="zstd")
    found = got(tmp_path / "a.parquet")
    assert found[-1] == (None, "expansion_limit")
    assert len(found) < 2000


def test_a_column_that_stands_twice_is_missing(tmp_path: Path) -> None:
    pq.write_table(pa.table([pa.array(["a"])] * 2, names=["text", "text"]), tmp_path / "a.parquet")
    assert got(tmp_path / "a.parquet") == [(None, "missing_column")]
