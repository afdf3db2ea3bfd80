"""`provender-witness`: the small program that another house runs. It cosigns only what has grown."""

import sys
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import click

from pipeline.errors import ProvenderError
from pipeline.ledger import keys, witness

REQUEST_BYTES = 128 << 10  # 63 lines of proof and 16 signatures of 5 kB, which C2SP signed-note wants taken


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def program() -> None:
    """Cosign checkpoints of logs you watch. Your folder holds a key, and size and root of each log: nothing else.

    Example: provender-witness serve --folder witness --log 'NAME+ID+KEY' --port 8090
    """


FOLDER = click.option("--folder", type=click.Path(path_type=Path), default="witness", show_default=True)
LOGS = click.option("--log", "logs", multiple=True, required=True, help="a log's public key (repeatable)")


@program.command()
@click.argument("name")
@FOLDER
def make(name: str, folder: Path) -> None:
    """Make your key; its public half is what a policy names.

    Example: provender-witness make audit.example/w1 --folder witness
    """
    key = keys.generate(folder, name)
    (folder / "name").write_text(name, encoding="utf-8")
    click.echo(witness.vkey(key))


def _key(folder: Path) -> keys.Key:
    place = folder / "name"
    return keys.load(folder, place.read_text(encoding="utf-8") if place.is_file() else "")


@program.command()
@FOLDER
@LOGS
@click.option("--drop", type=click.Path(path_type=Path, exists=True), required=True, help="folder shared with the log")
@click.option("--every", type=click.IntRange(min=1), help="look again once in so many seconds")
def visit(folder: Path, logs: tuple[str, ...], drop: Path, every: int | None) -> None:
    """Answer what lies in a drop folder.

    Example: provender-witness visit --folder witness --log 'NAME+ID+KEY' --drop /mnt/drop --every 60
    """
    for one in logs:
        keys.parse(one)
    while True:
        n = witness.visit(drop, _key(folder), logs, folder / "state", at_s=int(time.time()))  # noqa: TID251
        click.echo(f"answered {n}")
        if every is None:
            return
        time.sleep(every)


@program.command()
@FOLDER
@LOGS
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8090, show_default=True)
def serve(folder: Path, logs: tuple[str, ...], host: str, port: int) -> None:
    """Answer C2SP add-checkpoint over HTTP.

    Example: provender-witness serve --folder witness --log 'NAME+ID+KEY' --port 8090
    """
    for one in logs:
        keys.parse(one)
    server = ThreadingHTTPServer((host, port), _handler(_key(folder), logs, folder / "state"))
    click.echo(f"listening on http://{host}:{server.server_port}/add-checkpoint")
    sys.stdout.flush()
    server.serve_forever()


def _refused(path: str, length: str) -> HTTPStatus | None:
    """Why a request is not read at all."""
    if path != "/add-checkpoint":
        return HTTPStatus.NOT_FOUND
    if not (length.isascii() and length.isdecimal()):
        return HTTPStatus.LENGTH_REQUIRED
    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE if len(length) > 9 or int(length) > REQUEST_BYTES else None


def _handler(key: keys.Key, logs: tuple[str, ...], state: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One route."""

        timeout = 10
        protocol_version = "HTTP/1.1"  # C2SP tlog-witness: connections are kept

        def do_POST(self) -> None:
            """add-checkpoint."""
            length = self.headers.get("Content-Length", "")
            if refusal := _refused(self.path, length):
                self.send_error(refusal)
                return
            content = self.rfile.read(int(length))
            given = witness.answer(content, key, logs, state, at_s=int(time.time()))  # noqa: TID251
            body = given.body.encode()
            self.send_response(given.status)
            self.send_header("Content-Type", given.content_type)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: sizes and roots are in the state folder."""

    return Handler


def main() -> None:
    """Run `provender-witness` and leave with its exit code."""
    try:
        program(standalone_mode=False)
    except click.ClickException as e:
        e.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except ProvenderError as e:
        click.echo(f"provender-witness: {e}", err=True)
        sys.exit(e.exit_code)
