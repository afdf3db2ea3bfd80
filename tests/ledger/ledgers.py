"""Small ledgers for tests, and both verifiers over them."""

import importlib.util
import shutil
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pytest

from pipeline.errors import EvidenceBroken
from pipeline.ledger import checkpoint, keys, log, verify, witness
from pipeline.schemas import DECISIONS
from pipeline.schemas.ledger import KINDS

ROOT = Path(__file__).parents[2]


def auditor() -> ModuleType:
    """The independent verifier, as it is shipped."""
    spec = importlib.util.spec_from_file_location("auditor_verify", ROOT / "docs/auditor/verify.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


AUDITOR = auditor()


def made(folder: Path, batches: int = 2) -> Path:
    """A signed ledger of a key entry and `batches` of decisions; batch 1 has more rows than a tile."""
    ledger, key = folder / "ledger", keys.generate(folder / "private", "demo")
    keys.trust(ledger, key.vkey, role="notary", at_us=1, actor="test")
    for batch in range(batches):
        append(ledger, batch)
    checkpoint.sign(ledger, key, at_us=3)
    return ledger


def notary(ledger: Path) -> keys.Key:
    return keys.load(ledger.parent / "private", "demo")


def decided(batch: int, n: int | None = None) -> tuple[log.Entry, pa.Table]:
    n = n or (300 if batch == 1 else 3)
    ids = [(batch << 32) + i for i in range(n)]
    values = {"doc_id": ids, "outcome": ["drop"] * n, "rule_id": ["质量.R1"] * n, "rule_version": [1] * n}
    rows = pa.table([values.get(f.name, [None] * n) for f in DECISIONS], schema=DECISIONS)
    entry = log.Entry(kind="decisions", key=f"b{batch}", at_us=2, actor="t", run="r", stage="quality", batch=batch)
    return entry, rows


def append(ledger: Path, batch: int) -> int:
    return log.append(ledger, *decided(batch))


def row(kind: str, **values: object) -> pa.Table:
    schema = KINDS[kind]
    return pa.table([[values.get(f.name)] for f in schema], schema=schema)


def both_hold(ledger: Path, **options: str) -> verify.Report:
    """The report of one verifier, when the other says the same."""
    report = verify.verify(ledger, vkey=options.get("vkey"))
    other = AUDITOR.check_ledger(ledger, options.get("vkey"), None, None)
    same = ("entries", "segments", "rows", "rows_verified", "checkpoints", "unsigned", "witnessed", "disowned")
    assert {name: getattr(report, name) for name in same} == {name: other[name] for name in same}
    assert (report.checkpoint_size, report.checkpoint_root) == (other["signed"], other["root"])
    return report


def both_break(ledger: Path, *names: str, vkey: str | None = None) -> str:
    """What both verifiers say is broken; each says every one of `names`."""
    with pytest.raises(EvidenceBroken) as ours:
        verify.verify(ledger, vkey=vkey)
    with pytest.raises(AUDITOR.Broken) as theirs:
        AUDITOR.check_ledger(ledger, vkey, None, None)
    for name in names:
        assert name in ours.value.message
        assert name in str(theirs.value)
    return ours.value.message


def resigned(ledger: Path) -> None:
    """The notary lies: a checkpoint over what the log says now."""
    shutil.rmtree(ledger / "tlog")
    log._TAILS.clear()
    checkpoint.sign(ledger, notary(ledger), at_us=9)


def witnessed(folder: Path, name: str = "w1.example") -> tuple[keys.Key, str]:
    """A witness's key and its public half."""
    key = keys.generate(folder, name)
    return key, witness.vkey(key)
