"""Street addresses in English: number, name, kind of street; flat, town, state and code where they follow."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

KIND = (
    "Street|Avenue|Road|Drive|Lane|Boulevard|Court|Place|Square|Terrace|Highway|Parkway|Circle|Trail|Crescent|Close|"
    "St|Ave|Rd|Dr|Ln|Blvd|Ct|Pl|Sq|Ter|Hwy|Pkwy|Cir|Cres|Way"
)
WORD = r"[A-ZÀ-Þ][\w'.-]{0,24}"
FLAT = (
    r"(?:Apt|Apartment|Suite|Ste|Unit|Flat|Room|Rm|#)(?![a-z])\.?[ ]?#?(?:[A-Z]|(?=[A-Z-]*\d)[0-9A-Z-]{1,6})(?![a-z])"
)
TOWN = rf"(?:[,\n ]{{1,3}}{WORD}(?:[ ]{WORD}){{0,3}})"
ZIP = r"(?:\d{5}(?:-\d{4})?|\d{4}|[A-Z]{1,2}\d[0-9A-Z]?[ ]?\d[A-Z]{2})"
CODE = rf"(?:[,\n ]{{1,3}}(?:[A-Z]{{2}}[ ]{{1,2}})?{ZIP}(?![0-9A-Za-z]))"
TAIL = rf"(?:[,\n ]{{1,3}}{FLAT})?(?:{TOWN}{{0,3}}{CODE})?"


class StreetAddress(PatternRecognizer):
    """A house number, one to four capitalised words, a kind of street, or a flat."""

    labels = (
        *(f" {kind}".lower() for kind in KIND.split("|") if len(kind) > 3),
        " st.", " st,", " st\n", " ave", " rd", " dr.", " dr,",
        " dr\n", "box ", " blvd", " ln", " ct", " hwy", " apt", " suite", " ste ", " unit ", " way", " pl,",
    )  # fmt: skip

    def __init__(self) -> None:
        number = r"(?<![0-9A-Za-z.,/-])\d{1,5}[A-Za-z]?(?:-\d{1,4})?"
        super().__init__(
            supported_entity="STREET_ADDRESS",
            patterns=[
                Pattern("street", rf"{number}[ ]{{1,2}}(?:{WORD}[ ]{{1,2}}){{1,4}}(?:{KIND})\b\.?{TAIL}", 0.6),
                Pattern("flat", rf"{number}[ ]{WORD}(?:[ ](?:{WORD}|\d{{1,4}})){{0,4}},?[ ]{FLAT}{TAIL}", 0.6),
                Pattern("post box", rf"P\.?[ ]?O\.?[ ]Box[ ]\d{{1,6}}{TAIL}", 0.6),
            ],
            supported_language="zh",
            global_regex_flags=0,
        )
