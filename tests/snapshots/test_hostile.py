"""What a hostile keeper, mirror or disk can do to a puller: each is refused with an error that has a name."""

import json
import random
import shutil
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import (
    ClockSkewed,
    EvidenceBroken,
    Expired,
    FeedTooOld,
    InputMalformed,
    NotApproved,
    PathEscapes,
    TooLarge,
    Withdrawn,
)
from pipeline.ledger import canonical, keys, notes
from pipeline.rules.requests import DAY_US
from pipeline.rules.snapshots import limits
from pipeline.schemas.snapshots import SNAPSHOT_DOCUMENTS
from pipeline.snapshots import (
    copying,
    evidence,
    freezing,
    layout,
    mark_checked,
    position,
    publish,
    publishing,
    pull,
    shards,
    status,
    trust,
    withdraw,
    withdrawing,
)
from pipeline.snapshots.evidence import Listed
from tests.snapshots.test_snapshots import World, tree, world
from tests.snapshots.test_withdrawing import ids, order

__all__ = ["world"]

OUTSIDE = ["../evil.parquet", "/var/evil.parquet", "data/../../evil.parquet", "data/..", "data/.", "data/"]
ODD = ["", ".", "data\\..\\evil", "data/a/b.parquet", "data/.hidden", "da\x00ta", "~/evil", "data/train\n.parquet"]


def silent(path: str, done: int, total: int) -> None:
    del path, done, total


def listed(path: Path, **more: object) -> Listed:
    given = {"path": f"data/{path.name}", "sha256": shards.digest(path), "n_bytes": path.stat().st_size, "rows": 1}
    return Listed(**(given | more))


def manifest_of(frozen: freezing.Frozen) -> dict:
    return json.loads((frozen.folder / layout.MANIFEST).read_bytes())


@pytest.mark.parametrize("path", [*OUTSIDE, *ODD])
def test_a_manifest_names_files_of_its_own_folder_alone(world: World, path: str) -> None:
    said = manifest_of(world.freeze())
    for field in ("shards", "files"):
        with pytest.raises(PathEscapes, match="outside of its folder"):
            evidence.listed(said | {field: [said[field][0] | {"path": path}]})


@pytest.mark.parametrize("path", [layout.RECEIPT, layout.MANIFEST, layout.EVIDENCE, "exclusion.parquet", position.NAME])
def test_a_manifest_takes_no_place_that_a_pull_writes_itself(world: World, path: str) -> None:
    said = manifest_of(world.freeze())
    with pytest.raises(PathEscapes):
        evidence.listed(said | {"files": [said["files"][0] | {"path": path}]})
    with pytest.raises(EvidenceBroken, match="twice"):
        evidence.listed(said | {"shards": [said["shards"][0]] * 2})


@pytest.mark.parametrize("path", OUTSIDE)
def test_two_people_who_sign_a_path_that_leads_out_give_nobody_a_file(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    honest = freezing.contents
    monkeypatch.setattr(
        freezing, "contents", lambda d: honest(d) | {"shards": [one | {"path": path} for one in honest(d)["shards"]]}
    )
    with pytest.raises(PathEscapes):
        world.publish()
    monkeypatch.setattr(publishing, "_verify_files", lambda _: None)
    world.publish()
    before = set(tree(tmp_path))

    with pytest.raises(PathEscapes):
        world.pull(tmp_path / "deep/er/got")

    assert {one for one in tree(tmp_path) if one not in before and "lake/" not in one} == set()


@pytest.mark.parametrize("what", ["data", "shard", "part"])
def test_a_link_in_the_destination_leads_nowhere(world: World, tmp_path: Path, what: str) -> None:
    frozen = world.publish()
    shard = next((frozen.folder / "data").iterdir())
    victim, got = tmp_path / "victim", tmp_path / "got"
    if what == "data":
        victim.mkdir()
        got.mkdir()
        (got / "data").symlink_to(victim)
    else:
        victim.write_bytes(b"precious")
        (got / "data").mkdir(parents=True)
        (got / "data" / f"{shard.name}{'.part' if what == 'part' else ''}").symlink_to(victim)

    with pytest.raises(PathEscapes, match="is a link"):
        world.pull(got)

    assert victim.is_dir() or victim.read_bytes() == b"precious"
    assert not (victim.is_dir() and list(victim.iterdir()))


def test_a_link_in_the_origin_or_in_a_pulled_folder_is_not_followed(world: World, tmp_path: Path) -> None:
    frozen = world.publish()
    world.pull(tmp_path / "got")
    for folder, act in (
        (tmp_path / "got", lambda: status(tmp_path / "got")),
        (frozen.folder, lambda: world.pull(tmp_path / "other")),
    ):
        shard = next((folder / "data").iterdir())
        shutil.copy(shard, tmp_path / "same")
        shard.unlink()
        shard.symlink_to(tmp_path / "same")
        with pytest.raises(PathEscapes):
            act()


def test_a_shard_that_unpacks_to_far_more_than_it_weighs_is_not_kept_as_data(tmp_path: Path) -> None:
    text = "a" * (8 << 20)
    row = {"doc_id": 1, "text": text, "lang": "en", "source_id": "s", "licence": "MIT"}
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.Table.from_pylist([row], SNAPSHOT_DOCUMENTS), path, compression="zstd", use_dictionary=False)
    assert path.stat().st_size * limits().ratio_max < len(text)

    with pytest.raises(TooLarge, match="unpacks to"):
        copying.require_small(path, listed(path))


