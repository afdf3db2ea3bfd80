"""Every ten minutes: what was withdrawn since the last time is told, once, to whoever listens.

The asset `provender://withdrawn` gets an event that names the snapshots and what replaces them: a model team's DAG is
scheduled on it. The notifier tells people.
"""

from datetime import datetime, timedelta
from typing import Any

from airflow.sdk import Asset, Metadata, dag, task

from dags.lake import lake_param
from dags.notifying import Tell

WITHDRAWN = Asset("provender://withdrawn")


@dag(
    dag_id="notices",
    schedule="*/10 * * * *",
    start_date=datetime(2026, 1, 1),  # noqa: DTZ001  a schedule by minutes has no zone
    catchup=False,
    max_active_runs=1,
    tags=["provender"],
    default_args={"retries": 2, "retry_delay": timedelta(minutes=1)},
    params={"lake": lake_param()},
    doc_md=__doc__,
)
def notices() -> None:
    """Tell what was withdrawn."""

    @task.short_circuit
    def news(lake: str) -> list[dict[str, Any]]:
        from pipeline.steps import telling

        return telling.news(lake)

    @task(
        outlets=[WITHDRAWN],
        on_success_callback=Tell("withdrawn", "{{ ti.xcom_pull(task_ids='news') | join('; ', attribute='text') }}"),
    )
    def announce(lake: str, withdrawn: list[dict[str, Any]]) -> Any:
        from pipeline.steps import telling

        yield Metadata(WITHDRAWN, {"notices": withdrawn})
        telling.told(lake, withdrawn)

    lake = "{{ params.lake }}"
    announce(lake, news(lake))


notices()
