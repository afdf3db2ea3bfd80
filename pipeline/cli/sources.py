"""`provender sources`: the register, and what publishers reserve."""

import getpass
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.errors import InputMalformed, InputMissing, UsageError
from pipeline.kernels import robots, signals
from pipeline.kernels.reservations import Site, of_site

if TYPE_CHECKING:
    import pyarrow as pa


@click.group(name="sources")
def command() -> None:
    """The register: check, list and compare it, evaluate reservations and opt-outs."""


@command.command(epilog="Example: provender sources check examples/register")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="problems as JSON lines on stdout")
def check(folder: Path, *, as_json: bool) -> None:
    """Validate every register file and opt-out list of FOLDER; each problem with file, line, field, fix.

    Exit 1 when there are any. What rules refuse although nothing is missing, and what will stop a run one day (an
    expiry, a re-check), is told on stderr.
    """
    from pipeline.readers import register

    found = register.read(folder)
    problems = (*found.problems, *found.list_problems)
    for p in problems:
        row = {"file": p.file, "line": p.line, "field": p.field, "message": p.message, "fix": p.fix}
        shown = f"{p.file}:{p.line}: {p.field or 'file'}: {p.message}\n  fix: {p.fix}"
        click.echo(json.dumps(row) if as_json else shown)
    decisions, noticed = _decided(found.sources)
    _refused(decisions)
    warn(noticed)
    click.echo(f"{found.sources.num_rows} sources, {len(problems)} problems", err=True)
    raise SystemExit(1 if problems else 0)


def _decided(sources: "pa.Table") -> tuple["pa.Table", "pa.Table"]:
    """Decisions and notices of a commercial run for pre-training that starts now."""
    from pipeline.rules import sources as rules
    from pipeline.stages import sources as stage
    from pipeline.steps import runs

    now = runs.now_us()
    decisions = stage.decide(sources, rules.rules(), now_us=now, use="pretrain")
    return decisions, stage.notice(sources, decisions, rules.notices(), now_us=now)


def _refused(decisions: "pa.Table") -> None:
    """Print the sources that a rule refuses, apart from those with problems, which are listed."""
    from pipeline.rules import sources as rules

    known = {rule.id: rule for rule in rules.rules()}
    for row in decisions.to_pylist():
        if row["outcome"] != "keep" and known[row["rule_id"]].condition != "incomplete":
            said = f"refused: {row['source_id']}: {row['detail']} ({row['rule_id']}: {known[row['rule_id']].title})"
            click.echo(said, err=True)


def warn(findings: "pa.Table") -> None:
    """Print `SOURCE_FINDINGS` on stderr: source, rule, fields, and the day from which on the source is refused."""
    from pipeline.rules import sources as rules

    titles = {rule.id: rule.title for rule in rules.notices()}
    for row in findings.to_pylist():
        due = (
            ""
            if row["due_us"] is None
            else f", refused from {datetime.fromtimestamp(row['due_us'] / 1e6, UTC):%Y-%m-%d}"
        )
        said = f"warning: {row['source_id']}: {row['detail']}{due} ({row['rule_id']}: {titles[row['rule_id']]})"
        click.echo(said, err=True)


@command.command(name="list", epilog="Example: provender sources list examples/register")
@click.argument("folder", type=click.Path(path_type=Path))
def list_(folder: Path) -> None:
    """List the sources of FOLDER: id, kind, licence, files."""
    from pipeline.readers import register

    found = register.read(folder)
    for row in found.sources.select(["source_id", "kind", "licence_declared"]).to_pylist():
        n = sum(1 for _ in found.files[row["source_id"]])
        click.echo(f"{row['source_id']:<40} {row['kind']:<16} {row['licence_declared'] or '-':<24} {n} files")


@command.command(epilog="Example: provender sources distributions register/ --approver alice")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--approver", default=getpass.getuser, show_default="who runs the command", help="who answers for them")
def distributions(folder: Path, approver: str) -> None:
    """Register the documentation of every Python distribution installed here, one file each in FOLDER."""
    from pipeline.readers import distributions as reader

    click.echo(f"{reader.register(folder, approver=approver)} sources registered", err=True)


@command.command(epilog="Example: provender sources diff forum --lake lake")
@click.argument("source")
@click.argument("folders", nargs=-1, type=click.Path(path_type=Path))
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--from", "old", type=int, help="version; the one before --to by default")
@click.option("--to", "new", type=int, help="version; the newest by default")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a changed field on stdout")
def diff(
    *, source: str, folders: tuple[Path, ...], lake: Path, old: int | None, new: int | None, as_json: bool
) -> None:
    """Show what changed between two versions of a SOURCE in the lake, or of all sources in two register FOLDERS.

    With folders, SOURCE is the older one: provender sources diff register-2026-01 register-2026-02
    """
    from pipeline.steps import comparing
    from pipeline.store.lake import Lake

    if len(folders) > 1:
        raise UsageError("more than two register folders", fix="provender sources diff OLD NEW")
    found = comparing.folders(Path(source), folders[0]) if folders else comparing.versions(Lake(lake), source, old, new)
    for change in found:
        row = {"source": change.source_id, "field": change.field, "before": change.before, "after": change.after}
        shown = f"{change.source_id}: {change.field}: {_shown(change.before)} -> {_shown(change.after)}"
        click.echo(json.dumps(row, ensure_ascii=False, default=str) if as_json else shown)
    click.echo(f"{len(found)} fields differ", err=True)


