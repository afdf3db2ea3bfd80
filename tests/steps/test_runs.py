"""A run keeps to its plan, and its batch numbers are its own."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import InputMissing, RunChanged, UsageError
from pipeline.steps import runs
from pipeline.steps.runs import Part, Plan
from pipeline.store.lake import Lake

PLAN = Plan(
    run="first",
    registers=("/register",),
    register_sha256="00",
    use="pretrain",
    actor="tests",
    code="1",
    rules={"quality": "aa"},
    started_at_us=1,
)


def parts(*widths: int) -> list[Part]:
    return [
        Part(source_id=f"s{i}", first_batch=0, width=w, files=(("a", "text"),), n_bytes=1) for i, w in enumerate(widths)
    ]


def test_a_resumed_run_keeps_the_time_it_was_started(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    runs.start(lake, PLAN)

    resumed = runs.start(lake, replace(PLAN, started_at_us=2))

    assert resumed.plan == PLAN


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"rules": {"quality": "bb"}}, "rules"),
        ({"use": "eval"}, "use"),
        ({"code": "2"}, "code"),
        ({"register_sha256": "01"}, "register"),
    ],
)
def test_a_run_is_not_resumed_with_something_else(tmp_path: Path, change: dict, word: str) -> None:
    runs.start(Lake(tmp_path), PLAN)

    with pytest.raises(RunChanged, match=word):
        runs.start(Lake(tmp_path), replace(PLAN, **change))


@pytest.mark.parametrize("name", ["", "../up", "a b", "a/b"])
def test_a_run_name_that_is_no_plain_word_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        runs.start(Lake(tmp_path), replace(PLAN, run=name))


def test_an_unknown_run_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="no run second"):
        runs.load(Lake(tmp_path), "second")


def test_batch_numbers_of_two_runs_never_meet(tmp_path: Path) -> None:
    lake = Lake(tmp_path)

    first = runs.claim_batches(lake, "first", parts(3, 1))
    second = runs.claim_batches(lake, "second", parts(2))

    assert [(p.first_batch, p.width) for p in (*first, *second)] == [(1, 3), (4, 1), (5, 2)]


def test_a_run_killed_after_its_claim_gets_the_same_numbers_again(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    first = runs.claim_batches(lake, "first", parts(3))
    runs.claim_batches(lake, "second", parts(3))

    assert runs.claim_batches(lake, "first", parts(3)) == first


def test_the_latest_run_is_the_one_started_last(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    runs.start(lake, replace(PLAN, run="zulu", started_at_us=1))
    runs.start(lake, replace(PLAN, run="alpha", started_at_us=2))

    assert runs.latest(lake) == "alpha"
