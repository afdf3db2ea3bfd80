"""The log: numbered entries by put-if-absent, each naming one immutable segment of rows. Nothing else writes it.

`at_us` is the time of decision of every row of the entry, so rows of two runs over the same input are the same bytes.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from threading import Lock

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import UsageError
from pipeline.ledger import canonical, merkle
from pipeline.schemas.ledger import KINDS
from pipeline.store import files, parquet

ENTRY_BYTES = 65_535  # C2SP tlog-tiles prefixes an entry's length with 16 bits
FIRST_PREV = "0" * 64
DECIDING = ("decisions", "source_decisions")


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What is constant for all rows of one append; the log adds number, predecessor and the segment's hashes."""

    kind: str
    key: str  # idempotency key: a second append with it changes nothing
    at_us: int
    actor: str
    run: str = ""
    stage: str = ""
    batch: int | None = None
    source_id: str = ""
    code: str = ""
    config: str = ""
    models: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)  # JSON without floats


@dataclass(slots=True)
class _Tail:
    """What this process knows of one log: how far it has read and which keys it has seen."""

    size: int = 0
    prev: str = FIRST_PREV
    last: tuple[int, int] = (0, 0)
    keys: dict[str, int] = field(default_factory=dict)


_TAILS: dict[Path, _Tail] = {}
_LOCK = Lock()


def append(ledger: Path, entry: Entry, rows: pa.Table | None = None) -> int:
    """Append `rows` as one segment and the entry that names it; the entry's number.

    The segment is on disk before the entry is, so a killed worker leaves at most an unnamed file. An entry whose
    key is in the log already is not appended again: its number is returned and nothing is written.

    Args:
        ledger: the ledger folder.
        entry: its `kind` names the schema in `KINDS` when there are rows.
        rows: castable to `KINDS[entry.kind]`; None for an entry without a segment.

    Raises:
        UsageError: unknown kind, columns that do not fit, floats or control characters, an entry over 64 KiB.
    """
    with _LOCK:
        tail = _refresh(ledger)
        if entry.key in tail.keys:
            return tail.keys[entry.key]
        body = _body(entry) | (_segment(ledger, entry, rows) if rows is not None else _NO_SEGMENT)
        while True:
            content = canonical.entry(body | {"prev": tail.prev})
            _refuse_large(content)
            number = tail.size
            created = files.put_if_absent(entry_path(ledger, number), content)
            tail = _refresh(ledger)
            if created or entry.key in tail.keys:
                return number if created else tail.keys[entry.key]


def _refuse_large(content: bytes) -> None:
    if len(content) > ENTRY_BYTES:
        raise UsageError(f"a ledger entry of {len(content)} bytes", fix="put lists into rows, not into details")


def _body(entry: Entry) -> dict[str, object]:
    return {
        "kind": entry.kind,
        "key": entry.key,
        "at_us": entry.at_us,
        "actor": entry.actor,
        "run": entry.run,
        "stage": entry.stage,
        "batch": entry.batch,
        "source_id": entry.source_id,
        "code": entry.code,
        "config": entry.config,
        "models": dict(entry.models),
        "details": dict(entry.details),
    }


_NO_SEGMENT: dict[str, object] = {
    "schema": "",
    "rows": 0,
    "min_doc": None,
    "max_doc": None,
    "path": "",
    "file_sha256": "",
    "rows_root": "",
    "rollup": {},
}


def _segment(ledger: Path, entry: Entry, rows: pa.Table) -> dict[str, object]:
    """Write segment and tile file; what the entry says about them."""
    conformed = _conform(entry.kind, rows)
    hashes = canonical.leaves(conformed)
    tiles = canonical.tiles(hashes)
    content = parquet.encode(conformed)
    digest = sha256(content).hexdigest()
    month = datetime.fromtimestamp(entry.at_us / 1e6, UTC).strftime("%Y%m")
    path = f"seg/{entry.kind}/{month}/{digest}.parquet"
    for place, written in ((ledger / path, content), ((ledger / path).with_suffix(".tile8"), b"".join(tiles))):
        if not place.exists():
            files.put_if_absent(place, written)
    low, high = _doc_range(conformed)
    return {
        "schema": canonical.schema_id(conformed.schema),
        "rows": conformed.num_rows,
        "min_doc": low,
        "max_doc": high,
        "path": path,
        "file_sha256": digest,
        "rows_root": merkle.root(tiles).hex(),
        "rollup": _rollup(conformed) if entry.kind in DECIDING else {},
    }


