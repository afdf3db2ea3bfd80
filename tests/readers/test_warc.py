import gzip
import zlib
from pathlib import Path

import pytest

from pipeline.readers.formats import Limits, read

Got = list[tuple[str | None, str | None]]
BAD = (None, "corrupt_warc")


def got(folder: Path, content: bytes, name: str = "a.warc.gz", limits: Limits | None = None) -> Got:
    path = folder / name
    path.write_bytes(content)
    rows = [row for t in read(path, "warc", limits or Limits()) for row in t.to_pylist()]
    return [(row["text"], row["problem"]) for row in rows]


def record(body: bytes, http: str = "", length: int | None = None, kind: str = "response") -> bytes:
    page = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n{http}\r\n".encode() + body
    head = f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: http://a.example/\r\nWARC-Date: 2024-01-01T00:00:00Z\r\n"
    head += f"Content-Type: application/http\r\nContent-Length: {len(page) if length is None else length}\r\n\r\n"
    return head.encode() + page + b"\r\n\r\n"


A, B, C = record(b"<p>a"), record(b"<p>b"), record(b"<p>c")
ALL: Got = [("<p>a", None), ("<p>b", None), ("<p>c", None)]
DEFLATE = zlib.compressobj(wbits=-15)
RAW = DEFLATE.compress(b"<p>a") + DEFLATE.flush()


@pytest.mark.parametrize(
    "content",
    [
        A + B + C,
        gzip.compress(A) + gzip.compress(B) + gzip.compress(C),
        gzip.compress(A + B + C),
        gzip.compress(gzip.compress(A) + gzip.compress(B + C)),
        gzip.compress(A) + bytes(64) + gzip.compress(B + C),
        b"\r\n\r\n" + A + b"\r\n" + B.replace(b"\r\nContent-Type: application", b"\r\ncontent-type: application") + C,
        A + record(b"<p>x", kind="request") + B + C,
    ],
    ids=["plain", "members", "one member", "twice", "padded", "blank lines", "request between"],
)
def test_records_are_read_however_they_are_packed(tmp_path: Path, content: bytes) -> None:
    assert got(tmp_path, content) == ALL


NOISE = b"GET secret@example.com\nnoise\n"
BROKEN = bytearray(gzip.compress(bytes(range(256)) * 40))
BROKEN[30:60] = bytes(30)


@pytest.mark.parametrize(
    "content",
    [
        A + NOISE + B + C,
        NOISE + A + B + C,
        A + B + C + NOISE,
        gzip.compress(A) + gzip.compress(NOISE) + gzip.compress(B) + gzip.compress(C),
        gzip.compress(A) + bytes(BROKEN) + gzip.compress(B) + gzip.compress(C),
        gzip.compress(A) + NOISE + gzip.compress(B) + gzip.compress(C),
        A + B + C + record(b"<p>cut")[:-12],
        gzip.compress(A) + gzip.compress(B) + gzip.compress(C) + gzip.compress(record(b"<p>cut"))[:-30],
        A + record(b"<p>x", length=10**6) + B + C,
        A + record(b"<p>x" * 9, length=60) + B + C,
        A + record(b"<p>x").replace(b"Content-Length: ", b"Content-Length: x") + B + C,
        A + b"WARC/1.0\r\nno colon\r\n\r\n" + B + C,
    ],
)
def test_damage_costs_one_row_and_no_other_record_and_prints_nothing(
    tmp_path: Path, content: bytes, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    found = got(tmp_path, content)
    assert [row for row in found if row != BAD] == ALL
    assert 1 <= found.count(BAD) <= 2
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("http", "body", "expected"),
    [
        ("Content-Encoding: gzip\r\n", gzip.compress(b"<p>a"), ("<p>a", None)),
        ("Content-Encoding: x-gzip\r\n", b"<p>a", ("<p>a", None)),
        ("Content-Encoding: gzip\r\n", gzip.compress(b"<p>a")[:-4], BAD),
        ("Content-Encoding: deflate\r\n", zlib.compress(b"<p>a"), ("<p>a", None)),
        ("Content-Encoding: deflate\r\n", RAW, ("<p>a", None)),
        ("Content-Encoding: br\r\n", b"\x8b\x01\x80\xff", BAD),
        ("Content-Encoding: br\r\n", b"<p>a", ("<p>a", None)),
        ("Transfer-Encoding: chunked\r\n", b"2\r\n<p\r\n2\r\n>a\r\n0\r\n\r\n", ("<p>a", None)),
        ("Transfer-Encoding: chunked\r\n", b"<p>a", ("<p>a", None)),
        ("", b"<p>" + b"a" * 1001, (None, "record_too_large")),
        ("Content-Encoding: gzip\r\n", gzip.compress(b"a" * 10**6), (None, "record_too_large")),
        ("", b"a" * (1 << 17), (None, "record_too_large")),
    ],
)
def test_encodings_of_a_page_are_taken_off_within_bounds(
    tmp_path: Path, http: str, body: bytes, expected: tuple[str | None, str | None]
) -> None:
    found = got(tmp_path, A + record(body, http) + B, limits=Limits(record_bytes=1000))
    assert found == [ALL[0], expected, ALL[1]]


def test_a_bomb_is_stopped(tmp_path: Path) -> None:
    found = got(tmp_path, gzip.compress(A + record(b"a" * (65 << 20))))
    assert found[0] == ALL[0]
    assert found[-1][1] == "expansion_limit"
