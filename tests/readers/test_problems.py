"""Each problem rule of rules/documents.toml: a file that has the problem, and one of its kind that has not."""

import bz2
import gzip
import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.models.html import extractor
from pipeline.readers.formats import guess, read
from pipeline.readers.limits import Limits
from pipeline.rules.documents import rules
from pipeline.stages import documents

GOOD = b'{"text": "good"}\n'


def _parquet(column: str) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table({column: ["good"]}), sink)
    return sink.getvalue()


def _page(depth: int) -> bytes:
    return b"<html><body>" + b"<div>" * depth + b"<p>good words on a page</p></body></html>"


WARC = b"WARC/1.0\r\nWARC-Type: resource\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ngood\r\n\r\n"
EXAMPLES: dict[str, tuple[str, bytes | None, bytes | None]] = {
    "truncated_archive": ("a.jsonl.gz", gzip.compress(GOOD), gzip.compress(GOOD)[:-9]),
    "not_utf8": ("a.jsonl", GOOD, b'{"text": "\xff"}'),
    "invalid_json": ("a.jsonl", GOOD, b'{"text": "good"'),
    "no_text": ("a.jsonl", GOOD, b'{"words": "good"}'),
    "text_not_string": ("a.jsonl", GOOD, b'{"text": 1}'),
    "lone_surrogate": ("a.jsonl", b'{"text": "\\ud83d\\ude00"}', b'{"text": "\\ud83d"}'),
    "record_too_large": ("a.txt", b"a" * (1 << 20), b"a" * ((16 << 20) + 1)),
    "not_parquet": ("a.parquet", _parquet("text"), b"PAR1"),
    "missing_column": ("a.parquet", _parquet("text"), _parquet("words")),
    "corrupt_warc": ("a.warc", WARC, WARC[:-6]),
    "html_too_deep": ("a.html", _page(100), _page(600)),
    "html_too_wide": ("a.html", _page(0) + b"<br>" * 10_000, _page(0) + b"<br>" * 100_000),
    "expansion_limit": ("a.jsonl.bz2", bz2.compress(b"\n" * (1 << 20) + GOOD), bz2.compress(b"\n" * (65 << 20))),
    "unreadable_file": ("a.jsonl", GOOD, None),
}


def _problems(path: Path, content: bytes | None) -> set[str | None]:
    if content is not None:
        path.write_bytes(content)
    found: set[str | None] = set()
    for records in read(path, guess(path), Limits()):
        _, measures = documents.measure(
            records,
            source_id="s",
            first_doc_id=0,
            extract_html=extractor(),
            detect_language=lambda texts: [("und", 0)] * len(texts),
            content_key=b"k",
        )
        found |= set(measures.column("problem").to_pylist())
    return found


@pytest.mark.parametrize("problem", EXAMPLES)
def test_each_problem_is_found_in_its_failing_example_and_not_in_its_passing_one(tmp_path: Path, problem: str) -> None:
    name, passes, fails = EXAMPLES[problem]
    assert _problems(tmp_path / f"fails-{name}", fails) - {None} == {problem}  # what came before the damage is good
    assert _problems(tmp_path / f"passes-{name}", passes) == {None}


def test_every_problem_rule_has_examples() -> None:
    unbroken = {"html_unreadable"}  # no page is known that trafilatura refuses; the stage's test raises it
    assert {rule.problem for rule in rules().problems} == EXAMPLES.keys() | unbroken
