"""Presidio recognizers run only where they can find anything; their findings are those of their own `analyze`.

Any recognizer goes in. What a scanner may decide for it depends on what is known of its class:

- `PatternRecognizer.analyze`: each pattern runs between the characters that no match of it can hold, round the ends
  that the prefilter reports; a pattern that cannot be read so runs on the whole text.
- `IbanRecognizer.analyze`: the recognizer itself, on those parts.
- `PhoneRecognizer.analyze`, or a class with `line_gate` (a pattern; its findings depend on nothing outside their line
  and hold a match of it): the recognizer itself, on lines with a match.
- anything else: the recognizer itself, on the whole text.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import regex

from pipeline.kernels.code_bytes import code_bytes
from pipeline.kernels.prefilter import Prefilter, compiles, prefilter
from pipeline.kernels.supersets import Superset, Unreadable, superset

Hit = tuple[int, int, float]  # start, end (code points), score between 0 and 1

WINDOW_CHARS = 65_536
TIMEOUT_SECONDS = 5
PAD_CHARS = 64
NEWLINE = b"\n"
EVERYTHING = bytes(range(256))


class Unscannable(Exception):
    """A candidate stands in an unbroken run too long to scan, or a pattern ran out of time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Gated:
    """One expression of the prefilter, and where the matches it announces can lie."""

    number: int | None  # in the prefilter; none where the whole text is always looked at
    mask: bytes | None  # translation that makes delimiters newlines; none where there are none
    margin: int


@dataclass(frozen=True, kw_only=True, slots=True)
class _Plan:
    """How one recognizer runs: its patterns, or itself on parts."""

    recognizer: Any
    gates: tuple[_Gated, ...]
    patterns: tuple[Any, ...]  # compiled, one for each gate; empty where the recognizer itself runs
    scores: tuple[float, ...]
    pad: int = 0  # code points round a part that the recognizer itself is shown


