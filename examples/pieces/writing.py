"""Composes documents out of the pieces: prose, chats, news, statutes. No two unrelated ones are near duplicates."""

import re
from random import Random
from typing import Any

from pieces import chinese, english, identifiers

PIECES: dict[str, Any] = {"en": english, "zh": chinese}
GAP = {"en": " ", "zh": ""}
ALIKE = 0.4
"""Jaccard similarity of 5-token shingles from which a draft is thrown away."""
ROLES = {"en": ("Customer: ", "Agent: "), "zh": ("客户：", "客服：")}
GLUED = {
    "EMAIL_ADDRESS": "邮箱{v}记得回复我，发票也寄到那里。",
    "CN_MOBILE": "着急的话打{v}找我，晚上九点以前都方便。",
    "CN_RESIDENT_ID": "收件人身份证{v}已经上传过一次，请不要再让我重填。",
    "CN_BANK_CARD": "退款退到银行卡{v}就行，不要退到别的账户。",
    "IP_ADDRESS": "日志里写着来源IP地址{v}失败三次，请帮我查一查。",
    "PERSON": "联系人写{v}就可以，门卫都认识。",
}
LETTERS = {
    "en": "Private questions by mail to {v} please, and not through the old form.",
    "zh": "私下的问题请写信到{v}，旧的留言板已经不看了。",
}
NUMERALS = "一二三四五六七八九十"


class Writer:
    """Writes documents and remembers them, so that every new one differs; keeps what was planted."""

    def __init__(self) -> None:
        self.planted: list[dict[str, object]] = []
        self.seen: dict[str, list[frozenset[str]]] = {"en": [], "zh": []}

    def distinct(self, rng: Random, lang: str, draft: "Draft") -> str:
        """The first draft that resembles no earlier document of its language."""
        for _ in range(200):
            planted: list[dict[str, object]] = []
            text = draft(rng, lang, planted)
            marks = shingles(text, lang)
            if all(len(marks & other) < ALIKE * len(marks | other) for other in self.seen[lang]):
                self.seen[lang].append(marks)
                self.planted += planted
                return text
        raise RuntimeError(f"no distinct {lang} document after 200 drafts")


class Draft:
    """A kind of document; called with a random source it writes one."""

    def __init__(self, source: str) -> None:
        self.source = source

    def __call__(self, rng: Random, lang: str, planted: list[dict[str, object]]) -> str:
        """One document; what it plants is appended to `planted`."""
        raise NotImplementedError

    def plant(self, planted: list[dict[str, object]], kind: str, value: str, lang: str) -> str:
        """Note a planted value and return it."""
        entry: dict[str, object] = {"value": value, "type": kind, "language": lang, "source": self.source}
        planted.append(entry)
        return value


class Prose(Draft):
    """Three topics, some sentences of each; with an opening and a closing as in a forum, with a mailbox now and then."""

    def __init__(self, source: str, *, is_post: bool = False, letters: float = 0, extra: str = "") -> None:
        super().__init__(source)
        self.is_post, self.letters, self.extra = is_post, letters, extra

    def __call__(self, rng: Random, lang: str, planted: list[dict[str, object]]) -> str:
        """One text of three paragraphs or more."""
        parts = paragraphs(rng, lang)
        if self.extra:
            parts[1] += GAP[lang] + self.extra
        if self.is_post:
            parts[0] = rng.choice(PIECES[lang].OPENINGS) + GAP[lang] + parts[0]
            parts[-1] += GAP[lang] + rng.choice(PIECES[lang].CLOSINGS)
        if rng.random() < self.letters:
            mailbox = self.plant(planted, "EMAIL_ADDRESS", identifiers.email(rng), lang)
            parts.append(LETTERS[lang].format(v=mailbox))
        return "\n\n".join(parts)


class News(Draft):
    """A dated lead and three paragraphs."""

    def __call__(self, rng: Random, lang: str, planted: list[dict[str, object]]) -> str:
        """One item of news; it plants nothing."""
        del planted
        return "\n\n".join([filled(rng, lang, rng.choice(PIECES[lang].LEADS)), *paragraphs(rng, lang)])


class Chat(Draft):
    """A customer and an agent; the customer gives three or four identifiers."""

    def __call__(self, rng: Random, lang: str, planted: list[dict[str, object]]) -> str:
        """One conversation, a turn a line."""
        pieces, (user, agent), gap = PIECES[lang], ROLES[lang], GAP[lang]
        kinds = rng.sample(sorted(pieces.CHAT_PII), 4)
        told = [self._told(rng, lang, kind, planted) for kind in kinds]
        more = rng.sample(pieces.CHAT_MORE, 3)
        agents = rng.sample(pieces.CHAT_AGENT, 4)
        aside = [gap.join(one) for one in (sentences(rng, lang, 2), sentences(rng, lang, 1))]
        turns = [filled(rng, lang, rng.choice(pieces.CHAT_USER)) + gap + told[0], agents[0]]
        turns += [told[1] + gap + more[0], agents[1], aside[0] + gap + told[2], agents[2]]
        turns += [more[1] + gap + told[3], agents[3], more[2] + gap + aside[1]]
        return "\n".join((user, agent)[i % 2] + turn for i, turn in enumerate(turns))

    def _told(self, rng: Random, lang: str, kind: str, planted: list[dict[str, object]]) -> str:
        template = PIECES[lang].CHAT_PII[kind]
        if lang == "zh" and rng.random() < 0.5:
            template = GLUED[kind]
        return str(template.format(v=self.plant(planted, kind, value(rng, lang, kind), lang)))


