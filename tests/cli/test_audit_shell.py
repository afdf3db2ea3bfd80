"""`provender audit` with nothing else opens harlequin: the same views, the same answers, the same locks."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path
from typing import Self

import pytest

from pipeline.cli import audit
from pipeline.store import files
from tests.ledger import demo

harlequin = pytest.importorskip("harlequin", reason="comes with provender[audit]")


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    return demo.made(folder)


@pytest.fixture(scope="module")
def opened(ledger: Path) -> "harlequin.HarlequinConnection":
    from harlequin.plugins import load_adapter_plugins

    return load_adapter_plugins()["provender"](conn_str=(str(ledger),)).connect()


def asked(opened: "harlequin.HarlequinConnection", query: str) -> list[dict[str, object]]:
    return opened.execute(query).set_limit(500).fetchall().to_pylist()


def test_harlequin_answers_selects_and_named_questions_and_shows_the_views(
    opened: "harlequin.HarlequinConnection",
) -> None:
    assert asked(opened, "select count(*) as n from decisions") == [{"n": 55}]
    assert [row["n_in"] for row in asked(opened, "Q06 run=r2")] == [2, 3, 3, 2]
    assert {"decisions", "segments", "history"} <= {
        found.item.label for found in opened.search_catalog("", kind="relations")
    }


@pytest.mark.parametrize(
    "statement",
    [
        "copy (select 1) to '{ledger}/seg/out.csv'",
        "export database '{ledger}/out'",
        "attach '{ledger}/out.db'",
        "drop view decisions",
        "create table t as select 1",
        "set enable_external_access = true",
        "install httpfs",
        "select 1; drop view decisions",
        "select * from read_text('/etc/hostname')",
        "select * from glob('/*')",
        "Q09",
        "Q99",
        "",
    ],
)
def test_harlequin_takes_nothing_that_the_prompt_refuses(
    opened: "harlequin.HarlequinConnection", ledger: Path, statement: str
) -> None:
    before = files.listed(ledger)
    with pytest.raises(harlequin.exception.HarlequinQueryError):
        asked(opened, statement.format(ledger=ledger))
    assert files.listed(ledger) == before


def test_without_harlequin_the_plain_prompt_is_left(ledger: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "find_spec", lambda _: None)
    assert not audit.has_served_as_prompt(ledger, evidence_only=False)


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("typed", "seen"),
    [
        ("select 54 + 1 as n from segments limit 1", "1 query executed successfully"),
        ("copy (select 1) to 'x'", "Not one select statement over the views"),
    ],
)
def test_in_a_terminal_harlequin_opens_answers_and_closes(ledger: Path, tmp_path: Path, typed: str, seen: str) -> None:
    with Terminal(["audit", "--lake", str(ledger.parent)], home=tmp_path) as terminal:
        terminal.until("Run Query")
        terminal.until("read-only")
        terminal.types(typed)
        terminal.types("\n")
        terminal.until(seen)
        terminal.types("\x11")
        assert terminal.program.wait(30) == 0


class Terminal:
    """A program in a terminal of 140 by 40, and what it has drawn."""

    def __init__(self, arguments: list[str], *, home: Path) -> None:
        self.ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 140, 0, 0))
        environment = os.environ | {"HOME": str(home), "XDG_CACHE_HOME": str(home), "TERM": "xterm-256color"}
        told = [str(Path(sys.executable).with_name("provender")), *arguments]
        self.program = subprocess.Popen(
            told, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        self.drawn = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.program.kill()
        self.program.wait()
        os.close(self.ours)

    def types(self, text: str) -> None:
        os.write(self.ours, text.encode())
        self.reads(0.5)

    def until(self, text: str, *, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while text not in self.drawn and time.monotonic() < end:
            self.reads(0.2)
        assert text in self.drawn

    def reads(self, seconds: float) -> None:
        while select.select([self.ours], [], [], seconds)[0]:
            try:
                read = os.read(self.ours, 1 << 16).decode(errors="replace")
            except OSError:  # it has ended
                return
            self.drawn += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", read)
