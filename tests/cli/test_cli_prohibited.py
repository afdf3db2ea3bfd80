import json

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.prohibited import command


def run(lines: str, file: str = "-") -> Result:
    return CliRunner().invoke(command, ["find", file], input=lines)


def found(*texts: str) -> list[dict]:
    lines = "".join(json.dumps({"id": f"文-{i}", "text": t}, ensure_ascii=False) + "\n" for i, t in enumerate(texts))
    result = run(lines)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_every_row_has_a_line_in_the_order_of_the_file_and_positions_count_code_points() -> None:
    assert found("😀 冰毒货到付款", "a quiet day") == [
        {
            "id": "文-0",
            "findings": [{"start": 2, "end": 8, "class": "A.1.h", "term_id": "A1h-zh-4.6", "is_reported": False}],
        },
        {"id": "文-1", "findings": []},
    ]


def test_wording_that_is_reported_says_so() -> None:
    assert [f["is_reported"] for f in found("警方查获冰毒货到付款广告")[0]["findings"]] == [True]


def test_the_words_found_are_never_printed() -> None:
    assert "冰毒" not in run('{"id": "1", "text": "冰毒货到付款"}').output


def test_an_empty_file_has_no_lines() -> None:
    assert found() == []


@pytest.mark.parametrize("content", ['{"id": "1"}', "not json", '{"id": "1", "text": 7}'])
def test_a_row_without_text_is_an_error_that_does_not_repeat_it(content: str) -> None:
    result = run(content)
    assert result.exit_code != 0
    assert content not in result.output


def test_a_missing_file_is_an_error() -> None:
    assert run("", "no-such-file.jsonl").exit_code != 0
