"""Runs one Presidio recognizer over the parts of a text where it can find anything at all.

A gate is a pattern that every finding contains, so scanning only round its hits changes no finding. A text whose
scan would have no bound raises `Unscannable`: a skipped text would be an unreported miss.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import regex

MARGIN_CHARS = 512
LINE_CHARS = 4096
RUN_CHARS = 65_536
TIMEOUT_SECONDS = 5

CJK = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
CJK_RUN = re.compile(f"[{CJK}]+")
WIDE = re.compile("[\uff10-\uff19\uff20\uff21-\uff3a\uff41-\uff5a]")
FOLD = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0x2014: 0x2D, 0x2013: 0x2D}
EDGE = regex.compile(rf"[\s\x01{CJK}]")
EDGE_BEFORE = regex.compile(rf"(?r)[\s\x01{CJK}]")

Hit = tuple[int, int, float]  # start, end (code points), score between 0 and 1


class Unscannable(Exception):
    """A candidate stands in an unbroken run too long to scan, or a pattern ran out of time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scan:
    """A recognizer, what every finding of it contains, and where it looks."""

    recognizer: Any
    gate: re.Pattern[str]
    han: bool = False  # looks at the text with its Han characters; else they are spaces to it
    veto: re.Pattern[str] | None = None  # on up to 24 characters before, a NUL, up to 8 characters after
    whole: bool = False  # the recognizer has an `analyze` of its own


def folded(text: str) -> str:
    """The text with full-width forms as ASCII, code point for code point."""
    return text.translate(FOLD) if WIDE.search(text) else text


def shadow(text: str) -> str:
    """The text with every Chinese, Japanese or Korean character as a control character, code point for code point."""
    return CJK_RUN.sub(lambda run: "\x01" * len(run.group()), text)


def hits(scan: Scan, text: str, *, gated: bool = True) -> list[Hit]:
    """Where the recognizer finds its entity in `text`, ascending.

    Args:
        scan: what to look for.
        text: folded, or its shadow when `scan.han` is false.
        gated: false scans everything; the result is the same, only slower.

    Raises:
        Unscannable: the scan has no bound here.
    """
    find = _whole if scan.whole else _patterns
    windows = _windows(scan.gate, text) if gated else iter([(0, len(text))])
    found = {
        (start + at, end + at, score)
        for at, stop in windows
        for start, end, score in find(scan.recognizer, text[at:stop])
        if scan.gate.search(text, start + at, end + at) or scan.han
    }
    return sorted(hit for hit in found if not _vetoed(scan, text, hit))


def _vetoed(scan: Scan, text: str, hit: Hit) -> bool:
    if scan.veto is None:
        return False
    start, end, _ = hit
    return bool(scan.veto.search(f"{text[max(0, start - 24) : start]}\0{text[end : end + 8]}"))


def _windows(gate: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    at = stop = -1
    for hit in gate.finditer(text):
        if hit.end() <= stop:
            continue
        left, right = _left(text, hit.start()), _right(text, hit.end())
        if left > stop:
            if stop >= 0:
                yield at, stop
            at = left
        stop = right
    if stop >= 0:
        yield at, stop


def _left(text: str, start: int) -> int:
    line = text.rfind("\n", max(0, start - LINE_CHARS), start) + 1
    if line or start <= LINE_CHARS:
        return line
    edge = EDGE_BEFORE.search(text, max(0, start - RUN_CHARS), start - MARGIN_CHARS)
    if edge is None and start > RUN_CHARS:
        raise Unscannable
    return edge.end() if edge else 0


def _right(text: str, end: int) -> int:
    line = text.find("\n", end, end + LINE_CHARS)
    if line >= 0 or len(text) <= end + LINE_CHARS:
        return line if line >= 0 else len(text)
    edge = EDGE.search(text, end + MARGIN_CHARS, end + RUN_CHARS)
    if edge is None and len(text) > end + RUN_CHARS:
        raise Unscannable
    return edge.start() if edge else len(text)


def _whole(recognizer: Any, text: str) -> Iterator[Hit]:
    for one in recognizer.analyze(text, recognizer.supported_entities):
        yield one.start, one.end, float(one.score)


def _patterns(recognizer: Any, text: str) -> Iterator[Hit]:
    """As `PatternRecognizer.analyze`, which logs and drops a pattern that runs out of time; here it raises."""
    rescore: Callable[[str, float], float] | None = getattr(recognizer, "score", None)
    for pattern in recognizer.patterns:
        compiled = regex.compile(pattern.regex, recognizer.global_regex_flags)
        try:
            for match in compiled.finditer(text, timeout=TIMEOUT_SECONDS):
                score = _score(recognizer, match.group(), pattern.score)
                if score > 0 and match.group():
                    yield match.start(), match.end(), rescore(match.group(), score) if rescore else score
        except TimeoutError as e:
            raise Unscannable from e


def _score(recognizer: Any, matched: str, score: float) -> float:
    valid = recognizer.validate_result(matched)
    if valid is not None:
        score = 1.0 if valid else 0.0
    return 0.0 if recognizer.invalidate_result(matched) else score
