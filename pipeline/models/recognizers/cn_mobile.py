"""Mobile numbers of mainland China."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.check_digits import bare
from pipeline.models.recognizers.labels import behind, context, labels

PREFIX = r"(?:13\d|14[5-9]|15[0-35-9]|16[25-7]|17[0-8]|18\d|19[0-35-9])"
END = r"(?![0-9]|_[0-9A-Fa-f]|[.-]\d|(?!(?i:qq|vx|wx|wechat|tel|email))[A-Za-z])"
REST = rf"(?:[ .·-]?\d{{4}}[ .·-]?\d{{4}}|_\d{{4}}_\d{{4}}|[ -]\d{{3}}[ -]\d{{5}}){END}"
START = r"(?<![0-9A-Za-z]|[0-9][.-]|[0-9A-Za-z]/|[?&_])"


class CnMobile(PatternRecognizer):
    """Eleven digits of an allotted range; without +86 they score less outside Chinese text."""

    is_scanned_apart = True

    def __init__(self, *, bare_score: float) -> None:
        glued = r"(?<=(?<![A-Za-z])(?i:tel|phone|mobile|cell))"
        super().__init__(
            supported_entity="CN_MOBILE",
            patterns=[
                Pattern("with country code", rf"(?<![0-9A-Za-z])(?:\+|00)86[ -]{{0,2}}{PREFIX}{REST}", 0.75),
                Pattern("with country code in brackets", rf"\(\+?86\)[ -]?{PREFIX}{REST}", 0.75),
                Pattern("with bare country code", rf"{START}86[ -]{PREFIX}{REST}", bare_score),
                Pattern("with glued country code", rf"{START}86{PREFIX}{REST}", bare_score),
                Pattern("mobile", rf"{START}{PREFIX}{REST}", bare_score),
                Pattern("after a Latin label", rf"{glued}{PREFIX}{REST}", 0.6),
                Pattern("digit by digit", rf"{START}1(?:[ .-]\d){{10}}{END}", 0.5),
                Pattern("oddly spaced", rf"{START}{PREFIX}(?:[ -]{{0,2}}\d){{8}}{END}", 0.1),
            ],
            context=context("CN_MOBILE"),
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether the digits are hardly different from one another, or the second is none of a mobile number."""
        digits = bare(pattern_text)
        return len(set(digits)) < 3 or digits[-10] in "012"


class CnMobileLabelled(PatternRecognizer):
    """Eleven digits right after their label, in whatever range, with the letters that a scanner takes for digits."""

    labels = labels("CN_MOBILE")

    def __init__(self) -> None:
        number = r"[1lI](?:[ .-]?[\dOoIl]){10}(?![0-9A-Za-z]|[.-][0-9])"
        super().__init__(
            supported_entity="CN_MOBILE",
            patterns=[behind(self.labels, number)],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether fewer than eight of its characters are digits."""
        return sum(c.isdigit() for c in pattern_text) < 8


class CnMobileSpelled(PatternRecognizer):
    """Eleven numerals in Chinese characters, as read aloud: 一三八, 幺三八."""

    is_scanned_apart = True

    def __init__(self) -> None:
        one, more = "一幺壹", "零〇○洞一幺壹二两贰三叁四肆五伍六陆七柒拐八捌九玖勾"
        shape = rf"(?<![{more}])[{one}][三叁五伍六陆七柒拐八捌九玖勾](?:[ -]?[{more}]){{9}}(?![{more}])"
        super().__init__(
            supported_entity="CN_MOBILE", patterns=[Pattern("spelled", shape, 0.6)], supported_language="zh"
        )
