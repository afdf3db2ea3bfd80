"""What can be said in the place of a value by its form alone: a mask, or nothing."""

BEHIND_CHARS = 4


def masked(value: str, shown: int = 0) -> str:
    """The value with letters and digits as `*` behind the first `shown` characters; its length and format stay."""
    return value[:shown] + "".join("*" if c.isalnum() else c for c in value[shown:])


def dropped(behind: str) -> str:
    """What stays of a dropped span: nothing, or `<>` where what follows would grow together with what is before.

    Args:
        behind: the next `BEHIND_CHARS` characters of the text.
    """
    return "<>" if any(c.isalnum() and (c.isascii() or c.isdigit()) for c in behind) else ""
