"""Copies a file while hashing it; an interrupted copy goes on where it stopped, and only whole files appear."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from pipeline.errors import InputMissing
from pipeline.snapshots import evidence, shards
from pipeline.snapshots.evidence import Listed

CHUNK_BYTES = 1 << 20
Progress = Callable[[str, int, int], None]
"""Called with path, bytes done and bytes in all, of one file."""


def copy(source: Path, place: Path, listed: Listed, on_progress: Progress) -> bool:
    """Bring `listed` to `place`; False when it was there already.

    Raises:
        InputMissing: the source has no such file.
        EvidenceBroken: the source's bytes are not the ones that the manifest names.
    """
    if place.is_file() and place.stat().st_size == listed.n_bytes and shards.digest(place) == listed.sha256:
        on_progress(listed.path, listed.n_bytes, listed.n_bytes)
        return False
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(f"{place.name}.part")
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


def _stream(source: Path, part: Path, listed: Listed, on_progress: Progress) -> str:
    """Append what is missing to `part`; the hex SHA-256 of the whole."""
    hashed = sha256()
    with part.open("a+b") as sink:
        sink.seek(0)
        while chunk := sink.read(CHUNK_BYTES):
            hashed.update(chunk)
        done = sink.tell()
        try:
            with source.open("rb") as f:
                f.seek(done)
                while chunk := f.read(CHUNK_BYTES):
                    sink.write(chunk)
                    hashed.update(chunk)
                    done += len(chunk)
                    on_progress(listed.path, done, listed.n_bytes)
        except FileNotFoundError as e:
            raise InputMissing(f"{listed.path} is not in the lake", fix="restore it there, then pull again") from e
    return hashed.hexdigest()
