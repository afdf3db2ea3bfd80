"""What a regular expression can match, said in bytes: a wider expression for a scanner, and what no match can hold.

A pattern is read by Python's own parser. Each step only widens it: assertions fall away but for a byte beside the
match that they surely refuse, a repeat keeps its bounds, a set becomes the bytes of its members (`byte_sets`), and what
may be missing at either end is not asked for. So every match of the pattern holds a match of its superset.
What cannot be read raises `Unreadable`; its pattern must then run on whole texts.
"""

import re
import warnings
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

from pipeline.kernels.byte_sets import DIGITS, FULL, NEWLINE, WORDS, Unreadable, members, surely, written

WIDEST_ASSERTION = 64
WIDEST_MATCH = 1 << 15
FUZZY = re.compile(r"\{[^{}]*[ides][^{}]*\}")
"""`regex` reads errors allowed where `re` reads literal braces."""
ESCAPED = re.compile(r"\\.", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Superset:
    """A pattern's superset over bytes.

    `delimiters` are bytes that no match holds; none when a match may hold any. Its assertions look no further than the
    next byte of `limits` behind it and `margin` code points more; no `limits` when there is no bound. `longest` is none
    beyond `WIDEST_MATCH`. The expression ends `overhang` bytes behind the match. `digits` is how many bytes of `DIGITS`
    every match holds. `is_line` says that the expression looks at one line only.
    """

    expression: str
    delimiters: bytes
    limits: bytes
    margin: int
    shortest: int
    longest: int | None
    overhang: int
    digits: int
    is_line: bool


def superset(pattern: str, flags: int) -> Superset:
    """Widen a pattern.

    Args:
        pattern: as `regex` or `re` take it.
        flags: IGNORECASE, MULTILINE, DOTALL; others are refused.

    Raises:
        Unreadable: see the module.
    """
    if flags & ~(re.IGNORECASE | re.MULTILINE | re.DOTALL | re.UNICODE):
        raise Unreadable("flags")
    if FUZZY.search(ESCAPED.sub("", pattern)):
        raise Unreadable("fuzzy")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # where `re` warns, `regex` reads something else
            tree = parser.parse(pattern, int(flags))
    except (re.error, OverflowError, RecursionError, Warning) as e:
        raise Unreadable("syntax") from e
    walk = _Walk(groups={})
    walk.sequence(tree, tree.state.flags)
    before = _Walk(groups=walk.groups)
    shortest, longest = map(int, tree.getwidth())
    if follows := _follows(tree):
        walk.sequence(follows, tree.state.flags)
        longest += int(follows.getwidth()[1])
    apart = "" if follows else _unlike(tree, tree.state.flags)
    core = _Walk(groups={}).sequence(_core(tree, is_open=not apart), tree.state.flags)
    return Superset(
        expression=_behind(tree, tree.state.flags, before) + core + apart,
        delimiters=bytes(sorted(FULL - walk.consumed)),
        limits=bytes(sorted(FULL - walk.consumed - walk.ahead)),
        margin=walk.margin,
        shortest=shortest,
        longest=longest if longest <= WIDEST_MATCH else None,
        overhang=int(bool(apart)),
        digits=fewest(tree),
        is_line=NEWLINE not in walk.consumed | before.consumed,
    )


def holding(found: Superset, core: Superset, *, is_scanned: bool) -> Superset:
    """What is known of a pattern when only those of its matches count that hold a match of another.

    Args:
        found: of the pattern.
        core: of the other.
        is_scanned: whether a scanner looks for the other alone.
    """
    return replace(
        found,
        expression=core.expression if is_scanned else found.expression,
        overhang=core.overhang if is_scanned else found.overhang,
        digits=max(found.digits, core.digits),
        is_line=found.is_line and core.is_line,
    )


def _core(tree: Any, *, is_open: bool) -> Any:
    """A part that every match holds: without what may be missing at either end, repeats there at their fewest.

    Args:
        tree: of the pattern.
        is_open: false where the end of the match must be told from what stands behind it.
    """
    follows = _follows(tree)
    if tree.state.groups > 1 and "GROUPREF" in str(tree):
        return [*tree, *(follows or ())]
    is_first = str(tree[0][0]) not in ("ASSERT", "ASSERT_NOT", "AT")
    if not follows:
        return _trimmed(list(tree), is_first=is_first, is_last=is_open)
    match, behind = list(tree)[:-1], list(follows)
    return [
        *(_trimmed(match, is_first=is_first, is_last=False) if match else ()),
        *_trimmed(behind, is_first=False, is_last=True),
    ]


def _follows(tree: Any) -> Any:
    """What must stand behind a match, by the assertion that its pattern ends with; none where that may be anything."""
    if not tree or str(tree[-1][0]) != "ASSERT" or tree[-1][1][0] < 0:
        return None
    follows = tree[-1][1][1]
    least, most = map(int, follows.getwidth())
    return follows if least and most <= WIDEST_ASSERTION else None


def _trimmed(items: list[Any], *, is_first: bool, is_last: bool) -> list[Any]:
    while is_first and len(items) > 1 and not _width(items[0]):
        items = items[1:]
    while is_last and len(items) > 1 and not _width(items[-1]):
        items = items[:-1]
    last = len(items) - 1
    return [
        _edge(*item, is_first=is_first and at == 0, is_last=is_last and at == last) for at, item in enumerate(items)
    ]


def _edge(op: Any, value: Any, *, is_first: bool, is_last: bool) -> Any:
    if not (is_first or is_last):
        return op, value
    cut = partial(_trimmed, is_first=is_first, is_last=is_last)
    if str(op) in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT") and value[0]:
        least, _, inner = value
        return op, (least, least, cut(list(inner)) if least == 1 else inner)
    if str(op) == "SUBPATTERN":
        return op, (*value[:3], cut(list(value[3])))
    if str(op) == "ATOMIC_GROUP":
        return op, cut(list(value))
    if str(op) == "BRANCH":
        return op, (value[0], [cut(list(branch)) for branch in value[1]])
    return op, value


def _width(item: Any) -> int:
    return int(parser.SubPattern(parser.State(), [item]).getwidth()[0])


def fewest(items: Iterable[tuple[Any, Any]]) -> int:
    """How many digits every match of a parse tree consumes at least."""
    return sum(_fewest(str(op), value) for op, value in items)


def _fewest(op: str, value: Any) -> int:
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return int(value[0]) * fewest(value[2])
    if op == "BRANCH":
        return min(map(fewest, value[1]))
    if op == "SUBPATTERN":
        return fewest(value[3])
    if op == "ATOMIC_GROUP":
        return fewest(value)
    if op in ("ASSERT", "ASSERT_NOT", "AT", "GROUPREF", "GROUPREF_EXISTS"):
        return 0
    return int(members(op, value, re.IGNORECASE) <= DIGITS)


def _behind(tree: Any, flags: int, before: "_Walk") -> str:
    """What must stand before a match, by the assertion that its pattern begins with.

    A text may stand behind another and a line feed, so what no line feed can be is not asked for.
    """
    if not tree:
        return ""
    op, value = str(tree[0][0]), tree[0][1]
    if op == "AT" and str(value) == "AT_BOUNDARY":
        return _apart(WORDS) if _edge_bytes(tree[1:], flags, 0) <= WORDS else ""
    if op not in ("ASSERT", "ASSERT_NOT") or value[0] > 0:
        return ""
    if op == "ASSERT":
        return f"(?:{before.sequence(value[1], flags)})"
    return _apart(_never(value[1], flags))


def _apart(found: frozenset[int]) -> str:
    return "" if NEWLINE in found or not found else f"(?:^|{written(FULL - found)})"


def _unlike(tree: Any, flags: int) -> str:
    """What must stand behind a match, by the assertion that its pattern ends with; a text has a line feed there."""
    if not tree:
        return ""
    op, value = str(tree[-1][0]), tree[-1][1]
    found = frozenset[int]()
    if op == "AT" and str(value) == "AT_BOUNDARY":
        found = WORDS if _edge_bytes(tree[:-1], flags, -1) <= WORDS else found
    elif op == "ASSERT_NOT" and value[0] > 0:
        found = _never(value[1], flags)
    return written(FULL - found) if found and NEWLINE not in found else ""


def _never(tree: Any, flags: int) -> frozenset[int]:
    """Bytes that surely match what may not stand somewhere, by those of its alternatives that are one set."""
    is_branched = len(tree) == 1 and str(tree[0][0]) == "BRANCH"
    found = frozenset[int]()
    for items in tree[0][1][1] if is_branched else [tree]:
        if len(items) == 1 and str(items[0][0]) in ("LITERAL", "IN"):
            found |= surely(str(items[0][0]), items[0][1], flags)
    return found


def _edge_bytes(items: Any, flags: int, at: int) -> frozenset[int]:
    """The bytes that a match of a parse tree can begin (`at` 0) or end (`at` -1) with, or all."""
    if not items:
        return FULL
    op, value = str(items[at][0]), items[at][1]
    if op == "SUBPATTERN":
        return _edge_bytes(value[3], (flags | value[1]) & ~value[2], at)
    if op == "BRANCH":
        return frozenset[int]().union(*(_edge_bytes(branch, flags, at) for branch in value[1]))
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        return _edge_bytes(value[2], flags, at) if value[0] else FULL
    if op in ("LITERAL", "IN", "CATEGORY", "RANGE"):
        return members(op, value, flags)
    return FULL


class _Walk:
    """One pass over a parse tree: writes the superset and notes what is consumed, and what assertions look through."""

    def __init__(self, *, groups: dict[int, tuple[str, frozenset[int]]]) -> None:
        self.groups = groups
        self.consumed = frozenset[int]()
        self.ahead = frozenset[int]()
        self.margin = 0

    def sequence(self, items: Iterable[tuple[Any, Any]], flags: int) -> str:
        return "".join(self.item(str(op), value, flags) for op, value in items)

    def item(self, op: str, value: Any, flags: int) -> str:
        known: dict[str, Callable[[Any, int], str]] = {
            "BRANCH": lambda v, f: f"(?:{'|'.join(self.sequence(b, f) for b in v[1])})",
            "SUBPATTERN": self._group,
            "ATOMIC_GROUP": lambda v, f: f"(?:{self.sequence(v, f)})",
            "MAX_REPEAT": self._repeat,
            "MIN_REPEAT": self._repeat,
            "POSSESSIVE_REPEAT": self._repeat,
            "ASSERT": self._assertion,
            "ASSERT_NOT": self._assertion,
            "AT": lambda *_: self._at(),
            "GROUPREF": lambda v, _: self._again(v),
            "GROUPREF_EXISTS": lambda v, f: f"(?:{self.sequence(v[1], f)}|{self.sequence(v[2] or [], f)})",
        }
        return known[op](value, flags) if op in known else self._set(members(op, value, flags))

    def _set(self, found: frozenset[int]) -> str:
        self.consumed |= found
        if not found:
            raise Unreadable("empty set")
        return written(found)

    def _group(self, value: Any, flags: int) -> str:
        number, add, remove, inner = value
        if add & re.ASCII:
            raise Unreadable("flags")
        before, self.consumed = self.consumed, frozenset()
        written = f"(?:{self.sequence(inner, (flags | add) & ~remove)})"
        if number is not None:
            self.groups[number] = written, self.consumed
        self.consumed |= before
        return written

    def _again(self, number: int) -> str:
        if number not in self.groups:
            raise Unreadable("reference into itself")
        written, consumed = self.groups[number]
        self.consumed |= consumed
        return written

    def _repeat(self, value: Any, flags: int) -> str:
        least, most, inner = value
        bounds = f"{{{int(least)},{'' if most == parser.MAXREPEAT else int(most)}}}"
        return f"(?:{self.sequence(inner, flags)}){bounds}"

    def _assertion(self, value: Any, flags: int) -> str:
        direction, inner = value
        aside = _Walk(groups=self.groups)  # what it looks at is not consumed
        aside.sequence(inner, flags)
        self.ahead |= aside.ahead
        if direction > 0:
            width = int(inner.getwidth()[1])
            self.ahead |= aside.consumed if width > WIDEST_ASSERTION else frozenset()
            self.margin = max(self.margin, min(width, WIDEST_ASSERTION) + 2 + aside.margin)
        return ""

    def _at(self) -> str:
        self.margin = max(self.margin, 2)
        return ""  # a scanner's word boundaries know no letters beyond ASCII
