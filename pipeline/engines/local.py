"""One function over many batches on this machine: a pool of processes, or this process when a pool is not worth it.

A batch's result counts when its ledger entry stands, so a lost worker costs at most the batches it had in hand.
"""

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

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
    context = multiprocessing.get_context("forkserver")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
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
