"""One function over many batches on this machine: a pool of processes, or this process when a pool is not worth it.

A batch's result counts when its ledger entry stands, so a lost worker costs at most the batches it had in hand.
"""

import multiprocessing
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, ThreadPoolExecutor, as_completed, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.process import AuthenticationString  # type: ignore[attr-defined]
from types import ModuleType
from typing import Any, TypeVar

from pipeline.errors import WorkerLost

T = TypeVar("T")
R = TypeVar("R")

ATTEMPTS = 2


def run(
    task: Callable[[T], R], items: Sequence[T], *, workers: int = 1, on_done: Callable[[R], None] | None = None
) -> list[R]:
    """The results of `task` over `items`, in the order of `items`.

    Args:
        task: a function of a module (workers import it by name); it must be safe to repeat.
        items: picklable, one per batch.
        workers: processes; 1 runs in this process.
        on_done: called here with each result as it comes, in any order.

    Raises:
        WorkerLost: the same items killed their worker twice (out of memory, or killed from outside).
        Whatever `task` raises.
    """
    if workers <= 1 or len(items) <= 1:
        return [_noted(task(item), on_done) for item in items]
    results: dict[int, R] = {}
    for _ in range(ATTEMPTS):
        missing = [i for i in range(len(items)) if i not in results]
        if not missing:
            break
        _pooled(task, [(i, items[i]) for i in missing], results, workers=min(workers, len(missing)), on_done=on_done)
    lost = len(items) - len(results)
    if lost:
        raise WorkerLost(
            f"workers died {ATTEMPTS} times with {lost} batches unfinished",
            fix="look for the out-of-memory killer, lower --workers, and run again: finished batches are kept",
        )
    return [results[i] for i in range(len(items))]


def run_threads(
    task: Callable[[T], R], items: Sequence[T], *, workers: int, on_done: Callable[[R], None] | None = None
) -> list[R]:
    """As `run`, in threads: they start at once, and serve where nearly all time is spent outside the interpreter."""
    with ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(task, item) for item in items]
        try:
            for future in as_completed(futures):
                _noted(future.result(), on_done)
        finally:
            pool.shutdown(cancel_futures=True)
    return [future.result() for future in futures]


def _noted(result: R, on_done: Callable[[R], None] | None) -> R:
    if on_done is not None:
        on_done(result)
    return result


def _pooled(
    task: Callable[[T], R],
    numbered: Iterable[tuple[int, T]],
    results: dict[int, R],
    *,
    workers: int,
    on_done: Callable[[R], None] | None,
) -> None:
    _may_have_children()
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        with _without_main():
            waiting = {pool.submit(task, item): i for i, item in numbered}
        try:
            while waiting:
                finished, _ = wait(waiting, return_when=FIRST_COMPLETED)
                for future in finished:
                    results[waiting.pop(future)] = _noted(future.result(), on_done)
        except BrokenProcessPool:
            return
        finally:
            pool.shutdown(cancel_futures=True)


def _may_have_children() -> None:
    """Let this process start others, also where it is a child of Celery.

    Celery's children (billiard) are marked as daemons, which may start no process, and their key is of a type that
    only billiard can hand on. What runs in them inherits both and is a process like every other.
    """
    own: dict[str, Any] = multiprocessing.current_process()._config  # type: ignore[attr-defined]  # noqa: SLF001
    own |= {"daemon": False, "authkey": AuthenticationString(bytes(own["authkey"]))}


@contextmanager
def _without_main() -> Iterator[None]:
    """Workers that start now do not run the program that started us again.

    A fork server imports `__main__` into each worker. Inside an Airflow task that is Airflow itself, which refuses to
    start without its database, so every worker would die before its first batch.
    """
    known = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = known
