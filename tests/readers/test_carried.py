import gzip
import io
import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.readers import formats
from pipeline.readers.limits import Limits

PAGE = b"<html><body><p>Tea.</p></body></html>"


def _archive(*records: tuple[str, str, bytes, dict[str, str]]) -> bytes:
    """Responses of (URL, media type, body, headers)."""
    return b"".join(_response(*record) for record in records)


def _response(url: str, media: str, body: bytes, headers: dict[str, str]) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"Content-Type": media, **headers}.items())
    content = f"HTTP/1.1 200 OK\r\n{lines}\r\n".encode() + body
    head = f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\nContent-Length: {len(content)}\r\n\r\n"
    return gzip.compress(head.encode() + content + b"\r\n\r\n")


def _read(path: Path, content: bytes) -> list[dict[str, object]]:
    path.write_bytes(content)
    return [row for table in formats.read(path, formats.guess(path), Limits()) for row in table.to_pylist()]


def test_an_archive_keeps_the_headers_that_say_something_about_use(tmp_path: Path) -> None:
    headers = {"X-Robots-Tag": "noai", "TDM-Reservation": "1", "Server": "tea"}
    got = _read(tmp_path / "a.warc.gz", _archive(("https://a.example/", "text/html", PAGE, headers)))
    assert [row["carried"] for row in got] == ["x-robots-tag: noai\ntdm-reservation: 1"]


def test_pages_are_judged_by_the_files_of_their_site_in_the_same_archive(tmp_path: Path) -> None:
    content = _archive(
        ("https://a.example/robots.txt", "text/plain", b"User-agent: GPTBot\nDisallow: /closed/", {}),
        (
            "https://b.example/.well-known/tdmrep.json",
            "application/json",
            b'[{"location":"/","tdm-reservation":1}]',
            {},
        ),
        ("https://a.example/open/1", "text/html", PAGE, {}),
        ("https://a.example/closed/1", "text/html", PAGE, {}),
        ("https://b.example/closed/1", "text/html", PAGE, {}),
        ("https://a.example/data.json", "application/json", b"{}", {}),
    )
    got = {row["url"]: row["carried"] for row in _read(tmp_path / "a.warc.gz", content)}
    assert got == {
        "https://a.example/robots.txt": None,
        "https://a.example/open/1": None,
        "https://a.example/closed/1": "site-reserves: robots.txt",
        "https://b.example/closed/1": "site-reserves: tdmrep",
    }


FIELDS = {
    "text": "t",
    "AIGC": {"Label": "1"},
    "author": "Zhang San",
    "repo": "owner/tea",
    "headers": {"X-Robots-Tag": "noai\nx: y"},
}


@pytest.mark.parametrize("name", ["a.jsonl", "a.parquet"])
def test_records_keep_author_repository_and_what_they_say_of_their_making(tmp_path: Path, name: str) -> None:
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([FIELDS]), sink)
    content = json.dumps(FIELDS).encode() if name.endswith("l") else sink.getvalue()
    got = _read(tmp_path / name, content)[0]
    assert (got["author"], got["repository"]) == ("Zhang San", "owner/tea")
    assert got["carried"] == 'aigc: {"Label": "1"}\nx-robots-tag: noai x: y'


@pytest.mark.parametrize("fields", [{"AIGC": 7}, {"headers": [1]}, {"headers": "x"}, {"AIGC": None}, {"author": 3}])
def test_odd_fields_harm_no_record(tmp_path: Path, fields: dict[str, object]) -> None:
    assert _read(tmp_path / "a.jsonl", json.dumps({"text": "t", **fields}).encode())[0]["problem"] is None
