"""Turns of writers are for speed only: nobody waits for ever, and what a dead writer held or asked for ends with it."""

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.ledger import log, turns, verify
from pipeline.store import files
from tests.ledger import ledgers


@pytest.fixture(autouse=True)
def _own_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "desks").mkdir()
    monkeypatch.setattr(turns, "gettempdir", lambda: str(tmp_path / "desks"))


def entry(key: str) -> log.Entry:
    return log.Entry(kind="events", key=key, at_us=1, actor="t")


def forked(work: object) -> int:
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return child


def asks(tmp_path: Path) -> list[Path]:
    return list((tmp_path / "desks").glob(f"*/*/*{turns.ASK}"))


def until(is_so: object) -> None:
    end = time.monotonic() + 20
    while not is_so() and time.monotonic() < end:
        time.sleep(0.005)
    assert is_so()


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger"


@pytest.fixture
def desk(ledger: Path) -> Iterator[turns._Desk]:
    found = turns._desk(ledger)
    with found.turn:
        yield found


@pytest.fixture
def holder(ledger: Path, tmp_path: Path) -> Iterator[int]:
    """A process that has the turn until it is killed."""

    def hold() -> None:
        desk = turns._desk(ledger)
        assert turns._is_locked(desk.turn)
        (tmp_path / "held").touch()
        time.sleep(60)

    child = forked(hold)
    until((tmp_path / "held").exists)
    yield child
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


@pytest.mark.usefixtures("holder")
def test_a_turn_that_is_not_given_is_not_waited_for_longer_than_said(
    ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT_S", 0.2)
    begin = time.monotonic()

    assert log.append_all(ledger, [(entry(key), None) for key in "abc"]) == [0, 1, 2]

    assert time.monotonic() - begin > 0.19
    assert verify.verify(ledger).entries == 3
    assert not asks(tmp_path)


def test_the_turn_of_a_killed_writer_is_free(ledger: Path, holder: int) -> None:
    os.kill(holder, signal.SIGKILL)
    begin = time.monotonic()
    assert log.append(ledger, entry("a")) == 0
    assert time.monotonic() - begin < turns.WAIT_S


def test_who_has_the_turn_appends_what_others_ask_for(ledger: Path, desk: turns._Desk, tmp_path: Path) -> None:
    assert turns._is_locked(desk.turn)
    children = [forked(lambda key=key: log.append(ledger, entry(key))) for key in "bc"]
    until(lambda: len(asks(tmp_path)) == 2)
    turns.fcntl.flock(desk.turn, turns.fcntl.LOCK_UN)

    assert log.append(ledger, entry("a")) in (0, 1, 2)

    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    assert sorted(str(one["key"]) for one in log.entries(ledger)) == ["a", "b", "c"]
    assert not asks(tmp_path)


def test_an_entry_is_asked_for_when_its_segment_is_in_its_place(
    ledger: Path, desk: turns._Desk, tmp_path: Path
) -> None:
    assert turns._is_locked(desk.turn)
    child = forked(lambda: log.append(ledger, *ledgers.decided(2)))
    until(lambda: len(asks(tmp_path)) == 1)
    (body,) = json.loads(asks(tmp_path)[0].read_bytes())
    assert (ledger / body["path"]).exists()
    assert not files.temporaries(ledger)
    turns.fcntl.flock(desk.turn, turns.fcntl.LOCK_UN)

    log.append(ledger, *ledgers.decided(1))

    assert os.waitpid(child, 0)[1] == 0
    assert verify.verify(ledger).segments == 2


def test_what_a_dead_writer_asked_for_is_forgotten(ledger: Path, desk: turns._Desk, tmp_path: Path) -> None:
    (desk.folder / f"dead{turns.ASK}").write_text('[{"key": "dead"}]')

    assert log.append(ledger, entry("a")) == 0

    assert log.size(ledger) == 1
    assert not asks(tmp_path)


def test_a_desk_that_others_can_reach_is_not_used(ledger: Path, desk: turns._Desk) -> None:
    desk.folder.parent.chmod(0o755)

    assert turns._desk(ledger) is None
    assert log.append(ledger, entry("a")) == 0
    assert verify.verify(ledger).entries == 1


def test_a_lost_turn_is_made_again(ledger: Path, desk: turns._Desk) -> None:
    (desk.folder / "turn").unlink()

    assert log.append(ledger, entry("a")) == 0
    assert verify.verify(ledger).entries == 1


@pytest.mark.parametrize("folder", ["", "missing/so/far"])
def test_a_ledger_that_is_not_there_yet_has_turns_too(tmp_path: Path, folder: str) -> None:
    desk = turns._desk(tmp_path / folder)
    with desk.turn:
        assert turns._served(desk, [], lambda _: None)
    assert not (tmp_path / "missing").exists()
