"""Text made against each pattern of the catalogue: linear time, or the text is refused. What is new is covered by itself."""

import time
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from re import _constants as codes  # what `re` itself makes of a pattern
from re import _parser as parser

import pytest
from presidio_analyzer import Pattern, PatternRecognizer

from pipeline.models import catalogue
from pipeline.models.accelerated import Accelerated, Unscannable, accelerated
from pipeline.models.personal import finder

SMALL, LARGE = 20_000, 80_000
LEAST_SECONDS = 0.1  # below, a clock and a shared machine say nothing about growth
STEEPEST = 8  # four times the text; linear is 4, quadratic 16
SLOWEST_SECONDS = 5.0  # ten times the 0.5 s of 100 kB: machines are shared
TRIES = 3
NEAR, SINGLES = 6, 4
BARE = (scan.recognizer for scan in (*catalogue.presidio(), *catalogue.chinese(in_chinese=True)))
EVERY = {
    f"{type(one).__name__} {one.supported_entities[0]}": one
    for one in (*BARE, *catalogue.labelled(), catalogue.column_head())
    if isinstance(one, PatternRecognizer)
}


def example(tree, which: int) -> str:
    """A text that the pattern nearly matches: branch number `which` everywhere, no repeat more often than it must."""
    return "".join(_one(code, value, which) for code, value in tree)


def _one(code, value, which: int) -> str:
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.IN:
        return _member(value[which % len(value)])
    if code is codes.BRANCH:
        return example(value[1][which % len(value[1])], which)
    if code in {codes.MAX_REPEAT, codes.MIN_REPEAT, codes.POSSESSIVE_REPEAT}:
        return example(value[2], which) * max(value[0], which % 2 if value[1] else 0)
    if code in {codes.SUBPATTERN, codes.ATOMIC_GROUP, codes.ASSERT}:
        return example(value if code is codes.ATOMIC_GROUP else value[-1], which)
    return ""


def _member(item) -> str:
    code, value = item
    if code is codes.LITERAL:
        return chr(value)
    if code is codes.RANGE:
        return chr(value[0])
    return {codes.CATEGORY_DIGIT: "1", codes.CATEGORY_SPACE: " ", codes.CATEGORY_WORD: "a"}.get(value, ".")


