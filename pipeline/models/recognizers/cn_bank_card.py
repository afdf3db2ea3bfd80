"""Bank card numbers as issued in mainland China."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

GROUPS = r"(?:\d{12,15}|(?:[ -]\d{4}){3}(?:[ -]?\d{1,3})?)(?![0-9A-Za-z]|[.-]\d)"


class CnBankCard(PatternRecognizer):
    """Sixteen to nineteen digits; certain with a UnionPay prefix and a right Luhn digit, else context decides."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="CN_BANK_CARD",
            patterns=[Pattern("bank card", rf"(?<![0-9A-Za-z]|[0-9][.-])[3-9]\d{{3}}{GROUPS}", 0.2)],
            context=[
                "银行卡",
                "卡号",
                "储蓄卡",
                "借记卡",
                "信用卡",
                "账号",
                "帐号",
                "账户",
                "开户",
                "bank card",
                "card number",
            ],
            supported_language="zh",
        )

    def validate_result(self, pattern_text: str) -> bool | None:
        """True for a UnionPay number with a right check digit; none for every other."""
        digits = bare(pattern_text)
        return True if digits.startswith("62") and luhn(digits) else None

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it has too few different digits to be a card."""
        return len(set(bare(pattern_text))) < 4


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn check digit of the others."""
    doubled = (sum(divmod(2 * int(d), 10)) for d in digits[-2::-2])
    return (sum(int(d) for d in digits[-1::-2]) + sum(doubled)) % 10 == 0


def bare(text: str) -> str:
    """Its digits alone."""
    return "".join(c for c in text if c.isdigit())
