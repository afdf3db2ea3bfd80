"""OpenLineage events of a run, as the ledger keeps them: one START and one COMPLETE for each stage, made from the log.

They carry names and counts only, so that they may leave the house. Source: OpenLineage 2-0-2, `RunEvent`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import NAMESPACE_URL, uuid5

from pipeline.ledger import canonical, log
from pipeline.schemas import STAGES, conform
from pipeline.schemas.ledger import KINDS
from pipeline.steps.finishing import append_rows
from pipeline.steps.runs import Context

NAMESPACE = "provender"
PRODUCER = "urn:provender"
SPEC = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent"
STATISTICS = "https://openlineage.io/spec/facets/1-0-2/OutputStatisticsOutputDatasetFacet.json"

Entries = Sequence[Mapping[str, object]]


def append(context: Context) -> int:
    """Append the events of this run, once; how many there are."""
    found = list(events(context))
    columns: dict[str, object] = {
        "event_type": [one["eventType"] for one in found],
        "job": [one["job"]["name"] for one in found],
        "run_uuid": [one["run"]["runId"] for one in found],
        "event": [canonical.entry(one).decode() for one in found],
    }
    append_rows(context, "openlineage", conform(columns, KINDS["openlineage"]))
    return len(found)


def events(context: Context) -> Iterator[dict[str, dict[str, str]]]:
    """START and COMPLETE of every stage that has decided anything, in the order of the stages."""
    run = context.plan.run
    for stage in STAGES:
        entries = list(log.entries(context.lake.ledger, kind="decisions", run=run, stage=stage))
        if entries:
            yield _event("START", run, stage, entries[:1], entries)
            yield _event("COMPLETE", run, stage, entries[-1:], entries)


def _event(kind: str, run: str, stage: str, when: Entries, entries: Entries) -> dict[str, dict[str, str]]:
    output: dict[str, object] = {"namespace": NAMESPACE, "name": f"{run}/{stage}"}
    if kind == "COMPLETE":
        rows = sum(n for one in entries if isinstance(n := one["rows"], int))
        facet = {"_producer": PRODUCER, "_schemaURL": STATISTICS, "rowCount": rows, "fileCount": len(entries)}
        output["outputFacets"] = {"outputStatistics": facet}
    sources = sorted({str(one["source_id"]) for one in entries})
    event: dict[str, object] = {
        "eventType": kind,
        "eventTime": datetime.fromtimestamp(int(str(when[0]["at_us"])) / 1e6, UTC).isoformat(),
        "producer": PRODUCER,
        "schemaURL": SPEC,
        "run": {"runId": str(uuid5(NAMESPACE_URL, f"{PRODUCER}/{run}/{stage}"))},
        "job": {"namespace": NAMESPACE, "name": stage},
        "inputs": [{"namespace": NAMESPACE, "name": source} for source in sources],
        "outputs": [output],
    }
    return event  # type: ignore[return-value]
