"""What killed steps and writers left in a lake. Nothing young and nothing named is touched."""

import shutil
from pathlib import Path

from pipeline.store import files
from pipeline.store.lake import Lake

FREEZE, AMEND, REBUILD, CHECK = ".freeze-", ".amend-", ".rebuild-", ".check-"
"""How the folders begin in which a snapshot is made before it gets its name, or compared with itself."""


def sweep(lake: Lake, *, before_s: int) -> int:
    """Delete work folders of snapshots and temporary files of the whole lake; how many.

    Args:
        lake: the lake.
        before_s: only where nothing has changed since that time (seconds since 1970): a day ago is a good choice.
    """
    folders = (f for begin in (FREEZE, AMEND, REBUILD, CHECK) for f in lake.snapshots.glob(f"{begin}*"))
    swept = [one for one in [*folders, *files.temporaries(lake.root)] if _last_change_s(one) < before_s]
    for one in swept:
        if one.is_dir():
            shutil.rmtree(one)
        else:
            files.remove(one)
    return len(swept)


def _last_change_s(place: Path) -> int:
    """When a file, or the youngest thing in a folder, was last changed; what is gone by now counts as young."""
    found = [files.changed_s(one) for one in (place, *(place.rglob("*") if place.is_dir() else ()))]
    return 1 << 62 if None in found else max(one for one in found if one is not None)