@pytest.mark.parametrize("column", ["text", "licence"])
def test_a_long_value_that_a_dictionary_names_for_every_row_is_refused(tmp_path: Path, column: str) -> None:
    chance = random.Random(5).randbytes(200_000).hex()  # noqa: S311
    row = {"doc_id": 1, "text": "x", "lang": "en", "source_id": "s", "licence": "MIT"} | {column: chance}
    table = pa.Table.from_pylist([row] * 20_000, SNAPSHOT_DOCUMENTS)
    path = tmp_path / "bomb.parquet"
    pq.write_table(table, path, compression="zstd", use_dictionary=True, dictionary_pagesize_limit=1 << 30)
    assert path.stat().st_size * limits().ratio_max < 20_000 * len(chance)
    assert pq.read_metadata(path).row_group(0).total_byte_size < 1 << 20, "the file does not say so itself"

    with pytest.raises(TooLarge, match="unpacks to"):
        copying.require_small(path, listed(path, rows=20_000))


def test_values_that_an_encoding_repeats_without_a_dictionary_are_refused(tmp_path: Path) -> None:
    chance = random.Random(5).randbytes(200_000).hex()  # noqa: S311
    row = {"doc_id": 1, "text": chance, "lang": "en", "source_id": "s", "licence": "MIT"}
    path = tmp_path / "bomb.parquet"
    pq.write_table(
        pa.Table.from_pylist([row] * 20_000, SNAPSHOT_DOCUMENTS),
        path,
        compression="zstd",
        use_dictionary=False,
        column_encoding={"text": "DELTA_BYTE_ARRAY"},
    )
    assert path.stat().st_size * limits().ratio_max < 20_000 * len(chance)

    with pytest.raises(EvidenceBroken, match="as snapshots are written"):
        copying.require_small(path, listed(path, rows=20_000))


def test_a_footer_that_says_less_than_its_pages_unpack_to_is_not_believed(tmp_path: Path) -> None:
    row = {"doc_id": 1, "text": "a" * (8 << 20), "lang": "en", "source_id": "s", "licence": "MIT"}
    path = tmp_path / "bomb.parquet"
    pq.write_table(pa.Table.from_pylist([row], SNAPSHOT_DOCUMENTS), path, compression="zstd", use_dictionary=False)
    group, content = pq.read_metadata(path).row_group(0), path.read_bytes()
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    said = [varint(n, 4) for n in (group.column(1).total_uncompressed_size, group.total_byte_size)]
    for one in said:
        assert content.count(one, footer) == 1
        content = content[:footer] + content[footer:].replace(one, varint(100, 4))
    path.write_bytes(content)
    assert pq.read_metadata(path).row_group(0).total_byte_size == 100
    assert len(pq.read_table(path)["text"][0].as_py()) == 8 << 20, "a reader unpacks it all the same"

    with pytest.raises(TooLarge, match="unpacks to"):
        copying.require_small(path, listed(path))


