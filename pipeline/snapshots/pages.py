"""The files beside the shards: card, credits, notice, Croissant and SPDX. The same snapshot gives the same bytes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.rules.licences import Circumstances
from pipeline.rules.snapshots import limits
from pipeline.snapshots import card, exports, layout, notices, shards
from pipeline.snapshots.card import Counts
from pipeline.store.lake import Lake

NAMES = (layout.ATTRIBUTION, layout.CARD, layout.CROISSANT, layout.NOTICE, layout.SPDX)


def write(
    lake: Lake, folder: Path, manifest: Mapping[str, Any], counts: Counts, attributions: Mapping[str, str]
) -> Sequence[str]:
    """Write the pages of a snapshot; their names.

    Args:
        lake: whose evidence the notice repeats.
        folder: where they go.
        manifest: with `version`, without `files`.
        counts: what the shards hold.
        attributions: credit line by source.
    """
    name, version, of = str(manifest["name"]), str(manifest["version"]), circumstances(manifest)
    asked = {duty: one.documents for duty, one in notices.duties(counts, of).items()}
    sampling = [shards.listed(folder, layout.SAMPLING)] if manifest.get("sampling_sha256") else []
    described = exports.Described(
        name=name,
        version=version,
        use=of.purpose,
        run=str(manifest["run"]),
        created_at_us=int(manifest["created_at_us"]),
        valid_days=int(manifest.get("valid_days", limits().valid_days)),
        shards=manifest["shards"],
        sampling=sampling,
        counts=counts,
    )
    contents = {
        layout.CARD: card.card(name, version, of.purpose, counts, asked, is_weighted=bool(sampling)),
        layout.NOTICE: notices.notice(lake, name, version, of, counts),
        layout.ATTRIBUTION: card.attribution(name, version, counts, attributions),
        layout.CROISSANT: exports.croissant(described),
        layout.SPDX: exports.spdx(described),
    }
    for page, content in contents.items():
        (folder / page).write_bytes(content)
    return sorted(contents)


def circumstances(manifest: Mapping[str, object]) -> Circumstances:
    """What a snapshot is declared for; manifests of before say neither place nor whether it is commercial."""
    return Circumstances(
        use=str(manifest["use"]),
        place=str(manifest.get("place", "CN")),
        is_commercial=manifest.get("is_commercial") is not False,
    )
