"""The pages of a snapshot that people read: card and attributions, from the manifest alone."""

import json
from collections.abc import Mapping
from pathlib import Path

from pipeline.store import files

CARD = """---
configs:
- config_name: default
  data_files:
  - split: train
    path: data/train-*.parquet
---
# {name}

{rows} documents of {sources} sources, declared use: {use}. Made by run {run}.
Approved only if `manifest.dsse.json` stands beside this file; `provender pull` verifies it.

| licence | sources |
|---|---|
{licences}
"""


def write(folder: Path, manifest: bytes, attributions: Mapping[str, str]) -> None:
    """Write README.md (a dataset card) and ATTRIBUTION.md."""
    said = json.loads(manifest)
    by_licence: dict[str, int] = {}
    for licence in said["licences"].values():
        by_licence[licence] = by_licence.get(licence, 0) + 1
    rows = "\n".join(f"| {licence or 'none'} | {n} |" for licence, n in sorted(by_licence.items()))
    card = CARD.format(
        sources=len(said["licences"]), licences=rows, **{k: said[k] for k in ("name", "rows", "use", "run")}
    )
    files.write(folder / "README.md", card.encode())
    lines = [f"- {attributions[s]}: {licence}" for s, licence in sorted(said["licences"].items())]
    text = "# Attribution\n\nWhat the licences of the sources ask to be credited.\n\n" + "\n".join(lines) + "\n"
    files.write(folder / "ATTRIBUTION.md", text.encode())
