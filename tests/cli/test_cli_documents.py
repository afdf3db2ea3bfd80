import json
from pathlib import Path

from click.testing import CliRunner

from pipeline.cli.documents import command

LINES = b'{"text": "The kettle sings."}\n{"text": 1}\n\xef\xbb\xbf{}\n{"text": "\xe6\xb0\xb4\xe5\xbc\x80\xe4\xba\x86\xe3\x80\x82"}\n'
ROWS = [
    ("The kettle sings.", "en", "keep", "DOC.R000", None),
    (None, "und", "quarantine", "DOC.R005", "text_not_string"),
    (None, "und", "quarantine", "DOC.R003", "invalid_json"),
    ("水开了。", "zh", "keep", "DOC.R000", None),
]


def _rows(stdout: str) -> list[tuple[str | None, ...]]:
    found = [json.loads(line) for line in stdout.splitlines()]
    return [tuple(row[n] for n in ("text", "language", "outcome", "rule", "reason")) for row in found]


def test_a_file_becomes_a_line_per_record_and_a_count_on_stderr(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(LINES)
    got = CliRunner().invoke(command, ["read", str(tmp_path / "a.jsonl")])
    assert got.exit_code == 0
    assert _rows(got.stdout) == ROWS
    assert [json.loads(line)["id"] for line in got.stdout.splitlines()] == [f"a.jsonl#{n}" for n in (1, 2, 3, 4)]
    assert got.stderr == "2 keep, 2 quarantine\n"


def test_a_dash_is_json_lines_on_stdin() -> None:
    got = CliRunner().invoke(command, ["read", "-"], input=LINES)
    assert got.exception is None
    assert _rows(got.stdout) == ROWS


def test_files_of_several_kinds_follow_each_other_and_a_missing_one_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text("<html><body><p>" + "Tea is a drink for every day. " * 9 + "</p></body></html>")
    (tmp_path / "b.txt").write_text("Plain words of a file.")
    names = [str(tmp_path / name) for name in ("a.html", "gone.parquet", "b.txt")]
    got = CliRunner().invoke(command, ["read", *names])
    assert [row[2:] for row in _rows(got.stdout)] == [
        ("keep", "DOC.R000", None),
        ("quarantine", "DOC.R013", "unreadable_file"),
        ("keep", "DOC.R000", None),
    ]


def test_no_file_is_a_usage_error() -> None:
    assert CliRunner().invoke(command, ["read"]).exit_code == 2
