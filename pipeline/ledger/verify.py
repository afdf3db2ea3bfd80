"""Verification: every byte of log, segments, tiles, keys and checkpoints is what was signed. Reads only."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import EvidenceBroken, ProvenderError
from pipeline.ledger import canonical, checkpoint, keys, log, merkle
from pipeline.store import database, files

GROUP_ROWS = 500_000
GROUP_FILES = 500
_NAME = re.compile(r"log/entries/[0-9]{3}/[0-9]{3}/[0-9]{3,}\.json")
Named = Mapping[str, object]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What was verified. `unsigned` entries came after the newest checkpoint: nobody stands for them yet."""

    entries: int
    segments: int
    rows: int
    checkpoints: int
    checkpoint_size: int
    checkpoint_root: str
    signed_at_us: int | None
    unsigned: int


def _silent(what: str, done: int, total: int) -> None:
    del what, done, total


def verify(ledger: Path, *, vkey: str | None = None, progress: Progress = _silent) -> Report:
    """Recompute everything the ledger claims; a report when all of it holds.

    An attacker who holds the notary's key can rewrite a ledger whole. Compare the checkpoint with one kept outside.

    Args:
        ledger: the ledger folder.
        vkey: the notary's public key as known from outside; None takes the ledger's own word for it.
        progress: called with what is verified, how many are done, and of how many.

    Raises:
        EvidenceBroken: names the first entry, checkpoint, key list, segment or row that does not hold.
    """
    contents = _log(ledger)
    named = [_entry(content, number) for number, content in enumerate(contents)]
    _chain(contents, named)
    _trusted(ledger)
    kept = _checkpoints(ledger, contents, vkey)
    segments = _segments(ledger, named, progress)
    newest = kept[-1] if kept else None
    return Report(
        entries=len(contents),
        segments=len(segments),
        rows=sum(_int(one, "rows") for one in segments.values()),
        checkpoints=len(kept),
        checkpoint_size=newest.size if newest else 0,
        checkpoint_root=newest.root.hex() if newest else "",
        signed_at_us=newest.signed_at_us if newest else None,
        unsigned=len(contents) - (newest.size if newest else 0),
    )


def _broken(message: str) -> EvidenceBroken:
    return EvidenceBroken(message, fix="keep the folder as evidence and compare it with a copy held elsewhere")


def _log(ledger: Path) -> list[bytes]:
    """The bytes of all entries; a file that the numbering does not reach means that one before it is gone."""
    contents = list(log.raw(ledger))
    found = {f"log/{name}" for name in files.listed(ledger / "log")}
    expected = {log.entry_name(n) for n in range(len(contents))}
    strange = sorted(found - expected)
    if strange:
        is_entry = _NAME.fullmatch(strange[0])
        what = (
            f"entry {len(contents)} is missing, but {strange[0]} is there" if is_entry else f"{strange[0]} is no entry"
        )
        raise _broken(what)
    return contents


def _entry(content: bytes, number: int) -> dict[str, object]:
    try:
        got = json.loads(content)
        is_canonical = isinstance(got, dict) and canonical.entry(got) == content
    except (ValueError, ProvenderError):
        is_canonical = False
    if not is_canonical:
        raise _broken(f"entry {number} is not the JSON that the log writes")
    return dict(got)


def _chain(contents: Sequence[bytes], named: Sequence[Named]) -> None:
    before = log.FIRST_PREV
    for number, content in enumerate(contents):
        if named[number].get("prev") != before:
            raise _broken(f"entry {number - 1} was changed: entry {number} names another hash of it")
        before = sha256(content).hexdigest()


def _trusted(ledger: Path) -> None:
    """The list of trusted keys is the one that the log makes."""
    path = keys.trusted_path(ledger)
    kept = path.read_bytes() if path.exists() else None
    expected = keys.trusted_bytes(ledger)
    if kept != expected and (kept is not None or json.loads(expected)["keys"]):
        raise _broken("keys/trusted-keys.json names other keys than the log")


def _checkpoints(ledger: Path, contents: Sequence[bytes], vkey: str | None) -> list[checkpoint.Checkpoint]:
    """All kept checkpoints, ascending, each with a valid signature and the root of its size."""
    paths = sorted(p for p in (ledger / "tlog/checkpoints").glob("*") if not p.name.startswith(".tmp-"))
    newest = checkpoint.path(ledger)
    if not paths and not newest.exists():
        return []
    signer = vkey or _notary(ledger)
    leaves = [merkle.leaf(content) for content in contents]
    found = [_checkpoint(path, signer, leaves) for path in paths]
    if not paths or not newest.exists() or newest.read_bytes() != paths[-1].read_bytes():
        raise _broken("tlog/checkpoint is not the newest of the kept checkpoints")
    return found


def _checkpoint(path: Path, vkey: str, leaves: Sequence[bytes]) -> checkpoint.Checkpoint:
    try:
        got = checkpoint.read(path.read_bytes(), vkey)
    except EvidenceBroken as e:
        raise _broken(f"checkpoint {path.name}: {e.message}") from e
    if path.name != f"{got.size:012d}":
        raise _broken(f"checkpoint {path.name} signs size {got.size}")
    if got.size > len(leaves):
        raise _broken(f"checkpoint {path.name} signs {got.size} entries, the log has {len(leaves)}")
    if merkle.root(leaves[: got.size]) != got.root:
        raise _broken(f"checkpoint {path.name} signs another root: one of entries 0 to {got.size - 1} was changed")
    return got


def _notary(ledger: Path) -> str:
    for one in keys.trusted(ledger):
        if one["role"] == keys.NOTARY:
            return str(one["vkey"])
    raise _broken("the ledger has checkpoints but trusts no notary")


