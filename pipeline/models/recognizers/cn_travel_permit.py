"""Travel permits between the mainland and Hong Kong, Macau and Taiwan."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import context


class CnTravelPermit(PatternRecognizer):
    """Letter and eight or ten digits, or eight digits alone; nothing without context."""

    def __init__(self) -> None:
        lettered = r"(?:[CWHMTLchmtwl][ -]?\d{8}(?:[ -]?\d{2})?|[Cc][A-Za-z]\d{7})"
        digits = r"\d{8}|\d{10}\([A-Z]\)"
        super().__init__(
            supported_entity="CN_TRAVEL_PERMIT",
            patterns=[
                Pattern("lettered", rf"(?<![0-9A-Za-z-]){lettered}(?![0-9A-Za-z])", 0.1),
                Pattern("digits", rf"(?<![0-9A-Za-z]|[0-9][.-])(?:{digits})(?![0-9A-Za-z]|[.-][0-9])", 0.01),
            ],
            context=context("CN_TRAVEL_PERMIT"),
            supported_language="zh",
        )
