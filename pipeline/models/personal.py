"""The finder of personal information: Presidio's recognizers, ours, and names, as one plain callable."""

import hashlib
import re
from bisect import bisect_left, insort
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from operator import itemgetter
from typing import Any

from pipeline.kernels.disguises import original, revealed
from pipeline.kernels.masking import BEHIND_CHARS, dropped, masked
from pipeline.models import names as name_models
from pipeline.models.accelerated import Hit, Unscannable
from pipeline.models.labelled import Labelled, labelled
from pipeline.models.lac import HAN
from pipeline.models.places import places
from pipeline.models.scan import CJK_RUN, Scans, shadow, together
from pipeline.rules import personal as rules_of

Finding = tuple[int, int, str, int, str]  # start, end (code points), type, score in ppm, rule id

UNSCANNED = "UNSCANNED"
NAME_PPM = 850_000  # what Presidio gives to a name that spaCy found
ROUNDS = 8
LATIN = re.compile(r"[A-Za-z]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Finder:
    """Finds personal information in texts; built once per process, holds models, is never pickled."""

    languages: tuple[str, ...]
    versions: dict[str, str]
    gated: bool = True
    chinese: tuple[Scans, Scans] = field(repr=False)  # for documents with Han characters or in Chinese
    foreign: Scans = field(repr=False)  # for other documents
    labelled: Labelled = field(repr=False)  # for all documents

    def __call__(self, texts: Sequence[str], langs: Sequence[str], names: str) -> list[list[Finding]]:
        """The findings of each text, ascending by start, none overlapping.

        Args:
            texts: any; positions are code points of these.
            langs: language of each text; Han characters count as Chinese whatever it says.
            names: `always`, `with_identifiers` (only beside another finding) or `never`.
        """
        found = [self._scanned(text, lang) for text, lang in zip(texts, langs, strict=True)]
        if names == "never":
            return [[one for one in row if one[2] != "PERSON"] for row in found]
        wanted = [at for at, row in enumerate(found) if _wants_names(names, row)]
        for at, more in zip(wanted, self._names([(texts[at], langs[at]) for at in wanted]), strict=True):
            found[at] = _resolved([*found[at], *more])
        return found

    def load(self) -> None:
        """Load the name models, so that a missing one is known before any text is read.

        Raises:
            InputMissing: a model cannot be loaded.
        """
        name_models.load(self.languages)

    def _scanned(self, text: str, lang: str) -> list[Finding]:
        try:
            return self._closed(text, lang)
        except Unscannable:
            return [(0, len(text), UNSCANNED, 1_000_000, _rules()[UNSCANNED].id)]

    def _closed(self, text: str, lang: str) -> list[Finding]:
        """Findings such that the redacted text holds none: what redaction uncovers is found too."""
        found = self._identifiers(text, lang)
        for _ in range(ROUNDS):
            more = _uncovered(text, found, lambda masked: self._identifiers(masked, lang))
            if not more:
                return found
            found = sorted([*(f for f in found if not _within(f, more)), *more])
        raise Unscannable

    def _identifiers(self, text: str, lang: str) -> list[Finding]:
        from pipeline.models.catalogue import context_score

        plain, origin = revealed(text)
        found = []
        for recognizer, (start, end, score) in self._hits(plain, lang):
            kind = recognizer.supported_entities[0]
            boosted = context_score(recognizer, plain, start, end, score)
            found.append((*original(origin, start, end), kind, round(boosted * 1_000_000), _rules()[kind].id))
        return _resolved(found)

    def _hits(self, plain: str, lang: str) -> Iterator[tuple[Any, Hit]]:
        for scans, seen in self._views(plain, lang):
            for scan, hit in scans.hits(seen, gated=self.gated):
                yield scan.recognizer, hit
        yield from self.labelled.hits(plain, gated=self.gated)

    def _views(self, plain: str, lang: str) -> list[tuple[Scans, str]]:
        if lang == "zh" or CJK_RUN.search(plain):
            return list(zip(self.chinese, (shadow(plain), plain), strict=True))
        return [(self.foreign, plain)]

    def _names(self, texts: Sequence[tuple[str, str]]) -> list[list[Finding]]:
        found: list[list[Finding]] = [[] for _ in texts]
        for language in self.languages:
            chosen = [at for at, (text, lang) in enumerate(texts) if _speaks(language, text, lang)]
            if not chosen:
                continue
            rows = name_models.names(language)([texts[at][0] for at in chosen])
            for at, row in zip(chosen, rows, strict=True):
                known = [(start, end, "LOCATION") for start, end in places(texts[at][0])] if language == "zh" else []
                found[at] += [(start, end, kind, NAME_PPM, _rules()[kind].id) for start, end, kind in [*row, *known]]
        return found


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
    from pipeline.models import catalogue

    presidio, chinese = catalogue.presidio(), catalogue.chinese(in_chinese=True)
    return Finder(
        languages=languages,
        versions=_versions(),
        gated=gated,
        chinese=(
            together([*presidio, *(scan for scan in chinese if not scan.han)]),
            together([scan for scan in chinese if scan.han]),
        ),
        foreign=together([*presidio, *catalogue.chinese(in_chinese=False)]),
        labelled=labelled(catalogue.labelled()),
    )


@cache
def _versions() -> dict[str, str]:
    suffixes = (files("tldextract") / ".tld_set_snapshot").read_bytes()
    found = {"presidio-analyzer": version("presidio-analyzer"), "phonenumbers": version("phonenumbers")}
    return found | {"public-suffix-list": f"sha256:{hashlib.sha256(suffixes).hexdigest()}"} | name_models.versions()


@cache
def _rules() -> dict[str, rules_of.EntityRule]:
    return rules_of.by_entity(rules_of.rules())


@cache
def _severity() -> dict[str, int]:
    return {rule.entity: position for position, rule in enumerate(rules_of.rules())}


def _redacts(finding: Finding) -> bool:
    rule = _rules()[finding[2]]
    return rule.action == "redact" and finding[3] >= rule.threshold_ppm


def _resolved(found: Sequence[Finding]) -> list[Finding]:
    """Without what is too uncertain to list, and of overlapping findings the one to act on, surer, longer, severer."""
    listed = {f for f in found if _rules()[f[2]].action != "off" and f[3] >= _rules()[f[2]].report_ppm}
    order = sorted(listed, key=lambda f: (not _redacts(f), -f[3], f[0] - f[1], _severity()[f[2]], f))
    taken: list[Finding] = []
    for one in order:
        if not _within(one, taken):
            insort(taken, one)
    return taken


def _within(finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether it overlaps one of others that ascend and do not overlap each other."""
    at = bisect_left(others, finding[1], key=itemgetter(0))
    return at > 0 and others[at - 1][1] > finding[0]


def _uncovered(text: str, found: Sequence[Finding], find: Callable[[str], list[Finding]]) -> list[Finding]:
    """Redactable findings of the redacted text, in positions of `text`."""
    acted = [f for f in found if _redacts(f)]
    if not acted:
        return []
    parts, origin, end = [], [], 0
    for start, stop, kind, _, _ in acted:
        instead, places = _instead(_rules()[kind], text, start, stop)
        parts += [text[end:start], instead]
        origin += [*range(end, start), *places]
        end = stop
    origin += range(end, len(text))
    masked_text = "".join([*parts, text[end:]])
    again = [f for f in find(masked_text) if _redacts(f)]
    return [(origin[s], origin[e - 1] + 1, kind, ppm, rule) for s, e, kind, ppm, rule in again]


def _instead(rule: rules_of.EntityRule, text: str, start: int, stop: int) -> tuple[str, Sequence[int]]:
    """What stands in the place of a value, numbers and keys aside, and the position in `text` of each character."""
    if rule.mode == "mask":
        return masked(text[start:stop], rule.shown), range(start, stop)
    instead = dropped(text[stop : stop + BEHIND_CHARS]) if rule.mode == "drop_span" else rule.placeholder
    return instead, [start] * len(instead)
