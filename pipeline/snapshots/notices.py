"""NOTICE: what the licences in a snapshot ask, and the texts that are to be kept, from the evidence of its sources."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256

from pipeline.ledger import log
from pipeline.rules.licences import Circumstances, rules
from pipeline.snapshots.card import Counts
from pipeline.stages.licences import judge
from pipeline.store import files, parquet
from pipeline.store.lake import Lake

TEXTS = "licence.text_file"
"""Fields of the register whose evidence a notice repeats begin with this; contracts and authorisations stay private."""


def duties(counts: Counts, use: str) -> dict[str, dict[str, object]]:
    """By duty: how many documents bear it, and their sources."""
    found: dict[str, dict[str, set[str] | int]] = {}
    for (source, licence), n in sorted(counts.sources.items()):
        judged = judge(licence, rules(), Circumstances(use=use))
        for duty in judged.duties if judged is not None else ():
            entry = found.setdefault(duty, {"documents": 0, "sources": set()})
            entry["documents"] = int(str(entry["documents"])) + n
            entry["sources"] = {*_names(entry["sources"]), source}
    return {
        duty: {"documents": one["documents"], "sources": sorted(_names(one["sources"]))} for duty, one in found.items()
    }


def _names(value: object) -> Iterable[str]:
    return value if isinstance(value, set) else ()


def notice(lake: Lake, name: str, version: str, use: str, counts: Counts) -> bytes:
    """The bytes of NOTICE: duties with their sources, then every licence text that must be kept, once."""
    asked = duties(counts, use)
    lines = [
        f"NOTICE of {name}, version {version}, declared use {use}",
        "",
        "What the licences of its sources ask:",
        "",
    ]
    for duty, entry in asked.items():
        known = rules().duties[duty]
        lines += [
            f"{duty}: {known.title} / {known.title_zh}",
            f"  {entry['documents']} documents of {_listed(entry)}",
            "",
        ]
    if not asked:
        lines += ["nothing", ""]
    content = "\n".join(lines).encode()
    for digest, sources in sorted(_texts(lake, {source for source, _ in counts.sources}).items()):
        text = _kept(lake, digest)
        heading = f"{'=' * 80}\n{', '.join(sorted(sources))}\nSHA-256 {digest}\n{'=' * 80}\n"
        content += heading.encode() + (text if text is not None else b"(kept as evidence in the lake)\n") + b"\n"
    return content


def _listed(entry: Mapping[str, object]) -> str:
    sources = entry["sources"]
    return ", ".join(sources) if isinstance(sources, list) else ""


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
