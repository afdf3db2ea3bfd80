"""Travel permits between the mainland and Hong Kong, Macau and Taiwan."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import context

NEAR = f"(?:{'|'.join(context('CN_TRAVEL_PERMIT'))})"


class CnTravelPermit(PatternRecognizer):
    """Letter and eight or ten digits, or eight digits alone; nothing without context.

    Eight digits are often a date, so their patterns themselves ask for a word near them.
    """

    def __init__(self) -> None:
        lettered = r"(?:[CWHMTLchmtwl][ -]?\d{8}(?:[ -]?\d{2})?|[Cc][A-Za-z]\d{7})"
        digits = r"(?<![0-9A-Za-z]|[0-9][.-])(?:\d{8}|\d{10}\([A-Z]\))(?![0-9A-Za-z]|[.-][0-9])"
        super().__init__(
            supported_entity="CN_TRAVEL_PERMIT",
            patterns=[
                Pattern("lettered", rf"(?<![0-9A-Za-z-]){lettered}(?![0-9A-Za-z])", 0.1),
                Pattern("digits after a word", rf"(?<={NEAR}.{{0,40}}){digits}", 0.01),
                Pattern("digits before a word", rf"{digits}(?=[^\n]{{0,10}}{NEAR})", 0.01),
            ],
            context=context("CN_TRAVEL_PERMIT"),
            supported_language="zh",
        )
