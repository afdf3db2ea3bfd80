"""Labelled junk for bench/quality.py: what a reader would not call text.

`page boilerplate` and `web junk` are real: what a person left out of the main text of 91 pages, and pages that
Data-Juicer shows its classifier. The other kinds are made from a seed: from lines of edited documents (menus, link
lists, repetition, damage) or from sentences written for this project (notices, advertisements, refusals). Made kinds
share patterns between the halves, so what is found of them flatters the rules; the real ones do not.
"""

import base64
import gzip
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from lxml import etree, html

EACH = 120
"""Documents of each made kind and language."""
HIDDEN = {"script", "style", "noscript", "template", "svg", "head", "iframe", "select", "textarea"}
INLINE = set(
    "a abbr b bdi bdo big cite code em font i img kbd mark q s small span strong sub sup time tt u var".split()
)
LEAST_LINES = 5


class Junk(NamedTuple):
    """A text that should be dropped: kind, language, and whether it is real."""

    kind: str
    lang: str
    text: str
    is_real: bool = False


NOTICES = {
    "en": """We value your privacy and so do our 742 partners.|You need to sign in to see this content.|Error 404
The page you requested could not be found.|Please verify that you are a human to go on.|Your browser is out of date.
Update it to view this page.|This site is protected by reCAPTCHA.|Session expired. Log in again.|Accept all cookies
Reject all
Manage preferences|Loading, please wait|You have been blocked.|Subscribe to read the full story.|Access denied
You do not have permission to view this resource.|Forgot your password?
Create an account|Javascript is disabled in your browser.|© 2023 All rights reserved
Privacy policy
Terms of use|Share this page
Facebook
Twitter
E-mail|No results found.
Try another search.""",
    "zh": """您访问的页面不存在
返回首页|请先登录后再查看|验证码错误，请重新输入|您的浏览器版本过低，请升级后访问|系统繁忙，请稍后再试|
本站使用Cookie
接受全部
拒绝|加载中，请稍候|该内容已被删除|关注公众号阅读全文|没有找到相关结果
换个关键词试试|忘记密码
立即注册|版权所有 侵权必究
京ICP备12345678号
联系我们|请启用JavaScript后刷新|分享到
微博
微信
QQ空间|会话已过期，请重新登录|上一篇：没有了
下一篇：没有了|本文由网友上传，如有侵权请联系删除|扫码下载客户端
随时随地看新闻""",
}
ADS = {
    "en": """Buy {x} today and save 70%! Free shipping on all orders. Order now!|Cheap {x} online, lowest price, no
prescription needed.|Make money from home with {x}. Click here to start.|{x} {x} cheap {x} best {x} discount {x}|Best
{x} deals 2023. Limited time offer. Act now before stock runs out!|Win big at the {x} casino: 200 free spins, instant
payout.|Lose weight fast with {x}. Money back guarantee.|Call 555-0100 for {x}. Best price. Visit our shop.""",
    "zh": """{x}厂家直销，价格优惠，量大从优，欢迎来电咨询：138-0000-0000|正品{x}低价出售，加微信abc123，包邮到家|
专业{x}公司，{x}价格，{x}报价，{x}厂家，{x}批发|兼职{x}日赚500元，加QQ咨询，名额有限|{x}娱乐城注册即送88元，百家乐、老虎机、时时彩|
代办{x}，快速出证，无需到场，诚信经营|限时优惠！{x}买一送一，点击购买，立即抢购|{x}哪家好_{x}多少钱_{x}排名_{x}品牌网""",
}
REFUSALS = {
    "en": """As an AI language model, I do not have access to {x}.|I'm sorry, but I cannot help with {x}.|As of my last
update, I have no information about {x}.|As an AI, I don't have personal opinions about {x}.|I cannot fulfill this
request about {x}.""",
    "zh": """作为一个人工智能语言模型，我无法提供关于{x}的信息。|作为AI语言模型，我没有个人观点，也不能评价{x}。|
很抱歉，我无法满足您的请求。|截至我的知识更新时间，我没有关于{x}的资料。|作为大语言模型，我不能访问{x}。""",
}
THINGS = {
    "en": "watches tyres sofas visas loans laptops phones vitamins tickets shoes windows software hotels cars".split(),
    "zh": "手表 轮胎 沙发 签证 贷款 电脑 手机 保健品 机票 运动鞋 门窗 软件 酒店 汽车 阀门 广告牌".split(),
}
JOINS = {"en": (" | ", ", ", " / ", " - ", "\n"), "zh": ("|", "、", "_", " ", "\n")}


def everything(corpora: Path, edited: dict[str, Sequence[str]]) -> Iterator[Junk]:
    """All labelled junk; `edited` are texts by language that made kinds are cut from."""
    yield from page_boilerplate(corpora / "html" / "article_extraction_a.jsonl.gz")
    yield from web_junk(corpora / "quality" / "data_juicer_tool_quality_classifier_demo-dataset.jsonl")
    for lang in ("en", "zh"):
        draw = random.Random(f"junk {lang}")  # noqa: S311  the same junk every time, no secret
        for kind, make in MADE.items():
            for _ in range(EACH):
                yield Junk(kind, lang, make(draw, lang, edited[lang]))


