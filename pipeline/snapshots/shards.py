"""Documents into Parquet shards, streaming: only one row group of text is in memory at any time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import file_digest, sha256
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import EvidenceMissing, InputMalformed, InputMissing
from pipeline.ledger import canonical, merkle
from pipeline.schemas.snapshots import MEMBERS, SNAPSHOT_DOCUMENTS

SHARD_BYTES = 128 << 20  # a file of a large snapshot: range reads and downloads are cheap
LEAST_BYTES = 1 << 20
SHARDS = 320  # of a smaller one: twelve documents in twelve shards are 4 % of it, however they lie
GROUP_BYTES = 16 << 20
READ_ROWS = 256
MEMBER_ROWS = 256 * 2048
FORMAT = {
    "compression": "zstd",
    "data_page_version": "2.0",
    "use_content_defined_chunking": True,
    "use_dictionary": ["lang", "source_id", "licence", "shard"],  # texts are all different
    "store_schema": False,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Shard:
    """A written shard; `doc_ids` in row order."""

    file: Path
    sha256: str
    n_bytes: int
    doc_ids: pa.Array

    @property
    def range(self) -> tuple[int, int]:
        """Lowest and highest `doc_id`."""
        bounds = pc.min_max(self.doc_ids).as_py()
        return bounds["min"], bounds["max"]


def documents(paths: Sequence[Path], licences: Mapping[str, str], own: pa.Table | None = None) -> Iterator[pa.Table]:
    """The documents of all files as small `SNAPSHOT_DOCUMENTS` tables, ascending by source and `doc_id`.

    Files are ordered by their first row, so batches of several sources may come in any order; within a file,
    rows must ascend already.

    Raises:
        InputMalformed: rows that do not ascend, or files that overlap.
        EvidenceMissing: a source without a licence.
    """
    last = None
    for path in ordered(paths):
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(READ_ROWS, columns=["doc_id", "text", "lang", "source_id"]):
                table = pa.Table.from_batches([batch])
                keys = table.select(["source_id", "doc_id"])
                _require_ascending(keys if last is None else pa.concat_tables([last, keys]), path)
                last = keys.slice(keys.num_rows - 1)
                yield _licensed(table, licences, own)


def ordered(paths: Iterable[Path]) -> list[Path]:
    """The files that hold rows, by source and lowest `doc_id`.

    Raises:
        InputMissing: a file is not there.
    """
    firsts: list[tuple[str, int, Path]] = []
    for path in paths:
        if not path.is_file():
            raise InputMissing(f"no file {path.name}", fix="run the stages to the end, then freeze")
        with pq.ParquetFile(path) as file:
            first = next(file.iter_batches(1, columns=["source_id", "doc_id"]), None)
        if first is not None and first.num_rows:
            firsts.append((first["source_id"][0].as_py(), first["doc_id"][0].as_py(), path))
    return [path for _, _, path in sorted(firsts)]


def _require_ascending(keys: pa.Table, path: Path) -> None:
    keys = keys.combine_chunks()
    sources, ids = keys.column("source_id"), keys.column("doc_id")
    before, after = sources[:-1], sources[1:]
    is_next = pc.and_(pc.equal(before, after), pc.less(ids[:-1], ids[1:]))
    if not pc.all(pc.or_(is_next, pc.less(before, after)), min_count=0).as_py():
        raise InputMalformed(
            f"documents of {path.name} are not in ascending order, or overlap with another batch",
            fix="delete the batch's files and run the stages again",
        )


def _licensed(table: pa.Table, licences: Mapping[str, str], own: pa.Table | None) -> pa.Table:
    names = pa.array(sorted(licences), pa.string())
    found = pc.index_in(table.column("source_id"), value_set=names)
    values = pa.array([licences[name] for name in names.to_pylist()], pa.string())
    licence = pc.take(values, found)
    if own is not None:
        mine = pc.index_in(table.column("doc_id"), value_set=own.column("doc_id").combine_chunks())
        licence = pc.coalesce(pc.take(own.column("expression"), mine), licence)
    if licence.null_count:
        missing = pc.unique(table.column("source_id").filter(pc.is_null(licence))).to_pylist()
        raise EvidenceMissing(
            f"no licence is known for source {', '.join(missing)}",
            fix="run the licences stage for it; a document without a licence is never frozen",
        )
    return table.append_column("licence", licence).select(SNAPSHOT_DOCUMENTS.names).cast(SNAPSHOT_DOCUMENTS)


def size(paths: Iterable[Path]) -> int:
    """At how many bytes to close a shard of these documents, by the size of their files.

    What is erased is written anew with its whole shard, so a shard is a small part of its snapshot: one of about 320,
    but not below 1 MiB nor, where 320 would be larger, above 128 MiB (ADR 16).
    """
    whole = sum(path.stat().st_size for path in paths if path.is_file())
    return min(SHARD_BYTES, max(LEAST_BYTES, whole // SHARDS))


def write(folder: Path, tables: Iterable[pa.Table], *, shard_bytes: int) -> Iterator[Shard]:
    """Write shards one after the other; equal tables give equal bytes under the locked pyarrow.

    Args:
        folder: where the numbered files go.
        tables: `SNAPSHOT_DOCUMENTS`, in the order of the rows.
        shard_bytes: a shard ends with the row group that reaches this size.
    """
    groups = _groups(tables, min(GROUP_BYTES, max(1, shard_bytes // 4)))
    for number, first in enumerate(groups):
        yield _shard(folder / f"{number:05d}.parquet", chain([first], groups), shard_bytes)


def _groups(tables: Iterable[pa.Table], group_bytes: int) -> Iterator[pa.Table]:
    """Row groups: tables joined until they hold `group_bytes`."""
    held: list[pa.Table] = []
    for table in tables:
        held.append(table)
        if sum(t.nbytes for t in held) >= group_bytes:
            yield pa.concat_tables(held).combine_chunks()
            held = []
    if held:
        yield pa.concat_tables(held).combine_chunks()


def _shard(path: Path, groups: Iterator[pa.Table], shard_bytes: int) -> Shard:
    """Take row groups until the shard is full."""
    ids: list[pa.ChunkedArray] = []
    with path.open("wb") as sink, pq.ParquetWriter(sink, SNAPSHOT_DOCUMENTS, **FORMAT) as writer:
        for group in groups:
            writer.write_table(group)
            ids.append(group.column("doc_id").combine_chunks())
            if sink.tell() >= shard_bytes:
                break
    return Shard(file=path, sha256=digest(path), n_bytes=path.stat().st_size, doc_ids=pa.concat_arrays(ids))


def digest(path: Path) -> str:
    """The hex SHA-256 of a file."""
    with path.open("rb") as f:
        return file_digest(f, sha256).hexdigest()


def listed(folder: Path, path: str) -> dict[str, object]:
    """A file of a snapshot's folder as a manifest lists it."""
    return {"path": path, "sha256": digest(folder / path), "bytes": (folder / path).stat().st_size}


