"""A look-up reads one small row group of each file of the index, not the whole file."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.store import parquet


def test_a_file_in_which_rows_are_sought_has_small_groups_and_the_same_rows(tmp_path: Path) -> None:
    table = pa.table({"tag": pa.array(range(parquet.SOUGHT_ROWS + 1), pa.int64())})

    parquet.write(tmp_path / "a.parquet", table, group_rows=parquet.SOUGHT_ROWS)

    footer = pq.ParquetFile(tmp_path / "a.parquet").metadata
    assert [footer.row_group(n).num_rows for n in range(footer.num_row_groups)] == [parquet.SOUGHT_ROWS, 1]
    assert parquet.read(tmp_path / "a.parquet") == table
