"""Rows of the filters: what is given comes back, whatever form the file has."""

import gzip
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import InputMalformed, InputMissing
from pipeline.readers import rows

GIVEN = [
    {"id": 7, "text": "a number"},
    {"id": "七", "text": "a word"},
    {"text": "none: its line"},
    {"id": None, "text": "null"},
]


def test_ids_come_back_as_they_were_given_and_a_row_without_one_gets_its_line(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(json.dumps(row) for row in GIVEN).encode()))

    (read,) = rows.read(str(path))

    assert rows.ids(read) == [7, "七", 3, None]
    assert read.column("text").to_pylist() == [row["text"] for row in GIVEN]


@pytest.mark.parametrize("ids", [pa.array([3, 4], pa.int64()), pa.array(["x", "y"]), None])
def test_parquet_keeps_the_type_of_its_ids(tmp_path: Path, ids: pa.Array | None) -> None:
    columns = {"text": ["one", None]} | ({"id": ids} if ids is not None else {})
    pq.write_table(pa.table(columns), tmp_path / "rows.parquet")

    (read,) = rows.read(str(tmp_path / "rows.parquet"))

    assert rows.ids(read) == (ids.to_pylist() if ids is not None else [0, 1])
    assert read.column("text").to_pylist() == ["one", ""]


@pytest.mark.parametrize("line", ["no json", "[1]", '{"id": 1}', '{"text": 5}', '{"text": "\\ud800"}'])
def test_a_line_that_is_no_row_is_named_by_number_and_not_by_what_it_says(tmp_path: Path, line: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(f'{{"text": "good"}}\n{line}\n')

    with pytest.raises(InputMalformed, match=r"rows.jsonl line 2 is not a JSON object") as raised:
        list(rows.read(str(path)))

    assert line not in raised.value.message


def test_a_missing_file_and_a_file_that_is_no_parquet_are_named(tmp_path: Path) -> None:
    (tmp_path / "fake.parquet").write_bytes(b"PAR0")
    with pytest.raises(InputMissing):
        list(rows.read(str(tmp_path / "absent.jsonl")))
    with pytest.raises(InputMalformed, match="not a Parquet file"):
        list(rows.read(str(tmp_path / "fake.parquet")))
