"""The register: one TOML file per source. What is wrong with a file is a problem with line and field, never a crash."""

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal

import pyarrow as pa
from pydantic import ConfigDict, TypeAdapter, ValidationError

from pipeline.errors import InputMissing
from pipeline.readers import encodings
from pipeline.rules import sources as rules
from pipeline.schemas import conform
from pipeline.schemas.sources import LICENCE_TEXTS, SOURCES

STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True, slots=True)
class Licence:
    """What the source says about its licence."""

    __pydantic_config__ = STRICT
    expression: str | None = None
    text_file: str | None = None
    text_files: tuple[str, ...] = ()
    url: str | None = None
    captured_at: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Contract:
    """The contract of a commercial source."""

    __pydantic_config__ = STRICT
    file: str | None = None
    parties: str | None = None
    scope: str | None = None
    territory: str | None = None
    expires_at: date | None = None
    is_training_allowed: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorisation:
    """What users agreed to."""

    __pydantic_config__ = STRICT
    service: str | None = None
    version: str | None = None
    scope: str | None = None
    file: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reservations:
    """What the publisher reserved when the source was collected."""

    __pydantic_config__ = STRICT
    robots_file: str | None = None
    agent: str | None = None
    url: str | None = None
    fetched_at: date | None = None
    terms_file: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Commitments:
    """The counterparty's three commitments."""

    __pydantic_config__ = STRICT
    source: bool | None = None
    quality: bool | None = None
    safety: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Assessment:
    """A sample looked at before collection."""

    __pydantic_config__ = STRICT
    n: int | None = None
    n_bad: int | None = None
    method: str | None = None
    by: str | None = None
    at: date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Personal:
    """Personal information expected in the source, and the basis for it."""

    __pydantic_config__ = STRICT
    expected: Literal["yes", "no", "unknown"] | None = None
    basis: rules.Basis | None = None
    proof_file: str | None = None
    minors: Literal["yes", "no", "unknown"] | None = None
    names: Literal["always", "with_identifiers", "never"] | None = None
    names_reason: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Generator:
    """The model that wrote a synthetic source."""

    __pydantic_config__ = STRICT
    model: str | None = None
    version: str | None = None
    terms: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Files:
    """Where the bytes of the source are."""

    __pydantic_config__ = STRICT
    root: str = "."
    patterns: tuple[str, ...] = ()
    media: Literal["auto", "jsonl", "parquet", "warc", "html", "text", "metadata"] = "auto"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRecord:
    """One register file. Which fields are compulsory depends on `kind` (rules/sources.toml)."""

    __pydantic_config__ = STRICT
    id: str
    kind: Literal["open-data", "self-collected", "commercial", "user-data", "government", "public-domain", "synthetic"]
    name: str | None = None
    data_type: str | None = None
    provider: str | None = None
    provider_id: str | None = None
    contact: str | None = None
    jurisdiction: str | None = None
    storage_region: str | None = None
    languages: tuple[str, ...] = ()
    collected_from: date | None = None
    collected_to: date | None = None
    is_ongoing: bool = False
    method: str | None = None
    intended_use: tuple[Literal["pretrain", "finetune", "eval"], ...] = ()
    domain: str | None = None
    url: str | None = None
    upstream: tuple[str, ...] = ()
    attribution: str | None = None
    registrar: str | None = None
    approver: str | None = None
    data_grade: Literal["general", "important", "core"] | None = None
    is_secrecy_declared: bool | None = None
    retention_days: int | None = None
    licence: Licence = field(default_factory=Licence)
    contract: Contract = field(default_factory=Contract)
    authorisation: Authorisation = field(default_factory=Authorisation)
    reservations: Reservations = field(default_factory=Reservations)
    commitments: Commitments = field(default_factory=Commitments)
    assessment: Assessment = field(default_factory=Assessment)
    personal: Personal = field(default_factory=Personal)
    generator: Generator = field(default_factory=Generator)
    files: Files = field(default_factory=Files)


