"""Both verifiers name the same first bad row in the same words: the row where it can be known, else its 256 rows."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import EvidenceBroken
from pipeline.ledger import canonical, log, verify
from pipeline.store import parquet
from tests.ledger import ledgers
from tests.ledger.ledgers import AUDITOR

ROWS = 600


def edited(*places: int) -> Callable[[pa.Table], pa.Table]:
    def edit(rows: pa.Table) -> pa.Table:
        outcomes = ["keep" if n in places else "drop" for n in range(rows.num_rows)]
        at = rows.schema.get_field_index("outcome")
        return rows.set_column(at, rows.schema.field(at), pa.array(outcomes))

    return edit


def without(place: int) -> Callable[[pa.Table], pa.Table]:
    return lambda rows: pa.concat_tables([rows.slice(0, place), rows.slice(place + 1)])


def doubled(place: int) -> Callable[[pa.Table], pa.Table]:
    return lambda rows: pa.concat_tables([rows.slice(0, place + 1), rows.slice(place)])


CASES = [
    (ROWS, edited(300), "first bad row among rows 256 to 511"),
    (ROWS, edited(599, 3), "first bad row among rows 0 to 255"),
    (ROWS, edited(599), "first bad row among rows 512 to 599"),
    (ROWS, without(300), "first bad row among rows 256 to 511"),
    (ROWS, without(599), "first bad row among rows 512 to 599"),
    (ROWS, doubled(10), "first bad row among rows 0 to 255"),
    (ROWS, doubled(599), "first bad row 600"),
    (513, edited(512), "first bad row 512"),
    (1, edited(0), "first bad row 0"),
    (3, edited(1), "first bad row among rows 0 to 2"),
    (3, doubled(2), "first bad row 3"),
    (3, lambda rows: rows.replace_schema_metadata({"x": "y"}), "its rows are whole, bytes around them are not"),
]


def both_say(ledger: Path) -> str:
    """What both verifiers say, which is the same."""
    log._TAILS.clear()
    with pytest.raises(EvidenceBroken) as ours:
        verify.verify(ledger)
    with pytest.raises(AUDITOR.Broken) as theirs:
        AUDITOR.check_ledger(ledger, None, None, None)
    assert ours.value.message == str(theirs.value)
    return ours.value.message


@pytest.mark.parametrize(("n", "change", "said"), CASES)
def test_changed_rows_are_named_as_exactly_as_can_be_known(
    tmp_path: Path, n: int, change: Callable[[pa.Table], pa.Table], said: str
) -> None:
    ledger = ledgers.made(tmp_path, batches=0)
    entry, rows = ledgers.decided(1, n=n)
    seq = log.append(ledger, entry, rows)
    (path,) = ledger.glob("seg/decisions/*/*.parquet")
    path.write_bytes(parquet.encode(change(rows)))

    assert both_say(ledger) == f"segment {path.relative_to(ledger)} of entry {seq} was changed: {said}"

    path.write_bytes(b"PAR1 nothing")
    assert both_say(ledger).endswith("was changed: its rows cannot be read")


def test_a_changed_tile_file_is_not_taken_for_changed_rows(tmp_path: Path) -> None:
    ledger = ledgers.made(tmp_path)
    (tiles,) = ledger.glob("seg/decisions/*/*.tile8")
    tiles.write_bytes(b"\0" * 32 + tiles.read_bytes()[32:])
    assert both_say(ledger).endswith("was changed, the segment was not")

    segment = tiles.with_suffix(".parquet")
    segment.write_bytes(parquet.encode(edited(280)(parquet.read(segment))))
    assert both_say(ledger).endswith("was changed: its .tile8 file was changed, too")


def test_an_entry_that_counts_other_rows_than_its_signed_segment_is_named(tmp_path: Path) -> None:
    ledger = ledgers.made(tmp_path)
    path = log.entry_path(ledger, 2)
    said = json.loads(path.read_bytes())
    path.write_bytes(canonical.entry(said | {"rows": said["rows"] - 1}))
    ledgers.resigned(ledger)

    assert both_say(ledger).endswith("has 300 rows, the entry says 299: first bad row among rows 256 to 298")
