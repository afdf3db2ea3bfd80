"""Finds the terms of a word list in text: Aho-Corasick over folded characters, positions in the original.

What a term means, and how many are too many, is for rules and stages.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ahocorasick_rs import AhoCorasick

HAN = "\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f"
SEPARATORS = re.compile(rf"(?<=[{HAN}])[ \t\u00b7\u2022*_|~+-]{{1,3}}(?=[{HAN}])")
IS_HAN = re.compile(f"[{HAN}]")


@dataclass(frozen=True, kw_only=True, slots=True)
class Term:
    """A word or phrase of one class."""

    id: str
    code: str  # risk class, e.g. "A.1.a"
    text: str
    weight: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """Where a term stands, in code points of the text as given."""

    start: int
    end: int
    code: str
    term_id: str
    weight: int


class _Fold(dict[int, str]):
    """Per character: NFKC, lower case, format characters (zero-width and the like) removed."""

    def __missing__(self, point: int) -> str:
        char = chr(point)
        folded = "" if unicodedata.category(char) == "Cf" else unicodedata.normalize("NFKC", char).lower()
        self[point] = folded
        return folded


_FOLD = _Fold()


def fold(text: str) -> str:
    """`text` as it is searched: folded, and without separators that stand between Han characters."""
    return SEPARATORS.sub("", text.translate(_FOLD))


class Lexicon:
    """An automaton over terms; built once per process."""

    def __init__(self, terms: Sequence[Term]) -> None:
        self.terms = tuple(terms)
        self._patterns = [fold(term.text) for term in terms]
        self._automaton = AhoCorasick(self._patterns)

    def find(self, text: str) -> list[Hit]:
        """Every occurrence of every term, ordered by start, end, then term; overlaps included.

        A term that begins or ends with a letter or digit of a script with spaces matches at word borders only.

        Args:
            text: any length; NFC expected, not required.
        """
        folded = fold(text)
        matches = self._automaton.find_matches_as_indexes(folded, overlapping=True)
        bounded = sorted((start, end, which) for which, start, end in matches if _bounded(folded, start, end))
        if not bounded:
            return []
        origin = _origins(text)
        return [_hit(self.terms[which], origin[start], origin[end - 1] + 1) for start, end, which in bounded]


def _hit(term: Term, start: int, end: int) -> Hit:
    return Hit(start=start, end=end, code=term.code, term_id=term.id, weight=term.weight)


def _bounded(text: str, start: int, end: int) -> bool:
    before = start > 0 and _joins(text[start - 1]) and _joins(text[start])
    after = end < len(text) and _joins(text[end]) and _joins(text[end - 1])
    return not before and not after


def _joins(char: str) -> bool:
    return char.isalnum() and not IS_HAN.match(char)


def _origins(text: str) -> list[int]:
    """For each character of `fold(text)`, the index of the character of `text` it came from."""
    lengths = [len(_FOLD[ord(char)]) for char in text]
    origin = [i for i, length in enumerate(lengths) for _ in range(length)]
    dropped = {at for span in SEPARATORS.finditer(text.translate(_FOLD)) for at in range(*span.span())}
    return [i for at, i in enumerate(origin) if at not in dropped]


def peaks(hits: Sequence[Hit], window_chars: int) -> dict[str, int]:
    """Per class, the greatest weight of distinct terms that start within any `window_chars` code points.

    A term said ten times counts once: repetition is what a statute or a report does with its subject.
    """
    best: dict[str, int] = {}
    for code in sorted({hit.code for hit in hits}):
        own = [hit for hit in hits if hit.code == code]
        best[code] = max(_distinct(own, window_chars))
    return best


def _distinct(hits: Sequence[Hit], window_chars: int) -> Iterator[int]:
    inside: dict[str, int] = {}
    weights = {hit.term_id: hit.weight for hit in hits}
    left = 0
    total = 0
    for hit in hits:
        while hits[left].start <= hit.start - window_chars:
            gone = hits[left].term_id
            inside[gone] -= 1
            total -= weights[gone] if inside[gone] == 0 else 0
            left += 1
        inside[hit.term_id] = inside.get(hit.term_id, 0) + 1
        total += hit.weight if inside[hit.term_id] == 1 else 0
        yield total