RECORD = TypeAdapter(SourceRecord)


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a register file, where, and what to do."""

    file: str
    line: int
    field: str
    message: str
    fix: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a source and its medium (`auto`: by its name)."""

    path: Path
    media: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """A folder of sources, read."""

    sources: pa.Table  # SOURCES, ascending by file name
    files: Mapping[str, tuple[SourceFile, ...]]
    texts: pa.Table  # LICENCE_TEXTS
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Found:
    row: dict[str, object]
    files: tuple[SourceFile, ...] = ()
    texts: list[tuple[str, str, bytes, str]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def schema() -> dict[str, object]:
    """The JSON Schema of a register file."""
    return RECORD.json_schema()


def read(folder: Path) -> Register:
    """Every register file of `folder`, good and bad.

    Raises:
        InputMissing: no such folder, or no TOML file in it.
    """
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise InputMissing("no register files", fix="give a folder with one TOML file per source")
    found = [_read(path) for path in paths]
    texts = [text for one in found for text in one.texts]
    columns = dict(zip(LICENCE_TEXTS.names, zip(*texts, strict=True), strict=True)) if texts else {}
    return Register(
        sources=conform({name: [one.row.get(name) for one in found] for name in SOURCES.names}, SOURCES),
        files={str(one.row["source_id"]): one.files for one in found},
        texts=conform(dict(columns), LICENCE_TEXTS) if texts else LICENCE_TEXTS.empty_table(),
        problems=tuple(problem for one in found for problem in one.problems),
    )


def _read(path: Path) -> _Found:
    content = _bytes(path)
    row: dict[str, object] = {"source_id": path.stem, "kind": "unknown", "missing": []}
    found = _Found(row=row | {"register_sha256": hashlib.sha256(content or b"").digest()})
    try:
        text = (content or b"").decode("utf-8-sig")
        record = RECORD.validate_python(tomllib.loads(text))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        line = re.search(r"line (\d+)", str(e))
        _problem(found, path, int(line[1]) if line else 1, "", "not TOML in UTF-8", "correct the file at this line")
    except ValidationError as e:
        for error in e.errors():
            name = ".".join(str(part) for part in error["loc"])
            fix = "correct the field; docs/generated/source.schema.json lists all of them"
            _problem(found, path, line_of(text, name), name, error["msg"], fix)
    else:
        _complete(found, path, text, record)
    found.row["missing"] = sorted({p.field or "file" for p in found.problems})
    return found


def _problem(found: _Found, path: Path, line: int, name: str, message: str, fix: str) -> None:  # noqa: PLR0917
    found.problems.append(Problem(path.name, line, name, message, fix))


def _complete(found: _Found, path: Path, text: str, record: SourceRecord) -> None:
    found.row |= _row(record)
    if record.id != path.stem:
        _problem(
            found, path, line_of(text, "id"), "id", "the id is not the name of the file", f"name it {record.id}.toml"
        )
        found.row["source_id"] = path.stem
    for name in rules.compulsory(record.kind):
        if all(value(record, one) in (None, (), "") for one in name.split("|")):
            fix = f"state {' or '.join(name.split('|'))}: {record.kind} is not read without it"
            first = name.partition("|")[0]
            _problem(found, path, line_of(text, first), first, "compulsory for this kind", fix)
    for name, message, fix in _incoherent(record):
        _problem(found, path, line_of(text, name), name, message, fix)
    _evidence(found, path, text, record)
    _files(found, path, text, record)


def _incoherent(record: SourceRecord) -> Iterator[tuple[str, str, str]]:
    """Field, message and fix of what cannot be true together."""
    begin, end = record.collected_from, record.collected_to
    if begin and end and end < begin:
        yield "collected_to", "before collected_from", "correct one of the dates"
    n, bad = record.assessment.n, record.assessment.n_bad
    if n is not None and (n < 1 or (bad is not None and not 0 <= bad <= n)):
        yield "assessment.n_bad", "no share of the sample", "give 0 <= n_bad <= n and n >= 1"
    if record.personal.names == "never" and not record.personal.names_reason:
        yield "personal.names_reason", "compulsory where names are never redacted", "state why names may stay"


def _files(found: _Found, path: Path, text: str, record: SourceRecord) -> None:
    root = (path.parent / record.files.root).resolve()
    relative = [pattern for pattern in record.files.patterns if pattern and not Path(pattern).is_absolute()]
    named = sorted({file for pattern in relative for file in root.glob(pattern) if file.is_file()})
    found.files = tuple(SourceFile(file, record.files.media) for file in named)
    if record.files.patterns and not named:
        _problem(
            found,
            path,
            line_of(text, "files.patterns"),
            "files.patterns",
            "names no file",
            "patterns are relative to root",
        )


def value(record: object, name: str) -> object:
    """The field of a record by its dotted name."""
    for part in name.split("."):
        record = getattr(record, part)
    return record


def _row(record: SourceRecord) -> dict[str, object]:
    agreed = (record.commitments.source, record.commitments.quality, record.commitments.safety)
    return {
        "source_id": record.id,
        "name": record.name,
        "kind": record.kind,
        "data_type": record.data_type,
        "origin": record.jurisdiction,
        "licence_declared": record.licence.expression,
        "licence_captured_us": _us(record.licence.captured_at),
        "collected_from_us": _us(record.collected_from),
        "collected_to_us": _us(record.collected_to),
        "contains_pi": record.personal.expected,
        "pi_basis": record.personal.basis,
        "has_minors": record.personal.minors,
        "attribution": record.attribution or record.name,
        "names_policy": record.personal.names,
        "data_grade": record.data_grade,
        "intended_use": list(record.intended_use),
        "robots_agent": record.reservations.agent,
        "robots_url": record.reservations.url,
        "n_assessed": record.assessment.n,
        "n_bad": record.assessment.n_bad,
        "is_committed": None if agreed == (None,) * 3 else all(agreed),
        "contract_expires_us": _us(record.contract.expires_at),
        "is_training_allowed": record.contract.is_training_allowed,
    }


def _us(day: date | None) -> int | None:
    return None if day is None else int(datetime.combine(day, time(), UTC).timestamp()) * 1_000_000


EVIDENCE = (
    "licence.text_file",
    "contract.file",
    "authorisation.file",
    "reservations.robots_file",
    "reservations.terms_file",
    "personal.proof_file",
)


def _evidence(found: _Found, path: Path, text: str, record: SourceRecord) -> None:
    named = [(name, value(record, name)) for name in EVIDENCE]
    named += [("licence.text_files", name) for name in record.licence.text_files]
    for name, file in named:
        if file is None:
            continue
        content = _bytes(path.parent / str(file))
        decoded = None if content is None else encodings.decode(content)
        if content is None or decoded is None:
            message = "evidence file missing" if content is None else "evidence in an unknown encoding"
            _problem(
                found, path, line_of(text, name), name, message, "put the file there, as UTF-8, or correct the name"
            )
        elif name == "reservations.robots_file":
            found.row["robots_text"] = decoded
        elif name.startswith(("licence", "contract", "authorisation")):
            one = (str(found.row["source_id"]), Path(str(file)).name, hashlib.sha256(content).digest(), decoded)
            found.texts += [one] if one not in found.texts else []


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (OSError, ValueError):
        return None


def line_of(text: str, name: str) -> int:
    """The line on which a dotted field stands; that of its table, or 1, where it is absent."""
    table, _, key = name.rpartition(".")
    current, fallback = "", 1
    for number, line in enumerate(text.splitlines(), 1):
        header = re.match(r"\s*\[([^\[\]]+)\]", line)
        if header:
            current = header[1].strip()
            fallback = number if current == table else fallback
        elif current == table and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return number
    return fallback
