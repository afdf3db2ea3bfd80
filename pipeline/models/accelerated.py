"""Presidio recognizers run only where they can find anything; their findings are those of their own `analyze`.

Any recognizer goes in. What a scanner may decide for it depends on what is known of its class:

- `PatternRecognizer.analyze`: each pattern runs between the characters that no match of it can hold, round the ends
  that the prefilter reports; a pattern that cannot be read so runs on the whole text. A class may name `cores`, for
  each of its patterns another of which each finding holds a match: it is looked for first, and says how many digits a
  line has at least. Where it `is_scanned_by_cores` the scanner looks for these alone.
- `IbanRecognizer.analyze`: the recognizer itself, on those parts.
- `PhoneRecognizer.analyze` and `LinePhone.analyze`: `phones.numbers`, between the characters that no number holds.
- a class with `line_gate` (a pattern; its findings depend on nothing outside their line and hold a match of it): the
  recognizer itself, on lines with a match.
- anything else: the recognizer itself, on the whole text.

A class may say that it `is_scanned_apart`: together with its patterns, Hyperscan is slower over those of all others
than both are one after the other (measured: up to ten times what they cost alone).
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import regex

from pipeline.kernels.byte_sets import Unreadable
from pipeline.kernels.code_bytes import code_bytes
from pipeline.kernels.databases import Uncompilable
from pipeline.kernels.prefilter import Chain, Prefilter, compiles, prefilter
from pipeline.kernels.revealing import Bytes, Coded, Int64s
from pipeline.kernels.supersets import Superset, holding, superset
from pipeline.kernels.windows import Bounds, bounds, near, windows
from pipeline.models import phones

Hit = tuple[int, int, float]  # start, end (code points), score between 0 and 1

WINDOW_CHARS = 65_536
MOST_DIGITS = 0.9  # of a longer run: ten recognizers try every digit, which takes 0.6 s for 100 kB
TIMEOUT_SECONDS = 5
PAD_CHARS = 64
NEAR_CHARS = 256
"""Further from a match neither an assertion nor a word near it stands."""
NEWLINE = b"\n"


class Unscannable(Exception):
    """A candidate stands in a long run of digits, or in one and its pattern has no longest match; or time ran out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Gated:
    """One expression of the prefilter, and where the matches it announces can lie."""

    number: int | None  # in the prefilter; none where the whole text is always looked at
    is_bounded: bool  # by delimiters
    margin: int
    longest: int | None  # of a match; none where it has no bound, or where its surroundings count too


ANYWHERE = _Gated(number=None, is_bounded=False, margin=0, longest=None)

Part = tuple[int, int, int]  # where matches begin and end, and how far one looks
Parts = dict[int, list[Part]]  # by number of the expression
Pattern = tuple[_Gated, Any, float, Any]  # compiled, its score, and what each match holds, or none


@dataclass(frozen=True, kw_only=True, slots=True)
class Seen:
    """One text, its bytes, and what the prefilter reports."""

    text: str
    data: Bytes
    parts: Parts

    def windows(self, gate: _Gated) -> Sequence[Part]:
        """Parts in which every match of the gate lies whole, ascending."""
        if gate.number is None:
            return [(0, len(self.text), len(self.text))]
        return self.parts.get(gate.number, ())