def _conform(kind: str, rows: pa.Table) -> pa.Table:
    if kind not in KINDS:
        raise UsageError(f"no segment kind {kind}", fix=f"one of: {', '.join(KINDS)}")
    schema = KINDS[kind]
    missing = [f.name for f in schema if f.name not in rows.column_names]
    unknown = sorted(set(rows.column_names) - set(schema.names))
    if missing or unknown:
        raise UsageError(
            f"rows of {kind} lack {missing or 'nothing'} and have unknown {unknown or 'nothing'}",
            fix="build the table with schemas.conform(columns, KINDS[kind])",
        )
    conformed = rows.select(schema.names).cast(schema).combine_chunks()
    for column in schema:
        if not column.nullable and conformed.column(column.name).null_count:
            raise UsageError(f"column {column.name} of {kind} holds nulls", fix="give every row a value")
    return conformed


def _doc_range(rows: pa.Table) -> tuple[str | None, str | None]:
    if "doc_id" not in rows.column_names or not rows.num_rows:
        return None, None
    bounds = pc.min_max(rows.column("doc_id")).as_py()
    return str(bounds["min"]), str(bounds["max"])


def _rollup(rows: pa.Table) -> dict[str, object]:
    """Counts by outcome and rule, and personal items by type, so that totals need the log only."""
    counted = rows.group_by(["outcome", "rule_id"]).aggregate([([], "count_all")])
    outcomes: dict[str, dict[str, int]] = {}
    for row in counted.to_pylist():
        outcomes.setdefault(row["outcome"], {})[row["rule_id"]] = row["count_all"]
    return {"outcomes": outcomes, "pii": _pii_totals(rows)}


def _pii_totals(rows: pa.Table) -> dict[str, int]:
    totals: dict[str, int] = {}
    if "pii_counts" not in rows.column_names:
        return totals
    for counts in rows.column("pii_counts").drop_null().to_pylist():
        for part in filter(None, counts.split(";")):
            name, _, n = part.partition("=")
            totals[name] = totals.get(name, 0) + int(n)
    return totals


def entry_path(ledger: Path, number: int) -> Path:
    """Where entry `number` lies: two folders of three digits, then six, so that no folder outgrows a million."""
    digits = f"{number:012d}"
    return ledger / "log/entries" / digits[:3] / digits[3:6] / f"{digits[6:]}.json"


def _refresh(ledger: Path) -> _Tail:
    """Read on from where this process stopped; start over when the log it knew is gone."""
    place = ledger.resolve()
    tail = _TAILS.get(place)
    if tail is None or (tail.size and _stamp(entry_path(ledger, tail.size - 1)) != tail.last):
        tail = _TAILS[place] = _Tail()
    while (content := _read(entry_path(ledger, tail.size))) is not None:
        tail.keys.setdefault(json.loads(content)["key"], tail.size)
        tail.prev = sha256(content).hexdigest()
        tail.last = _stamp(entry_path(ledger, tail.size))
        tail.size += 1
    return tail


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return (0, 0)
    return found.st_ino, found.st_mtime_ns


def size(ledger: Path) -> int:
    """The number of entries."""
    with _LOCK:
        return _refresh(ledger).size


def raw(ledger: Path) -> Iterator[bytes]:
    """The bytes of every entry, ascending, up to the first gap."""
    number = 0
    while (content := _read(entry_path(ledger, number))) is not None:
        yield content
        number += 1


def entries(
    ledger: Path, *, kind: str | None = None, run: str | None = None, stage: str | None = None
) -> Iterator[dict[str, object]]:
    """The entries, ascending, with their number as `seq`; None does not filter."""
    for seq, content in enumerate(raw(ledger)):
        got = json.loads(content)
        wanted = (("kind", kind), ("run", run), ("stage", stage))
        if all(value is None or got[name] == value for name, value in wanted):
            yield got | {"seq": seq}


def done(ledger: Path, run: str, stage: str) -> dict[int, int]:
    """Batch to entry number, of the batches whose decisions of this run and stage are in the log."""
    found = entries(ledger, kind="decisions", run=run, stage=stage)
    return {e["batch"]: e["seq"] for e in found if isinstance(e["batch"], int) and isinstance(e["seq"], int)}
