"""Files that are whole or not there: atomic writes and put-if-absent, one by one or many with one wait for the disk.

What the ledger needs works on a bucket as well (`Object`); everything else of a lake is a folder.
"""

import errno
import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import TypeVar

from pipeline.errors import InputMissing, StorageFull, TooLarge
from pipeline.store import objects
from pipeline.store.objects import Object

T = TypeVar("T")

TEMPORARY = ".tmp-"
SYNC_THREADS = 16  # the kernel commits what is synced at once in one journal write

REMOTE = ("s3://", "http://", "https://")
CHUNK_BYTES = 1 << 20

Place = Path | Object
Named = tuple[Place, bytes]


def place(name: str) -> Place:
    """Where `name` points: a bucket or web server when it begins with s3://, http:// or https://, else a folder."""
    return Object(name.rstrip("/")) if name.startswith(REMOTE) else Path(name)


def named(place: Place) -> str:
    """The name that `place` was made from."""
    return f"{place.url}/{place.key}".rstrip("/") if isinstance(place, Object) else str(place)


def stream(path: Place, start: int = 0) -> Iterator[bytes]:
    """The bytes of `path` from `start` on, in pieces.

    Raises:
        FileNotFoundError: no such file.
    """
    if isinstance(path, Object):
        yield from objects.stream(path, start)
        return
    with path.open("rb") as f:
        f.seek(start)
        while chunk := f.read(CHUNK_BYTES):
            yield chunk


def read_at_most(path: Place, limit: int) -> bytes | None:
    """The bytes of `path`, which come from somebody else; None when it is not there.

    Raises:
        TooLarge: more than `limit` bytes.
    """
    found = bytearray()
    try:
        for chunk in stream(path):
            found += chunk
            if len(found) > limit:
                raise TooLarge(f"{path.name} has more than {limit} bytes", fix="ask the keeper of the origin")
    except FileNotFoundError:
        return None
    return bytes(found)


def read(path: Place) -> bytes:
    """The bytes of `path`.

    Raises:
        InputMissing: no such file.
    """
    content = read_if_any(path)
    if content is None:
        raise InputMissing(f"no file {path.name}", fix=f"expected in {path.parent}; run the step that writes it")
    return content


def read_if_any(path: Place) -> bytes | None:
    """The bytes of `path`; None when it is not there."""
    if isinstance(path, Object):
        return objects.read_if_any(path)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def read_below(folder: Place, name: str) -> bytes | None:
    """The bytes of the file of that name below `folder`; None when it is not there. Many small ones are read so."""
    if isinstance(folder, Object):
        return objects.read_if_any(folder / name)
    try:
        with open(f"{folder}/{name}", "rb", buffering=0) as f:  # noqa: PTH123  a Path costs more than the reading
            return f.read()
    except FileNotFoundError:
        return None


def stamp(path: Place) -> tuple[object, int] | None:
    """What changes when another file takes the place of this one; None when there is none."""
    if isinstance(path, Object):
        return objects.stamp(path)
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns


def exists(path: Place) -> bool:
    """Whether there is a file or folder (a bucket: something below it)."""
    if isinstance(path, Object):
        return objects.stamp(path) is not None or bool(objects.listed(path))
    return path.exists()


def listed(folder: Place) -> list[str]:
    """Names of all files below `folder`, relative to it, sorted; temporary files of writers left out."""
    if isinstance(folder, Object):
        return objects.listed(folder)
    found = (Path(top, name) for top, _, names in os.walk(folder) for name in names if not name.startswith(TEMPORARY))
    return sorted(path.relative_to(folder).as_posix() for path in found)


def strange(folder: Place) -> list[str]:
    """Names below `folder` of links, pipes, sockets and devices, relative to it, sorted; a bucket has none."""
    if isinstance(folder, Object):
        return []
    found = [Path(top, name) for top, folders, names in os.walk(folder) for name in (*folders, *names)]
    modes = [(path, path.lstat().st_mode) for path in found]
    is_plain = {path for path, mode in modes if stat.S_ISREG(mode) or stat.S_ISDIR(mode)}
    return sorted(path.relative_to(folder).as_posix() for path in found if path not in is_plain)


def temporaries(folder: Place) -> list[Path]:
    """Temporary files of writers below `folder`, running or killed; a bucket has none."""
    return [] if isinstance(folder, Object) else sorted(folder.rglob(f"{TEMPORARY}*"))


def changed_s(path: Place) -> int | None:
    """When a file was last changed, in seconds since 1970; None when it is not there."""
    found = stamp(path)
    return None if found is None else found[1] // (1 if isinstance(path, Object) else 1_000_000_000)


def remove(path: Place) -> None:
    """Delete a file if it is there."""
    if isinstance(path, Object):
        objects.remove(path)
    else:
        path.unlink(missing_ok=True)


