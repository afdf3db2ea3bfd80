"""One changed bit in any file of a ledger is named by both verifiers; the files that are exempt are listed here."""

import random
import re
from pathlib import Path

import pytest

from pipeline.ledger import checkpoint, keys, log, tiles, views
from tests.ledger import demo, ledgers
from tests.ledger.ledgers import both_break, both_hold

CLASSES = {
    "entry": r"log/entries/\d{3}/\d{3}/\d{6}\.json",
    "segment": r"seg/[a-z_]+/\d{6}/[0-9a-f]{64}\.parquet",
    "hashes of a segment's tiles": r"seg/[a-z_]+/\d{6}/[0-9a-f]{64}\.tile8",
    "checkpoint": r"tlog/checkpoint",
    "kept checkpoint": r"tlog/checkpoints/\d{12}",
    "cosignature": r"tlog/cosignatures/\d{12}/[0-9a-f]{8}",
    "full tile of entries": r"tlog/tile/entries/\d{3}",
    "partial tile of entries": r"tlog/tile/entries/\d{3}\.p/\d+",
    "full tile of hashes": r"tlog/tile/0/\d{3}",
    "partial tile of hashes": r"tlog/tile/0/\d{3}\.p/\d+",
    "upper tile of hashes": r"tlog/tile/1/\d{3}\.p/\d+",
    "trusted keys": r"keys/trusted-keys\.json",
    "policy": r"keys/policy\.tlog",
}
EXEMPT = {
    "derived": r"derived/.+",
    "swept": r"swept/.+",
    "a segment that no entry names": r"seg/decisions/197001/f{64}\.parquet",
    "a write that did not end": r"(.+/)?\.tmp-[^/]+",
}
"""Made again at any time, or named by nothing: docs/threat-model.md has the same list."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with a file of every class: policy, cosignature, a rotated key, full and partial tiles, leftovers."""
    folder = tmp_path_factory.mktemp("flips")
    witness_key = keys.generate(folder / "w", "w1.example")
    ledger = demo.verifiable(folder, witness_key=witness_key)
    ledgers.append(ledger, 1)
    events = [(log.Entry(kind="events", key=f"e{n}", at_us=1, actor="t"), None) for n in range(256)]
    log.append_all(ledger, events)
    old, new = keys.load(folder / "keys", "demo"), keys.generate(folder / "heir", "demo")
    size = keys.rotate(ledger, old, new, at_us=2, actor="t")
    checkpoint.sign(ledger, old, at_us=2, others=[new], size=size)
    demo.cosign(ledger, size, witness_key)
    views.write(ledger)
    for name in ("swept/decisions/x.parquet", f"seg/decisions/197001/{'f' * 64}.parquet", "log/.tmp-1", ".tmp-2"):
        log.files.write(ledger / name, b"left behind")
    return ledger


def names(ledger: Path, pattern: str) -> list[Path]:
    found = (p for p in ledger.rglob("*") if p.is_file())
    return sorted(p for p in found if re.fullmatch(pattern, p.relative_to(ledger).as_posix()))


def test_every_file_is_of_a_class_and_every_class_has_a_file(whole: Path) -> None:
    everything = {p for p in whole.rglob("*") if p.is_file()}
    by_class = {name: set(names(whole, pattern)) for name, pattern in (CLASSES | EXEMPT).items()}
    assert [name for name, found in by_class.items() if not found] == []
    assert everything - set().union(*by_class.values()) == set()
    report = both_hold(whole)
    assert (report.witnessed, report.unsigned, report.checkpoints) == (report.entries, 0, 3)


def flipped(path: Path, drawn: random.Random) -> bytes:
    content = path.read_bytes()
    at, bit = drawn.randrange(len(content)), drawn.randrange(8)
    return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]


@pytest.mark.parametrize("name", CLASSES)
def test_a_changed_bit_is_named_by_both_verifiers(whole: Path, name: str) -> None:
    drawn = random.Random(name)  # noqa: S311
    for path in drawn.choices(names(whole, CLASSES[name]), k=7):
        content = path.read_bytes()
        log._TAILS.clear()
        try:
            path.write_bytes(flipped(path, drawn))
            both_break(whole)
        finally:
            path.write_bytes(content)
    log._TAILS.clear()


@pytest.mark.parametrize("name", EXEMPT)
def test_a_changed_bit_where_nothing_is_evidence_breaks_nothing(whole: Path, name: str) -> None:
    drawn = random.Random(name)  # noqa: S311
    for path in names(whole, EXEMPT[name])[:2]:
        content = path.read_bytes()
        try:
            path.write_bytes(flipped(path, drawn))
            both_hold(whole)
        finally:
            path.write_bytes(content)


def of_older_checkpoints(ledger: Path) -> set[Path]:
    """What the newest checkpoint covers by itself: earlier ones, their cosignatures and their partial tiles."""
    size = checkpoint.kept_sizes(ledger)[-1]
    needed = {ledger / name for name, _ in tiles.of_hashes([bytes(32)] * size)}
    needed |= {ledger / name for name, _ in tiles.of_entries([b""] * size)}
    partial = {p for p in (ledger / "tlog/tile").rglob("*") if ".p/" in str(p) and p.is_file()}
    sizes = [f"{n:012d}" for n in checkpoint.kept_sizes(ledger)[:-1]]
    lines = {p for n in sizes for p in (ledger / "tlog/cosignatures" / n).glob("*")}
    alone = {ledger / checkpoint.KEPT / n for n in sizes} - {ledger / checkpoint.KEPT / p.parent.name for p in lines}
    return partial - needed | lines | alone


@pytest.mark.parametrize("name", CLASSES)
def test_a_file_that_is_taken_away_is_named_unless_the_newest_checkpoint_covers_it(whole: Path, name: str) -> None:
    covered, drawn = of_older_checkpoints(whole), random.Random(name)  # noqa: S311
    assert covered
    found = names(whole, CLASSES[name])
    for path in {found[0], found[-1], *drawn.choices(found, k=2)}:
        content = path.read_bytes()
        log._TAILS.clear()
        try:
            path.unlink()
            (both_hold if path in covered else both_break)(whole)
        finally:
            path.write_bytes(content)
    log._TAILS.clear()


def test_the_threat_model_lists_what_is_exempt() -> None:
    page = (ledgers.ROOT / "docs/threat-model.md").read_text(encoding="utf-8").partition("## Files that are exempt")[2]
    for said in ("derived/*", "swept/*", "segments that no entry names", ".tmp-", "A file taken away"):
        assert said in page
