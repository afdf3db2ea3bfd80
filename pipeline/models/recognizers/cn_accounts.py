"""Accounts at Chinese services: only after their label, and without it in the finding."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import END, LABELLED, behind, labels

HANDLE = r"[A-Za-z0-9][A-Za-z0-9._-]{3,29}(?![0-9A-Za-z_-])"


class CnWechat(PatternRecognizer):
    """Six to twenty characters after a word for WeChat."""

    labels = labels("CN_WECHAT")

    def __init__(self) -> None:
        value = r"(?:[A-Za-z][A-Za-z0-9_-]{5,19}|1[3-9]\d{9})(?![0-9A-Za-z_-])"
        super().__init__(
            supported_entity="CN_WECHAT",
            patterns=[
                behind(self.labels, value),
                Pattern("as WeChat makes it", r"(?<![0-9A-Za-z_-])wxid_[0-9a-z]{10,20}(?![0-9A-Za-z_-])", LABELLED),
            ],
            supported_language="zh",
        )


class CnQq(PatternRecognizer):
    """Five to eleven digits after a word for QQ, or behind a speaker's name in a line that its client exported."""

    labels = labels("CN_QQ")

    def __init__(self) -> None:
        said = r"(?m)(?<=^\[?20\d\d[-/]\d\d?[-/]\d\d? \d\d?:\d\d(?::\d\d)?\]? [^\n()]{1,30}\()[1-9]\d{4,10}(?=\))"
        super().__init__(
            supported_entity="CN_QQ",
            patterns=[
                behind(self.labels, rf"[1-9](?:\d{{4,10}}|[\dOoIl]{{7,10}}){END}"),
                Pattern("speaker", said, LABELLED),
            ],
            supported_language="zh",
        )


class CnAlipay(PatternRecognizer):
    """A handle after a word for Alipay; its telephone numbers and e-mail addresses are found as what they are."""

    labels = labels("CN_ALIPAY")

    def __init__(self) -> None:
        value = rf"(?:2088\d{{12}}{END}|(?=[A-Za-z0-9_-]*\d){HANDLE})(?!@)"
        super().__init__(
            supported_entity="CN_ALIPAY",
            patterns=[behind(self.labels, value)],
            supported_language="zh",
        )


class SocialAccount(PatternRecognizer):
    """A handle after the name of a network: Weibo, Douyin, Xiaohongshu, Twitter and others."""

    labels = labels("SOCIAL_ACCOUNT")

    def __init__(self) -> None:
        super().__init__(
            supported_entity="SOCIAL_ACCOUNT",
            patterns=[behind(self.labels, rf"@?(?=[A-Za-z0-9._-]*[0-9_]){HANDLE}(?![@(])")],
            supported_language="zh",
        )
