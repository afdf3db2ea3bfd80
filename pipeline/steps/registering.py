"""The step `sources`: what the register says is kept as evidence, numbered as versions, and decided per source."""

import hashlib
from collections.abc import Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.errors import InputMalformed, RunChanged, SourceRefused
from pipeline.ledger import log
from pipeline.readers import register as reader
from pipeline.readers.register import Register
from pipeline.rules import catalogue
from pipeline.rules import sources as rules
from pipeline.schemas import conform
from pipeline.schemas.ledger import KINDS
from pipeline.schemas.sources import SOURCE_FINDINGS, UPSTREAMS
from pipeline.stages import sources as stage
from pipeline.steps import measuring_quality, roles, runs
from pipeline.steps.finishing import append_rows
from pipeline.steps.runs import Context, Plan
from pipeline.store import files, parquet
from pipeline.store.lake import Lake

Counts = dict[str, int]


def sources(
    lake: Lake,
    *,
    run: str,
    registers: Sequence[str],
    use: str,
    actor: str,
    place: str = "CN",
    is_commercial: bool = True,
) -> Counts:
    """Start the run and decide which sources may be read at all.

    Args:
        lake: where the run is kept.
        run: its name.
        registers: folders of source files.
        use: pretrain, finetune or eval.
        actor: who runs it.
        place: where models are trained: two letters, or EU.
        is_commercial: whether the use is.

    Raises:
        RunChanged: the run was started with something else.
        SourceRefused: the same source stands in two registers.
        NotAllowed: roles.toml lets others run, or register sources.
        InputMalformed: an opt-out list cannot be read; without it nobody knows what is refused.
        InputMissing, EvidenceBroken: the model that the quality rules name is not in the lake, or another one is.
    """
    measuring_quality.model(lake)
    read = [reader.read(Path(folder)) for folder in registers]
    _refuse_lists(read)
    table = pa.concat_tables([r.sources for r in read])
    _refuse_twice(table)
    plan = Plan(
        run=run,
        registers=tuple(registers),
        register_sha256=_digest(read),
        use=use,
        actor=actor,
        code=runs.code_version(),
        rules=runs.rules_of_stages(),
        started_at_us=runs.now_us(),
        place=place,
        is_commercial=is_commercial,
    )
    roles.require(lake, "run", actor)
    for registrar in sorted({name for one in read for name in one.registrars}):
        roles.require(lake, "register", registrar)
    context = runs.start(lake, plan)
    _keep_evidence(lake, read)
    parquet.write(lake.run(run) / "sources.parquet", table)
    parquet.write(opt_outs_path(lake, run), pa.concat_tables([r.optouts for r in read]))
    return _decide(context, table)


def _decide(context: Context, table: pa.Table) -> Counts:
    folder, started = context.lake.run(context.plan.run), context.plan.started_at_us
    plan = context.plan
    decisions = stage.decide(table, rules.rules(), now_us=started, use=plan.use, is_commercial=plan.is_commercial)
    findings = stage.notice(table, decisions, rules.notices(), now_us=started)
    upstreams = stage.chain(table)
    line = rules.by_condition("assessed_bad").above_ppm
    parquet.write(folder / "decisions-sources.parquet", decisions)
    parquet.write(folder / "findings-sources.parquet", findings)
    parquet.write(folder / "upstreams.parquet", upstreams)
    append_rows(context, "rules", catalogue.rows(started))
    append_rows(context, "sources", _versioned(context, table))
    append_rows(context, "source_decisions", decisions, stage="sources")
    for kind, rows in (
        ("source_findings", findings),
        ("upstreams", upstreams),
        ("assessments", stage.before(table, line_ppm=line)),
    ):
        if rows.num_rows:
            append_rows(context, kind, rows, stage="sources")
    kept = pc.sum(pc.equal(decisions.column("outcome"), "keep")).as_py() or 0
    refused = decisions.num_rows - kept
    return {"sources": decisions.num_rows, "kept": kept, "refused": refused, "warnings": findings.num_rows}


def read_again(context: Context) -> list[Register]:
    """The registers of a run, read once more.

    Raises:
        RunChanged: a register file, its evidence or an opt-out list is not what the run was started with.
    """
    read = [reader.read(Path(folder)) for folder in context.plan.registers]
    if _digest(read) != context.plan.register_sha256:
        raise RunChanged(
            f"the register of run {context.plan.run} changed after the step sources had decided on it",
            fix="put the files back, or start a new run: a changed registration is a new version",
        )
    return read


