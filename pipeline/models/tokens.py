"""spaCy's tokens of English texts, each stretch between two spaces taken apart only once.

spaCy takes every such stretch apart by itself, but for its special cases: those are looked for across spaces too, where
they change nothing except that one hides another. A text in which that can happen is left to spaCy (`_Crossing`).
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

COLUMNS = ("NORM", "PREFIX", "SUFFIX", "SHAPE")
ATTRIBUTES = (*COLUMNS, "IS_SPACE", "IDX", "LENGTH")
IS_SPACE, IDX, LENGTH, KIND = 4, 5, 6, 7
PARTS = re.compile(r"\S+|\s+")
FIRST = "\0"  # behind space at the beginning of a text, which spaCy reads otherwise; no other stretch of space ends so
REMEMBERED = 1 << 18
MOST_ROWS = 1 << 20
CODES = 256
READ = ("NORM", "PREFIX", "SUFFIX", "SHAPE", "IS_SPACE")
"""What spaCy has to find out about a word that it has not seen; nothing else about it is read here."""

Int64s = npt.NDArray[np.int64]
Rows = npt.NDArray[np.uint64]
Kinds = Callable[[Rows, bool], Int64s]  # `COLUMNS` of tokens, whether earlier ones are forgotten -> number of each


class Word(NamedTuple):
    """What stands between two spaces, and its first and last token."""

    text: str
    first: str
    last: str


class _Crossing:
    """Where special cases of a tokenizer could meet across a space: there both words are taken apart together."""

    def __init__(self, tokenizer: Any) -> None:
        from spacy.tokenizer import Tokenizer

        names = ("prefix_search", "suffix_search", "infix_finditer", "token_match", "url_match")
        bare = Tokenizer(tokenizer.vocab, **{name: getattr(tokenizer, name) for name in names})
        self.rules: dict[str, list[str]] = defaultdict(list)  # by the first two characters
        apart = []
        for rule in tokenizer.rules:
            self.rules[rule[:2]] += [] if rule.isspace() else [rule]
            apart.append([token.text for token in bare(rule)])
        self.pairs: dict[str, set[tuple[str, str]]] = defaultdict(set)  # by the two characters that meet
        self.table = np.zeros((CODES, CODES), np.bool_)
        for one, other in {pair for words in apart for pair in pairwise(words)}:
            self.pairs[one[-1] + other[0]].add((one, other))
            self.table[ord(one[-1]) % CODES, ord(other[0]) % CODES] = True
        self.known: dict[str, bool] = {}

    def is_at(self, one: "Word", other: "Word") -> bool:
        """Whether it could happen at the space between two words."""
        place = f"{one.text} {other.text}"
        if place not in self.known:
            self.known[place] = self._is_at(one, other)
        return self.known[place]

    def _is_at(self, one: "Word", other: "Word") -> bool:
        lasts, firsts = self._held(one), self._held(other)
        return (lasts or firsts) and any(
            (one.text.endswith(last) if lasts else one.last == last)
            and (other.text.startswith(first) if firsts else other.first == first)
            for last, first in self.pairs.get(one.text[-1] + other.text[0], ())
        )

    def _held(self, word: "Word") -> bool:
        """Whether the word may hold a special case, so that its tokens were others before it was looked for."""
        if word.text not in self.known:
            heads = (self.rules.get(word.text[at : at + 2], ()) for at in range(len(word.text)))
            self.known[word.text] = any(rule in word.text for rules in heads for rule in rules)
        return self.known[word.text]


@dataclass(kw_only=True)
class Tokens:
    """A tokenizer with what it has seen; its vocabulary learns no more than is read here."""

    nlp: Any
    kinds: Kinds
    known: dict[str, int] = field(default_factory=dict)
    zone: ExitStack = field(default_factory=ExitStack)
    rows: Rows = field(default_factory=lambda: np.zeros((1024, KIND + 1), np.uint64))
    edges: Int64s = field(default_factory=lambda: np.zeros(1024, np.int64))  # first row of each part, and behind it
    ends: npt.NDArray[np.uint8] = field(default_factory=lambda: np.zeros((1024, 2), np.uint8))  # first and last code

    def __post_init__(self) -> None:
        from spacy.attrs import IDS

        getters = self.nlp.vocab.lex_attr_getters
        for unread in set(getters).difference(IDS[name] for name in READ):
            del getters[unread]

    @cached_property
    def crossing(self) -> _Crossing:
        """Of this tokenizer."""
        return _Crossing(self.nlp.tokenizer)

    def __call__(self, texts: Sequence[str]) -> tuple[Rows, Int64s]:
        """The tokens of each text, `ATTRIBUTES` and kind in columns, and how many each text has."""
        apart = [_parts(text) for text in texts]
        parts = list(chain.from_iterable(apart))
        starts = np.concatenate([[0], np.cumsum(np.fromiter(map(len, apart), np.int64, len(apart)))])
        numbers = self._numbers(parts)
        crossed = self._crossed(parts, numbers, starts)
        if crossed:
            parts, starts = _joined(parts, crossed), starts - 2 * np.searchsorted(crossed, starts)
            numbers = self._numbers(parts)
        counts = (self.edges[1:] - self.edges[:-1])[numbers]
        edges = np.concatenate([[0], np.cumsum(counts)])[starts]
        return self._placed(parts, numbers, counts, starts), np.diff(edges)

    def _numbers(self, flat: Sequence[str]) -> Int64s:
        new = set(flat).difference(self.known)
        if len(self.known) + len(new) > REMEMBERED or self.edges[len(self.known)] > MOST_ROWS:
            self.known.clear()
            self.crossing.known.clear()
            new = set(flat)
        if new:
            self._learn(sorted(new))
        return np.fromiter(map(self.known.__getitem__, flat), np.int64, len(flat))

    def _placed(self, flat: Sequence[str], numbers: Int64s, counts: Int64s, starts: Int64s) -> Rows:
        sizes = np.fromiter(map(len, flat), np.int64, len(flat))
        sizes[[at for at in starts[:-1].tolist() if at < len(flat) and _is_first(flat[at])]] -= 1
        begins = np.concatenate([[0], np.cumsum(sizes)])
        begins = begins[:-1] - np.repeat(begins[starts[:-1]], np.diff(starts))
        shifts = self.edges[numbers] - np.concatenate([[0], np.cumsum(counts)[:-1]])
        tokens: Rows = self.rows[np.arange(int(counts.sum())) + np.repeat(shifts, counts)]
        tokens[:, IDX] += np.repeat(begins, counts).astype(np.uint64)
        return tokens

    def _crossed(self, parts: Sequence[str], numbers: Int64s, starts: Int64s) -> list[int]:
        """The single spaces, ascending, at which special cases could meet."""
        spaces = np.flatnonzero(numbers[1:-1] == self.known.get(" ", -1)) + 1
        firsts, lasts = self.ends[numbers[spaces + 1], 0], self.ends[numbers[spaces - 1], 1]
        spaces = spaces[self.crossing.table[lasts, firsts] & ~np.isin(spaces + 1, starts) & ~np.isin(spaces, starts)]
        return [
            at
            for at in spaces.tolist()
            if self.crossing.is_at(*(self._word(parts[near], int(numbers[near])) for near in (at - 1, at + 1)))
        ]

    def _word(self, part: str, number: int) -> Word:
        first, last = (int(self.rows[at, LENGTH]) for at in (self.edges[number], self.edges[number + 1] - 1))
        return Word(part, part[:first], part[-last:])

    def _learn(self, new: Sequence[str]) -> None:
        words = [part for part in new if not part[0].isspace()]
        spaces = sorted(set(new).difference(words))
        at = len(self.known)
        if at == 0:  # what spaCy keeps of tokens seen before goes, lest a worker grows with its corpus
            self.zone.close()
            self.zone.enter_context(self.nlp.memory_zone())
        found = [*self._words(words), *map(self._space, spaces)]
        ends = self.edges[at] + np.cumsum([len(rows) for rows in found])
        self.rows = _room(self.rows, int(ends[-1]))
        self.edges, self.ends = _room(self.edges, at + len(found) + 1), _room(self.ends, at + len(found))
        rows = np.concatenate(found)
        self.rows[self.edges[at] : ends[-1], :KIND] = rows
        self.rows[self.edges[at] : ends[-1], KIND] = self.kinds(rows[:, : len(COLUMNS)], at == 0)
        self.edges[at + 1 : at + 1 + len(found)] = ends
        self.ends[at : at + len(found)] = [(ord(p[0]) % CODES, ord(p[-1]) % CODES) for p in (*words, *spaces)]
        self.known |= {part: at + i for i, part in enumerate((*words, *spaces))}

    def _words(self, words: Sequence[str]) -> list[Rows]:
        """Of words, taken apart in one go: a line feed between two keeps special cases from meeting."""
        if not words:
            return []
        found = _array(self.nlp.make_doc("\n".join(words)))
        sizes = np.fromiter(map(len, words), np.int64, len(words))
        begins = np.concatenate([[0], np.cumsum(sizes + 1)[:-1]])
        places = found[:, IDX].astype(np.int64)
        lows, highs = np.searchsorted(places, begins), np.searchsorted(places, begins + sizes)
        found[:, IDX] -= np.repeat(begins, np.diff([*lows, len(found)])).astype(np.uint64)
        return [found[low:high] for low, high in zip(lows.tolist(), highs.tolist(), strict=True)]

    def _space(self, part: str) -> Rows:
        """Of space: a first blank belongs to the word before, unless the text begins with it."""
        blank = int(part[0] == " " and not _is_first(part))
        found = _array(self.nlp.make_doc(part.removesuffix(FIRST)[blank:]))
        found[:, IDX] += np.uint64(blank)
        return found


def _parts(text: str) -> list[str]:
    found = PARTS.findall(text)
    if found and found[0].isspace():
        found[0] += FIRST
    return found


def _is_first(part: str) -> bool:
    return part[0].isspace() and part[-1] == FIRST


def _joined(parts: Sequence[str], spaces: Sequence[int]) -> list[str]:
    """The parts with what stands around each of the spaces as one."""
    found: list[str] = []
    end = 0
    for at in spaces:
        if at > end:
            found += parts[end:at]
        found[-1] += f" {parts[at + 1]}"
        end = at + 2
    return found + list(parts[end:])


def _array(doc: Any) -> Rows:
    found: Rows = doc.to_array([*ATTRIBUTES])
    return found if len(doc) else np.zeros((0, len(ATTRIBUTES)), np.uint64)


def _room(array: Any, n: int) -> Any:
    while len(array) < n:
        array = np.concatenate([array, np.zeros_like(array)])
    return array
