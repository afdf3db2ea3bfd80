"""`provender sources`: the register, and what publishers reserve."""

import json
from pathlib import Path

import click

from pipeline.errors import InputMalformed, InputMissing, UsageError
from pipeline.kernels import robots


@click.group(name="sources")
def command() -> None:
    """The register: check it, list it, evaluate reservations."""


@command.command(epilog="Example: provender sources check examples/register")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="problems as JSON lines on stdout")
def check(folder: Path, *, as_json: bool) -> None:
    """Validate every register file of FOLDER; each problem with file, line, field, fix. Exit 1 when there are any."""
    from pipeline.readers import register

    found = register.read(folder)
    for p in found.problems:
        row = {"file": p.file, "line": p.line, "field": p.field, "message": p.message, "fix": p.fix}
        shown = f"{p.file}:{p.line}: {p.field or 'file'}: {p.message}\n  fix: {p.fix}"
        click.echo(json.dumps(row) if as_json else shown)
    click.echo(f"{found.sources.num_rows} sources, {len(found.problems)} problems", err=True)
    raise SystemExit(1 if found.problems else 0)


@command.command(name="list", epilog="Example: provender sources list examples/register")
@click.argument("folder", type=click.Path(path_type=Path))
def list_(folder: Path) -> None:
    """List the sources of FOLDER: id, kind, licence, files."""
    from pipeline.readers import register

    found = register.read(folder)
    for row in found.sources.select(["source_id", "kind", "licence_declared"]).to_pylist():
        n = len(found.files[row["source_id"]])
        click.echo(f"{row['source_id']:<40} {row['kind']:<16} {row['licence_declared'] or '-':<24} {n} files")


@command.command(epilog="Example: provender sources distributions register/")
@click.argument("folder", type=click.Path(path_type=Path))
def distributions(folder: Path) -> None:
    """Register the documentation of every Python distribution installed here, one file each in FOLDER."""
    from pipeline.readers import distributions as reader

    click.echo(f"{reader.register(folder)} sources registered", err=True)


@command.command(
    epilog="Example: provender sources reservations --robots robots.txt --agent GPTBot --url https://a.example/x"
)
@click.option("--robots", "robots_file", type=click.Path(path_type=Path), help="a robots.txt as fetched")
@click.option("--agent", help="product token of the crawler")
@click.option("--url", help="the URL to be fetched")
@click.option("--cases", type=click.Path(path_type=Path), help='JSON lines of {"robotstxt", "agent", "url"}')
def reservations(robots_file: Path | None, agent: str | None, url: str | None, cases: Path | None) -> None:
    """Tell whether a robots.txt allows an agent to fetch a URL: {"allowed": true} on stdout."""
    if cases is not None:
        for number, line in enumerate(_bytes(cases).splitlines(), 1):
            click.echo(json.dumps({"allowed": _case(line, number)}))
        return
    if robots_file is None or agent is None or url is None:
        raise UsageError("give --robots, --agent and --url, or --cases", fix="see --help")
    text = _bytes(robots_file).decode("utf-8", "replace")
    click.echo(json.dumps({"allowed": robots.allows(text, agent, url)}))


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
