"""The files that a source's patterns name; folders are listed once, however many sources share them."""

import os
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fnmatch import translate
from pathlib import Path

MAGIC = re.compile(r"[*?[]")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a source and its medium (`auto`: by its name)."""

    path: Path
    media: str


@dataclass(frozen=True, slots=True)
class Named:
    """The files that a source's patterns name, ascending, each once.

    What a pattern names is shared by all sources that have it, and put together only when somebody goes through it:
    ten thousand sources that name one big folder each hold no more than a pointer to it.
    """

    by_pattern: tuple[tuple[Path, ...], ...] = ()
    media: str = "auto"

    def __bool__(self) -> bool:
        """Whether there is any."""
        return any(self.by_pattern)

    def __iter__(self) -> Iterator[SourceFile]:
        """Each file."""
        first, *others = self.by_pattern or ((),)
        named = sorted({file for one in self.by_pattern for file in one}) if others else sorted(first)
        return (SourceFile(file, self.media) for file in named)


@dataclass(slots=True)
class Listing:
    """What was listed so far; lives as long as one reading of a register."""

    folders: dict[Path, list[str]] = field(default_factory=dict)
    found: dict[tuple[Path, str], tuple[Path, ...]] = field(default_factory=dict)

    def files(self, root: Path, patterns: Sequence[str], media: str) -> Named:
        """The files below `root` that any of the patterns names; absolute patterns name none."""
        relative = dict.fromkeys(one for one in patterns if one and not Path(one).is_absolute())
        return Named(tuple(self._named(root, one) for one in relative), media)

    def _named(self, root: Path, pattern: str) -> tuple[Path, ...]:
        if (root, pattern) not in self.found:
            self.found[root, pattern] = tuple(self._glob(root, pattern))
        return self.found[root, pattern]

    def _glob(self, root: Path, pattern: str) -> list[Path]:
        folder, slash, name = pattern.rpartition("/")
        if not MAGIC.search(pattern):
            return [root / pattern] if (root / pattern).is_file() else []
        if MAGIC.search(folder) or name == "**" or ".." in folder:
            return [file for file in root.glob(pattern) if file.is_file()]
        return self._in_folder(root / folder if slash else root, name)

    def _in_folder(self, folder: Path, pattern: str) -> list[Path]:
        names = self._names(folder)
        start = MAGIC.split(pattern)[0]
        fits = re.compile(translate(pattern)).match
        matched = []
        for position in range(bisect_left(names, start), len(names)):
            if not names[position].startswith(start):
                break
            if fits(names[position]):
                matched.append(folder / names[position])
        return matched

    def _names(self, folder: Path) -> list[str]:
        if folder not in self.folders:
            try:
                with os.scandir(folder) as entries:
                    self.folders[folder] = sorted(one.name for one in entries if one.is_file())
            except OSError:
                self.folders[folder] = []
        return self.folders[folder]
