"""`provender run`: registered sources through every stage, with progress bars, without Airflow."""

import json
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from pipeline import steps
from pipeline.cli.sources import warn
from pipeline.steps import registering, runs
from pipeline.steps.finishing import Progress as Step
from pipeline.store.lake import Lake


class Bars:
    """One bar a stage: documents, MB/s, estimated end."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.tasks: dict[str, TaskID] = {}
        self.documents: dict[str, int] = {}
        self.bytes: dict[str, int] = {}

    def note(self, step: Step) -> None:
        """Move the bar of the step's stage."""
        if step.stage not in self.tasks:
            self.tasks[step.stage] = self.progress.add_task(step.stage, total=step.total, documents=0, speed="")
        self.documents[step.stage] = self.documents.get(step.stage, 0) + step.documents
        self.bytes[step.stage] = self.bytes.get(step.stage, 0) + step.text_bytes
        task = self.progress.tasks[self.progress.task_ids.index(self.tasks[step.stage])]
        speed = f"{self.bytes[step.stage] / 1e6 / max(task.elapsed or 0.0, 0.001):.1f} MB/s"
        self.progress.update(task.id, completed=step.done, documents=self.documents[step.stage], speed=speed)


@click.command(
    epilog="Example: provender run --lake lake --register examples/register --run first --use pretrain --workers 2"
)
@click.option("--lake", default="lake", envvar="PROVENDER_LAKE", show_default=True, help="lake folder")
@click.option("--register", "registers", multiple=True, required=True, help="folder of source files (repeatable)")
@click.option("--run", default="run-1", show_default=True, help="name of the run; the same name resumes it")
@click.option("--use", default="pretrain", show_default=True, help="pretrain, finetune or eval")
@click.option("--place", default="CN", show_default=True, help="where models are trained: two letters, or EU")
@click.option(
    "--commercial/--not-commercial", "is_commercial", default=True, help="whether the use is; it is by default"
)
@click.option("--actor", default="cli", show_default=True, envvar="PROVENDER_ACTOR", help="who runs it")
@click.option("--workers", default=2, show_default=True, help="processes for the slow stages")
@click.option("--verify", default=0, help="documents whose personal findings are compared with Presidio's own")
@click.option("--json", "as_json", is_flag=True, help="the counts as JSON on stdout")
def command(  # noqa: PLR0913
    *,
    lake: str,
    registers: tuple[str, ...],
    run: str,
    use: str,
    place: str,
    is_commercial: bool,
    actor: str,
    workers: int,
    verify: int,
    as_json: bool,
) -> None:
    """Take registered sources through every stage; a run that was interrupted goes on where it stopped."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TextColumn("{task.fields[documents]:>8} documents {task.fields[speed]:>10}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        counts = steps.everything(
            lake,
            run=run,
            registers=[str(Path(folder).resolve()) for folder in registers],
            use=use,
            actor=actor,
            place=place,
            is_commercial=is_commercial,
            workers=workers,
            verify=verify,
            on_progress=Bars(progress).note,
        )
    warn(registering.findings(runs.load(Lake(Path(lake).resolve()), run)))
    if as_json:
        click.echo(json.dumps(counts))
        return
    for stage, count in counts.items():
        console.print(f"{stage:<12} {', '.join(f'{value} {word}' for word, value in count.items())}")
