"""Every day: delete what an erasure replaced once its grace time is over, and fail loudly when a request is overdue.

A failed task is what Airflow's alerts are made for: let a notifier of yours hear it.
"""

from datetime import datetime, timedelta

from airflow.sdk import Param, dag, task


@dag(
    dag_id="requests",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001  a schedule by day has no zone
    catchup=False,
    max_active_runs=1,
    tags=["provender"],
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    params={"lake": Param("lake", type="string", title="Lake", description="Folder of the lake")},
    doc_md=__doc__,
)
def requests() -> None:
    """Keep the promises that were made to persons."""

    @task
    def purge(lake: str) -> int:
        from pipeline.steps import requests as steps

        return steps.purge_lake(lake)

    @task(retries=0)
    def overdue(lake: str) -> int:
        from pipeline.steps import requests as steps

        return steps.require_none_overdue(lake)

    lake = "{{ params.lake }}"
    purge(lake)
    overdue(lake)


requests()
