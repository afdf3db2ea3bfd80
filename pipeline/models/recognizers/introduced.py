"""Names that are introduced as names: "my name is …", 我叫…, 联系人：…. No model is asked."""

from presidio_analyzer import Pattern, PatternRecognizer  # noqa: TID253  imported lazily with this package

from pipeline.models.recognizers.labels import after, labels

INTRODUCED = 0.95
"""Above what a model's guess scores (0.85), so that a rule can act upon the one and only report the other."""

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟"
    "汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严牛"
    "温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢路岳齐梅莫庄辛管祝左涂谷祁时舒耿牟卜詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈"
    "鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边净阴闫肖付代宫滕穆简饶佟连戚巩栾冷晏娄"
)
COMPOUND = (
    "欧阳 司徒 司马 上官 诸葛 东方 皇甫 尉迟 公孙 慕容 令狐 宇文 长孙 轩辕 夏侯 端木 南宫 百里 "
    "呼延 独孤 闻人 澹台 拓跋 贺兰"
).split()
NOT_GIVEN = "[了的是不来去上到在就着过吗呢吧啊]|先生|女士|小姐|老师|师傅|同学|同志"
"""What begins no given name: 我叫车了, 联系人王先生."""
END = r"(?=[^一-龥]|$|就|先生|女士|小姐|老师|同志|同学|电话|手机|身份|性别|年龄|住址|的)"
WORD = r"(?-i:[A-ZÀ-ÞŁŠŽ])[a-zA-Zß-ÿłšž'’.-]*"

NEXT_HEAD = "QQ|ID|e-?mail|phone|tel|mobile|address|age|sex|gender|date|no"
"""What follows 姓名 or "full name" in the head of a table, and is nobody."""


class IntroducedName(PatternRecognizer):
    """A name right after the words that introduce it: in Chinese a surname and a given one, or parts with dots."""

    labels = labels("PERSON")

    def __init__(self) -> None:
        given = rf"(?!{NOT_GIVEN})[一-龥]{{1,2}}?"
        transcribed = r"[一-龥]{2,8}(?:[·•・][一-龥]{2,8}){1,3}(?=[^一-龥]|$)"
        chinese = rf"(?:(?:{'|'.join(COMPOUND)})|[{SURNAMES}]){given}{END}"
        english = rf"(?!(?:{NEXT_HEAD})\b){WORD}(?:[ ]{WORD}){{0,3}}(?<![.])"
        super().__init__(
            supported_entity="PERSON",
            patterns=[
                Pattern("Chinese", f"{after(self.labels)}{chinese}", INTRODUCED),
                Pattern("transcribed", f"{after(self.labels)}{transcribed}", INTRODUCED),
                Pattern("Latin", f"{after(self.labels)}{english}", INTRODUCED),
            ],
            supported_language="zh",
        )
