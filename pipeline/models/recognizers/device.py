"""Numbers of telephones and their cards: IMEI, IMSI, ICCID."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.check_digits import bare, luhn
from pipeline.models.recognizers.labels import END, context

START = r"(?<![0-9A-Za-z]|[0-9][.-])"


class Imei(PatternRecognizer):
    """Fifteen digits; nothing without context, whatever the Luhn digit says."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="IMEI",
            patterns=[Pattern("imei", rf"{START}\d{{2}}[ -]?\d{{6}}[ -]?\d{{6}}[ -]?\d(?:/?\d{{2}})?{END}", 0.1)],
            context=context("IMEI"),
            supported_language="zh",
        )

    def score(self, pattern_text: str, score: float) -> float:
        """Higher with a right check digit."""
        return score + 0.1 if luhn(bare(pattern_text)[:15]) else score


class SimCard(PatternRecognizer):
    """IMSI (460, fifteen digits) and ICCID (8986, nineteen or twenty); context decides."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="SIM_CARD",
            patterns=[
                Pattern("imsi", rf"{START}460[ -]?\d{{2}}[ -]?\d{{10}}{END}", 0.1),
                Pattern("iccid", rf"{START}8986[ ]?(?:[ ]?[0-9A-Fa-f]){{15,16}}{END}", 0.2),
            ],
            context=context("SIM_CARD"),
            supported_language="zh",
        )
