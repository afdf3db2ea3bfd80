"""The Python distributions of this environment as sources: their documentation, under their own licences."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.message import Message  # noqa: TC003  named in an annotation of a local
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path
from typing import cast

from pipeline.rules.licences import declared

TEXTS = (".md", ".rst", ".txt", ".html")
LICENCE = re.compile(r"(?i)(^|/)(licen[cs]e|copying|notice|authors|copyright)[^/]*$")
NO_PROSE = re.compile(
    r"(?i)(^|/)(tests?|testing|fixtures|test_?data|_vendor)/"
    r"|(^|/)(requirements|constraints|entry_points|top_level|sources|stop_?words?|stoplist|word_?list|words|names|tlds?)"
    r"[^/]*\.txt$"
)
"""Text files that are no prose: lists of words, of requirements, inputs of tests."""


def register(folder: Path, site: Path | None = None, *, approver: str) -> int:
    """Write one register file per installed distribution with documentation to `folder`; how many.

    A distribution whose licence cannot be told is registered as NOASSERTION, and so refused by the stage `licences`.

    Args:
        folder: made when it is not there.
        site: a site-packages folder; that of the running environment where None.
        approver: the person who answers for them; this program registers, and a registrar does not approve.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, Distribution] = {}
    for one in distributions(path=[str(site)]) if site else distributions():
        if "Name" in one.metadata:
            found.setdefault(_slug(one.name), one)  # the first on the path is the one that is imported
    written = 0
    for name, distribution in sorted(found.items()):
        text = _record(f"pypi-{name}", distribution, approver)
        if text is not None:
            (folder / f"pypi-{name}.toml").write_text(text, encoding="utf-8")
            written += 1
    return written


def _slug(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", name.lower())


def _record(source_id: str, distribution: Distribution, approver: str) -> str | None:
    root = Path(str(distribution.locate_file(""))).resolve()
    files = sorted(str(f) for f in _documentation(distribution) if (root / str(f)).is_file())
    if not files:
        return None
    licences = sorted(str((root / str(f)).resolve()) for f in _licences(distribution) if (root / str(f)).is_file())
    metadata = [str((root / f).resolve()) for f in files if f.endswith(".dist-info/METADATA")]
    expression = declared(cast("Message", distribution.metadata))
    project = distribution.name
    fields: list[tuple[str, object]] = [
        ("id", source_id),
        ("name", f"{project} {distribution.version}"),
        ("kind", "open-data"),
        ("data_type", "documentation"),
        ("provider", f"authors of {project}"),
        ("contact", _contact(distribution)),
        ("jurisdiction", "unknown"),
        ("storage_region", "unknown"),
        ("languages", ["en"]),
        ("method", "documentation files of an installed Python distribution"),
        ("intended_use", ["pretrain", "finetune", "eval"]),
        ("is_commercial", True),
        ("retention_days", 365),
        ("registrar", "provender sources distributions"),
        ("approver", approver),
        ("data_grade", "general"),
        ("attribution", f"{project} {distribution.version}"),
    ]
    lines = [f"{key} = {_toml(value)}" for key, value in fields]
    lines += [_collected(root, distribution), "", "[licence]"]
    lines += [f"expression = {_toml(expression or 'NOASSERTION')}", f"text_files = {_toml(licences or metadata)}", ""]
    lines += ["[personal]", 'expected = "unknown"', 'basis = "self_disclosed_or_public"', 'minors = "unknown"']
    lines += ['scope = "authors are credited in documentation that they published"', 'names = "never"']
    lines += ['names_reason = "authors are credited in public documentation"', ""]
    lines += ["[files]", f"root = {_toml(str(root))}", f"patterns = {_toml(files)}", ""]
    return "\n".join(lines)


def _contact(distribution: Distribution) -> str:
    """The project's page, never a person's mailbox."""
    pages = [one.partition(",")[2].strip() for one in distribution.metadata.get_all("Project-URL") or ()]
    return next((one for one in (str(distribution.metadata["Home-page"] or ""), *pages) if "://" in one), "unknown")


def _collected(root: Path, distribution: Distribution) -> str:
    """The day of installation; where no file tells it, that nobody knows."""
    day = _installed(root, distribution)
    return f"collected_from = {day}" if day else 'undated_reason = "the installation bears no date"'


def _installed(root: Path, distribution: Distribution) -> date | None:
    """When the installer wrote its own files: INSTALLER and RECORD come with the installation, not with the archive.

    A date before 1980, the first that a wheel can hold, is that of a reproducible build and tells nothing.
    """
    for name in ("INSTALLER", "RECORD"):
        for file in distribution.files or ():
            path = root / str(file)
            if file.name == name and ".dist-info" in str(file.parent) and path.is_file():
                at = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
                return at if at > date(1980, 1, 1) else None
    return None


def _toml(value: object) -> str:
    """JSON strings and arrays are TOML."""
    return json.dumps(value, ensure_ascii=False)


def _documentation(distribution: Distribution) -> Iterator[PackagePath]:
    for file in distribution.files or ():
        name = str(file)
        if ".." in file.parts or any(c in name for c in "[]*?"):
            continue
        if name.endswith(".dist-info/METADATA") or (
            name.endswith(TEXTS) and ".dist-info" not in name and not LICENCE.search(name) and not NO_PROSE.search(name)
        ):
            yield file


def _licences(distribution: Distribution) -> Iterator[PackagePath]:
    for file in distribution.files or ():
        if ".dist-info/" in str(file) and LICENCE.search(str(file)) and "authors" not in str(file).lower():
            yield file
