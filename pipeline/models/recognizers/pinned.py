"""Presidio's own recognizers where the network, the day or a version number would change their answer."""

import ipaddress
from functools import lru_cache

import regex
import tldextract
from presidio_analyzer import RecognizerResult  # noqa: TID253  imported lazily with this package
from presidio_analyzer.predefined_recognizers import (  # noqa: TID253
    CreditCardRecognizer,
    EmailRecognizer,
    IbanRecognizer,
    IpRecognizer,
    PhoneRecognizer,
)

from pipeline.models.recognizers.check_digits import bare, luhn

SPLIT = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
REMEMBERED = 1 << 14
"""Hosts and addresses: each returns again and again, at 10 µs for a look."""
RESERVED = (".example", ".test", ".invalid", ".local", ".localhost", ".internal", ".lan")
REGIONS = ("US", "GB", "DE", "FR", "IL", "IN", "CA", "BR", "CN", "HK")
LABELLED = regex.compile(r"isbn|issn|doi|rfc|arxiv|version|build|release|版本|订单|单号|#\s*$", regex.IGNORECASE)
COLUMNS = regex.compile(r"\d\s{2,}\d|\t|^\d{1,2}[-./]\d{1,2}[-./]\d{4}$|(?:\d{1,3}\.){3}\d{1,3}")
"""Numbers of a table, or the four of an address, not of one telephone."""
SERVICE = regex.compile(r"[48]00[- ]?\d{3}[- ]?\d{4}$")
"""Service lines of mainland China: nobody's."""
MESSAGE = regex.compile(r"/(?:[^/@]*\d{10,}[.-]|[0-9a-f]{30}|CA[+=]|cover\.\d{8})[^/@]*@")
"""Identifiers of mails in the address of an archive, which look like mail addresses."""
REPOSITORY = regex.compile(r"(?:git|hg|svn)@", regex.IGNORECASE)
"""Whom version control logs in as: git@host:owner/name."""
SEVEN_DIGITS = regex.compile(r"\d(?:[^\n\w]{0,4}\d){6}")
GLUED_BEFORE = regex.compile(r"[\w./#-]$|(?<![A-Za-z\x01])[:=]$")
GLUED_BEHIND = regex.compile(r"[:/=_]?\w|[.-]\d")
ODDS = regex.compile(r"(?<!\d)\d\.\d{2}(?!\d)")
"""1.22/4.80: prices and odds."""
FOURS = regex.compile(r"(?:\d{4} ){3}\d{4}|555[- ]555")
"""Four groups of four digits, and the number of nobody in the films."""
TIME = regex.compile(r"\d{4}-\d{2}-\d{2}|\d:\d|\d{4}\.\d{2}\.\d{2}|(?<=^|\s)\d{2}\s[+-]\d{4}$")
THREE_GROUPS = regex.compile(r"^\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}$")
GROUP = regex.compile(r"\d+")
AREA = regex.compile(r"\(\d{1,4}\)")


@lru_cache(REMEMBERED)
def is_public(host: str) -> bool:
    """Whether a host stands below a public suffix."""
    return bool(SPLIT(host).fqdn)


@lru_cache(REMEMBERED)
def _read(address: str) -> tuple[bool, bool] | None:
    """Whether what looks like an address is likelier another number, and nobody's; none where it is no address."""
    try:
        found = ipaddress.ip_address(address.partition("/")[0])
    except ValueError:
        return None
    if isinstance(found, ipaddress.IPv6Address):
        is_other = address.count(":") < 3 or not any(c.isdigit() for c in address)
    else:
        is_other = max(found.packed) < 30 or max(found.packed[1:]) < 10  # version numbers and those of sections
    return is_other, not found.is_global or found.is_multicast


class PinnedEmail(EmailRecognizer):
    """Presidio's, with the public-suffix list bundled with tldextract; reserved top-level domains score less."""

    def validate_result(self, pattern_text: str) -> bool | None:
        """True below a public suffix, none below a reserved one, false elsewhere."""
        if MESSAGE.search(pattern_text) or REPOSITORY.match(pattern_text):
            return False
        if pattern_text.lower().endswith(RESERVED):
            return None
        return is_public(pattern_text.rsplit("@", 1)[-1])


class IssuedCard(CreditCardRecognizer):
    """Presidio's, certain only for numbers that an issuer gives out; others need context."""

    ISSUED = regex.compile(
        r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}|6\d{15,18}"
    )

    def validate_result(self, pattern_text: str) -> bool | None:
        """False with a wrong check digit, true in an issuer's range, else none."""
        digits = bare(pattern_text)
        if not luhn(digits):
            return False
        if len(set(digits)) < 3 and digits[1:] == digits[:1] * (len(digits) - 1):
            return False
        return True if self.ISSUED.fullmatch(digits) else None


class AnyCaseIban(IbanRecognizer):
    """Presidio's, in capitals or not, as its own registry runs it."""

    is_scanned_apart = True

    def __init__(self) -> None:
        super().__init__()
        self.global_regex_flags = regex.IGNORECASE | regex.MULTILINE | regex.DOTALL


class PublicIp(IpRecognizer):
    """Presidio's; private, documentation and reserved addresses score too little to be redacted."""

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it is no address at all."""
        return _read(pattern_text) is None

    def score(self, pattern_text: str, score: float) -> float:
        """The score of an address that the pattern found with `score`."""
        is_other, is_nobodys = _read(pattern_text) or (True, True)
        if is_other:
            return 0.1  # context lifts it
        return 0.4 if is_nobodys else score

    def is_settled(self, pattern_text: str) -> bool:
        """Whether it is nobody's whatever stands near: private, multicast, of documentation (RFC 1918, 5737, 3849)."""
        _, is_nobodys = _read(pattern_text) or (True, True)
        return is_nobodys


class LinePhone(PhoneRecognizer):
    """Presidio's phone numbers of seven digits or more; bare and labelled ones score too little without context."""

    FEWEST_DIGITS = 7

    def __init__(self) -> None:
        super().__init__(
            supported_regions=REGIONS,
            context=["phone", "telephone", "tel", "cell", "cellphone", "mobile", "call", "fax", "whatsapp", "contact",
                     "电话", "手机", "联系", "致电", "传真", "拨打"],
        )  # fmt: skip

    def analyze(self, text: str, entities: list[str], nlp_artifacts: object = None) -> list[RecognizerResult]:
        """Numbers with their scores."""
        found = super().analyze(text, entities, nlp_artifacts)
        for one in found:
            one.score = self.judged(text, one.start, one.end, one.score)[2]
        return [one for one in found if one.score > 0]

    def judged(self, text: str, start: int, end: int, score: float) -> tuple[int, int, float]:
        """The number with the score that its shape and neighbours give it."""
        line = text.rfind("\n", 0, start) + 1
        return start, end, self._score(text[start:end], text[max(line, start - 16) : start], text[end : end + 2], score)

    def _score(self, number: str, before: str, after: str, score: float) -> float:
        glued = GLUED_BEFORE.search(before) or GLUED_BEHIND.match(after)
        is_none = ODDS.search(number) or FOURS.search(number)
        if glued or not SEVEN_DIGITS.search(number) or is_none or LABELLED.search(before):
            return 0.0
        if number.lstrip("(").startswith("+"):
            return score + 0.2
        if TIME.search(number):
            return score if THREE_GROUPS.search(number) else 0.1
        groups = GROUP.findall(number)
        if COLUMNS.search(number) or max(map(len, groups)) < 3 or SERVICE.match(number):
            return 0.0
        is_bare = len(groups) < 3 and not AREA.search(number)
        return 0.2 if is_bare else score
