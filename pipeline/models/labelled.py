"""Recognizers whose findings stand after a label run only where one of their labels stands.

One automaton looks for the labels of all of them; each recognizer's own patterns then run on the stretch round its
label, or as far beyond it as its `reach` says. The findings are those of its own `analyze` over the whole text, as
long as label and value lie within the stretch.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import regex
from ahocorasick_rs import AhoCorasick, MatchKind

from pipeline.models.accelerated import TIMEOUT_SECONDS, Unscannable

BEFORE_CHARS = 48
AFTER_CHARS = 200

Hit = tuple[int, int, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Labelled:
    """Recognizers with `labels`, behind one automaton; built once per process, never pickled."""

    recognizers: tuple[Any, ...]
    owners: tuple[tuple[int, ...], ...]  # of each word, the recognizers that have it as a label
    words: AhoCorasick = field(repr=False)
    is_only_after: tuple[
        bool, ...
    ]  # of each recognizer, whether its values stand right after a label, and nowhere else
    follows: regex.Pattern[str] = field(repr=False)  # what stands after a label that has a value

    def hits(self, text: str, *, gated: bool = True) -> Iterator[tuple[Any, Hit]]:
        """What stands after labels in `text`, by recognizer; some may overlap.

        Args:
            text: as recognizers read it, with its Han characters.
            gated: false lets every recognizer run over the whole text, for tests.
        """
        windows = self._windows(text) if gated else dict(enumerate([[(0, len(text))]] * len(self.recognizers)))
        for number, stretches in sorted(windows.items()):
            recognizer = self.recognizers[number]
            found = {hit for stretch in stretches for hit in _matches(recognizer, text, *stretch)}
            for hit in sorted(found):
                yield recognizer, hit

    def _windows(self, text: str) -> dict[int, list[tuple[int, int]]]:
        windows: dict[int, list[tuple[int, int]]] = {}
        for word, start, end in self.words.find_matches_as_indexes(_lower(text), overlapping=True):
            is_followed = self.follows.match(text, end) is not None
            for number in self.owners[word]:
                if not is_followed and self.is_only_after[number]:
                    continue
                stretches = windows.setdefault(number, [])
                left, right = max(0, start - BEFORE_CHARS), min(len(text), end + AFTER_CHARS)
                if stretches and left <= stretches[-1][1]:
                    stretches[-1] = (stretches[-1][0], max(right, stretches[-1][1]))
                else:
                    stretches.append((left, right))
        return windows


def labelled(recognizers: Sequence[Any]) -> Labelled:
    """Recognizers that each have `labels`, behind one automaton."""
    from pipeline.models.recognizers.labels import FIRST, IS

    owners: dict[str, list[int]] = {}
    for number, recognizer in enumerate(recognizers):
        for label in recognizer.labels:
            for word in {
                label.lower(),
                label.lower().replace(" ", "_"),
                label.lower().replace(" ", "-"),
                label.lower().replace(" ", ""),
            }:
                if number not in owners.setdefault(word, []):
                    owners[word].append(number)
    words = AhoCorasick(list(owners), matchkind=MatchKind.Standard)
    return Labelled(
        recognizers=tuple(recognizers),
        owners=tuple(map(tuple, owners.values())),
        words=words,
        is_only_after=tuple(all(p.name == "labelled" for p in r.patterns) for r in recognizers),
        follows=regex.compile(f"{IS}{FIRST}", regex.IGNORECASE),
    )


def _lower(text: str) -> str:
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _matches(recognizer: Any, text: str, left: int, right: int) -> Iterator[Hit]:
    rescore = getattr(recognizer, "score", None)
    end = right + getattr(recognizer, "reach", AFTER_CHARS)
    for pattern in recognizer.patterns:
        compiled = regex.compile(pattern.regex, recognizer.global_regex_flags)
        try:
            for match in compiled.finditer(text, left, end, timeout=TIMEOUT_SECONDS):
                if match.start() < right and match.group() and not recognizer.invalidate_result(match.group()):
                    score = rescore(match.group(), pattern.score) if rescore else pattern.score
                    yield match.start(), match.end(), score
        except TimeoutError as e:
            raise Unscannable from e
