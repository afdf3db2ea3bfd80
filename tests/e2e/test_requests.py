"""A person's number is found in released snapshots, erased, and proven gone: what docs/requests.md walks through."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e import lakes

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]


@pytest.fixture
def copy(lake: Path, tmp_path: Path) -> Path:
    """The finished lake, to change."""
    other = tmp_path / "lake"
    shutil.copytree(lake, other)
    return other


def ask(lake: Path, *arguments: str, given: str | None = None) -> list[dict]:
    done = lakes.provender("requests", *arguments, "--lake", str(lake), given=given)
    return [json.loads(line) for line in done.stdout.splitlines()]


def planted(kind: str) -> str:
    listed = json.loads((lakes.ROOT / "examples" / "planted.json").read_text(encoding="utf-8"))
    return next(one["value"] for one in listed if one["type"] == kind)


def test_a_person_is_found_withdrawn_and_erased_and_the_snapshot_replaced(
    lake: Path, copy: Path, tmp_path: Path
) -> None:
    pulled = lake.parent / "pulled"
    (opened,) = ask(copy, "open", "delete", "--received", "2026-11-20")
    assert opened["due_at_us"].startswith("2026-12-05")
    name = opened["request_id"]

    found = ask(copy, "find", name, "--type", "CN_MOBILE", given=planted("CN_MOBILE"))
    assert {row["source_id"] for row in found} == {"support-chats"}
    assert all(row["snapshots"] == ["corpus@1"] for row in found)
    listed = tmp_path / "found.jsonl"
    listed.write_text("".join(json.dumps(row) + "\n" for row in found))
    ids = {row["doc_id"] for row in found}

    (withdrawn,) = ask(copy, "withdraw", name, "--docs", str(listed))
    assert withdrawn == {"corpus@1": len(ids)}

    refused = lakes.provender("snapshot", "check", "corpus@1", "--lake", str(copy), check=False)
    assert refused.returncode == 1
    assert "n_withdrawn" in refused.stderr

    (erased,) = ask(copy, "erase", name)
    assert erased["snapshots"] == {"corpus@1": "corpus@2"}
    assert erased["sources"] == ["support-chats"]
    changed = lakes.provender("diff", "corpus@1", "corpus@2", "--lake", str(copy), "--json").stdout.splitlines()
    assert {(row["change"], row["source_id"], row["reason"]) for row in map(json.loads, changed)} == {
        ("removed", "support-chats", "REQ.R005")
    }
    assert lakes.provender("pull", "corpus@1", str(tmp_path / "old"), "--from", str(copy), check=False).returncode == 1
    assert ask(copy, "find", name, "--type", "CN_MOBILE", given=planted("CN_MOBILE")) == []

    assert ask(copy, "purge", "--now") == [{"objects_deleted": 1}]
    lakes.provender("snapshot", "check", "corpus@2", "--lake", str(copy))
    for person, role in (("alice", "data-owner"), ("bob", "compliance")):
        key = copy / "private" / "keys" / f"{person}.key"
        lakes.provender("approve", "corpus@2", "--lake", str(copy), "--as", person, "--role", role, "--key", str(key))
    lakes.provender("snapshot", "publish", "corpus@2", "--lake", str(copy))
    lakes.provender("pull", "corpus", str(tmp_path / "new"), "--from", str(copy))
    assert lakes.doc_ids(tmp_path / "new") == lakes.doc_ids(pulled) - ids

    ask(copy, "close", name, "deleted", "--receipt", str(tmp_path))
    assert "documents_withdrawn" in (tmp_path / f"{name}.txt").read_text()
    assert lakes.provender("verify", "--lake", str(copy)).returncode == 0


PAGE = (lakes.ROOT / "docs" / "requests.md").read_text(encoding="utf-8")


def test_every_command_of_the_page_finds_erases_and_proves_a_number_of_three_snapshots(
    copy: Path, tmp_path: Path
) -> None:
    for name in ("chat", "talk"):
        given = ["--lake", str(copy), "--run", "e2e", "--name", name, "--use", "pretrain", "--actor", "e2e"]
        lakes.provender("snapshot", "freeze", *given)
    (tmp_path / "number.txt").write_text(planted("CN_MOBILE"))
    opening, find, *rest = re.findall(r"```sh\n(.*?)\n```", PAGE, re.DOTALL)
    name = json.loads(shell(opening, tmp_path, copy, "").stdout)["request_id"]
    shell(find, tmp_path, copy, name)
    found = [json.loads(line) for line in (tmp_path / "found.jsonl").read_text().splitlines()]
    assert {"chat@1", "corpus@1", "talk@1"} == {one for row in found for one in row["snapshots"]}
    prove = next(command for command in rest if " prove " in command)
    before = shell(prove, tmp_path, copy, name)
    assert before.returncode == 1
    assert "the identifier stands in" in before.stderr

    done = {command.split()[2]: shell(command, tmp_path, copy, name) for command in rest}

    assert list(done) == ["withdraw", "erase", "purge", "prove", "close"]
    assert [one.returncode for one in done.values()] == [0] * 5, [one.stderr for one in done.values()]
    replaced = {"chat@1": "chat@2", "corpus@1": "corpus@2", "talk@1": "talk@2"}
    assert json.loads(done["erase"].stdout)["snapshots"] == replaced
    said = json.loads(done["prove"].stdout)
    assert (said["files_holding"], said["files_searched"] > 100) == (0, True)
    assert (tmp_path / "receipts" / f"{name}.txt").is_file()


def shell(command: str, folder: Path, lake: Path, request: str) -> subprocess.CompletedProcess[str]:
    """A command of the page, as a person would type it."""
    typed = command.replace("LAKE", str(lake)).replace("req-12ab34cd56", request)
    environment = {**os.environ, "PATH": f"{lakes.BIN}:{os.environ['PATH']}"}
    return subprocess.run(
        ["bash", "-c", typed], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def test_no_byte_of_the_lake_holds_what_was_erased_and_the_next_run_does_not_take_it_in_again(copy: Path) -> None:
    value = planted("CN_MOBILE")
    name = ask(copy, "open", "delete")[0]["request_id"]
    found = ask(copy, "find", name, "--type", "CN_MOBILE", given=value)
    arguments = [part for row in found for part in ("--doc", str(row["doc_id"]))]
    texts = lakes.texts(copy, {row["doc_id"] for row in found})
    assert len(texts) >= 2  # before and after redaction

    ask(copy, "withdraw", name, *arguments)
    ask(copy, "erase", name)
    ask(copy, "purge", "--now")

    again = lakes.run_command(copy, run="again")
    subprocess.run(again, cwd=lakes.ROOT, capture_output=True, check=True)
    held = {path for path, content in lakes.readable_bytes(copy) for text in texts if text.encode() in content}
    assert held == set()
    rules = {
        row["rule_id"]
        for path in sorted((copy / "ledger/seg/decisions").rglob("*.parquet"))
        for row in lakes.rows(path)
    }
    assert "DOC.R033" in rules