class _Seen:
    """One text, its bytes, and what the prefilter reports; masks are made once."""

    def __init__(self, text: str, scanner: Prefilter | None) -> None:
        self.text = text
        self.data = code_bytes(text)
        self.ends = scanner.ends(self.data) if scanner else {}
        self._masks: dict[bytes, bytes] = {}

    def windows(self, gate: _Gated) -> list[tuple[int, int]]:
        """Parts in which every match of the gate lies whole, ascending."""
        ends = None if gate.number is None else self.ends.get(gate.number)
        if gate.number is not None and ends is None:
            return []
        if ends is None or gate.mask is None:
            return [(0, len(self.text))]
        if gate.mask not in self._masks:
            self._masks[gate.mask] = self.data.translate(gate.mask)
        return list(_parts(self._masks[gate.mask], sorted(ends)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Accelerated:
    """Recognizers behind one prefilter; built once per process, never pickled."""

    plans: tuple[_Plan, ...]
    scanner: Prefilter | None

    def hits(self, text: str) -> list[list[Hit]]:
        """What each recognizer finds, in the order given; one entry equals `recognizer.analyze(text)`.

        Raises:
            Unscannable: a pattern has no bound here; a skipped text would be an unreported miss.
        """
        seen = _Seen(text, self.scanner)
        return [_patterns(plan, seen) if plan.patterns else _itself(plan, seen) for plan in self.plans]


def accelerated(recognizers: Sequence[Any]) -> Accelerated:
    """Read and compile the patterns of recognizers.

    Args:
        recognizers: Presidio's, ours or a user's; loaded.
    """
    expressions: list[str] = []
    is_located: list[bool] = []

    def gated(pattern: str, flags: int, *, by_line: bool = False) -> _Gated:
        found = _superset(pattern, flags)
        if found is None:
            return _Gated(number=None, mask=None, margin=0)
        delimiters = NEWLINE if by_line else found.delimiters
        is_bounded = bool(delimiters) and found.margin is not None
        expressions.append(found.expression)
        is_located.append(is_bounded)
        mask = _mask(delimiters) if is_bounded else None
        return _Gated(number=len(expressions) - 1, mask=mask, margin=found.margin or 0)

    plans = tuple(_plan(one, gated) for one in recognizers)
    return Accelerated(plans=plans, scanner=prefilter(expressions, is_located) if expressions else None)


def _plan(recognizer: Any, gated: Any) -> _Plan:
    from presidio_analyzer import PatternRecognizer
    from presidio_analyzer.predefined_recognizers import IbanRecognizer, PhoneRecognizer

    analyze = type(recognizer).analyze
    patterns: tuple[Any, ...] = ()
    scores: tuple[float, ...] = ()
    pad = 0
    if getattr(recognizer, "line_gate", None):
        gates = (gated(recognizer.line_gate, 0, by_line=True),)
    elif analyze is PhoneRecognizer.analyze:
        gates = (gated(phone_gate(), 0, by_line=True),)
    elif analyze is IbanRecognizer.analyze or analyze is PatternRecognizer.analyze:
        flags = int(recognizer.global_regex_flags)
        gates, pad = tuple(gated(p.regex, flags) for p in recognizer.patterns), PAD_CHARS
        if analyze is PatternRecognizer.analyze:
            patterns = tuple(regex.compile(p.regex, flags) for p in recognizer.patterns)
            scores = tuple(float(p.score) for p in recognizer.patterns)
    else:
        gates = (_Gated(number=None, mask=None, margin=0),)
    return _Plan(recognizer=recognizer, gates=gates, patterns=patterns, scores=scores, pad=pad)


def phone_gate() -> str:
    """What every telephone number holds: as many digits as the shortest of any region, four signs apart at most."""
    import phonenumbers

    every: list[Any] = [phonenumbers.PhoneMetadata.metadata_for_region(r, None) for r in phonenumbers.SUPPORTED_REGIONS]
    fewest = min(length for one in every for length in one.general_desc.possible_length)
    return rf"\d(?:[^\n\d]{{0,4}}\d){{{fewest - 1}}}"


def _superset(pattern: str, flags: int) -> Superset | None:
    try:
        found = superset(pattern, flags)
    except Unreadable:
        return None
    return found if found.shortest and compiles(found.expression) else None


def _mask(delimiters: bytes) -> bytes:
    return EVERYTHING.translate(bytes(NEWLINE[0] if b in delimiters else b"x"[0] for b in range(256)))


def _parts(mask: bytes, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    right = -1
    for end in ends:
        if end <= right:
            continue
        left = mask.rfind(NEWLINE, 0, end) + 1
        right = mask.find(NEWLINE, end)
        if right < 0:
            right = len(mask)
        yield left, right


def _patterns(plan: _Plan, seen: _Seen) -> list[Hit]:
    found = {
        hit
        for gate, pattern, score in zip(plan.gates, plan.patterns, plan.scores, strict=True)
        for left, right in seen.windows(gate)
        for hit in _matches(plan.recognizer, pattern, score, seen.text, (left, right, gate))
    }
    return without_contained(found)


def _matches(recognizer: Any, pattern: Any, score: float, text: str, part: tuple[int, int, _Gated]) -> Iterator[Hit]:
    """As `PatternRecognizer.analyze`, which logs and drops a pattern that runs out of time; here it raises."""
    left, right, gate = part
    if gate.mask is not None and right - left > WINDOW_CHARS:
        raise Unscannable
    try:
        for match in pattern.finditer(text, left, right + gate.margin, timeout=TIMEOUT_SECONDS):
            if match.start() >= right:
                break
            judged = _score(recognizer, match.group(), score)
            if judged > 0:
                yield match.start(), match.end(), judged
    except TimeoutError as e:
        raise Unscannable from e


def _score(recognizer: Any, matched: str, score: float) -> float:
    if not matched:
        return 0.0
    valid = recognizer.validate_result(matched)
    if valid is not None:
        score = 1.0 if valid else 0.0
    return 0.0 if recognizer.invalidate_result(matched) else score


def _itself(plan: _Plan, seen: _Seen) -> list[Hit]:
    windows = sorted({window for gate in plan.gates for window in seen.windows(gate)})
    if len(plan.gates) > 1 and any(a[1] > b[0] for a, b in pairwise(windows)):
        windows = [(0, len(seen.text))]
    found = []
    for left, right in windows:
        at = max(0, left - plan.pad)
        for one in plan.recognizer.analyze(seen.text[at : right + plan.pad], plan.recognizer.supported_entities):
            start, end = at + one.start, at + one.end
            if left <= start and end <= right:
                found.append((start, end, float(one.score)))
    return found


def without_contained(found: set[Hit]) -> list[Hit]:
    """As `EntityRecognizer.remove_duplicates` does for one type: without those inside another that scores no less."""
    kept: list[Hit] = []
    active: list[Hit] = []
    for hit in sorted(found, key=lambda h: (h[0], h[0] - h[1], -h[2])):
        active = [one for one in active if one[1] >= hit[0]]
        if not any(hit[1] <= one[1] and hit[2] <= one[2] for one in active):
            kept.append(hit)
            active.append(hit)
    return kept
