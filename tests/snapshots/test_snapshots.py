"""Snapshots: frozen the same twice, approved by two people, and nothing changed ever gets through."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from pipeline.errors import EvidenceBroken, EvidenceMissing, InputMalformed, InputMissing, NotApproved, UsageError
from pipeline.ledger import keys, log, verify
from pipeline.schemas import DOCUMENTS, conform
from pipeline.snapshots import (
    approve,
    freeze,
    layout,
    mark_checked,
    publish,
    publishing,
    pull,
    states,
    status,
    trust,
    withdraw,
)
from pipeline.snapshots.freezing import Frozen
from pipeline.steps import snapshots as steps
from pipeline.store import parquet
from pipeline.store.lake import Lake

LICENCES = {"law": "CC0-1.0", "wiki": "CC-BY-4.0"}
CREDITS = {"wiki": "The Example | Wiki\nauthors"}
ROLES = (("notary", "notary"), ("alice", "data-owner"), ("bob", "compliance"), ("carol", "data-owner"))


@dataclass(frozen=True)
class World:
    lake: Lake
    batches: list[Path]

    def freeze(self, name: str = "corpus", actor: str = "engineer", **more: object) -> Frozen:
        given = {"name": name, "run": "r1", "use": "pretrain", "documents": self.batches, "licences": LICENCES}
        return freeze(self.lake, **(given | {"attributions": CREDITS, "at_us": 1_000, "actor": actor} | more))

    def approve(self, snapshot: str, actor: str, role: str, **more: object) -> int:
        key = keys.private_path(self.lake.private / "keys", actor)
        return approve(self.lake, snapshot, **({"actor": actor, "role": role, "key": key, "at_us": 3_000} | more))

    def publish(self, **more: object) -> Frozen:
        frozen = self.freeze(**more)
        mark_checked(self.lake, frozen.snapshot_id, at_us=2_000, is_success=True)
        self.approve(frozen.snapshot_id, "alice", "data-owner")
        self.approve(frozen.snapshot_id, "bob", "compliance")
        return publish(self.lake, frozen.snapshot_id, at_us=4_000)

    def publish_again(self, snapshot: str, at_us: int = 9_500) -> None:
        """Check, approve and publish what is frozen already."""
        mark_checked(self.lake, snapshot, at_us=at_us, is_success=True)
        for actor, role in (("alice", "data-owner"), ("bob", "compliance")):
            self.approve(snapshot, actor, role, at_us=at_us)
        publish(self.lake, snapshot, at_us=at_us)

    def pull(self, to: Path, wanted: str = "corpus", **more: object):
        return pull(self.lake.root, wanted, to, **({"puller": "team-a", "at_us": 5_000} | more))


def documents(path: Path, source: str, first: int, texts: list[str]) -> Path:
    n = len(texts)
    given = {
        "doc_id": [first + i for i in range(n)],
        "source_id": [source] * n,
        "text": texts,
        "lang": ["zh" if any(c > "\u2fff" for c in t) else "en" for t in texts],
        "content_hmac": [bytes(32)] * n,
        "locator": ["private"] * n,
    }
    parquet.write(path, conform(given, DOCUMENTS))
    return path


@pytest.fixture
def world(tmp_path: Path) -> World:
    lake = Lake(tmp_path / "lake")
    for name, role in ROLES:
        keys.trust(lake.ledger, keys.generate(lake.private / "keys", name).vkey, role=role, at_us=1, actor=name)
    texts = [f"An English text, number {i}. " * 40 for i in range(30)]
    batches = [
        documents(tmp_path / "b2.parquet", "wiki", 2 << 32, texts),
        documents(
            tmp_path / "b0.parquet",
            "law",
            5 << 32,
            ["第一条　为了促进健康发展。", "第二条　本办法适用于。", "Article 3."],
        ),
        documents(tmp_path / "empty.parquet", "wiki", 9 << 32, []),
    ]
    return World(lake=lake, batches=batches)


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def change(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at % len(content)] ^= 1
    path.unlink()
    path.write_bytes(bytes(content))


def test_the_same_documents_give_the_same_bytes_and_the_same_version(world: World, tmp_path: Path) -> None:
    first = world.freeze(shard_bytes=400)
    again = world.freeze(shard_bytes=400, at_us=9_999, actor="somebody-else")

    assert again == first
    other = Lake(tmp_path / "other")
    shutil.copytree(world.lake.ledger, other.ledger)
    elsewhere = World(lake=other, batches=world.batches[::-1]).freeze(name="twin", shard_bytes=400)
    same = {n for n, b in tree(first.folder).items() if tree(elsewhere.folder).get(n) == b}
    assert {n for n in tree(first.folder) if n.startswith("data/")} | {"members.parquet"} <= same
    assert world.freeze(documents=world.batches[:1]).version == "2"


def test_shards_ascend_by_source_then_document_and_members_say_where(world: World) -> None:
    frozen = world.freeze(shard_bytes=400)

    shards = sorted((frozen.folder / "data").iterdir())
    assert len(shards) > 1
    found = pa.concat_tables([pq.read_table(s) for s in shards])
    assert found.column_names == ["doc_id", "text", "lang", "source_id", "licence"]
    order = list(zip(found["source_id"].to_pylist(), found["doc_id"].to_pylist(), strict=True))
    assert order == sorted(order)
    for row in pq.read_table(frozen.folder / "members.parquet").to_pylist():
        assert pq.read_table(frozen.folder / row["shard"])["doc_id"][row["row"]].as_py() == row["doc_id"]


def test_a_source_without_a_licence_is_never_frozen(world: World) -> None:
    with pytest.raises(EvidenceMissing, match="law"):
        world.freeze(licences={"wiki": "CC-BY-4.0"})


def test_documents_twice_or_out_of_order_or_none_are_refused(world: World, tmp_path: Path) -> None:
    twice = documents(tmp_path / "b3.parquet", "other", 2 << 32, ["again"])
    with pytest.raises(InputMalformed, match="two batches"):
        world.freeze(documents=[world.batches[0], twice], licences={**LICENCES, "other": "MIT"})
    with pytest.raises(InputMalformed, match="overlap"):
        world.freeze(documents=[world.batches[0], world.batches[0]])
    with pytest.raises(InputMissing):
        world.freeze(documents=world.batches[2:])
    with pytest.raises(UsageError):
        world.freeze(name="../out")
    assert not list(world.lake.snapshots.glob(".freeze-*"))


def test_two_people_in_two_roles_publish_and_a_team_reads_what_was_frozen(world: World, tmp_path: Path) -> None:
    world.publish()
    receipt = world.pull(tmp_path / "got")

    assert (receipt.snapshot_id, receipt.rows) == ("corpus@1", 33)
    assert list(receipt.approved_by) == ["alice (data-owner)", "bob (compliance)"]
    assert status(tmp_path / "got", origin=world.lake.root) == status(tmp_path / "got")
    assert verify.verify(world.lake.ledger).unsigned == 1  # the pull
    texts = [t for b in world.batches for t in pq.read_table(b)["text"].to_pylist()]
    assert sorted(ds.dataset(tmp_path / "got/data").to_table()["text"].to_pylist()) == sorted(texts)
    sql = f"select text from read_parquet('{tmp_path}/got/data/*.parquet') where lang = 'zh' order by doc_id"
    assert [t for (t,) in duckdb.sql(sql).fetchall()] == ["第一条　为了促进健康发展。", "第二条　本办法适用于。"]
    assert "| wiki | CC-BY-4.0 | 30 | The Example \\| Wiki authors |" in (tmp_path / "got/ATTRIBUTION.md").read_text()


def test_hugging_face_datasets_reads_the_pulled_folder(world: World, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    world.publish()
    world.pull(tmp_path / "got")
    got = datasets.load_dataset(str(tmp_path / "got"), cache_dir=str(tmp_path / "cache"), split="train")
    assert got.num_rows == 33
    assert got[0]["text"] == "第一条　为了促进健康发展。"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "none by"),
        ([("alice", "data-owner")], "none by compliance"),
        ([("alice", "data-owner"), ("alice", "data-owner")], "none by compliance"),
        ([("alice", "data-owner"), ("carol", "data-owner")], "none by compliance"),
    ],
)
def test_less_than_two_people_in_two_roles_is_not_published(world: World, given, message: str) -> None:
    frozen = world.freeze()
    mark_checked(world.lake, frozen.snapshot_id, at_us=2, is_success=True)
    for actor, role in given:
        world.approve(frozen.snapshot_id, actor, role)
    with pytest.raises(NotApproved, match=message):
        publish(world.lake, frozen.snapshot_id, at_us=4)


def test_one_person_under_two_names_is_one_person(world: World) -> None:
    key = keys.load(world.lake.private / "keys", "alice")
    twin = keys.Key("eve", key.private)
    listed = [{"vkey": key.vkey, "role": "data-owner"}, {"vkey": twin.vkey, "role": "compliance"}]
    given = [trust.Approval(seq=0, key=k, signature=b"") for k in trust.trusted(listed)]
    with pytest.raises(NotApproved, match="same person"):
        trust.require_four_eyes(given)


def test_an_answer_given_in_airflow_is_signed_with_the_key_kept_for_that_person(world: World) -> None:
    frozen = world.freeze()
    mark_checked(world.lake, frozen.snapshot_id, at_us=2_000, is_success=True)
    root = str(world.lake.root)

    steps.answer(root, frozen.snapshot_id, role="data-owner", actor="alice", decision="approve", reason="")
    for actor, error in (("", NotApproved), ("mallory", InputMissing), ("carol", NotApproved), ("alice", NotApproved)):
        with pytest.raises(error):
            steps.answer(root, frozen.snapshot_id, role="compliance", actor=actor, decision="approve", reason="")

    assert steps.approvals(root, frozen.snapshot_id) == 1
    steps.answer(root, frozen.snapshot_id, role="compliance", actor="bob", decision="reject", reason="too small")
    with pytest.raises(NotApproved, match="rejected by bob"):
        steps.approvals(root, frozen.snapshot_id)


def test_unknown_keys_foreign_roles_and_authors_cannot_approve(world: World, tmp_path: Path) -> None:
    frozen = world.freeze(actor="alice")
    mark_checked(world.lake, frozen.snapshot_id, at_us=2, is_success=True)
    keys.generate(tmp_path, "mallory")
    with pytest.raises(NotApproved, match="does not know key"):
        world.approve(frozen.snapshot_id, "mallory", "compliance", key=tmp_path / "mallory.key")
    with pytest.raises(NotApproved, match="not of bob as data-owner"):
        world.approve(frozen.snapshot_id, "bob", "data-owner")
    with pytest.raises(NotApproved, match="alice made"):
        world.approve(frozen.snapshot_id, "alice", "data-owner")
    with pytest.raises(UsageError):
        world.approve(frozen.snapshot_id, "notary", "notary")


def test_what_is_not_checked_or_failed_its_check_cannot_be_approved_or_pulled(world: World, tmp_path: Path) -> None:
    frozen = world.freeze()
    with pytest.raises(NotApproved, match="not checked"):
        world.approve(frozen.snapshot_id, "alice", "data-owner")
    mark_checked(world.lake, frozen.snapshot_id, at_us=2, is_success=True)
    world.approve(frozen.snapshot_id, "alice", "data-owner")
    world.approve(frozen.snapshot_id, "bob", "compliance")
    mark_checked(world.lake, frozen.snapshot_id, at_us=2, is_success=False)
    with pytest.raises(NotApproved, match="refused"):
        publish(world.lake, frozen.snapshot_id, at_us=4)
    with pytest.raises(NotApproved, match="not published"):
        world.pull(tmp_path / "got")


def test_the_last_word_of_a_person_holds_and_a_rejection_stops_it(world: World) -> None:
    frozen = world.freeze()
    mark_checked(world.lake, frozen.snapshot_id, at_us=2, is_success=True)
    world.approve(frozen.snapshot_id, "alice", "data-owner")
    with pytest.raises(UsageError, match="reason"):
        world.approve(frozen.snapshot_id, "bob", "compliance", decision="reject")
    world.approve(frozen.snapshot_id, "bob", "compliance", decision="reject", reason="sample failed")
    with pytest.raises(NotApproved, match="rejected by bob"):
        publish(world.lake, frozen.snapshot_id, at_us=4)
    world.approve(frozen.snapshot_id, "bob", "compliance")
    assert publish(world.lake, frozen.snapshot_id, at_us=4) == publish(world.lake, frozen.snapshot_id, at_us=9)


@pytest.mark.parametrize("name", [layout.MANIFEST, layout.ENVELOPE, layout.EVIDENCE, "members.parquet", "README.md"])
def test_any_changed_byte_of_the_origin_is_broken_evidence(world: World, tmp_path: Path, name: str) -> None:
    frozen = world.publish()
    whole = (frozen.folder / name).read_bytes()
    for at in range(0, len(whole), max(1, len(whole) // 40)):
        change(frozen.folder / name, at)
        with pytest.raises(EvidenceBroken):
            world.pull(tmp_path / "got")
        (frozen.folder / name).write_bytes(whole)
    world.pull(tmp_path / "got")


def test_a_changed_shard_is_broken_evidence_before_and_after_the_pull(world: World, tmp_path: Path) -> None:
    frozen = world.publish()
    world.pull(tmp_path / "got")
    shard = next((frozen.folder / "data").iterdir())
    change(tmp_path / "got/data" / shard.name, 100)
    with pytest.raises(EvidenceBroken):
        status(tmp_path / "got")
    world.pull(tmp_path / "got")  # a damaged copy is fetched again
    assert status(tmp_path / "got").rows == 33
    (tmp_path / "got/data/train-99999.parquet").write_bytes(b"x")
    with pytest.raises(EvidenceBroken, match="not of the snapshot"):
        status(tmp_path / "got")
    change(shard, 100)
    with pytest.raises(EvidenceBroken):
        world.pull(tmp_path / "elsewhere")


@pytest.mark.parametrize("spoil", [False, True])
def test_an_interrupted_pull_goes_on_and_a_damaged_part_is_fetched_anew(world: World, tmp_path: Path, spoil) -> None:
    frozen = world.publish()
    shard = next((frozen.folder / "data").iterdir())
    part = tmp_path / "got/data" / f"{shard.name}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(shard.read_bytes()[:500])
    if spoil:
        change(part, 3)
    world.pull(tmp_path / "got")
    assert tree(tmp_path / "got")[f"data/{shard.name}"] == shard.read_bytes()
    assert not list((tmp_path / "got").rglob("*.part"))


def test_a_withdrawn_snapshot_is_refused_with_and_without_the_ledger(world: World, tmp_path: Path) -> None:
    frozen = world.publish()
    world.pull(tmp_path / "got")
    known = trust.of_ledger(world.lake.ledger)
    pull(world.lake.snapshots, "corpus@1", tmp_path / "bare", trusted=known, puller="b", at_us=6)
    withdraw(world.lake, frozen.snapshot_id, actor="bob", reason="erasure", at_us=7)
    with pytest.raises(NotApproved, match="withdrawn"):
        world.pull(tmp_path / "later")
    with pytest.raises(NotApproved, match="withdrawn"):
        pull(world.lake.snapshots, "corpus", tmp_path / "later", trusted=known, puller="b", at_us=8)
    with pytest.raises(NotApproved, match="withdrawn"):
        status(tmp_path / "got", origin=world.lake.root)


def test_keys_that_the_puller_does_not_trust_approve_nothing(world: World, tmp_path: Path) -> None:
    world.publish()
    known = [k for k in trust.of_ledger(world.lake.ledger) if k.name != "bob"]
    with pytest.raises(NotApproved, match="not trusted as compliance"):
        world.pull(tmp_path / "got", trusted=known)
    with pytest.raises(UsageError, match="no ledger"):
        pull(world.lake.snapshots, "corpus", tmp_path / "got", puller="b", at_us=6)
    with pytest.raises(InputMissing):
        world.pull(tmp_path / "got", wanted="nothing")


def test_every_state_is_an_entry_and_a_freeze_that_stopped_leaves_a_draft_that_freezing_again_ends(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = log.append

    def stopped(ledger: Path, entry: log.Entry, rows: pa.Table) -> int:
        if entry.kind == "snapshot_members":
            raise InterruptedError
        return append(ledger, entry, rows)

    with monkeypatch.context() as patch:
        patch.setattr(log, "append", stopped)
        with pytest.raises(InterruptedError):
            world.freeze()
    assert states.state(world.lake.ledger, "corpus@1") == states.DRAFT
    with pytest.raises(InputMissing, match="draft"):
        mark_checked(world.lake, "corpus@1", at_us=2_000, is_success=True)

    world.publish()
    publishing.expire(world.lake, at_us=400 * 86_400_000_000)

    said = [row.values["state"] for row in states.rows(world.lake.ledger, "snapshots", "corpus@1")]
    assert said == ["draft", "frozen", "checked", "approved", "expired"]
