"""Freeze, check, wait for two approvals, publish. Starts when a run was governed, or by hand with a form.

Two people approve, each in a role of their own: in Airflow's own page of required actions, where the person whom
Airflow authenticated is the actor and a key kept on this server signs; or with keys of their own, away from Airflow
(`provender approve`), which this DAG waits for. The form says which.

Publication is an event of the asset `provender://approved` that names the snapshot: a model team's DAG is scheduled on
it (docs/model-team.md).
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Asset, Metadata, Param, XComArg, dag, task

from dags.lake import lake_param
from dags.notifying import Tell

GOVERNED = Asset("provender://governed")
APPROVED = Asset("provender://approved")
ROLES = ("data-owner", "compliance")
FROZEN = "{{ ti.xcom_pull(task_ids='freeze') }}"


def ask(role: str) -> HITLOperator:
    """The task that waits, without a worker, until somebody answers for `role`."""
    return HITLOperator(
        task_id=f"ask_{role.replace('-', '_')}",
        subject=f"Approve {FROZEN} as {role}?",
        body=(
            f"`provender snapshot show {FROZEN}` says what it holds. Your answer is signed over the hash of its "
            "manifest with the key that the ledger trusts for you in this role; the reason stays in the ledger."
        ),
        options=["Approve", "Reject"],
        notifiers=[Tell("approval needed", f"{FROZEN} waits for somebody to answer as {role} ({{{{ ti.task_id }}}})")],
        params={"reason": Param("", type="string", title="Reason", description="Needed to reject")},
    )


@task
def record(answer: dict[str, Any], lake: str, snapshot_id: str, role: str) -> int:
    """Sign and append what the person answered; the number of the ledger's entry."""
    from pipeline.steps import snapshots

    return snapshots.answer(
        lake,
        snapshot_id,
        role=role,
        actor=(answer["responded_by_user"] or {}).get("name", ""),
        decision=answer["chosen_options"][0].lower(),
        reason=answer["params_input"].get("reason", ""),
    )


@dag(
    dag_id="snapshot",
    schedule=[GOVERNED],
    catchup=False,
    max_active_runs=1,
    tags=["provender"],
    default_args={"retries": 2, "retry_delay": timedelta(seconds=30)},
    params={
        "lake": lake_param(),
        "run": Param("", type="string", title="Run", description="Empty: the run that was started last"),
        "name": Param("corpus", type="string", pattern="^[A-Za-z0-9._-]+$", title="Snapshot name"),
        "use": Param("pretrain", enum=["pretrain", "finetune", "eval"], title="Declared use"),
        "actor": Param("airflow", type="string", title="Who freezes it", description="May not approve it"),
        "approvals": Param("airflow", enum=["airflow", "keys"], title="Where people approve"),
    },
    doc_md=__doc__,
)
def snapshot() -> None:
    """Make an approved snapshot of a governed run."""

    @task
    def freeze(lake: str, run: str, name: str, use: str, actor: str) -> str:
        from pipeline.steps import snapshots

        return snapshots.freeze(lake, run, name, use, actor)["snapshot_id"]

    @task(retries=0, on_failure_callback=Tell("gate failed", f"{FROZEN} cannot be approved: {{{{ exception }}}}"))
    def check(lake: str, snapshot_id: str) -> dict[str, int]:
        from pipeline.steps import snapshots

        return snapshots.check(lake, snapshot_id)

    @task.branch
    def choose(approvals: str) -> str | list[str]:
        return "approve" if approvals == "keys" else [f"ask_{role.replace('-', '_')}" for role in ROLES]

    @task.sensor(
        poke_interval=2, timeout=timedelta(days=7).total_seconds(), mode="reschedule", trigger_rule="none_failed"
    )
    def approve(lake: str, snapshot_id: str) -> bool:
        from pipeline.steps import snapshots

        return snapshots.approvals(lake, snapshot_id) >= 2  # four eyes

    @task(outlets=[APPROVED], on_success_callback=Tell("published", f"{FROZEN} can be pulled"))
    def publish(lake: str, snapshot_id: str) -> Any:
        from pipeline.steps import snapshots

        yield Metadata(APPROVED, snapshots.publish(lake, snapshot_id))

    lake = "{{ params.lake }}"
    frozen = freeze(lake, "{{ params.run }}", "{{ params.name }}", "{{ params.use }}", "{{ params.actor }}")
    chosen, approved = choose("{{ params.approvals }}"), approve(lake, frozen)
    check(lake, frozen) >> chosen >> approved >> publish(lake, frozen)
    for role in ROLES:
        asked = ask(role)
        answered = record.override(task_id=f"record_{role.replace('-', '_')}")(XComArg(asked), lake, frozen, role)
        chosen >> asked >> answered >> approved


snapshot()
