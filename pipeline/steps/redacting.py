"""The step `personal`: find, decide and redact by what the register says about each source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.decisions import kept
from pipeline.models.personal import Finder, finder
from pipeline.models.surrogates import surrogate
from pipeline.rules.personal import EntityRule
from pipeline.rules.personal_documents import document_rules
from pipeline.rules.personal_policy import Basis, policy, profiles
from pipeline.schemas import DECISIONS
from pipeline.stages import personal as stage
from pipeline.stages.personal import subjects
from pipeline.stages.personal.modes import Keyed
from pipeline.steps import keys, verifying
from pipeline.steps.finishing import Finished, OnProgress, Outcome, finish, over
from pipeline.steps.register import register_table
from pipeline.steps.runs import Context
from pipeline.steps.stages import Work, finished, read_documents, works_of
from pipeline.store import parquet


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """What the register says about the personal information of one source."""

    names: str
    profile: str
    basis: Basis


@dataclass(frozen=True, kw_only=True, slots=True)
class Personal:
    """One batch, as a worker gets it."""

    work: Work
    said: Said


def said(source: Mapping[str, Any], use: str) -> Said:
    """What a row of the register says, with what its profile says where it is silent.

    Args:
        source: a row of `SOURCES`.
        use: of the run.
    """
    profile = source["personal_profile"] or "web"
    basis = Basis(name=source["pi_basis"], keeps=tuple(source["personal_keeps"] or ()), use=use)
    return Said(names=source["names_policy"] or profiles()[profile].names, profile=profile, basis=basis)


def sources(context: Context) -> dict[str, Said]:
    """What the register of a run says about each source."""
    rows = register_table(context).to_pylist()
    return {str(row["source_id"]): said(row, context.plan.use) for row in rows}


@cache
def _finder() -> Finder:
    return finder()


def decide(item: Personal) -> Finished:
    """Find, decide and redact one batch."""
    work, find = item.work, _finder()
    documents = read_documents(work.context, "personal", work.batch)
    rules = policy(item.said.profile, item.said.basis)
    now_us = work.context.plan.started_at_us
    findings = stage.measure(documents, find=find, names=item.said.names, now_us=now_us)
    _write_index(work, documents, findings)
    decisions = stage.decide(documents, findings, rules, document_rules(item.said.basis.name))
    planned = stage.plan(documents.column("text"), findings, rules, _keyed(work, rules))
    redacted = stage.spliced(documents, planned, content_key=keys.content_key(work.context.lake))
    stage.look_again(redacted, decisions, planned, rules, find=find)
    outcome = Outcome(
        decisions=_with_hmac(decisions, redacted),
        documents=kept(redacted, decisions),
        measures=findings,
        models=find.versions,
    )
    finish(work.context, "personal", work.batch, work.source_id, outcome)
    return finished(work, documents)


def _keyed(work: Work, rules: Sequence[EntityRule]) -> Keyed:
    """The run's key, made only when a rule asks for it."""
    if not any(rule.mode in ("pseudonym", "surrogate") for rule in rules):
        return Keyed()
    return Keyed(key=keys.pseudonym_key(work.context.lake, work.context.plan.run), surrogate=surrogate)


def _write_index(work: Work, documents: pa.Table, findings: pa.Table) -> None:
    """Let a person be found again in this batch, under the key of the year in which the run was started."""
    lake, plan = work.context.lake, work.context.plan
    year = datetime.fromtimestamp(plan.started_at_us / 1e6, UTC).year
    found = subjects.index(documents, findings, keys.subject_key(lake, year))
    parquet.write(lake.index(year, plan.run, work.batch), found, group_rows=parquet.SOUGHT_ROWS)


def _with_hmac(decisions: pa.Table, redacted: pa.Table) -> pa.Table:
    changed = pc.equal(decisions.column("outcome"), "redact")
    hmac = pc.if_else(changed, redacted.column("content_hmac"), pa.scalar(None, DECISIONS.field("content_hmac").type))
    return decisions.set_column(decisions.schema.get_field_index("content_hmac"), DECISIONS.field("content_hmac"), hmac)


def personal(context: Context, *, workers: int = 1, on_progress: OnProgress | None = None) -> int:
    """Find and redact personal information. The number of documents decided.

    Raises:
        InputMissing: a model of names cannot be loaded; nothing was read yet.
    """
    of = sources(context)
    items = [Personal(work=work, said=of[work.source_id]) for work in works_of(context, "personal")]
    if any(item.said.names != "never" for item in items):
        _finder().load()
    return over(decide, items, "personal", workers=workers, on_progress=on_progress)


def verify_personal(context: Context, n: int) -> int:
    """Scan `n` documents of the run again without the prefilter. The number of findings that differ."""
    return verifying.verify_personal(context, _finder(), n)
