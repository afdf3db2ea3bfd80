"""Compares registrations: two versions of one source in a lake, or two register folders. Nothing is decided here."""

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputMissing
from pipeline.readers import register
from pipeline.steps import registering
from pipeline.store import files
from pipeline.store.lake import Lake

Fields = Mapping[str, object]


@dataclass(frozen=True, kw_only=True, slots=True)
class Change:
    """A field whose value differs; None stands for a field that is not there."""

    source_id: str
    field: str
    before: object
    after: object


def versions(lake: Lake, source: str, old: int | None, new: int | None) -> list[Change]:
    """What changed between two versions of a registration; by default between the last two.

    Raises:
        InputMissing: the lake has no such source, or no such version of it.
    """
    known = registering.versions(lake, source)
    if not known:
        raise InputMissing(f"no registration of {source} in this lake", fix="Q33 lists versions: provender audit Q33")
    new = new or max(known)
    old = old or max([v for v in known if v < new], default=new)
    missing = [v for v in (old, new) if v not in known]
    if missing:
        raise InputMissing(f"{source} has no version {missing[0]}", fix=f"versions: {', '.join(map(str, known))}")
    return list(_changes(source, _recorded(lake, known[old]), _recorded(lake, known[new])))


def _recorded(lake: Lake, row: Fields) -> Fields:
    digest = row["register_sha256"]
    content = files.read(registering.evidence_path(lake, digest.hex() if isinstance(digest, bytes) else ""))
    return _fields(content, json.loads(str(row["evidence"])))


def folders(old: Path, new: Path) -> list[Change]:
    """What changed between two register folders, by source; a source that only one has differs in every field.

    Raises:
        InputMissing: one of them holds no register file.
    """
    before, after = (_folder(folder) for folder in (old, new))
    return [c for s in sorted(before.keys() | after.keys()) for c in _changes(s, before.get(s, {}), after.get(s, {}))]


def _folder(folder: Path) -> dict[str, Fields]:
    read = register.read(folder)
    evidence = zip(
        read.sources.column("source_id").to_pylist(), read.sources.column("evidence").to_pylist(), strict=True
    )
    return {source: _fields((folder / f"{source}.toml").read_bytes(), json.loads(found)) for source, found in evidence}


def _fields(content: bytes, evidence: Fields) -> Fields:
    """Every field of a register file by dotted name, and the hashes of its evidence; a broken file by its bytes."""
    try:
        found = dict(_flat("", tomllib.loads(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        found = {"file": registering.sha256(content)}
    return found | {f"{name} (bytes)": digest for name, digest in evidence.items()}


def _flat(name: str, value: object) -> Iterator[tuple[str, object]]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _flat(f"{name}.{key}".lstrip("."), one)
    elif isinstance(value, list) and any(isinstance(one, dict) for one in value):
        for n, one in enumerate(value):
            yield from _flat(f"{name}.{n}", one)
    else:
        yield name, value


def _changes(source: str, before: Fields, after: Fields) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        if before.get(name) != after.get(name):
            yield Change(source_id=source, field=name, before=before.get(name), after=after.get(name))
