"""The questions on the demo's lake have the answers that are committed: what changes them is seen."""

from pathlib import Path

import pytest

from tests.e2e import answers

pytestmark = pytest.mark.e2e


def test_every_question_has_its_committed_answer_on_the_demo(lake: Path) -> None:
    got, expected = dict(answers.answers(lake)), answers.expected()
    different = [name for name in got | expected if got.get(name) != expected.get(name)]
    shown = "\n".join(f"{name}\n-{expected.get(name)}\n+{got.get(name)}" for name in different)
    assert not different, f"{shown}\nif this is right: python -m tests.e2e.answers {lake}"


def test_questions_that_must_be_empty_are() -> None:
    must = {"Q03", "Q13", "Q21", "Q22", "Q28"}
    said = answers.expected()
    assert {name: said[name].count("\n") for name in must} == dict.fromkeys(must, 0)
    assert said["Q24"].split("\n")[1].split(" | ")[0].strip() == "0"
