"""Runs the suites of `expectations/` with Great Expectations on small tables of aggregates.

The only importer of great_expectations (inside the function: the import takes seconds). Never a row of text.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from pipeline.errors import GateFailed, InputMissing
from pipeline.schemas import conform
from pipeline.schemas.ledger import KINDS

SUITES = next(
    folder / "expectations"
    for folder in (Path(__file__).parent, Path(__file__).parent.parent)  # an installed wheel, a checkout
    if (folder / "expectations").is_dir()
)

COLUMNS = ("column", "column_A", "column_B")
SHOWN = 5
"""Values against an expectation that are named: counts and shares, of batches at most."""


def run(gate: str, table: pa.Table, *, docs: Path | None = None) -> pa.Table:
    """The result of every expectation of `expectations/<gate>.json` over `table`.

    Args:
        gate: name of the suite.
        table: the aggregates that the suite's `meta.table` describes.
        docs: folder for Data Docs (static HTML); None writes none.

    Returns:
        `expectation_results` rows, in the order of the suite file.

    Raises:
        InputMissing: no such suite.
    """
    suite = _suite(gate)
    outcomes = _validate(suite, table, docs)
    rows = [_row(gate, expectation, outcomes, table) for expectation in suite["expectations"]]
    columns: dict[str, object] = {name: [row[name] for row in rows] for name in rows[0]}
    return conform(columns, KINDS["expectation_results"])


def require(results: pa.Table) -> None:
    """Stop when an expectation is not met.

    Raises:
        GateFailed: names every failed expectation with its column and what was observed.
    """
    failed = [row for row in results.to_pylist() if not row["is_success"]]
    if failed:
        means = _meanings(failed[0]["gate"])
        named = "; ".join(f"{row['column'] or 'rows'} {row['observed']} ({means[_name(row)]})" for row in failed)
        raise GateFailed(
            f"gate {failed[0]['gate']}: {len(failed)} of {results.num_rows} expectations failed: {named}",
            fix="ask `provender audit` which documents are meant, mend the cause and run again",
        )


def _suite(gate: str) -> dict[str, list[dict[str, dict[str, object]]]]:
    path = SUITES / f"{gate}.json"
    if not path.is_file():
        raise InputMissing(f"no expectation suite {gate}", fix=f"suites are the JSON files of {SUITES.name}/")
    suite: dict[str, list[dict[str, dict[str, object]]]] = json.loads(path.read_text(encoding="utf-8"))
    return suite


def _name(row: Mapping[str, object]) -> str:
    return " ".join(str(row[part]) for part in ("expectation", "column") if row[part])


def _meanings(gate: str) -> dict[str, object]:
    """What each expectation of a suite stands for."""
    return {_key(str(one["type"]), one["kwargs"]): one["meta"]["means"] for one in _suite(gate)["expectations"]}


def _validate(
    suite: dict[str, list[dict[str, dict[str, object]]]], table: pa.Table, docs: Path | None
) -> dict[str, tuple[bool, str]]:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False, "metric_calculations": False}
    expectations = context.suites.add(gx.ExpectationSuite(**suite))
    batch = context.data_sources.add_pandas("aggregates").add_dataframe_asset(str(suite["name"]))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(
            name=str(suite["name"]), data=batch.add_batch_definition_whole_dataframe("whole"), suite=expectations
        )
    )
    result = definition.run(batch_parameters={"dataframe": table.to_pandas()})
    if docs is not None:
        _write_docs(context, docs)
    return {_key(r.expectation_config.type, r.expectation_config.kwargs): _outcome(r) for r in result.results}


def _write_docs(context: object, docs: Path) -> None:
    site = {
        "class_name": "SiteBuilder",
        "store_backend": {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(docs)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
    }
    context.add_data_docs_site("docs", site)  # type: ignore[attr-defined]
    context.build_data_docs(site_names=["docs"])  # type: ignore[attr-defined]


def _key(kind: str, kwargs: dict[str, object]) -> str:
    return kind + "".join(f" {kwargs[k]}" for k in COLUMNS if k in kwargs)


def _outcome(result: object) -> tuple[bool, str]:
    found = result.result  # type: ignore[attr-defined]
    observed = found.get("observed_value", found.get("unexpected_count"))
    against = found.get("partial_unexpected_list")
    shown = ", ".join(str(one) for one in against[:SHOWN]) if against else str(observed)
    return bool(result.success), "raised" if observed is None else shown  # type: ignore[attr-defined]


def _row(
    gate: str, expectation: dict[str, dict[str, object]], outcomes: dict[str, tuple[bool, str]], table: pa.Table
) -> dict[str, object]:
    kwargs = expectation["kwargs"]
    key = _key(str(expectation["type"]), kwargs)
    is_success, observed = outcomes[key]
    values = [str(table.column(str(kwargs[k]))[0]) for k in COLUMNS if k in kwargs and table.num_rows == 1]
    return {
        "gate": gate,
        "suite": gate,
        "expectation": str(expectation["type"]),
        "column": key.partition(" ")[2] or None,
        "is_success": is_success,
        "observed": " ".join(values) or observed,  # of many rows, those against it, or how many they are
    }
