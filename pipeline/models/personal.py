"""The finder of personal information: Presidio's recognizers, ours, and names, as one plain callable."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.resources import files

from pipeline.models import names as name_models
from pipeline.models.identifiers import Found, Lookers, identified
from pipeline.models.lac import HAN
from pipeline.models.places import places
from pipeline.models.resolving import Finding, redacted, resolved, rules_by_type, together, uncovered
from pipeline.models.scan import Scan
from pipeline.models.scan import together as behind
from pipeline.models.tables import Cell

UNSCANNED = "UNSCANNED"
NAME_PPM = 850_000  # what Presidio gives to a name that spaCy found
ROUNDS = 8
LATIN = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finder:
    """Finds personal information in texts; holds models and a scanner, is never pickled nor shared by threads."""

    languages: tuple[str, ...]
    versions: dict[str, str]
    gated: bool = True
    lookers: Lookers = field(repr=False)

    def __call__(self, texts: Sequence[str], langs: Sequence[str], names: str) -> list[list[Finding]]:
        """The findings of each text, ascending by start, none overlapping.

        Args:
            texts: any; positions are code points of these.
            langs: language of each text; Han characters count as Chinese whatever it says.
            names: `always`, `with_identifiers` (only beside another finding) or `never`.
        """
        found = self._closed(texts, langs)
        if names == "never":
            return [[one for one in row if one[2] != "PERSON"] for row in found]
        wanted = [at for at, row in enumerate(found) if _wants_names(names, row)]
        for at, more in zip(wanted, self._names([(texts[at], langs[at]) for at in wanted]), strict=True):
            found[at] = resolved([*found[at], *more])
        return found

    def load(self) -> None:
        """Load the name models, so that a missing one is known before any text is read.

        Raises:
            InputMissing: a model cannot be loaded.
        """
        name_models.load(self.languages)

    def _closed(self, texts: Sequence[str], langs: Sequence[str]) -> list[list[Finding]]:
        """Findings such that the redacted texts hold none: what redaction uncovers is found too."""
        found = self._identifiers(texts, langs)
        rows = list(range(len(texts)))
        for _ in range(ROUNDS):
            left = {row: one for row in rows if (one := redacted(texts[row], found[row] or ()))}
            rows = []
            if not left:
                break
            changed = [origin.replaced for _, origin in left.values()]
            again = self._identifiers([text for text, _ in left.values()], [langs[row] for row in left], changed)
            for (row, (_, origin)), of in zip(left.items(), again, strict=True):
                more = uncovered(origin, of or ())
                found[row] = None if of is None else together(found[row] or (), more)
                rows += [row] if more else []
        for row in rows:
            found[row] = None  # redaction uncovers ever more
        return [_unscanned(text) if of is None else of for text, of in zip(texts, found, strict=True)]

    def _identifiers(
        self, texts: Sequence[str], langs: Sequence[str], changed: Sequence[Sequence[Cell]] | None = None
    ) -> list[Found]:
        return identified(texts, langs, self.lookers, gated=self.gated, changed=changed)

    def _names(self, texts: Sequence[tuple[str, str]]) -> list[list[Finding]]:
        found: list[list[Finding]] = [[] for _ in texts]
        for language in self.languages:
            chosen = [at for at, (text, lang) in enumerate(texts) if _speaks(language, text, lang)]
            if not chosen:
                continue
            rows = name_models.names(language)([texts[at][0] for at in chosen])
            for at, row in zip(chosen, rows, strict=True):
                known = [(start, end, "LOCATION") for start, end in places(texts[at][0])] if language == "zh" else []
                found[at] += [
                    (start, end, kind, NAME_PPM, rules_by_type()[kind].id) for start, end, kind in [*row, *known]
                ]
        return found


def _unscanned(text: str) -> list[Finding]:
    return [(0, len(text), UNSCANNED, 1_000_000, rules_by_type()[UNSCANNED].id)]


def _wants_names(names: str, found: Sequence[Finding]) -> bool:
    if any(one[2] == UNSCANNED for one in found):
        return False
    return names == "always" or (names == "with_identifiers" and bool(found))


def _speaks(language: str, text: str, lang: str) -> bool:
    has_han = HAN.search(text) is not None
    return has_han if language == "zh" else (lang == "en" or not has_han) and LATIN.search(text) is not None


def finder(*, languages: tuple[str, ...] = ("en", "zh"), gated: bool = True) -> Finder:
    """A finder with the recognizers of every language and the name models of `languages`.

    Args:
        languages: for which names are found; models load on first use.
        gated: false scans everything everywhere: the same findings, far slower, for tests.
    """
    return Finder(languages=languages, versions=_versions(), gated=gated, lookers=_lookers())


@cache
def _lookers() -> Lookers:
    from pipeline.models import catalogue

    presidio, chinese = catalogue.presidio(), catalogue.chinese(in_chinese=True)
    return Lookers(
        shadows=behind([*presidio, *(scan for scan in chinese if not scan.han)]),
        chinese=behind([scan for scan in chinese if scan.han]),
        foreign=behind([*presidio, *catalogue.chinese(in_chinese=False)]),
        every=behind([Scan(recognizer=one, han=True) for one in catalogue.labelled()]),
        heads=behind([Scan(recognizer=catalogue.column_head(), han=True)]),
    )


@cache
def _versions() -> dict[str, str]:
    suffixes = (files("tldextract") / ".tld_set_snapshot").read_bytes()
    found = {"presidio-analyzer": version("presidio-analyzer"), "phonenumbers": version("phonenumbers")}
    return found | {"public-suffix-list": f"sha256:{hashlib.sha256(suffixes).hexdigest()}"} | name_models.versions()
