"""A run: what it was started with, where its batches are, and what is already done."""

import json
import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from pipeline.errors import InputMissing, RunChanged, UsageError
from pipeline.ledger import log
from pipeline.rules.licences import Circumstances
from pipeline.rules.loader import rules_sha256
from pipeline.schemas import STAGES
from pipeline.store import files, parquet
from pipeline.store.lake import Lake

USES = ("pretrain", "finetune", "eval")
PLACE = re.compile("[A-Z]{2}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """What a run was started with. It never changes; a resumed run must agree with it."""

    run: str
    registers: tuple[str, ...]
    register_sha256: str
    use: str
    actor: str
    code: str
    rules: Mapping[str, str]  # stage -> SHA-256 of its rules file
    started_at_us: int
    place: str = "CN"  # where models are trained
    is_commercial: bool = True  # whether the use is

    @property
    def circumstances(self) -> Circumstances:
        """What licences are judged for."""
        return Circumstances(use=self.use, place=self.place, is_commercial=self.is_commercial)


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A share of one source that one worker reads: files in order, and the batch numbers set aside for them."""

    source_id: str
    first_batch: int
    width: int
    files: tuple[tuple[str, str], ...]  # (path, media)
    n_bytes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Context:
    """A lake and the plan of one run in it: what every step is given."""

    lake: Lake
    plan: Plan


def now_us() -> int:
    """Microseconds since 1970, UTC: the one place where steps read the clock."""
    return time.time_ns() // 1000


def code_version() -> str:
    """The version of Provender that decides: package version, with the git commit in a checkout."""
    folder = Path(__file__).parent
    try:
        found = subprocess.run(
            ["git", "rev-parse", "--short=12", "HEAD"],  # noqa: S607
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        return version("provender")
    commit = found.stdout.strip()
    return f"{version('provender')}+{commit}" if commit else version("provender")


def start(lake: Lake, plan: Plan) -> Context:
    """Write the plan, or check that the run was started with the same one.

    Raises:
        RunChanged: rules, code, sources or use differ from those the run was started with.
        UsageError: a run name that is not a plain word, an unknown use, or no country as place.
    """
    if not plan.run or not all(c.isalnum() or c in "._-" for c in plan.run) or plan.use not in USES:
        raise UsageError(
            "a run is named by letters, digits, dots and dashes; its use is one of " + ", ".join(USES),
            fix="give --run and --use accordingly",
        )
    if not PLACE.fullmatch(plan.place):
        raise UsageError("the place of training is no country", fix="give its two letters, such as CN, JP or EU")
    content = json.dumps(asdict(plan), sort_keys=True, indent=1).encode()
    path = lake.run(plan.run) / "plan.json"
    if files.put_if_absent(path, content):
        return Context(lake=lake, plan=plan)
    known = load(lake, plan.run)
    changed = [k for k, v in asdict(plan).items() if k != "started_at_us" and asdict(known.plan)[k] != v]
    if changed:
        raise RunChanged(
            f"run {plan.run} was started with other {', '.join(changed)}",
            fix="give the new run another name; a run is decided by one set of rules, code and sources",
        )
    return known


def load(lake: Lake, run: str) -> Context:
    """The context of a run that was started.

    Raises:
        InputMissing: no such run in this lake.
    """
    path = lake.run(run) / "plan.json"
    if not path.is_file():
        raise InputMissing(f"no run {run} in this lake", fix="start it with `provender run` or the govern DAG")
    found = json.loads(files.read(path))
    return Context(lake=lake, plan=Plan(**{**found, "registers": tuple(found["registers"])}))


def latest(lake: Lake) -> str:
    """The run that was started last.

    Raises:
        InputMissing: this lake has no run.
    """
    plans = [(load(lake, p.parent.name).plan.started_at_us, p.parent.name) for p in lake.root.glob("runs/*/plan.json")]
    if not plans:
        raise InputMissing("this lake has no run", fix="start one with `provender run` or the govern DAG")
    return max(plans)[1]


def rules_of_stages() -> dict[str, str]:
    """SHA-256 of every stage's rules file, and of the word list."""
    return {name: rules_sha256(name) for name in (*STAGES, "prohibited_terms")}


def claim_batches(lake: Lake, run: str, parts: Sequence[Part]) -> tuple[Part, ...]:
    """The parts with batch numbers that no other run has or will get.

    A claim is a file named by its first batch number. The next free number is where the last claim ends, so of two
    runs that claim at once one finds the name taken and tries again.
    """
    folder = lake.root / "runs" / "batches"
    width = sum(part.width for part in parts)
    while True:
        claims = [(int(p.stem, 16), json.loads(p.read_bytes())) for p in sorted(folder.glob("*.json"))]
        own = [first for first, claim in claims if claim["run"] == run]
        first = own[0] if own else max((claim["end"] for _, claim in claims), default=1)
        claim = json.dumps({"run": run, "end": first + width}).encode()
        if own or files.put_if_absent(folder / f"{first:08x}.json", claim):
            return _numbered(parts, first)


def _numbered(parts: Sequence[Part], first: int) -> tuple[Part, ...]:
    numbered = []
    for part in parts:
        numbered.append(Part(**{**asdict(part), "files": part.files, "first_batch": first}))
        first += part.width
    return tuple(numbered)


def save_parts(context: Context, parts: Sequence[Part]) -> None:
    """Keep the parts of a run; the first writer's stand."""
    content = json.dumps([asdict(part) for part in parts]).encode()
    files.put_if_absent(context.lake.run(context.plan.run) / "parts.json", content)


def parts(context: Context) -> tuple[Part, ...] | None:
    """The parts of a run, or None before the licences step."""
    path = context.lake.run(context.plan.run) / "parts.json"
    if not path.is_file():
        return None
    return tuple(Part(**{**p, "files": tuple(map(tuple, p["files"]))}) for p in json.loads(path.read_bytes()))


def batches(context: Context) -> dict[int, str]:
    """Batch number -> source_id of everything that the documents stage of this run has read, ascending."""
    entries = log.entries(context.lake.ledger, kind="decisions", run=context.plan.run, stage="documents")
    return dict(sorted((int(str(e["batch"])), str(e["source_id"])) for e in entries))


def decisions(context: Context, stage: str) -> Iterator[pa.Table]:
    """The rows that a stage of the run has in the ledger, batch by batch."""
    for entry in log.entries(context.lake.ledger, kind="decisions", run=context.plan.run, stage=stage):
        yield parquet.read(context.lake.ledger / str(entry["path"]))
