"""Presidio recognizers run only where they can find anything; their findings are those of their own `analyze`.

Any recognizer goes in. What a scanner may decide for it depends on what is known of its class:

- `PatternRecognizer.analyze`: each pattern runs between the characters that no match of it can hold, round the ends
  that the prefilter reports; a pattern that cannot be read so runs on the whole text.
- `IbanRecognizer.analyze`: the recognizer itself, on those parts.
- `PhoneRecognizer.analyze` and `LinePhone.analyze`: `phones.numbers`, between the characters that no number holds.
- a class with `line_gate` (a pattern; its findings depend on nothing outside their line and hold a match of it): the
  recognizer itself, on lines with a match.
- anything else: the recognizer itself, on the whole text.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import regex

from pipeline.kernels.code_bytes import code_bytes
from pipeline.kernels.prefilter import Prefilter, compiles, prefilter
from pipeline.kernels.supersets import Superset, Unreadable, superset
from pipeline.models import phones

Hit = tuple[int, int, float]  # start, end (code points), score between 0 and 1

WINDOW_CHARS = 65_536
TIMEOUT_SECONDS = 5
PAD_CHARS = 64
NEAR_CHARS = 64
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


ANYWHERE = _Gated(number=None, mask=None, margin=0)


class _Seen:
    """One text, its bytes, and what the prefilter reports."""

    def __init__(self, text: str, scanner: Prefilter | None) -> None:
        self.text = text
        self.data = code_bytes(text)
        self.ends = scanner.ends(self.data) if scanner else {}

    def windows(self, gate: _Gated) -> list[tuple[int, int]]:
        """Parts in which every match of the gate lies whole, ascending."""
        ends = None if gate.number is None else self.ends.get(gate.number)
        if gate.number is not None and ends is None:
            return []
        if ends is None or gate.mask is None:
            return [(0, len(self.text))]
        return list(_parts(self.data, gate.mask, sorted(ends)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Accelerated:
    """Recognizers behind one prefilter; built once per process, never pickled."""

    finds: tuple[Callable[[_Seen], list[Hit]], ...]
    scanner: Prefilter | None

    def hits(self, text: str) -> list[list[Hit]]:
        """What each recognizer finds, in the order given; one entry equals `recognizer.analyze(text)`.

        Raises:
            Unscannable: a pattern has no bound here; a skipped text would be an unreported miss.
        """
        seen = _Seen(text, self.scanner)
        return [find(seen) for find in self.finds]


def accelerated(recognizers: Sequence[Any]) -> Accelerated:
    """Read and compile the patterns of recognizers.

    Args:
        recognizers: Presidio's, ours or a user's; loaded.
    """
    expressions: list[str] = []
    is_located: list[bool] = []

    def gated(pattern: str, flags: int, between: bytes | None = None) -> _Gated:
        found = _superset(pattern, flags)
        if found is None:
            return ANYWHERE
        delimiters = found.delimiters if between is None else between
        is_bounded = bool(delimiters) and found.margin is not None
        expressions.append(found.expression)
        is_located.append(is_bounded)
        mask = _mask(delimiters) if is_bounded else None
        return _Gated(number=len(expressions) - 1, mask=mask, margin=found.margin or 0)

    finds = tuple(_plan(one, gated) for one in recognizers)
    return Accelerated(finds=finds, scanner=prefilter(expressions, is_located) if expressions else None)


def _plan(recognizer: Any, gated: Callable[..., _Gated]) -> Callable[[_Seen], list[Hit]]:
    from presidio_analyzer import PatternRecognizer
    from presidio_analyzer.predefined_recognizers import IbanRecognizer, PhoneRecognizer

    from pipeline.models.recognizers.pinned import LinePhone

    analyze = type(recognizer).analyze
    if analyze is LinePhone.analyze or analyze is PhoneRecognizer.analyze:
        fewest = recognizer.FEWEST_DIGITS if isinstance(recognizer, LinePhone) else None
        return partial(_numbers, recognizer, gated(phones.gate(fewest), 0, phones.delimiters()))
    if analyze is PatternRecognizer.analyze:
        return partial(_patterns, recognizer, tuple(_located(recognizer, gated)))
    if analyze is IbanRecognizer.analyze and len(recognizer.patterns) == 1:
        return partial(
            _itself, recognizer, gated(recognizer.patterns[0].regex, recognizer.global_regex_flags), PAD_CHARS
        )
    if getattr(recognizer, "line_gate", None):
        return partial(_itself, recognizer, gated(recognizer.line_gate, 0, NEWLINE), 0)
    return partial(_itself, recognizer, ANYWHERE, 0)


def _located(recognizer: Any, gated: Callable[..., _Gated]) -> Iterator[tuple[_Gated, Any, float]]:
    flags = int(recognizer.global_regex_flags)
    for pattern in recognizer.patterns:
        yield gated(pattern.regex, flags), regex.compile(pattern.regex, flags), float(pattern.score)


def _superset(pattern: str, flags: int) -> Superset | None:
    try:
        found = superset(pattern, flags)
    except Unreadable:
        return None
    return found if found.shortest and compiles(found.expression) else None


def _mask(delimiters: bytes) -> bytes:
    return EVERYTHING.translate(bytes(NEWLINE[0] if b in delimiters else b"x"[0] for b in range(256)))


def _parts(data: bytes, mask: bytes, ends: Sequence[int]) -> Iterator[tuple[int, int]]:
    right = -1
    for end in ends:
        if end > right:
            right = _right(data, mask, end)
            yield _left(data, mask, end), right


def _left(data: bytes, mask: bytes, end: int) -> int:
    at, size = end, NEAR_CHARS
    while at:
        low = max(0, at - size)
        found = data[low:at].translate(mask).rfind(NEWLINE)
        if found >= 0:
            return low + found + 1
        at, size = low, size * 8
    return 0


def _right(data: bytes, mask: bytes, end: int) -> int:
    at, size = end, NEAR_CHARS
    while at < len(data):
        found = data[at : at + size].translate(mask).find(NEWLINE)
        if found >= 0:
            return at + found
        at, size = at + size, size * 8
    return len(data)


def _patterns(recognizer: Any, patterns: tuple[tuple[_Gated, Any, float], ...], seen: _Seen) -> list[Hit]:
    found = {
        hit
        for gate, pattern, score in patterns
        for left, right in seen.windows(gate)
        for hit in _matches(recognizer, pattern, score, seen.text, (left, right, gate))
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


def _itself(recognizer: Any, gate: _Gated, pad: int, seen: _Seen) -> list[Hit]:
    found = []
    for left, right in seen.windows(gate):
        at = max(0, left - pad)
        for one in recognizer.analyze(seen.text[at : right + pad], recognizer.supported_entities):
            start, end = at + one.start, at + one.end
            if left <= start and end <= right:
                found.append((start, end, float(one.score)))
    return found


def _numbers(recognizer: Any, gate: _Gated, seen: _Seen) -> list[Hit]:
    regions, leniency = tuple(recognizer.supported_regions), int(recognizer.leniency)
    score = float(recognizer.SCORE)
    found = {
        (start, end, score)
        for part in seen.windows(gate)
        for start, end in phones.numbers(seen.text, part, regions, leniency)
    }
    judged = getattr(recognizer, "judged", None)
    hits = without_contained(found)
    return [hit for hit in (judged(seen.text, *hit) for hit in hits) if hit[2] > 0] if judged else hits


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
