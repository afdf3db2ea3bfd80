import json

from click.testing import CliRunner

from pipeline.cli.personal import command


def test_find_and_redact_write_one_json_line_a_row(tmp_path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "a", "text": "邮箱a@b.com。"}\n{"id": "b", "text": "none"}\n', encoding="utf-8")

    found = CliRunner().invoke(command, ["find", str(rows), "--names", "never"])
    redacted = CliRunner().invoke(command, ["redact", str(rows)])

    finding = {"start": 2, "end": 9, "type": "EMAIL_ADDRESS", "score": 1.0, "rule": "PII.R013"}
    assert [json.loads(line) for line in found.stdout.splitlines()] == [
        {"id": "a", "findings": [finding]},
        {"id": "b", "findings": []},
    ]
    assert [json.loads(line)["text"] for line in redacted.stdout.splitlines()] == ["邮箱<EMAIL_ADDRESS>。", "none"]


def test_find_can_say_whether_presidio_alone_finds_the_same(tmp_path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "a", "text": "邮箱a@b.com。"}\n{"id": "b", "text": "none"}\n', encoding="utf-8")

    got = CliRunner().invoke(command, ["find", str(rows), "--names", "never", "--verify", "5"])

    assert got.exit_code == 0
    assert got.stderr == "verified 2 rows: 0 of 1 findings differ, 0 rows could not be scanned\n"
