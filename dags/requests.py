"""Every day: sign the feed, end approvals, delete what erasures replaced, fail loudly when a request is overdue.

An approval ends when its time is over; what an erasure replaced goes after its grace time.

Overdue requests are told by the notifier (`dags/notifying.py`); what was withdrawn is told by the DAG `notices`.
"""

from datetime import datetime, timedelta

from airflow.sdk import dag, task

from dags.lake import lake_param
from dags.notifying import Tell


@dag(
    dag_id="requests",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001  a schedule by day has no zone
    catchup=False,
    max_active_runs=1,
    tags=["provender"],
    default_args={"retries": 2, "retry_delay": timedelta(minutes=5)},
    params={"lake": lake_param()},
    doc_md=__doc__,
)
def requests() -> None:
    """Keep the promises that were made to persons."""

    @task
    def renew(lake: str) -> list[str]:
        from pipeline.steps import requests as steps

        return steps.renew_lake(lake)

    @task
    def purge(lake: str) -> int:
        from pipeline.steps import requests as steps

        return steps.purge_lake(lake)

    @task(retries=0, on_failure_callback=Tell("overdue", "{{ exception }}"))
    def overdue(lake: str) -> int:
        from pipeline.steps import requests as steps

        return steps.require_none_overdue(lake)

    lake = "{{ params.lake }}"
    renew(lake)
    purge(lake)
    overdue(lake)


requests()