def pieces(recognizer: PatternRecognizer) -> list[str]:
    """What is repeated: near matches whole, cut and glued, and single characters that the patterns hold."""
    found = list(dict.fromkeys(near(recognizer)))
    singles = sorted(set("".join(found)))
    return [*found[:: len(found) // NEAR + 1], *singles[:: len(singles) // SINGLES + 1]]


def near(recognizer: PatternRecognizer) -> Iterator[str]:
    for pattern in recognizer.patterns:
        tree = parser.parse(pattern.regex, int(recognizer.global_regex_flags))
        for which in range(3):
            one = example(tree, which)
            yield from (text for text in (one, one[:-1], f"{one} ", one[: len(one) // 2]) if text)


def texts(recognizer: PatternRecognizer, chars: int) -> Iterator[str]:
    """Each piece over and over, and a near match before a run of what may follow it."""
    for piece in pieces(recognizer):
        yield (piece * (chars // len(piece) + 1))[:chars]
    for one in list(dict.fromkeys(near(recognizer)))[:2]:
        yield from (one + run * chars for run in dict.fromkeys((one[-1], "1", "a", "中", " ")))


@cache
def engine(name: str) -> Accelerated:
    made = accelerated([EVERY[name]])
    made.hits("warm")
    return made


def seconds(name: str, text: str) -> float:
    """CPU time of one look; of a refused text too."""
    started = time.process_time()
    with suppress(Unscannable):
        engine(name).hits(text)
    return time.process_time() - started


def is_linear(name: str, small: str, large: str) -> bool:
    """In the best of some tries: what else the machine does only adds."""
    for _ in range(TRIES):
        spent = seconds(name, large)
        if spent < LEAST_SECONDS or (spent < SLOWEST_SECONDS and spent < STEEPEST * seconds(name, small)):
            return True
    return False


@pytest.mark.parametrize("name", EVERY)
def test_time_grows_as_the_text_made_against_a_pattern_does(name: str) -> None:
    pairs = list(zip(texts(EVERY[name], SMALL), texts(EVERY[name], LARGE), strict=True))

    assert len(pairs) >= 8
    assert [large[:40] for small, large in pairs if not is_linear(name, small, large)] == []


def test_every_pattern_recognizer_of_the_catalogue_is_attacked() -> None:
    kinds = {type(one).__name__ for one in EVERY.values()}
    assert {"IntroducedName", "IssuedKey", "Password", "CnAddress", "StreetAddress", "SpelledEmail", "Detail"} <= kinds
    assert len(kinds) >= 50


def test_a_quadratic_pattern_does_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = PatternRecognizer("SLOW", patterns=[Pattern("slow", r"a[ab]*c(?<!c)", 0.5)])
    monkeypatch.setitem(EVERY, "slow", slow)

    assert not is_linear("slow", "a" * 3_000 + "c", "a" * 12_000 + "c")


LONG_LINES = {
    "prose": ("You may call 212-555-0142 now. " + "It opens at nine and shuts late. " * 60) * 50,
    "words": "the contact phone password address born in at number " * 2_000,
    "Chinese": "联系人说北京市朝阳区的电话和地址都在身份证上" * 4_700,
    "hexadecimal": "0123456789abcdef" * 6_250,
    "Base64": "![x](data:image/png;base64," + "iVBORw0KGgoAAAANSUhEUgAA" * 4_200 + ")",
    "JSON": ('{"id":7,"phone":"13800138000","email":"u@example.com","ok":true},' + '{"id":8,"tags":["a","b"]},' * 10) * 400,
    "script": "function a(b,c){return b+c*7}var d=a(1,2);" * 2_500,
}  # fmt: skip


@pytest.mark.parametrize("kind", LONG_LINES)
def test_an_ordinary_line_of_100_kb_is_scanned(kind: str) -> None:
    mail = "jane@example.com"
    text = f"{mail} {LONG_LINES[kind]} {mail}"

    found = finder(languages=())([text], ["en"], "never")[0]

    assert "UNSCANNED" not in {one[2] for one in found}
    assert [text[one[0] : one[1]] for one in (found[0], found[-1])] == [mail, mail]


def test_a_line_of_digits_alone_is_refused_and_not_passed_unseen() -> None:
    [found] = finder(languages=())(["31415926535897932384" * 5_000], ["en"], "never")

    assert [(start, end, kind) for start, end, kind, *_ in found] == [(0, 100_000, "UNSCANNED")]


@pytest.mark.parametrize(("text", "value"), [
    ("电话13\u0301800\u0301138000。", "13\u0301800\u0301138000"),
    ("\U0001f600 phone 138\u200b0013\u200b8000 ok", "138\u200b0013\u200b8000"),
    ("身份证11010519\u200b491231002X", "11010519\u200b491231002X"),
    ("\ud800 jane@example.com \udfff", "jane@example.com"),
    ("x\0jane@example.com\0y", "jane@example.com"),
    ("\U0001f600\ufeffｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ", "ｊａｎｅ＠ｅｘａｍｐｌｅ．ｃｏｍ"),
    ("mail j\u0430ne@example.com", "j\u0430ne@example.com"),
])  # fmt: skip
def test_what_bad_input_hides_is_found_at_its_code_points(text: str, value: str) -> None:
    [found] = finder(languages=())([text], ["zh"], "never")

    assert [text[start:end] for start, end, *_ in found] == [value]


def test_a_single_line_of_20_mb_is_scanned_to_its_last_character() -> None:
    mail = "jane@example.com"
    text = "It opens at nine and shuts late. " * 600_000 + mail

    [found] = finder(languages=())([text], ["en"], "never")

    assert [text[start:end] for start, end, *_ in found] == [mail]
