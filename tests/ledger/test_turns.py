"""Turns of writers are for speed only: nobody waits for ever, and a dead writer's turn ends with it."""

import os
import signal
import time
from pathlib import Path

import pytest

from pipeline.ledger import log, turns, verify


def holder(folder: Path) -> int:
    """A process that holds the turn until it is killed."""
    child = os.fork()
    if child == 0:
        with turns.turn(folder):
            (folder / "held").touch()
            time.sleep(60)
        os._exit(0)
    while not (folder / "held").exists():
        time.sleep(0.01)
    return child


def test_a_turn_that_is_not_given_is_not_waited_for_longer_than_said(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(turns, "WAIT_S", 0.1)
    child = holder(tmp_path)
    many = [(log.Entry(kind="events", key=f"{n}", at_us=1, actor="t"), None) for n in range(turns.WORTHWHILE)]
    try:
        assert log.append_all(tmp_path / "ledger", many) == list(range(turns.WORTHWHILE))
        begin = time.monotonic()
        with turns.turn(tmp_path):
            assert time.monotonic() - begin > 0.09
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    assert verify.verify(tmp_path / "ledger").entries == turns.WORTHWHILE


def test_the_turn_of_a_killed_writer_is_free(tmp_path: Path) -> None:
    child = holder(tmp_path)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    begin = time.monotonic()
    with turns.turn(tmp_path):
        assert time.monotonic() - begin < turns.WAIT_S / 2


@pytest.mark.parametrize("folder", ["", "missing/so/far"])
def test_a_ledger_that_is_not_there_yet_has_turns_too(tmp_path: Path, folder: str) -> None:
    with turns.turn(tmp_path / folder):
        assert not (tmp_path / "missing").exists()
