"""Copies a file while hashing it; an interrupted copy goes on where it stopped, and only whole files appear."""

import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.errors import InputMissing, PathEscapes, TooLarge
from pipeline.rules.snapshots import limits
from pipeline.schemas.snapshots import SNAPSHOT_DOCUMENTS
from pipeline.snapshots import evidence, shards, unpacking
from pipeline.snapshots.evidence import Listed
from pipeline.store import files
from pipeline.store.files import Place

CHUNK_BYTES = 1 << 20
Progress = Callable[[str, int, int], None]
"""Called with path, bytes done and bytes in all, of one file; from several threads."""

COLUMNS = [(one.name, "INT64" if one.type == pa.int64() else "BYTE_ARRAY") for one in SNAPSHOT_DOCUMENTS]


def copy(source: Place, place: Path, listed: Listed, on_progress: Progress, *, held: Path | None = None) -> bool:
    """Bring `listed` to `place`; False when it was there already, or in `held`.

    Raises:
        InputMissing: the source has no such file.
        TooLarge: the source has more bytes than the manifest names.
        PathEscapes: a link stands where a file should be.
        EvidenceBroken: the source's bytes are not the ones that the manifest names.
    """
    part = place.with_name(f"{place.name}.part")
    refuse_links(place, part, source)
    if is_same(place, listed) or _reused(held, place, listed):
        on_progress(listed.path, listed.n_bytes, listed.n_bytes)
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    is_resumed = part.is_file() and part.stat().st_size > 0
    got = _stream(source, part, listed, on_progress)
    if got != listed.sha256 and is_resumed:  # what was left of the last try may be the damage
        part.unlink()
        got = _stream(source, part, listed, on_progress)
    if got != listed.sha256:
        part.unlink()
        raise evidence.broken(f"{listed.path} is not the file that was approved")
    part.replace(place)
    return True


def is_same(place: Path, listed: Listed) -> bool:
    """Whether the file at `place` is the listed one, byte for byte."""
    return place.is_file() and place.stat().st_size == listed.n_bytes and shards.digest(place) == listed.sha256


def refuse_links(*places: Place) -> None:
    """Return when none of them, nor the folder that it lies in, is a symbolic link.

    Raises:
        PathEscapes: one is.
    """
    for one in places:
        if isinstance(one, Path) and (one.is_symlink() or (one.parent.name == "data" and one.parent.is_symlink())):
            raise PathEscapes(f"{one.name} is a link", fix="remove the link; a snapshot holds files alone")


def _reused(held: Path | None, place: Path, listed: Listed) -> bool:
    """Take the same bytes from another pulled folder."""
    if held is None or not is_same(held, listed):
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    place.unlink(missing_ok=True)
    try:
        place.hardlink_to(held)
    except OSError:
        shutil.copyfile(held, place)
    return is_same(place, listed)


def _stream(source: Place, part: Path, listed: Listed, on_progress: Progress) -> str:
    """Append what is missing to `part`; the hex SHA-256 of the whole."""
    hashed = sha256()
    with part.open("a+b") as sink:
        sink.seek(0)
        while chunk := sink.read(CHUNK_BYTES):
            hashed.update(chunk)
        done = sink.tell()
        if done >= listed.n_bytes:
            return hashed.hexdigest()
        try:
            for chunk in files.stream(source, done):
                done += len(chunk)
                if done > listed.n_bytes:
                    raise TooLarge(f"{listed.path} is longer than the manifest says", fix="tell the keeper")
                sink.write(chunk)
                hashed.update(chunk)
                on_progress(listed.path, done, listed.n_bytes)
        except FileNotFoundError as e:
            raise InputMissing(
                f"{listed.path} is missing where it is pulled from",
                fix="if it was erased, pull the snapshot that takes its place; else restore it there and pull again",
            ) from e
    return hashed.hexdigest()


def require_small(path: Path, listed: Listed) -> None:
    """Return when a Parquet file does not unpack to more than it may, and a shard holds its rows and columns.

    Raises:
        EvidenceBroken: other rows or columns, or not Parquet as snapshots are written.
        TooLarge: it unpacks to more.
    """
    if path.suffix != ".parquet":
        return
    most = limits().ratio_max * listed.n_bytes
    try:
        found = pq.read_metadata(path)
        size = unpacking.unpacked(path, found)
    except (pa.ArrowException, OSError, ValueError, LookupError) as e:
        raise evidence.broken(f"{listed.path} is not Parquet as snapshots are written") from e
    if listed.rows is not None:
        _require_rows(found, listed)
    _refuse_above(most, size.pages, listed)
    if size.pages + size.named > most:  # where a dictionary is long and most rows name its short values
        _refuse_above(most, size.pages + _named(path, found), listed)


def _require_rows(found: pq.FileMetaData, listed: Listed) -> None:
    columns = [found.schema.column(at) for at in range(found.num_columns)]
    if found.num_rows != listed.rows or [(one.path, one.physical_type) for one in columns] != COLUMNS:
        raise evidence.broken(f"{listed.path} does not hold the rows that the manifest names")


def _refuse_above(most: int, unpacked: int, listed: Listed) -> None:
    if unpacked > most:
        raise TooLarge(f"{listed.path} unpacks to {unpacked} bytes", fix="do not read it; tell the data owner")


def _named(path: Path, found: pq.FileMetaData) -> int:
    """The bytes of all texts, each counted as often as it is named; no value is unpacked twice."""
    size = 0
    columns = [found.schema.column(at) for at in range(found.num_columns)]
    texts = [one.path for one in columns if one.physical_type == "BYTE_ARRAY"]
    with pq.ParquetFile(path, metadata=found, read_dictionary=texts) as file:
        for column in file.read(columns=texts, use_threads=False).columns:  # one thread: shards are many
            for chunk in column.chunks:
                lengths = pc.binary_length(chunk.dictionary).cast(pa.int64())
                size += pc.sum(lengths.take(chunk.indices)).as_py() or 0
    return size
