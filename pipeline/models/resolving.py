"""Findings that overlap, and findings that redaction uncovers."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator, Sequence
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

    @property
    def replaced(self) -> list[tuple[int, int]]:
        """Where what was put in stands in the redacted text; every other stretch is one of those."""
        return list(zip(self.starts[1:-1:2], self.starts[2::2], strict=True))

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
    """Without what is too uncertain to list; of overlapping findings the one to act on, surer, longer, severer.

    What any finding to act on covers stays covered, as in Presidio: one inside another gives way to it, and of two that
    cross the later in that order keeps only what is its own.
    """
    known = rules_by_type()
    listed = {f for f in found if known[f[2]].action != "off" and f[3] >= known[f[2]].report_ppm}
    return _laid(sorted(listed, key=lambda f: (not _redacts(f), -f[3], f[0] - f[1], _severity()[f[2]], f)))


def together(found: Sequence[Finding], more: Sequence[Finding]) -> list[Finding]:
    """The findings and more, which go before those that they cross; neither uncovers what the other covers."""
    return _laid([*more, *found])


def _laid(order: Sequence[Finding]) -> list[Finding]:
    """The findings ascending, none overlapping: those to act on first, of these what comes first in `order`."""
    return [one for group in _groups(order) for one in (_laid_in(group) if len(group) > 1 else group)]


def _groups(order: Sequence[Finding]) -> Iterator[list[Finding]]:
    """Findings that overlap each other, directly or by others, in their order; groups ascend."""
    group: list[int] = []
    end = 0
    for at in sorted(range(len(order)), key=lambda one: order[one][0]):
        start, stop, *_ = order[at]
        if group and start >= end:
            yield [order[one] for one in sorted(group)]
            group = []
        group.append(at)
        end = max(end, stop)
    yield [order[one] for one in sorted(group)]


def _laid_in(order: Sequence[Finding]) -> list[Finding]:
    taken: list[Finding] = []
    for one in _outermost([f for f in order if _redacts(f)]):
        for place in list(_free(one, taken)):
            insort(taken, (*place, *one[2:]))
    for one in order:
        if not _redacts(one) and not _within(one, taken):
            insort(taken, one)
    return taken


def _outermost(found: Sequence[Finding]) -> list[Finding]:
    """The findings in their order, without those inside a larger one."""
    kept = set[tuple[int, int]]()
    furthest = -1
    for start, end in sorted({one[:2] for one in found}, key=lambda place: (place[0], -place[1])):
        if end > furthest:
            kept.add((start, end))
            furthest = end
    return [one for one in found if one[:2] in kept]


def _free(one: Finding, taken: Sequence[Finding]) -> Iterator[tuple[int, int]]:
    """What others, that ascend and do not overlap each other, leave of a finding."""
    start, end = one[:2]
    first = max(0, bisect_right(taken, start, key=itemgetter(0)) - 1)
    for begin, stop, *_ in taken[first : bisect_left(taken, end, key=itemgetter(0))]:
        if start < begin:
            yield start, begin
        start = max(start, stop)
    if start < end:
        yield start, end


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
    return instead, [*[start] * (len(instead) - 1), stop - 1][: len(instead)]


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
