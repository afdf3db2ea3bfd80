"""Freeze, check, wait for two approvals, publish. Starts when a run was governed, or by hand with a form.

The approvals are signatures made with the approvers' own keys (`provender approve`); this DAG only waits for them.
"""

from datetime import timedelta

from airflow.sdk import Asset, Param, dag, task

GOVERNED = Asset("provender://governed")
APPROVED = Asset("provender://approved")


@dag(
    dag_id="snapshot",
    schedule=[GOVERNED],
    catchup=False,
    max_active_runs=1,
    tags=["provender"],
    default_args={"retries": 2, "retry_delay": timedelta(seconds=30)},
    params={
        "lake": Param("lake", type="string", title="Lake", description="Folder of the lake"),
        "run": Param("", type="string", title="Run", description="Empty: the run that was started last"),
        "name": Param("corpus", type="string", pattern="^[A-Za-z0-9._-]+$", title="Snapshot name"),
        "use": Param("pretrain", enum=["pretrain", "finetune", "eval"], title="Declared use"),
        "actor": Param("airflow", type="string", title="Who freezes it", description="May not approve it"),
    },
    doc_md=__doc__,
)
def snapshot() -> None:
    """Make an approved snapshot of a governed run."""

    @task
    def freeze(lake: str, run: str, name: str, use: str, actor: str) -> str:
        from pipeline.steps import snapshots

        return snapshots.freeze(lake, run, name, use, actor)["snapshot_id"]

    @task(retries=0)
    def check(lake: str, snapshot_id: str) -> dict[str, int]:
        from pipeline.steps import snapshots

        return snapshots.check(lake, snapshot_id)

    @task.sensor(poke_interval=2, timeout=timedelta(days=7).total_seconds(), mode="poke")
    def approve(lake: str, snapshot_id: str) -> bool:
        from pipeline.steps import snapshots

        return snapshots.approvals(lake, snapshot_id) >= 2  # four eyes

    @task(outlets=[APPROVED])
    def publish(lake: str, snapshot_id: str) -> dict[str, str]:
        from pipeline.steps import snapshots

        return snapshots.publish(lake, snapshot_id)

    lake = "{{ params.lake }}"
    frozen = freeze(lake, "{{ params.run }}", "{{ params.name }}", "{{ params.use }}", "{{ params.actor }}")
    check(lake, frozen) >> approve(lake, frozen) >> publish(lake, frozen)


snapshot()
