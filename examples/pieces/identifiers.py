"""Invented identifiers with right check digits: e-mail at example domains, telephones, identity and card numbers."""

from random import Random

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECKS = "10X98765432"
REGIONS = "110199 310199 330199 440399 510199 420199 610199 350299".split()
"""Districts that were never given out, in provinces that exist: no such person."""
MOBILE = "131 135 138 139 150 152 158 176 183 186 188 191 199".split()
DOMAINS = "example.com example.org example.net mail.example.com post.example.org".split()
WORDS = "amber birch cedar delta ember fern grove hazel iris juniper kelp linden maple nettle olive pine".split()
HELD = (11, 33, 55, 56, 57, 214, 215)
"""First octets of public blocks that belong to one holder, none of it to private customers."""


def email(rng: Random) -> str:
    """A mailbox at a reserved example domain."""
    sign = rng.choice(".-_")
    return f"{rng.choice(WORDS)}{sign}{rng.choice(WORDS)}{rng.randint(10, 9999)}@{rng.choice(DOMAINS)}"


def phone(rng: Random) -> str:
    """A number from a range reserved for fiction, in the United States or the United Kingdom."""
    area = rng.choice("212 303 415 503 617 702 808 916".split())
    shapes = ("+1 {a} 555 01{n:02}", "+1-{a}-555-01{n:02}", "+44 20 7946 0{m:03}", "+44 161 496 0{m:03}")
    return rng.choice(shapes).format(a=area, n=rng.randint(0, 99), m=rng.randint(100, 999))


def mobile(rng: Random) -> str:
    """A mainland mobile number of eleven digits, with and without country code."""
    prefix, middle, last = rng.choice(MOBILE), rng.randint(1000, 9999), rng.randint(1000, 9999)
    shape = rng.choice(("{p}{m}{e}", "{p}{m}{e}", "+86 {p} {m} {e}", "+86{p}{m}{e}", "{p}-{m}-{e}"))
    return shape.format(p=prefix, m=middle, e=last)


def resident_id(rng: Random) -> str:
    """Eighteen characters: region, day of birth, sequence and the MOD 11-2 check character."""
    born = f"{rng.randint(1950, 2004)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}"
    stem = f"{rng.choice(REGIONS)}{born}{rng.randint(100, 999)}"
    return stem + check_character(stem)


def card(rng: Random, *, prefix: str, length: int) -> str:
    """A card number with a right Luhn digit."""
    stem = prefix + "".join(str(rng.randint(0, 9)) for _ in range(length - len(prefix) - 1))
    return next(stem + digit for digit in "0123456789" if luhn(stem + digit))


def address(rng: Random) -> str:
    """A public IPv4 address, of no private customer."""
    return f"{rng.choice(HELD)}.{rng.randint(40, 250)}.{rng.randint(1, 250)}.{rng.randint(2, 250)}"


def check_character(stem: str) -> str:
    """The ISO 7064 MOD 11-2 character of seventeen digits."""
    return CHECKS[sum(w * int(d) for w, d in zip(WEIGHTS, stem, strict=True)) % 11]


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others."""
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(int(d) for d in digits[-1::-2]) + sum(doubled)) % 10 == 0