@dataclass(frozen=True, kw_only=True, slots=True)
class Accelerated:
    """Recognizers behind one prefilter; built once per process, never pickled."""

    finds: tuple[Callable[[Seen], list[Hit]], ...]
    scanner: Prefilter | None
    bounds: Bounds
    owners: tuple[int, ...]  # of each expression, the recognizer whose it is
    always: tuple[int, ...]  # recognizers that look at every text

    def hits(self, text: str) -> list[list[Hit]]:
        """What each recognizer finds, in the order given; one entry equals `recognizer.analyze(text)`.

        Raises:
            Unscannable: a pattern has no bound here; a skipped text would be an unreported miss.
        """
        return self.rows([text])[0]

    def rows(self, texts: Sequence[str]) -> list[list[list[Hit]]]:
        """`hits` of many texts, scanned together."""
        parts = [code_bytes(text) + NEWLINE for text in texts]
        starts = np.concatenate([np.zeros(1, np.int64), np.cumsum([len(part) for part in parts], dtype=np.int64)])
        coded = Coded(np.frombuffer(b"".join(parts), np.uint8), starts)
        found: list[list[list[Hit]]] = [[[] for _ in self.finds] for _ in texts]
        for row, places, numbers in self.candidates(coded):
            seen = Seen(text=texts[row], data=coded.row(row), parts=places)
            for number in numbers:
                found[row][number] = self.finds[number](seen)
        return found

    def candidates(self, texts: Coded, places: Int64s | None = None) -> Iterator[tuple[int, Parts, list[int]]]:
        """The texts in which something may be found, ascending: row, where matches may lie, recognizers by number.

        The recognizers of `always` stand with every text.

        Args:
            texts: as bytes.
            places: where something may be found, if not everywhere: row, start and end of each place, ascending.
        """
        placed = self._placed(texts, places)
        for row in range(len(texts)) if self.always else placed:
            parts = placed.get(row, {})
            yield row, parts, sorted({*self.always, *(self.owners[number] for number in parts)})

    def _placed(self, texts: Coded, places: Int64s | None) -> dict[int, Parts]:
        placed: dict[int, Parts] = {}
        if self.scanner:
            every = windows(texts, *self.scanner.hits(texts), self.bounds)
            for row, number, *part in (every if places is None else near(every, places, NEAR_CHARS)).tolist():
                placed.setdefault(row, {}).setdefault(number, []).append(tuple(part))
        return placed


def accelerated(recognizers: Sequence[Any]) -> Accelerated:
    """Read and compile the patterns of recognizers.

    Args:
        recognizers: Presidio's, ours or a user's; loaded.
    """
    try:
        return _accelerated(recognizers, readable)
    except Uncompilable:
        return _accelerated(recognizers, lambda *pattern: (found := readable(*pattern)) and _compilable(found))


def _accelerated(recognizers: Sequence[Any], read: Callable[[str, int], Superset | None]) -> Accelerated:
    shapes: list[Superset | Chain] = []
    edges: list[tuple[bytes, bytes, int | None]] = []  # delimiters, limits, longest
    owners: list[int] = []
    always: set[int] = set()

    def gated(
        owner: int,
        shape: str | Chain,
        flags: int = 0,
        between: bytes | None = None,
        *,
        is_alone: bool = True,
        core: str | None = None,
    ) -> _Gated:
        found = read(shape, flags) if isinstance(shape, str) else shape
        if core and isinstance(found, Superset) and (inner := read(core, flags)):
            found = holding(found, inner, is_scanned=getattr(recognizers[owner], "is_scanned_by_cores", False))
        if found is None:
            always.add(owner)
            return ANYWHERE
        delimiters = found.delimiters if between is None else between
        is_bounded = bool(delimiters) and bool(found.limits)
        longest = found.longest if is_alone and between is None else None
        shapes.append(found)
        edges.append((delimiters, found.limits, longest) if is_bounded else (b"", b"", None))
        owners.append(owner)
        return _Gated(number=len(shapes) - 1, is_bounded=is_bounded, margin=found.margin, longest=longest)

    finds = tuple(_plan(one, partial(gated, number)) for number, one in enumerate(recognizers))
    always |= {number for number, find in enumerate(finds) if ANYWHERE in find.args}
    apart = [number + 1 if getattr(recognizers[number], "is_scanned_apart", False) else 0 for number in owners]
    return Accelerated(
        finds=finds,
        scanner=prefilter(shapes, [bool(delimiters) for delimiters, *_ in edges], apart) if shapes else None,
        bounds=bounds(edges),
        owners=tuple(owners),
        always=tuple(sorted(always)),
    )


