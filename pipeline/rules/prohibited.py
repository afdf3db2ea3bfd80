"""The rules and word list of the stage `prohibited`, validated when read."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Literal

from pydantic import ConfigDict

from pipeline.errors import RuleMalformed
from pipeline.kernels.lexicon import Lexicon, Term
from pipeline.rules.loader import by_id, load, rules_sha256
from pipeline.rules.threshold import ThresholdRule
from pipeline.schemas.prohibited import CLASSES


@dataclass(frozen=True, kw_only=True, slots=True)
class Phrases:
    """One `[[phrases]]` of `rules/prohibited_terms.toml`: every choice of one text of each part, in order."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    code: str  # one of the 31 classes
    lang: Literal["en", "zh"]
    weight: Literal[1, 2, 4]  # 4 stands alone; 2 needs another; 1 is a hint
    parts: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cues:
    """One `[[cues]]`: words by which a text speaks about prohibited content instead of producing it."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    id: str
    lang: Literal["en", "zh"]
    texts: tuple[str, ...]


def rules() -> tuple[ThresholdRule, ...]:
    """The rules in order of precedence: class rules, reported wording, the 5 % line, and the one that keeps."""
    return load("prohibited", ThresholdRule)


def lexicon() -> Lexicon:
    """The automata over `rules/prohibited_terms.toml`.

    Raises:
        RuleMalformed: an unknown class, an empty text, or an id used twice.
    """
    phrases = load("prohibited_terms", Phrases, "phrases")
    cues = load("prohibited_terms", Cues, "cues")
    return Lexicon(terms(phrases), [text for cue in cues for text in cue.texts])


def detector() -> dict[str, str]:
    """What every risk record says about its detector: the hash of the word list and the version of its folding."""
    return {"lexicon": f"sha256:{rules_sha256('prohibited_terms')}", "opencc": version("opencc")}


def terms(phrases: Sequence[Phrases]) -> list[Term]:
    """Every term the phrases spell out, in their order; the n-th of `A1h-en-4` is `A1h-en-4.n`.

    Raises:
        RuleMalformed: an unknown class, an empty text, or an id used twice.
    """
    by_id(phrases)
    for entry in phrases:
        if (
            entry.code not in CLASSES
            or not entry.parts
            or not all(text.strip() for part in entry.parts for text in part)
        ):
            raise RuleMalformed(
                f"prohibited_terms.toml: phrases {entry.id} have an unknown class or an empty text",
                fix="use a class A.1.a to A.5.b and a text in every part",
            )
    return [term for entry in phrases for term in _spelled_out(entry)]


def _spelled_out(entry: Phrases) -> list[Term]:
    joint = " " if entry.lang == "en" else ""
    texts = [joint.join(choice) for choice in itertools.product(*entry.parts)]
    return [Term(id=f"{entry.id}.{i}", code=entry.code, text=t, weight=entry.weight) for i, t in enumerate(texts, 1)]
