"""Numbers in which a scanner has read letters for digits (O for 0, l or I for 1), where a check makes them certain.

What stands after a label is found by the recognizers of its type; here nothing says what a number is but itself.
"""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.check_digits import PROVINCES, bare, is_date, luhn, resident
from pipeline.models.recognizers.cn_bank_card import ISSUED
from pipeline.models.recognizers.labels import END, behind, context, labels
from pipeline.models.recognizers.pinned import IssuedCard

START = r"(?<![0-9A-Za-z]|[0-9][.-])(?=[0-9 ().-]{0,40}+[OlI])"
"""Nothing of a number before it, and a misread character ahead."""
DIGIT = r"[0-9OlI]"
MISREAD = str.maketrans("OLI", "011")
MOST_MISREAD = 4
CORE = r"[0-9](?:[^0-9\n]{0,12}[0-9])"
"""With what follows it: what a number holds of digits when at most four of its signs are misread."""


def repaired(number: str) -> str:
    """Its letters and digits, with digits where a scanner reads letters."""
    return bare(number).translate(MISREAD)


def is_misread(number: str) -> bool:
    """Whether one to four of its characters are such letters."""
    return 1 <= sum(c.isalpha() and c not in "xX" for c in number) <= MOST_MISREAD


class ScannedResidentId(PatternRecognizer):
    """Eighteen characters that are a resident identity number, check digit included, once they are digits."""

    cores = (f"{CORE}{{6}}",)
    is_scanned_apart = True

    def __init__(self) -> None:
        number = rf"{START}[1-8I](?:[ -]?{DIGIT}){{16}}[ -]?[0-9XxOlI]{END}"
        super().__init__(
            supported_entity="CN_RESIDENT_ID",
            patterns=[Pattern("scanned", number, 0.1)],
            context=context("CN_RESIDENT_ID"),
            supported_language="zh",
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """Whether province, date and check digit are right; none with a wrong check digit, so that context decides."""
        digits = repaired(pattern_text)
        if not is_misread(pattern_text) or digits[:2] not in PROVINCES or not is_date(digits[6:14]):
            return False
        return True if digits[-1] == resident(digits) else None


class ScannedCard(PatternRecognizer):
    """Sixteen to nineteen characters of an issuer's range, Luhn digit included, once they are digits."""

    cores = (f"{CORE}{{6}}",)

    def __init__(self) -> None:
        groups = rf"(?:{DIGIT}{{12,15}}|(?:[ -]{DIGIT}{{4}}){{3}}(?:[ -]?{DIGIT}{{1,3}})?)"
        super().__init__(
            supported_entity="CN_BANK_CARD",
            patterns=[Pattern("scanned", rf"{START}[3-6]{DIGIT}{{3}}{groups}{END}", 0.1)],
            context=context("CN_BANK_CARD"),
            supported_language="zh",
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """Whether issuer and check digit are right; none for unknown issuers, so that context decides."""
        digits = repaired(pattern_text)
        if not is_misread(pattern_text) or not luhn(digits):
            return False
        return True if digits.startswith(ISSUED) or IssuedCard.ISSUED.fullmatch(digits) else None


class ScannedPhone(PatternRecognizer):
    """A mobile number or landline; nothing without a word for telephone near it."""

    cores = (f"{CORE}{{5}}",)

    def __init__(self) -> None:
        mobile = rf"[1lI][3-9]{DIGIT}(?:[ .-]?{DIGIT}{{4}}){{2}}"
        landline = rf"\(?[0O](?:[1lI][0O]|2{DIGIT}|[3-9]{DIGIT}{{2}})(?:\)[ -]?|-){DIGIT}{{7,8}}"
        foreign = rf"\([2-9]{DIGIT}{{2}}\)[ -]?[2-9]{DIGIT}{{2}}-{DIGIT}{{4}}"
        super().__init__(
            supported_entity="PHONE_NUMBER",
            patterns=[Pattern("scanned", rf"{START}(?:{mobile}|{landline}|{foreign}){END}", 0.1)],
            context=[*context("CN_MOBILE"), *context("CN_LANDLINE")],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether no character is misread, or more than four are."""
        return not is_misread(pattern_text)


class ScannedSsn(PatternRecognizer):
    """A US social security number right after its label."""

    labels = labels("US_SSN")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="US_SSN",
            patterns=[behind(self.labels, rf"[0-8]{DIGIT}{{2}}[ -]{DIGIT}{{2}}[ -]{DIGIT}{{4}}{END}")],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether no character is misread, or more than four are."""
        return not is_misread(pattern_text)


class ScannedImei(PatternRecognizer):
    """Fifteen characters with a right Luhn digit once they are digits; nothing without context."""

    cores = (f"{CORE}{{6}}",)

    def __init__(self) -> None:
        super().__init__(
            supported_entity="IMEI",
            patterns=[Pattern("scanned", rf"{START}[0-9]{DIGIT}{{14}}{END}", 0.2)],
            context=context("IMEI"),
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether the check digit is wrong, or no character misread, or more than four are."""
        return not is_misread(pattern_text) or not luhn(repaired(pattern_text))
