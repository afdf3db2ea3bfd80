"""An auditor who kept a checkpoint: what the notary rewrites with the true key is found all the same."""

import json
from pathlib import Path

import pytest

from pipeline.errors import EvidenceBroken
from pipeline.ledger import checkpoint, keys, log, notes, verify
from tests.ledger import ledgers
from tests.ledger.ledgers import AUDITOR, made


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, bytes]:
    """A ledger and the checkpoint of size 3 that its auditor took away; it has grown since."""
    ledger = made(tmp_path)
    note = checkpoint.path(ledger).read_bytes()
    ledgers.append(ledger, 4)
    checkpoint.sign(ledger, ledgers.notary(ledger), at_us=9)
    return ledger, note


def both(ledger: Path, note: bytes) -> list[str]:
    """What each verifier says against the ledger, given that note."""
    said = []
    with pytest.raises(EvidenceBroken) as ours:
        verify.verify(ledger, kept=note)
    said.append(ours.value.message)
    with pytest.raises(AUDITOR.Broken) as theirs:
        AUDITOR.check_ledger(ledger, None, None, None, note)
    return [*said, str(theirs.value)]


def test_a_log_that_only_grew_holds(kept: tuple[Path, bytes]) -> None:
    ledger, note = kept
    assert verify.verify(ledger, kept=note).entries == 4
    assert AUDITOR.check_ledger(ledger, None, None, None, note)["kept"] == 3


def test_a_rewrite_with_the_notarys_own_key_is_named_by_both(kept: tuple[Path, bytes]) -> None:
    ledger, note = kept
    for number in (1, 2, 3):
        path, before = log.entry_path(ledger, number), log.entry_path(ledger, number - 1).read_bytes()
        said = json.loads(path.read_bytes()) | {"actor": "mallory", "prev": log.sha256(before).hexdigest()}
        path.write_bytes(log.canonical.entry(said))
    ledgers.resigned(ledger)
    ledgers.both_hold(ledger)  # nothing but the kept checkpoint knows

    assert all("entries 0 to 2 was changed since" in one for one in both(ledger, note))


def test_a_log_rolled_back_is_named_by_both(kept: tuple[Path, bytes]) -> None:
    ledger, note = kept
    for number in (2, 3):
        log.entry_path(ledger, number).unlink()
    ledgers.resigned(ledger)
    ledgers.both_hold(ledger)

    assert all("entries were taken away" in one for one in both(ledger, note))


def test_a_note_that_no_key_of_the_ledger_has_signed_proves_nothing(kept: tuple[Path, bytes], tmp_path: Path) -> None:
    ledger, note = kept
    stranger = keys.generate(tmp_path / "eve", "demo")
    text = note.decode().partition("\n\n")[0] + "\n"
    for wrong in (notes.note(stranger, text), note.replace(b"\n3\n", b"\n2\n"), b"", note[:-9]):
        both(ledger, wrong)
