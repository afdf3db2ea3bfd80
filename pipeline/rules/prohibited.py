"""The rules and word list of the stage `prohibited`, validated when read."""

from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict

from pipeline.errors import RuleMalformed
from pipeline.kernels.lexicon import Lexicon, Term
from pipeline.rules.loader import by_id, load
from pipeline.rules.threshold import ThresholdRule
from pipeline.schemas.prohibited import CLASSES


@dataclass(frozen=True, kw_only=True, slots=True)
class TermEntry:
    """One `[[term]]` of `rules/prohibited_terms.toml`."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    code: str  # one of the 31 classes
    lang: Literal["en", "zh"]
    text: str
    weight: int  # 4 stands alone; 2 needs another; 1 is a hint


def rules() -> tuple[ThresholdRule, ...]:
    """The rules in order of precedence: class rules, the 5 % line, and the one that keeps."""
    return load("prohibited", ThresholdRule)


def lexicon() -> Lexicon:
    """The automaton over `rules/prohibited_terms.toml`.

    Raises:
        RuleMalformed: an unknown class, an empty term, or an id used twice.
    """
    entries = load("prohibited_terms", TermEntry, "term")
    by_id(entries)
    for entry in entries:
        if entry.code not in CLASSES or not entry.text.strip() or entry.weight < 1:
            raise RuleMalformed(
                f"prohibited_terms.toml: term {entry.id} has an unknown class, no text or no weight",
                fix="use a class A.1.a to A.5.b, a text and a weight of at least 1",
            )
    return Lexicon([Term(id=e.id, code=e.code, text=e.text, weight=e.weight) for e in entries])
