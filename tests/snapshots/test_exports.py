"""A snapshot in other people's words, checked by their own tools, and the same bytes whenever it is made again."""

import json
import warnings
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipeline.errors import EvidenceBroken, UsageError
from pipeline.snapshots import freezing, layout, rebuilding, withdrawing
from pipeline.snapshots.freezing import Frozen
from tests.snapshots.test_snapshots import CREDITS, LICENCES, World, tree, world
from tests.snapshots.test_withdrawing import ids, order

__all__ = ["world"]

PURPOSE = "pretrain, commercial, trained in CN"


@pytest.fixture
def frozen(world: World) -> Frozen:
    return world.freeze(shard_bytes=400)


def again(world: World, frozen: Frozen, **more: object) -> int:
    given = {"documents": world.batches, "licences": LICENCES, "attributions": CREDITS}
    return rebuilding.rebuild(world.lake, frozen, **(given | more))


def test_mlcroissant_validates_the_croissant_file_and_reads_the_documents_by_it(frozen: Frozen) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        import mlcroissant

        read = mlcroissant.Dataset(jsonld=frozen.folder / layout.CROISSANT)
        records = list(read.records("documents"))

    assert read.metadata.issues.report() == ""
    held = [row for p in sorted((frozen.folder / "data").iterdir()) for row in pq.read_table(p).to_pylist()]
    got = [{name.removeprefix("documents/"): value for name, value in row.items()} for row in records]
    texts = [{n: v.decode() if isinstance(v, bytes) else v for n, v in row.items()} for row in got]
    assert sorted(texts, key=lambda row: row["doc_id"]) == sorted(held, key=lambda row: row["doc_id"])


def test_the_croissant_file_says_where_the_data_come_from_and_what_they_are_for(frozen: Frozen) -> None:
    said = json.loads((frozen.folder / layout.CROISSANT).read_bytes())

    assert said["conformsTo"] == "http://mlcommons.org/croissant/1.1"
    assert said["license"] == ["CC-BY-4.0", "CC0-1.0"]
    assert said["prov:wasDerivedFrom"] == ["urn:provender:source:law", "urn:provender:source:wiki"]
    assert said["rai:dataUseCases"] == PURPOSE
    shards = {one["@id"]: one["sha256"] for one in said["distribution"] if one["@type"] == "cr:FileObject"}
    manifest = json.loads((frozen.folder / layout.MANIFEST).read_bytes())
    assert shards == {one["path"]: one["sha256"] for one in manifest["shards"]}


def test_the_bindings_of_spdx_read_the_document_and_find_nothing_missing(frozen: Frozen, tmp_path: Path) -> None:
    from spdx_python_model import v3_0_1 as spdx

    found = spdx.SHACLObjectSet()
    with (frozen.folder / layout.SPDX).open("rb") as f:
        spdx.JSONLDDeserializer().read(f, found)
    with (tmp_path / "out.json").open("wb") as f:
        spdx.JSONLDSerializer().write(found, f, force_at_graph=True)  # refuses objects that lack what they must have

    assert found.missing_ids == set()
    (package,) = found.foreach_type(spdx.dataset_DatasetPackage)
    assert (package.name, package.software_packageVersion, package.dataset_intendedUse) == ("corpus", "1", PURPOSE)
    licences = {
        one.simplelicensing_licenseExpression for one in found.foreach_type(spdx.simplelicensing_LicenseExpression)
    }
    assert licences == {"CC0-1.0", "CC-BY-4.0"}
    (contains,) = [one for one in found.foreach_type(spdx.Relationship) if one.relationshipType.endswith("contains")]
    manifest = json.loads((frozen.folder / layout.MANIFEST).read_bytes())
    assert [one.verifiedUsing[0].hashValue for one in contains.to] == [one["sha256"] for one in manifest["shards"]]


def test_what_was_signed_names_the_exports(frozen: Frozen) -> None:
    manifest = json.loads((frozen.folder / layout.MANIFEST).read_bytes())
    assert [one["path"] for one in manifest["files"]] == [
        "ATTRIBUTION.md",
        "NOTICE",
        "README.md",
        "croissant.json",
        "members.parquet",
        "spdx.json",
    ]


def test_a_snapshot_comes_out_the_same_when_it_is_made_again(world: World, frozen: Frozen) -> None:
    before = tree(frozen.folder)

    assert again(world, frozen) == len(before) - 1  # all but the manifest

    assert tree(frozen.folder) == before
    assert not list(world.lake.snapshots.glob(".rebuild-*"))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"attributions": {"wiki": "Somebody else"}}, "ATTRIBUTION.md"),
        ({"licences": LICENCES | {"law": "CC-BY-4.0"}}, "data/train-00000"),
    ],
)
def test_what_comes_out_differently_is_named(world: World, frozen: Frozen, change: dict, named: str) -> None:
    with pytest.raises(EvidenceBroken, match=named):
        again(world, frozen, **change)


def test_fewer_documents_are_noticed(world: World, frozen: Frozen) -> None:
    with pytest.raises(EvidenceBroken, match="data/train-00000"):
        again(world, frozen, documents=world.batches[:1])


def test_an_amended_version_is_compared_with_the_one_before_instead(world: World) -> None:
    world.publish(shard_bytes=400)
    withdrawing.erase(world.lake, ids(3), order(), attributions={"r1": CREDITS})
    with pytest.raises(UsageError, match="amends another"):
        again(world, freezing.find(world.lake, "corpus@2"))
