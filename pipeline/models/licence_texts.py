"""Which licences a text holds: compared with 38,000 licence texts, notices and references (licence_rules.parquet).

A rule that stands in the text word by word is found by its hash, a changed one by alignment. What a longer rule holds
does not count, nor does a mention that is known to name no licence. bench/licence_rules.py makes the rules.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from email.parser import HeaderParser
from functools import cache, lru_cache
from hashlib import file_digest
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipeline.kernels import licences as kernel
from pipeline.kernels.expressions import TRANSLATIONS, canonical
from pipeline.kernels.licences import Identified, Match
from pipeline.models import licence_words
from pipeline.rules.licences import declared

Identify = Callable[[str], Identified]
Ints = npt.NDArray[np.int32]

RULES = Path(__file__).with_name("licence_rules.parquet")
LINE = re.compile(r"SPDX-License-Identifier:[ \t]*([A-Za-z0-9.+() :-]{2,200})")
SILENT = frozenset(("false_positive", "intro", "clue"))
"""Kinds of rules that name no licence; they keep shorter ones from being found inside of them."""

GRANTING = frozenset(("notice", "identifier"))
BRACES = ("{{", "}}")
CHANGEABLE_WORDS = 15
"""A shorter rule counts only where it stands word by word: half of a sentence is another sentence."""
ENOUGH = 0.6
"""Share of a rule's words that a changed text has at least, unless the rule itself asks for more."""
LONG_WORDS = 60
"""What such a rule covers is explained: changed texts are looked for in the rest."""
OVERLAP = 0.4
SHORT_WORDS = 150
DECISIVE = frozenset(
    "later only option gpl lgpl agpl affero lesser library apache mozilla eclipse mit bsd isc attribution by "
    "noncommercial commercial nc noderivatives noderivs derivatives nd sharealike alike sa zero cc0".split()
)
"""Words, besides numbers, that a changed rule of up to `SHORT_WORDS` may not lack: they make it another licence."""
MODIFIERS = {
    "-NC": re.compile(r"\b(nc|noncommercial|non commercial)\b|非 商 业"),
    "-ND": re.compile(r"\b(nd|noderiv\w*|no deriv\w*)\b|禁 止 [演改]"),
    "-SA": re.compile(r"\b(sa|sharealike|share alike)\b|相 同 方 式"),
}
"""What makes a Creative Commons licence another one; by-sa never becomes by."""
AFTER_WORDS = 4
BETWEEN = frozenset("or the a an under at your option license licence version either terms of".split())
PER_EXPRESSION, EXPRESSIONS, LOOKED = 3, 8, 200
"""How many candidates of one expression, how many expressions, and how far down the list are aligned."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The rules and their index."""

    names: Sequence[str]
    expressions: Sequence[str]
    kinds: Sequence[str]
    minimum: npt.NDArray[np.float64]  # share of the words
    vocabulary: dict[str, int]
    is_required: npt.NDArray[np.bool_]  # per word of all rules
    is_decisive: npt.NDArray[np.bool_]
    index: kernel.Index


@dataclass(frozen=True, kw_only=True, slots=True)
class _Found:
    """A rule in a text; places are words."""

    rule: int
    expression: str
    kind: str
    first: int
    last: int
    matched: int
    size: int

    @property
    def worth(self) -> float:
        """Words explained, less half of those that are missing or foreign; a rare licence must be nearly whole."""
        lost = self.size - self.matched
        rare = 0.05 * ("LicenseRef" in self.expression) + 0.1 * (" " in self.expression) if lost else 0.0
        return self.matched - 0.5 * (lost + max(0, self.last - self.first - self.matched)) - rare * self.size

    def meets(self, other: "_Found") -> bool:
        """Whether they share a word."""
        return self.first < other.last and other.first < self.last


@cache
def version() -> str:
    """What identifies: this index of rules, by the hash of its file."""
    with RULES.open("rb") as file:
        return f"licence_rules {file_digest(file, 'sha256').hexdigest()[:16]}"


@cache
def identifier() -> Identify:
    """A function from a text to the licences in it; repeated texts cost a look-up."""
    known = index(pq.read_table(RULES))
    return lru_cache(maxsize=4096)(lambda text: identify(known, text))


