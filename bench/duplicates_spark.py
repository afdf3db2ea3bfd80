"""Whether Spark runs the statements of `pipeline/sql/corpus/` as they stand, with the rows that DuckDB gives.

    PROVENDER_CORPORA=FOLDER python bench/duplicates_spark.py [--documents N]

The tables that the statements name are made of real documents and written as plain Parquet files. DuckDB runs every
statement here; Spark runs the same text of it over the same files in an environment of its own (bench/.peers-spark,
made by uv; needs Java 17). Prints rows and whether they are equal, and leaves with 1 where they are not.
"""

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import duckdb
import pyarrow as pa
from duplicates import CORPORA, corpus_files

from pipeline.readers import rows
from pipeline.rules.duplicates import by_relation, duplicate_rules
from pipeline.schemas import DOCUMENTS, conform
from pipeline.stages import duplicates as stage
from pipeline.stages.duplicates import passages
from pipeline.steps.near import SQL
from pipeline.store import parquet

PEERS = Path(__file__).parent / ".peers-spark"
STATEMENTS = ("copies", "near", "contained", "boilerplate", "earlier-copies", "earlier", "facts", "texts")
EARLIER = 5
"""Every fifth document counts as one of an earlier snapshot, too."""
SPARK = """
import json, sys
from pathlib import Path
from pyspark.sql import SparkSession
told = json.load(sys.stdin)
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config(
    "spark.sql.shuffle.partitions", "4").config("spark.driver.bindAddress", "127.0.0.1").config(
    "spark.driver.host", "127.0.0.1").getOrCreate()
spark.sparkContext.setLogLevel("ERROR")
for path in sorted(Path(told["folder"]).glob("*.parquet")):
    spark.read.parquet(str(path)).createOrReplaceTempView(path.stem)
for name, statement in told["statements"].items():
    found = spark.sql(statement)
    if name == "copies":
        found.createOrReplaceTempView(name)
    print(json.dumps([name, [list(row) for row in found.collect()]]), flush=True)
"""


def tables(n: int, folder: Path) -> None:
    """Write what the statements name, from `n` documents of the bench corpus and copies of some of them."""
    read = (batch.column("text") for name in corpus_files() for batch in rows.read(name))
    texts = list(itertools.islice((text for column in read for text in column.to_pylist()), n))
    texts += [*texts[:20], *(f"{text}\nOne line more than before." for text in texts[20:80])]
    ids = list(range(len(texts)))
    columns = {"doc_id": ids, "source_id": [f"source-{i % 3}" for i in ids], "text": texts}
    columns |= {"lang": ["en"] * len(ids), "locator": [""] * len(ids), "content_hmac": [bytes(32)] * len(ids)}
    columns |= {"fetched_at_us": [None if i % 2 else i for i in ids]}
    documents = conform({k: pa.array(v, DOCUMENTS.field(k).type) for k, v in columns.items()}, DOCUMENTS)
    for name, table in _made(documents).items():
        parquet.write(folder / f"{name}.parquet", table)


def _made(documents: pa.Table) -> dict[str, pa.Table]:
    rules, ids = duplicate_rules(), documents.column("doc_id")
    measures = stage.measure(documents)
    bands = stage.bands(measures, rules).select(["key", "doc_id"])
    earlier = documents.take(list(range(0, documents.num_rows, EARLIER)))
    known = stage.measure(earlier)
    limits = {"full_bucket": [by_relation(rules, "near").full_bucket], "documents": [3]}
    return {
        "measures": measures.select(["doc_id", "normalised_hash", "n_shingles"]),
        "bands": bands,
        "samples": passages.samples(documents, rules),
        "units": passages.units(documents, rules),
        "limits": pa.table(limits),
        "earlier_bands": stage.bands(known, rules).select(["key", "doc_id"]),
        "earlier_kinds": known.select(["normalised_hash", "doc_id"]),
        "involved": pa.table({"doc_id": ids}),
        "run_documents": documents.select(["doc_id", "source_id", "fetched_at_us"]),
        "quality": pa.table({"doc_id": ids, "quality_ppm": pa.array([7] * len(ids), pa.int32())}),
        "source_facts": pa.table(
            {"source_id": ["source-0"], "licence_rule": ["LIC.R001"], "kind": ["web"], "collected_to_us": [9]}
        ),
        "documents": documents.select(["doc_id", "text"]),
        "parts": pa.table({"part": pa.array([i % 7 for i in range(len(ids))], pa.int64()), "doc_id": ids}),
    }


def duckdb_rows(folder: Path, statements: dict[str, str]) -> dict[str, list[list[object]]]:
    """What DuckDB gives for every statement."""
    connection = duckdb.connect()
    for path in sorted(folder.glob("*.parquet")):
        connection.execute(f"create view {path.stem} as select * from read_parquet('{path}')")
    connection.execute(f"create table copies as {statements['copies']}")
    return {name: [list(row) for row in connection.sql(one).fetchall()] for name, one in statements.items()}


def spark_rows(folder: Path, statements: dict[str, str]) -> dict[str, list[list[object]]]:
    """What Spark gives for the same text of every statement."""
    if not PEERS.exists():
        uv = str(Path(__file__).parents[1] / ".tools/bin/uv")
        subprocess.run([uv, "venv", "--quiet", str(PEERS)], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", str(PEERS / "bin/python"), "pyspark==4.3.0"]
        subprocess.run(install, check=True)
    told = json.dumps({"folder": str(folder), "statements": statements})
    done = subprocess.run(
        [str(PEERS / "bin/python"), "-c", SPARK], input=told, capture_output=True, text=True, check=False,
        env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
    )  # fmt: skip
    if done.returncode:
        sys.exit(f"Spark stopped: {done.stderr[-2000:]}")
    return dict(json.loads(line) for line in done.stdout.splitlines() if line.startswith("["))


def main() -> None:
    """Run and compare; see the module."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--documents", type=int, default=3000)
    given = options.parse_args()
    if not CORPORA.is_dir():
        sys.exit("no corpora: set PROVENDER_CORPORA to their folder")
    statements = {name: (SQL / f"{name}.sql").read_text(encoding="utf-8") for name in STATEMENTS}
    with tempfile.TemporaryDirectory() as made:
        tables(given.documents, Path(made))
        ours, theirs = duckdb_rows(Path(made), statements), spark_rows(Path(made), statements)
    for name, found in ours.items():
        print(f"{name}: {len(found)} rows, {'equal' if found == theirs[name] else 'DIFFERENT'}")
    sys.exit(int(ours != theirs))


if __name__ == "__main__":
    main()