def value(rng: Random, lang: str, kind: str) -> str:
    """An invented identifier of a kind."""
    if kind == "PERSON":
        return str(rng.choice(PIECES[lang].CUSTOMERS))
    if kind == "CREDIT_CARD":
        return identifiers.card(rng, prefix=rng.choice(("4539", "4716", "5412", "5273")), length=16)
    if kind == "CN_BANK_CARD":
        return identifiers.card(rng, prefix=rng.choice(("622202", "621700", "622848")), length=rng.choice((16, 19)))
    simple = {
        "EMAIL_ADDRESS": identifiers.email,
        "PHONE_NUMBER": identifiers.phone,
        "CN_MOBILE": identifiers.mobile,
        "CN_RESIDENT_ID": identifiers.resident_id,
        "IP_ADDRESS": identifiers.address,
    }
    return simple[kind](rng)


def filled(rng: Random, lang: str, template: str) -> str:
    """A sentence with its places, names and numbers."""
    pieces = PIECES[lang]
    return template.format(
        place=rng.choice(pieces.PLACES),
        name=rng.choice(pieces.NAMES),
        n=rng.randint(3, 28),
        m=rng.randint(1, 12),
        month=rng.choice(english.MONTHS),
        order=f"{rng.choice('BKLRT')}-{rng.randint(1000, 9999)}",
    )


def sentences(rng: Random, lang: str, n: int, topic: str = "") -> list[str]:
    """Some sentences of one topic, filled, in an order of their own."""
    topics = PIECES[lang].TOPICS
    found = topics[topic or rng.choice(sorted(topics))].split("|")
    return [filled(rng, lang, one) for one in rng.sample(found, n)]


def paragraphs(rng: Random, lang: str) -> list[str]:
    """Three paragraphs on three topics."""
    topics = rng.sample(sorted(PIECES[lang].TOPICS), 3)
    return [GAP[lang].join(sentences(rng, lang, rng.choice((3, 3, 4)), topic)) for topic in topics]


def statutes(rng: Random, lang: str) -> dict[str, str]:
    """Four invented statutes by file name: each as enacted and as amended twice."""
    found = {}
    for (key, title), start in zip(PIECES[lang].LAWS.items(), (0, 4, 7, 11), strict=True):
        thing = PIECES[lang].THINGS[key] if lang == "zh" else key
        numbers = {"thing": thing, "days": rng.randint(15, 60), "years": rng.randint(3, 9)}
        numbers["fine"] = rng.randint(5, 90) * 100
        chosen = (PIECES[lang].ARTICLES * 2)[start : start + 6]  # statutes share three of six articles at most
        articles = [*sentences_of_law(rng, lang, thing), *(one.format(**numbers) for one in rng.sample(chosen, 6))]
        first, second = PIECES[lang].AMENDED
        found[f"{key}-2015.txt"] = statute(lang, title, "2015", articles)
        found[f"{key}-2019.txt"] = statute(lang, title, "2019", [*articles, first])
        found[f"{key}-2024.txt"] = statute(lang, title, "2024", [*articles, first, second])
    return found


def sentences_of_law(rng: Random, lang: str, thing: str) -> list[str]:
    """Articles that name the places where a statute applies."""
    first, second, third = rng.sample(PIECES[lang].PLACES, 3)
    start, end = rng.randint(5, 9), rng.randint(17, 22)
    if lang == "zh":
        return [
            f"本条例适用于{first}、{second}和{third}范围内的{thing}及其附属设施。",
            f"{thing}每日开放时间为{start}时至{end}时，遇有灾害性天气的，管理人应当提前关闭并张贴告示。",
        ]
    return [
        f"This Act applies to the {thing} of {first}, {second} and {third} together with everything attached to them.",
        f"The {thing} are open from {start} in the morning until {end} hours unless severe weather requires a closure.",
    ]


def statute(lang: str, title: str, year: str, articles: list[str]) -> str:
    """The text of a statute with numbered articles."""
    if lang == "zh":
        named = ["第" + numeral(i) + "条　" + one for i, one in enumerate(articles, 1)]
        return "\n".join([f"{title}（{year}年文本）", *named]) + "\n"
    named = [f"Article {i}. {one}" for i, one in enumerate(articles, 1)]
    return "\n".join([f"{title} (text of {year})", *named]) + "\n"


def numeral(n: int) -> str:
    """A number below twenty in Chinese."""
    return NUMERALS[n - 1] if n <= 10 else "十" + NUMERALS[n - 11]


def shingles(text: str, lang: str) -> frozenset[str]:
    """The 5-token shingles of a text: words in English, characters in Chinese."""
    tokens = re.findall(r"\w" if lang == "zh" else r"\w+", text.lower())
    return frozenset(" ".join(tokens[i : i + 5]) for i in range(len(tokens) - 4))
