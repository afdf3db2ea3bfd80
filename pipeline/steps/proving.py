"""Proof of an erasure: every file of the lake is read, unpacked where it is packed, and searched for the identifier."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import GateFailed
from pipeline.stages.personal import subjects
from pipeline.steps import finding
from pipeline.store import files
from pipeline.store.lake import Lake


def require_gone(lake: Lake, request_id: str, identifier: str, kind: str, *, actor: str) -> int:
    """How many files were searched; the identifier stands in none of them. The search is an entry.

    Whatever spelling: spaces and punctuation between its characters, full width. Replaced objects of snapshots stay
    for their grace time: purge first.

    Args:
        lake: the lake.
        request_id: for which request.
        identifier: as the person writes it.
        kind: type of personal information.
        actor: who asks.

    Raises:
        UsageError: of no known type, or without a letter and a digit: nothing would be proven.
        GateFailed: it still stands somewhere; says in how many files, and which folders they lie in.
    """
    finding.require(lake, request_id, actor)
    pattern = finding.expression(kind, identifier)
    paths = sorted(path for path in lake.root.rglob("*") if path.is_file())
    holding = [path.relative_to(lake.root) for path in paths if _holds(path, pattern)]
    finding.record(lake, request_id, subjects.family(kind), actor, places=len(holding), documents=0)
    if holding:
        where = ", ".join(sorted({"/".join(path.parts[:2]) for path in holding}))
        raise GateFailed(
            f"the identifier stands in {len(holding)} of {len(paths)} files, below {where}",
            fix="find, withdraw and erase what it stands in; provender requests purge once the grace time is over",
        )
    return len(paths)


def _holds(path: Path, pattern: re.Pattern[str]) -> bool:
    return any(pattern.search(text) for text in _texts(path))


def _texts(path: Path) -> Iterator[str]:
    """What a file says, in compatibility forms and small letters: its bytes, and unpacked if it is packed."""
    content = files.read(path)
    yield _folded(content)
    if content.startswith(b"\x1f\x8b"):
        yield _folded(gzip.decompress(content))
    elif content.startswith(b"\x28\xb5\x2f\xfd"):
        yield _folded(pa.CompressedInputStream(pa.BufferReader(content), "zstd").read())
    elif content.startswith(b"PAR1"):
        yield from _columns(path)


def _folded(content: bytes) -> str:
    if content.isascii():
        return content.decode("ascii").lower()
    text = content.decode("utf-8", "replace")
    return str(subjects.folded(pa.array([text], pa.large_string()))[0].as_py())


def _columns(path: Path) -> Iterator[str]:
    with pq.ParquetFile(path) as file:
        names = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
        for batch in file.iter_batches(1024, columns=names) if names else ():
            for column in batch.columns:
                yield from (text for text in subjects.folded(column).to_pylist() if text)
