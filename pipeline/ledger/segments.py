"""Segments under verification: the file is the one the entry names, its rows have the root the entry has."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import EvidenceBroken, ProvenderError
from pipeline.ledger import canonical, hashing, log, merkle
from pipeline.store import files
from pipeline.store.files import Place

Named = Mapping[str, object]
HASHES = ("file_sha256", "rows_root", "rows", "schema")


@dataclass(frozen=True, kw_only=True, slots=True)
class Chunk:
    """Segments that one worker verifies."""

    ledger: Place
    named: Sequence[tuple[int, Named]]  # number of the entry, what it says
    chosen: frozenset[int] | None  # entries whose rows are recomputed; None is all
    is_of_many: bool  # whether so many rows are recomputed in all chunks that the kernel is worth loading


@dataclass(frozen=True, kw_only=True, slots=True)
class Checked:
    """What a worker found; `wrong` is the first damage: number of the entry, what is wrong."""

    files: int
    rows: int
    wrong: tuple[int, str] | None = None


def broken(message: str) -> EvidenceBroken:
    """The error for bytes that are not what was signed."""
    return EvidenceBroken(message, fix="keep the folder as evidence and compare it with a copy held elsewhere")


def count(one: Named, name: str) -> int:
    """A number of an entry; 0 where it has none."""
    value = one.get(name)
    return value if isinstance(value, int) else 0


_PATH = re.compile(r"seg/([a-z_]+)/[0-9]{6}/([0-9a-f]{64})\.parquet")
_HASH, _DOCUMENT = re.compile("[0-9a-f]{64}"), re.compile("-?[0-9]{1,19}")


def is_named_right(one: Named) -> bool:
    """Whether an entry names no segment, or one in the folder of its kind under its own hash: views rely on it."""
    found, documents = _PATH.fullmatch(str(one["path"])), (one["min_doc"], one["max_doc"])
    if found is None:
        return documents == (None, None) and not any(one[name] for name in ("path", *HASHES, "rollup"))
    is_hashed = all(_HASH.fullmatch(str(one[name])) for name in ("rows_root", "schema"))
    is_counted = count(one, "rows") >= 0 and all(one is None or _DOCUMENT.fullmatch(str(one)) for one in documents)
    return found.groups() == (one["kind"], one["file_sha256"]) and is_hashed and is_counted


def named_once(named: Sequence[Named]) -> list[tuple[int, Named]]:
    """The first entry that names each segment file, in log order.

    Raises:
        EvidenceBroken: two entries say different things about one file.
    """
    first: dict[str, tuple[int, Named]] = {}
    for number, one in enumerate(named):
        path = one.get("path")
        if isinstance(path, str) and path:
            known = first.setdefault(path, (number, one))[1]
            if any(known.get(name) != one.get(name) for name in HASHES):
                raise broken(f"entry {number} says something else about {path} than an earlier entry")
    return list(first.values())


def check(chunk: Chunk) -> Checked:
    """Verify segments in order, up to the first that does not hold."""
    if chunk.is_of_many:
        hashing.load()
    rows = 0
    for done, (number, one) in enumerate(chunk.named):
        is_chosen = chunk.chosen is None or number in chunk.chosen
        try:
            rows += _check(chunk.ledger, f"segment {one['path']} of entry {number}", one, is_chosen=is_chosen)
        except EvidenceBroken as e:
            return Checked(files=done, rows=rows, wrong=(number, e.message))
    return Checked(files=len(chunk.named), rows=rows)


def _check(ledger: Place, name: str, one: Named, *, is_chosen: bool) -> int:
    content = files.read_if_any(ledger / str(one["path"]))
    if content is None:
        raise broken(f"{name} is missing")
    kept = _tile_file(ledger, name, one)
    if sha256(content).hexdigest() != one["file_sha256"]:
        raise broken(f"{name} was changed: {_where(content, kept, one)}")
    if kept is not None and merkle.root(_hashes(kept)).hex() != one["rows_root"]:
        raise broken(f"the .tile8 file of {name} was changed, the segment was not")
    return _rows(name, content, kept, one) if is_chosen else 0


def _tile_file(ledger: Place, name: str, one: Named) -> bytes | None:
    """The bytes of the tile file; None where a segment has one tile, which is the root that the entry holds."""
    if count(one, "rows") <= canonical.TILE_ROWS:
        return None
    kept = files.read_if_any(ledger / str(one["path"]).replace(".parquet", ".tile8"))
    if kept is None:
        raise broken(f"{name} has lost its .tile8 file")
    return kept


def _hashes(run: bytes) -> list[bytes]:
    return [run[i : i + merkle.HASH_BYTES] for i in range(0, len(run), merkle.HASH_BYTES)]


def _rows(name: str, content: bytes, kept: bytes | None, one: Named) -> int:
    """Recompute leaves, tiles and root; how many rows. The file is the signed one, so a mismatch was signed, too."""
    wrong = f"{name} is not rows in Parquet alone, though its hash holds"
    try:
        rows, has_notes = _read(content)
    except (pa.ArrowException, OSError) as e:
        raise broken(wrong) from e
    if has_notes:
        raise broken(wrong)
    if canonical.schema_id(rows.schema) != one["schema"]:
        raise broken(f"{name} has other columns than the entry says")
    if rows.num_rows != one["rows"]:
        raise broken(f"{name} has {rows.num_rows} rows, the entry says {one['rows']}: {_where(content, kept, one)}")
    try:
        tiles = merkle.tiles(canonical.leaves(rows))
    except (ProvenderError, duckdb.Error) as e:
        raise broken(f"{name} holds rows that have no canonical text") from e
    if merkle.root(tiles).hex() != one["rows_root"]:
        raise broken(f"{name} has rows of another root: {_where(content, kept, one)}")
    if log.doc_range(rows) != (one["min_doc"], one["max_doc"]):
        raise broken(f"{name} holds other documents than the entry says")
    if one["rollup"] != (log.rollup(rows) if one["kind"] in log.DECIDING else {}):
        raise broken(f"{name} has other totals than the entry says")
    return count(one, "rows")


def _read(content: bytes) -> tuple[pa.Table, bool]:
    """The rows, and whether notes stand beside them: Arrow would believe a schema that other readers do not see.

    Arrow's threads are one pool for all workers, who would wait for each other there.
    """
    file = pq.ParquetFile(pa.BufferReader(content))
    return file.read(use_threads=False).replace_schema_metadata(None), bool(file.metadata.metadata)


def _where(content: bytes, kept: bytes | None, one: Named) -> str:
    """Where a damaged segment differs from its tile hashes, as far as it can still be read.

    A tile hash covers 256 rows, so it is the tile that can be named; rows after the last one are named exactly.
    """
    try:
        leaves = canonical.leaves(_read(content)[0])
    except (pa.ArrowException, OSError, ProvenderError, UnicodeDecodeError, duckdb.Error):
        return "its rows cannot be read"
    rows = count(one, "rows")
    tiles = merkle.tiles(leaves[: merkle.HASH_BYTES * rows]) or [merkle.root([])]
    expected = _hashes(kept) if kept is not None else [bytes.fromhex(str(one["rows_root"]))]
    if merkle.root(expected).hex() != one["rows_root"]:
        return "its .tile8 file was changed, too"
    for place, tile in enumerate(expected):
        if tiles[place : place + 1] != [tile]:
            low, high = place * canonical.TILE_ROWS, min((place + 1) * canonical.TILE_ROWS, rows) - 1
            return f"first bad row {low}" if low == high else f"first bad row among rows {low} to {high}"
    is_whole = len(leaves) == rows * merkle.HASH_BYTES
    return "its rows are whole, bytes around them are not" if is_whole else f"first bad row {rows}"
