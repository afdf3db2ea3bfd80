import hashlib
import json
from pathlib import Path

from pipeline.ledger import log
from pipeline.rules.licences import Circumstances
from pipeline.schemas import conform
from pipeline.schemas.ledger import KINDS
from pipeline.snapshots import notices
from pipeline.snapshots.card import Counts
from pipeline.snapshots.notices import Asked
from pipeline.store import files
from pipeline.store.lake import Lake

TEXT = "Permission is granted to Li Lei's tea.\n".encode("utf-16")
SECRET = b"the contract"
PRETRAIN = Circumstances(use="pretrain")


def _lake(folder: Path) -> Lake:
    lake = Lake(folder)
    evidence = {}
    for field, content in (("licence.text_file", TEXT), ("contract.file", SECRET)):
        digest = hashlib.sha256(content).hexdigest()
        files.put_if_absent(lake.evidence / digest[:2] / digest, content)
        evidence[field] = digest
    rows = {"source_id": ["wiki"], "kind": ["open-data"], "evidence": [json.dumps(evidence)]}
    entry = log.Entry(kind="sources", key="sources", at_us=1, actor="tests")
    log.append(lake.ledger, entry, conform(dict(rows), KINDS["sources"]))
    return lake


COUNTS = Counts(documents=9, sources={("wiki", "MIT"): 4, ("wiki", "CC-BY-SA-4.0"): 3, ("law", "CC0-1.0"): 2})


def test_a_notice_names_every_duty_with_its_documents_and_sources() -> None:
    assert notices.duties(COUNTS, PRETRAIN) == {
        "attribution": Asked(documents=3, sources=("wiki",)),
        "share-alike": Asked(documents=3, sources=("wiki",)),
        "notice": Asked(documents=4, sources=("wiki",)),
    }


def test_a_notice_holds_the_bytes_of_licence_texts_and_never_a_contract(tmp_path: Path) -> None:
    got = notices.notice(_lake(tmp_path), "tea", "1", PRETRAIN, COUNTS)
    assert TEXT in got
    assert SECRET not in got
    assert "以相同许可发布".encode() in got


def test_a_text_that_is_not_what_its_hash_says_is_not_repeated(tmp_path: Path) -> None:
    lake = _lake(tmp_path)
    digest = hashlib.sha256(TEXT).hexdigest()
    path = lake.evidence / digest[:2] / digest
    path.chmod(0o644)
    path.write_bytes(b"changed")
    got = notices.notice(lake, "tea", "1", PRETRAIN, COUNTS)
    assert b"changed" not in got
    assert digest.encode() in got
