"""What people are told, and where: one line to a webhook. Names, counts and reasons; never what a document said."""

import json
import os
from collections.abc import Sequence
from pathlib import Path

from pipeline.snapshots import feed, trust
from pipeline.store import fetch, files
from pipeline.store.lake import Lake, opened

WEBHOOK = "PROVENDER_WEBHOOK"

News = dict[str, object]


def tell(event: str, text: str) -> str:
    """Send one line to the webhook of the environment, if any; what came of it, to be logged.

    Nobody's absence stops a run: a receiver that is away or refuses is named in the answer.
    """
    line = json.dumps({"event": event, "text": text}, ensure_ascii=False)
    url = os.environ.get(WEBHOOK, "")
    if not url:
        return f"{line} ({WEBHOOK} is not set: nobody was told)"
    try:
        return f"{line} ({fetch.post(url, line.encode()).status})"
    except OSError as e:
        return f"{line} (the receiver is away: {type(e).__name__})"


def news(lake_root: str) -> list[News]:
    """The notices that nobody was told of yet: number, reason, severity, documents by snapshot, what replaces it, text.

    Raises:
        EvidenceBroken: the feed was changed.
    """
    lake = opened(lake_root)
    known = trust.of_ledger(lake.ledger)
    notices = feed.read(lake.snapshots, *(one.vkey for one in trust.notaries(known)))
    before = int(files.read_if_any(_marker(lake)) or 0)
    return [
        {
            "number": one.number,
            "reason": one.reason,
            "severity": one.severity,
            "documents": {name: len(ids) for name, ids in one.documents.items()},
            "replaced_by": dict(one.replaced_by),
            "text": _said(one),
        }
        for one in notices
        if one.number > before
    ]


def _said(one: feed.Notice) -> str:
    counts = [f"{len(ids)} of {name}" for name, ids in sorted(one.documents.items())]
    instead = [f"{name} is replaced by {new}" for name, new in sorted(one.replaced_by.items())]
    return f"{one.severity} ({one.reason}): {', '.join(counts + instead)}"


def told(lake_root: str, withdrawn: Sequence[News]) -> None:
    """Remember that these were told."""
    lake = Lake(Path(lake_root).resolve())
    files.write(_marker(lake), str(max(int(str(one["number"])) for one in withdrawn)).encode())


def _marker(lake: Lake) -> Path:
    return lake.root / "told"