def write(path: Place, content: bytes) -> None:
    """Write `content` so that a reader sees the old file or the new one, never half of it."""
    if isinstance(path, Object):
        objects.write(path, content)
        return
    with _space():
        (temporary,) = _written([(path, content)])
        Path(temporary).replace(path)
        _sync_folders([path.parent])


def put_if_absent(path: Place, content: bytes) -> bool:
    """Create `path` with `content` unless it exists; True when this call created it.

    The file appears complete and synced or not at all (`link`), so two writers can race.
    """
    return put_in_order([(path, content)]) == 1


def put_in_order(named: Sequence[Named]) -> int:
    """Create the files one after another until one exists already; how many were created.

    No file appears before those in front of it, and all that were created are on disk when this returns.
    """
    local = [(path, content) for path, content in named if isinstance(path, Path)]
    if len(local) < len(named):
        created = (objects.put_if_absent(path, content) for path, content in named if isinstance(path, Object))
        return sum(1 for _ in takewhile(bool, created))
    with _space():
        written = _written(local)
        try:
            linked = (_link(temporary, path) for (path, _), temporary in zip(local, written, strict=True))
            n = sum(1 for _ in takewhile(bool, linked))
        finally:
            _remove(written)
        _sync_folders(path.parent for path, _ in local[:n])
    return n


def put_all(named: Sequence[Named]) -> None:
    """Create those of the files that are absent, in any order; all are on disk when this returns."""
    local = [(path, content) for path, content in named if isinstance(path, Path)]
    remote = [(path, content) for path, content in named if isinstance(path, Object)]
    if remote:
        with ThreadPoolExecutor(SYNC_THREADS) as pool:
            list(pool.map(lambda one: objects.put_if_absent(*one), remote))
    absent = [(path, content) for path, content in local if not _touched(path)]
    with _space():
        written = _written(absent)
        try:
            for (path, _), temporary in zip(absent, written, strict=True):
                _link(temporary, path)
        finally:
            _remove(written)
        _sync_folders(path.parent for path, _ in local)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold `path` alone among the processes of this machine; it is let go when they end, however they end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


@contextmanager
def _space() -> Iterator[None]:
    try:
        yield
    except OSError as e:
        if e.errno in (errno.ENOSPC, errno.EDQUOT):
            raise StorageFull("no space is left", fix="make space and run again; what was finished is kept") from e
        raise


def _touched(path: Path) -> bool:
    """Whether the file is there; it counts as young from now on, so that no sweeper takes it."""
    try:
        os.utime(path)
    except FileNotFoundError:
        return False
    return True


def _link(temporary: str, path: Path) -> bool:
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    return True


def _temporary(path: Path) -> str:
    return f"{path.parent.absolute()}/{TEMPORARY}{os.getpid()}-{secrets.token_hex(6)}"


def _each(act: Callable[[T], None], items: Sequence[T]) -> None:
    """`act` on every item, by several threads where there are several."""
    n = min(SYNC_THREADS, len(items))
    if n > 1:
        list(_pool(os.getpid()).map(lambda first: _in_turn(act, items[first::n]), range(n)))
    else:
        _in_turn(act, items)


def _in_turn(act: Callable[[T], None], items: Iterable[T]) -> None:
    for item in items:
        act(item)


@cache
def _pool(process: int) -> ThreadPoolExecutor:
    """Threads that stay: to start them costs more than they do. A forked process has its own."""
    del process
    return ThreadPoolExecutor(SYNC_THREADS)


def _remove(temporaries: Iterable[str]) -> None:
    for temporary in temporaries:
        with suppress(FileNotFoundError):
            os.unlink(temporary)  # noqa: PTH108  a name, as above


def _written(named: Sequence[tuple[Path, bytes]]) -> list[str]:
    """The contents in synced temporary files beside their places; none is left when one cannot be written."""
    _make_folders(named)
    temporaries = [_temporary(path) for path, _ in named]
    try:
        contents = [content for _, content in named]
        _each(lambda one: _write(*one), list(zip(temporaries, contents, strict=True)))
    except OSError:
        _remove(temporaries)
        raise
    return temporaries


def _make_folders(named: Sequence[tuple[Path, bytes]]) -> None:
    for folder in dict.fromkeys(path.parent for path, _ in named):
        _make_folder(folder)


def _make_folder(folder: Path) -> None:
    """Make a folder and those above it; a new name counts once the folder that holds it is synced."""
    if folder.is_dir():
        return
    _make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync_folders([folder.parent])


def _write(path: str, content: bytes) -> None:
    with open(path, "wb") as f:  # noqa: PTH123  a name, not a Path: half the cost of a small file
        f.write(content)
        f.flush()
        os.fsync(f.fileno())


def _sync_folders(folders: Iterable[Path]) -> None:
    for folder in dict.fromkeys(folders):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
