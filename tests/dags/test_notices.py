"""What was withdrawn is told once: as an event of an asset for DAGs, as a line for people."""

import json
import sqlite3
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from pipeline.snapshots import withdrawing
from pipeline.steps import telling
from tests.e2e import lakes
from tests.snapshots.test_snapshots import World, world
from tests.snapshots.test_withdrawing import ids, order

__all__ = ["world"]


def test_a_notice_is_news_until_it_is_told(world: World) -> None:
    world.publish()
    root = str(world.lake.root)
    assert telling.news(root) == []
    withdrawing.withdraw(world.lake, ids(3, 4), order())

    (new,) = telling.news(root)
    assert new == {
        "number": 1, "reason": "REQ.R005", "severity": "stop-use", "documents": {"corpus@1": 2}, "replaced_by": {},
        "text": "stop-use (REQ.R005): 2 of corpus@1",
    }  # fmt: skip
    telling.told(root, [new])

    assert telling.news(root) == []
    withdrawing.withdraw(world.lake, ids(5), order(request="req-2"))
    assert [one["number"] for one in telling.news(root)] == [2]


@pytest.mark.enable_socket
def test_without_a_receiver_the_line_says_that_nobody_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(telling.WEBHOOK, raising=False)
    assert telling.tell("overdue", "2 requests") == (
        '{"event": "overdue", "text": "2 requests"} (PROVENDER_WEBHOOK is not set: nobody was told)'
    )
    monkeypatch.setenv(telling.WEBHOOK, "http://127.0.0.1:9/none")
    assert "the receiver is away" in telling.tell("overdue", "2 requests")


class Receiver(HTTPServer):
    """Keeps what it is told."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lines: list[dict] = []


class Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        self.server.lines.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.mark.e2e
@pytest.mark.enable_socket
def test_airflow_gives_the_asset_its_event_and_the_notifier_tells(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.publish()
    withdrawing.withdraw(world.lake, ids(3), order())
    home, conf = tmp_path / "airflow", json.dumps({"lake": str(world.lake.root)})
    lakes.airflow(home, "db", "migrate")
    with Receiver() as receiver:
        monkeypatch.setenv(telling.WEBHOOK, f"http://127.0.0.1:{receiver.server_port}/")
        Thread(target=receiver.serve_forever, daemon=True).start()
        for _ in range(2):
            lakes.airflow(home, "dags", "test", "notices", "--conf", conf)
        receiver.shutdown()

    assert [line["event"] for line in receiver.lines] == ["withdrawn"]
    assert receiver.lines[0]["text"] == "stop-use (REQ.R005): 1 of corpus@1"
    with sqlite3.connect(home / "airflow.db") as connection:
        events = connection.execute(
            "select a.uri, e.extra from asset_event e join asset a on a.id = e.asset_id"
        ).fetchall()
    ((uri, extra),) = events
    assert uri.rstrip("/") == "provender://withdrawn"
    assert json.loads(extra)["notices"][0]["documents"] == {"corpus@1": 1}
