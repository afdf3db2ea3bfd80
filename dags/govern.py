"""Sources to diversity: one task per stage; batches, processes and resuming are the engine's.

Airflow carries only names and counts. A retried task finds what it had finished and does the rest.
"""

from datetime import timedelta

from airflow.sdk import Asset, Param, dag, task

GOVERNED = Asset("provender://governed")

Counts = dict[str, int]


@dag(
    dag_id="govern",
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["provender"],
    default_args={"retries": 2, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(hours=24)},
    params={
        "lake": Param("lake", type="string", title="Lake", description="Folder of the lake"),
        "run": Param("run-1", type="string", pattern="^[A-Za-z0-9._-]+$", title="Run", description="Same name resumes"),
        "registers": Param(
            ["examples/register"],
            type="array",
            items={"type": "string"},
            title="Registers",
            description="Folders of source files",
        ),
        "use": Param("pretrain", enum=["pretrain", "finetune", "eval"], title="Declared use"),
        "actor": Param("airflow", type="string", title="Who runs it", description="May not approve the snapshot"),
        "workers": Param(2, type="integer", minimum=1, title="Processes"),
    },
    render_template_as_native_obj=True,
    doc_md=__doc__,
)
def govern() -> None:
    """Take registered sources through every stage."""

    @task
    def sources(lake: str, run: str, registers: list[str], use: str, actor: str) -> Counts:
        from pipeline import steps

        return steps.sources(lake, str(run), registers, use, actor)

    @task
    def licences(lake: str, run: str) -> Counts:
        from pipeline import steps

        return steps.licences(lake, run)

    @task
    def documents(lake: str, run: str, workers: int) -> Counts:
        from pipeline import steps

        return steps.documents(lake, run, workers)

    @task
    def check_documents(lake: str, run: str) -> Counts:
        from pipeline import steps

        return steps.check_documents(lake, run)

    @task
    def prohibited(lake: str, run: str, workers: int) -> Counts:
        from pipeline import steps

        return steps.prohibited(lake, run, workers)

    @task
    def quality(lake: str, run: str, workers: int) -> Counts:
        from pipeline import steps

        return steps.quality(lake, run, workers)

    @task
    def duplicates(lake: str, run: str, workers: int) -> Counts:
        from pipeline import steps

        return steps.duplicates(lake, run, workers)

    @task
    def personal(lake: str, run: str, workers: int) -> Counts:
        from pipeline import steps

        return steps.personal(lake, run, workers)

    @task
    def diversity(lake: str, run: str, workers: int) -> Counts:
        from pipeline import steps

        return steps.diversity(lake, run, workers)

    @task(outlets=[GOVERNED])
    def check_decisions(lake: str, run: str) -> Counts:
        from pipeline import steps

        return steps.check_decisions(lake, run)

    lake, run, workers = "{{ params.lake }}", "{{ params.run }}", "{{ params.workers }}"
    (
        sources(lake, run, "{{ params.registers }}", "{{ params.use }}", "{{ params.actor }}")
        >> licences(lake, run)
        >> documents(lake, run, workers)
        >> check_documents(lake, run)
        >> prohibited(lake, run, workers)
        >> quality(lake, run, workers)
        >> duplicates(lake, run, workers)
        >> personal(lake, run, workers)
        >> diversity(lake, run, workers)
        >> check_decisions(lake, run)
    )


govern()
