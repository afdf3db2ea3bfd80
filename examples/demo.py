"""The main job, end to end: what `make demo` runs.

Two registers (the small corpora beside this file, and the documentation of the Python distributions installed here)
go through the govern DAG; two demo people approve; the snapshot is published, pulled and verified; the ledger answers.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from pipeline.rules.personal import EntityRule, by_entity, rules

ROOT = Path(__file__).resolve().parent.parent
DEMO = ROOT / ".demo"
LAKE = DEMO / "lake"
PULLED = DEMO / "pulled"
RUN = "demo-1"
BIN = Path(sys.executable).parent
ENVIRONMENT = {
    **os.environ,
    "AIRFLOW_HOME": str(DEMO / "airflow"),
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "GX_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "OMP_NUM_THREADS": "1",
    "PROVENDER_LAKE": str(LAKE),
}


def step(title: str) -> None:
    """Say what comes next and how far the clock is."""
    print(f"\n[{time.monotonic() - STARTED:5.0f} s] {title}", flush=True)


def call(*command: str, log: str | None = None) -> str:
    """The output of a command; a failure ends the demo with the end of its output."""
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    if log:
        (DEMO / log).write_text(done.stdout + done.stderr, encoding="utf-8")
    if done.returncode:
        print(done.stdout[-4000:], done.stderr[-4000:], sep="\n")
        sys.exit(f"demo: `{' '.join(command[:4])}` ended with {done.returncode}; the whole output is in .demo/")
    return done.stdout


def provender(*arguments: str) -> str:
    """The output of one `provender` command."""
    return call(str(BIN / "provender"), *arguments)


def ask(name: str, **parameters: str) -> list[dict[str, object]]:
    """The rows of one audit query."""
    settings = [part for key, value in parameters.items() for part in ("--set", f"{key}={value}")]
    return lines(provender("audit", name, "--lake", str(LAKE), "--json", *settings))


def select(sql: str) -> list[dict[str, object]]:
    """The rows of one SQL statement over the ledger's views."""
    return lines(provender("audit", "--lake", str(LAKE), "--json", "--sql", sql))


def lines(output: str) -> list[dict[str, object]]:
    """JSON lines as rows."""
    return [json.loads(line) for line in output.splitlines()]


def show(rows: list[dict[str, object]]) -> None:
    """Rows as an aligned table."""
    if not rows:
        print("  (none)")
        return
    cells = [[("" if v is None else str(v)) for v in row.values()] for row in [dict.fromkeys(rows[0]), *rows]]
    cells[0] = list(rows[0])
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    for row in cells:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def prepare() -> None:
    """A fresh lake, keys for the notary and two demo people, the registers, Airflow's database."""
    shutil.rmtree(DEMO, ignore_errors=True)
    LAKE.mkdir(parents=True)
    step("keys: a notary, and two demo people (Alice, data owner; Bob, compliance): demo keys, made here, for here")
    provender("keys", "make", "notary", "--lake", str(LAKE), "--role", "notary")
    provender("keys", "make", "alice", "--lake", str(LAKE), "--role", "data-owner")
    provender("keys", "make", "bob", "--lake", str(LAKE), "--role", "compliance")
    step("registering the Python distributions installed here, each with its own licence evidence")
    provender("sources", "distributions", str(DEMO / "register"), "--approver", "alice")
    step("Airflow: database on SQLite")
    call(str(BIN / "airflow"), "db", "migrate", log="migrate.log")


def govern() -> None:
    """The govern DAG over both registers."""
    step("Airflow: dags/govern.py, sources to diversity")
    registers = [str(ROOT / "examples" / "register"), str(DEMO / "register")]
    conf = {"lake": str(LAKE), "run": RUN, "registers": registers, "use": "pretrain", "actor": "demo", "workers": 2}
    call(str(BIN / "airflow"), "dags", "test", "govern", "--conf", json.dumps(conf), log="govern.log")


