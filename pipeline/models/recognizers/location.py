"""Where somebody is: pairs of coordinates within China's reach, precise to some ten metres."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import context

NUMBER = r"(?<![0-9.A-Za-z])"
LATITUDE, LONGITUDE = r"(?:[3-9]|[1-4]\d|5[0-4])\.\d{4,8}", r"(?:7[3-9]|[89]\d|1[0-2]\d|13[0-6])\.\d{4,8}"
MINUTES = r"\d{1,3}°\d{1,2}['′](?:\d{1,2}(?:\.\d{1,4})?(?:″|\"|''))?"
BETWEEN = r"(?:°?[NE]?[,;/ ]{1,3}(?:[\x01]{1,4}|lng|lon|longitude|lat|latitude)?[\"']?[:= ]{0,2})"


class Coordinates(PatternRecognizer):
    """Latitude and longitude, either first."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="GPS_COORDINATES",
            patterns=[
                Pattern("latitude first", rf"{NUMBER}{LATITUDE}{BETWEEN}{LONGITUDE}(?![0-9.])", 0.2),
                Pattern("longitude first", rf"{NUMBER}{LONGITUDE}{BETWEEN}{LATITUDE}(?![0-9.])", 0.2),
                Pattern("degrees", rf"{NUMBER}{MINUTES}[NSEW]?[,;/ ]{{0,2}}\x01{{0,2}}[ ]?{MINUTES}(?![0-9.])", 0.2),
            ],
            context=context("GPS_COORDINATES"),
            supported_language="zh",
        )
