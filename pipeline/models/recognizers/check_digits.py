"""Check digits of the standards that recognizers use; a wrong one lowers a score and is no reason to drop."""

import re
from datetime import date

DOUBLED = str.maketrans("0123456789", "0246813579")
"""Twice a digit, or the sum of the digits of that."""
NEITHER = re.compile("[^0-9A-Z]+")
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECKS = "10X98765432"
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True)
)
PROVINCES = frozenset(
    str(code)
    for first, last in ((11, 15), (21, 23), (31, 37), (41, 46), (50, 54), (61, 65), (71, 71), (81, 83))
    for code in range(first, last + 1)
)


def bare(text: str) -> str:
    """Its digits and ASCII letters alone, in capitals."""
    return NEITHER.sub("", text.upper())


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others (ISO/IEC 7812-1)."""
    return (sum(map(int, digits[-1::-2])) + sum(map(int, digits[-2::-2].translate(DOUBLED)))) % 10 == 0


def resident(digits: str) -> str:
    """The ISO 7064 MOD 11-2 check character of the first seventeen digits (GB 11643)."""
    return ID_CHECKS[sum(w * int(d) for w, d in zip(ID_WEIGHTS, digits, strict=False)) % 11]


def uscc(code: str) -> bool:
    """Whether the eighteenth character is the MOD 31 check character (GB 32100)."""
    values = [USCC_ALPHABET.find(c) for c in code]
    total = sum(v * 3**i for i, v in enumerate(values[:17]))
    return len(values) == 18 and min(values) >= 0 and values[17] == -total % 31


def organisation(code: str) -> bool:
    """Whether the ninth character is the MOD 11 check character (GB 11714)."""
    total = sum(w * int(c, 36) for w, c in zip(ORGANISATION_WEIGHTS, code, strict=False))
    return code[8] == "0123456789X0"[-total % 11 if total % 11 else 11]


def vin(number: str) -> bool:
    """Whether the ninth character is the check digit of a vehicle (GB 16735, ISO 3779)."""
    values = [int(c) if c.isdigit() else VIN_VALUES.get(c, -1) for c in number]
    total = sum(w * v for w, v in zip(VIN_WEIGHTS, values, strict=False))
    return len(values) == len(VIN_WEIGHTS) and min(values) >= 0 and number[8] == "0123456789X"[total % 11]


def is_date(yyyymmdd: str, *, first: int = 1850, last: int = 2050) -> bool:
    """Whether it is a day of the calendar between the two years."""
    try:
        return first <= date(int(yyyymmdd[:4]), int(yyyymmdd[4:6]), int(yyyymmdd[6:8])).year <= last
    except ValueError:
        return False