def snapshot() -> str:
    """The snapshot DAG; Alice and Bob approve while it waits. The snapshot's id."""
    step("Airflow: dags/snapshot.py, freeze, check, wait for two approvals, publish")
    conf = json.dumps(
        {"lake": str(LAKE), "run": RUN, "name": "demo", "use": "pretrain", "actor": "demo", "approvals": "keys"}
    )
    with (DEMO / "snapshot.log").open("w") as log:
        command = [str(BIN / "airflow"), "dags", "test", "snapshot", "--conf", conf]
        dag = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdout=log, stderr=subprocess.STDOUT)
        snapshot_id = wait_until_checked(dag)
        for person, role in (("alice", "data-owner"), ("bob", "compliance")):
            print(f"  {person} ({role}) approves {snapshot_id}")
            key = LAKE / "private" / "keys" / f"{person}.key"
            provender("approve", snapshot_id, "--lake", str(LAKE), "--as", person, "--role", role, "--key", str(key))
        if dag.wait():
            sys.exit("demo: the snapshot DAG failed; its output is in .demo/snapshot.log")
    return snapshot_id


def wait_until_checked(dag: subprocess.Popen[bytes]) -> str:
    """The id of the snapshot once the DAG has frozen and checked it."""
    while dag.poll() is None:
        time.sleep(1)
        found = [json.loads(p.read_bytes()) for p in sorted(LAKE.glob("ledger/log/entries/*/*/*.json"))[-12:]]
        checked = [e for e in found if e["kind"] == "snapshots" and " checked " in e["key"]]
        if checked:
            rows = select("select snapshot_id from snapshots order by created_at desc limit 1")
            return str(rows[0]["snapshot_id"])
    sys.exit("demo: the snapshot DAG ended before its check; its output is in .demo/snapshot.log")


def report(snapshot_id: str) -> None:
    """What the run has to show, every number from the ledger."""
    step("What the ledger says")
    print("\nFunnel: documents in, kept, redacted, dropped, quarantined")
    show(ask("Q06"))
    print("\nSources that were refused: article, rule, evidence")
    show(
        select(
            "select source_id, stage, outcome, 'Art. ' || article as article, rule_id as rule, detail, "
            "left(lower(hex(evidence_sha256)), 12) as evidence from source_decisions where outcome <> 'keep' order by 1, 2"
        )
    )
    print("\nPersonal information by type and language, and what the rule of the type does from which score on")
    found = select(
        "select p.entity_type as type, d.lang, sum(p.n)::bigint as findings, count(distinct p.doc_id)::bigint as documents "
        "from pii_findings p join documents d using (doc_id) group by all order by findings desc, 1, 2 limit 24"
    )
    known = by_entity(rules())
    show([row | {"action": acted(known[str(row["type"])])} for row in found])
    print("\nDuplicates, with the copy that was kept (the first 12)")
    show(
        select(
            "select doc_id, kept_doc_id, round(sim_ppm / 1e6, 3) as similarity, rule_id as rule "
            "from duplicates order by doc_id limit 12"
        )
    )
    print(f"\nSnapshot  {snapshot_id}")
    show(
        select(
            "select name, version, state, use, checkpoint_size, round(max(share_ppm) / 1e4, 1) as largest_source_percent, "
            "round(max(weighted_ppm) / 1e4, 1) as by_sampling_weights from snapshots "
            "left join mixture_shares on mixture_shares.snapshot_id = snapshots.snapshot_id and axis = 'source' "
            "group by all order by max(created_at) desc limit 1"
        )
    )


def acted(rule: EntityRule) -> str:
    """What happens to the findings of a type; those below the score are only reported."""
    return f"redact from {rule.threshold_ppm / 1e6:.2f}" if rule.action == "redact" else rule.action


def main() -> None:
    """Run the demo."""
    prepare()
    govern()
    snapshot_id = snapshot()
    step("provender pull: fetch the snapshot as a model team would, and verify it")
    print(provender("pull", "demo", str(PULLED), "--from", str(LAKE)), end="")
    report(snapshot_id)
    step("provender verify: every row, entry and signature of the ledger")
    print(provender("verify", "--lake", str(LAKE)), end="")
    print(
        "\nNow try, with `.venv/bin/provender` as `provender`:\n"
        "  provender audit --lake .demo/lake --list             # the auditor's questions\n"
        "  provender audit Q04 --lake .demo/lake                # the history of one document\n"
        "  provender verify --lake .demo/lake                   # change a byte of .demo/lake/ledger first\n"
        "  provender licences explain blog-cc-by --register examples/register\n"
        '  echo \'{"id": 1, "text": "我的邮箱是li.lei@example.com谢谢"}\' | provender personal redact -'
    )
    step("done")


STARTED = time.monotonic()

if __name__ == "__main__":
    main()