def _segments(ledger: Path, named: Sequence[Named], progress: Progress) -> dict[str, Named]:
    """Verify each segment file once; the entries that name them, by path. Damage is reported in log order."""
    first: dict[str, tuple[int, Named]] = {}
    for number, one in enumerate(named):
        path = one.get("path")
        if isinstance(path, str) and path:
            known = first.setdefault(path, (number, one))[1]
            if any(known[name] != one[name] for name in ("file_sha256", "rows_root", "rows", "schema")):
                raise _broken(f"entry {number} says something else about {path} than an earlier entry")
    done = 0
    for group in _groups(list(first.values())):
        schemas = [_file(ledger, number, one) for number, one in group]
        for schema in dict.fromkeys(schemas):
            chosen = [pair for pair, its in zip(group, schemas, strict=True) if its == schema]
            _rows(ledger, chosen, schema)
        done += len(group)
        progress("segments", done, len(first))
    return {path: one for path, (_, one) in first.items()}


def _groups(found: Sequence[tuple[int, Named]]) -> Iterator[list[tuple[int, Named]]]:
    group: list[tuple[int, Named]] = []
    rows = 0
    for number, one in found:
        group.append((number, one))
        rows += _int(one, "rows")
        if rows >= GROUP_ROWS or len(group) >= GROUP_FILES:
            yield group
            group, rows = [], 0
    if group:
        yield group


def _file(ledger: Path, number: int, one: Named) -> pa.Schema:
    """The schema of a segment whose bytes and schema are those the entry names."""
    path = str(one["path"])
    try:
        content = (ledger / path).read_bytes()
    except FileNotFoundError:
        raise _broken(f"segment {path} of entry {number} is missing") from None
    if sha256(content).hexdigest() != one["file_sha256"]:
        raise _broken(f"segment {path} of entry {number} was changed: {_where(ledger / path, one)}")
    schema = pq.read_schema(pa.BufferReader(content)).remove_metadata()
    if canonical.schema_id(schema) != one["schema"]:
        raise _broken(f"segment {path} of entry {number} has other columns than the entry says")
    return schema


def _where(path: Path, one: Named) -> str:
    """Which rows of a damaged segment differ from their tile hashes, as far as it can still be read."""
    try:
        table = pq.ParquetFile(path).read()
        got = canonical.tiles(canonical.leaves(table))
    except (pa.ArrowException, OSError, ProvenderError, UnicodeDecodeError):
        return f"none of its {one['rows']} rows (first: row 0) can be read"
    tiles = path.with_suffix(".tile8")
    kept = tiles.read_bytes() if tiles.exists() else b""
    return _first_difference(got, kept, table.num_rows) or "its rows are whole, bytes around them are not"


def _first_difference(got: Sequence[bytes], kept: bytes, rows: int) -> str | None:
    for place, one in enumerate(got):
        if kept[32 * place : 32 * place + 32] != one:
            low = place * canonical.TILE_ROWS
            return f"first bad row among rows {low} to {min(low + canonical.TILE_ROWS, rows) - 1}"
    return None


def _rows(ledger: Path, group: Sequence[tuple[int, Named]], schema: pa.Schema) -> None:
    """Recompute every leaf, tile and root of these segments, all of one schema."""
    hashed = _leaves(ledger, [str(one["path"]) for _, one in group], schema)
    for number, one in group:
        path = str(one["path"])
        got = hashed.get(str(one["file_sha256"]), [])
        _one(ledger, f"segment {path} of entry {number}", one, got)


def _one(ledger: Path, name: str, one: Named, got: Sequence[bytes]) -> None:
    if len(got) != one["rows"]:
        raise _broken(f"{name} has {len(got)} rows, the entry says {one['rows']}")
    tiles = canonical.tiles(list(got))
    kept = _tile_file(ledger, name, one, tiles)
    if merkle.root(tiles).hex() != one["rows_root"]:
        raise _broken(f"{name} was changed: {_first_difference(tiles, kept, len(got)) or 'its root differs'}")
    if kept != b"".join(tiles):
        raise _broken(f"the .tile8 file of {name} was changed: {_first_difference(tiles, kept, len(got)) or 'its end'}")


def _tile_file(ledger: Path, name: str, one: Named, tiles: Sequence[bytes]) -> bytes:
    """The bytes of the tile file; a segment of one tile has none."""
    if len(tiles) <= 1:
        return b"".join(tiles)
    place = (ledger / str(one["path"])).with_suffix(".tile8")
    if not place.exists():
        raise _broken(f"{name} has lost its .tile8 file")
    return place.read_bytes()


def _leaves(ledger: Path, paths: Sequence[str], schema: pa.Schema) -> dict[str, list[bytes]]:
    """Leaf hashes in row order by file hash, computed in SQL as an auditor would."""
    quoted = ", ".join(f"'{(ledger / path).as_posix().replace(chr(39), chr(39) * 2)}'" for path in paths)
    statement = f"""
        select parse_filename(filename, true) as file, {canonical.leaf_sql(schema)} as leaf
        from read_parquet([{quoted}], filename = true, file_row_number = true, hive_partitioning = false)
        order by file, file_row_number"""
    with database.connect() as connection:
        try:
            table = connection.sql(statement).to_arrow_table()
        except duckdb.Error as e:
            raise _broken("a segment cannot be read, though its hash holds") from e
    hashed: dict[str, list[bytes]] = {}
    for file, leaf in zip(table.column("file").to_pylist(), table.column("leaf").to_pylist(), strict=True):
        hashed.setdefault(file, []).append(leaf)
    return hashed


def _int(one: Named, name: str) -> int:
    value = one[name]
    return value if isinstance(value, int) else 0
