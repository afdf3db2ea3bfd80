"""What both verifiers say about whole and about damaged ledgers."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline.errors import EvidenceBroken
from pipeline.ledger import checkpoint, keys, log, notes, policy, queries, verify, views
from pipeline.ledger.verify import Scope
from tests.ledger import ledgers
from tests.ledger.ledgers import AUDITOR, append, both_break, both_hold, made, resigned


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with every kind of file: policy, cosignature, rotated key, tiles, partial tiles, views."""
    folder = tmp_path_factory.mktemp("whole")
    ledger = made(folder)
    key, vkey = ledgers.witnessed(folder / "w")
    policy.adopt(ledger, f"witness w1 {vkey}\nquorum w1\n", at_us=4, actor="t")
    signed = checkpoint.sign(ledger, ledgers.notary(ledger), at_us=5)
    note = checkpoint.kept_path(ledger, signed.size).read_text()
    line = ledgers.witness.cosign(key, note.partition("\n\n")[0] + "\n", at_s=6)
    place = checkpoint.cosigned_folder(ledger, signed.size) / vkey.split("+")[1]
    place.parent.mkdir(parents=True)
    place.write_text(line)
    checkpoint.show(ledger)
    views.write(ledger)
    return ledger


def test_both_verifiers_hold_a_whole_ledger(whole: Path) -> None:
    report = both_hold(whole, vkey=ledgers.notary(whole).vkey)
    assert (report.entries, report.rows, report.witnessed, report.unsigned) == (4, 304, 4, 0)


def files(ledger: Path) -> list[Path]:
    """Every file that is evidence: all but the derived ones."""
    return sorted(p for p in ledger.rglob("*") if p.is_file() and "derived" not in p.parts)


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_flipped_byte_of_any_file_is_named_by_both(whole: Path, data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(files(whole)))
    content = path.read_bytes()
    at, bit = data.draw(st.integers(0, len(content) - 1)), data.draw(st.integers(0, 7))
    try:
        path.write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
        with pytest.raises(EvidenceBroken):
            verify.verify(whole)
        with pytest.raises((AUDITOR.Broken, ValueError, KeyError, TypeError)):
            AUDITOR.check_ledger(whole, None, None, None)
    finally:
        path.write_bytes(content)


def test_the_kinds_of_files_are_the_ones_the_flips_are_drawn_from(whole: Path) -> None:
    kinds = {p.relative_to(whole).as_posix().split("/")[0] for p in files(whole)}
    assert kinds == {"keys", "log", "seg", "tlog"}


@pytest.mark.parametrize("pattern", ["log/**/000001.json", "seg/decisions/**/*.parquet", "seg/**/*.tile8"])
@pytest.mark.parametrize("change", ["cut", "empty", "gone"])
def test_a_cut_or_missing_file_is_named_by_both(whole: Path, tmp_path: Path, pattern: str, change: str) -> None:
    ledger = Path(shutil.copytree(whole, tmp_path / "ledger"))
    path = min(ledger.glob(pattern))
    content = path.read_bytes()
    path.unlink() if change == "gone" else path.write_bytes(content[: len(content) // 2] if change == "cut" else b"")

    both_break(ledger)


def test_a_quick_look_reads_no_rows_and_a_sample_reads_some(whole: Path) -> None:
    quick = verify.verify(whole, scope=Scope(mode="quick"))
    one = verify.verify(whole, scope=Scope(mode="sample", sample=1, seed="s"))
    many = verify.verify(whole, scope=Scope(workers=2))

    assert (quick.rows_verified, many.rows_verified) == (0, 304)
    assert 0 < one.rows_verified < 304


def test_rows_that_the_notary_signed_with_a_wrong_root_are_named_by_both(tmp_path: Path) -> None:
    ledger = made(tmp_path)
    path = log.entry_path(ledger, 2)
    said = json.loads(path.read_bytes())
    path.write_bytes(ledgers.log.canonical.entry(said | {"rows_root": "00" * 32}))
    (ledger / said["path"]).with_suffix(".tile8").write_bytes(b"")
    resigned(ledger)

    both_break(ledger, "entry 2")


@pytest.mark.parametrize("at", [0, 1, 2])
def test_an_edited_entry_is_named_by_both(tmp_path: Path, at: int) -> None:
    ledger = made(tmp_path)
    path = log.entry_path(ledger, at)
    path.write_bytes(ledgers.log.canonical.entry(json.loads(path.read_bytes()) | {"actor": "mallory"}))

    both_break(ledger, f"entry {at}" if at < 2 else "checkpoint")


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ((0,), "entry 0 was changed: entry 1 names another hash of it"),
        ((2,), "entry 2 was changed: entry 3 names another hash of it"),
        ((0, "prev"), "entry 0 was changed: it names another hash of the one before"),
        ((2, "prev"), "entry 2 was changed: it names another hash of the one before"),
        ((4, "prev"), "entry 3 or 4 was changed: the latter names another hash"),
        ((3,), "entry 3 or 4 was changed: the latter names another hash"),
        ((2, 3), "entry 2 was changed: it names another hash of the one before"),
    ],
)
def test_the_entry_that_was_changed_is_named_not_its_neighbour(
    tmp_path: Path, at: tuple[int | str, ...], said: str
) -> None:
    ledger = made(tmp_path, batches=4)
    contents = {n: log.entry_path(ledger, n).read_bytes() for n in range(5)}
    match at:
        case (int(n),):
            contents[n] = ledgers.log.canonical.entry(json.loads(contents[n]) | {"actor": "mallory"})
        case (int(n), "prev"):
            contents[n] = ledgers.log.canonical.entry(json.loads(contents[n]) | {"prev": "f" * 64})
        case (int(n), int(other)):
            contents[n], contents[other] = contents[other], contents[n]
    for n, content in contents.items():
        log.entry_path(ledger, n).write_bytes(content)
    assert both_break(ledger, said) == said


