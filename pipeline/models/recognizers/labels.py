"""How a label stands before its value: what many recognizers of this package share, as patterns."""

import re
from collections.abc import Sequence

from presidio_analyzer import Pattern  # noqa: TID253  imported lazily with this package

from pipeline.models.scan import spaced
from pipeline.rules.personal import words

LABELLED = 0.6
"""Score of a value right after its label: above a bare number with a context word, below a right check digit."""

NAME = spaced(r"(?:号码|号|编号|编码|账号|帐号|账户|ID|id|No\.?|number|no\.?)?")
ASIDE = r"[ \t]*(?:[(\[][^()\[\]\n]{0,12}[)\]])?"
IS = rf"[ \t]?{NAME}{ASIDE}[ \t]*(?:是|为|叫|填|写着?|is|was|on)?[ \t]*[:：;=|｜>]{{0,2}}[ \t]*[\"'“「【*]{{0,2}}[ \t]*"
FIRST = r"[0-9A-Za-z@第一二京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
"""With what a value begins."""
END = r"(?![0-9A-Za-z]|[.-][0-9])"
"""No letter or digit may follow, nor a digit after a dot or dash."""


def after(labelled: Sequence[str]) -> str:
    """A look-behind: the value stands right after one of the labels, a colon or the like between.

    Args:
        labelled: plain words; Latin ones begin a word, and are not part of a placeholder.
    """
    return f"(?<=(?:{'|'.join(_word(label) for label in labelled)}){IS})"


def behind(labelled: Sequence[str], value: str) -> Pattern:
    """The pattern of a value right after one of the labels; it scores `LABELLED`."""
    return Pattern("labelled", f"{after(labelled)}{value}", LABELLED)


def _word(label: str) -> str:
    escaped = spaced(re.escape(label).replace(r"\ ", "[ _-]?"))
    begin = r"(?<![A-Za-z]|(?-i:<[A-Z_]{0,24}))" if label[0].isascii() else ""
    return f"{begin}{escaped}(?![A-Za-z_])" if label[-1].isascii() and label[-1].isalpha() else f"{begin}{escaped}"


def labels(entity: str) -> tuple[str, ...]:
    """The words after which a value of that type stands."""
    return words()[entity].labels


def context(entity: str) -> list[str]:
    """The words near which a number is likelier of that type."""
    return list(words()[entity].context)
