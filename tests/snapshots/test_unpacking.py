"""The headers of pages say at least what a file unpacks to, and a page that was changed ends with a named error."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import EvidenceBroken, ProvenderError, TooLarge
from pipeline.schemas.snapshots import SNAPSHOT_DOCUMENTS
from pipeline.snapshots import copying
from pipeline.snapshots.unpacking import VALUE_BYTES, unpacked
from tests.snapshots.test_hostile import listed

TEXTS = st.text(st.characters(codec="utf-8"), max_size=300)
ROW = st.fixed_dictionaries(
    {"doc_id": st.integers(0, 9)} | dict.fromkeys(["text", "lang", "source_id", "licence"], TEXTS)
)
WRITING = st.fixed_dictionaries(
    {
        "compression": st.sampled_from(["zstd", "none"]),
        "use_dictionary": st.booleans() | st.just(["lang", "text"]),
        "data_page_version": st.sampled_from(["1.0", "2.0"]),
        "data_page_size": st.sampled_from([1, 200, 1 << 20]),
        "row_group_size": st.sampled_from([1, 7, 1000]),
        "write_page_checksum": st.booleans(),
    }
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("unpacking") / "x.parquet"


@given(rows=st.lists(ROW, max_size=40), writing=WRITING)
def test_pages_and_dictionaries_say_at_least_what_a_reader_gets(path: Path, rows: list[dict], writing: dict) -> None:
    table = pa.Table.from_pylist(rows, SNAPSHOT_DOCUMENTS)
    pq.write_table(table, path, **writing)
    found = pq.read_metadata(path)

    got = unpacked(path, found)

    texts = sum(pc.sum(pc.binary_length(table[name])).as_py() or 0 for name in table.column_names[1:])
    said = sum(found.row_group(n).total_byte_size for n in range(found.num_row_groups))
    values = VALUE_BYTES * table.num_rows * table.num_columns
    assert got.pages + got.named >= texts + values
    assert got.pages <= said + values + VALUE_BYTES * said, "of an honest file no more than its footer says"
    copying.require_small(path, listed(path, rows=len(rows)))


@given(changes=st.lists(st.tuples(st.integers(4, 400), st.integers(0, 255)), min_size=1, max_size=4))
def test_a_changed_byte_of_a_page_is_nothing_or_a_named_error(path: Path, changes: list[tuple[int, int]]) -> None:
    row = {"doc_id": 1, "text": "a text", "lang": "en", "source_id": "s", "licence": "MIT"}
    pq.write_table(pa.Table.from_pylist([row] * 20, SNAPSHOT_DOCUMENTS), path, data_page_version="2.0")
    content = bytearray(path.read_bytes())
    pages = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    for at, byte in changes:
        content[min(at, pages - 1)] = byte
    path.write_bytes(content)

    assert outcome(path) in {None, EvidenceBroken, TooLarge}


def outcome(path: Path) -> type[ProvenderError] | None:
    try:
        copying.require_small(path, listed(path, rows=20))
    except ProvenderError as e:
        return type(e)
    return None
