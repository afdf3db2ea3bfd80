"""Finds the terms of a word list in text: Aho-Corasick over folded text, positions in the original.

What a term means, and how many are too many, is for rules and stages.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from ahocorasick_rs import AhoCorasick, BytesAhoCorasick, Implementation

from pipeline.kernels.folding import HAN, fold, fold_rows, origins
from pipeline.kernels.strings import buffers

IS_HAN = re.compile(f"[{HAN}]")
CUE_CHARS = 40
"""How near a cue must stand to a term, in folded code points: about one English clause, two Chinese ones."""
QUOTED = re.compile(r"“[^“”\n]{1,200}”|「[^「」\n]{1,200}」|\"[^\"\n]{1,200}\"")


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
    is_reported: bool = False  # in a quotation, or near a cue of reporting, prohibiting or objecting


class Lexicon:
    """An automaton over terms, and one over cues; built once per process.

    A cue is a word by which people speak about prohibited content instead of producing it: police, forbids, condemns.
    """

    def __init__(self, terms: Sequence[Term], cues: Sequence[str] = ()) -> None:
        self.terms = tuple(terms)
        patterns = [fold(term.text) for term in terms]
        self._automaton = AhoCorasick(patterns)
        encoded = [pattern.encode() for pattern in patterns]
        self._prefilter = BytesAhoCorasick(encoded, implementation=Implementation.DFA)
        self._cues = AhoCorasick([fold(cue) for cue in cues])

    def find(self, text: str) -> list[Hit]:
        """Every occurrence of every term, ordered by start, end, then term; overlaps included.

        A term that begins or ends with a letter or digit of a script with spaces matches at word borders only.

        Args:
            text: any length; NFC expected, not required.
        """
        folded = fold(text)
        found = _places(self._automaton, folded)
        if not found:
            return []
        origin = origins(text)
        cues = _places(self._cues, folded)
        quotes = [match.span() for match in QUOTED.finditer(folded)]
        return [
            _hit(
                self.terms[which],
                origin[start],
                origin[end - 1] + 1,
                is_reported=_is_reported(start, end, cues, quotes),
            )
            for start, end, which in found
        ]

    def find_rows(self, texts: pa.Array | pa.ChunkedArray) -> Mapping[int, list[Hit]]:
        """The hits of the texts that have any, by row, ascending: exactly what `find` finds in each.

        The whole column is folded and searched at once; only texts in which something was found are looked at again.
        """
        data, offsets = buffers(texts)
        folded, starts = fold_rows(data, offsets)
        found = self._prefilter.find_matches_as_indexes(folded, overlapping=True)
        places = np.array([(start, end) for _, start, end in found], np.int64).reshape(-1, 2)
        rows = np.unique(np.searchsorted(starts, places[_may_stand(folded, places), 0], side="right") - 1)
        hits = {row: self.find(texts[row].as_py()) for row in rows.tolist()}
        return {row: own for row, own in hits.items() if own}


def _places(automaton: AhoCorasick, folded: str) -> list[tuple[int, int, int]]:
    """(start, end, which), ascending, at word borders."""
    matches = automaton.find_matches_as_indexes(folded, overlapping=True)
    return sorted((start, end, which) for which, start, end in matches if _bounded(folded, start, end))


def _hit(term: Term, start: int, end: int, *, is_reported: bool) -> Hit:
    where = {"start": start, "end": end}
    return Hit(**where, code=term.code, term_id=term.id, weight=term.weight, is_reported=is_reported)


def _is_reported(start: int, end: int, cues: Sequence[tuple[int, int, int]], quotes: Sequence[tuple[int, int]]) -> bool:
    """It stands in a quotation, or a cue that is no part of it stands near."""
    if any(first < start and end < last for first, last in quotes):
        return True
    near = ((a, b) for a, b, _ in cues if start - CUE_CHARS <= a and b <= end + CUE_CHARS)
    return any(b <= start or a >= end for a, b in near)


def _may_stand(folded: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Mask of places that are not inside an ASCII word; what other letters stand at a border, `find` decides."""
    padded = np.concatenate([folded, np.zeros(1, np.uint8)])
    joins = ((padded >= 48) & (padded <= 57)) | ((padded >= 97) & (padded <= 122))
    start, end = places[:, 0], places[:, 1]
    before = (start > 0) & joins[start - 1] & joins[start]
    outside: np.ndarray = ~before & ~(joins[end - 1] & joins[end])
    return outside


def _bounded(text: str, start: int, end: int) -> bool:
    before = start > 0 and _joins(text[start - 1]) and _joins(text[start])
    after = end < len(text) and _joins(text[end]) and _joins(text[end - 1])
    return not before and not after


def _joins(char: str) -> bool:
    return char.isalnum() and not IS_HAN.match(char)


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