def test_exchanged_and_removed_entries_are_named_by_both(tmp_path: Path) -> None:
    ledger = made(tmp_path / "a")
    a, b = (log.entry_path(ledger, n) for n in (1, 2))
    first, second = a.read_bytes(), b.read_bytes()
    a.write_bytes(second)
    b.write_bytes(first)
    both_break(ledger, "entry 1 was changed")
    a.write_bytes(first)
    b.unlink()
    both_break(ledger, "signs 3 entries, the log has 2")
    b.write_bytes(second)
    log.entry_path(ledger, 0).unlink()
    both_break(ledger, "entry 0 is missing")


def test_a_forged_signature_is_named_by_both(tmp_path: Path) -> None:
    ledger = made(tmp_path)
    path = checkpoint.kept_path(ledger, 3)
    text = path.read_text().partition("\n\n")[0] + "\n"
    stranger = keys.generate(tmp_path / "eve", "demo")
    path.write_bytes(notes.note(stranger, text))
    both_break(ledger, "checkpoint 000000000003")
    lines = notes.note(ledgers.notary(ledger), text.replace("\n3\n", "\n2\n")).split(b"\n\n")[1]
    path.write_bytes(text.encode() + b"\n" + lines)
    both_break(ledger, "checkpoint 000000000003")


def test_a_ledger_of_another_notary_is_refused_by_both(tmp_path: Path) -> None:
    ledger = made(tmp_path / "a")
    other = keys.generate(tmp_path / "eve", "demo").vkey

    both_break(ledger, "not the one you know", vkey=other)


def test_a_clock_that_goes_backwards_changes_no_order_and_breaks_nothing(tmp_path: Path) -> None:
    ledger = made(tmp_path)
    log.append(ledger, log.Entry(kind="events", key="late", at_us=1, actor="t"))
    checkpoint.sign(ledger, ledgers.notary(ledger), at_us=1)

    assert both_hold(ledger).checkpoint_size == 4
    with views.connect(ledger) as connection:
        assert queries.run(connection, "Q24").to_pylist()[0]["gaps"] == 0


def test_the_notary_signs_nothing_that_is_no_continuation(tmp_path: Path) -> None:
    ledger = made(tmp_path)
    path = log.entry_path(ledger, 1)
    path.write_bytes(ledgers.log.canonical.entry(json.loads(path.read_bytes()) | {"actor": "mallory"}))
    append(ledger, 7)

    with pytest.raises(EvidenceBroken, match="continuation"):
        checkpoint.sign(ledger, ledgers.notary(ledger), at_us=9)


def test_a_key_that_is_in_the_log_is_not_appended_again(tmp_path: Path) -> None:
    ledger = made(tmp_path)
    assert append(ledger, 1) == 2
    assert both_hold(ledger).entries == 3


def test_every_query_runs_and_the_funnel_counts(tmp_path: Path) -> None:
    with views.connect(made(tmp_path)) as connection:
        answers = {
            q.name: queries.run(connection, q.name, {p: "00" for p in q.parameters if p in queries.NEEDED})
            for q in queries.list_queries()
        }
    assert answers["Q06"].column("dropped").to_pylist() == [303]


def test_every_question_has_a_name_of_its_own() -> None:
    names = [q.name for q in queries.list_queries()]
    assert sorted(set(names)) == names
