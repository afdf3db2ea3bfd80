"""Opt-out lists: what rights holders refused, as TOML or CSV files. A line that cannot be read is a problem.

TOML: `reason`, `received_at` and arrays `domains`, `url_prefixes`, `authors`, `repositories`, `content_sha256`.
CSV: a header `kind,value`, then a refusal a line. The name of the file is the name of the list.
"""

import csv
import hashlib
import io
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
from pydantic import ConfigDict, TypeAdapter, ValidationError

from pipeline.kernels.optouts import KINDS, canonical
from pipeline.readers import encodings
from pipeline.readers.problems import Problem
from pipeline.schemas import conform
from pipeline.schemas.sources import OPT_OUTS


@dataclass(frozen=True, kw_only=True, slots=True)
class OptOutList:
    """One TOML list."""

    __pydantic_config__ = ConfigDict(extra="forbid")
    reason: str
    received_at: date
    received_from: str | None = None
    domains: tuple[str, ...] = ()
    url_prefixes: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    content_sha256: tuple[str, ...] = ()


LIST = TypeAdapter(OptOutList)
ARRAYS = {
    "domains": "domain",
    "url_prefixes": "url",
    "authors": "author",
    "repositories": "repository",
    "content_sha256": "sha256",
}
Entry = tuple[str, str, int]  # kind, value as written, line


@dataclass(frozen=True, kw_only=True, slots=True)
class OptOuts:
    """The lists of a folder."""

    entries: pa.Table  # OPT_OUTS
    problems: tuple[Problem, ...]
    sha256: str  # of all files


def read(folder: Path) -> OptOuts:
    """Every list of a folder; none where there is no such folder."""
    rows: list[tuple[str, str, str]] = []
    problems: list[Problem] = []
    digest = hashlib.sha256()
    for path in sorted(one for one in folder.glob("*") if one.suffix in (".toml", ".csv")):
        content = path.read_bytes()
        digest.update(path.name.encode() + b"\0" + content)
        text = encodings.decode(content)
        try:
            entries = list(_entries(path, text or ""))
        except (ValidationError, tomllib.TOMLDecodeError, csv.Error, KeyError) as e:
            name = str(e.errors()[0]["loc"][0]) if isinstance(e, ValidationError) else ""
            problems.append(Problem(path.name, 1, name, "no opt-out list", "docs/engineer.md shows both forms"))
            continue
        for kind, value, line in entries:
            known = canonical(kind, value)
            if known is None:
                problems.append(Problem(path.name, line, kind, "cannot be matched", _fix(kind)))
            else:
                rows.append((path.name, kind, known))
    table = conform({name: [row[i] for row in rows] for i, name in enumerate(OPT_OUTS.names)}, OPT_OUTS)
    return OptOuts(entries=table, problems=tuple(problems), sha256=digest.hexdigest())


def _entries(path: Path, text: str) -> Iterator[Entry]:
    if path.suffix == ".toml":
        found = LIST.validate_python(tomllib.loads(text))
        for array, kind in ARRAYS.items():
            yield from ((kind, value, 1) for value in getattr(found, array))
        return
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    for row in reader:
        yield row["kind"] or "", row["value"] or "", reader.line_num


def _fix(kind: str) -> str:
    return KINDS.get(kind, f"kinds are {', '.join(KINDS)}")
