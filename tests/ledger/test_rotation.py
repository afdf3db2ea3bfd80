"""The drill: the notary's key is replaced, and the notary's key is stolen."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pipeline.cli.main import provender
from pipeline.errors import EvidenceBroken, InputMissing, UsageError
from pipeline.ledger import checkpoint, keys, log, policy, proofs, witness
from tests.ledger import ledgers
from tests.ledger.ledgers import append, both_break, both_hold, made


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return made(tmp_path)


@pytest.fixture
def heir(tmp_path: Path) -> keys.Key:
    return keys.generate(tmp_path / "heir", "demo")


def rotated(ledger: Path, heir: keys.Key) -> keys.Key:
    old = ledgers.notary(ledger)
    size = keys.rotate(ledger, old, heir, at_us=4, actor="t")
    checkpoint.sign(ledger, old, at_us=5, others=[heir], size=size)
    append(ledger, 5)
    checkpoint.sign(ledger, heir, at_us=6)
    return old


def test_after_a_rotation_the_heir_signs_and_all_of_it_holds(ledger: Path, heir: keys.Key) -> None:
    old = rotated(ledger, heir)

    for known in (old, heir):
        assert both_hold(ledger, vkey=known.vkey).checkpoint_size == 5
    assert [one["vkey"] for one in keys.notaries(ledger)] == [old.vkey, heir.vkey]
    assert checkpoint.kept_path(ledger, 4).read_bytes().count("—".encode()) == 2


def test_growth_over_a_rotation_is_proven_with_the_key_of_each_end(ledger: Path, heir: keys.Key) -> None:
    old = rotated(ledger, heir)
    proof = proofs.growth(ledger, 3, 5)

    assert proofs.check_growth(proof, old.vkey, new_vkey=heir.vkey) == (3, 5)
    assert "of 5" in ledgers.AUDITOR.check_growth(proof.decode(), old.vkey, None, heir.vkey)
    for known in (old, heir):
        with pytest.raises(EvidenceBroken):
            proofs.check_growth(proof, known.vkey)
        with pytest.raises(ledgers.AUDITOR.Broken):
            ledgers.AUDITOR.check_growth(proof.decode(), known.vkey, None)


def test_the_old_key_does_not_count_any_more(ledger: Path, heir: keys.Key) -> None:
    old = rotated(ledger, heir)
    append(ledger, 6)
    checkpoint.sign(ledger, old, at_us=7)

    both_break(ledger, "did not count at that size")


def test_a_handover_that_the_old_key_has_not_signed_is_broken(ledger: Path, heir: keys.Key, tmp_path: Path) -> None:
    stranger = keys.generate(tmp_path / "eve", "demo")
    details = {"name": "demo", "vkey": stranger.vkey, "key_id": stranger.key_id, "role": "notary", "from_size": 4}
    details |= {"event": "rotate", "ends": ledgers.notary(ledger).key_id, "to_size": 4}
    signature = keys.sign(stranger, log.canonical.entry(details))
    details |= {"signature": ledgers.AUDITOR.base64.b64encode(signature).decode()}
    log.append(ledger, log.Entry(kind="key_events", key="forged", at_us=4, actor="eve", details=details))

    with pytest.raises(EvidenceBroken):
        keys.trusted_bytes(ledger)
    both_break(ledger)


def test_only_the_key_of_now_is_rotated_and_the_name_stays(ledger: Path, heir: keys.Key, tmp_path: Path) -> None:
    other = keys.generate(tmp_path / "x", "other")
    for pair in ((heir, heir), (ledgers.notary(ledger), other)):
        with pytest.raises(UsageError):
            keys.rotate(ledger, *pair, at_us=4, actor="t")


def stolen(ledger: Path, heir: keys.Key, *, cosigned: bool, tmp_path: Path) -> keys.Key:
    """The key was stolen after size 3, which a witness may have cosigned; the thief signed size 4."""
    old = ledgers.notary(ledger)
    if cosigned:
        key, vkey = ledgers.witnessed(tmp_path / "w")
        policy.adopt(ledger, f"witness w1 {vkey}\nquorum w1\n", at_us=4, actor="t")
        size = checkpoint.sign(ledger, old, at_us=5).size
        text = checkpoint.kept_path(ledger, size).read_text().partition("\n\n")[0] + "\n"
        place = checkpoint.cosigned_folder(ledger, size) / vkey.split("+")[1]
        place.parent.mkdir(parents=True)
        place.write_text(witness.cosign(key, text, at_s=6))
    append(ledger, 5)
    bad = checkpoint.sign(ledger, old, at_us=6).size
    keys.revoke(ledger, old.vkey, heir, from_size=bad - 1, at_us=7, actor="t")
    return old


def test_what_a_stolen_key_signed_counts_only_where_witnesses_stood(
    ledger: Path, heir: keys.Key, tmp_path: Path
) -> None:
    old = stolen(ledger, heir, cosigned=True, tmp_path=tmp_path)
    report = both_hold(ledger, vkey=heir.vkey)
    assert (report.witnessed, report.checkpoint_size, report.disowned) == (4, 4, 2)

    checkpoint.sign(ledger, heir, at_us=8)
    assert both_hold(ledger, vkey=heir.vkey).checkpoint_size == 6
    both_break(ledger, "was revoked", vkey=old.vkey)


def test_without_witnesses_nothing_that_a_stolen_key_signed_counts(
    ledger: Path, heir: keys.Key, tmp_path: Path
) -> None:
    stolen(ledger, heir, cosigned=False, tmp_path=tmp_path)
    report = both_hold(ledger, vkey=heir.vkey)
    assert (report.checkpoint_size, report.disowned, report.unsigned) == (0, 2, 5)


def test_a_signer_elsewhere_signs_as_a_key_in_a_file_does(tmp_path: Path) -> None:
    from securesystemslib.signer import CryptoSigner

    from pipeline.ledger import signers

    key = signers.key("demo", CryptoSigner.generate_ed25519())
    ledger = tmp_path / "ledger"
    keys.trust(ledger, key.vkey, role="notary", at_us=1, actor="t")
    checkpoint.sign(ledger, key, at_us=2)

    assert both_hold(ledger, vkey=key.vkey).unsigned == 0
    with pytest.raises(UsageError):
        signers.key("demo", CryptoSigner.generate_ecdsa())


def called(*arguments: str) -> Result:
    return CliRunner().invoke(provender, arguments, catch_exceptions=True)


@pytest.mark.parametrize("reached", ["moved aside", "made", "in the log", "listed"])
def test_a_rotation_that_was_cut_off_is_finished_by_calling_it_again(tmp_path: Path, reached: str) -> None:
    lake, folder = tmp_path / "lake", tmp_path / "lake/private/keys"
    assert called("keys", "make", "demo.example/log", "--role", "notary", "--lake", str(lake)).exit_code == 0
    append(lake / "ledger", 0)
    assert called("notary", "--lake", str(lake)).exit_code == 0
    old, listed = keys.load(folder, "demo.example/log"), keys.trusted_path(lake / "ledger").read_bytes()
    keys.private_path(folder, old.name).rename(keys.aside_path(folder, old.name, old.key_id))
    if reached != "moved aside":
        heir = keys.generate(folder, old.name)
    if reached in ("in the log", "listed"):
        keys.rotate(lake / "ledger", old, heir, at_us=4, actor="t")
    if reached == "in the log":
        keys.trusted_path(lake / "ledger").write_bytes(listed)

    cut = called("notary", "--lake", str(lake))
    if reached != "listed":
        assert isinstance(cut.exception, UsageError if reached in ("made", "in the log") else InputMissing)
        assert called("keys", "rotate", "--lake", str(lake)).exception is None
    append(lake / "ledger", 1)
    assert called("notary", "--lake", str(lake)).exception is None

    assert both_hold(lake / "ledger", vkey=old.vkey).unsigned == 0
    assert keys.notaries(lake / "ledger")[0]["vkey"] == old.vkey
    assert keys.load(folder, old.name).vkey == str(keys.notaries(lake / "ledger")[-1]["vkey"])


@pytest.mark.parametrize("is_in_the_log", [False, True])
def test_a_key_that_was_made_and_not_listed_is_listed_by_calling_again(tmp_path: Path, *, is_in_the_log: bool) -> None:
    lake, asked = tmp_path / "lake", ("keys", "make", "log", "--role", "notary", "--lake", str(tmp_path / "lake"))
    key = keys.generate(lake / "private/keys", "log")
    if is_in_the_log:
        keys.trust(lake / "ledger", key.vkey, role="notary", at_us=1, actor="log")
        keys.trusted_path(lake / "ledger").unlink()
    assert called(*asked).exception is None
    assert isinstance(called(*asked).exception, UsageError)
    assert called("notary", "--lake", str(lake)).exception is None
    assert both_hold(lake / "ledger", vkey=key.vkey).entries == 1


def test_a_signer_that_holds_another_key_leaves_no_checkpoint(ledger: Path, tmp_path: Path) -> None:
    other = keys.generate(tmp_path / "other", "demo")

    class Other:
        def sign(self, data: bytes, /) -> bytes:
            return other.private.sign(data)

        def public_key(self) -> Ed25519PublicKey:
            return ledgers.notary(ledger).private.public_key()

    append(ledger, 7)
    with pytest.raises(EvidenceBroken):
        checkpoint.sign(ledger, keys.Key("demo", Other()), at_us=9)
    assert both_hold(ledger).checkpoint_size == 3
