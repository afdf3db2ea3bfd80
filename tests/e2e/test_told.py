"""Airflow's own callbacks tell people: what can be pulled, what a gate stopped, what is overdue. Its assets get events."""

import json
import shutil
import sqlite3
from pathlib import Path
from threading import Thread

import pytest

from pipeline.steps import requests, telling
from pipeline.store.lake import Lake
from tests.dags.test_notices import Receiver
from tests.e2e import lakes

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch):
    with Receiver() as it:
        monkeypatch.setenv(telling.WEBHOOK, f"http://127.0.0.1:{it.server_port}/")
        Thread(target=it.serve_forever, daemon=True).start()
        yield it
        it.shutdown()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    lakes.airflow(tmp_path / "airflow", "db", "migrate")
    return tmp_path / "airflow"


def test_a_publication_is_an_event_and_is_told_and_so_is_a_gate_that_stops_the_next_one(
    lake: Path, tmp_path: Path, home: Path, receiver: Receiver
) -> None:
    place = shutil.copytree(lake, tmp_path / "lake")
    conf = {"lake": str(place), "run": "e2e", "name": "corpus", "use": "pretrain", "actor": "e2e", "approvals": "keys"}
    lakes.airflow(home, "dags", "test", "snapshot", "--conf", json.dumps(conf))
    assert receiver.lines == [{"event": "published", "text": "corpus@1 can be pulled"}]
    with sqlite3.connect(home / "airflow.db") as connection:
        ((uri, extra),) = connection.execute(
            "select a.uri, e.extra from asset_event e join asset a on a.id = e.asset_id"
        ).fetchall()
    assert uri.rstrip("/") == "provender://approved"
    assert json.loads(extra) == {"snapshot_id": "corpus@1", "state": "approved"}

    name = str(requests.open_request(Lake(place), "delete", actor="desk")["request_id"])
    requests.withdraw(Lake(place), name, [min(lakes.doc_ids(lake.parent / "pulled"))], actor="desk")
    lakes.airflow(home, "dags", "test", "snapshot", "--conf", json.dumps(conf), check=False)

    last = receiver.lines[-1]
    assert last["event"] == "gate failed"
    assert last["text"].startswith(
        "corpus@1 cannot be approved: gate members: 1 of 19 expectations failed: n_withdrawn 1"
    )


def test_an_overdue_request_is_told_and_a_lake_that_is_not_there_fails(
    tmp_path: Path, home: Path, receiver: Receiver
) -> None:
    opened = requests.open_request(Lake(tmp_path / "lake"), "delete", actor="desk", received_us=1)
    for folder, event in (("lake", f"1 requests are overdue: {opened['request_id']}"), ("none", "no ledger in this")):
        conf = json.dumps({"lake": str(tmp_path / folder)})
        lakes.airflow(home, "tasks", "test", "requests", "overdue", "2026-11-26", "--task-params", conf, check=False)
        assert receiver.lines[-1]["event"] == "overdue"
        assert receiver.lines[-1]["text"].startswith(event)
