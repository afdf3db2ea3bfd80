"""Hyperscan over a text's bytes: which patterns may match, and where a match would end.

Patterns come as supersets (`supersets`), so a pattern that is not reported has no match in the text.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import hyperscan

WHERE = hyperscan.HS_FLAG_PREFILTER
WHETHER = hyperscan.HS_FLAG_PREFILTER | hyperscan.HS_FLAG_SINGLEMATCH


@dataclass(frozen=True, slots=True)
class Prefilter:
    """A compiled set of expressions; holds scratch memory, is never pickled nor shared by threads."""

    database: Any

    def ends(self, data: bytes) -> dict[int, list[int]]:
        """Where matches of each expression may end: its number, and offsets that need not ascend."""
        found: dict[int, list[int]] = {}

        def note(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            found.setdefault(number, []).append(end)

        self.database.scan(data, match_event_handler=note)
        return found


def compiles(expression: str) -> bool:
    """Whether Hyperscan can look for an expression."""
    try:
        prefilter([expression], [True])
    except hyperscan.HyperscanError:
        return False
    return True


def prefilter(expressions: Sequence[str], is_located: Sequence[bool]) -> Prefilter:
    """Compile expressions, numbered by position.

    Args:
        expressions: over bytes, as `supersets.superset` writes them.
        is_located: false where one end is enough.

    Raises:
        hyperscan.HyperscanError: for an expression that `compiles` refuses.
    """
    database = hyperscan.Database()
    database.compile(
        expressions=[expression.encode("ascii") for expression in expressions],
        ids=list(range(len(expressions))),
        elements=len(expressions),
        flags=[WHERE if located else WHETHER for located in is_located],
    )
    return Prefilter(database)
