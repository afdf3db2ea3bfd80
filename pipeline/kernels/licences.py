"""Rules of licence texts found in the words of a text: whole by hash, changed ones by shared 5-grams and alignment.

Words are numbers, 0 is a word that no rule has. A hash is a polynomial over words mod 2^64, so the hash of any run of
words follows from two prefix hashes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from numba import njit

from pipeline.kernels.expressions import operands
from pipeline.kernels.shingles import K, finish

Ints = npt.NDArray[np.int32]
Longs = npt.NDArray[np.int64]
Hashes = npt.NDArray[np.uint64]
Bools = npt.NDArray[np.bool_]

HEAD = 4
"""Rules are looked up by their first words, at most this many."""
GRAM = 5
SHORT, LONG_SHARE = 600, 8
"""Of rules up to `SHORT` words every second 5-gram is indexed, of longer ones every eighth."""
LINK = 3
"""Alignment joins runs of this many equal words."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A licence in a text: what was recognised, where, and how much of it is there."""

    expression: str
    kind: str  # text, notice, reference, tag, identifier
    rule: str
    start: int  # character
    end: int
    matched: int  # words of the rule that are there
    size: int  # words of the rule
    span: int  # words of the text between start and end

    @property
    def is_changed(self) -> bool:
        """Whether words are missing, or others stand between."""
        return self.matched < self.size or self.span > self.matched


@dataclass(frozen=True, kw_only=True, slots=True)
class Identified:
    """The licences of one text."""

    expression: str | None  # SPDX; null when it is no known licence
    score_ppm: int  # how much of the rules that were recognised is there
    matches: tuple[Match, ...]

    @classmethod
    def of(cls, matches: Sequence[Match]) -> "Identified":
        """What all matches say together: each expression once, in order, joined by AND."""
        names = list(dict.fromkeys(part for match in matches for part in operands(match.expression)))
        joined = names[0] if len(names) == 1 else " AND ".join(f"({n})" if " " in n else n for n in names)
        size = sum(match.size for match in matches)
        score = sum(match.matched for match in matches) * 1_000_000 // size if size else 0
        return cls(expression=joined or None, score_ppm=score, matches=tuple(matches))


@dataclass(frozen=True, kw_only=True, slots=True)
class Index:
    """All rules, ready to be looked up."""

    words: Ints  # of all rules, one after the other
    starts: Longs  # one more than there are rules
    hashes: Hashes  # of whole rules
    head_keys: Hashes  # ascending
    head_rules: Ints  # rule of each head key
    gram_keys: Hashes  # ascending
    gram_rules: Ints
    n_grams: Ints  # indexed 5-grams of each rule
    is_changeable: Bools  # whether a changed text of the rule counts


def index(words: Ints, starts: Longs, is_changeable: Bools) -> Index:
    """The index of rules.

    Args:
        words: numbers from 1, of all rules.
        starts: where each rule begins, and the end.
        is_changeable: whether a rule is looked for in changed form too.
    """
    prefix, powers = _prefixes(words)
    n = len(starts) - 1
    hashes, heads = np.empty(n, np.uint64), np.empty(n, np.uint64)
    _hash_rules(prefix, powers, starts, hashes, heads)
    order = np.argsort(heads, kind="stable").astype(np.int32)
    keys, rules = np.empty(len(words), np.uint64), np.empty(len(words), np.int32)
    size = _grams(prefix, powers, starts, is_changeable, (keys, rules))
    by_key = np.argsort(keys[:size], kind="stable")
    keys, rules = keys[:size][by_key], rules[:size][by_key]
    is_first = np.ones(size, np.bool_)  # a 5-gram counts once for a rule
    is_first[1:] = (keys[1:] != keys[:-1]) | (rules[1:] != rules[:-1])
    keys, rules = keys[is_first], rules[is_first]
    return Index(
        words=words,
        starts=starts,
        hashes=hashes,
        head_keys=heads[order],
        head_rules=order,
        gram_keys=keys,
        gram_rules=rules,
        n_grams=np.bincount(rules, minlength=n).astype(np.int32),
        is_changeable=is_changeable,
    )


def whole(of: Index, text: Ints) -> npt.NDArray[np.int32]:
    """Every rule that stands in the text word by word: rows of (rule, first word)."""
    prefix, powers = _prefixes(text)
    size = 1 << 12
    while True:
        out = np.empty((size, 2), np.int32)
        n = _whole(prefix, powers, of.starts, of.hashes, (of.head_keys, of.head_rules), out)
        if n <= size:
            return out[:n]
        size = n


def shared(of: Index, text: Ints) -> Ints:
    """How many of its indexed 5-grams each rule shares with a text."""
    prefix, powers = _prefixes(text)
    counts = np.zeros(len(of.n_grams), np.int32)
    _share(_text_grams(prefix, powers), of.gram_keys, of.gram_rules, counts)
    return counts


@dataclass(frozen=True, kw_only=True, slots=True)
class Region:
    """A stretch of a text, ready to be aligned with rules."""

    size: int
    links: Hashes  # ascending
    places: Ints  # where in the region each link begins


def region(text: Ints) -> Region:
    """A stretch of a text, ready to be aligned with rules."""
    links = _links(text)
    order = np.argsort(links, kind="stable").astype(np.int32)
    return Region(size=len(text), links=links[order], places=order)


