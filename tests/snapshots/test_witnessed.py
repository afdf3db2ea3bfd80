"""Witnesses: a puller who names them gets nothing on the notary's word alone."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.main import provender
from pipeline.errors import EvidenceBroken, NotWitnessed
from pipeline.ledger import checkpoint, keys, log, policy, witness, witnessing
from pipeline.snapshots import layout, status, witnessed
from pipeline.snapshots.pulling import Manner
from pipeline.steps import runs
from pipeline.store import files
from tests.snapshots.test_snapshots import World, tree, world

__all__ = ["world"]

NAMES = ("w1", "w2", "w3")


class House:
    """A published snapshot, and three witnesses with their drop folders."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.ledger, self.folder = world, world.lake.ledger, folder
        self.keys = {name: keys.generate(folder / name, f"{name}.example") for name in NAMES}
        for name in NAMES:
            (folder / name / "drop").mkdir()
        policy.adopt(self.ledger, self.text("any"), at_us=2, actor="t")
        world.publish()

    def text(self, threshold: str, names: tuple[str, ...] = NAMES) -> str:
        lines = [f"witness {n} {witness.vkey(self.keys[n])} {self.folder / n / 'drop'}\n" for n in names]
        return "".join(lines) + f"group g {threshold} {' '.join(names)}\nquorum g\n"

    def asked(self, threshold: str, names: tuple[str, ...] = NAMES) -> Manner:
        return Manner(policy=policy.parse(self.text(threshold, names)))

    def cosign(self, *names: str) -> list[str]:
        """The notary signs and asks, these witnesses answer, the notary comes again."""
        checkpoint.sign(self.ledger, keys.load(self.world.lake.private / "keys", "notary"), at_us=7_000)
        witnessing.ask(self.ledger)
        notary = keys.load(self.world.lake.private / "keys", "notary").vkey
        for name in names:
            witness.visit(self.folder / name / "drop", self.keys[name], [notary], self.folder / name / "state", at_s=7)
        witnessing.ask(self.ledger)
        return witnessed.write(self.world.lake)


@pytest.fixture
def house(world: World, tmp_path: Path) -> House:
    return House(world, tmp_path / "witnesses")


def test_without_a_policy_nobody_is_asked_and_the_receipt_says_so(house: House, tmp_path: Path) -> None:
    receipt = house.world.pull(tmp_path / "got")

    assert (receipt.quorum, list(receipt.witnessed_by)) == ("none", [])


def test_a_checkpoint_without_enough_cosignatures_is_refused_by_name(house: House, tmp_path: Path) -> None:
    with pytest.raises(NotWitnessed, match="cosigned by none of its witnesses"):
        house.world.pull(tmp_path / "got", manner=house.asked("any"))
    assert not list((tmp_path / "got").glob("data/*")), "nothing was fetched"

    assert house.cosign("w2") == ["corpus@1"]

    with pytest.raises(NotWitnessed, match=r"wants quorum g .* cosigned by w2"):
        house.world.pull(tmp_path / "got", manner=house.asked("2"))
    with pytest.raises(NotWitnessed, match="none of its witnesses"):
        house.world.pull(tmp_path / "got", manner=house.asked("any", ("w1", "w3")))
    receipt = house.world.pull(tmp_path / "got", manner=house.asked("any"))
    assert (receipt.quorum, list(receipt.witnessed_by)) == ("g", ["w2"])


def test_a_quorum_for_a_later_checkpoint_stands_for_the_published_one(house: House, tmp_path: Path) -> None:
    before = tree(house.world.lake.snapshots / "corpus/1")
    for n in range(5):
        log.append(house.ledger, log.Entry(kind="events", key=f"later {n}", at_us=6_000, actor="t"))
    house.cosign("w1", "w3")

    receipt = house.world.pull(tmp_path / "got", manner=house.asked("2"))

    assert list(receipt.witnessed_by) == ["w1", "w3"]
    assert status(tmp_path / "got") == receipt
    after = tree(house.world.lake.snapshots / "corpus/1")
    assert {name for name in after if after[name] != before.get(name)} == {layout.WITNESSED}


def test_it_holds_from_a_bare_folder_with_keys_and_policy_of_ones_own(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "now_us", lambda: 8_000)
    house.cosign(*NAMES)
    trusted = tmp_path / "keys.json"
    trusted.write_bytes((house.ledger / "keys/trusted-keys.json").read_bytes())
    rule = tmp_path / "mine.tlog"
    rule.write_text(house.text("all"))
    given = ["--from", str(house.world.lake.snapshots), "--trust", str(trusted)]

    said = CliRunner().invoke(provender, ["pull", "corpus", str(tmp_path / "a"), *given, "--trust", str(rule)])
    silent = CliRunner().invoke(provender, ["pull", "corpus", str(tmp_path / "b"), *given])

    assert said.exit_code == silent.exit_code == 0, said.output + silent.output
    assert "cosigned by w1, w2, w3: quorum g of your policy" in said.output
    assert "no witness was asked about the ledger" in silent.output


@pytest.mark.parametrize("damage", ["cosignature", "root", "growth", "notary", "nonsense"])
def test_what_was_changed_or_forged_is_not_believed(house: House, tmp_path: Path, damage: str) -> None:
    log.append(house.ledger, log.Entry(kind="events", key="later", at_us=6_000, actor="t"))
    house.cosign("w1", "w2")
    path = house.world.lake.snapshots / "corpus/1" / layout.WITNESSED
    said = json.loads(path.read_bytes())
    if damage == "cosignature":
        said["checkpoint"] = [one.replace("w1.example", "w3.example") for one in said["checkpoint"]]
    elif damage == "root":
        said["checkpoint"][2] = "A" * 43 + "="
    elif damage == "growth":
        said["growth"] = said["growth"][:-1]
    elif damage == "notary":
        said["checkpoint"] = [one for one in said["checkpoint"] if not one.startswith("\u2014 notary")]
    else:
        said = ["nothing"]
    files.write(path, json.dumps(said).encode())

    with pytest.raises((EvidenceBroken, NotWitnessed)):
        house.world.pull(tmp_path / "got", manner=house.asked("2"))