def varint(value: int, n_bytes: int) -> bytes:
    """A number of Thrift's compact protocol, in more bytes than it needs if so wanted."""
    bits = [(2 * value >> 7 * at) & 127 for at in range(n_bytes)]
    return bytes([*(one | 128 for one in bits[:-1]), bits[-1]])


def test_what_stands_beside_the_shards_may_not_unpack_to_more_either(tmp_path: Path) -> None:
    path = tmp_path / "members.parquet"
    pq.write_table(pa.table({"doc_id": ["a" * (8 << 20)]}), path, compression="zstd", use_dictionary=False)
    with pytest.raises(TooLarge, match="unpacks to"):
        copying.require_small(path, listed(path, rows=None))


def test_a_shard_of_ordinary_text_is_far_below_that(world: World) -> None:
    frozen = world.freeze()
    for one in evidence.listed(manifest_of(frozen)):
        copying.require_small(frozen.folder / one.path, one)


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"{}"])
def test_a_shard_that_is_no_parquet_is_broken_evidence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    with pytest.raises(EvidenceBroken, match="not Parquet"):
        copying.require_small(path, listed(path))


def test_a_shard_with_other_rows_or_columns_is_broken_evidence(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"doc_id": [1]}), path)
    with pytest.raises(EvidenceBroken, match="rows that the manifest names"):
        copying.require_small(path, listed(path))


def test_bytes_that_differ_from_the_manifest_never_get_their_name(tmp_path: Path) -> None:
    origin, place = tmp_path / "origin.parquet", tmp_path / "got" / "x.parquet"
    origin.write_bytes(b"honest")
    said = listed(origin)
    origin.write_bytes(b"mutant")
    with pytest.raises(EvidenceBroken, match="not the file that was approved"):
        copying.copy(origin, place, said, silent)
    assert list(place.parent.iterdir()) == []


def test_an_older_version_under_a_newer_name_is_another_snapshot(world: World, tmp_path: Path) -> None:
    old = world.publish()
    withdrawing.erase(world.lake, ids(3), order(), attributions={"r1": {}})
    world.publish_again("corpus@2")
    new = freezing.find(world.lake, "corpus@2")
    for name, content in tree(old.folder).items():
        (new.folder / name).unlink(missing_ok=True)
        (new.folder / name).write_bytes(content)

    known = trust.of_ledger(world.lake.ledger)
    with pytest.raises(EvidenceBroken, match="corpus@2 holds another snapshot"):
        pull(world.lake.snapshots, "corpus@2", tmp_path / "got", trusted=known, puller="a", at_us=9_900)


def test_a_mirror_that_hides_a_revocation_is_believed_for_ninety_days_at_most(world: World, tmp_path: Path) -> None:
    world.publish()
    shutil.copytree(world.lake.snapshots, tmp_path / "mirror")
    withdraw(world.lake, "corpus@1", actor="bob", reason="x", at_us=7_000)
    known = trust.of_ledger(world.lake.ledger)

    def take(origin: Path, name: str, at_us: int) -> None:
        pull(origin, "corpus@1", tmp_path / name, trusted=known, puller="a", at_us=at_us)

    (world.lake.snapshots / "corpus/1" / layout.REVOKED).unlink()  # the note alone is not what tells
    with pytest.raises(Withdrawn):
        take(world.lake.snapshots, "honest", 8_000)
    take(tmp_path / "mirror", "early", 8_000)
    with pytest.raises(FeedTooOld):
        take(tmp_path / "mirror", "late", 4_000 + 90 * DAY_US)


def approvals(frozen: freezing.Frozen) -> dict:
    return json.loads((frozen.folder / layout.EVIDENCE).read_bytes())


