"""Findings that overlap, and findings that redaction uncovers."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from operator import itemgetter

from pipeline.kernels.masking import BEHIND_CHARS, dropped, masked
from pipeline.rules import personal as rules_of

Finding = tuple[int, int, str, int, str]  # start, end (code points), type, score in ppm, rule id


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Where the characters of a redacted text stood, by stretch: a list of all would take 36 bytes a character."""

    starts: list[int]  # of the stretches in the redacted text, and its length
    pieces: list[Sequence[int]]  # the positions of each stretch in the text

    def of(self, at: int) -> int:
        """The position in the text of the character at `at` of the redacted text."""
        piece = bisect_right(self.starts, at) - 1
        return self.pieces[piece][at - self.starts[piece]]


@cache
def rules_by_type() -> dict[str, rules_of.EntityRule]:
    """The default rules."""
    return rules_of.by_entity(rules_of.rules())


@cache
def _severity() -> dict[str, int]:
    return {rule.entity: position for position, rule in enumerate(rules_of.rules())}


def resolved(found: Sequence[Finding]) -> list[Finding]:
    """Without what is too uncertain to list, and of overlapping findings the one to act on, surer, longer, severer."""
    known = rules_by_type()
    listed = {f for f in found if known[f[2]].action != "off" and f[3] >= known[f[2]].report_ppm}
    order = sorted(listed, key=lambda f: (not _redacts(f), -f[3], f[0] - f[1], _severity()[f[2]], f))
    taken: list[Finding] = []
    for one in order:
        if not _within(one, taken):
            insort(taken, one)
    return taken


def together(found: Sequence[Finding], more: Sequence[Finding]) -> list[Finding]:
    """The findings and more, which take the place of those they overlap."""
    return sorted([*(one for one in found if not _within(one, more)), *more])


def redacted(text: str, found: Sequence[Finding]) -> tuple[str, Origin] | None:
    """The redacted text and where its characters stood; none where nothing is redacted."""
    acted = [f for f in found if _redacts(f)]
    if not acted:
        return None
    parts: list[str] = []
    pieces: list[Sequence[int]] = []
    end = 0
    for start, stop, kind, _, _ in acted:
        instead, places = _instead(rules_by_type()[kind], text, start, stop)
        parts += [text[end:start], instead]
        pieces += [range(end, start), places]
        end = stop
    pieces.append(range(end, len(text)))
    return "".join([*parts, text[end:]]), Origin(starts=[0, *accumulate(map(len, pieces))], pieces=pieces)


def _instead(rule: rules_of.EntityRule, text: str, start: int, stop: int) -> tuple[str, Sequence[int]]:
    """What stands in the place of a value, numbers and keys aside, and the position in `text` of each character."""
    if rule.mode == "mask":
        return masked(text[start:stop], rule.shown), range(start, stop)
    instead = dropped(text[stop : stop + BEHIND_CHARS]) if rule.mode == "drop_span" else rule.placeholder
    return instead, [start] * len(instead)


def uncovered(origin: Origin, again: Sequence[Finding]) -> list[Finding]:
    """Redactable findings of a redacted text, in positions of the text."""
    return [(origin.of(s), origin.of(e - 1) + 1, kind, ppm, rule) for s, e, kind, ppm, rule in filter(_redacts, again)]


def _redacts(finding: Finding) -> bool:
    rule = rules_by_type()[finding[2]]
    return rule.action == "redact" and finding[3] >= rule.threshold_ppm


def _within(finding: Finding, others: Sequence[Finding]) -> bool:
    """Whether it overlaps one of others that ascend and do not overlap each other."""
    at = bisect_left(others, finding[1], key=itemgetter(0))
    return at > 0 and others[at - 1][1] > finding[0]
