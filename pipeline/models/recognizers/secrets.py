"""Credentials: keys by their prefix, private keys, passwords and codes after a label, addresses that carry a token.

Shapes are those that the issuers document and that detect-secrets and gitleaks look for; a shape alone never needs
an entropy test here, a labelled value does.
"""

import math
from collections import Counter

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import LABELLED, after, labels

START, END = r"(?<![0-9A-Za-z_-])", r"(?![0-9A-Za-z_-])"
ISSUED = {
    "AKIA": r"A(?:KIA|SIA|GPA|IDA)[0-9A-Z]{16}",  # AWS access key
    "ghp_": r"gh[pousr]_[0-9A-Za-z]{36,251}",  # GitHub
    "github_pat_": r"github_pat_[0-9A-Za-z_]{22,255}",
    "glpat-": r"glpat-[0-9A-Za-z_-]{20,64}",  # GitLab
    "sk-": r"sk-(?:proj-|ant-[a-z0-9]+-|svcacct-)?[0-9A-Za-z_-]{20,200}",  # OpenAI, Anthropic, DeepSeek
    "xox": r"xox[abeoprs]-[0-9A-Za-z-]{10,250}",  # Slack
    "AIza": r"AIza[0-9A-Za-z_-]{35}",  # Google
    "LTAI": r"LTAI[0-9A-Za-z]{12,24}",  # Alibaba Cloud
    "AKID": r"AKID[0-9A-Za-z]{32}",  # Tencent Cloud
    "sk_live_": r"[rs]k_(?:live|test)_[0-9A-Za-z]{16,99}",  # Stripe
    "SG.": r"SG\.[0-9A-Za-z_-]{16,32}\.[0-9A-Za-z_-]{16,64}",  # SendGrid
    "npm_": r"npm_[0-9A-Za-z]{36}",
    "pypi-": r"pypi-[0-9A-Za-z_-]{50,250}",
    "hf_": r"hf_[0-9A-Za-z]{30,40}",  # Hugging Face
    "eyJ": r"eyJ[0-9A-Za-z_-]{10,}\.eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}",  # JSON web token
    "hooks.slack.com": r"https://hooks\.slack\.com/services/[0-9A-Za-z/]{20,80}",
    "oapi.dingtalk.com": r"https://oapi\.dingtalk\.com/robot/send\?access_token=[0-9a-f]{32,80}",
}


class IssuedKey(PatternRecognizer):
    """Keys that begin as their issuer says."""

    def __init__(self) -> None:
        super().__init__(
            supported_entity="API_KEY",
            patterns=[Pattern(name, f"{START}{shape}{END}", 0.8) for name, shape in ISSUED.items()],
            supported_language="zh",
            global_regex_flags=0,
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it is made of too few different characters to be a key, or of words alone."""
        return len(set(pattern_text)) < 10 or not any(c.isdigit() for c in pattern_text)


class PrivateKey(PatternRecognizer):
    """From BEGIN to END, to the next BEGIN, or to where the text ends; the header alone names no key."""

    def __init__(self) -> None:
        kind = r"(?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?"
        line = r"(?:[0-9A-Za-z+/=\s\\:,.]|-(?!----))"  # no further header: that took a second for 80 kB of headers
        shape = rf"-----BEGIN {kind}-----{line}{{40,16000}}?(?:-----END {kind}-----|(?=-----BEGIN )|\Z)"
        super().__init__(
            supported_entity="PRIVATE_KEY",
            patterns=[Pattern("block", shape, 0.9)],
            supported_language="zh",
            global_regex_flags=0,
        )


class Password(PatternRecognizer):
    """What stands after a word for password, secret or token, if it looks like one and not like a variable."""

    labels = labels("PASSWORD")

    def __init__(self) -> None:
        value = r"[0-9A-Za-z][0-9A-Za-z!@#$%^&*_+./~?=-]{5,128}"
        super().__init__(
            supported_entity="PASSWORD",
            patterns=[Pattern("labelled", f"{after(self.labels)}{value}", LABELLED)],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether it holds no digit or no letter, is a name or a call, or repeats itself."""
        bare = pattern_text.rstrip(".?!")
        is_mixed = any(c.isdigit() for c in bare) and any(c.isalpha() for c in bare)
        is_code = any(mark in bare for mark in ("${", "::", "//", "...", ".get", "env.", "***")) or bare.count(".") > 1
        return not is_mixed or is_code or entropy(bare) < 2.0


class VerificationCode(PatternRecognizer):
    """Four to eight digits after 验证码 and the like."""

    labels = labels("VERIFICATION_CODE")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="VERIFICATION_CODE",
            patterns=[Pattern("labelled", rf"{after(self.labels)}\d{{4,8}}(?![0-9A-Za-z])", LABELLED)],
            supported_language="zh",
        )


class UrlCredential(PatternRecognizer):
    """A user's password in a URL, or the value of a parameter that opens a door."""

    def __init__(self) -> None:
        word = "[0-9A-Za-z._~%!$&*+=-]"
        names = r"(?:access_?token|token|api_?key|key|sig|signature|secret|password|passwd|session(?:id)?|auth|ticket)"
        super().__init__(
            supported_entity="URL_CREDENTIAL",
            patterns=[
                Pattern("user", rf"(?<=[A-Za-z]://){word}{{1,64}}:{word}{{3,64}}@[0-9A-Za-z.-]+", 1.0),
                Pattern("parameter", rf"(?<=[?&]{names}=)[0-9A-Za-z_.~%+/=-]{{8,500}}", 0.6),
            ],
            supported_language="zh",
        )

    def invalidate_result(self, pattern_text: str) -> bool:
        """Whether a parameter's value is a word, or a user's password a name for one."""
        user, colon, password = pattern_text.partition("@")[0].partition(":")
        if colon:
            return password.lower() in {"password", "pass", "passwd", "pwd", "secret"} or user.lower() == "user"
        return not any(c.isdigit() for c in user) or entropy(user) < 2.5


def entropy(text: str) -> float:
    """Shannon entropy of its characters, bits each."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())