@pytest.mark.parametrize(
    "change", ["drop one", "drop the check", "one person twice", "reject", "role", "other manifest"]
)
def test_approvals_that_were_changed_afterwards_approve_nothing(world: World, tmp_path: Path, change: str) -> None:
    frozen = world.publish()
    body = approvals(frozen)
    entries = body["entries"]
    kinds = [json.loads(one["entry"])["kind"] for one in entries]
    first = kinds.index("approvals")
    if change == "drop one":
        del entries[first]
    elif change == "drop the check":
        del entries[kinds.index("snapshots")]
    elif change == "one person twice":
        entries[first + 1] = entries[first]
    elif change == "other manifest":
        entries[first]["row"] = entries[first]["row"].replace(frozen.manifest_sha256, "00" * 32)
    else:
        said = {"reject": ("approve", "reject"), "role": ("data-owner", "compliance")}[change]
        entries[first]["row"] = entries[first]["row"].replace(*said)
    (frozen.folder / layout.EVIDENCE).write_bytes(canonical.entry(body))

    with pytest.raises((NotApproved, EvidenceBroken)):
        world.pull(tmp_path / "got")
    assert not (tmp_path / "got").exists()


def test_approvals_from_before_they_expired_cannot_be_shown_again(world: World, tmp_path: Path) -> None:
    frozen = world.publish()
    old = tree(frozen.folder)
    later = 3_000 + 365 * DAY_US
    publishing.expire(world.lake, at_us=later)
    mark_checked(world.lake, "corpus@1", at_us=later, is_success=True)
    world.publish_again("corpus@1", at_us=later)
    world.pull(tmp_path / "good", at_us=later)
    for name in (layout.EVIDENCE, layout.ENVELOPE):
        (frozen.folder / name).write_bytes(old[name])

    with pytest.raises(Expired):
        world.pull(tmp_path / "bad", at_us=later)


@pytest.mark.parametrize("at", [0, 1, 2])
def test_a_wrong_signature_in_the_envelope_is_broken_evidence(world: World, tmp_path: Path, at: int) -> None:
    frozen = world.publish()
    place = frozen.folder / layout.ENVELOPE
    said = json.loads(place.read_bytes())
    other = said["signatures"][(at + 1) % 3]["sig"]
    said["signatures"][at]["sig"] = other
    place.write_bytes(canonical.entry(said))
    with pytest.raises(EvidenceBroken):
        world.pull(tmp_path / "got")


def test_a_key_that_nobody_trusts_signs_a_feed_in_vain(world: World, tmp_path: Path) -> None:
    world.publish()
    mallory = keys.generate(tmp_path / "keys", "notary")
    text, _ = notes.split_note((world.lake.snapshots / position.NAME).read_bytes())
    (world.lake.snapshots / position.NAME).write_bytes(notes.note(mallory, text))
    with pytest.raises(EvidenceBroken, match="notary you trust"):
        world.pull(tmp_path / "got")


def test_a_clock_that_stands_still_is_named_and_not_taken_for_freshness(world: World, tmp_path: Path) -> None:
    world.publish()
    position.sign(world.lake, publishing.notary(world.lake), at_us=400 * DAY_US)
    with pytest.raises(ClockSkewed, match="set the clock"):
        world.pull(tmp_path / "got", at_us=5_000)
    with pytest.raises(Expired):
        world.pull(tmp_path / "got", at_us=400 * DAY_US)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b"\xff", b'{"snapshot_id": 1}'])
def test_a_receipt_or_a_manifest_that_is_none_is_named(world: World, tmp_path: Path, content: bytes) -> None:
    frozen = world.publish()
    world.pull(tmp_path / "got")
    (tmp_path / "got" / layout.RECEIPT).write_bytes(content)
    with pytest.raises(InputMalformed):
        status(tmp_path / "got")
    for name in (layout.MANIFEST, layout.ENVELOPE, layout.EVIDENCE):
        whole = (frozen.folder / name).read_bytes()
        (frozen.folder / name).write_bytes(content)
        with pytest.raises((EvidenceBroken, NotApproved)):
            world.pull(tmp_path / "other")
        (frozen.folder / name).write_bytes(whole)


def test_publishing_a_folder_that_was_tampered_with_is_refused(world: World) -> None:
    frozen = world.publish()
    shard = next((frozen.folder / "data").iterdir())
    (frozen.folder / layout.ENVELOPE).unlink()
    shard.chmod(0o644)
    content = bytearray(shard.read_bytes())
    content[50] ^= 1
    shard.unlink()
    shard.write_bytes(bytes(content))
    with pytest.raises(EvidenceBroken, match="was changed"):
        publish(world.lake, "corpus@1", at_us=9_000)
