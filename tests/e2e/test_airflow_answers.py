"""A real Airflow asks two people over REST: the ledger names whom Airflow authenticated, and a rejection stops it."""

import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipeline.errors import NotApproved
from tests.e2e import lakes

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

PEOPLE = {"alice": "alice-says-so", "bob": "bob-says-so"}
PATIENCE_SECONDS = 300
READING_SECONDS = 5
"""Airflow 3.3 asks again when the answer is quicker than the worker that asked leaves the task."""
RUNS = "/api/v2/dags/snapshot/dagRuns"


@dataclass(frozen=True)
class Server:
    """Airflow's API server, with its scheduler, DAG processor and triggerer."""

    url: str

    def call(self, method: str, path: str, body: object = None, token: str | None = None) -> Any:
        """One call, decoded."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = httpx.request(method, self.url + path, json=body, headers=headers, timeout=60)
        return answer.raise_for_status().json()

    def login(self, person: str) -> str:
        """A token of theirs."""
        given = {"username": person, "password": PEOPLE[person]}
        return str(self.call("POST", "/auth/token", given)["access_token"])

    def run_of(self, path: str, token: str) -> Any:
        """What Airflow says of a run of the DAG, or of something in it."""
        return self.call("GET", f"{RUNS}/{path}", token=token)


def until(found: Callable[[], Any]) -> Any:
    """What is there at last; an error of the server means not yet."""
    last = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < last:
        try:
            if (one := found()) is not None:
                return one
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    pytest.fail(f"nothing within {PATIENCE_SECONDS} s")


def free_port() -> int:
    with socket.socket() as it:
        it.bind(("127.0.0.1", 0))
        return int(it.getsockname()[1])


def ended(running: subprocess.Popen[bytes]) -> None:
    """Stop a process and all that it started."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(running.pid, how)
        with suppress(subprocess.TimeoutExpired):
            running.wait(20)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home, port = tmp_path_factory.mktemp("airflow"), free_port()
    (home / "passwords.json").write_text(json.dumps(PEOPLE))
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": url,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": ",".join(f"{person}:op" for person in PEOPLE),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "PATH": f"{lakes.BIN}{os.pathsep}{os.environ['PATH']}",
    }
    with (home / "log").open("wb") as log:
        running = subprocess.Popen(
            ["bash", lakes.ROOT / "dags/standalone.sh"], cwd=lakes.ROOT, env=environment, stdout=log, stderr=log,
            start_new_session=True,
        )  # fmt: skip
    try:
        it = Server(url)
        token = until(lambda: it.login("alice"))
        until(lambda: it.call("PATCH", "/api/v2/dags/snapshot", {"is_paused": False}, token))
        yield it
    finally:
        ended(running)


@pytest.mark.parametrize("second", ["Approve", "Reject"])
def test_two_people_answer_over_rest_and_the_ledger_names_them(
    second: str, server: Server, lake: Path, tmp_path: Path
) -> None:
    place, run_id, name = shutil.copytree(lake, tmp_path / "lake"), f"asked-{second}", f"asked{second}"
    alice, bob = server.login("alice"), server.login("bob")
    conf = {"lake": str(place), "run": "e2e", "name": name, "use": "pretrain", "actor": "e2e"}
    given = {"dag_run_id": run_id, "logical_date": None, "conf": conf}
    server.call("POST", RUNS, given, alice)

    for token, role, decision in ((alice, "data_owner", "Approve"), (bob, "compliance", second)):
        told = {"chosen_options": [decision], "params_input": {"reason": f"{decision} it is"}}
        asked = f"Approve {name}@1 as {role.replace('_', '-')}?"
        until(partial(answered, server, f"{run_id}/taskInstances/ask_{role}", asked, told, token))

    approvals = until(lambda: two(place, name))
    assert [(one["actor"], one["decision"], one["reason"]) for one in approvals] == [
        ("alice", "approve", "Approve it is"),
        ("bob", second.lower(), f"{second} it is"),
    ]
    if second == "Approve":
        until(lambda: server.run_of(run_id, alice)["state"] == "success" or None)
        lakes.provender("pull", name, str(tmp_path / "pulled"), "--from", str(place))
    else:
        refused = lakes.provender("pull", name, str(tmp_path / "pulled"), "--from", str(place), check=False)
        assert refused.returncode == NotApproved.exit_code, refused.stderr


def answered(server: Server, task: str, asked: str, told: object, token: str) -> bool | None:
    """Answer a question that is waiting, as often as it is asked; whether it was heard."""
    state = server.run_of(task, token)["state"]
    if state == "awaiting_input":
        time.sleep(READING_SECONDS)
        assert server.run_of(f"{task}/-1/hitlDetails", token)["subject"] == asked
        server.call("PATCH", f"{RUNS}/{task}/-1/hitlDetails", told, token)
    return True if state == "success" else None


def two(lake: Path, name: str) -> list[dict[str, Any]] | None:
    """The approvals of a snapshot, once there are two."""
    rows = [
        row
        for entry in lakes.entries(lake)
        if entry["kind"] == "approvals"
        for row in lakes.rows(lake / "ledger" / entry["path"])
        if row["snapshot_id"] == f"{name}@1"
    ]
    return rows if len(rows) == 2 else None
