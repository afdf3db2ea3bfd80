"""The step `duplicates` over the files of a run: the bench corpus as ten sources, batches as a reader makes them.

    python bench/duplicates_files.py [--workers N] [--write bench/duplicates_files.json]

Everything of the step is in it: measures, keys, samples and lines of every batch written, candidates by SQL with the
memory limit of a run, texts of candidates read again and verified, lines that a source repeats, documents inside
others, decisions, the documents that stay, ledger entries. CPU seconds of this process and its workers; peak memory of
the largest of them. The lake lies in the working directory and goes afterwards. Corpora: PROVENDER_CORPORA.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import pyarrow as pa
from duplicates import CORPORA, corpus_files, megabytes

from pipeline.readers import rows
from pipeline.schemas import DECISIONS, DOCUMENTS, SOURCE_DECISIONS, conform
from pipeline.schemas.sources import SOURCES
from pipeline.steps import copies, runs
from pipeline.steps.finishing import Outcome, finish
from pipeline.steps.runs import Context, Plan
from pipeline.store import parquet
from pipeline.store.lake import Lake

RUN = "bench"
NO_HASH = b"\0" * 32


def make(folder: Path) -> float:
    """A run whose documents have come through the stage `quality`; the megabytes of its texts."""
    plan = Plan(
        run=RUN, registers=(), register_sha256="00", use="pretrain", actor="bench", code="1", rules={}, started_at_us=1
    )  # fmt: skip
    context = runs.start(Lake(folder), plan)
    sources = [(Path(name).name, name) for name in corpus_files()]
    _sources(context, [source for source, _ in sources])
    read = ((source, batch.column("text")) for source, name in sources for batch in rows.read(name))
    size = 0.0
    for number, (source, texts) in enumerate(read, 1):
        _batch(context, number, source, texts)
        size += megabytes(texts)
    return size


def _sources(context: Context, names: list[str]) -> None:
    n = len(names)
    register = {"source_id": names, "kind": ["open-data"] * n, "data_type": ["web"] * n}
    register |= {"register_sha256": [NO_HASH] * n, "missing": pa.array([[]] * n, pa.list_(pa.string()))}
    parquet.write(context.lake.run(RUN) / "sources.parquet", conform(register, SOURCES))
    licensed = {"source_id": names, "outcome": ["keep"] * n, "rule_id": ["LIC.R001"] * n}
    licensed |= {"rule_version": [1] * n, "article": ["7(2)"] * n}
    parquet.write(context.lake.run(RUN) / "decisions-licences.parquet", conform(licensed, SOURCE_DECISIONS))


def _batch(context: Context, batch: int, source: str, texts: pa.ChunkedArray) -> None:
    n = len(texts)
    ids = pa.array(range(batch << 32, (batch << 32) + n), pa.int64())
    columns = {
        "doc_id": ids,
        "source_id": [source] * n,
        "text": texts.combine_chunks(),
        "lang": ["en"] * n,
        "locator": [""] * n,
    }
    columns |= {"content_hmac": [NO_HASH] * n, "fetched_at_us": [1] * n}
    documents = conform({k: pa.array(v, DOCUMENTS.field(k).type) for k, v in columns.items()}, DOCUMENTS)
    decided = {"doc_id": ids, "outcome": ["keep"] * n, "rule_id": ["X"] * n, "rule_version": [1] * n}
    finish(context, "documents", batch, source, Outcome(decisions=conform(decided, DECISIONS)))
    parquet.write(context.lake.documents(RUN, "quality", batch), documents)
    measured = pa.table({"doc_id": ids, "quality_ppm": pa.nulls(n, pa.int32())})
    parquet.write(context.lake.measures(RUN, "quality", batch), measured)


def _cpu() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def measure(folder: Path, workers: int) -> dict[str, Any]:
    """The step over a lake that was made by another process."""
    context = runs.load(Lake(folder), RUN)
    start, own = time.perf_counter(), _cpu()
    n = copies.duplicates(context, workers=workers)
    used, taken = _cpu() - own, time.perf_counter() - start
    kept = sum(parquet.read(path).num_rows for path in context.lake.documents(RUN, "duplicates", 0).parent.iterdir())
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    found = {"documents": n, "kept": kept, "batches": len(runs.batches(context)), "workers": workers}
    return found | {"cpu_s": round(used, 1), "wall_s": round(taken, 1), "peak_rss_mb": peak // 1024}


def main() -> None:
    """Measure; print, and write where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.folder:
        print(json.dumps(measure(options.folder, options.workers)))
        return
    if not (CORPORA / "bench").is_dir():
        sys.exit(f"skipped: no corpora at {CORPORA}; set PROVENDER_CORPORA")
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        size = make(Path(folder))
        command = [sys.executable, __file__, "--folder", folder, "--workers", str(options.workers)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    figures = {"mb": round(size, 1)} | json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(figures, indent=1))
    if options.write:
        options.write.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
