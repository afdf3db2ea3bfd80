"""Unified social credit codes (GB 32100): organisations, and sole traders, whose code says who they are."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.check_digits import PROVINCES, bare, uscc
from pipeline.models.recognizers.labels import context

START, END = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
TAIL = r"(?:[ -]?\d){6}(?:[ -]?[0-9A-HJ-NPQRTUWXYa-hj-npqrtuwxy]){10}"


class CnUscc(PatternRecognizer):
    """Eighteen characters; certain with a right MOD 31 character, else context decides."""

    is_scanned_apart = True

    def __init__(self) -> None:
        shape = rf"{START}(?:9[13]|[1-8ANY][1-9])[ ]?{TAIL}{END}"
        super().__init__(
            supported_entity="CN_USCC",
            patterns=[Pattern("code", shape, 0.1)],
            context=context("CN_USCC"),
            supported_language="zh",
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """True with a right check character, else none."""
        return True if uscc(bare(pattern_text)) else None

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether its region is in no province; national bodies have 10."""
        return not is_region(pattern_text)


class CnSoleTraderCode(CnUscc):
    """A code that begins with 92: the business of one person."""

    def __init__(self) -> None:
        super().__init__()
        self.supported_entities = ["CN_SOLE_TRADER_CODE"]
        self.patterns = [Pattern("code", rf"{START}92[ ]?{TAIL}{END}", 0.1)]


def is_region(code: str) -> bool:
    """Whether characters three and four are those of a province."""
    return bare(code)[2:4] in PROVINCES | {"10"}