def index(table: pa.Table) -> Rules:
    """The rules of a table, ready to be looked up."""
    split = pc.split_pattern(table.column("words").combine_chunks(), " ")
    coded = split.flatten().dictionary_encode()
    names = coded.dictionary.to_pylist()
    codes = coded.indices.to_numpy()
    rows = np.repeat(np.arange(len(split)), np.diff(split.offsets.to_numpy()))
    opening, closing = (codes == (names.index(brace) if brace in names else -1) for brace in BRACES)
    is_required = np.cumsum(opening.astype(np.int32) - closing) > 0
    is_word = ~(opening | closing)
    sizes = np.bincount(rows[is_word], minlength=len(split))
    minimum = np.maximum(ENOUGH, table.column("minimum_coverage").to_numpy() / 100)
    kinds = table.column("kind").to_pylist()
    is_changeable = ~table.column("is_whole").to_numpy() & (sizes >= CHANGEABLE_WORDS) & (minimum < 1)
    is_changeable &= np.array([kind != "false_positive" for kind in kinds])
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    return Rules(
        names=table.column("name").to_pylist(),
        expressions=[TRANSLATIONS.get(one, one) for one in table.column("expression").to_pylist()],
        kinds=kinds,
        minimum=minimum,
        vocabulary={name: i + 1 for i, name in enumerate(names) if name not in BRACES},
        is_required=is_required[is_word],
        is_decisive=np.array([n in DECISIVE or n.isdigit() for n in names])[codes[is_word]],
        index=kernel.index((codes[is_word] + 1).astype(np.int32), starts, is_changeable),
    )


def identify(known: Rules, text: str) -> Identified:
    """The licences in a text, joined by AND in the order in which they stand in it.

    What a file says of itself (metadata of a package, SPDX-License-Identifier) is taken as said.
    """
    if text.startswith("Metadata-Version:"):
        said = declared(HeaderParser().parsestr(text))
        return Identified.of([] if said is None else [_said(said, 0, len(text))])
    words, places = licence_words.located(text)
    lines = list(LINE.finditer(text))
    said_here = [_said(line[1].strip(), *line.span(1)) for line in lines if canonical(line[1].strip()) is not None]
    numbers = np.fromiter((known.vocabulary.get(word, 0) for word in words), np.int32, len(words))
    for line in lines:
        numbers[np.searchsorted(places, line.start()) : np.searchsorted(places, line.end())] = 0
    ends = np.array([match.start() for match in re.finditer("\n", text)], np.int64)
    found = _find(known, words, numbers, np.searchsorted(ends, places).astype(np.int32)) if words else []
    located = [_match(known, one, words, places) for one in found]
    return Identified.of(_granted(sorted([*said_here, *located], key=lambda match: match.start)))


def _granted(matches: Sequence[Match]) -> list[Match]:
    """The matches without the bare text of a licence that a notice beside it grants "or later": the grant decides."""
    granted = (m.expression for m in matches if m.kind in GRANTING)
    later = {one.replace("-or-later", "-only") for one in granted if one.endswith("-or-later")}
    return [m for m in matches if m.kind != "text" or not m.expression.endswith("-only") or m.expression not in later]


def _said(expression: str, start: int, end: int) -> Match:
    return Match(
        expression=canonical(expression) or expression,
        kind="identifier",
        rule="",
        start=start,
        end=end,
        matched=1,
        size=1,
        span=1,
    )


def _match(known: Rules, one: _Found, words: Sequence[str], places: Sequence[int]) -> Match:
    return Match(
        expression=one.expression,
        kind=one.kind,
        rule=known.names[one.rule],
        start=places[one.first],
        end=places[one.last - 1] + len(words[one.last - 1]),
        matched=one.matched,
        size=one.size,
        span=one.last - one.first,
    )


