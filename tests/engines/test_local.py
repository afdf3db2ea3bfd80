"""The engine finishes every batch, whatever happens to its workers."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.engines import local
from pipeline.errors import GateFailed, WorkerLost

ROOT = Path(__file__).parent.parent.parent


def double(n: int) -> int:
    return 2 * n


def killed_once(marker: str) -> str:
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "done"


def killed_always(_: int) -> int:
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


def refuses(_: int) -> int:
    raise GateFailed("two expectations failed", fix="mend the cause")


def test_threads_give_results_in_the_order_of_the_batches_and_note_each_once() -> None:
    noted: list[int] = []
    got = local.run_threads(double, range(5), workers=2, on_done=noted.append)
    assert (got, sorted(noted)) == ([0, 2, 4, 6, 8], [0, 2, 4, 6, 8])


def test_an_error_in_a_thread_ends_the_others() -> None:
    with pytest.raises(GateFailed):
        local.run_threads(refuses, range(1000), workers=2)


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_the_order_of_the_batches_and_each_is_noted_once(workers: int) -> None:
    noted: list[int] = []

    got = local.run(double, range(5), workers=workers, on_done=noted.append)

    assert got == [0, 2, 4, 6, 8]
    assert sorted(noted) == got


def test_a_worker_killed_once_costs_nothing(tmp_path: Path) -> None:
    markers = [str(tmp_path / name) for name in ("a", "b")]
    Path(markers[1]).touch()

    assert local.run(killed_once, markers, workers=2) == ["done", "done"]


def test_workers_that_always_die_are_named_as_such() -> None:
    with pytest.raises(WorkerLost, match="2 batches unfinished"):
        local.run(killed_always, [1, 2], workers=2)


def test_an_error_of_ours_crosses_the_process_border_whole() -> None:
    with pytest.raises(GateFailed) as raised:
        local.run(refuses, [1, 2], workers=2)

    assert raised.value.fix == "mend the cause"


def test_workers_do_not_run_the_program_that_started_them_again(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import operator, pathlib\n"
        "from pipeline.engines import local\n"
        f"pathlib.Path({str(tmp_path)!r}, 'ran').open('a').write('once ')\n"
        "print(local.run(operator.neg, [1, 2, 3], workers=2))\n"
    )

    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "[-1, -2, -3]\n"
    assert (tmp_path / "ran").read_text() == "once "


def test_a_daemonic_process_as_celery_has_them_gets_its_workers(tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(
        "import multiprocessing, operator\n"
        "from pipeline.engines import local\n"
        "def task():\n"
        "    print(local.run(operator.neg, [1, 2, 3], workers=2))\n"
        "child = multiprocessing.get_context('fork').Process(target=task, daemon=True)\n"
        "child.start()\n"
        "child.join()\n"
    )

    done = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True, cwd=ROOT)

    assert done.stdout == "[-1, -2, -3]\n"
