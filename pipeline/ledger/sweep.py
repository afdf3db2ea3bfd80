"""The sweeper: what killed writers left behind. Nothing that the log names, and nothing young, is touched."""

from pipeline.ledger import log
from pipeline.store import files
from pipeline.store.files import Place

TRASH = "swept"
"""A writer may name a segment that lay around, in the moment it is swept: so it is kept until the next sweep."""


def sweep(ledger: Place, *, before_s: int) -> int:
    """Move segments that no entry names out of the way, and delete what the sweep before moved; how many moved.

    Args:
        ledger: the ledger.
        before_s: only files last changed before that time (seconds since 1970): a day ago is a good choice.
    """
    named = _named(ledger)
    for name in files.listed(ledger / TRASH):
        if name in named:
            files.put_if_absent(ledger / "seg" / name, files.read(ledger / TRASH / name))
        files.remove(ledger / TRASH / name)
    orphans = [n for n in files.listed(ledger / "seg") if n not in named and _is_old(ledger / "seg" / n, before_s)]
    for name in orphans:
        files.put_if_absent(ledger / TRASH / name, files.read(ledger / "seg" / name))
        files.remove(ledger / "seg" / name)
    for place in files.temporaries(ledger):
        if _is_old(place, before_s):
            files.remove(place)
    return len(orphans)


def _named(ledger: Place) -> set[str]:
    """Segment and tile files of all entries, below `seg`."""
    paths = {str(entry["path"]).removeprefix("seg/") for entry in log.entries(ledger)}
    return paths | {path.replace(".parquet", ".tile8") for path in paths}


def _is_old(place: Place, before_s: int) -> bool:
    changed = files.changed_s(place)
    return changed is not None and changed < before_s
