"""Mobile numbers of mainland China."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

PREFIX = r"(?:13\d|14[5-9]|15[0-35-9]|16[25-7]|17[0-8]|18\d|19[0-35-9])"
REST = r"(?:[ -]?\d{4}[ -]?\d{4}|[ -]\d{3}[ -]\d{5})(?![0-9A-Za-z]|[.-]\d)"


class CnMobile(PatternRecognizer):
    """Eleven digits of an allotted range; without +86 they score less outside Chinese text."""

    def __init__(self, *, bare_score: float) -> None:
        super().__init__(
            supported_entity="CN_MOBILE",
            patterns=[
                Pattern("with country code", rf"(?<![0-9A-Za-z])(?:\+|00)86[ -]?{PREFIX}{REST}", 0.75),
                Pattern("with country code in brackets", rf"\(\+?86\)[ -]?{PREFIX}{REST}", 0.75),
                Pattern("mobile", rf"(?<![0-9A-Za-z]|[0-9][.-]){PREFIX}{REST}", bare_score),
            ],
            context=[
                "手机",
                "电话",
                "联系",
                "致电",
                "拨打",
                "微信",
                "短信",
                "phone",
                "mobile",
                "cell",
                "tel",
                "call",
                "contact",
            ],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether the subscriber's eight digits are all the same."""
        return len({c for c in pattern_text if c.isdigit()}) < 3
