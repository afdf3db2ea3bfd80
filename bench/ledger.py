"""Measures the ledger: bytes a row, sealing, verifying, one document's history, every question, appends by 8 writers.

    python bench/ledger.py [--write]      about four minutes on two cores

Rows are synthetic: 10,000 documents a batch, 8 stages, outcomes and rules in the shares of the demo, content hashes
random, as HMACs are. Times of one core are processor time, all others are by the clock; the machine may be shared, so
each run also times `hashlib` on messages of 90 bytes as the peer to compare with.
"""

import hashlib
import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipeline.ledger import checkpoint, explain, hashing, keys, log, queries, verify, views
from pipeline.ledger.verify import Scope
from pipeline.schemas import DECISIONS, STAGES, conform
from pipeline.schemas.ledger import KINDS
from pipeline.store import parquet

HERE = Path(__file__).parent
DOCS = 10_000
FILES = {1: 100, 5: 500, 15: 1_500, 20: 2_000}  # million decisions: segments of 10,000 rows
DROPPED = {"prohibited": 0.02, "quality": 0.15, "duplicates": 0.05}
SKIPPED = ("Q09",)  # asks the private index


def decisions(stage: str, batch: int) -> pa.Table:
    """A batch of decisions of one stage."""
    drawn = np.random.default_rng(batch * 10 + STAGES.index(stage))
    is_out = drawn.random(DOCS) < DROPPED.get(stage, 0.0)
    ids = (batch << 32) + np.arange(DOCS)
    word = stage[:3].upper()
    rules = np.where(is_out, drawn.integers(1, 12, DOCS), 0)
    given: dict[str, object] = {
        "doc_id": ids,
        "outcome": np.where(is_out, "drop", "keep").tolist(),
        "rule_id": [f"{word}.R{n:03d}" for n in rules],
        "rule_version": np.ones(DOCS, np.int32),
    }
    return conform(given | _more(stage, drawn, is_out, ids), DECISIONS)


def _more(stage: str, drawn: np.random.Generator, is_out: np.ndarray, ids: np.ndarray) -> dict[str, object]:
    """The columns that only some stages fill."""
    if stage == "licences":
        return {"evidence_sha256": [hashlib.sha256(b"evidence").digest()] * DOCS}
    if stage == "documents":
        run = drawn.bytes(32 * DOCS)
        return {
            "lang": np.where(drawn.random(DOCS) < 0.5, "zh", "en").tolist(),
            "content_hmac": [run[i : i + 32] for i in range(0, len(run), 32)],
            "n_chars": drawn.lognormal(7, 1, DOCS).astype(np.int32),
        }
    if stage in ("prohibited", "quality"):
        return {"score_ppm": pa.array(drawn.integers(0, 1_000_000, DOCS).astype(np.int32), mask=~is_out)}
    if stage == "duplicates":
        kept = np.maximum(ids - 1, ids[0])
        sims = pa.array(drawn.integers(800_000, 1_000_000, DOCS).astype(np.int32), mask=~is_out)
        return {
            "kept_doc_id": pa.array(kept, mask=~is_out),
            "cluster_id": pa.array(kept, mask=~is_out),
            "sim_ppm": sims,
        }
    if stage == "personal":
        found = drawn.integers(1, 4, DOCS)
        return {
            "pii_counts": [
                f"EMAIL_ADDRESS={n}" if r < 0.1 else None for n, r in zip(found, drawn.random(DOCS), strict=True)
            ]
        }
    return {}


def entry(stage: str, batch: int) -> log.Entry:
    """The entry of that batch."""
    return log.Entry(
        kind="decisions",
        key=f"{stage} {batch}",
        at_us=1_700_000_000_000_000 + batch,
        actor="bench",
        run=f"run-{batch // 125}",
        stage=stage,
        batch=batch,
        source_id=f"source-{batch % 50}",
        code="0" * 40,
        config="0" * 64,
    )


