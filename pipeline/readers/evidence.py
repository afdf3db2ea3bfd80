"""Evidence that is none: what a server sends instead of the document that was asked for."""

import re
from typing import NamedTuple

PASSWORD = re.compile(r"""<input[^>]{0,300}type\s*=\s*["']?password""", re.IGNORECASE)
PAGE = re.compile(r"<(?:!doctype|html|head|body|title|meta|script|center)\b", re.IGNORECASE)
TITLES = re.compile(r"<(title|h1)\b[^<>]{0,300}>(.{0,300}?)</\1", re.IGNORECASE | re.DOTALL)
FORWARD = re.compile(
    r"""(?:http-equiv\s*=\s*["']?refresh[^>]{0,300}url\s*=|location(?:\.href)?\s*=|location\.replace\()"""
    r"""[^>;\n]{0,200}(?:log-?in|sign-?in|passport|/sso|/cas/|oauth)""",
    re.IGNORECASE,
)
LOG_IN = re.compile(
    r"\b(?:log|sign)[ -]?(?:in|on)\b|\bsso\b|authenticat|登录|登陆|登入|身份认证|用户认证", re.IGNORECASE
)
CHALLENGE = re.compile(
    r"just a moment|attention required|checking your browser|captcha|are you (?:a )?(?:robot|human)|verify you are"
    r"|安全验证|人机验证|验证码|访问验证",
    re.IGNORECASE,
)
ERROR = re.compile(
    r"^\W{0,20}(?:error\W{0,3})?[45]0\d\b|\bnot found\b|access denied|\bforbidden\b|unauthori[sz]ed|bad gateway"
    r"|service unavailable|页面不存在|页面未找到|找不到|无法访问|禁止访问|拒绝访问|没有权限|出错了",
    re.IGNORECASE,
)
SHORT = 300
"""Characters of a message that is no page."""
EMPTY_PAGE = 4000
"""Characters of a page that only leads on."""
STATUS = re.compile(r"^HTTP/[\d.]+ +(\d{3})\b", re.MULTILINE)


class Flaw(NamedTuple):
    """Why something is no evidence, and what to do."""

    message: str
    fix: str


KEEP_IT = "fetch the document itself with the right to read it, and keep that"


def flaw(text: str) -> Flaw | None:
    """What is wrong with the text of an evidence file, or None.

    Only titles and first headings of pages are looked at, so that a licence that speaks of passwords or errors is none
    of these.
    """
    if not text.strip():
        return Flaw("evidence file is empty", "put the document itself there, or correct the name")
    is_page = PAGE.search(text[:2000]) is not None
    said = " ".join(found[2] for found in TITLES.finditer(text[:20_000])) if is_page else ""
    message = text.strip() if len(text.strip()) < SHORT and not is_page else said
    is_forward = is_page and len(text) < EMPTY_PAGE and FORWARD.search(text) is not None
    if PASSWORD.search(text) or LOG_IN.search(said) or is_forward:
        return Flaw("evidence is a log-in page", KEEP_IT)
    if CHALLENGE.search(said):
        return Flaw("evidence is a page that asks whether a human reads it", KEEP_IT)
    if ERROR.search(message):
        return Flaw("evidence is an error page", "find where the document is now, and keep that")
    return None


def flaw_of_headers(text: str) -> Flaw | None:
    """What is wrong with an answer by its headers; where a client followed redirects, the last status line counts."""
    found = STATUS.findall(text)
    if not found or found[-1].startswith("2"):
        return None
    if found[-1].startswith("3"):
        fix = "follow the redirect, and keep what lies at its end with its headers"
        return Flaw(f"the evidence was answered with a redirect (HTTP {found[-1]})", fix)
    return Flaw(f"the evidence was answered with an error (HTTP {found[-1]})", KEEP_IT)