def align(of: Index, rule: int, within: Region) -> tuple[Bools, Ints]:
    """Which words of a rule stand in order in a region, and where in it (ascending)."""
    own = of.words[of.starts[rule] : of.starts[rule + 1]]
    is_matched, is_used = np.zeros(len(own), np.bool_), np.zeros(within.size, np.bool_)
    _align(_links(own), within.links, within.places, is_matched, is_used)
    return is_matched, np.flatnonzero(is_used).astype(np.int32)


def _links(words: Ints) -> Hashes:
    if len(words) < LINK:
        return np.empty(0, np.uint64)
    joined = np.zeros(len(words) - LINK + 1, np.uint64)
    for i in range(LINK):
        joined = joined * K + words[i : len(words) - LINK + 1 + i].astype(np.uint64)
    return joined


@njit(nogil=True, cache=True)
def _prefixes(words: Ints) -> tuple[Hashes, Hashes]:  # pragma: no cover - compiled
    n = len(words)
    prefix, powers = np.zeros(n + 1, np.uint64), np.ones(n + 1, np.uint64)
    for i in range(n):
        prefix[i + 1] = prefix[i] * K + finish(np.uint64(words[i]) + np.uint64(1))
        powers[i + 1] = powers[i] * K
    return prefix, powers


@njit(nogil=True, cache=True)
def _run(prefix: Hashes, powers: Hashes, at: int, n: int) -> np.uint64:  # pragma: no cover - compiled
    run: np.uint64 = finish(prefix[at + n] - prefix[at] * powers[n] + np.uint64(n))
    return run


@njit(nogil=True, cache=True)
def _hash_rules(  # pragma: no cover - compiled
    prefix: Hashes, powers: Hashes, starts: Longs, hashes: Hashes, heads: Hashes
) -> None:
    for r in range(len(starts) - 1):
        n = starts[r + 1] - starts[r]
        hashes[r] = _run(prefix, powers, starts[r], n)
        heads[r] = _run(prefix, powers, starts[r], min(n, HEAD))


@njit(nogil=True, cache=True)
def _grams(  # pragma: no cover - compiled
    prefix: Hashes, powers: Hashes, starts: Longs, is_changeable: Bools, out: tuple[Hashes, Ints]
) -> int:
    keys, rules = out
    size = 0
    for r in range(len(starts) - 1):
        n = starts[r + 1] - starts[r]
        every = np.uint64(2 if n <= SHORT else LONG_SHARE)
        for i in range(starts[r], starts[r + 1] - GRAM + 1 if is_changeable[r] else starts[r]):
            key = _run(prefix, powers, i, GRAM)
            if key % every == 0:
                keys[size], rules[size] = key, r
                size += 1
    return size


@njit(nogil=True, cache=True)
def _whole(  # pragma: no cover - compiled
    prefix: Hashes, powers: Hashes, starts: Longs, hashes: Hashes, heads: tuple[Hashes, Ints], out: Ints
) -> int:
    head_keys, head_rules = heads
    n = len(prefix) - 1
    found = 0
    for i in range(n):
        for k in range(1, HEAD + 1):
            if i + k > n:
                break
            key = _run(prefix, powers, i, k)
            at = np.searchsorted(head_keys, key)
            while at < len(head_keys) and head_keys[at] == key:
                rule = head_rules[at]
                at += 1
                size = starts[rule + 1] - starts[rule]
                if i + size <= n and _run(prefix, powers, i, size) == hashes[rule]:
                    if found < len(out):
                        out[found, 0], out[found, 1] = rule, i
                    found += 1
    return found


@njit(nogil=True, cache=True)
def _text_grams(prefix: Hashes, powers: Hashes) -> Hashes:  # pragma: no cover - compiled
    keys = np.empty(max(len(prefix) - GRAM, 0), np.uint64)
    n = 0
    for i in range(len(keys)):
        key = _run(prefix, powers, i, GRAM)
        if key % np.uint64(2) == 0:
            keys[n] = key
            n += 1
    return np.unique(keys[:n])


@njit(nogil=True, cache=True)
def _share(keys: Hashes, gram_keys: Hashes, gram_rules: Ints, shared: Ints) -> None:  # pragma: no cover - compiled
    for key in keys:
        at = np.searchsorted(gram_keys, key)
        while at < len(gram_keys) and gram_keys[at] == key:
            shared[gram_rules[at]] += 1
            at += 1


@njit(nogil=True, cache=True)
def _align(  # pragma: no cover - compiled
    links_own: Hashes, keys: Hashes, places: Ints, is_matched: Bools, is_used: Bools
) -> None:
    """Longest chain of links in order, both sides: patience sorting over pairs, at most 8 places for a link."""
    room = len(links_own) * 8 + 1
    own, text, before = np.empty(room, np.int32), np.empty(room, np.int32), np.empty(room, np.int32)
    tails = np.empty(room, np.int32)
    n, length = 0, 0
    for i in range(len(links_own)):
        at = np.searchsorted(keys, links_own[i])
        last = at
        while last < len(keys) and keys[last] == links_own[i] and last - at < 8:
            last += 1
        for j in range(last - 1, at - 1, -1):  # descending, so that one word of the rule is used once
            place = places[j]
            low, high = 0, length
            while low < high:
                middle = (low + high) // 2
                if text[tails[middle]] < place:
                    low = middle + 1
                else:
                    high = middle
            own[n], text[n], before[n] = i, place, tails[low - 1] if low else -1
            tails[low] = n
            length = max(length, low + 1)
            n += 1
    at = tails[length - 1] if length else -1
    while at >= 0:
        for k in range(LINK):
            is_matched[own[at] + k] = True
            is_used[text[at] + k] = True
        at = before[at]
