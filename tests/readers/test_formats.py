import bz2
import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.readers.formats import Limits, guess, read

LIMITS = Limits()
GOOD = b'{"text": "good"}'
Got = list[tuple[str | None, str | None]]


def got(folder: Path, name: str, content: bytes, media: str, limits: Limits = LIMITS) -> Got:
    path = folder / name
    path.write_bytes(content)
    rows = [row for t in read(path, media, limits) for row in t.to_pylist()]
    return [(row["text"], row["problem"]) for row in rows]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (b'{"text": "\xff"}', "not_utf8"),
        (b"\x00", "invalid_json"),
        (b'{"text": "\\ud800"}', "lone_surrogate"),
        (b'{"words": 1}', "no_text"),
        (b"[]", "no_text"),
        (b'{"text": null}', "no_text"),
        (b'{"text": 1}', "text_not_string"),
        (b"[" * 200_000, "invalid_json"),
        (b"x" * (20 << 20), "record_too_large"),
        (b'{"text": ' + b"1" * 5000 + b"}", "invalid_json"),
    ],
)
def test_a_hostile_line_is_one_record_and_the_next_is_read(tmp_path: Path, line: bytes, problem: str) -> None:
    found = got(tmp_path, "a.jsonl", GOOD + b"\n" + line + b"\n" + GOOD, "jsonl")
    assert found == [("good", None), (None, problem), ("good", None)]


def test_a_truncated_archive_keeps_the_lines_before_the_damage(tmp_path: Path) -> None:
    lines = b"".join(json.dumps({"text": f"{i} {i * 7919 % 1009}"}).encode() + b"\n" for i in range(5000))
    found = got(tmp_path, "a.jsonl.gz", gzip.compress(lines)[:-2000], "jsonl")
    assert found[-1] == (None, "truncated_archive")
    assert len(found) > 1000
    assert all(problem is None for _, problem in found[:-1])


def test_a_decompression_bomb_is_stopped(tmp_path: Path) -> None:
    found = got(tmp_path, "a.jsonl.bz2", bz2.compress(b" " * (66 << 20)), "jsonl")
    assert found == [(None, "expansion_limit")]


@pytest.mark.parametrize("media", ["parquet", "warc", "html", "text", "metadata", "jsonl"])
def test_a_file_that_is_not_there_is_one_bad_record(tmp_path: Path, media: str) -> None:
    (table,) = read(tmp_path / "none", media, LIMITS)
    assert table.column("problem").to_pylist() == ["unreadable_file"]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("中文的网页内容".encode("gb18030"), "中文的网页内容"),
        ("中 a".encode("utf-16"), "中 a"),
        (b"\xef\xbb\xbfa", "a"),
        (b"\x81\xff\xfe\x00\x9f", None),
    ],
)
def test_an_encoding_is_found_or_the_file_refused(tmp_path: Path, content: bytes, text: str | None) -> None:
    assert got(tmp_path, "a.txt", content, "text") == [(text, None if text else "not_utf8")]


@pytest.mark.parametrize("codec", ["unicode_escape", "utf-7", "idna", "undefined", "hex", "nul\0"])
def test_a_declared_encoding_that_is_none_of_text_is_no_crash(tmp_path: Path, codec: str) -> None:
    page = f'<meta charset="{codec}"><p>\\ud800 +2AA-'.encode() + b"\xff\xfe"
    assert got(tmp_path, "a.html", page, "html") == [(None, "not_utf8")]


@pytest.mark.parametrize("bom", [b"\xef\xbb\xbf", b""])
def test_a_byte_order_mark_does_not_cost_the_first_line(tmp_path: Path, bom: bytes) -> None:
    assert got(tmp_path, "a.jsonl", bom + GOOD + b"\r\n" + GOOD, "jsonl") == [("good", None)] * 2


def test_json_lines_in_utf_16_are_one_bad_record(tmp_path: Path) -> None:
    assert got(tmp_path, "a.jsonl", "{}\n{}\n".encode("utf-16"), "jsonl") == [(None, "not_utf8")]


def test_a_file_of_blank_lines_has_no_records(tmp_path: Path) -> None:
    assert got(tmp_path, "a.jsonl.gz", gzip.compress(b"\n" * (8 << 20) + GOOD), "jsonl") == [("good", None)]


@pytest.mark.parametrize("media", ["jsonl", "parquet", "warc", "html", "text", "metadata"])
def test_a_file_of_no_bytes_is_no_crash(tmp_path: Path, media: str) -> None:
    expected = {"html": [("", None)], "text": [("", None)], "parquet": [(None, "not_parquet")]}
    assert got(tmp_path, "a", b"", media) == expected.get(media, [])


def test_members_and_frames_one_after_another_are_one_file(tmp_path: Path) -> None:
    zstd = [pa.compress(GOOD + b"\n", codec="zstd", asbytes=True)] * 2
    assert got(tmp_path, "a.jsonl.zst", b"".join(zstd), "jsonl") == [("good", None)] * 2
    for suffix, compress in (("gz", gzip.compress), ("bz2", bz2.compress)):
        assert got(tmp_path, f"a.jsonl.{suffix}", compress(GOOD + b"\n") * 2, "jsonl") == [("good", None)] * 2


def test_a_file_name_that_is_not_utf8_is_shown_by_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.jsonl")
    path.write_bytes(GOOD)
    (table,) = read(path, "jsonl", LIMITS)
    assert table.column("locator").to_pylist() == ["caf\\xe9.jsonl#1"]


def test_parquet_that_is_none_or_lacks_text_is_refused(tmp_path: Path) -> None:
    assert got(tmp_path, "a.parquet", b"PAR1", "parquet") == [(None, "not_parquet")]
    pq.write_table(pa.table({"words": ["a"]}), tmp_path / "b.parquet")
    assert got(tmp_path, "b.parquet", (tmp_path / "b.parquet").read_bytes(), "parquet") == [(None, "missing_column")]
    pq.write_table(pa.table({"text": pa.array([None, "a"])}), tmp_path / "c.parquet")
    found = got(tmp_path, "c.parquet", (tmp_path / "c.parquet").read_bytes(), "parquet")
    assert found == [(None, "no_text"), ("a", None)]


def test_the_description_of_a_distribution_is_its_text(tmp_path: Path) -> None:
    content = b"Metadata-Version: 2.1\nName: a\n\n# Title\nWords.\n"
    assert got(tmp_path, "METADATA", content, "metadata") == [("# Title\nWords.\n", None)]
    assert got(tmp_path, "METADATA", b"Name: a\n", "metadata") == []


def test_the_name_says_the_medium() -> None:
    names = ["a.jsonl.gz", "b.parquet", "c.warc.gz", "d.html", "METADATA", "e.txt", "f"]
    assert [guess(Path(n)) for n in names] == ["jsonl", "parquet", "warc", "html", "metadata", "text", "text"]


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=30).map(lambda b: b.replace(b"\n", b"")), max_size=8))
def test_good_lines_around_any_bytes_survive(tmp_path_factory: pytest.TempPathFactory, noise: list[bytes]) -> None:
    content = b"\n".join([GOOD, *(part for line in noise for part in (line, GOOD))])
    found = got(tmp_path_factory.mktemp("n"), "a.jsonl", content, "jsonl", Limits(batch_rows=3))
    assert found.count(("good", None)) == len(noise) + 1
    assert len(found) == len(noise) + 1 + sum(bool(line.strip()) for line in noise)