def grow(ledger: Path, have: int, files: int) -> float:
    """Append segments until there are `files`; seconds, without making the rows."""
    seconds = 0.0
    for first in range(have, files, 40):
        numbers = range(first, min(first + 40, files))
        group = [(n // 8, STAGES[n % 8]) for n in numbers]
        made = [(entry(stage, batch), decisions(stage, batch)) for batch, stage in group]
        begin = time.perf_counter()
        log.append_all(ledger, [(one, rows) for one, rows in made])
        seconds += time.perf_counter() - begin
    return seconds


def rest(ledger: Path, batches: int) -> None:
    """Sources, rules, a snapshot of 40 % of the documents, approvals, pulls, withdrawals."""
    for kind, rows in _rest(batches):
        table = conform({name: [row.get(name) for row in rows] for name in rows[0]}, KINDS[kind])
        log.append(ledger, log.Entry(kind=kind, key=f"{kind} {batches} {len(rows)}", at_us=9, actor="bench"), table)
    members = {
        "snapshot_id": ["corpus@1"] * (batches * DOCS * 2 // 5),
        "doc_id": np.concatenate([(b << 32) + np.arange(0, DOCS * 2 // 5) for b in range(batches)]),
        "shard": ["train-0"] * (batches * DOCS * 2 // 5),
    }
    one = log.Entry(kind="snapshot_members", key=f"members {batches}", at_us=9, actor="bench", run="run-0")
    log.append(ledger, one, conform(members, KINDS["snapshot_members"]))


def _rest(batches: int) -> Iterator[tuple[str, list[dict[str, object]]]]:
    digest = hashlib.sha256(b"evidence").digest()
    yield "sources", [{"source_id": f"source-{n}", "kind": "open-data", "data_type": "text"} for n in range(50)]
    row = {"evidence_sha256": digest, "spdx_id": "MIT", "verdict": "allow", "rule_id": "LIC.R000", "rule_version": 1}
    yield "licence_evidence", [row | {"source_id": f"source-{n}", "expires_at_us": 5} for n in range(50)]
    names = [f"{stage[:3].upper()}.R{n:03d}" for stage in STAGES for n in range(12)]
    yield (
        "rules",
        [{"rule_id": n, "rule_version": 1, "stage": "x", "title": n, "definition_sha256": digest} for n in names],
    )
    row = {"snapshot_id": "corpus@1", "name": "corpus", "version": "1", "state": "approved", "created_at_us": 1}
    yield "snapshots", [row, row | {"snapshot_id": "corpus@0", "created_at_us": 0}]
    yield "pulls", [{"snapshot_id": "corpus@1", "puller": f"team-{n}", "pulled_at_us": 2} for n in range(5)]
    yield "withdrawals", [{"doc_id": n << 32, "reason": "r", "withdrawn_at_us": 3} for n in range(batches)]


def clocked(call: Callable[[], object], times: int = 3) -> float:
    """The shortest of some calls, in seconds by the clock."""
    found = []
    for _ in range(times):
        begin = time.perf_counter()
        call()
        found.append(time.perf_counter() - begin)
    return min(found)


def of_core(call: Callable[[], object], times: int = 3) -> float:
    """The shortest of some calls, in seconds of processor time."""
    found = []
    for _ in range(times):
        begin = time.process_time()
        call()
        found.append(time.process_time() - begin)
    return min(found)


def core(batches: int) -> dict[str, float]:
    """Sealing and verifying on one core, without the disk; segments of so many batches, stages in equal parts."""
    pa.set_cpu_count(1)
    hashing.load()
    tables = [(entry(stage, 1), pa.concat_tables([decisions(stage, b) for b in range(batches)])) for stage in STAGES]
    n = sum(rows.num_rows for _, rows in tables)
    seal = of_core(lambda: [log._sealed(*one) for one in tables], 5)  # noqa: SLF001
    message = b"x" * 90
    peer = of_core(lambda: [hashlib.sha256(message).digest() for _ in range(100_000)])
    with tempfile.TemporaryDirectory() as folder:
        ledger = Path(folder) / "ledger"
        log.append_all(ledger, tables)
        check = of_core(lambda: verify.verify(ledger), 5)
    return {
        "segment_rows": batches * DOCS,
        "seal_m_rows_s_core": round(n / seal / 1e6, 2),
        "verify_m_rows_s_core": round(n / check / 1e6, 2),
        "hashlib_m_messages_s_core": round(0.1 / peer, 2),
    }


def row_bytes() -> dict[str, float]:
    """Bytes on disk of a row, by stage, and of the average row of all eight; the rows' share of the tile file too."""
    found = {
        stage: len(parquet.encode(decisions(stage, 1), has_arrow_schema=False)) / DOCS + 32 / 256 for stage in STAGES
    }
    average = sum(found.values()) / len(found)
    return {stage: round(n, 2) for stage, n in found.items()} | {"average": round(average, 2)}


def measured(ledger: Path, million: int) -> dict[str, object]:
    """What it costs to ask a ledger of that size."""
    key = keys.load(ledger.parent / "keys", "bench")
    signing = clocked(lambda: checkpoint.sign(ledger, key, at_us=1), 1)
    writing = clocked(lambda: views.write(ledger), 1)
    size = sum(p.stat().st_size for p in (ledger / "seg/decisions").rglob("*") if p.is_file())
    found: dict[str, object] = {
        "million": million,
        "files": len(list((ledger / "seg/decisions").rglob("*.parquet"))),
        "bytes_a_row": round(size / million / 1e6, 2),
        "sign_s": round(signing, 2),
        "derived_s": round(writing, 2),
    }
    begin = time.perf_counter()
    with views.connect(ledger) as connection:
        found["open_s"] = round(time.perf_counter() - begin, 2)
        doc = (3 << 32) + 77
        found["history_ms"] = round(1000 * clocked(lambda: queries.run(connection, "Q04", {"doc": doc}), 7), 1)
        found["explain_ms"] = round(1000 * clocked(lambda: explain.life(connection, doc), 2), 1)
        given = {"tag": "00" * 16, "hmac": "00" * 32}
        times = {}
        for one in queries.list_queries():
            if one.name not in SKIPPED:
                values = {k: v for k, v in given.items() if k in one.parameters}
                times[one.name] = round(clocked(lambda n=one.name, v=values: queries.run(connection, n, v), 2), 3)
        found["queries_s"] = times
    if million <= 5:
        for workers in (1, 2):
            seconds = clocked(lambda w=workers: verify.verify(ledger, scope=Scope(workers=w)), 1)
            found[f"verify_{workers}_workers_m_rows_s"] = round(million / seconds, 2)
    found["quick_s"] = round(clocked(lambda: verify.verify(ledger, scope=Scope(mode="quick")), 1), 2)
    return found


def appends(group: int, *, has_rows: bool, seconds: float = 4.0) -> dict[str, object]:
    """Appends acknowledged by eight processes in some seconds, with `log.append_all` as every writer uses it.

    An append is one entry and, if `has_rows`, a segment of 3 rows of its own: sealed, synced, named by the entry, the
    entry synced. Each process acknowledges `group` entries at a time; 1 is `log.append`. The log is read back after.
    """
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR")) as folder:
        ledger, before = Path(folder) / "ledger", resource.getrusage(resource.RUSAGE_CHILDREN)
        rows = decisions("quality", 1) if has_rows else None
        children = [_writer(ledger, Path(folder) / f"{who}.acks", who, (group, seconds), rows) for who in range(8)]
        for child in children:
            os.waitpid(child, 0)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        acknowledged = [k for path in Path(folder).glob("*.acks") for k in path.read_text().split()]
        there = [str(one["key"]) for one in log.entries(ledger)]
        verify.verify(ledger, scope=Scope(mode="quick"))
    return {
        "group": group,
        "rows": 3 if has_rows else 0,
        "appends_s": round(len(acknowledged) / seconds),
        "core_ms": round(1000 * (_busy(after) - _busy(before)) / len(acknowledged), 2),
        "lost": len(set(acknowledged) - set(there)),
        "twice": len(there) - len(set(there)),
    }


def _busy(used: resource.struct_rusage) -> float:
    return used.ru_utime + used.ru_stime


def _writer(ledger: Path, acks: Path, who: int, how: tuple[int, float], rows: pa.Table | None) -> int:
    child = os.fork()
    if child:
        return child
    done: list[str] = []
    group, end = how[0], time.monotonic() + how[1]
    while time.monotonic() < end:
        many = [log.Entry(kind="decisions", key=f"{who}-{len(done) + i}", at_us=1, actor="t") for i in range(group)]
        places = [(who * DOCS // 8 + len(done) + i) % (DOCS - 3) for i in range(group)]
        own = [None if rows is None else rows.slice(place, 3) for place in places]
        log.append_all(ledger, list(zip(many, own, strict=True)))
        done += [one.key for one in many]
    acks.write_text("\n".join(done))
    os._exit(0)


def main() -> None:
    """Measure, print, and with `--write` keep what the generated page shows."""
    pa.set_cpu_count(1)
    found: dict[str, object] = {
        "appends": [appends(group, has_rows=has_rows) for group in (1, 64) for has_rows in (False, True)]
    }
    found |= {"note": "", "measured": datetime.now(UTC).date().isoformat(), "cores": os.cpu_count()}
    found |= {"row_bytes": row_bytes(), "core": [core(n) for n in (1, 10)], "sizes": []}
    with tempfile.TemporaryDirectory() as folder:
        ledger, key = Path(folder) / "ledger", keys.generate(Path(folder) / "keys", "bench")
        keys.trust(ledger, key.vkey, role="notary", at_us=1, actor="bench")
        have = 0
        for million, files in FILES.items():
            seconds = grow(ledger, have, files)
            if not have:
                rest(ledger, 12)
            said = measured(ledger, million) | {"append_m_rows_s": round((files - have) * DOCS / seconds / 1e6, 2)}
            found["sizes"] = [*found["sizes"], said]  # type: ignore[misc]
            print(json.dumps(said), file=sys.stderr, flush=True)
            have = files
    text = json.dumps(found, indent=1, sort_keys=True)
    print(text)
    if "--write" in sys.argv:
        (HERE / "ledger.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
