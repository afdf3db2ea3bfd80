"""SPDX expressions: parsed, spelled in one way, and taken apart (SPDX 2.3, Annex D)."""

import re
from typing import Any

from license_expression import AND, OR, ExpressionError, ExpressionParseError, LicenseWithExceptionSymbol, Licensing

__all__ = [
    "AND",
    "OR",
    "TRANSLATIONS",
    "LicenseWithExceptionSymbol",
    "alternatives",
    "canonical",
    "names",
    "operands",
    "parse",
]

LICENSING = Licensing()
UNREADABLE = (ExpressionError, ExpressionParseError, IndexError, TypeError, AttributeError)
"""What license-expression raises; the last three for parentheses that hold nothing and operators without operands."""
ID = re.compile(r"(DocumentRef-[A-Za-z0-9.-]+:)?[A-Za-z0-9.-]+\+?")
GNU = re.compile(r"(A?GPL|LGPL|GFDL)-(\d\.\d)(\+?)$")
SUCCESSORS = {
    "BSD-2-Clause-FreeBSD": "BSD-2-Clause-Views",
    "BSD-2-Clause-NetBSD": "BSD-2-Clause",
    "GPL-2.0-with-autoconf-exception": "GPL-2.0-only WITH Autoconf-exception-2.0",
    "GPL-2.0-with-bison-exception": "GPL-2.0-or-later WITH Bison-exception-2.2",
    "GPL-2.0-with-classpath-exception": "GPL-2.0-only WITH Classpath-exception-2.0",
    "GPL-2.0-with-font-exception": "GPL-2.0-only WITH Font-exception-2.0",
    "GPL-2.0-with-GCC-exception": "GPL-2.0-only WITH GCC-exception-2.0",
    "GPL-3.0-with-autoconf-exception": "GPL-3.0-only WITH Autoconf-exception-3.0",
    "GPL-3.0-with-GCC-exception": "GPL-3.0-only WITH GCC-exception-3.1",
    "Nunit": "zlib-acknowledgement",
    "StandardML-NJ": "SMLNJ",
    "bzip2-1.0.5": "bzip2-1.0.6",
    "eCos-2.0": "GPL-2.0-or-later WITH eCos-exception-2.0",
    "wxWindows": "LGPL-2.0-or-later WITH WxWindows-exception-3.1",
}
"""Deprecated identifiers of the SPDX list and what the list says to write instead."""
TRANSLATIONS = {
    "LicenseRef-scancode-mulanpsl-1.0-en": "MulanPSL-1.0",
    "LicenseRef-scancode-mulanpsl-2.0-en": "MulanPSL-2.0",
}
"""ScanCode's identifiers for the English half of texts that the SPDX list has in both languages."""
ONE_TEXT = re.compile(r"(-only|-or-later|\+|-no-invariants|-invariants)+$")


def parse(expression: str) -> Any:
    """The expression as a tree of license-expression, or None when it is no SPDX expression.

    Deprecated identifiers are read as their successors: `GPL-2.0` and `GPL-2.0+` as `-only` and `-or-later`.
    """
    current = re.sub(r"[^\s()]+", lambda word: _successor(word[0]), expression)
    try:
        parsed = LICENSING.parse(current)
    except UNREADABLE:
        return None
    keys = () if parsed is None else LICENSING.license_keys(current)
    return parsed if keys and all(ID.fullmatch(str(key)) for key in keys) else None


def _successor(word: str) -> str:
    gnu = GNU.match(word)
    if gnu:
        return f"{gnu[1]}-{gnu[2]}-{'or-later' if gnu[3] else 'only'}"
    found = SUCCESSORS.get(word, TRANSLATIONS.get(word, word))
    return f"({found})" if " " in found else found


def canonical(expression: str) -> str | None:
    """The expression in one spelling, each operand once, or None when it is no SPDX expression."""
    parsed = parse(expression)
    return None if parsed is None else str(LICENSING.dedup(parsed).render())


def names(expression: str) -> frozenset[str]:
    """The licences of an expression, those that share one text under one name."""
    parsed = parse(expression)
    keys = () if parsed is None else LICENSING.license_keys(parsed)
    return frozenset(ONE_TEXT.sub("", str(key)) for key in keys)


def operands(expression: str) -> tuple[str, ...]:
    """What all hold together: the operands of an AND, nested ones too, or the expression itself."""
    parsed = parse(expression)
    parsed = parsed.flatten() if isinstance(parsed, AND) else parsed
    return tuple(str(part.render()) for part in parsed.args) if isinstance(parsed, AND) else (expression,)


def alternatives(expression: str) -> tuple[str, ...]:
    """What one may choose from: the operands of an OR, or the expression itself."""
    parsed = parse(expression)
    return tuple(str(part.render()) for part in parsed.args) if isinstance(parsed, OR) else (expression,)
