"""The register: one TOML file per source. What is wrong with a file is a problem with line and field, never a crash."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path
from unicodedata import normalize

import pyarrow as pa
from pydantic import ValidationError

from pipeline.errors import InputMissing
from pipeline.kernels.expressions import canonical
from pipeline.readers import encodings, evidence, optouts
from pipeline.readers.evidence import Flaw
from pipeline.readers.problems import Problem
from pipeline.readers.register_fields import RECORD, Reservations, Site, SourceRecord, schema, value
from pipeline.readers.source_files import Listing, Named, SourceFile
from pipeline.rules import personal_policy as policy
from pipeline.rules import sources as rules
from pipeline.schemas import conform
from pipeline.schemas.sources import LICENCE_TEXTS, SOURCES

__all__ = ["Problem", "Register", "SourceFile", "line_of", "read", "schema"]

LICENCE_EVIDENCE = ("licence.text_file", "contract.", "authorisation.")
"""Evidence whose text the stage `licences` reads."""
SITE_TEXTS = {"robots_file": "robots", "tdmrep_file": "tdmrep", "ai_txt_file": "ai_txt", "rsl_file": "rsl"}
KEY = re.compile(r"""\s*["']?([A-Za-z0-9_.-]+)["']?\s*=""")
HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
COHERENT_STATUS = range(200, 300)


@dataclass(frozen=True, kw_only=True, slots=True)
class Register:
    """A folder of sources, read."""

    sources: pa.Table  # SOURCES, ascending by file name
    files: Mapping[str, Named]
    texts: pa.Table  # LICENCE_TEXTS
    optouts: pa.Table  # OPT_OUTS
    problems: tuple[Problem, ...]  # of register files
    list_problems: tuple[Problem, ...]  # of opt-out lists
    evidence: Mapping[str, Path]  # hex SHA-256 of every register and evidence file, and where it lies
    sha256: str  # of all that was read: register files, evidence, opt-out lists
    registrars: tuple[str, ...] = ()  # who registered, ascending


@dataclass(slots=True)
class _Found:
    path: Path
    row: dict[str, object]
    text: str = ""
    files: Named = field(default_factory=Named)
    texts: list[tuple[str, str, bytes, str]] = field(default_factory=list)
    evidence: dict[str, str] = field(default_factory=dict)  # field -> hex digest
    problems: list[Problem] = field(default_factory=list)

    def problem(self, name: str, message: str, fix: str) -> None:
        self.problems.append(Problem(self.path.name, line_of(self.text, name), name, message, fix))


@dataclass(slots=True)
class _Shelf:
    """Evidence files read so far: many sources may name the same ones."""

    listing: Listing = field(default_factory=Listing)
    contents: dict[Path, tuple[bytes, bytes, str | None] | None] = field(default_factory=dict)
    places: dict[str, Path] = field(default_factory=dict)

    def content(self, path: Path) -> tuple[bytes, bytes, str | None] | None:
        """Bytes, SHA-256 and text of a file; None where it cannot be read."""
        if path not in self.contents:
            found = _bytes(path)
            self.contents[path] = (
                None if found is None else (found, self.keep(path, found), encodings.of_evidence(found))
            )
        return self.contents[path]

    def keep(self, path: Path, content: bytes) -> bytes:
        digest = hashlib.sha256(content)
        self.places[digest.hexdigest()] = path
        return digest.digest()


def read(folder: Path) -> Register:
    """Every register file of `folder`, good and bad, and the opt-out lists in its folder `opt-outs`.

    Raises:
        InputMissing: no such folder, or no TOML file in it.
    """
    paths = sorted(folder.glob("*.toml"))
    if not paths:
        raise InputMissing("no register files", fix="give a folder with one TOML file per source")
    shelf = _Shelf()
    found = [_read(path, shelf) for path in paths]
    texts = [text for one in found for text in one.texts]
    listed = optouts.read(folder / "opt-outs")
    return Register(
        sources=conform({name: [one.row.get(name) for one in found] for name in SOURCES.names}, SOURCES),
        files={str(one.row["source_id"]): one.files for one in found},
        texts=conform({n: [text[i] for text in texts] for i, n in enumerate(LICENCE_TEXTS.names)}, LICENCE_TEXTS),
        optouts=listed.entries,
        problems=tuple(problem for one in found for problem in one.problems),
        list_problems=listed.problems,
        evidence=shelf.places,
        sha256=_digest(found, listed.sha256),
        registrars=tuple(sorted({str(one.row["registrar"]) for one in found if one.row.get("registrar")})),
    )


def _digest(found: list[_Found], lists: str) -> str:
    parts = [f"{one.path.name} {one.row['register_sha256']!r} {one.row['evidence']}" for one in found]
    return hashlib.sha256("\n".join([*parts, lists]).encode()).hexdigest()


def _read(path: Path, shelf: _Shelf) -> _Found:
    content = _bytes(path) or b""
    digest = shelf.keep(path, content)
    found = _Found(path, {"source_id": path.stem, "kind": "unknown", "missing": [], "register_sha256": digest})
    try:
        found.text = content.decode("utf-8-sig")
        record = RECORD.validate_python(tomllib.loads(found.text))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as e:
        line = re.search(r"line (\d+)", str(e))
        where = int(line[1]) if line else 1
        is_dated = "Invalid date" in str(e)
        message = "a date that does not exist" if is_dated else "not TOML in UTF-8"
        found.problems.append(Problem(path.name, where, "", message, "correct the file at this line"))
    except ValidationError as e:
        for error in e.errors():
            name = ".".join(str(part) for part in error["loc"])
            fix = "correct the field; docs/generated/source.schema.json lists all of them"
            found.problem(name, error["msg"], fix)
    else:
        _complete(found, record, shelf)
    found.row["missing"] = sorted({p.field or "file" for p in found.problems})
    found.row["evidence"] = json.dumps(found.evidence, sort_keys=True)
    return found


def _complete(found: _Found, record: SourceRecord, shelf: _Shelf) -> None:
    found.row |= _row(record)
    if record.id != found.path.stem:
        found.problem("id", "the id is not the name of the file", f"name it {record.id}.toml")
        found.row["source_id"] = found.path.stem
    for name in rules.compulsory(record.kind, None if record.personal.expected == "no" else record.personal.basis):
        if all(value(record, one) in (None, (), "") for one in name.split("|")):
            fix = f"state {' or '.join(name.split('|'))}: {record.kind} is not read without it"
            found.problem(name.partition("|")[0], "compulsory for this kind", fix)
    for name, message, fix in _incoherent(record):
        found.problem(name, message, fix)
    found.row["sites"] = [_site(found, *site, shelf) for site in _sites(record.reservations)]
    for name, file in _evidence(record):
        _take(found, name, file, shelf)
    root = (found.path.parent / record.files.root).resolve()
    found.row["files_root"] = str(root)
    found.files = shelf.listing.files(root, record.files.patterns, record.files.media)
    if record.files.patterns and not found.files:
        found.problem("files.patterns", "names no file", "patterns are relative to root")


def _incoherent(record: SourceRecord) -> Iterator[tuple[str, str, str]]:
    """Field, message and fix of what cannot be true together."""
    begin, end = record.collected_from, record.collected_to
    if begin and end and end < begin:
        yield "collected_to", "before collected_from", "correct one of the dates"
    starts, expires = record.contract.starts_at, record.contract.expires_at
    if starts and expires and expires < starts:
        yield "contract.expires_at", "before contract.starts_at", "correct one of the dates"
    for name in ("assessment", "assessment_after"):
        n, bad = value(record, f"{name}.n"), value(record, f"{name}.n_bad")
        if isinstance(n, int) and (n < 1 or (isinstance(bad, int) and not 0 <= bad <= n)):
            yield f"{name}.n_bad", "no share of the sample", "give 0 <= n_bad <= n and n >= 1"
    if record.personal.names == "never" and not record.personal.names_reason:
        yield "personal.names_reason", "compulsory where names are never redacted", "state why names may stay"
    if kinds := policy.beyond(policy.bases().get(record.personal.basis or ""), record.personal.keeps):
        fix = "take them out, or state a basis that carries them (rules/personal_classes.toml)"
        yield "personal.keeps", f"the basis does not carry {', '.join(sorted(kinds))}", fix
    yield from _unconfirmed(record)
    if record.retention_days is not None and record.retention_days < 0:
        yield "retention_days", "less than no day", "give the days after which the raw bytes are deleted"
    yield from _impossible(record)


def _impossible(record: SourceRecord) -> Iterator[tuple[str, str, str]]:
    for name, site in _sites(record.reservations):
        if site.redirects < 0 or not (site.http_status is None or 100 <= site.http_status < 600):
            yield f"{name}.http_status", "no HTTP status or number of redirects", "give what the server answered"
        if "://" not in site.url:
            yield f"{name}.url", "no absolute URL", "give scheme and host, such as https://a.example/"
        if site.http_status in COHERENT_STATUS and site.robots_file is None:
            yield f"{name}.http_status", "robots.txt was there and is not kept", "give robots_file, or the real status"


def _unconfirmed(record: SourceRecord) -> Iterator[tuple[str, str, str]]:
    said = record.licence
    if (said.confirmed_by is None) != (said.confirmed_at is None):
        yield "licence.confirmed_by", "a confirmation has a person and a date", "state both, or neither"
    if said.url and said.captured_at is None:
        yield "licence.captured_at", "compulsory beside licence.url", "give the day on which the page was fetched"
    if said.confirmed_at and said.captured_at and said.confirmed_at < said.captured_at:
        yield "licence.confirmed_at", "before licence.captured_at", "have the text confirmed that is kept now"
    if (said.expression or "").strip() not in {"", "NOASSERTION", "NONE"} and canonical(said.expression or "") is None:
        fix = "give SPDX identifiers with AND, OR, WITH; LicenseRef-NAME for others; NOASSERTION where nobody knows"
        yield "licence.expression", "no SPDX expression", fix


def _sites(given: Reservations) -> list[tuple[str, Site]]:
    """The sites of a source, each with the dotted name of its table."""
    own = {one: getattr(given, one) for one in asdict(Site(url="")) if one != "url"}
    first = [("reservations", Site(url=given.url or "", **own))] if given.url else []
    return first + [(f"reservations.site.{n}", site) for n, site in enumerate(given.site)]


def _site(found: _Found, name: str, site: Site, shelf: _Shelf) -> dict[str, object]:
    """A row of `SITE`. Its files may be empty, and are read leniently: crawlers take any bytes for robots.txt."""
    row: dict[str, object] = {"url": site.url, "http_status": site.http_status, "redirects": site.redirects}
    row["fetched_us"] = _us(site.fetched_at)
    for attribute, column in SITE_TEXTS.items():
        file = getattr(site, attribute)
        content = None if file is None else shelf.content(found.path.parent / str(file))
        if file is not None and content is None:
            found.problem(f"{name}.{attribute}", "evidence file missing", "put the file there, or correct the name")
        elif content is not None:
            row[column] = content[2] if content[2] is not None else content[0].decode("utf-8", "replace")
            found.evidence[f"{name}.{attribute}"] = content[1].hex()
    if isinstance(row.get("tdmrep"), str) and not _is_list(str(row["tdmrep"])):
        found.problem(f"{name}.tdmrep_file", "no JSON array", "leave it out where the site has none, or fetch it again")
    return row


def _is_list(text: str) -> bool:
    try:
        return isinstance(json.loads(text.removeprefix("\ufeff")), list)
    except (ValueError, RecursionError):
        return False


GONE = Flaw("evidence file missing", "put the document itself there, or correct the name")
HEADERS = "licence.headers_file"
EVIDENCE = (
    "licence.text_file",
    HEADERS,
    "contract.file",
    "authorisation.file",
    "collection.record_file",
    "reservations.terms_file",
    "commitments.file",
    "generator.terms_file",
    "personal.proof_file",
)


def _evidence(record: SourceRecord) -> Iterator[tuple[str, str]]:
    """Field and file of what must be there, be readable and say something."""
    named = [(name, value(record, name)) for name in EVIDENCE]
    named += [(f"licence.text_files.{n}", file) for n, file in enumerate(record.licence.text_files)]
    named += [(f"upstream.{n}.text_file", one.text_file) for n, one in enumerate(record.upstream)]
    return ((name, str(file)) for name, file in named if file is not None)


def _take(found: _Found, name: str, file: str, shelf: _Shelf) -> None:
    content = shelf.content(found.path.parent / file)
    wrong = _unusable(name, content)
    if content is None or wrong is not None:
        found.problem(name, *(wrong or GONE))
        return
    found.evidence[name] = content[1].hex()
    if name.startswith(LICENCE_EVIDENCE):
        one = (str(found.row["source_id"]), Path(file).name, content[1], str(content[2]))
        found.texts += [one] if one not in found.texts else []


def _unusable(name: str, content: tuple[bytes, bytes, str | None] | None) -> Flaw | None:
    """Why a file is no evidence."""
    if content is None:
        return GONE
    if content[2] is None:
        return Flaw("evidence in an unknown encoding", "put it there as UTF-8, and keep the original beside it")
    return evidence.flaw(content[2]) or (evidence.flaw_of_headers(content[2]) if name == HEADERS else None)


def _row(record: SourceRecord) -> dict[str, object]:
    agreed = (record.commitments.source, record.commitments.quality, record.commitments.safety)
    allowed = record.generator if record.kind == "synthetic" else record.contract
    return {
        "source_id": record.id,
        "name": record.name,
        "kind": record.kind,
        "data_type": record.data_type,
        "modality": list(record.modality),
        "languages": list(record.languages),
        "origin": record.jurisdiction,
        "storage_region": record.storage_region,
        "export_mechanism": record.export_mechanism,
        "licence_declared": record.licence.expression,
        "licence_captured_us": _us(record.licence.captured_at),
        "licence_confirmed_by": record.licence.confirmed_by,
        "licence_confirmed_us": _us(record.licence.confirmed_at),
        "is_per_document": bool(record.licence.is_per_document),
        "collected_from_us": _us(record.collected_from),
        "collected_to_us": _us(record.collected_to),
        "is_ongoing": record.is_ongoing,
        "recheck_us": _us(record.recheck_at),
        "contains_pi": record.personal.expected,
        "pi_basis": record.personal.basis,
        "has_minors": record.personal.minors,
        "attribution": record.attribution or record.name,
        "names_policy": record.personal.names,
        "personal_profile": record.personal.profile,
        "personal_keeps": list(record.personal.keeps),
        "data_grade": record.data_grade,
        "is_secret": record.is_secrecy_declared,
        "intended_use": list(record.intended_use),
        "is_commercial": record.is_commercial,
        "registrar": record.registrar,
        "is_self_approved": _is_same(record.registrar, record.approver),
        "robots_agent": record.reservations.agent,
        "n_assessed": record.assessment.n,
        "n_bad": record.assessment.n_bad,
        "assessed_us": _us(record.assessment.at),
        "n_assessed_after": record.assessment_after.n,
        "n_bad_after": record.assessment_after.n_bad,
        "is_committed": None if agreed == (None,) * 3 else all(agreed),
        "review": record.commitments.review,
        "contract_starts_us": _us(record.contract.starts_at),
        "contract_expires_us": _us(record.contract.expires_at),
        "is_training_allowed": allowed.is_training_allowed,
        "is_origin_warranted": record.contract.is_origin_warranted,
        "upstream": [{"id": one.id, "licence": one.licence} for one in record.upstream],
    }


def _is_same(one: str | None, other: str | None) -> bool | None:
    """Whether two names are one person's, however they are written."""
    if one is None or other is None:
        return None
    return " ".join(normalize("NFKC", one).casefold().split()) == " ".join(normalize("NFKC", other).casefold().split())


def _us(day: date | None) -> int | None:
    return None if day is None else int(datetime.combine(day, time(), UTC).timestamp()) * 1_000_000


def _bytes(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except (OSError, ValueError):
        return None


def line_of(text: str, name: str) -> int:
    """The line on which a dotted field stands; that of the nearest table around it, or 1, where it is absent."""
    best, line = 0, 1
    wanted, table = name.split("."), ""
    counts: dict[str, int] = {}
    for number, content in enumerate(text.splitlines(), 1):
        header, key = HEADER.match(content), KEY.match(content)
        if header:
            table = header[2]
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = f"{table}.{counts[table]}"
        path = table if header else f"{table}.{key[1]}".lstrip(".") if key else ""
        parts = path.split(".") if path else []
        if len(parts) > best and wanted[: len(parts)] == parts:
            best, line = len(parts), number
    return line
