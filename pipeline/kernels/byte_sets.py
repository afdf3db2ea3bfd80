"""Sets of bytes (`code_bytes`): what one item of a parse tree can consume, or more, and what it surely does."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from pipeline.kernels.code_bytes import CODE_POINTS, HAN, HAN_BYTES, SIGNS, table

HANS = frozenset(range(HAN, HAN + HAN_BYTES))
FULL = frozenset(range(128)) | HANS
CLASSES = frozenset(b"0_ \x01ski") | frozenset(SIGNS) | HANS
"""Bytes that stand for several code points; a negated set may not lack them."""
DIGITS = frozenset(b"0123456789")
SPACES = frozenset(b" \t\n\r\x0b\x0c")
LETTERS = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
WORDS = LETTERS | DIGITS | frozenset(b"_") | HANS
NEWLINE = b"\n"[0]
CATEGORIES = {
    "CATEGORY_DIGIT": DIGITS,
    "CATEGORY_NOT_DIGIT": FULL - DIGITS,
    "CATEGORY_SPACE": SPACES | frozenset(range(0x1C, 0x20)),
    "CATEGORY_NOT_SPACE": FULL - SPACES,
    "CATEGORY_WORD": WORDS,
    "CATEGORY_NOT_WORD": FULL - WORDS,
}
SURELY = CATEGORIES | {"CATEGORY_SPACE": SPACES, "CATEGORY_NOT_SPACE": FULL - CATEGORIES["CATEGORY_SPACE"]}
"""Bytes all of whose code points are of the category."""


class Unreadable(Exception):
    """The pattern cannot be widened: it holds what this module does not know."""


@cache
def written(found: frozenset[int]) -> str:
    """The set as an expression."""
    runs: list[list[int]] = []
    for byte in sorted(found):
        if runs and runs[-1][1] == byte - 1:
            runs[-1][1] = byte
        else:
            runs.append([byte, byte])
    inner = "".join(_byte(low) + (f"-{_byte(high)}" if high > low else "") for low, high in runs)
    return inner if len(found) == 1 else f"[{inner}]"


def _byte(byte: int) -> str:
    return chr(byte) if byte in WORDS - HANS else f"\\x{byte:02x}"


def members(op: str, value: Any, flags: int) -> frozenset[int]:
    """The bytes of the code points that one item of a parse tree can consume, or more.

    Raises:
        Unreadable: for an item that is no set.
    """
    if op == "ANY":
        return FULL if flags & re.DOTALL else FULL - {ord("\n")}
    if op == "LITERAL":
        return _literal(int(value), flags)
    if op == "NOT_LITERAL":
        return FULL - (_alone(_literal(int(value), flags)) if value < 128 else frozenset())
    if op == "RANGE":
        return _range(int(value[0]), int(value[1]), flags)
    if op == "CATEGORY":
        return CATEGORIES[str(value)]
    if op == "IN":
        return _in(value, flags)
    raise Unreadable(op)


def _in(items: Iterable[tuple[Any, Any]], flags: int) -> frozenset[int]:
    named = [(str(op), value) for op, value in items]
    found = frozenset[int]().union(*(members(op, v, flags) for op, v in named if op != "NEGATE"))
    if not any(op == "NEGATE" for op, _ in named):
        return found
    sure = frozenset[int]().union(*(surely(op, v, flags) for op, v in named if op != "NEGATE"))
    return FULL - sure


def surely(op: str, value: Any, flags: int) -> frozenset[int]:
    """Bytes all of whose code points the item holds."""
    if op == "CATEGORY":
        return SURELY[str(value)]
    if op == "LITERAL":
        return _alone(_literal(int(value), flags)) if value < 128 else frozenset()
    if op == "RANGE":
        low, high = value
        return _alone(_range(low, min(high, 127), flags)) if low < 128 else frozenset()
    if op == "IN" and str(value[0][0]) != "NEGATE":
        return frozenset[int]().union(*(surely(str(o), v, flags) for o, v in value))
    return frozenset()


def _alone(found: frozenset[int]) -> frozenset[int]:
    return found - CLASSES


@cache
def _literal(code: int, flags: int) -> frozenset[int]:
    forms = {chr(code)}
    if flags & re.IGNORECASE:
        forms |= {form for form in (chr(code).lower(), chr(code).upper(), chr(code).casefold()) if len(form) == 1}
    return _both_cases(frozenset(int(table()[ord(form)]) for form in forms), flags)


@cache
def _range(low: int, high: int, flags: int) -> frozenset[int]:
    found = frozenset(int(b) for b in np.unique(table()[low : min(high, CODE_POINTS - 1) + 1]))
    return _both_cases(found | (frozenset(b"_") if high > 127 and flags & re.IGNORECASE else frozenset()), flags)


def _both_cases(found: frozenset[int], flags: int) -> frozenset[int]:
    return found | frozenset(b ^ 0x20 for b in found & LETTERS) if flags & re.IGNORECASE else found
