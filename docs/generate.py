"""Writes docs/generated/: rules, schemas, queries and CLI help, each from the thing itself. `--check` compares."""

import json
import sys
import textwrap
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
import duplicates_page
import gates_page
import personal_page
import pyarrow as pa
import quality_page

from pipeline import schemas
from pipeline.cli.main import VERBS, provender
from pipeline.ledger.views import connect
from pipeline.readers import register_fields
from pipeline.rules import licences as licence_rules
from pipeline.rules import prohibited as prohibited_rules
from pipeline.rules.loader import RULES
from pipeline.schemas import ledger
from pipeline.schemas.prohibited import CORPUS_CLASSES, column

ROOT = Path(__file__).parent.parent
GENERATED = ROOT / "docs" / "generated"


def rules() -> str:
    """Every rule of every stage with article, limit and source."""
    lines = ["# Rules", "", "Generated from `pipeline/rules/*.toml`. The first rule that objects decides.", ""]
    for path in sorted(RULES.glob("*.toml")):
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
        lines += [f"## {path.stem}", ""]
        for name, rows in tables.items():
            if isinstance(rows, list) and rows and isinstance(rows[0], dict) and "source" in rows[0]:
                lines += [f"### `[[{name}]]`", "", "| rule | article | what | source |", "|---|---|---|---|"]
                lines += [_rule(row) for row in rows]
                lines.append("")
    return "\n".join(lines)


def _rule(row: dict[str, object]) -> str:
    name = row.get("id") or row.get("name") or row.get("kind") or row.get("entity") or ""
    where = row.get("where")
    limits = [row, *(where if isinstance(where, list) else [])]
    limit = " and ".join(" ".join(f"{k} {one[k]}" for k in ("measure", "below", "above") if k in one) for one in limits)
    what = f"{row.get('title', '')} {f'({limit})' if limit else ''}".strip()
    cells = (f"`{name}` v{row.get('version', 1)}", row.get("article", ""), what, row.get("source", ""))
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def tables() -> str:
    """Every Arrow schema."""
    lines = ["# Schemas", "", "Generated from `pipeline/schemas/`.", ""]
    for name, schema in _schemas():
        lines += [f"## {name}", "", "| column | type | null |", "|---|---|---|"]
        lines += [f"| {f.name} | {f.type} | {'yes' if f.nullable else 'no'} |" for f in schema]
        lines.append("")
    return "\n".join(lines)


def _schemas() -> Iterator[tuple[str, pa.Schema]]:
    folder = Path(schemas.__file__).parent
    modules = [schemas] + [import_module(f"pipeline.schemas.{p.stem}") for p in sorted(folder.glob("[a-z]*.py"))]
    seen: set[str] = set()
    for module in modules:
        for name, value in vars(module).items():
            if isinstance(value, pa.Schema) and name not in seen:
                seen.add(name)
                yield name, value
    for kind, schema in ledger.KINDS.items():
        yield f"ledger kind {kind}", schema


def queries() -> str:
    """Every query with its question."""
    lines = ["# Queries", "", "Generated from `pipeline/sql/queries/`. Run one: `provender audit Q06 --lake LAKE`.", ""]
    for path in sorted((ROOT / "pipeline" / "sql" / "queries").glob("*.sql")):
        question, _, sql = path.read_text(encoding="utf-8").partition("\n")
        lines += [f"## {path.stem}", "", question.removeprefix("-- "), "", "```sql", sql.strip(), "```", ""]
    return "\n".join(lines)


def views() -> str:
    """Every public view with its columns and their types."""
    lines = ["# Views", "", "Generated from `pipeline/sql/views/`: the public contract v1, which only grows.", ""]
    lines += [
        "`entries` is the log itself; `rows_KIND` of each segment kind has the columns of [schemas](schemas.md).",
        "",
    ]
    lines += ["| view | columns |", "|---|---|"]
    sql = """select table_name, string_agg(column_name || ' ' || lower(data_type), ', ' order by column_index)
        from duckdb_columns()
        where not internal and table_name not like 'rows_%' and table_name <> 'checkpoint_files'
        group by table_name
        order by table_name"""
    with TemporaryDirectory() as folder, connect(Path(folder)) as connection:
        lines += [f"| `{view}` | {columns} |" for view, columns in connection.sql(sql).fetchall()]
    return "\n".join(lines)


def commands() -> str:
    """`--help` of every verb."""
    lines = ["# Commands", "", "Generated from the commands themselves.", ""]
    context = click.Context(provender, info_name="provender")
    for verb in VERBS:
        command = provender.get_command(context, verb)
        lines += list(_help(command, click.Context(command, info_name=verb, parent=context))) if command else []
    return "\n".join(lines)


