"""What files beside a file say about its licence: REUSE, Debian's copyright format, package metadata, Croissant.

The nearest one upwards of each kind counts, up to the root of the source. Sources: REUSE 3.3; DEP-5 1.0 (the last
paragraph whose glob matches wins); PyPA core metadata; npm package.json; MLCommons Croissant 1.0.
"""

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.parser import HeaderParser
from fnmatch import translate
from functools import cache
from pathlib import Path

from pipeline.readers import encodings
from pipeline.rules.licences import declared

Rule = tuple[re.Pattern[str], str]  # a glob over paths relative to the file's folder, and what it says
LONGEST = 4 << 20


@dataclass(frozen=True, kw_only=True, slots=True)
class LicenceFile:
    """One file that speaks for others."""

    kind: str  # reuse, dep5, package, croissant
    folder: Path
    rules: tuple[Rule, ...]  # the last one that matches wins

    def says(self, path: Path) -> str | None:
        """What it says about the file at `path`."""
        relative = path.relative_to(self.folder).as_posix()
        return next((said for glob, said in reversed(self.rules) if glob.fullmatch(relative)), None)


@dataclass(slots=True)
class Neighbours:
    """The licence files of one source, each read once."""

    root: Path
    known: dict[Path, tuple[LicenceFile, ...]] = field(default_factory=dict)

    def of(self, path: Path) -> tuple[tuple[str, str], ...]:
        """(kind, what is said) of every kind of file that speaks for `path`, nearest first."""
        sidecar = path.with_name(f"{path.name}.license")
        found = {"reuse": said} if sidecar.is_file() and (said := _header(_text(sidecar))) else {}
        for folder in (path.parent, *path.parent.parents):
            if not folder.is_relative_to(self.root):
                break
            for one in self._files(folder):
                if one.kind not in found and (said := one.says(path)) is not None:
                    found[one.kind] = said
        return tuple(found.items())

    def _files(self, folder: Path) -> tuple[LicenceFile, ...]:
        if folder not in self.known:
            read = ((name, kind, rules) for name, kind, rules in READ if (folder / name).is_file())
            made = (LicenceFile(kind=k, folder=folder, rules=rules(_text(folder / n))) for n, k, rules in read)
            self.known[folder] = tuple(one for one in made if one.rules)
        return self.known[folder]


def _text(path: Path) -> str:
    with path.open("rb") as file:
        content = file.read(LONGEST)
    return encodings.of_evidence(content) or ""


def _header(text: str) -> str | None:
    found = re.findall(r"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() :-]{2,200})", text)
    return _all([one.rstrip("- ") for one in found])


def _all(said: Sequence[str]) -> str | None:
    return " AND ".join(f"({one})" for one in said) if len(said) > 1 else next(iter(said), None)


@cache
def _glob(pattern: str, *, is_reuse: bool) -> re.Pattern[str]:
    """REUSE: `*` stays within a folder, `**` does not. DEP-5: `*` goes through folders."""
    if not is_reuse:
        return re.compile(translate(pattern.removeprefix("./")))
    parts = re.split(r"(\*\*/?|\*|\?)", pattern)
    ways = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(ways.get(part, re.escape(part)) for part in parts))


ANY = re.compile(r".*", re.DOTALL)


def _reuse(text: str) -> tuple[Rule, ...]:
    try:
        annotations = tomllib.loads(text).get("annotations", [])
    except (tomllib.TOMLDecodeError, RecursionError):
        return ((ANY, "unreadable REUSE.toml"),)
    rules: list[Rule] = []
    for one in annotations if isinstance(annotations, list) else []:
        if not isinstance(one, dict):
            continue
        said = one.get("SPDX-License-Identifier")
        paths = one.get("path", [])
        together = _all([str(s) for s in (said if isinstance(said, list) else [said]) if s])
        for path in paths if isinstance(paths, list) else [paths]:
            rules += [(_glob(str(path), is_reuse=True), together)] if together else []
    return tuple(rules)


def _dep5(text: str) -> tuple[Rule, ...]:
    """Paragraphs with `Files` and `License`; a licence that is only named has its text in a paragraph of its own."""
    rules: list[Rule] = []
    for paragraph in re.split(r"\n[ \t]*\n", text.replace("\r\n", "\n")):
        fields = HeaderParser().parsestr(paragraph.lstrip("\n"))
        files, said = fields.get("Files"), str(fields.get("License") or "").strip().splitlines()
        if files and said:
            rules += [(_glob(glob, is_reuse=False), said[0].strip()) for glob in str(files).split()]
    return tuple(rules)


def _python(text: str) -> tuple[Rule, ...]:
    said = declared(HeaderParser().parsestr(text))
    return () if said is None else ((ANY, said),)


def _npm(text: str) -> tuple[Rule, ...]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ((ANY, "unreadable package.json"),)
    said = found.get("license", found.get("licenses")) if isinstance(found, dict) else None
    named = [
        str(one.get("type", "") if isinstance(one, dict) else one)
        for one in (said if isinstance(said, list) else [said])
        if one
    ]
    return ((ANY, " OR ".join(named)),) if named else ()


def _croissant(text: str) -> tuple[Rule, ...]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return ((ANY, "unreadable croissant.json"),)
    said = found.get("license", found.get("sc:license")) if isinstance(found, dict) else None
    named = [
        str(one.get("url") or one.get("@id") or one.get("name")) if isinstance(one, dict) else str(one)
        for one in (said if isinstance(said, list) else [said])
        if one
    ]
    return ((ANY, named[0]),) if len(named) == 1 else ((ANY, _all(named) or ""),) if named else ()


READ: tuple[tuple[str, str, Callable[[str], tuple[Rule, ...]]], ...] = (
    ("REUSE.toml", "reuse", _reuse),
    (".reuse/dep5", "dep5", _dep5),
    ("debian/copyright", "dep5", _dep5),
    ("copyright", "dep5", _dep5),
    ("METADATA", "package", _python),
    ("PKG-INFO", "package", _python),
    ("package.json", "package", _npm),
    ("croissant.json", "croissant", _croissant),
)
"""File name, kind of statement, and how it is read."""
