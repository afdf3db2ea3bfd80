import json

from click.testing import CliRunner

from pipeline.cli.duplicates import command

TEXT = " ".join(f"word{i}" for i in range(40))
ROWS = [
    ("b-1", TEXT),
    ("甲", "为了规范备案审查工作，制定本条例。"),
    ("a-2", TEXT + " more"),
    ("乙", "为了规范备案审查工作，制定本条例。"),
]


def run(*arguments: str, rows=ROWS) -> list[dict]:
    lines = "".join(json.dumps({"id": i, "text": t}, ensure_ascii=False) + "\n" for i, t in rows)
    result = CliRunner().invoke(command, ["pairs", *arguments], input=lines)
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_pairs_are_printed_with_the_ids_of_the_input_in_its_order() -> None:
    assert run("-", "--threshold", "0.8") == [
        {"a": "b-1", "b": "a-2", "jaccard": 0.972972},
        {"a": "甲", "b": "乙", "jaccard": 1.0},
    ]


def test_the_threshold_is_a_true_jaccard() -> None:
    assert [p["a"] for p in run("-", "--threshold", "0.98")] == ["甲"]


def test_nothing_in_nothing_out() -> None:
    assert run("-", rows=[]) == []


def test_a_threshold_outside_its_range_is_a_usage_error() -> None:
    assert CliRunner().invoke(command, ["pairs", "-", "--threshold", "1.5"]).exit_code == 2
