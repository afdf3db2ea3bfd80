import json

import pytest
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


def write(path, texts) -> str:
    path.write_text("".join(json.dumps({"id": i, "text": t}) + "\n" for i, t in texts), encoding="utf-8")
    return str(path)


def test_contamination_names_document_set_item_and_share(tmp_path) -> None:
    corpus = write(tmp_path / "corpus.jsonl", [(7, "intro " + TEXT), ("x", "nothing of it")])
    exam = write(tmp_path / "exam.jsonl", [("q", TEXT), ("short", "two words")])

    result = CliRunner().invoke(command, ["contamination", corpus, "--against", exam])

    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"id": 7, "against": exam, "item": "q", "share": 1.0}
    ]
    assert "1 of 2 items are too short" in result.stderr


def test_substrings_are_printed_by_position(tmp_path) -> None:
    corpus = write(tmp_path / "corpus.jsonl", [("a", TEXT + " end"), ("b", "begin " + TEXT), ("c", "else")])

    result = CliRunner().invoke(command, ["substrings", corpus, "--tokens", "40"])

    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"id": "a", "start": 0, "end": len(TEXT), "tokens": 40},
        {"id": "b", "start": 6, "end": 6 + len(TEXT), "tokens": 40},
    ]


def test_containment_names_what_stands_inside_another_document(tmp_path) -> None:
    long = " ".join(f"word{i}" for i in range(300))
    inside = " ".join(f"word{i}" for i in range(40, 160))
    corpus = write(tmp_path / "corpus.jsonl", [("book", long), ("page", inside), ("copy", inside), ("x", "else")])

    result = CliRunner().invoke(command, ["containment", corpus])

    assert result.exit_code == 0, result.output
    assert [json.loads(line) for line in result.stdout.splitlines()] == [{"id": "page", "inside": "book", "share": 1.0}]


def test_the_least_share_of_containment_may_be_lowered(tmp_path) -> None:
    book = [f"word{i}" for i in range(600)]
    page = [*book[:340], *(f"own{i}" for i in range(60))]
    corpus = write(tmp_path / "corpus.jsonl", [("book", " ".join(book)), ("page", " ".join(page))])

    default = CliRunner().invoke(command, ["containment", corpus])
    lowered = CliRunner().invoke(command, ["containment", corpus, "--share", "0.8"])

    assert default.stdout == ""
    assert json.loads(lowered.stdout) == {"id": "page", "inside": "book", "share": 0.848484}


def test_boilerplate_is_the_share_of_lines_that_ten_documents_hold(tmp_path) -> None:
    menu = "home about contact imprint"
    pages = [(i, f"{menu}\n{'own' * (i + 1)} words of page {i}") for i in range(10)]
    corpus = write(tmp_path / "corpus.jsonl", [*pages, ("menu", menu), ("none", TEXT)])

    result = CliRunner().invoke(command, ["boilerplate", corpus])

    found = {line["id"]: line["share"] for line in map(json.loads, result.stdout.splitlines())}
    assert set(found) == {*range(10), "menu"}
    assert found["menu"] == 1.0
    assert 0.4 < found[0] < 0.7


@pytest.mark.parametrize("verb", ["substrings", "containment", "boilerplate"])
def test_a_file_without_anything_repeated_prints_nothing(tmp_path, verb) -> None:
    corpus = write(tmp_path / "corpus.jsonl", [("a", TEXT), ("b", "else")])

    result = CliRunner().invoke(command, [verb, corpus])

    assert (result.exit_code, result.stdout) == (0, "")