def page_boilerplate(path: Path) -> Iterator[Junk]:
    """The lines of each page that are not in the main text that a person marked."""
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for row in map(json.loads, rows):
            main = _squeezed(row["text"])
            left = [line for line in _page_lines(row["html"]) if _squeezed(line) not in main]
            if len(left) >= LEAST_LINES:
                lang = "zh" if len(re.findall("[\u4e00-\u9fff]", main)) * 5 > len(main) else "en"
                yield Junk("page boilerplate", lang, "\n".join(left), is_real=True)


def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()


def _page_lines(page: str) -> list[str]:
    pieces: list[str] = []
    root = html.document_fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8"))
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event == "start" and node.tag in HIDDEN:
            node.text, node[:] = None, []
        if isinstance(node.tag, str):
            pieces.append("" if node.tag in INLINE else "\n")
        text = node.text if event == "start" else node.tail
        pieces.append(re.sub(r"\s+", " ", text or ""))
    return [line.strip() for line in "".join(pieces).split("\n") if re.search(r"\w", line)]


def web_junk(path: Path) -> Iterator[Junk]:
    """The rows of Data-Juicer's demonstration that are pages, not sentences."""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["text"]
        if text.endswith("\n") or "\n" in text:
            yield Junk("web junk", "zh" if re.search("[\u4e00-\u9fff]", text) else "en", text, is_real=True)


def _written(bank: dict[str, str], most: int) -> Callable[[random.Random, str, Sequence[str]], str]:
    def make(draw: random.Random, lang: str, edited: Sequence[str]) -> str:
        del edited
        chosen = draw.sample([one.strip() for one in bank[lang].split("|")], draw.randint(2, most))
        return "\n".join(one.replace("{x}", draw.choice(THINGS[lang])) for one in chosen)

    return make


def _short_lines(draw: random.Random, edited: Sequence[str], n: int) -> list[str]:
    found: list[str] = []
    while len(found) < n:
        lines = [line.strip(" #*-=`") for line in draw.choice(edited).split("\n")]
        short = [line for line in lines if 2 <= len(line) <= 20 and not re.search("[.。,，;；:：]$", line)]
        found += draw.sample(short, min(len(short), 2))
    return found


def menu(draw: random.Random, lang: str, edited: Sequence[str]) -> str:
    """Headings of unrelated documents, one a line or with separators."""
    return draw.choice(JOINS[lang]).join(_short_lines(draw, edited, draw.randint(12, 60)))


def links(draw: random.Random, lang: str, edited: Sequence[str]) -> str:
    """Headings, each with an address."""
    del lang
    lines = _short_lines(draw, edited, draw.randint(8, 30))
    return "\n".join(f"{line} https://example.org/{draw.randrange(10**6)}/{draw.randrange(10**4)}" for line in lines)


def keywords(draw: random.Random, lang: str, edited: Sequence[str]) -> str:
    """Five keywords over and over, in any order."""
    del edited
    words = draw.sample(THINGS[lang], 5)
    glue = draw.choice(JOINS[lang])
    return glue.join(" ".join(draw.sample(words, 2)) for _ in range(draw.randint(25, 80)))


def repeated(draw: random.Random, lang: str, edited: Sequence[str]) -> str:
    """A sentence of an edited document, ten to forty times, with a counter in some."""
    del lang
    text = draw.choice(edited)
    sentence = " ".join(text[draw.randrange(max(1, len(text) - 80)) :][:80].split()) or "nothing"
    counted = draw.random() < 0.5
    return "\n".join(f"{sentence} {i}" if counted else sentence for i in range(draw.randint(10, 40)))


def damaged(draw: random.Random, lang: str, edited: Sequence[str]) -> str:
    """Bytes read with the wrong table."""
    text = next(t for t in iter(lambda: draw.choice(edited), None) if len(t.encode()) - len(t) > len(t) // 20)[:3000]
    written, read = draw.choice(
        (("utf-8", "cp1252"), ("utf-8", "gb18030"), ("gb18030", "latin-1"), ("gb18030", "utf-8"))
    )
    if lang == "en":
        written, read = "utf-8", draw.choice(("cp1252", "latin-1"))
    return text.encode(written).decode(read, errors="replace")


def dump(draw: random.Random, lang: str, edited: Sequence[str]) -> str:
    """Base64, hexadecimal, tables of digits, log lines."""
    del lang, edited
    n = draw.randint(200, 2000)
    raw = draw.randbytes(n)
    match draw.randrange(4):
        case 0:
            return base64.b64encode(raw).decode()
        case 1:
            return raw.hex(" ")
        case 2:
            return "\n".join(" ".join(f"{draw.random():.4f}" for _ in range(8)) for _ in range(n // 20))
    stamps = (
        f"2023-04-{i % 28 + 1:02} 12:{i % 60:02}:07 [{draw.randrange(9999)}] GET /{draw.randrange(10**8)}"
        for i in range(n // 20)
    )
    return "\n".join(f"{stamp} 200 {draw.randrange(10**5)} 0x{draw.randrange(16**8):08x}" for stamp in stamps)


MADE = {
    "notices": _written(NOTICES, 6),
    "advertisements": _written(ADS, 6),
    "refusals of a model": _written(REFUSALS, 4),
    "menus": menu,
    "link lists": links,
    "keyword lists": keywords,
    "repetition": repeated,
    "wrong encoding": damaged,
    "dumps": dump,
}
