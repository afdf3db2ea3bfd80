"""Reviews by people: verdicts on sampled documents, taken into the ledger (Art. 8 asks for sampling)."""

import json
from pathlib import Path

from pipeline.errors import InputMalformed, UsageError
from pipeline.ledger import canonical, log
from pipeline.schemas import conform
from pipeline.schemas.ledger import KINDS
from pipeline.store import files
from pipeline.store.lake import Lake

VERDICTS = ("pass", "fail")


def record(lake: Lake, path: Path, *, campaign: str, reviewer: str, at_us: int) -> int:
    """Append the verdicts of one person; how many. The same file again appends nothing.

    Args:
        lake: where the ledger lies.
        path: JSON lines with `doc_id` and `verdict` (pass or fail); what else is in them stays outside.
        campaign: name of the sample.
        reviewer: who has looked; stands in the ledger.
        at_us: now.

    Raises:
        UsageError: no campaign or reviewer.
        InputMalformed: names the line.
    """
    if not campaign or not reviewer:
        raise UsageError("a review without campaign or reviewer", fix="--campaign NAME --as NAME")
    found = [_row(line, number) for number, line in enumerate(files.read(path).splitlines(), 1) if line.strip()]
    if not found:
        raise InputMalformed("no verdicts in the file", fix='one JSON object a line: {"doc_id": 7, "verdict": "pass"}')
    columns: dict[str, object] = {
        "doc_id": [doc_id for doc_id, _ in found],
        "verdict": [verdict for _, verdict in found],
        "reviewer": [reviewer] * len(found),
        "campaign": [campaign] * len(found),
        "reviewed_at_us": [at_us] * len(found),
    }
    key = f"review {campaign} {reviewer} {canonical.digest([[str(d), v] for d, v in found])}"
    entry = log.Entry(kind="reviews", key=key, at_us=at_us, actor=reviewer, stage="review")
    log.append(lake.ledger, entry, conform(columns, KINDS["reviews"]))
    return len(found)


def _row(line: bytes, number: int) -> tuple[int, str]:
    try:
        said = json.loads(line)
        doc_id, verdict = said["doc_id"], said["verdict"]
    except (ValueError, KeyError, TypeError) as e:
        raise _malformed(number) from e
    if type(doc_id) is not int or not 0 <= doc_id < 2**63 or verdict not in VERDICTS:
        raise _malformed(number)
    return doc_id, verdict


def _malformed(number: int) -> InputMalformed:
    return InputMalformed(
        f"line {number} is no verdict", fix='one JSON object a line: {"doc_id": 7, "verdict": "pass"} or "fail"'
    )
