"""Surrogates: what looks like a personal value and is nobody's, drawn from a seed by Faker and by format.

Mail lies in example.com, addresses in documentation ranges (RFC 2606, 5737, 3849); numbers keep their format and fail
their check: Luhn, month, area or check digits that are never issued.
"""

from collections.abc import Callable
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from pipeline.models.recognizers.check_digits import luhn
from pipeline.models.scan import CJK_RUN

if TYPE_CHECKING:
    from faker import Faker

LUHN = frozenset({"CREDIT_CARD", "CN_BANK_CARD", "IMEI", "SIM_CARD"})
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def surrogate(kind: str, value: str, seed: int) -> str:
    """The surrogate of a value: the same type, value and seed give the same one.

    Args:
        kind: type of the finding.
        value: gives format and script, nothing else.
        seed: from an HMAC of the value under a key, so that it cannot be led back without the key.
    """
    drawn = Random(seed)  # noqa: S311  the seed is an HMAC
    if kind == "PERSON":
        return str(_faker(value, seed).name())
    if kind == "LOCATION":
        return str(_faker(value, seed).city())
    if kind == "EMAIL_ADDRESS":
        return f"user-{''.join(drawn.choices(LETTERS, k=8))}@example.com"
    if kind == "IP_ADDRESS":
        return f"2001:db8::{drawn.randrange(65536):x}" if ":" in value else f"192.0.2.{drawn.randrange(1, 255)}"
    return _refilled(value, INVALID.get(kind, _luhn if kind in LUHN else _as_drawn)(_drawn(value, drawn)))


def _faker(value: str, seed: int) -> "Faker":
    made = _locale("zh_CN" if CJK_RUN.search(value) else "en_US")
    made.seed_instance(seed)
    return made


@cache
def _locale(name: str) -> "Faker":
    from faker import Faker

    return Faker(name)


def _drawn(value: str, drawn: Random) -> str:
    """Letters and digits of the value, each replaced by a drawn one of its kind; from the end, for country codes."""
    return "".join([_character(c, drawn) for c in reversed(value) if c.isalnum()][::-1])


def _character(c: str, drawn: Random) -> str:
    if c.isdigit():
        return str(drawn.randrange(10))
    if not c.isascii():
        return c
    letter = drawn.choice(LETTERS)
    return letter.upper() if c.isupper() else letter


def _refilled(value: str, characters: str) -> str:
    left = iter(characters)
    return "".join(next(left) if c.isalnum() else c for c in value)


def _as_drawn(drawn: str) -> str:
    return drawn


def _luhn(drawn: str) -> str:
    return drawn[:-1] + str((int(drawn[-1]) + 1) % 10) if drawn.isdigit() and luhn(drawn) else drawn


def _at(position: int, fixed: str) -> Callable[[str], str]:
    """Writes `fixed` at a position, from the end when negative, if there is room."""

    def write(drawn: str) -> str:
        at = position if position >= 0 else len(drawn) + position
        has_room = at >= 0 and at + len(fixed) <= len(drawn)
        return drawn[:at] + fixed + drawn[at + len(fixed) :] if has_room else drawn

    return write


INVALID = {
    "CN_RESIDENT_ID": _at(-8, "00"),  # month
    "CN_PERMANENT_RESIDENT": _at(-8, "00"),
    "CN_MOBILE": _at(-11, "100"),  # no such segment
    "PHONE_NUMBER": _at(-7, "55501"),  # reserved for fiction in the North American plan
    "CN_LANDLINE": _at(-7, "0"),  # no local number begins so
    "US_SSN": _at(0, "000"),
    "IBAN_CODE": _at(2, "00"),
}
"""What makes a drawn number one that is never issued."""
