"""The register is evidence: versions, hashes, warnings, and nothing that changes in between."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import InputMalformed, InputMissing, RunChanged, SourceRefused
from pipeline.ledger import queries, views
from pipeline.steps import comparing, register, registering, runs
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.steps import registers


def started(lake: Path, *folders: Path, run: str = "first") -> dict[str, int]:
    return registering.sources(Lake(lake), run=run, registers=[str(f) for f in folders], use="pretrain", actor="tests")


def asked(lake: Path, name: str, **values: object) -> list[dict[str, object]]:
    with views.connect(Lake(lake).ledger) as connection:
        return queries.run(connection, name, values).to_pylist()


def test_a_changed_registration_is_a_new_version_and_an_unchanged_one_keeps_its_number(tmp_path: Path) -> None:
    lake, folder = tmp_path / "lake", registers.write(tmp_path / "r", "a", "b")
    started(lake, folder)
    started(lake, folder, run="second")
    path = folder / "a.toml"
    path.write_text(
        path.read_text().replace('"Tea"', '"Green tea"').replace("[files]", "[[upstream]]\nid='b'\n[files]")
    )
    started(lake, folder, run="third")
    (folder / "LICENSE").write_text("SPDX-License-Identifier: MIT\nCopyright a")
    started(lake, folder, run="fourth")

    assert {source: list(registering.versions(Lake(lake), source)) for source in "ab"} == {"a": [1, 2, 3], "b": [1, 2]}
    assert [row["version"] for row in asked(lake, "Q33") if row["source_id"] == "a"] == [1, 2, 3]
    changed = comparing.versions(Lake(lake), "a", 1, 2)
    assert [(c.field, c.before, c.after) for c in changed] == [
        ("name", "Tea", "Green tea"),
        ("upstream.0.id", None, "b"),
    ]
    assert [c.field for c in comparing.versions(Lake(lake), "a", None, None)] == ["licence.text_file (bytes)"]


def test_a_commercial_run_refuses_what_is_registered_for_other_uses(tmp_path: Path) -> None:
    folder = registers.write(tmp_path / "r", "a", "b")
    said = (folder / "a.toml").read_text().replace("is_commercial = true", "is_commercial = false")
    (folder / "a.toml").write_text(said)
    lake = Lake(tmp_path / "lake")
    decided = {}
    for name, is_commercial in (("sold", True), ("studied", False)):
        registering.sources(
            lake, run=name, registers=[str(folder)], use="pretrain", actor="tests", is_commercial=is_commercial
        )
        rows = parquet.read(lake.run(name) / "decisions-sources.parquet").to_pylist()
        decided[name] = [(row["source_id"], row["outcome"], row["rule_id"]) for row in rows]
    assert decided["sold"] == [("a", "quarantine", "SRC.R023"), ("b", "keep", "SRC.R000")]
    assert decided["studied"] == [("a", "keep", "SRC.R000"), ("b", "keep", "SRC.R000")]


def test_what_is_not_there_cannot_be_compared(tmp_path: Path) -> None:
    lake, folder = tmp_path / "lake", registers.write(tmp_path / "r", "a")
    started(lake, folder)
    assert comparing.versions(Lake(lake), "a", None, None) == []
    with pytest.raises(InputMissing):
        comparing.versions(Lake(lake), "a", 1, 7)
    with pytest.raises(InputMissing):
        comparing.versions(Lake(lake), "zero", None, None)


def test_two_folders_are_compared_by_source(tmp_path: Path) -> None:
    old, new = (
        registers.write(tmp_path / "old", "a", "b"),
        registers.write(tmp_path / "new", "a", more="domain = 'tea'"),
    )
    changed = comparing.folders(old, new)
    assert [c.field for c in changed if c.source_id == "a"] == ["domain"]
    assert {c.after for c in changed if c.source_id == "b"} == {None}


@pytest.mark.parametrize("changed", ["a.toml", "LICENSE", "opt-outs/l.csv"])
def test_a_register_that_changes_between_two_steps_stops_the_run(tmp_path: Path, changed: str) -> None:
    lake, folder = tmp_path / "lake", registers.write(tmp_path / "r", "a")
    (folder / "opt-outs").mkdir()
    (folder / "opt-outs" / "l.csv").write_text("kind,value\n")
    started(lake, folder)
    path = folder / changed
    before = path.read_bytes()
    path.write_bytes(before + b"\n")
    context = runs.load(Lake(lake), "first")

    with pytest.raises(RunChanged):
        register.licences(context)
    path.write_bytes(before)
    assert len(registering.read_again(context)) == 1


def test_evidence_is_kept_as_the_bytes_that_were_read(tmp_path: Path) -> None:
    lake, folder = tmp_path / "lake", registers.write(tmp_path / "r", "a")
    content = "SPDX-License-Identifier: MIT 许可".encode("gb18030")
    (folder / "LICENSE").write_bytes(content)
    started(lake, folder)
    assert registering.evidence_path(Lake(lake), registering.sha256(content)).read_bytes() == content
    digest = registering.sha256((folder / "a.toml").read_bytes())
    assert registering.evidence_path(Lake(lake), digest).is_file()


def test_what_will_stop_new_runs_is_counted_and_in_the_ledger_with_its_day(tmp_path: Path) -> None:
    lake, folder = tmp_path / "lake", registers.write(tmp_path / "r", "a", "b", more="recheck_at = 2999-01-01")
    day = str(datetime.now(UTC).date() + timedelta(days=3))
    (folder / "a.toml").write_text((folder / "a.toml").read_text().replace("2999-01-01", day))
    assert started(lake, folder)["warnings"] == 1
    got = asked(lake, "Q32", run="first")
    assert [(row["source_id"], row["detail"], str(row["due_at"])[:10]) for row in got] == [("a", "recheck_at", day)]


def test_a_chain_that_breaks_is_in_the_ledger_and_refuses_its_source(tmp_path: Path) -> None:
    lake, folder = tmp_path / "lake", registers.write(tmp_path / "r", "a", more="upstream = [{id = 'gone'}]")
    assert started(lake, folder) == {"sources": 1, "kept": 0, "refused": 1, "warnings": 0}
    assert [(row["upstream_id"], row["problem"]) for row in asked(lake, "Q35", run="first")] == [("gone", "missing")]


def test_a_list_that_cannot_be_read_stops_the_run_before_it_starts(tmp_path: Path) -> None:
    folder = registers.write(tmp_path / "r", "a")
    (folder / "opt-outs").mkdir()
    (folder / "opt-outs" / "l.csv").write_text("kind,value\ndomain,nonsense\n")
    with pytest.raises(InputMalformed, match=r"l\.csv line 2"):
        started(tmp_path / "lake", folder)
    assert not (tmp_path / "lake").exists()


def test_a_source_in_two_registers_is_refused(tmp_path: Path) -> None:
    folders = [registers.write(tmp_path / name, "a") for name in ("r", "s")]
    with pytest.raises(SourceRefused):
        started(tmp_path / "lake", *folders)
