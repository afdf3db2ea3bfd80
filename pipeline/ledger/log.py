"""The log: numbered entries by put-if-absent, each naming one immutable segment of rows. Nothing else writes it.

`at_us` is the time of decision of every row of the entry, so rows of two runs over the same input are the same bytes.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import UsageError
from pipeline.ledger import canonical, merkle, turns
from pipeline.schemas.ledger import KINDS
from pipeline.store import files, parquet
from pipeline.store.files import Place

ENTRY_BYTES = 65_535  # C2SP tlog-tiles prefixes an entry's length with 16 bits
FEW_ROWS = 16  # so few are larger with zstd, dictionaries and statistics, and take twice as long to write
FIRST_PREV = "0" * 64
_NAME = re.compile(r"log/entries/[0-9]{3}/[0-9]{3}/[0-9]{6}\.json")
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
    """What this process knows of one log: how far it has read, which keys it has seen, and who is where."""

    size: int = 0
    prev: str = FIRST_PREV
    last: object = None
    keys: dict[str, int] = field(default_factory=dict)
    numbers: dict[tuple[str, str, str], list[int]] = field(default_factory=dict)  # (kind, run, stage), ascending


_TAILS: dict[Place, _Tail] = {}
_LOCK = Lock()

Append = tuple[Entry, pa.Table | None]


def append(ledger: Place, entry: Entry, rows: pa.Table | None = None) -> int:
    """Append `rows` as one segment and the entry that names it; the entry's number.

    The segment is on disk before the entry is, so a killed worker leaves at most an unnamed file. An entry whose
    key is in the log already is not appended again: its number is returned and nothing is written.

    Args:
        ledger: the ledger, a folder or a bucket.
        entry: its `kind` names the schema in `KINDS` when there are rows.
        rows: castable to `KINDS[entry.kind]`; None for an entry without a segment.

    Raises:
        UsageError: unknown kind, columns that do not fit, floats or control characters, an entry over 64 KiB.
    """
    return append_all(ledger, [(entry, rows)])[0]


def append_all(ledger: Place, appends: Sequence[Append]) -> list[int]:
    """Append in this order and wait for the disk once instead of once for each; the numbers of the entries.

    When it returns, all of them are acknowledged. Killed before, a beginning of them is in the log, and calling it
    again appends the rest.

    Raises:
        UsageError: as `append`; nothing is written then.
    """
    with _LOCK:
        tail = _refresh(ledger)
        sealed: dict[str, _Sealed] = {}
        for entry, rows in appends:
            if entry.key not in tail.keys and entry.key not in sealed:
                sealed[entry.key] = _sealed(entry, rows)
        if sealed:
            files.put_all([(ledger / name, content) for one in sealed.values() for name, content in one.files])
            turns.together(ledger, [one.body for one in sealed.values()], lambda bodies: _put(ledger, bodies))
            tail = _refresh(ledger)
        return [tail.keys[entry.key] for entry, _ in appends]


def _put(ledger: Place, bodies: Sequence[Mapping[str, object]]) -> None:
    """Append the entries whose key is not in the log; whoever else writes is raced."""
    wanted: dict[str, Mapping[str, object]] = {}
    for body in bodies:
        wanted.setdefault(str(body["key"]), body)
    tail = _refresh(ledger)
    while missing := [body for key, body in wanted.items() if key not in tail.keys]:
        files.put_in_order(_chained(ledger, tail, missing))
        tail = _refresh(ledger)


def _chained(ledger: Place, tail: _Tail, bodies: Sequence[Mapping[str, object]]) -> list[tuple[Place, bytes]]:
    """The entries that follow `tail`, each naming the hash of the one before it."""
    named, prev = [], tail.prev
    for number, body in enumerate(bodies, tail.size):
        content = canonical.compact({**body, "prev": prev})
        prev = sha256(content).hexdigest()
        named.append((entry_path(ledger, number), content))
    return named


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sealed:
    """An entry without its predecessor, and the segment files it names."""

    body: Mapping[str, object]
    files: Sequence[tuple[str, bytes]]  # name below the ledger folder, content


def _sealed(entry: Entry, rows: pa.Table | None) -> _Sealed:
    said, written = (_NO_SEGMENT, []) if rows is None else _segment(entry, rows)
    body = _body(entry) | said
    _refuse_large(canonical.entry(body | {"prev": FIRST_PREV}))
    return _Sealed(body=body, files=written)


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


def _segment(entry: Entry, rows: pa.Table) -> tuple[dict[str, object], list[tuple[str, bytes]]]:
    """What the entry says about its segment, and the segment's files.

    A segment of one tile has no tile file: the tile is the root, and the entry holds that. The file says nothing but
    its rows, which no reader can take for something else then.
    """
    conformed = _conform(entry.kind, rows)
    tiles = merkle.tiles(canonical.leaves(conformed))
    content = parquet.encode(conformed, is_plain=conformed.num_rows <= FEW_ROWS, has_arrow_schema=False)
    digest = sha256(content).hexdigest()
    month = f"{datetime.fromtimestamp(entry.at_us / 1e6, UTC):%Y%m}"
    path = f"seg/{entry.kind}/{month}/{digest}.parquet"
    written = [(path, content)]
    if len(tiles) > 1:
        written.append((path.replace(".parquet", ".tile8"), b"".join(tiles)))
    low, high = doc_range(conformed)
    said = {
        "schema": canonical.schema_id(conformed.schema),
        "rows": conformed.num_rows,
        "min_doc": low,
        "max_doc": high,
        "path": path,
        "file_sha256": digest,
        "rows_root": merkle.root(tiles).hex(),
        "rollup": rollup(conformed) if entry.kind in DECIDING else {},
    }
    return said, written


def _conform(kind: str, rows: pa.Table) -> pa.Table:
    if kind not in KINDS:
        raise UsageError(f"no segment kind {kind}", fix=f"one of: {', '.join(KINDS)}")
    schema = KINDS[kind]
    chosen = rows if rows.schema.equals(schema, check_metadata=True) else _cast(kind, rows, schema)
    conformed = chosen.combine_chunks()
    for column, values in zip(schema, conformed.columns, strict=True):
        if values.null_count and not column.nullable:
            raise UsageError(f"column {column.name} of {kind} holds nulls", fix="give every row a value")
    return conformed


def _cast(kind: str, rows: pa.Table, schema: pa.Schema) -> pa.Table:
    missing = [name for name in schema.names if name not in rows.column_names]
    unknown = sorted(set(rows.column_names) - set(schema.names))
    if missing or unknown:
        raise UsageError(
            f"rows of {kind} lack {missing or 'nothing'} and have unknown {unknown or 'nothing'}",
            fix="build the table with schemas.conform(columns, KINDS[kind])",
        )
    return rows.select(schema.names).cast(schema)


def doc_range(rows: pa.Table) -> tuple[str | None, str | None]:
    """The least and the greatest document of a segment, as its entry names them."""
    if "doc_id" not in rows.column_names or not rows.num_rows:
        return None, None
    bounds = pc.min_max(rows.column("doc_id")).as_py()
    return str(bounds["min"]), str(bounds["max"])


def rollup(rows: pa.Table) -> dict[str, object]:
    """Rows by outcome and rule, and personal items by type, so that totals need the log only."""
    joined = pc.binary_join_element_wise(rows.column("outcome"), rows.column("rule_id"), " ")
    outcomes: dict[str, dict[str, int]] = {}
    for pair, n in _counted(joined):
        outcome, _, rule = pair.partition(" ")
        outcomes.setdefault(outcome, {})[rule] = n
    return {"outcomes": outcomes, "pii": _pii_totals(rows)}


def _counted(column: pa.ChunkedArray) -> list[tuple[str, int]]:
    counts = pc.value_counts(column)
    return list(zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True))


def _pii_totals(rows: pa.Table) -> dict[str, int]:
    totals: dict[str, int] = {}
    if "pii_counts" not in rows.column_names:
        return totals
    for counts, times in _counted(rows.column("pii_counts").drop_null()):
        for part in filter(None, counts.split(";")):
            name, _, n = part.partition("=")
            totals[name] = totals.get(name, 0) + int(n.partition(":")[0]) * times
    return totals


_TEXTS = "kind key actor run stage source_id code config schema path file_sha256 rows_root prev"
TYPES: Mapping[str, tuple[type, ...]] = {
    **dict.fromkeys(_TEXTS.split(), (str,)),
    **dict.fromkeys(("at_us", "rows"), (int,)),
    **dict.fromkeys(("models", "details", "rollup"), (dict,)),
    "batch": (int, type(None)),
    "min_doc": (str, type(None)),
    "max_doc": (str, type(None)),
}
"""What every entry holds, and of which JSON type it is."""


def entry_name(number: int) -> str:
    """The name of entry `number` below the ledger: two folders of three digits, so that none outgrows a million."""
    digits = f"{number:012d}"
    return f"log/entries/{digits[:3]}/{digits[3:6]}/{digits[6:]}.json"


def is_entry_name(name: str) -> bool:
    """Whether that can be the name of an entry."""
    return _NAME.fullmatch(name) is not None


def entry_path(ledger: Place, number: int) -> Place:
    """Where entry `number` lies."""
    return ledger / entry_name(number)


def _refresh(ledger: Place) -> _Tail:
    """Read on from where this process stopped; start over when the log it knew is gone."""
    place = ledger.absolute()
    tail = _TAILS.get(place)
    if tail is None or (tail.size and files.stamp(entry_path(ledger, tail.size - 1)) != tail.last):
        tail = _TAILS[place] = _Tail()
    before = tail.size
    for content in raw(ledger, start=tail.size):
        _note(tail, content)
    if tail.size > before:
        tail.last = files.stamp(entry_path(ledger, tail.size - 1))
    return tail


def _note(tail: _Tail, content: bytes) -> None:
    said = json.loads(content)
    tail.keys.setdefault(said["key"], tail.size)
    tail.numbers.setdefault((said["kind"], said["run"], said["stage"]), []).append(tail.size)
    tail.prev = sha256(content).hexdigest()
    tail.size += 1


def size(ledger: Place) -> int:
    """The number of entries."""
    with _LOCK:
        return _refresh(ledger).size


def raw(ledger: Place, *, start: int = 0) -> Iterator[bytes]:
    """The bytes of every entry from `start`, ascending, up to the first gap."""
    number = start
    while (content := files.read_below(ledger, entry_name(number))) is not None:
        yield content
        number += 1


def entries(
    ledger: Place, *, kind: str | None = None, run: str | None = None, stage: str | None = None
) -> Iterator[dict[str, object]]:
    """The entries, ascending, with their number as `seq`; None does not filter. Others are not read again."""
    for seq in _wanted(ledger, (kind, run, stage)):
        yield json.loads(files.read(entry_path(ledger, seq))) | {"seq": seq}


def _wanted(ledger: Place, asked: tuple[str | None, str | None, str | None]) -> list[int]:
    with _LOCK:
        found = _refresh(ledger).numbers
        chosen = [n for names, n in found.items() if all(a in (None, b) for a, b in zip(asked, names, strict=True))]
    return sorted(seq for numbers in chosen for seq in numbers)


def done(ledger: Place, run: str, stage: str) -> dict[int, int]:
    """Batch to entry number, of the batches whose decisions of this run and stage are in the log."""
    found = entries(ledger, kind="decisions", run=run, stage=stage)
    return {e["batch"]: e["seq"] for e in found if isinstance(e["batch"], int) and isinstance(e["seq"], int)}
