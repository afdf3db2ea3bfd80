"""The texts that recognizers look at, and what becomes of their findings there: vetoes and scores of our own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.kernels.revealing import CJK
from pipeline.models.accelerated import Accelerated, Hit, Seen, accelerated

CJK_RUN = re.compile(f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in CJK)}]+")

HAN_BEFORE_HAN = re.compile(r"([一-龥])(?=[一-龥])")


def spaced(expression: str) -> str:
    """Han words of an expression as scanners and hands write them: a stray space after a character, or that one twice.

    Args:
        expression: without sets of characters.
    """
    return HAN_BEFORE_HAN.sub(r"\1[ \1]?", expression)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """A recognizer, where it looks, and what unmakes a finding."""

    recognizer: Any
    han: bool = False  # looks at the text with its Han characters; else they are control characters to it
    veto: re.Pattern[str] | None = None  # on up to 24 characters before, a NUL, up to 8 characters after


@dataclass(frozen=True, kw_only=True, slots=True)
class Scans:
    """Scans that look at one and the same text, together."""

    scans: tuple[Scan, ...]
    engine: Accelerated

    def hits(self, text: str, *, gated: bool = True) -> Iterator[tuple[Scan, Hit]]:
        """What stands in `text`, by scan.

        Args:
            text: folded, and without Han characters unless all scans are for them.
            gated: false lets every recognizer analyze the whole text; the result is the same, only slower.

        Raises:
            Unscannable: a scan has no bound here.
        """
        found = self.engine.hits(text) if gated else self.vanilla(text)
        for scan, hits in zip(self.scans, found, strict=True):
            yield from _judged(scan, text, hits)

    def among(self, seen: Seen, numbers: Sequence[int]) -> Iterator[tuple[Scan, Hit]]:
        """As `hits`, of the scans of which `engine.candidates` says that they may find something."""
        for number in numbers:
            yield from _judged(self.scans[number], seen.text, self.engine.finds[number](seen))

    def vanilla(self, text: str) -> list[list[Hit]]:
        """As `engine.hits`, by the recognizers' own `analyze` of the whole text."""
        results = [s.recognizer.analyze(text, s.recognizer.supported_entities) for s in self.scans]
        return [[(one.start, one.end, float(one.score)) for one in some] for some in results]


def together(scans: Sequence[Scan]) -> Scans:
    """Scans behind one prefilter."""
    return Scans(scans=tuple(scans), engine=accelerated([scan.recognizer for scan in scans]))


def written_in(text: str) -> str:
    """The language whose recognizers look at a text of which nobody said it: zh where one such character stands."""
    return "zh" if CJK_RUN.search(text) else "en"


def shadow(text: str) -> str:
    """The text with every Chinese, Japanese or Korean character as a control character, code point for code point."""
    return CJK_RUN.sub(lambda run: "\x01" * len(run.group()), text)


def _judged(scan: Scan, text: str, hits: Sequence[Hit]) -> Iterator[tuple[Scan, Hit]]:
    rescore = getattr(scan.recognizer, "score", None)
    for start, end, score in sorted(hits):
        new = rescore(text[start:end], score) if rescore else score
        if new > 0 and not _vetoed(scan, text, (start, end, new)):
            yield scan, (start, end, new)


def _vetoed(scan: Scan, text: str, hit: Hit) -> bool:
    if scan.veto is None:
        return False
    start, end, _ = hit
    return bool(scan.veto.search(f"{text[max(0, start - 24) : start]}\0{text[end : end + 8]}"))
