"""E-mail addresses that no program is meant to read, and what only looks like one."""

import time
from functools import cache

import pytest

from pipeline.models.personal import Finder, finder
from pipeline.models.recognizers.pinned import PublicIp
from pipeline.rules.personal import by_entity, rules
from pipeline.stages.personal.acting import acts


@cache
def find() -> Finder:
    return finder(languages=())


def acted(text: str) -> list[tuple[str, str]]:
    known = by_entity(rules())
    found = find()([text], ["zh" if not text.isascii() else "en"], "never")[0]
    return [(kind, text[start:end]) for start, end, kind, ppm, _ in found if acts(known[kind], ppm)]


@pytest.mark.parametrize("value", [
    "zhang[at]example.com", "zhang (at) example.com", "zhang [at] example [dot] com", "zhang(at)example(dot)com",
    "zhang#at#example.com", "zhang_san[at]163.com", "zhang@example.c\u043em", "zh\u0430ng@ex\u0430mple.com", "zhang﹫example.com",
    "zhang@example。com", "zhang＠example．com", "ｚｈａｎｇ＠ｅｘａｍｐｌｅ．ｃｏｍ", "j.smith{at}corp.example.cn", "zhang@example点com",
])  # fmt: skip
@pytest.mark.parametrize("around", ["邮箱{}谢谢", "mail {} now", "{}"])
def test_an_address_is_found_however_it_is_written(value: str, around: str) -> None:
    assert acted(around.format(value)) == [("EMAIL_ADDRESS", value)]


@pytest.mark.parametrize("value", [
    "zhang.san @ 163.com", "zhang @qq.com", "zhang@ vip.sina.com", "zhang_88#126.com", "zhangATqq.com", "zhang at gmail dot com",
    "zhang dot san at vip dot 163 dot com", "zhang#pku.edu.cn", "zhang at mail dot gov dot cn", "zhang＃foxmail.com",
    "zhang艾特163点com", "zhang88艾特qq.com",
])  # fmt: skip
@pytest.mark.parametrize("around", ["邮箱：{}谢谢", "mail {} now"])
def test_at_a_provider_of_mail_more_signs_stand_for_the_at(value: str, around: str) -> None:
    assert acted(around.format(value)) == [("EMAIL_ADDRESS", value)]


@pytest.mark.parametrize("text", [
    "A @ B.com", "x @ w.to(device)", "price#top.com", "C# qq.com", "find us at yahoo.com", "follow us @ live.com", "WHATSAPPATHOME.com",
    "look at gmail",
])  # fmt: skip
def test_elsewhere_they_mean_something_else(text: str) -> None:
    assert acted(text) == []


@pytest.mark.parametrize("text", [
    "x[at]y", "array(at)index", "foo[at]bar.baz", "meet (at) noon", "logo@2x.png", "see (a) example",
    "git@code.example.com:team/tool.git", "https://lists.example.com/lkml/20190430180111.10688-1-git-send@example.com/",
])  # fmt: skip
def test_what_has_no_host_or_names_a_mail_of_an_archive_is_left(text: str) -> None:
    assert acted(text) == []


@pytest.mark.parametrize("text", ["IP 192.0.2.2", "ip address 2001:db8:0:f101::2", "IP: 10.0.0.9", "see IP 36.4.4.2", "ip 224.0.0.251"])  # fmt: skip
def test_addresses_of_nobody_are_not_acted_upon_whatever_stands_near(text: str) -> None:
    assert acted(text) == []


def test_a_public_address_is_acted_upon_with_a_word_near_or_without() -> None:
    assert [acted(text)[0][0] for text in ("IP 139.178.88.99", "login 139.178.88.99")] == ["IP_ADDRESS"] * 2
    assert PublicIp().is_settled("127.0.0.1")


@pytest.mark.parametrize(
    "text",
    [
        "a[at]" * 20_000,
        "a@" * 50_000,
        "a." * 50_000 + "[at]b",
        "\u0430@\u0430." * 25_000,
        "a dot " * 20_000,
        "ab#" * 30_000,
        "ab @ " * 20_000,
    ],
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    started = time.process_time()
    found = find()([text], ["en"], "never")
    assert time.process_time() - started < 5
    assert len(found) == 1
