"""Vehicle plates of mainland China."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"


class CnPlate(PatternRecognizer):
    """Province, letter and five characters, six for new-energy vehicles, with at least three digits."""

    def __init__(self) -> None:
        shape = rf"[{PROVINCES}][A-HJ-NP-Z][ ·•]?[A-HJ-NP-Z0-9]{{4,5}}[A-HJ-NP-Z0-9挂学警港澳](?![0-9A-Za-z])"
        super().__init__(
            supported_entity="CN_PLATE",
            patterns=[Pattern("plate", shape, 0.5)],
            context=["车牌", "牌照", "号牌", "车号", "plate"],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it holds too few digits for a plate."""
        return sum(c.isdigit() for c in pattern_text) < 3
