"""Papers of people from elsewhere, by their labels: a bare number could be anything."""

from presidio_analyzer import PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import END, behind, labels


class Passport(PatternRecognizer):
    """Six to nine digits, a letter or two before or behind, or nine of both, after a word for passport."""

    labels = labels("PASSPORT")

    def __init__(self) -> None:
        digits, mixed = r"(?:[A-Z]{1,2}[ ]?)?\d{6,9}[A-Z]?", r"(?=(?:[A-Z]*\d){4})[A-Z0-9]{9}"
        super().__init__(
            supported_entity="PASSPORT",
            patterns=[behind(self.labels, rf"(?:{digits}|{mixed}){END}")],
            supported_language="zh",
        )


class DriverLicence(PatternRecognizer):
    """Five to eighteen letters and digits, three digits among them, after a word for a driver's licence."""

    labels = labels("DRIVER_LICENCE")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="DRIVER_LICENCE",
            patterns=[behind(self.labels, rf"(?=(?:[A-Z-]*\d){{3}})[A-Z0-9](?:-?[A-Z0-9]){{4,17}}{END}")],
            supported_language="zh",
        )


class HealthNumber(PatternRecognizer):
    """British NHS numbers and the like, after their name."""

    labels = labels("HEALTH_NUMBER")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="HEALTH_NUMBER",
            patterns=[behind(self.labels, rf"\d(?:[ -]?[0-9A-Z]){{8,11}}{END}")],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it holds fewer than five digits."""
        return sum(c.isdigit() for c in pattern_text) < 5