def _help(command: click.Command, context: click.Context) -> Iterator[str]:
    yield f"## {context.command_path}"
    yield ""
    yield "```"
    yield command.get_help(context)
    yield "```"
    yield ""
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            sub = command.get_command(context, name)
            if sub is not None:
                yield from _help(sub, click.Context(sub, info_name=name, parent=context))


def register() -> str:
    """The JSON Schema of a register file."""
    return json.dumps(register_fields.schema(), indent=2, ensure_ascii=False, sort_keys=True)


def prohibited() -> str:
    """The word list by class, and what `bench/prohibited.py` last measured."""
    figures = json.loads((ROOT / "bench" / "prohibited.json").read_bytes())
    peers = list(figures["acted"])
    names = {name for counts in figures["acted"].values() for name in counts}
    ruled = ("| " + " | ".join(["set", *peers]) + " |", "|---" * (len(peers) + 1) + "|")
    is_current = figures["rules"]["lexicon"] == prohibited_rules.detector()["lexicon"]
    which = "the word list as it stands" if is_current else "an earlier word list: measure again"
    lines = [*_PROHIBITED.format(which=which, **figures).splitlines(), "", "## Wrongly taken", "", *ruled]
    lines += [_acted(figures, name) for name in sorted(names - set(figures["bad"]))]
    lines += ["", "## Found", "", *ruled, *(_acted(figures, name) for name in figures["bad"])]
    lines += ["", "## Speed, MB of UTF-8 a second of one core, clean text", "", *ruled]
    for lang, speeds in figures["mb_per_s"].items():
        lines.append("| " + " | ".join([lang, *(str(speeds.get(peer, "")) for peer in peers)]) + " |")
    counts = Counter((term.code, term.id.split("-")[1]) for term in prohibited_rules.lexicon().terms)
    lines += ["", "## Terms by class", "", "| class | zh | en | rule |", "|---|---|---|---|"]
    by_measure = {rule.measure: rule for rule in prohibited_rules.rules()}
    for code in CORPUS_CLASSES:
        rule = by_measure[column(code)]
        lines.append(f"| {rule.title} | {counts[code, 'zh']} | {counts[code, 'en']} | `{rule.id}` {rule.outcome} |")
    return "\n".join(lines)


_PROHIBITED = """\
# Prohibited content: what the word list finds, and what it wrongly takes

Generated from `pipeline/rules/prohibited*.toml` and `bench/prohibited.json`, measured on {measured} by
`make bench` (`bench/prohibited.py --write`) on the half `{half}` of each set; limits and words were looked at on the
other half only. A cell is documents acted on (dropped or quarantined) of documents in the set.

Read it so: the list is a sieve for wording that sells, incites or demeans. It takes almost nothing that is clean, and
misses most hate that is said in other words: a deployment needs a larger list, a classifier and a sample read by people
(GB/T 45652 asks for all three). JADE's questions ask about prohibited acts without containing prohibited wording. The
halves of HateCheck share sentence patterns, so what is found and spared there flatters the list.

The figures are of {which}."""


def _acted(figures: dict[str, Any], name: str) -> str:
    cells = [figures["acted"][peer].get(name) for peer in figures["acted"]]
    shown = (f"{cell[0]:,} of {cell[1]:,} ({cell[0] / cell[1]:.2%})" if cell else "" for cell in cells)
    return "| " + " | ".join([name, *shown]) + " |"


def licences() -> str:
    """What each class of licences allows, which licences are in it, and what they ask in return."""
    known = licence_rules.rules()
    listed: dict[str, list[str]] = {one.name: list(one.patterns) for one in known.classes}
    for identifier, one in known.by_spdx.items():
        listed[one.name].append(identifier)
    return "\n".join(
        [
            *LICENCES_HEAD,
            "| class | rule | pre-training | fine-tuning | evaluation | release of the data | duties |",
            "|---|---|---|---|---|---|---|",
            *(_licence_class(one) for one in known.classes),
            *("", "## Duties", "", "| duty | what it asks | 义务 | source |", "|---|---|---|---|"),
            *(f"| {d.name} | {d.title} | {d.title_zh} | {d.source} |" for d in known.duties.values()),
            *("", "## What stops a source before its class decides", "", "| rule | what | source |", "|---|---|---|"),
            *(f"| `{r.id}` v{r.version} | {r.title} | {r.source} |" for r in known.stops.values()),
            *("", "## Which licence is in which class", ""),
            *(
                f"**{name}**: {', '.join(f'`{i}`' for i in sorted(ids, key=str.lower))}\n"
                for name, ids in listed.items()
            ),
        ]
    )


