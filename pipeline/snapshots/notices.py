"""NOTICE: what the licences in a snapshot ask, and the texts that are to be kept, from the evidence of its sources."""

import json
from dataclasses import dataclass
from hashlib import sha256

from pipeline.ledger import log
from pipeline.rules.licences import Circumstances, rules
from pipeline.snapshots.card import Counts
from pipeline.stages.licences import judge
from pipeline.store import files, parquet
from pipeline.store.lake import Lake

TEXTS = "licence.text_file"
"""Fields of the register whose evidence a notice repeats begin with this; contracts and authorisations stay private."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """How much of a snapshot bears a duty."""

    documents: int
    sources: tuple[str, ...]


def duties(counts: Counts, of: Circumstances) -> dict[str, Asked]:
    """What the licences of a snapshot ask, by duty."""
    found: dict[str, Asked] = {}
    for (source, licence), n in sorted(counts.sources.items()):
        judged = judge(licence, rules(), of)
        for duty in judged.duties if judged is not None else ():
            before = found.get(duty, Asked(documents=0, sources=()))
            sources = tuple(dict.fromkeys((*before.sources, source)))
            found[duty] = Asked(documents=before.documents + n, sources=sources)
    return found


def notice(lake: Lake, name: str, version: str, of: Circumstances, counts: Counts) -> bytes:
    """The bytes of NOTICE: duties with their sources, then every licence text that must be kept, once."""
    lines = [
        f"NOTICE of {name}, version {version}, declared use {of.purpose}",
        "",
        "What the licences of its sources ask:",
        "",
    ]
    for duty, asked in duties(counts, of).items():
        known = rules().duties[duty]
        lines += [
            f"{duty}: {known.title} / {known.title_zh}",
            f"  {asked.documents} documents of {', '.join(asked.sources)}",
            "",
        ]
    content = "\n".join(lines).encode()
    for digest, sources in sorted(_texts(lake, {source for source, _ in counts.sources}).items()):
        text = _kept(lake, digest)
        heading = f"{'=' * 80}\n{', '.join(sorted(sources))}\nSHA-256 {digest}\n{'=' * 80}\n"
        content += heading.encode() + (text if text is not None else b"(kept as evidence in the lake)\n") + b"\n"
    return content


def _texts(lake: Lake, wanted: set[str]) -> dict[str, set[str]]:
    """Hex SHA-256 of each licence text to the sources that have it, as last registered."""
    found: dict[str, set[str]] = {}
    seen: set[str] = set()
    for entry in reversed(list(log.entries(lake.ledger, kind="sources"))):
        for row in parquet.read(lake.ledger / str(entry["path"])).to_pylist():
            source = str(row["source_id"])
            if source in wanted and source not in seen:
                seen.add(source)
                for field, digest in json.loads(row.get("evidence") or "{}").items():
                    if field.startswith(TEXTS):
                        found.setdefault(str(digest), set()).add(source)
    return found


def _kept(lake: Lake, digest: str) -> bytes | None:
    path = lake.evidence / digest[:2] / digest
    if not path.exists():
        return None
    content = files.read(path)
    return content if sha256(content).hexdigest() == digest else None
