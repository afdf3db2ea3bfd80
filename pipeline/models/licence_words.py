"""The words of a licence text: what licences are compared by. A Han character is a word.

Punctuation, tags and letter case do not count.
"""

import re

WORD = re.compile(r"[㐀-鿿]|[^\W_㐀-鿿]+\+?[^\W_㐀-鿿]*")
MARKED = re.compile(r"\{\{|\}\}|" + WORD.pattern)
NOISE = frozenset(
    "p br li ul ol dl dt dd td tr th div span amp lt gt quot nbsp href font strong em hr tt pre h1 h2 h3 h4 h5 "
    "blockquote body head html dnl rem".split()
)
"""Left-overs of markup and marks of comments that are words to a pattern."""


def words(text: str, *, is_rule: bool = False) -> list[str]:
    """The words of a text in order; of a rule, with the braces around those that must be there."""
    found = (MARKED if is_rule else WORD).findall(text)
    return [lower for word in found if (lower := word.lower()) not in NOISE]


def located(text: str) -> tuple[list[str], list[int]]:
    """The words of a text and the offset at which each begins."""
    found = [(match[0].lower(), match.start()) for match in WORD.finditer(text)]
    kept = [(word, at) for word, at in found if word not in NOISE]
    return [word for word, _ in kept], [at for _, at in kept]
