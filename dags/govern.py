"""Sources to diversity: one task per stage; batches, processes and resuming are the engine's.

Airflow carries only names and counts. A retried task finds what it had finished and does the rest.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, Param, XComArg, dag, task

from dags.lake import lake_param
from dags.notifying import Tell

GOVERNED = Asset("provender://governed")

Counts = dict[str, int]


def step(name: str, *arguments: str, outlets: tuple[Asset, ...] = ()) -> XComArg:
    """The task that calls `pipeline.steps.<name>` with these templated arguments."""
    failed = Tell("gate failed", f"{name} of run {{{{ params.run }}}}: {{{{ exception }}}}")

    @task(task_id=name, outlets=list(outlets), on_failure_callback=failed if name.startswith("check_") else None)
    def call(*given: Any) -> Counts:
        from pipeline import steps

        counts: Counts = getattr(steps, name)(*given)
        return counts

    return call(*arguments)


@dag(
    dag_id="govern",
    schedule=None,
    catchup=False,
    max_active_runs=1,
    tags=["provender"],
    default_args={"retries": 2, "retry_delay": timedelta(seconds=30), "execution_timeout": timedelta(hours=24)},
    params={
        "lake": lake_param(),
        "run": Param("run-1", type="string", pattern="^[A-Za-z0-9._-]+$", title="Run", description="Same name resumes"),
        "registers": Param(
            ["examples/register"],
            type="array",
            items={"type": "string"},
            title="Registers",
            description="Folders of source files",
        ),
        "use": Param("pretrain", enum=["pretrain", "finetune", "eval"], title="Declared use"),
        "place": Param("CN", type="string", pattern="^[A-Z]{2}$", title="Where models are trained"),
        "is_commercial": Param(default=True, type="boolean", title="Commercial use"),
        "actor": Param("airflow", type="string", title="Who runs it", description="May not approve the snapshot"),
        "workers": Param(2, type="integer", minimum=1, title="Processes"),
    },
    render_template_as_native_obj=True,
    doc_md=__doc__,
)
def govern() -> None:
    """Take registered sources through every stage."""
    use, actor, place = "{{ params.use }}", "{{ params.actor }}", "{{ params.place }}"
    lake, run, workers = "{{ params.lake }}", "{{ params.run }}", "{{ params.workers }}"
    (
        step("sources", lake, run, "{{ params.registers }}", use, actor, place, "{{ params.is_commercial }}")
        >> step("licences", lake, run)
        >> step("documents", lake, run, workers)
        >> step("check_documents", lake, run)
        >> step("prohibited", lake, run, workers)
        >> step("quality", lake, run, workers)
        >> step("duplicates", lake, run, workers)
        >> step("personal", lake, run, workers)
        >> step("diversity", lake, run, workers)
        >> step("check_decisions", lake, run, outlets=(GOVERNED,))
    )


govern()
