"""What a killed freeze, erasure or writer left goes when nothing in it has changed for long, and nothing else does."""

import os
from pathlib import Path

from pipeline.snapshots import leftovers
from pipeline.store.lake import Lake

OLD_S, LIMIT_S, YOUNG_S = 1_000, 2_000, 3_000


def made(path: Path, at_s: int) -> Path:
    """A file that was last changed then, and its folder, too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    for one in (path, path.parent):
        os.utime(one, (at_s, at_s))
    return path


def test_old_work_folders_and_temporary_files_go_and_young_or_named_ones_stay(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    gone = [made(lake.snapshots / f"{begin}1/train.parquet", OLD_S) for begin in (".freeze-", ".amend-", ".rebuild-")]
    gone += [made(tmp_path / "documents/r/quality/.tmp-1-a", OLD_S)]
    left = [
        made(lake.snapshots / ".freeze-2/train.parquet", YOUNG_S),
        made(lake.snapshots / "corpus/1/manifest.json", OLD_S),
        made(tmp_path / "measures/.tmp-2-b", YOUNG_S),
    ]

    assert leftovers.sweep(lake, before_s=LIMIT_S) == 4
    assert leftovers.sweep(lake, before_s=LIMIT_S) == 0

    assert [one for one in gone if one.exists()] == []
    assert not list(lake.snapshots.glob(".*-1"))
    assert [one for one in left if not one.exists()] == []


def test_a_work_folder_is_as_young_as_the_youngest_file_in_it(tmp_path: Path) -> None:
    lake = Lake(tmp_path)
    young = made(lake.snapshots / ".freeze-1/deep/train.parquet", YOUNG_S)
    os.utime(lake.snapshots / ".freeze-1", (OLD_S, OLD_S))

    assert leftovers.sweep(lake, before_s=LIMIT_S) == 0
    assert young.exists()
    assert leftovers.sweep(Lake(tmp_path / "no lake"), before_s=LIMIT_S) == 0
