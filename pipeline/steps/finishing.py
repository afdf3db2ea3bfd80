"""The end of every batch of every stage: measures and documents written, then one decisions entry appended.

The order matters: the entry is what makes the batch done, so it comes last. Repeating writes the same bytes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import pyarrow as pa

from pipeline.engines import local
from pipeline.ledger import log
from pipeline.ledger.log import Entry
from pipeline.rules.loader import rules_sha256
from pipeline.steps import runs
from pipeline.steps.runs import Context
from pipeline.store import parquet

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """What a finished batch tells the progress bar."""

    stage: str
    documents: int
    text_bytes: int
    done: int
    total: int


OnProgress = Callable[[Progress], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """One batch's outcome; travels between processes."""

    batch: int
    source_id: str
    documents: int
    text_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a stage made of one batch."""

    decisions: pa.Table
    documents: pa.Table | None = None  # those that go on; None where the stage hands nothing on
    measures: pa.Table | None = None
    models: Mapping[str, str] = field(default_factory=dict)


def finish(context: Context, stage: str, batch: int, source_id: str, outcome: Outcome) -> None:
    """Write what a stage made of one batch and append its decisions."""
    keep(context, stage, batch, outcome)
    log.append_all(context.lake.ledger, [decided(context, stage, batch, source_id, outcome)])


def keep(context: Context, stage: str, batch: int, outcome: Outcome) -> None:
    """Write measures and documents of one batch; it is done once its decisions are appended."""
    run = context.plan.run
    if outcome.measures is not None:
        parquet.write(context.lake.measures(run, stage, batch), outcome.measures)
    if outcome.documents is not None:
        parquet.write(context.lake.documents(run, stage, batch), outcome.documents)


def decided(context: Context, stage: str, batch: int, source_id: str, outcome: Outcome) -> log.Append:
    """The decisions of one batch as the log takes them; several go into one `append_all`, which waits only once."""
    entry = Entry(
        kind="decisions",
        key=f"{context.plan.run}/{stage}/{batch:08x}",
        at_us=runs.now_us(),
        actor=context.plan.actor,
        run=context.plan.run,
        stage=stage,
        batch=batch,
        source_id=source_id,
        code=context.plan.code,
        config=rules_sha256(stage),
        models=outcome.models,
    )
    return entry, outcome.decisions


def append_rows(context: Context, kind: str, rows: pa.Table, *, stage: str = "", name: str = "") -> None:
    """Append rows of another kind, once per run (and `name`)."""
    key = "/".join(part for part in (context.plan.run, kind, stage, name) if part)
    entry = Entry(
        kind=kind,
        key=key,
        at_us=runs.now_us(),
        actor=context.plan.actor,
        run=context.plan.run,
        stage=stage,
        code=context.plan.code,
    )
    log.append(context.lake.ledger, entry, rows)


def unfinished(context: Context, stage: str) -> list[tuple[int, str]]:
    """(batch, source_id) of this run that `stage` has not decided, ascending."""
    done = log.done(context.lake.ledger, context.plan.run, stage)
    return [(batch, source) for batch, source in runs.batches(context).items() if batch not in done]


def over(
    task: Callable[[T], Finished], items: Sequence[T], stage: str, *, workers: int, on_progress: OnProgress | None
) -> int:
    """Run `task` over `items` and report each finished batch; the number of documents finished."""
    total, done = len(items), 0

    def note(finished: Finished) -> None:
        nonlocal done
        done += 1
        if on_progress is not None:
            sizes = {"documents": finished.documents, "text_bytes": finished.text_bytes}
            on_progress(Progress(stage=stage, done=done, total=total, **sizes))

    return sum(f.documents for f in local.run(task, items, workers=workers, on_done=note))
