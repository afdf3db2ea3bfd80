"""What servers send instead of a licence, and the encodings in which licences come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.readers import encodings, evidence

LOG_IN, ERROR = "evidence is a log-in page", "evidence is an error page"
CHALLENGE = "evidence is a page that asks whether a human reads it"
NOTICE = "<!DOCTYPE html><html><head><title>{}</title></head><body><h1>{}</h1><p>text</p></body></html>"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<form><input name=p type='password'></form>", LOG_IN),
        (NOTICE.format("Sign in to Tea Hub", "Welcome"), LOG_IN),
        (NOTICE.format("Tea", "Please log in"), LOG_IN),
        (NOTICE.format("统一身份认证平台", "茶"), LOG_IN),
        (NOTICE.format("用户登录", "茶"), LOG_IN),
        (
            "<html><head><title></title><meta http-equiv='refresh' content='0; url=/sso/login?to=x'></head></html>",
            LOG_IN,
        ),
        ("<html><head><title>Tea</title><meta http-equiv='refresh' content='0;url=/login?to=x'></head></html>", LOG_IN),
        (NOTICE.format("MIT", "MIT") + "<a onclick=location.href='/login'>" + "Permission is granted. " * 200, None),
        (NOTICE.format("Just a moment...", "a.example"), CHALLENGE),
        (NOTICE.format("安全验证", "茶"), CHALLENGE),
        (NOTICE.format("404 Not Found", "nginx"), ERROR),
        ("<center><h1>403 Forbidden</h1></center>", ERROR),
        (NOTICE.format("茶", "页面不存在"), ERROR),
        ("404: Not Found", ERROR),
        ('{"message": "Not Found"}', ERROR),
        (" \n", "evidence file is empty"),
        (NOTICE.format("MIT License", "MIT License"), None),
        (NOTICE.format("LICENSE at main", "Tea") + "Sign in, 404, password", None),
        ("Permission is granted. If the licensor is not found, " + "this notice stays. " * 30, None),
        ("作者登录本平台发布的作品，采用知识共享署名许可。", None),
        ("MIT", None),
    ],
)
def test_what_a_server_sends_instead_of_a_document_is_named(text: str, message: str | None) -> None:
    found = evidence.flaw(text)
    assert (found and found.message) == message
    assert found is None or found.fix


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ("HTTP/1.1 200 OK\nContent-Type: text/plain", None),
        ("HTTP/1.1 301 Moved\nLocation: /b\n\nHTTP/2 200\n", None),
        ("HTTP/2 302\nlocation: /login", "the evidence was answered with a redirect (HTTP 302)"),
        ("HTTP/1.0 404 Not Found", "the evidence was answered with an error (HTTP 404)"),
        ("Content-Type: text/plain", None),
    ],
)
def test_headers_tell_whether_the_document_itself_was_served(headers: str, message: str | None) -> None:
    found = evidence.flaw_of_headers(headers)
    assert (found and found.message) == message


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
@pytest.mark.parametrize(
    "text", ["MIT License\n\nCopyright (c) 2026", "许可协议：可用于训练。版权所有。", "MIT 许可证\n"]
)
def test_licences_are_read_in_the_encodings_in_which_they_come(text: str, encoding: str) -> None:
    assert encodings.of_evidence(text.encode(encoding)) == text


def test_western_names_do_not_make_a_licence_unreadable_and_other_bytes_do() -> None:
    text = "Copyright © 2026 Jürgen Müller\nPermission is hereby granted, free of charge, to any person"
    assert encodings.of_evidence(text.encode("cp1252")) == text
    assert encodings.of_evidence(f"{text}.".encode("cp1252")) == f"{text}."
    assert encodings.of_evidence(bytes(range(128, 256)) * 9) is None


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_none(content: bytes) -> None:
    found = encodings.of_evidence(content)
    assert found is None or isinstance(evidence.flaw(found), evidence.Flaw | None)
