from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import EvidenceBroken
from pipeline.ledger import checkpoint, keys, log, queries, verify, views
from pipeline.schemas import DECISIONS


def made(folder: Path) -> Path:
    ledger, key = folder / "ledger", keys.generate(folder / "private", "demo")
    keys.trust(ledger, key.vkey, role="notary", at_us=1, actor="test")
    for batch in (0, 1):
        append(ledger, batch)
    checkpoint.sign(ledger, key, at_us=3)
    return ledger


def append(ledger: Path, batch: int) -> int:
    n = 300 if batch else 1  # more than one tile
    ids = [(batch << 32) + i for i in range(n)]
    values = {"doc_id": ids, "outcome": ["drop"] * n, "rule_id": ["质量.R1"] * n, "rule_version": [1] * n}
    rows = pa.table([values.get(f.name, [None] * n) for f in DECISIONS], schema=DECISIONS)
    entry = log.Entry(kind="decisions", key=f"b{batch}", at_us=2, actor="t", run="r", stage="quality", batch=batch)
    return log.append(ledger, entry, rows)


def test_a_key_that_is_in_the_log_is_not_appended_again(tmp_path: Path) -> None:
    ledger = made(tmp_path)
    assert append(ledger, 1) == 2
    assert verify.verify(ledger).entries == 3


@pytest.mark.parametrize(
    "pattern",
    [
        "log/**/000001.json",
        "seg/decisions/**/*.parquet",
        "seg/decisions/**/*.tile8",
        "tlog/checkpoint",
        "tlog/checkpoints/*",
        "keys/*.json",
    ],
)
def test_a_flipped_byte_in_any_kind_of_file_breaks_the_evidence(tmp_path: Path, pattern: str) -> None:
    ledger = made(tmp_path)
    path = min(ledger.glob(pattern))
    content = bytearray(path.read_bytes())
    for place in range(0, len(content), max(1, len(content) // 20)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(EvidenceBroken):
            verify.verify(ledger)
    path.write_bytes(content)
    assert verify.verify(ledger).unsigned == 0


def test_every_query_runs_and_the_funnel_counts(tmp_path: Path) -> None:
    with views.connect(made(tmp_path)) as connection:
        answers = {q.name: queries.run(connection, q.name) for q in queries.list_queries()}
    assert answers["Q06"].column("dropped").to_pylist() == [301]
