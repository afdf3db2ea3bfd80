"""Proofs that leave the house, checked by both verifiers."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import EvidenceBroken, InputMissing, ProofInvalid, UsageError
from pipeline.ledger import checkpoint, policy, proofs
from tests.ledger import ledgers
from tests.ledger.ledgers import AUDITOR, append, made

DOC = (1 << 32) + 299


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    ledger = made(tmp_path_factory.mktemp("proofs"))
    append(ledger, 4)
    checkpoint.sign(ledger, ledgers.notary(ledger), at_us=9)
    return ledger


def test_a_decision_is_proven_to_both_verifiers(ledger: Path) -> None:
    vkey = ledgers.notary(ledger).vkey
    proof = proofs.decision(ledger, DOC, stage="quality")

    proven = proofs.check_decision(proof, vkey)

    assert (proven.seq, proven.size, proven.row["doc_id"], proven.row["outcome"]) == (2, 4, str(DOC), "drop")
    assert str(DOC) in AUDITOR.check_proof(proof, vkey, None)
    assert proof.startswith("c2sp.org/tlog-proof@v1\nextra ")


@settings(max_examples=80)
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 6))
def test_a_changed_character_of_a_proof_is_refused_by_both(ledger: Path, place: float, bit: int) -> None:
    vkey = ledgers.notary(ledger).vkey
    content = bytearray(proofs.decision(ledger, DOC, stage="quality").encode())
    at = int(place * len(content))
    content[at] ^= 1 << bit
    changed = content.decode("utf-8", "replace")

    with pytest.raises(EvidenceBroken):
        proofs.check_decision(changed, vkey)
    with pytest.raises((AUDITOR.Broken, ValueError, KeyError, TypeError, IndexError)):
        AUDITOR.check_proof(changed, vkey, None)


def test_a_proof_with_another_row_or_entry_is_refused_by_both(ledger: Path) -> None:
    vkey = ledgers.notary(ledger).vkey
    head, _, note = proofs.decision(ledger, DOC, stage="quality").partition("\n\n")
    lines = head.split("\n")
    extra = json.loads(base64.b64decode(lines[1].removeprefix("extra ")))
    for wrong in (
        {"row": extra["row"].replace("drop", "keep")},
        {"entry": extra["entry"].replace('"actor":"t"', '"actor":"u"')},
        {"row_index": 3},
        {"schema": [["x", "string"], *extra["schema"][1:]]},
    ):
        lines[1] = "extra " + base64.b64encode(json.dumps(extra | wrong).encode()).decode()
        changed = "\n".join(lines) + "\n\n" + note
        with pytest.raises(ProofInvalid):
            proofs.check_decision(changed, vkey)
        with pytest.raises(AUDITOR.Broken):
            AUDITOR.check_proof(changed, vkey, None)


def test_growth_is_proven_to_both_verifiers_and_shrinking_is_not(ledger: Path) -> None:
    vkey = ledgers.notary(ledger).vkey
    proof = proofs.growth(ledger, 3, 4)

    assert proofs.check_growth(proof, vkey) == (3, 4)
    assert "3 entries is a beginning" in AUDITOR.check_growth(proof.decode(), vkey, None)
    said = json.loads(proof)
    turned = json.dumps(said | {"old": said["new"], "new": said["old"]})
    with pytest.raises(ProofInvalid):
        proofs.check_growth(turned.encode(), vkey)
    with pytest.raises(AUDITOR.Broken):
        AUDITOR.check_growth(turned, vkey, None)


def test_what_is_not_signed_or_not_there_is_not_proven(ledger: Path) -> None:
    with pytest.raises(InputMissing):
        proofs.decision(ledger, DOC + 1, stage="quality")
    with pytest.raises(InputMissing):
        proofs.decision(ledger, DOC, stage="personal")
    with pytest.raises(UsageError):
        proofs.growth(ledger, 1, 3)


def test_a_proof_without_the_quorum_that_is_asked_for_is_refused_by_both(ledger: Path, tmp_path: Path) -> None:
    _, vkey = ledgers.witnessed(tmp_path)
    text = f"witness w1 {vkey}\nquorum w1\n"
    proof = proofs.decision(ledger, DOC, stage="quality")
    with pytest.raises(ProofInvalid):
        proofs.check_decision(proof, ledgers.notary(ledger).vkey, asked=policy.parse(text))
    with pytest.raises(AUDITOR.Broken):
        AUDITOR.check_proof(proof, ledgers.notary(ledger).vkey, text)


@pytest.mark.parametrize(
    "spoil",
    [{"note": "believe me"}, {"note": 0.5}, {"schema": [["a", 0.5]]}, {"row_index": 2**70}, {"proof": {}}],
    ids=str,
)
def test_what_no_hash_covers_is_not_in_a_proof(ledger: Path, spoil: dict[str, object]) -> None:
    vkey = ledgers.notary(ledger).vkey
    head, _, note = proofs.decision(ledger, DOC, stage="quality").partition("\n\n")
    first, extra, *rest = head.split("\n")
    said = json.loads(base64.b64decode(extra.removeprefix("extra "))) | spoil
    extra = f"extra {base64.b64encode(AUDITOR.canonical(said)).decode()}"
    spoilt = "\n".join([first, extra, *rest]) + f"\n\n{note}"
    with pytest.raises(ProofInvalid):
        proofs.check_decision(spoilt, vkey)
    with pytest.raises((AUDITOR.Broken, TypeError)):
        AUDITOR.check_proof(spoilt, vkey, None)


DEEP = "[" * 100_000


@pytest.mark.parametrize(
    "said", ["", "null", "7", '{"old": NaN}', '{"old": 7, "new": [], "proof": {}}', DEEP, "\udcff"]
)
def test_what_is_no_proof_ends_with_the_exit_for_broken_evidence(
    ledger: Path, tmp_path: Path, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    vkey, extra = ledgers.notary(ledger).vkey, base64.b64encode(said.encode("utf-8", "replace")).decode()
    note = proofs.decision(ledger, DOC, stage="quality").partition("\n\n")[2]
    for kind, content in (
        ("--consistency", said),
        ("--proof", said),
        ("--proof", f"{proofs.HEAD}\nextra {extra}\nindex 0\n\n{note}"),
    ):
        check = proofs.check_growth if kind == "--consistency" else proofs.check_decision
        with pytest.raises(EvidenceBroken):
            check(content, vkey)
        place = tmp_path / "given"
        place.write_bytes(content.encode("utf-8", "surrogateescape"))
        monkeypatch.setattr("sys.argv", ["verify.py", kind, str(place), "--vkey", vkey])
        assert AUDITOR.main() == 3


def test_a_file_that_is_not_there_is_a_wrong_call(
    ledger: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    vkey, away = ledgers.notary(ledger).vkey, str(tmp_path / "away")
    for call in (["--proof", away], ["--consistency", away], [str(ledger), "--quick", "--kept", away], [away]):
        monkeypatch.setattr("sys.argv", ["verify.py", *call, "--vkey", vkey])
        with pytest.raises(SystemExit) as left:
            AUDITOR.main()
        assert (left.value.code, "away" in capsys.readouterr().err) == (2, True)
