"""A sample of a run is scanned again without the prefilter, and the ledger says how many findings differ."""

from collections.abc import Iterator

import pyarrow as pa

from pipeline.models.personal import Finder
from pipeline.models.verifying import verify
from pipeline.schemas import DOCUMENTS, conform
from pipeline.schemas.ledger import VERIFICATIONS
from pipeline.steps import runs
from pipeline.steps.finishing import append_rows
from pipeline.steps.runs import Context
from pipeline.store import parquet


def verify_personal(context: Context, find: Finder, n: int) -> int:
    """Verify `n` documents of the run, spread over its batches; how many findings differ. Appended once per run."""
    texts, langs = zip(*_sample(context, n), strict=True) if n else ((), ())
    if not texts:
        return 0
    seen = verify(find, texts, langs)
    row = {
        "run": [context.plan.run],
        "stage": ["personal"],
        "against": [f"presidio-analyzer {find.versions['presidio-analyzer']}"],
        "n_documents": [seen.n_documents],
        "n_findings": [seen.n_findings],
        "n_differing": [seen.n_differing],
        "n_unscanned": [seen.n_unscanned],
    }
    append_rows(context, "verifications", conform(dict(row), VERIFICATIONS), stage="personal")
    return seen.n_differing


def _sample(context: Context, n: int) -> Iterator[tuple[str, str]]:
    batches = list(runs.batches(context))
    for position, batch in enumerate(batches):
        here = n // len(batches) + (position < n % len(batches))
        path = context.lake.documents(context.plan.run, "duplicates", batch)
        documents = parquet.read(path, DOCUMENTS).select(["text", "lang"])
        step = max(1, documents.num_rows // max(1, here))
        chosen = documents.take(pa.array(range(0, documents.num_rows, step)[:here], pa.int64()))
        yield from zip(chosen.column("text").to_pylist(), chosen.column("lang").to_pylist(), strict=True)
