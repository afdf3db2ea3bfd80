"""A model of quality from a person's own labels: trained on four fifths of the texts, tried on the fifth."""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import pyarrow as pa

from pipeline.errors import InputMalformed
from pipeline.kernels import linear
from pipeline.models.quality import MILLION, encode

FIFTH = 5
LEAST = 20
"""Texts of each label, in each part: fewer say nothing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tried:
    """How a model does on texts that it was not trained on."""

    lang: str  # `all`, or the language that the rows name
    documents: int
    accepted: int  # by the person
    accuracy_ppm: int
    commoner_ppm: int  # accuracy of always giving the commoner label
    wrongly_accepted: int
    wrongly_rejected: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Trained:
    """A model's file and what is known of it."""

    content: bytes
    sha256: str
    documents: int  # different texts with one label
    contradictory: int  # different texts with both labels: left out
    held_out: tuple[Tried, ...]


def train(texts: Sequence[str], langs: Sequence[str], accepted: Sequence[bool]) -> Trained:
    """Train on texts and labels. The same rows give the same bytes, in whatever order they stand.

    A text that stands more than once counts once. A fifth, chosen by the SHA-256 of the text, is held out: the
    figures are those of the very file.

    Args:
        texts: of any language.
        langs: of each text; `und` where nobody says.
        accepted: what the person said of each.

    Raises:
        InputMalformed: fewer than twenty texts of one label, trained or held out.
    """
    rows: dict[bytes, tuple[str, str, set[bool]]] = {}
    for text, lang, label in sorted(zip(texts, langs, accepted, strict=True)):
        rows.setdefault(hashlib.sha256(text.encode()).digest(), (text, lang, set()))[2].add(label)
    known = [(key, text, lang, min(labels)) for key, (text, lang, labels) in sorted(rows.items()) if len(labels) == 1]
    parts = [[row for row in known if (row[0][-1] % FIFTH == 0) == is_held] for is_held in (False, True)]
    _require_enough(parts)
    learnt, held = parts
    weights = linear.fit(*linear.features(_texts(learnt)), _labels(learnt))
    said = linear.probabilities(*linear.features(_texts(held)), weights) >= MILLION // 2
    tried = _tried(said, _labels(held), np.array([row[2] for row in held]))
    facts = {"trained_on": len(learnt), "held_out": [asdict(one) for one in tried]}
    content = encode(weights, facts)
    return Trained(
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        documents=len(known),
        contradictory=len(rows) - len(known),
        held_out=tried,
    )


Row = tuple[bytes, str, str, bool]


def _texts(rows: Sequence[Row]) -> pa.Array:
    return pa.array([row[1] for row in rows], pa.large_string())


def _labels(rows: Sequence[Row]) -> np.ndarray:
    return np.array([row[3] for row in rows], bool)


def _require_enough(parts: Sequence[Sequence[Row]]) -> None:
    counts = [int((_labels(part) == label).sum()) for part in parts for label in (True, False)]
    if min(counts) < LEAST:
        raise InputMalformed(
            f"{counts[0]} accepted and {counts[1]} rejected texts to learn from, {counts[2]} and {counts[3]} to try: "
            f"each should be {LEAST} at least",
            fix="label more texts, about as many to reject as to accept; a hundred of each is a beginning",
        )


def _tried(said: np.ndarray, true: np.ndarray, langs: np.ndarray) -> tuple[Tried, ...]:
    masks = {"all": np.ones(len(true), bool)} | {str(lang): langs == lang for lang in sorted(set(langs.tolist()))}
    return tuple(_one(lang, said[mask], true[mask]) for lang, mask in masks.items())


def _one(lang: str, said: np.ndarray, true: np.ndarray) -> Tried:
    n, accepted = len(true), int(true.sum())
    return Tried(
        lang=lang,
        documents=n,
        accepted=accepted,
        accuracy_ppm=int((said == true).sum()) * MILLION // n,
        commoner_ppm=max(accepted, n - accepted) * MILLION // n,
        wrongly_accepted=int((said & ~true).sum()),
        wrongly_rejected=int((true & ~said).sum()),
    )
