"""The search for candidate pairs over LSH keys of a million synthetic signatures and more, with bounded memory.

    python bench/duplicates_scale.py MILLIONS ... [--write bench/duplicates_scale.json]

Every hundredth document is a near copy: it shares 15 of 20 keys with the one before it; all other keys are random.
The search is the one that a run makes (`pipeline/steps/near.py`), the memory limit the one that a run sets. Each size
runs in a process of its own; the spilled bytes are the most that lay in the spill folder at any look, twice a second.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from pipeline.schemas.duplicates import BANDS
from pipeline.steps import near
from pipeline.steps.earlier import MEMORY_BYTES
from pipeline.store import database, parquet

BANDS_EACH = 20
SHARED = 15
ONE_IN = 100
BATCH = 100_000
MILLION = 1_000_000


def write(folder: Path, documents: int) -> None:
    """Keys of so many documents, batch by batch, as a run writes them."""
    for number, first in enumerate(range(0, documents, BATCH)):
        keys = np.random.default_rng(number).integers(-(1 << 63), 1 << 63, (BATCH, BANDS_EACH), np.int64)
        copies = np.arange(ONE_IN - 1, BATCH, ONE_IN)
        keys[copies, :SHARED] = keys[copies - 1, :SHARED]
        ids = np.tile(np.arange(first, first + BATCH), BANDS_EACH)
        band = np.repeat(np.arange(BANDS_EACH, dtype=np.int16), BATCH)
        table = pa.table([band, keys.T.ravel(), ids], schema=BANDS)
        parquet.write(folder / f"{number:08x}.parquet", table, group_rows=BATCH)


def search(folder: Path) -> dict[str, Any]:
    """Run the statement over the keys of a folder."""
    spill = folder / "spill"
    spill.mkdir()
    most, is_over = [0], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.5):
            sizes = [path.stat().st_size for path in spill.glob("*") if path.exists()]
            most[0] = max(most[0], sum(sizes))

    watcher = threading.Thread(target=watch)
    watcher.start()
    start, own = time.perf_counter(), time.process_time()
    try:
        with database.connect(memory_bytes=MEMORY_BYTES, spill=spill) as connection:
            connection.execute(f"create view run_bands as select * from read_parquet('{folder}/*.parquet')")
            connection.execute("create temp table copies (doc_id bigint, first_id bigint)")
            connection.execute("create temp table limits as select 512 as full_bucket")
            pairs = near.candidates(connection).num_rows
    finally:
        is_over.set()
        watcher.join()
    return {
        "pairs": pairs,
        "wall_s": round(time.perf_counter() - start, 1),
        "cpu_s": round(time.process_time() - own, 1),
        "spilled_mb": most[0] // MILLION,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def measure(millions: int) -> dict[str, Any]:
    """One size."""
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        documents = millions * MILLION
        write(Path(folder), documents)
        size = sum(path.stat().st_size for path in Path(folder).glob("*.parquet"))
        done = subprocess.run(
            [sys.executable, __file__, "--folder", folder], capture_output=True, text=True, check=True
        )
    found: dict[str, Any] = json.loads(done.stdout)
    per_million = {"cpu_s_per_million": round(found["cpu_s"] / millions, 1)}
    if found["pairs"] != documents // ONE_IN:
        sys.exit(f"{found['pairs']} pairs of {documents // ONE_IN} found")
    return {"millions": millions, "keys_mb": size // MILLION} | found | per_million


def main() -> None:
    """Measure; print, and write where asked."""
    parser = argparse.ArgumentParser()
    parser.add_argument("millions", nargs="*", type=int)
    parser.add_argument("--write", type=Path)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.folder:
        print(json.dumps(search(options.folder)))
        return
    figures = [measure(size) for size in options.millions]
    print(json.dumps(figures, indent=1))
    if options.write:
        options.write.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