LICENCES_HEAD = """\
# Licences

Generated from `pipeline/rules/licences.toml` and `licences_spdx.toml`: what is decided and why. How well texts are
recognised: [measured](generated/licences.md). Not legal advice: a deployment's counsel reads and changes the table.

A verdict depends on the class of the licence, the use, where models are trained, where the work comes from and how old
the evidence is. `A OR B` may be used under the better, `A AND B` only under the stricter with the duties of both. The
strictest of dataset, upstream, page and file holds. `allow`; `conditional`: the duties go with the snapshot, into
NOTICE and ATTRIBUTION.md; `unknown`: quarantined until a person reads it and confirms it in the register
(`licence.confirmed_by`, `confirmed_at`), then conditional; `deny`: dropped, whoever confirms.
""".splitlines()


def _licence_class(one: licence_rules.LicenceClass) -> str:
    uses = [one.pretrain, one.finetune, one.eval, one.release]
    notes = [f"not commercial: {one.non_commercial}"] if one.non_commercial else []
    notes += [f"trained elsewhere than {', '.join(one.places)}: {one.elsewhere}"] if one.places else []
    notes += [f"from elsewhere than {', '.join(one.origins)}: {one.elsewhere}"] if one.origins else []
    title = f"**{one.name}**: {one.title}" + "".join(f"; {note}" for note in notes)
    return f"| {title} | `{one.id}` v{one.version} | {' | '.join(uses)} | {', '.join(one.duties) or 'none'} |"


def recognition() -> str:
    """How well licence texts are recognised, from the figures of the last bench."""
    figures = json.loads((ROOT / "bench" / "licences.json").read_text(encoding="utf-8"))
    speed = figures["speed"]
    cells = [[row["set"], row["texts"], *(row.get(name) for name in RECOGNISERS)] for row in figures["accuracy"]]
    return "\n".join(
        [
            "# Licence texts recognised",
            "",
            "Share of texts for which exactly the licences expected are named. Measured by `bench/licences.py`, which",
            f"says what counts as right, with {figures['rules']}.",
            "",
            "| set | texts | " + " | ".join(RECOGNISERS) + " |",
            "|---|---|" + "---|" * len(RECOGNISERS),
            *("| " + " | ".join("" if cell is None else str(cell) for cell in row) + " |" for row in cells),
            "",
            "ScanCode's texts and notices are what our index is made of, so its variants are known to both; `held out`",
            "is our index without any of them. The SPDX texts are in the index too. lic1 and licensee are not. Nothing",
            "was made from the licence files of the distributions installed here; what their metadata declare is",
            "expected, and a file that holds the licences of bundled works besides counts as wrong.",
            "",
            (
                f"{speed['distinct_texts']:,} distinct texts: {speed['seconds_one_core']} s on one core after"
                f" {speed['start_seconds']} s of start-up, {speed['texts_per_second']} a second; licenseclassifier"
                f" {speed['licenseclassifier_texts_per_second']}, ScanCode {speed['scancode_texts_per_second']}"
                f" ({speed['times_scancode']} times slower on the same texts). A text seen before is a look-up."
            ),
            *robots_and_register(),
        ]
    )


def robots_and_register() -> list[str]:
    """How well robots.txt is read, and how long registers take, from the figures of the last bench."""
    found = json.loads((ROOT / "bench" / "sources.json").read_text(encoding="utf-8"))
    registers = {name: one for name, one in found.items() if name.startswith("sources_10000_")}
    rows = [
        (
            f"vectors of Google's parser, of {found['vectors']}",
            found["vectors_right"],
            "Protego",
            "protego_vectors_right",
        ),
        ("URLs a second and core, cached sites", found["robots_urls_per_s"], "Protego", "protego_urls_per_s"),
    ]
    cells = [(name, own, f"{peer} {found[theirs]}") for name, own, peer, theirs in rows]
    cells += [
        (
            f"10,000 sources ({name.removeprefix('sources_10000_').replace('_', ' ')}), seconds",
            one["seconds"],
            f"jsonschema {one['jsonschema_seconds']}",
        )
        for name, one in registers.items()
    ]
    marked = found["markings"]
    cells += [(f"documents taken for secret, of {marked['documents']} public ones", marked["taken_for_marked"], "")]
    return [
        "",
        "# robots.txt and the register",
        "",
        "Measured by `bench/sources.py`, each peer in the same run. jsonschema checks names and types of fields; we",
        "also read the evidence, list the files and decide every source.",
        "",
        "| | provender | peer |",
        "|---|---|---|",
        *(f"| {name} | {own} | {theirs} |" for name, own, theirs in cells),
    ]


