"""Compiled expressions are read again where they are whole, and compiled again where they are not."""

from pathlib import Path

import hyperscan
import pytest

from pipeline.kernels import databases

EXPRESSIONS = [(number, f"w{number:04}[0-9]{{3}}") for number in range(400)]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return databases.folder()


def found(scanner: hyperscan.Database) -> list[tuple[int, int]]:
    hits = []
    scanner.scan(b"w0007123 w0299000", match_event_handler=lambda number, _, end, *__: hits.append((number, end)))
    return hits


def made() -> list[tuple[int, int]]:
    return found(databases.database(EXPRESSIONS, hyperscan.HS_FLAG_PREFILTER))


def no_compiler(*_: object) -> None:
    pytest.fail("compiled again")


def test_a_set_is_compiled_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert made() == [(7, 8), (299, 17)]
    databases._platform()
    monkeypatch.setattr(databases, "_compiled", no_compiler)

    assert made() == [(7, 8), (299, 17)]
    assert [path.suffix for path in folder.iterdir()] == [".hs"]


@pytest.mark.parametrize("kept", [0, 10, 40, -1])
def test_what_is_not_whole_is_compiled_again_and_kept(folder: Path, kept: int) -> None:
    made()
    [path] = folder.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:kept])

    assert made() == [(7, 8), (299, 17)]
    assert path.read_bytes() == whole


def test_what_another_hyperscan_wrote_is_compiled_again(folder: Path) -> None:
    made()
    [path] = folder.iterdir()
    databases._write(path, b"another" * 100)

    assert made() == [(7, 8), (299, 17)]


def test_other_expressions_flags_and_versions_have_files_of_their_own(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {databases._key(EXPRESSIONS, 0), databases._key(EXPRESSIONS, 1), databases._key(EXPRESSIONS[1:], 0)}
    monkeypatch.setattr(databases, "version", lambda _: "0")
    assert len({*keys, databases._key(EXPRESSIONS, 0)}) == 4


def test_a_folder_that_cannot_be_written_to_costs_time_alone(folder: Path) -> None:
    folder.parent.parent.mkdir(exist_ok=True)
    folder.parent.write_text("a file where the folder would be")
    assert made() == [(7, 8), (299, 17)]


def test_the_oldest_files_go_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(databases, "KEPT", 2)
    for number in range(4):
        databases._write(folder / str(number), b"x")
    assert sorted(path.name for path in folder.iterdir()) == ["2", "3"]


def test_small_sets_are_not_kept(folder: Path) -> None:
    databases.database(EXPRESSIONS[:3], 0)
    assert not folder.exists()