def _find(known: Rules, words: Sequence[str], text: Ints, lines: Ints) -> list[_Found]:
    """What stands in a text, none inside another.

    Args:
        known: the rules.
        words: the words of the text.
        text: the same words as numbers.
        lines: the line of each word.
    """
    whole = [_whole(known, int(rule), int(first)) for rule, first in kernel.whole(known.index, text)]
    whole = [one for one in whole if not _is_cut_short(one, words)]
    whole = _outer([one for one in whole if not _is_scattered(one, lines) and not _is_lonely(one, text)])
    changed = [one for one in _changed(known, text, whole) if not _is_cut_short(one, words)]
    better = [c for c in changed if all(one.size <= c.worth for one in whole if one.meets(c))]
    found = [one for one in _apart(_outer([*whole, *better])) if one.kind not in SILENT]
    return _chosen(sorted(found, key=lambda one: one.first), words)


def _chosen(found: Sequence[_Found], words: Sequence[str]) -> list[_Found]:
    """Neighbours with nothing but a few words and an "or" between them are one choice."""
    joined: list[_Found] = []
    for one in found:
        between = words[joined[-1].last : one.first] if joined else []
        if "or" in between and set(between) <= BETWEEN and len(between) <= AFTER_WORDS:
            before = joined.pop()
            both = canonical(f"({before.expression}) OR ({one.expression})") or one.expression
            matched, size = before.matched + one.matched, before.size + one.size
            joined.append(replace(before, expression=both, last=one.last, matched=matched, size=size))
        else:
            joined.append(one)
    return joined


def _whole(known: Rules, rule: int, first: int) -> _Found:
    size = int(known.index.starts[rule + 1] - known.index.starts[rule])
    return _found(known, rule, first, first + size, size)


def _found(known: Rules, rule: int, first: int, last: int, matched: int) -> _Found:
    return _Found(
        rule=rule,
        expression=known.expressions[rule],
        kind=known.kinds[rule],
        first=first,
        last=last,
        matched=matched,
        size=int(known.index.starts[rule + 1] - known.index.starts[rule]),
    )


def _is_scattered(one: _Found, lines: Ints) -> bool:
    """Whether a few words stand on more lines than they are: the cells of a table, no sentence."""
    return one.size < CHANGEABLE_WORDS and int(lines[one.last - 1] - lines[one.first]) >= one.size


def _is_lonely(one: _Found, text: Ints) -> bool:
    """Whether a single word stands among words that no licence has: a name, or bytes that are no text."""
    before, after = text[max(0, one.first - 5) : one.first], text[one.last : one.last + 5]
    return one.size == 1 and len(before) == len(after) == 5 and not before.any() and not after.any()


def _is_cut_short(one: _Found, words: Sequence[str]) -> bool:
    """Whether the text goes on to say another Creative Commons licence than the one that was found."""
    if not one.expression.startswith("CC-BY") or one.size > SHORT_WORDS:
        return False
    said = " ".join(words[one.first : one.last + AFTER_WORDS])
    return any(word.search(said) for name, word in MODIFIERS.items() if name not in one.expression)


def _outer(found: Sequence[_Found]) -> list[_Found]:
    """Those that no other one holds; of two at the same place the one nearer to its rule, SPDX before others."""
    order = sorted(found, key=lambda m: (m.first, -m.last, -m.matched / m.size, _said_least(m.expression), -m.rule))
    kept: list[_Found] = []
    for one in order:
        if not kept or one.last > kept[-1].last:
            kept.append(one)
    return kept


def _said_least(expression: str) -> tuple[bool, bool]:
    return "LicenseRef" in expression, "exception" in expression and " WITH " not in expression


def _apart(found: Sequence[_Found]) -> list[_Found]:
    """Of two that overlap much, the longer."""
    kept: list[_Found] = []
    for one in sorted(found, key=lambda m: (-m.matched, m.first)):
        shared = OVERLAP * (one.last - one.first)
        if all(min(one.last, other.last) - max(one.first, other.first) <= shared for other in kept):
            kept.append(one)
    return kept


