"""Vehicle plates of mainland China (GA 36): ordinary, new-energy, embassy, police, army."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import behind, context, labels

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
LETTER, SIGN = "[A-HJ-NP-Za-hj-np-z]", "[A-HJ-NP-Za-hj-np-z0-9]"
LAST = "[A-HJ-NP-Za-hj-np-z0-9挂学警港澳领]"
GLUE, END = "[ ·•・.-]?", r"(?![0-9A-Za-z])"
FEW = 2
"""Digits below which letters behind a province are hardly a plate: GA 36 lets two or three of five be letters."""


class CnPlate(PatternRecognizer):
    """Province, letter and five characters, six for new-energy vehicles; letters alone need context."""

    def __init__(self) -> None:
        ordinary = rf"[{PROVINCES}][ ]?{LETTER}{GLUE}(?:{SIGN}{{4}}{LAST}|{SIGN}{{6}}){END}"
        army = rf"WJ[ ·-]?(?:[{PROVINCES}]?\d{{2}}[ ·-]?[0-9A-Z]\d{{3}}|[{PROVINCES}][ ·-]?\d{{4}})[0-9A-Z]{END}"
        super().__init__(
            supported_entity="CN_PLATE",
            patterns=[
                Pattern("plate", ordinary, 0.5),
                Pattern("embassy", rf"使[ ]?\d{{3}}[ ·-]?\d{{3}}{END}", 0.2),
                Pattern("armed police", rf"(?<![0-9A-Za-z]){army}", 0.2),
            ],
            context=context("CN_PLATE"),
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it holds too few digits for a plate."""
        return _digits(pattern_text) < FEW


class CnPlateLettered(PatternRecognizer):
    """A plate of capitals and hardly a digit, near words of vehicles: a chosen one, or an invented one."""

    def __init__(self) -> None:
        capital = "[A-HJ-NP-Z0-9]"
        shape = rf"[{PROVINCES}][ ]?(?-i:[A-HJ-NP-Z]{GLUE}{capital}{{5,6}}){END}"
        super().__init__(
            supported_entity="CN_PLATE",
            patterns=[Pattern("lettered", shape, 0.2)],
            context=context("CN_PLATE"),
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it is an ordinary plate, or may be a name behind the word for new."""
        digits = _digits(pattern_text)
        return digits >= FEW or (not digits and pattern_text[0] == "新")


class CnPlateLabelled(PatternRecognizer):
    """A plate right after its label, however few its digits."""

    labels = labels("CN_PLATE")

    def __init__(self) -> None:
        shape = rf"[{PROVINCES}]?[ ]?{LETTER}{GLUE}{SIGN}{{4,5}}{LAST}{END}"
        super().__init__(
            supported_entity="CN_PLATE",
            patterns=[behind(self.labels, shape)],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it holds no digit, or neither province nor enough digits."""
        digits = _digits(pattern_text)
        return digits == 0 or (pattern_text[0] not in PROVINCES and digits < 3)


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)
