"""Compiled sets of expressions, kept between processes: Hyperscan takes seconds over those of all recognizers.

They lie in the user's cache folder (`XDG_CACHE_HOME`, else ~/.cache) under the hash of all that made them: the
expressions, Hyperscan's version and what it uses of this processor. What cannot be read whole is compiled again.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import hyperscan

CHARACTERS = 4_000
"""Of expressions: smaller sets are compiled in less than 50 ms, and not kept."""
KEPT = 32
"""Files; the oldest go first."""
DIGEST_BYTES = 32

Numbered = Sequence[tuple[int, str]]


class Uncompilable(Exception):
    """Hyperscan cannot look for an expression."""


def database(numbered: Numbered, flags: int) -> Any:
    """A database that reports expressions by their numbers, with scratch memory; none of no expressions.

    Raises:
        Uncompilable: for an expression that Hyperscan cannot look for.
    """
    if not numbered:
        return None
    if sum(len(expression) for _, expression in numbered) < CHARACTERS:
        return _compiled(numbered, flags)
    path = folder() / f"{_key(numbered, flags)}.hs"
    found = _read(path)
    if found is None:
        found = _compiled(numbered, flags)
        with suppress(OSError):  # a folder that cannot be written to costs time alone
            _write(path, hyperscan.dumpb(found))
    return found


def folder() -> Path:
    """Where databases are kept."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "provender" / "hyperscan"


def _key(numbered: Numbered, flags: int) -> str:
    made = json.dumps([version("hyperscan"), _platform(), flags, numbered])
    return hashlib.sha256(made.encode()).hexdigest()


@cache
def _platform() -> str:
    """Hyperscan's version and the features of this processor that it compiles for, as it names them itself."""
    return repr(_compiled([(0, "a")], 0).info())


def _compiled(numbered: Numbered, flags: int) -> Any:
    made = hyperscan.Database()
    try:
        made.compile(
            expressions=[expression.encode("ascii") for _, expression in numbered],
            ids=[number for number, _ in numbered],
            elements=len(numbered),
            flags=[flags] * len(numbered),
        )
    except hyperscan.HyperscanError as e:
        raise Uncompilable from e
    return made


def _read(path: Path) -> Any:
    """The database in a file; none where there is none, where it is not whole, or where it is of another machine."""
    try:
        kept = path.read_bytes()
    except OSError:
        return None
    digest, dumped = kept[:DIGEST_BYTES], kept[DIGEST_BYTES:]
    if hashlib.sha256(dumped).digest() != digest:
        return None
    try:
        found = hyperscan.loadb(dumped, hyperscan.HS_MODE_BLOCK)
        found.scratch = hyperscan.Scratch(found)
    except hyperscan.HyperscanError:
        return None
    return found


def _write(path: Path, dumped: bytes) -> None:
    """Keep a database; another process sees it whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    with os.fdopen(handle, "wb") as out:
        out.write(hashlib.sha256(dumped).digest() + dumped)
    Path(name).replace(path)
    every = sorted(path.parent.iterdir(), key=lambda one: one.stat().st_mtime_ns)
    for old in every[:-KEPT]:
        old.unlink(missing_ok=True)
