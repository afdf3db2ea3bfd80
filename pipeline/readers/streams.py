"""Bytes of a file, decompressed, with the two things that can go wrong on the way: truncation and bombs."""

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipeline.readers.limits import Limits

COMPRESSIONS = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
CHUNK = 1 << 20
FREE = 64 << 20
"""A compressed file may always grow to this size."""


class BrokenStream(Exception):
    """The rest of a file cannot be read; `problem` is the reason code of rules/documents.toml."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def chunks(path: Path, limits: Limits) -> Iterator[bytes]:
    """The decompressed bytes of `path` in pieces of about a mebibyte.

    Raises:
        BrokenStream: unreadable, truncated or corrupt, or a decompression bomb; what came before is good.
    """
    compression = COMPRESSIONS.get(path.suffix)
    most = max(FREE, path.stat().st_size * limits.expansion) if compression and path.exists() else None
    total = 0
    try:
        with path.open("rb") as file, pa.input_stream(file, compression=compression) as stream:
            while piece := stream.read(CHUNK):
                total += len(piece)
                if most is not None and total > most:
                    raise BrokenStream("expansion_limit")
                yield piece
    except OSError as e:
        if compression:
            yield from _rest(path, compression, total)
        raise BrokenStream("truncated_archive" if compression else "unreadable_file") from e


def _rest(path: Path, compression: str, done: int) -> Iterator[bytes]:
    """What can still be had of a damaged file after `done` bytes: reads in ever smaller pieces up to the damage."""
    for size in (CHUNK >> 6, CHUNK >> 12, 1):
        try:
            with path.open("rb") as file, pa.input_stream(file, compression=compression) as stream:
                stream.read(done)
                while piece := stream.read(size):
                    done += len(piece)
                    yield piece
        except OSError:
            continue


def lines(path: Path, limits: Limits) -> Iterator[bytes | None]:
    """The lines of `path` that are not empty; None for one longer than `limits.record_bytes`, in bounded memory.

    Raises:
        BrokenStream: as `chunks`; the last, unfinished line is given up with the rest.
    """
    held, is_skipped = bytearray(), False
    for piece in chunks(path, limits):
        first, *rest = piece.split(b"\n")
        if not is_skipped:
            held += first
        is_skipped = is_skipped or len(held) > limits.record_bytes
        if rest:
            yield None if is_skipped else bytes(held)
            *whole_lines, last = rest
            yield from filter(None, whole_lines)  # no line within a piece is longer than a record may be
            held, is_skipped = bytearray(last), False
        elif is_skipped:
            held.clear()
    if held or is_skipped:
        yield None if is_skipped else bytes(held)


def whole(path: Path, limits: Limits) -> bytes:
    """All bytes of `path`, decompressed.

    Raises:
        BrokenStream: as `chunks`, or longer than `limits.record_bytes`.
    """
    held = bytearray()
    for piece in chunks(path, limits):
        held += piece
        if len(held) > limits.record_bytes:
            raise BrokenStream("record_too_large")
    return bytes(held)
