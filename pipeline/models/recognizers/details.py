"""What is said about a person's health, money or movements right after a label and a colon: told, not redacted."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import labels

TOLD = 0.5
VALUE = r"[^\s,，。；;|｜<>]{2,40}"


class Detail(PatternRecognizer):
    """A few words after a label such as 诊断：."""

    def __init__(self, entity: str) -> None:
        self.labels = labels(entity)
        words = "|".join(rf"(?<![A-Za-z]){one}" if one.isascii() else one for one in self.labels)
        told = rf"(?<=(?:{words})[ \t]?[:：=｜|][ \t]?){VALUE}"
        super().__init__(supported_entity=entity, patterns=[Pattern("detail", told, TOLD)], supported_language="zh")
