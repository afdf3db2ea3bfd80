"""One function per step: read, call the stage, write, append. What the CLI and the DAGs call.

Every step takes the lake folder and the run's name and returns counts: small enough for an Airflow XCom, and never
anything that a document said. Every step can be repeated: what is done is not done again.
"""

from collections.abc import Sequence
from pathlib import Path

from pipeline.ledger import views
from pipeline.steps import (
    copies,
    diversifying,
    gates,
    guarding,
    reading,
    redacting,
    register,
    registering,
    runs,
    stages,
)
from pipeline.steps.finishing import OnProgress
from pipeline.steps.runs import Context
from pipeline.store.lake import Lake

Counts = dict[str, int]


def _context(lake: str, run: str) -> Context:
    return runs.load(Lake(Path(lake).resolve()), str(run))  # a template may make a number of it


def sources(  # noqa: PLR0917  in the order of the DAG's parameters
    lake: str,
    run: str,
    registers: Sequence[str],
    use: str,
    actor: str,
    place: str = "CN",
    is_commercial: bool = True,  # noqa: FBT001, FBT002
) -> Counts:
    """Start the run: read the register and decide which sources may be read at all."""
    return registering.sources(
        Lake(Path(lake).resolve()),
        run=str(run),
        registers=registers,
        use=use,
        actor=actor,
        place=place,
        is_commercial=is_commercial,
    )


def licences(lake: str, run: str) -> Counts:
    """Decide by licence which sources may be used, and plan their batches."""
    return register.licences(_context(lake, run))


def documents(lake: str, run: str, workers: int = 1, on_progress: OnProgress | None = None) -> Counts:
    """Read the kept sources into documents."""
    return {"documents": reading.documents(_context(lake, run), workers=workers, on_progress=on_progress)}


def check_documents(lake: str, run: str) -> Counts:
    """Gate after documents."""
    return gates.check_documents(_context(lake, run))


def prohibited(lake: str, run: str, workers: int = 1, on_progress: OnProgress | None = None) -> Counts:
    """Find prohibited content."""
    return {"documents": stages.prohibited(_context(lake, run), workers=workers, on_progress=on_progress)}


def quality(lake: str, run: str, workers: int = 1, on_progress: OnProgress | None = None) -> Counts:
    """Measure quality."""
    return {"documents": stages.quality(_context(lake, run), workers=workers, on_progress=on_progress)}


def duplicates(lake: str, run: str, workers: int = 1, on_progress: OnProgress | None = None) -> Counts:
    """Find duplicates over the whole run."""
    return {"documents": copies.duplicates(_context(lake, run), workers=workers, on_progress=on_progress)}


def personal(
    lake: str, run: str, workers: int = 1, on_progress: OnProgress | None = None, *, verify: int = 0
) -> Counts:
    """Find and redact personal information; of `verify` documents the findings are compared with Presidio's own."""
    context = _context(lake, run)
    counts = {"documents": redacting.personal(context, workers=workers, on_progress=on_progress)}
    return counts | ({"differing findings": redacting.verify_personal(context, verify)} if verify else {})


def diversity(lake: str, run: str, workers: int = 1, on_progress: OnProgress | None = None) -> Counts:
    """Measure the mix before and after selection."""
    return {"documents": diversifying.diversity(_context(lake, run), workers=workers, on_progress=on_progress)}


def check_decisions(lake: str, run: str) -> Counts:
    """Gate after diversity: no rule emptied a source unanswered, the funnel is closed.

    Auditors get the views of the ledger as it stands now.
    """
    context = _context(lake, run)
    guarding.require(context)
    counts = gates.check_decisions(context)
    views.write(context.lake.ledger)
    return counts


def everything(  # noqa: PLR0913
    lake: str,
    *,
    run: str,
    registers: Sequence[str],
    use: str,
    actor: str,
    place: str = "CN",
    is_commercial: bool = True,
    workers: int = 1,
    verify: int = 0,
    on_progress: OnProgress | None = None,
) -> dict[str, Counts]:
    """Every step in order: what the govern DAG does, in one process.

    Args:
        lake: lake folder, made when absent.
        run: name; an unfinished run of that name is resumed.
        registers: folders of source files.
        use: pretrain, finetune or eval.
        actor: who runs it; may not approve the snapshot.
        place: where models are trained: two letters, or EU.
        is_commercial: whether the use is.
        workers: processes for the slow stages.
        verify: how many documents are scanned for personal information again without the prefilter.
        on_progress: called with each finished batch.
    """
    started = sources(lake, run, registers, use, actor, place, is_commercial)
    counts = {"sources": started, "licences": licences(lake, run)}
    counts["documents"] = documents(lake, run, workers, on_progress)
    counts["documents gate"] = check_documents(lake, run)
    for step in (prohibited, quality, duplicates):
        counts[step.__name__] = step(lake, run, workers, on_progress)
    counts["personal"] = personal(lake, run, workers, on_progress, verify=verify)
    counts["diversity"] = diversity(lake, run, workers, on_progress)
    counts["decisions gate"] = check_decisions(lake, run)
    return counts
