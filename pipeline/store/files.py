"""Files that are whole or not there: atomic writes and put-if-absent on POSIX."""

import os
import secrets
from pathlib import Path

from pipeline.errors import InputMissing


def read(path: Path) -> bytes:
    """The bytes of `path`.

    Raises:
        InputMissing: no such file.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as e:
        raise InputMissing(f"no file {path.name}", fix=f"expected in {path.parent}; run the step that writes it") from e


def write(path: Path, content: bytes) -> None:
    """Write `content` so that a reader sees the old file or the new one, never half of it."""
    temporary = _temporary(path, content)
    temporary.replace(path)
    _sync_folder(path.parent)


def put_if_absent(path: Path, content: bytes) -> bool:
    """Create `path` with `content` unless it exists; True when this call created it.

    The file appears complete and synced or not at all (`link`), so two writers can race.
    """
    temporary = _temporary(path, content)
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    _sync_folder(path.parent)
    return True


def _temporary(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.parent / f".tmp-{os.getpid()}-{secrets.token_hex(6)}"
    try:
        with temporary.open("wb") as f:
            f.write(content)
            f.flush()
            os.fsync(f.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