def ledger_figures() -> str:
    """What `bench/ledger.py` last measured."""
    found = json.loads((ROOT / "bench" / "ledger.json").read_text(encoding="utf-8"))
    core, sizes = found["core"], found["sizes"]
    slowest = {one["million"]: max(one["queries_s"].items(), key=lambda pair: pair[1]) for one in sizes}
    rows = found["row_bytes"]
    lines = [
        *_LEDGER.format(**found).splitlines(),
        *(["", *textwrap.wrap(found["note"], 120)] if found["note"] else []),
        *("", "## One core, million a second (asked for: 0.7 each)", ""),
        *("| rows a segment | seal | full verification | peer: `hashlib.sha256` of 90 bytes |", "|---|---|---|---|"),
        *(
            f"| {c['segment_rows']:,} | {c['seal_m_rows_s_core']} | {c['verify_m_rows_s_core']}"
            f" | {c['hashlib_m_messages_s_core']} |"
            for c in core
        ),
        *("", "## Bytes of a decision row on disk, with its share of the tile file (asked for: at most 10)", ""),
        "| " + " | ".join(rows) + " |",
        "|---" * len(rows) + "|",
        "| " + " | ".join(str(n) for n in rows.values()) + " |",
        *("", "The stage documents holds a random 32-byte HMAC a row, which nothing can make smaller.", ""),
        *("## Growth", "", "| million decisions | " + " | ".join(str(one["million"]) for one in sizes) + " |"),
        "|---" * (len(sizes) + 1) + "|",
    ]
    for title, name in _LEDGER_ROWS.items():
        lines.append(f"| {title} | " + " | ".join(str(one.get(name, "")) for one in sizes) + " |")
    slow = " | ".join(f"{slowest[one['million']][1]} ({slowest[one['million']][0]})" for one in sizes)
    lines += [f"| slowest question, s (asked for at 15 million: 2) | {slow} |", "", "## Each question, seconds", ""]
    lines += ["| question | " + " | ".join(f"{one['million']} million" for one in sizes) + " |"]
    lines += ["|---" * (len(sizes) + 1) + "|"]
    for name in sizes[0]["queries_s"]:
        lines.append(f"| {name} | " + " | ".join(str(one["queries_s"].get(name, "")) for one in sizes) + " |")
    lines += ["", "## Appends by 8 writers at once (asked for: 1,000 a second, none lost)", ""]
    lines += [*_LEDGER_APPENDS.splitlines(), ""]
    lines += ["| entries in one call | rows each | appends a second | processor ms each | lost | twice |"]
    lines += ["|---|---|---|---|---|---|"]
    for one in found["appends"]:
        cells = (one["group"], one["rows"], f"{one['appends_s']:,}", one["core_ms"], one["lost"], one["twice"])
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


_LEDGER = """\
# The ledger, measured

Generated from `bench/ledger.json`, measured on {measured} by `bench/ledger.py --write` on {cores} cores that other work
shared. Rows are synthetic, 10,000 a segment. What is said of one core is processor time, the rest is by the clock."""
_LEDGER_APPENDS = """\
An append is one entry and, where it has rows, a segment of its own that the entry names. It counts when `append_all`
has returned: segment and entry are synced then, each file and its folder. Nobody sets anything: eight processes call
`append_all` on one ledger, each with so many entries a call (1 is `append`), and whoever has the turn appends what the
others ask for. Afterwards the log is read back, and every acknowledged key is sought in it."""
_LEDGER_ROWS = {
    "segments": "files",
    "bytes of decisions a row": "bytes_a_row",
    "append, million rows/s, one writer, with the disk": "append_m_rows_s",
    "sign a checkpoint, s": "sign_s",
    "write views and kept answers, s": "derived_s",
    "open the views, s": "open_s",
    "history of one document, ms (asked for at 20 million: 50)": "history_ms",
    "life of one document (`explain`), ms": "explain_ms",
    "quick verification (files, log, signatures), s": "quick_s",
    "full verification, 1 worker, million rows/s": "verify_1_workers_m_rows_s",
    "full verification, 2 workers, million rows/s": "verify_2_workers_m_rows_s",
}


RECOGNISERS = ("provender", "scancode", "licenseclassifier", "askalono")


PAGES = {
    "duplicates.md": duplicates_page.page,
    "prohibited.md": prohibited,
    "rules.md": rules,
    "gates.md": gates_page.page,
    "schemas.md": tables,
    "queries.md": queries,
    "views.md": views,
    "commands.md": commands,
    "licences.md": recognition,
    "ledger.md": ledger_figures,
    "personal.md": personal_page.page,
    "personal.svg": personal_page.chart,
    "quality.md": quality_page.page,
    "quality.svg": quality_page.plots,
    "../licences.md": licences,
    "source.schema.json": register,
}


def main() -> int:
    """Write the pages, or with `--check` name those that are not current."""
    stale = []
    for name, page in PAGES.items():
        path, text = GENERATED / name, page().rstrip() + "\n"
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        print(f"not current: {', '.join(stale)}\n  fix: make docs")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
