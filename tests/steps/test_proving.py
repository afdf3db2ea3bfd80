"""The proof of an erasure looks into every kind of file, and says where something is left without saying what."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.errors import GateFailed, IdentifierEmpty, InputMissing, UsageError
from pipeline.ledger import log
from pipeline.steps import finding, proving, requests
from pipeline.store.lake import Lake

NUMBER = "13800138000"
SAID = "call 138-0013-8000 today"


def plain(path: Path) -> None:
    path.write_bytes(SAID.encode())


def full_width(path: Path) -> None:
    path.write_text("打 １３８００１３８０００。", encoding="utf-8")


def gzipped(path: Path) -> None:
    path.write_bytes(gzip.compress(SAID.encode()))


def zstandard(path: Path) -> None:
    with pa.CompressedOutputStream(str(path), "zstd") as sink:
        sink.write(SAID.encode())


def parquet(path: Path) -> None:
    texts = ["nothing"] * 5_000 + [f"x +86 {NUMBER}"]
    pq.write_table(pa.table({"doc_id": range(5_001), "text": texts}), path, compression="zstd")


@pytest.mark.parametrize("write", [plain, full_width, gzipped, zstandard, parquet])
def test_what_is_left_anywhere_is_found_and_only_its_folder_named(tmp_path: Path, write: Callable) -> None:
    lake = Lake(tmp_path)
    name = str(requests.open_request(lake, "delete", actor="desk")["request_id"])
    place = tmp_path / "documents" / "r" / "personal" / "00000001.parquet"
    place.parent.mkdir(parents=True)
    write(place)

    with pytest.raises(GateFailed, match=r"in 1 of \d+ files, below documents/r\n") as raised:
        proving.require_gone(lake, name, "138 0013 8000", "CN_MOBILE", actor="desk")
    assert NUMBER not in str(raised.value)
    place.write_bytes(b"138001380001 is another number")

    assert proving.require_gone(lake, name, NUMBER, "CN_MOBILE", actor="desk") > 1
    assert len(list(log.entries(lake.ledger, kind="subject_lookups"))) == 2


def test_a_proof_needs_a_request(tmp_path: Path) -> None:
    with pytest.raises(InputMissing, match="no request"):
        proving.require_gone(Lake(tmp_path), "req-x", NUMBER, "CN_MOBILE", actor="desk")


@pytest.mark.parametrize(
    ("identifier", "kind", "error"),
    [
        ("", "CN_MOBILE", IdentifierEmpty),
        (" -.( ) ", "CN_MOBILE", IdentifierEmpty),
        ("no digits", "CN_MOBILE", IdentifierEmpty),
        ("。", "PERSON", IdentifierEmpty),
        (NUMBER, "CN_MOBIL", UsageError),
        (NUMBER, "", UsageError),
    ],
)
def test_what_would_stand_everywhere_or_be_found_nowhere_is_refused_before_anything_is_recorded(
    tmp_path: Path, identifier: str, kind: str, error: type[Exception]
) -> None:
    lake = Lake(tmp_path)
    name = str(requests.open_request(lake, "delete", actor="desk")["request_id"])
    for look in (proving.require_gone, finding.by_identifier):
        with pytest.raises(error) as raised:
            look(lake, name, identifier, kind, actor="desk")
        assert not identifier.strip() or identifier not in str(raised.value)
    assert list(log.entries(lake.ledger, kind="subject_lookups")) == []
