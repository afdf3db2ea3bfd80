"""WeChat and QQ accounts: only after their label, and without it in the finding."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

IS = r"(?:号码?|账号|帐号|ID)?(?:为|是)?[ ]?[:：]?[ ]?"


class CnWechat(PatternRecognizer):
    """Six to twenty characters after a word for WeChat."""

    def __init__(self) -> None:
        label = rf"(?<=(?:微信|薇信|(?<![A-Za-z])(?:wechat|weixin|vx|wx)){IS})"
        super().__init__(
            supported_entity="CN_WECHAT",
            patterns=[Pattern("labelled", rf"{label}[A-Za-z][A-Za-z0-9_-]{{5,19}}(?![0-9A-Za-z_-])", 0.6)],
            supported_language="zh",
        )


class CnQq(PatternRecognizer):
    """Five to eleven digits after a word for QQ."""

    def __init__(self) -> None:
        label = rf"(?<=(?:(?<![A-Za-z])QQ|扣扣|企鹅号){IS})"
        super().__init__(
            supported_entity="CN_QQ",
            patterns=[Pattern("labelled", rf"{label}[1-9]\d{{4,10}}(?![0-9A-Za-z]|[.-]\d)", 0.6)],
            supported_language="zh",
        )