def members(shards: Sequence[Shard]) -> pa.Table:
    """`MEMBERS` of all shards with the shard as its number: ascending `doc_id`, 18 bytes a document.

    Raises:
        InputMalformed: a document occurs twice.
    """
    parts = [
        pa.table(
            {
                "doc_id": shard.doc_ids,
                "shard": pa.repeat(pa.scalar(number, pa.int16()), len(shard.doc_ids)),
                "row": pa.array(range(len(shard.doc_ids)), pa.int64()),
            }
        )
        for number, shard in enumerate(shards)
    ]
    joined = pa.concat_tables(parts).sort_by("doc_id").combine_chunks()
    ids = joined.column("doc_id")
    if pc.any(pc.equal(ids[:-1], ids[1:]), min_count=0).as_py():
        raise InputMalformed("a document occurs in two batches", fix="delete the run's documents and run it again")
    return joined


def member_slices(numbered: pa.Table, names: Sequence[str]) -> Iterator[pa.Table]:
    """`MEMBERS` in slices of bounded size, with the paths of the shards."""
    paths = pa.array(names, pa.string())
    for start in range(0, numbered.num_rows, MEMBER_ROWS):
        part = numbered.slice(start, MEMBER_ROWS)
        shard = pc.take(paths, part.column("shard"))
        yield pa.table([part.column("doc_id"), shard, part.column("row")], schema=MEMBERS).combine_chunks()


def write_members(path: Path, slices: Iterable[pa.Table]) -> str:
    """Write members.parquet; the hex Merkle root over its rows."""
    tiles: list[bytes] = []
    with path.open("wb") as sink, pq.ParquetWriter(sink, MEMBERS, **FORMAT) as writer:
        for part in slices:
            writer.write_table(part)
            tiles += merkle.tiles(canonical.leaves(part))
    return merkle.root(tiles).hex()
