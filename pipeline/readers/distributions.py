"""The Python distributions of this environment as sources: their documentation, under their own licences."""

import json
import re
from collections.abc import Iterator, Mapping
from email.message import Message  # noqa: TC003  named in an annotation of a local
from importlib.metadata import Distribution, PackagePath, distributions
from pathlib import Path

from license_expression import ExpressionError, Licensing, get_spdx_licensing

TEXTS = (".md", ".rst", ".txt", ".html")
LICENCE = re.compile(r"(?i)(^|/)(licen[cs]e|copying|notice|authors|copyright)[^/]*$")
NO_PROSE = re.compile(
    r"(?i)(requirements|entry_points|top_level|sources|stoplist|wordlist|names|tlds?|test|data|fixtures)"
)
CLASSIFIERS: Mapping[str, str] = {
    "Apache Software License": "Apache-2.0",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "zlib/libpng License": "Zlib",
    "GNU Lesser General Public License v3 (LGPLv3)": "LGPL-3.0-only",
    "GNU General Public License v2 (GPLv2)": "GPL-2.0-only",
    "GNU General Public License v3 (GPLv3)": "GPL-3.0-only",
}
SPDX: Licensing = get_spdx_licensing()


def register(folder: Path) -> int:
    """Write one register file per installed distribution with documentation to `folder`; how many.

    A distribution whose licence cannot be told is registered without one, and so refused by the stage `licences`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = {str(d.name).lower(): d for d in distributions() if d.name}
    written = 0
    for name, distribution in sorted(found.items()):
        text = _record(f"pypi-{re.sub('[^a-z0-9]+', '-', name)}", distribution)
        if text is not None:
            (folder / f"pypi-{re.sub('[^a-z0-9]+', '-', name)}.toml").write_text(text, encoding="utf-8")
            written += 1
    return written


def _record(source_id: str, distribution: Distribution) -> str | None:
    root = Path(str(distribution.locate_file(""))).resolve()
    files = sorted(str(f) for f in _documentation(distribution) if (root / str(f)).is_file())
    if not files:
        return None
    licences = sorted(str((root / str(f)).resolve()) for f in _licences(distribution) if (root / str(f)).is_file())
    expression = _expression(distribution)
    project = distribution.name
    fields: list[tuple[str, object]] = [
        ("id", source_id),
        ("name", f"{project} {distribution.version}"),
        ("kind", "open-data"),
        ("data_type", "documentation"),
        ("provider", f"authors of {project}"),
        ("jurisdiction", "unknown"),
        ("languages", ["en"]),
        ("method", "documentation files of an installed Python distribution"),
        ("intended_use", ["pretrain", "finetune", "eval"]),
        ("registrar", "provender sources distributions"),
        ("approver", "provender sources distributions"),
        ("data_grade", "general"),
        ("attribution", f"{project} {distribution.version}"),
    ]
    lines = [f"{key} = {_toml(value)}" for key, value in fields]
    lines += ["collected_from = 2026-01-01", "", "[licence]"]
    lines += [f"expression = {_toml(expression or 'NOASSERTION')}", f"text_files = {_toml(licences)}", ""]
    lines += ["[personal]", 'expected = "unknown"', 'basis = "self_disclosed_or_public"', 'names = "never"']
    lines += ['names_reason = "authors are credited in public documentation"', ""]
    lines += ["[files]", f"root = {_toml(str(root))}", f"patterns = {_toml(files)}", ""]
    return "\n".join(lines)


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


def _expression(distribution: Distribution) -> str | None:
    """License-Expression, else a License field that is an SPDX expression, else the classifiers."""
    metadata: Message = distribution.metadata  # type: ignore[assignment]
    for name in ("License-Expression", "License"):
        value = str(metadata.get(name) or "").strip()
        if value and len(value) < 200 and _is_spdx(value):
            return value
    said = [c.rpartition("::")[2].strip() for c in metadata.get_all("Classifier") or () if c.startswith("License ::")]
    known = sorted({CLASSIFIERS[c] for c in said if c in CLASSIFIERS})
    return " OR ".join(known) if known else None


def _is_spdx(value: str) -> bool:
    try:
        return SPDX.parse(value, validate=True) is not None
    except (ExpressionError, AttributeError):
        return False