def _changed(known: Rules, text: Ints, whole: Sequence[_Found]) -> list[_Found]:
    """Changed texts: first the one that explains most of the text, then those in what nothing long explains."""
    found: list[_Found] = []
    longest = max((one.size for one in whole), default=0)
    if longest < len(text) - 2 * CHANGEABLE_WORDS:
        most = _best(known, text, 0, len(text))
        found += [most] if most is not None and all(one.size < most.size for one in whole if one.meets(most)) else []
    regions = list(_gaps([one for one in (*whole, *found) if one.size >= LONG_WORDS], 0, len(text)))
    while regions:
        first, last = regions.pop()
        best = _best(known, text, first, last)
        if best is not None:
            found.append(best)
            regions += _gaps([best], first, last)
    return found


def _gaps(taken: Sequence[_Found], first: int, last: int) -> Iterator[tuple[int, int]]:
    """What is left of a stretch of words, where it is long enough to hold a changed text."""
    for one in sorted(taken, key=lambda m: m.first):
        if one.first - first >= CHANGEABLE_WORDS:
            yield first, one.first
        first = max(first, one.last)
    if last - first >= CHANGEABLE_WORDS:
        yield first, last


def _best(known: Rules, text: Ints, first: int, last: int) -> _Found | None:
    """The rule that explains most of a stretch of words."""
    region = kernel.region(text[first:last])
    tried: dict[int, _Found | None] = {}
    for rules in _candidates(known, text[first:last]):
        tally: dict[str, list[int]] = {}  # expression -> aligned, refused
        for rule in rules:
            counts = tally.setdefault(known.expressions[rule], [0, 0])
            if counts[0] < PER_EXPRESSION and counts[1] < 3 * PER_EXPRESSION:
                if rule not in tried:
                    tried[rule] = _aligned(known, rule, region, first)
                counts[tried[rule] is None] += 1
            if len(tally) >= EXPRESSIONS:
                break
    found = [one for one in tried.values() if one is not None]
    return max(found, key=lambda one: one.worth, default=None)


def _candidates(known: Rules, text: Ints) -> Iterator[list[int]]:
    """Rules by how many 5-grams they share with a text: those that are all there first, then the longest likely."""
    shared = kernel.shared(known.index, text)
    rules = np.flatnonzero(shared)
    share = shared[rules] / known.index.n_grams[rules]
    sizes = np.diff(known.index.starts)[rules]
    likely = np.minimum(sizes * share**0.4, len(text))  # a changed word spoils five 5-grams
    for worth in (sizes * share**2, likely - 0.5 * (sizes - likely)):
        best = np.argsort(-worth, kind="stable")[:LOOKED]
        yield [int(rule) for rule in rules[best]]


def _aligned(known: Rules, rule: int, region: kernel.Region, offset: int) -> _Found | None:
    is_matched, places = kernel.align(known.index, rule, region)
    places = _together(places, len(is_matched))
    own = slice(known.index.starts[rule], known.index.starts[rule + 1])
    is_asked = known.is_required[own] | (known.is_decisive[own] & (len(is_matched) <= SHORT_WORDS))
    matched = min(int(is_matched.sum()), len(places))
    if not is_matched[is_asked].all() or matched < known.minimum[rule] * len(is_matched):
        return None
    return _found(known, rule, int(places[0]) + offset, int(places[-1]) + 1 + offset, matched)


def _together(places: Ints, size: int) -> Ints:
    """The most places without a gap longer than a fifth of the rule (30 words at least)."""
    cuts = np.flatnonzero(np.diff(places) > max(30, size // 5)) + 1
    return max(np.split(places, cuts), key=len) if len(cuts) else places


def differences(text: str, match: Match) -> tuple[list[str], list[str]]:
    """(words of the rule that are missing, words that stand instead or between), as runs of words in order."""
    rule = _words_of(match.rule)
    own = licence_words.words(text[match.start : match.end])
    codes = SequenceMatcher(a=rule, b=own, autojunk=False).get_opcodes()
    missing = [" ".join(rule[i:j]) for tag, i, j, _, _ in codes if tag in ("delete", "replace")]
    added = [" ".join(own[i:j]) for tag, _, _, i, j in codes if tag in ("insert", "replace")]
    return missing, added


def _words_of(rule: str) -> list[str]:
    table = pq.read_table(RULES, columns=["name", "words"], filters=[("name", "=", rule)])
    return [word for word in str(table.column("words")[0].as_py()).split(" ") if word not in BRACES]
