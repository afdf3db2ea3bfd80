"""Landline numbers of mainland China."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

AREA = r"(?:10|2[0-57-9]|[3-9]\d{2})"
TAIL = r"[2-8]\d{6,7}(?:(?:转|-| ext\.? ?)\d{1,5})?(?![0-9A-Za-z]|[.-]\d)"


class CnLandline(PatternRecognizer):
    """Area code and seven or eight digits, separated; without Chinese around it context decides."""

    def __init__(self, *, bare_score: float) -> None:
        super().__init__(
            supported_entity="CN_LANDLINE",
            patterns=[
                Pattern("with country code", rf"(?<![0-9A-Za-z])(?:\+|00)86[ -]?\(?0?{AREA}\)?[ -]?{TAIL}", 0.6),
                Pattern("separated", rf"(?<![0-9A-Za-z]|[0-9][.-])(?:\(0{AREA}\) ?|0{AREA}[ -]){TAIL}", bare_score),
                Pattern("unseparated", rf"(?<![0-9A-Za-z]|[0-9][.-])0{AREA}{TAIL}", 0.2),
            ],
            context=["电话", "座机", "固话", "热线", "传真", "联系", "phone", "tel", "fax"],
            supported_language="zh",
        )
