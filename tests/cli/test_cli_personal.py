import json

import pytest
from click.testing import CliRunner

from pipeline.cli.personal import command
from pipeline.errors import InputMalformed


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
    assert [json.loads(line)["text"] for line in redacted.stdout.splitlines()] == ["邮箱<EMAIL_ADDRESS_1>。", "none"]


@pytest.mark.parametrize(
    "damaged", [b'{"id": "a", "text": "\\ud800 a@b.com"}', b'{"id": "a", "text": "\xff\xfe a@b.com"}', b"a@b.com \xff"]
)
def test_a_damaged_row_is_named_by_its_line_and_nothing_of_it_is_said(tmp_path, damaged: bytes) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_bytes(b'{"id": "0", "text": "none"}\n' + damaged + b"\n")

    got = CliRunner().invoke(command, ["redact", str(rows)])

    assert isinstance(got.exception, InputMalformed)
    assert "line 2" in str(got.exception)
    assert "a@b.com" not in f"{got.exception}{got.output}"


def test_a_row_with_nul_is_redacted(tmp_path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "a", "text": "x\\u0000a@b.com\\u0000y"}\n', encoding="utf-8")

    got = CliRunner().invoke(command, ["redact", str(rows)])

    assert json.loads(got.stdout) == {"id": "a", "text": "x\0<EMAIL_ADDRESS_1>\0y"}


def test_find_can_say_whether_presidio_alone_finds_the_same(tmp_path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": "a", "text": "邮箱a@b.com。"}\n{"id": "b", "text": "none"}\n', encoding="utf-8")

    got = CliRunner().invoke(command, ["find", str(rows), "--names", "never", "--verify", "5"])

    assert got.exit_code == 0
    assert got.stderr == "verified 2 rows: 0 of 1 findings differ, 0 rows could not be scanned\n"


def test_rows_from_standard_input_are_verified_as_well() -> None:
    rows = '{"id": 1, "text": "邮箱a@b.com。"}\n{"id": 2, "text": "none"}\n'

    got = CliRunner().invoke(command, ["find", "-", "--names", "never", "--verify", "1"], input=rows)

    assert got.stderr == "verified 1 rows: 0 of 1 findings differ, 0 rows could not be scanned\n"


def test_explain_shows_rule_tier_score_and_the_redacted_text() -> None:
    got = CliRunner().invoke(command, ["explain"], input="我的邮箱是zhangsan@example.com，IP 192.168.1.20")

    assert got.exit_code == 0, got.output
    assert "PII.R013" in got.stdout
    assert "checked" in got.stdout
    assert "我的邮箱是<EMAIL_ADDRESS_1>" in got.stdout
    assert "zhangsan" not in got.stdout


@pytest.mark.parametrize(
    ("mode", "want"),
    [
        ([], "电话<CN_MOBILE_1>，再打<CN_MOBILE_1>，车牌京A·*****"),
        (["--mode", "mask"], "电话***********，再打***********，车牌京A·*****"),
        (["--mode", "drop_span"], "电话<>，再打，车牌"),
    ],
)
def test_explain_shows_what_the_mode_makes(mode: list[str], want: str) -> None:
    text = "电话13800138000，再打13800138000，车牌京A·12345"
    got = CliRunner().invoke(command, ["explain", *mode], input=text)

    assert want in got.stdout, got.output


def test_explain_reads_what_is_not_utf_8(tmp_path) -> None:
    got = CliRunner().invoke(command, ["explain"], input=b"\xff\xfe tel 13800138000")

    assert got.exit_code == 0, got.output
    assert "<CN_MOBILE_1>" in got.stdout


def test_explain_as_json_holds_no_text() -> None:
    got = CliRunner().invoke(command, ["explain", "--json"], input="John Smith, jane@example.com")

    rows = json.loads(got.stdout)
    assert [(row["start"], row["end"], row["type"], row["tier"], row["action"]) for row in rows] == [
        (0, 10, "PERSON", "name", "report"),
        (12, 28, "EMAIL_ADDRESS", "checked", "redact"),
    ]
    assert set(rows[0]) == {"start", "end", "type", "rule", "tier", "score", "action", "mode"}


def test_bench_compares_in_one_run_and_finds_no_difference(tmp_path) -> None:
    rows = tmp_path / "rows.jsonl"
    lines = ["邮箱a@b.com。张伟住在北京市。", "John Smith lives in Paris, call +44 20 7946 0958.", "none"]
    rows.write_text("".join(json.dumps({"text": line}) + "\n" for line in lines), encoding="utf-8")

    got = json.loads(CliRunner().invoke(command, ["bench", str(rows), "--json"]).stdout)

    assert [(row["what"], row["differing"]) for row in got] == [
        ("identifiers", 0),
        ("names, English", 0),
        ("words and names, Chinese", 0),
    ]
    assert all(row["mb_s"] > 0 and row["found"] > 0 for row in got)
