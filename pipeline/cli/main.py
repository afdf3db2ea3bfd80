"""The command group and the only broad `except`: errors leave as message, fix and exit code."""

import sys
from importlib import import_module

import click

from pipeline.errors import ProvenderError

VERBS = {
    "sources": "the register: check, list, compare it; reservations, opt-outs",
    "licences": "identify licence texts, explain verdicts",
    "documents": "read files into documents",
    "prohibited": "find prohibited content",
    "quality": "measure the quality of text",
    "duplicates": "find near-duplicate pairs",
    "personal": "find and redact personal information",
    "diversity": "report the mix of a corpus",
    "run": "take registered sources through every stage",
    "notary": "sign a checkpoint, ask the witnesses",
    "sweep": "remove what killed writers left",
    "status": "is what was pulled still good; what is unsigned and unwitnessed",
    "verify": "verify the ledger, byte by byte",
    "prove": "prove one decision to anyone",
    "prove-consistency": "prove that nothing was changed between two checkpoints",
    "explain": "one document's whole life on one screen",
    "audit": "ask the ledger: views, queries, SQL",
    "snapshot": "freeze, check, publish and list snapshots",
    "review": "record people's verdicts on a sample",
    "approve": "approve a frozen snapshot with your own key",
    "diff": "what changed between two snapshots",
    "pull": "fetch an approved snapshot and verify it",
    "acknowledge": "say what was done about withdrawn documents",
    "requests": "answer requests of persons: find, withdraw, erase",
    "keys": "make keys for approvers and the notary",
}


class LazyGroup(click.Group):
    """Imports the module of a verb only when that verb is used, so that `--help` is fast."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Verbs in the order of the pipeline."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command object `command` of `pipeline.cli.<verb>`."""
        del ctx
        if cmd_name not in VERBS:
            return None
        command = import_module(f"pipeline.cli.{cmd_name.replace('-', '_')}").command
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The verbs with one line each, without importing them."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="provender")
def provender() -> None:
    """Training-data governance: candidate corpora in, approved snapshots out, every decision explained."""


def main() -> None:
    """Run `provender` and leave with its exit code."""
    try:
        provender(standalone_mode=False)
    except click.ClickException as e:
        e.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(0)
    except ProvenderError as e:
        click.echo(f"provender: {e}", err=True)
        sys.exit(e.exit_code)
    except Exception as e:  # noqa: BLE001  the one place: an unforeseen error is named by type and place, not by its content
        frame = e.__traceback__
        while frame is not None and frame.tb_next is not None:
            frame = frame.tb_next
        where = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "unknown place"
        click.echo(f"provender: unforeseen {type(e).__name__} at {where}; no decision was made", err=True)
        click.echo("  fix: report it with this line; finished batches are kept, the run can be resumed", err=True)
        sys.exit(1)
