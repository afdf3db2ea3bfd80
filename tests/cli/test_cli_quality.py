import json

from click.testing import CliRunner

from pipeline.cli.quality import command

ROWS = [
    {"id": "a", "text": "The mill stood by the river for two hundred years.", "language": "en"},
    {"id": 7, "text": "接受全部Cookie\n隐私政策\n使用条款和用户协议在这里", "language": "zh"},
    {"text": "Lorem ipsum dolor sit amet, consectetur."},
]


def measure(*arguments: str, rows=ROWS) -> list[dict]:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    result = CliRunner().invoke(command, ["measure", *arguments], input=lines)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_statistics_are_printed_in_the_order_of_the_input_under_its_ids() -> None:
    got = measure("-")

    assert [row["id"] for row in got] == ["a", 7, 3]
    assert [row["lang"] for row in got] == ["en", "zh", "und"]
    assert [row["n_chars"] for row in got] == [50, 28, 40]
    assert got[0]["stop_words_en"] == 1


def test_the_outcome_and_the_rule_that_decided_are_added_when_asked() -> None:
    got = measure("-", "--decide")

    assert [(row["outcome"], row["rule"]) for row in got] == [
        ("keep", "QUA.R000"),
        ("drop", "QUA.R005"),
        ("drop", "QUA.R007"),
    ]


def test_a_file_is_read_like_standard_input(tmp_path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(ROWS[0]) + "\n", encoding="utf-8")

    assert measure(str(file)) == measure("-")[:1]


def test_nothing_in_nothing_out() -> None:
    assert measure("-", rows=[]) == []