def _shown(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False, default=str)


@command.command(epilog="Example: provender sources optouts register/opt-outs --lake lake --snapshot corpus@1")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--lake", type=click.Path(path_type=Path), default="lake", envvar="PROVENDER_LAKE", show_default=True)
@click.option("--snapshot", "snapshots", multiple=True, help="snapshot id (repeatable); all by default")
@click.option("--actor", default="cli", show_default=True, envvar="PROVENDER_ACTOR", help="who asks")
@click.option("--json", "as_json", is_flag=True, help="one JSON object a document on stdout")
def optouts(*, folder: Path, lake: Path, snapshots: tuple[str, ...], actor: str, as_json: bool) -> None:
    """Tell which documents of released snapshots the opt-out lists of FOLDER name, and note it in the ledger.

    Exit 1 when there are any. Runs refuse such documents by themselves when the lists lie in the register.
    """
    from pipeline.steps import refusals
    from pipeline.store.lake import Lake

    found = refusals.report(Lake(lake), folder, snapshots, actor)
    for one in found:
        for doc_id, kind, name in one.matches if as_json else ():
            click.echo(json.dumps({"snapshot": one.snapshot_id, "doc_id": doc_id, "kind": kind, "list": name}))
        named = ", ".join(f"{n} by {what}" for what, n in one.counts().items()) or "none"
        unchecked = f"; {one.n_unchecked} no longer kept, not checked" if one.n_unchecked else ""
        click.echo(f"{one.snapshot_id}: {one.n_documents} documents, named: {named}{unchecked}", err=True)
    raise SystemExit(1 if any(one.matches for one in found) else 0)


@command.command(
    epilog="Example: provender sources reservations --robots robots.txt --agent GPTBot --url https://a.example/x"
)
@click.option("--robots", "robots_file", type=click.Path(path_type=Path), help="a robots.txt as fetched")
@click.option("--agent", help="product token of the crawler")
@click.option("--url", help="the URL to be fetched")
@click.option("--cases", type=click.Path(path_type=Path), help='JSON lines of {"robotstxt", "agent", "url"}')
@click.option("--tdmrep", type=click.Path(path_type=Path), help="/.well-known/tdmrep.json as fetched")
@click.option("--ai-txt", type=click.Path(path_type=Path), help="ai.txt as fetched")
@click.option("--rsl", type=click.Path(path_type=Path), help="the licence terms (RSL) that robots.txt refers to")
@click.option("--headers", type=click.Path(path_type=Path), help="HTTP headers of the response, one a line")
@click.option("--page", type=click.Path(path_type=Path), help="the page, for its metadata")
def reservations(
    *, robots_file: Path | None, agent: str | None, url: str | None, cases: Path | None, **files: Path | None
) -> None:
    """Tell whether a robots.txt allows an agent to fetch a URL: {"allowed": true} on stdout.

    With further files of the site, its headers or the page, also what else reserves it: {"allowed": true,
    "reserved": ["tdmrep"], "noted": [], "ai_label": null}.
    """
    if cases is not None:
        for number, line in enumerate(_bytes(cases).splitlines(), 1):
            click.echo(json.dumps({"allowed": _case(line, number)}))
        return
    if robots_file is None or agent is None or url is None:
        raise UsageError("give --robots, --agent and --url, or --cases", fix="see --help")
    text = _bytes(robots_file).decode("utf-8", "replace")
    answer: dict[str, object] = {"allowed": robots.allows(text, agent, url)}
    if any(files.values()):
        answer |= _reserved(text, agent, url, {name: _text(path) for name, path in files.items()})
    click.echo(json.dumps(answer))


def _reserved(text: str, agent: str, url: str, files: Mapping[str, str | None]) -> dict[str, object]:
    site = Site(robots=text, tdmrep=files["tdmrep"], ai_txt=files["ai_txt"], rsl=files["rsl"])
    page = files["page"]
    said = signals.read(files["headers"], page or "", is_page=page is not None, agents=(agent,))
    reserved = [*of_site(site, (agent,), url), *said.reserved]
    return {"reserved": reserved, "noted": list(said.noted), "ai_label": said.ai_label}


def _text(path: Path | None) -> str | None:
    return None if path is None else _bytes(path).decode("utf-8", "replace")


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as e:
        raise InputMissing(f"no file {path.name}", fix="give a file that exists") from e


@command.command(epilog="Example: provender sources schema > docs/generated/source.schema.json")
def schema() -> None:
    """Print the JSON Schema of a register file."""
    from pipeline.readers import register

    click.echo(json.dumps(register.schema(), indent=2, ensure_ascii=False, sort_keys=True))


def _case(line: bytes, number: int) -> bool:
    try:
        case = json.loads(line)
        return robots.allows(case["robotstxt"], case["agent"], case["url"])
    except (ValueError, KeyError, TypeError, AttributeError) as e:
        raise InputMalformed(
            f"case {number} is not an object with robotstxt, agent and url", fix="correct that line"
        ) from e