def _digest(read: Sequence[Register]) -> str:
    return sha256("".join(r.sha256 for r in read).encode())


def _refuse_lists(read: Sequence[Register]) -> None:
    wrong = [problem for r in read for problem in r.list_problems]
    if wrong:
        named = ", ".join(sorted({f"{problem.file} line {problem.line}" for problem in wrong}))
        raise InputMalformed(
            f"opt-out lists cannot be read: {named}", fix="`provender sources check` tells what is wrong"
        )


def _refuse_twice(table: pa.Table) -> None:
    counted = pc.value_counts(table.column("source_id").combine_chunks()).to_pylist()
    twice = [row["values"] for row in counted if row["counts"] > 1]
    if twice:
        raise SourceRefused(f"registered twice: {', '.join(twice)}", fix="give each source one file with its own id")


def sha256(content: bytes) -> str:
    """Hex SHA-256."""
    return hashlib.sha256(content).hexdigest()


def evidence_path(lake: Lake, digest: str) -> Path:
    """Where evidence of a hex SHA-256 is kept."""
    return lake.evidence / digest[:2] / digest


def _keep_evidence(lake: Lake, read: Sequence[Register]) -> None:
    """Keep the bytes of every register and evidence file under their hash."""
    for digest, path in sorted({item for r in read for item in r.evidence.items()}):
        kept = evidence_path(lake, digest)
        if not kept.exists():
            content = path.read_bytes()
            if sha256(content) != digest:
                raise RunChanged(
                    "evidence changed while it was read", fix="run again when nobody writes to the register"
                )
            files.put_if_absent(kept, content)


def _versioned(context: Context, table: pa.Table) -> pa.Table:
    """The sources as rows of the ledger; one whose file and evidence are as before keeps its version number."""
    before = _last_versions(context.lake.ledger, set(table.column("source_id").to_pylist()))
    columns = {name: table.column(name) for name in KINDS["sources"].names if name in table.column_names}
    named = zip(*(table.column(n).to_pylist() for n in ("source_id", "register_sha256", "evidence")), strict=True)
    columns["version"] = pa.array([_version(before.get(source), digest, seen) for source, digest, seen in named])
    for name in ("modality", "languages"):
        columns[name] = pc.binary_join(table.column(name).combine_chunks(), ",")
    return conform(columns, KINDS["sources"])


Known = tuple[int, bytes, str]  # version, hash of the file, evidence


def _version(before: Known | None, digest: bytes, evidence: str) -> int:
    if before is None:
        return 1
    return before[0] if before[1:] == (digest, evidence) else before[0] + 1


def _last_versions(ledger: Path, wanted: set[str]) -> dict[str, Known]:
    found: dict[str, Known] = {}
    for row in _registrations(ledger):
        if wanted <= found.keys():
            break
        if row["source_id"] not in found:
            found[str(row["source_id"])] = (
                int(str(row["version"])),
                bytes(row["register_sha256"]),
                str(row["evidence"]),
            )
    return found


def _registrations(ledger: Path) -> Iterator[dict[str, Any]]:
    """Rows of the ledger kind `sources` that have a version, newest first."""
    for entry in reversed(list(log.entries(ledger, kind="sources"))):
        rows = parquet.read(ledger / str(entry["path"]))
        if "version" in rows.column_names:
            yield from reversed(rows.to_pylist())


def versions(lake: Lake, source: str) -> dict[int, dict[str, Any]]:
    """Version to row, of every registration of a source in this lake, ascending."""
    rows = [row for row in _registrations(lake.ledger) if row["source_id"] == source]
    return {row["version"]: row for row in sorted(rows, key=itemgetter("version"))}


def findings(context: Context) -> pa.Table:
    """What the step noticed: `SOURCE_FINDINGS`."""
    return parquet.read(context.lake.run(context.plan.run) / "findings-sources.parquet", SOURCE_FINDINGS)


def upstreams(context: Context) -> pa.Table:
    """Every dataset behind each source: `UPSTREAMS`. The strictest of their licences holds for the source."""
    return parquet.read(context.lake.run(context.plan.run) / "upstreams.parquet", UPSTREAMS)


def opt_outs_path(lake: Lake, run: str) -> Path:
    """Where the refusals that hold for a run are kept; they name people."""
    return lake.private / "opt-outs" / f"{run}.parquet"
