"""Passport numbers of mainland China."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import context


class CnPassport(PatternRecognizer):
    """A letter or two and seven or eight digits: far too common a shape to mean anything without context."""

    def __init__(self) -> None:
        shape = r"(?<![0-9A-Za-z-])(?:[DEGPS][ -]?\d{4}[ -]?\d{4}|[DEPS][A-HJ-NP-Z][ -]?\d{7})(?![0-9A-Za-z])"
        super().__init__(
            supported_entity="CN_PASSPORT",
            patterns=[Pattern("passport", shape, 0.2)],
            context=context("CN_PASSPORT"),
            supported_language="zh",
        )
