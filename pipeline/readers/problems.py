"""What is wrong in a file that people write: named by line and field, with the way out."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong in a register file or opt-out list, where, and what to do."""

    file: str
    line: int
    field: str
    message: str
    fix: str