def _plan(recognizer: Any, gated: Callable[..., _Gated]) -> "partial[list[Hit]]":
    from presidio_analyzer import PatternRecognizer
    from presidio_analyzer.predefined_recognizers import IbanRecognizer, PhoneRecognizer

    from pipeline.models.recognizers.pinned import LinePhone

    analyze = type(recognizer).analyze
    if analyze is LinePhone.analyze or analyze is PhoneRecognizer.analyze:
        fewest = recognizer.FEWEST_DIGITS if isinstance(recognizer, LinePhone) else None
        return partial(_numbers, recognizer, gated(phones.gate(fewest)), fewest)
    if analyze is PatternRecognizer.analyze:
        patterns = list(_located(recognizer, gated))
        always = [one for one in patterns if one[0].number is None]
        gated_ones = {one[0].number: one for one in patterns if one[0].number is not None}
        return partial(_patterns, recognizer, gated_ones, tuple(always))
    if analyze is IbanRecognizer.analyze and len(recognizer.patterns) == 1:
        [pattern] = recognizer.patterns
        gate = gated(pattern.regex, recognizer.global_regex_flags, is_alone=False)
        return partial(_itself, recognizer, gate, PAD_CHARS)
    if getattr(recognizer, "line_gate", None):
        return partial(_itself, recognizer, gated(recognizer.line_gate, 0, NEWLINE), 0)
    return partial(_itself, recognizer, ANYWHERE, 0)


def _located(recognizer: Any, gated: Callable[..., _Gated]) -> Iterator[Pattern]:
    flags = int(recognizer.global_regex_flags)
    cores = getattr(recognizer, "cores", None) or [None] * len(recognizer.patterns)
    for pattern, core in zip(recognizer.patterns, cores, strict=True):
        gate, held = gated(pattern.regex, flags, core=core), core and re.compile(core, flags)
        yield gate, regex.compile(pattern.regex, flags), float(pattern.score), held


def readable(pattern: str, flags: int) -> Superset | None:
    """The superset of a pattern; none where a match may be empty or the pattern cannot be read."""
    try:
        found = superset(pattern, flags)
    except Unreadable:
        return None
    return found if found.shortest else None


def _compilable(found: Superset) -> Superset | None:
    return found if compiles(found.expression) else None


def _patterns(recognizer: Any, patterns: dict[int, Pattern], always: tuple[Pattern, ...], seen: Seen) -> list[Hit]:
    found = {
        hit
        for pattern in (*always, *(patterns[number] for number in patterns.keys() & seen.parts.keys()))
        for part in _bounded(seen, pattern[0])
        for hit in _matches(recognizer, pattern, seen.text, part)
    }
    return without_contained(found)


def _bounded(seen: Seen, gate: _Gated) -> Iterator[Part]:
    for left, right, reach in seen.windows(gate):
        if gate.is_bounded and right - left > WINDOW_CHARS:
            is_digits = _digits(seen.data[left:right]) > MOST_DIGITS * (right - left)
            if gate.longest is None or is_digits:
                raise Unscannable
        yield left, right, reach


def _matches(recognizer: Any, pattern: Pattern, text: str, part: Part) -> Iterator[Hit]:
    """As `PatternRecognizer.analyze`, which logs and drops a pattern that runs out of time; here it raises."""
    (gate, compiled, score, core), (left, right, reach) = pattern, part
    if core and not core.search(text, left, reach + gate.margin):
        return
    try:
        for match in compiled.finditer(text, left, reach + gate.margin, timeout=TIMEOUT_SECONDS):
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


def _itself(recognizer: Any, gate: _Gated, pad: int, seen: Seen) -> list[Hit]:
    found = []
    for left, right, _ in seen.windows(gate):
        at = max(0, left - pad)
        for one in recognizer.analyze(seen.text[at : right + pad], recognizer.supported_entities):
            start, end = at + one.start, at + one.end
            if left <= start and end <= right:
                found.append((start, end, float(one.score)))
    return found


def _numbers(recognizer: Any, gate: _Gated, fewest: int | None, seen: Seen) -> list[Hit]:
    regions, leniency = tuple(recognizer.supported_regions), int(recognizer.leniency)
    score = float(recognizer.SCORE)
    found = {
        (start, end, score)
        for left, right, _ in seen.windows(gate)
        for start, end in phones.numbers(seen.text, (left, right), regions, leniency, fewest)
    }
    judged = getattr(recognizer, "judged", None)
    hits = without_contained(found)
    return [hit for hit in (judged(seen.text, *hit) for hit in hits) if hit[2] > 0] if judged else hits


def _digits(data: Bytes) -> int:
    return int(np.count_nonzero((data >= ord("0")) & (data <= ord("9"))))


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
