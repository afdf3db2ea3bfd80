"""The main job on `examples/`: the same decisions on every road, nothing leaked, nothing lost."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.e2e import lakes

pytestmark = [pytest.mark.e2e, pytest.mark.enable_socket]

STAGES = ["documents", "prohibited", "quality", "duplicates", "personal", "diversity"]


def test_the_ledger_of_the_run_verifies(lake: Path) -> None:
    assert lakes.provender("verify", "--lake", str(lake)).returncode == 0


def test_no_planted_personal_value_is_in_snapshot_ledger_or_pulled_folder(lake: Path) -> None:
    planted = json.loads((lakes.ROOT / "examples" / "planted.json").read_text(encoding="utf-8"))
    values = [entry["value"] for entry in planted]
    assert len(values) > 50

    leaked = {
        (path.name, value)
        for folder in (lake / "ledger", lake / "snapshots", lake / "checks", lake.parent / "pulled")
        for path, content in lakes.readable_bytes(folder)
        for value in values
        if value.encode() in content
    }

    assert leaked == set()


def test_what_must_not_be_read_was_not_read(lake: Path) -> None:
    read = {e["source_id"] for e in lakes.entries(lake) if e["kind"] == "decisions"}

    assert not read & {"scrape-no-licence", "noai-site", "blog-cc-by-nc-nd", "incomplete-registration"}
    assert {"support-chats", "forum", "blog-cc-by", "statutes-zh"} <= read


def test_airflow_and_the_command_line_decide_byte_for_byte_alike(lake: Path, tmp_path: Path) -> None:
    other = lakes.new_lake(tmp_path / "lake")
    lakes.airflow(tmp_path / "airflow", "db", "migrate")
    conf = {
        "lake": str(other),
        "run": "e2e",
        "registers": [str(lakes.REGISTER)],
        "use": "pretrain",
        "actor": "e2e",
        "workers": 1,
    }

    lakes.airflow(tmp_path / "airflow", "dags", "test", "govern", "--conf", json.dumps(conf))

    assert lakes.decisions(other) == lakes.decisions(lake)
    planted = json.loads((lakes.ROOT / "examples" / "planted.json").read_text(encoding="utf-8"))
    written = b"".join(content for _, content in lakes.readable_bytes(tmp_path / "airflow"))
    assert [p["value"] for p in planted if p["value"].encode() in written] == []


def test_a_run_killed_at_every_stage_in_turn_resumes_to_the_same_decisions(lake: Path, tmp_path: Path) -> None:
    other = lakes.new_lake(tmp_path / "lake")
    for stage in STAGES:
        lakes.kill_when(other, stage)

    subprocess.run(lakes.run_command(other), cwd=lakes.ROOT, capture_output=True, check=True)

    assert lakes.decisions(other) == lakes.decisions(lake)


def test_a_changed_byte_is_found_and_named(lake: Path, tmp_path: Path) -> None:
    subprocess.run(["cp", "-r", str(lake), str(tmp_path / "lake")], check=True)
    segment = max((tmp_path / "lake" / "ledger" / "seg" / "decisions").rglob("*.parquet"))
    content = bytearray(segment.read_bytes())
    content[len(content) // 3] ^= 1
    segment.write_bytes(bytes(content))

    done = lakes.provender("verify", "--lake", str(tmp_path / "lake"), check=False)

    assert done.returncode == 3
    assert segment.stem[:12] in done.stderr


def test_every_document_read_has_a_risk_record_that_names_its_detector(lake: Path) -> None:
    def answer(name: str) -> list[dict]:
        printed = lakes.provender("audit", name, "--lake", str(lake), "--json").stdout
        return [json.loads(line) for line in printed.splitlines()]

    kept = {row["stage"]: row["kept"] for row in answer("Q06")}["documents"]
    records, shares = answer("Q26"), answer("Q17")
    assert len({record["doc_id"] for record in records}) == len(records) == kept == sum(s["n_docs"] for s in shares)
    assert all(record["detector"].startswith("sha256:") and record["score"] is not None for record in records)
    assert {record["risk"] for record in records} > {"none"}
    assert [s["source_id"] for s in shares if s["is_above_line"]] == ["prohibited-heavy"]
