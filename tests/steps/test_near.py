"""However few bands are searched at a time, the same candidates are found, each once."""

import numpy as np
import pyarrow as pa
import pytest

from pipeline.schemas.duplicates import BANDS
from pipeline.steps import near
from pipeline.store import database

COPIES = pa.schema([("doc_id", pa.int64()), ("first_id", pa.int64())])
NONE = COPIES.empty_table()


def banded(keys: np.ndarray) -> pa.Table:
    """`BANDS` of documents 0, 1, ... from one row of keys a document."""
    documents, bands = keys.shape
    keys = keys + np.arange(bands) * 1000  # the band is part of its key
    band = np.repeat(np.arange(bands, dtype=np.int16), documents)
    return pa.table([band, keys.T.ravel(), np.tile(np.arange(documents), bands)], schema=BANDS)


def candidates(bands: pa.Table, copies: pa.Table = NONE) -> list[tuple[int, int]]:
    with database.connect() as connection:
        for name, table in (("run_bands", bands), ("copies", copies), ("limits", pa.table({"full_bucket": [512]}))):
            connection.register(name, table)
        found = near.candidates(connection)
        assert connection.sql("select count(*) from bands").fetchall()[0][0] == bands.num_rows
    return list(zip(found["a"].to_pylist(), found["b"].to_pylist(), strict=True))


@pytest.mark.parametrize("rows_at_once", [1, 150, 1_000_000])
def test_the_candidates_do_not_depend_on_how_many_bands_are_searched_at_once(rows_at_once, monkeypatch) -> None:
    keys = np.random.default_rng(5).integers(0, 40, (50, 6))
    want = [(a, b) for a in range(50) for b in range(a + 1, 50) if (keys[a] == keys[b]).any()]
    monkeypatch.setattr(near, "ROWS_AT_ONCE", rows_at_once)

    assert candidates(banded(keys)) == want


def test_exact_copies_are_no_candidates_and_a_run_without_documents_has_none() -> None:
    copies = pa.table({"doc_id": [2], "first_id": [0]}, schema=COPIES)

    assert candidates(banded(np.zeros((3, 2), np.int64)), copies) == [(0, 1)]
    assert candidates(BANDS.empty_table()) == []
