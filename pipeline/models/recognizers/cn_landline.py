"""Landline numbers of mainland China."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import END, context

AREA = r"(?:10|2[0-57-9]|[3-9]\d{2})"
LOCAL = r"(?:[2-8]\d{6,7}|[2-8]\d{2,3}[ -]\d{4})"
TAIL = rf"{LOCAL}(?:[ ]?(?:转|-|#|ext\.? ?)\d{{1,5}})?{END}"
START = r"(?<![0-9A-Za-z]|[0-9][.-])"


class CnLandline(PatternRecognizer):
    """Area code and seven or eight digits, separated; without Chinese around it context decides."""

    def __init__(self, *, bare_score: float) -> None:
        super().__init__(
            supported_entity="CN_LANDLINE",
            patterns=[
                Pattern("with country code", rf"(?<![0-9A-Za-z])(?:\+|00)86[ -]?\(?0?{AREA}\)?[ -]?{TAIL}", 0.6),
                Pattern("separated", rf"{START}(?:\(0{AREA}\)[ -]?|0{AREA}[ -]){TAIL}", bare_score),
                Pattern("unseparated", rf"{START}0{AREA}{TAIL}", 0.2),
            ],
            context=context("CN_LANDLINE"),
            supported_language="zh",
        )
