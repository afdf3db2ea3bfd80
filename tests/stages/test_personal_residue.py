"""Second look: a residue stops the batch and is named without its value; replacements and other outcomes are none."""

import pyarrow as pa
import pytest

from pipeline.errors import ResidueFound
from pipeline.models.personal import finder
from pipeline.models.surrogates import surrogate
from pipeline.rules.personal import rules
from pipeline.schemas import DOCUMENTS, conform
from pipeline.stages import personal
from pipeline.stages.personal.modes import Keyed
from pipeline.stages.personal.policy import located
from tests.stages.test_personal_redact import ruled

KEY = b"k" * 32
FIND = finder()
TEXT = "邮箱a@b.com，手机13800138000。"
MAIL = (2, 9, "EMAIL_ADDRESS", 1_000_000, "PII.R013")
MOBILE = (12, 23, "CN_MOBILE", 1_000_000, "PII.R010")


def looked(text: str, found: list, of=None) -> str:
    docs = conform(
        {"doc_id": [77], "source_id": ["s"], "text": [text], "lang": ["zh"], "content_hmac": [bytes(32)], "locator": ["l"]},
        DOCUMENTS,
    )  # fmt: skip
    of = of or rules()
    findings = located(pa.array([77], pa.int64()), [found])
    planned = personal.plan(docs.column("text"), findings, of, Keyed(key=KEY, surrogate=surrogate))
    redacted = personal.spliced(docs, planned, content_key=KEY)
    personal.look_again(redacted, personal.decide(docs, findings, of), planned, of, find=FIND)
    return redacted.column("text")[0].as_py()


def test_what_was_missed_stops_the_batch_and_is_named_without_its_value() -> None:
    with pytest.raises(ResidueFound, match=r"rule PII\.R010 still acts on document 77") as stopped:
        looked(TEXT, [MAIL])
    assert "13800138000" not in str(stopped.value)


def test_a_document_without_residue_passes() -> None:
    assert looked(TEXT, [MAIL, MOBILE]) == "邮箱<EMAIL_ADDRESS_1>，手机<CN_MOBILE_1>。"


@pytest.mark.parametrize("mode", ["placeholder", "mask", "pseudonym", "surrogate", "drop_span"])
def test_no_mode_leaves_a_residue(mode: str) -> None:
    got = looked(TEXT, [MAIL, MOBILE], ruled(mode))
    assert "a@b.com" not in got
    assert "13800138000" not in got


@pytest.mark.parametrize("mode", ["placeholder", "pseudonym", "drop_span"])
@pytest.mark.parametrize("between", range(20, 44))
def test_a_placeholder_is_no_context_wherever_the_edge_of_the_window_cuts_it(between: int, mode: str) -> None:
    text = f"phone number: 2125550143 {'x' * (between - 2)} 4155550178"
    found = FIND([text], ["en"], "never")[0]
    assert "2125550143" not in looked(text, found, ruled(mode))
