"""Requests: registered without a name, due by their kind, overdue out loud."""

from pathlib import Path

import pytest

from pipeline.errors import GateFailed, InputMissing, UsageError
from pipeline.ledger import log
from pipeline.rules.requests import DAY_US, reasons
from pipeline.steps import finding, requests
from pipeline.store.lake import Lake

AT = 1_800_000_000_000_000


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


@pytest.mark.parametrize("kind", list(reasons()))
def test_a_request_is_due_as_its_kind_says_and_holds_nobody(lake: Lake, kind: str) -> None:
    opened = requests.open_request(lake, kind, actor="desk", received_us=AT)

    assert opened["due_at_us"] == AT + reasons()[kind].due_days * DAY_US
    assert set(requests.request(lake, str(opened["request_id"]))) == {
        "request_id", "kind", "received_at_us", "due_at_us", "closed_at_us", "outcome",
    }  # fmt: skip


def test_an_overdue_request_is_named_until_it_is_closed(lake: Lake) -> None:
    name = str(requests.open_request(lake, "delete", actor="desk", received_us=AT)["request_id"])
    root, due = str(lake.root), AT + 15 * DAY_US

    assert requests.require_none_overdue(root, now_us=due) == 1
    with pytest.raises(GateFailed, match=name):
        requests.require_none_overdue(root, now_us=due + 1)
    requests.close(lake, name, "deleted", actor="desk")

    assert requests.require_none_overdue(root, now_us=due + 1) == 0
    assert [e["key"] for e in log.entries(lake.ledger, kind="subject_requests")] == [f"open {name}", f"close {name}"]


@pytest.mark.parametrize("kind", ["review", "copy", "complaint"])
def test_a_request_that_removes_nothing_withdraws_nothing(lake: Lake, kind: str) -> None:
    name = str(requests.open_request(lake, kind, actor="desk")["request_id"])

    with pytest.raises(UsageError, match="removes nothing"):
        requests.withdraw(lake, name, [1], actor="desk")


def test_only_what_was_withdrawn_is_erased_and_only_for_reasons_that_erase(lake: Lake) -> None:
    delete = str(requests.open_request(lake, "delete", actor="desk")["request_id"])
    notice = str(requests.open_request(lake, "rights-notice", actor="desk")["request_id"])

    with pytest.raises(UsageError, match="nothing was withdrawn"):
        requests.erase(lake, delete, actor="desk")
    with pytest.raises(UsageError, match="does not erase"):
        requests.erase(lake, notice, actor="desk")
    with pytest.raises(InputMissing, match="no request req-x"):
        requests.close(lake, "req-x", "done", actor="desk")


def test_a_look_up_is_an_entry_with_counts_and_without_the_identifier(lake: Lake) -> None:
    name = str(requests.open_request(lake, "review", actor="desk")["request_id"])

    found = finding.by_identifier(lake, name, "13800138000", "CN_MOBILE", actor="desk")

    assert found.num_rows == 0
    (entry,) = log.entries(lake.ledger, kind="subject_lookups")
    assert entry["actor"] == "desk"
    assert not any(b"13800138000" in path.read_bytes() for path in lake.root.rglob("*") if path.is_file())
