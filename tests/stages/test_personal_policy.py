"""What a class, a profile and a legal basis make of a finding, and what the decision row says about it."""

import pyarrow as pa
import pytest

from pipeline.models.surrogates import surrogate
from pipeline.rules import personal as personal_rules
from pipeline.rules.personal import EntityRule, by_entity, classes, rules
from pipeline.rules.personal_policy import Basis, bases, beyond, policy, profiles
from pipeline.rules.sources import Basis as Named
from pipeline.schemas import DECISIONS, DOCUMENTS, FINDINGS, conform
from pipeline.stages import personal
from pipeline.stages.personal.modes import Keyed
from tests.stages.test_personal_redact import ruled
from tests.tables import columns, table

KEY = b"k" * 32
TEXT = "张伟 a@b.com 13800138000"
FOUND = [(0, 2, "PERSON", 850_000, "PII.R030"), (3, 10, "EMAIL_ADDRESS", 1_000_000, "PII.R013"),
         (11, 22, "CN_MOBILE", 1_000_000, "PII.R010")]  # fmt: skip


def done(of: tuple[EntityRule, ...]) -> tuple[str, str]:
    """The text that goes on and what the row says was done."""
    docs = conform(
        {"doc_id": [1], "source_id": ["s"], "text": [TEXT], "lang": ["zh"], "content_hmac": [bytes(32)], "locator": ["l"]},
        DOCUMENTS,
    )  # fmt: skip
    findings = personal.measure(docs, find=lambda *_: [FOUND], names="always")
    decided = personal.decide(docs, findings, of)
    text = personal.apply(docs, findings, of, content_key=KEY, keyed=Keyed(key=KEY, surrogate=surrogate))
    return text.column("text")[0].as_py(), decided.column("pii_counts")[0].as_py()


def test_every_type_has_a_class_under_both_standards_and_the_stricter_holds() -> None:
    about = [rule for rule in rules() if rule.entity not in ("", "UNSCANNED")]
    assert all(rule.cls_35273 and rule.cls_45574 for rule in about)
    assert by_entity(about)["CN_RESIDENT_ID"].cls_45574 == "G"
    assert by_entity(about)["CN_RESIDENT_ID"].cls == "S"


def test_what_is_sensitive_names_its_kind_and_nothing_else_does() -> None:
    assert {r.entity for r in rules() if r.cls == "S"} == {r.entity for r in rules() if r.sensitive and r.cls != "C"}


@pytest.mark.parametrize(("cls", "action", "mode"), [
    ("C", "redact", "drop_span"), ("S14", "redact", "placeholder"), ("S", "redact", "placeholder"),
    ("G", "redact", "placeholder"), ("O", "report", "placeholder"),
])  # fmt: skip
def test_a_type_that_says_nothing_is_treated_as_its_class(cls: str, action: str, mode: str) -> None:
    said = {
        r.entity for r in personal_rules.loader.load("personal", EntityRule) if (r.action, r.mode) == ("default",) * 2
    }
    assert (classes()[cls].action, classes()[cls].mode) == (action, mode)
    assert all((r.action, r.mode) == (action, mode) for r in rules() if r.cls == cls and r.entity in said)


@pytest.mark.parametrize(("mode", "word"), [
    ("placeholder", "anonymised"), ("mask", "masked"), ("pseudonym", "pseudonymised"), ("surrogate", "surrogate"),
    ("drop_span", "removed"),
])  # fmt: skip
def test_the_row_says_what_was_done_with_each_type(mode: str, word: str) -> None:
    assert done(ruled(mode))[1] == f"CN_MOBILE=1:{word};EMAIL_ADDRESS=1:{word};PERSON=1:reported"


@pytest.mark.parametrize(("basis", "use", "keeps", "text", "said"), [
    ("consent", "finetune", ("EMAIL_ADDRESS",), "张伟 a@b.com <CN_MOBILE_1>",
     "CN_MOBILE=1:anonymised;EMAIL_ADDRESS=1:kept/consent;PERSON=1:reported"),
    ("consent", "pretrain", ("EMAIL_ADDRESS",), "张伟 <EMAIL_ADDRESS_1> <CN_MOBILE_1>",
     "CN_MOBILE=1:anonymised;EMAIL_ADDRESS=1:anonymised;PERSON=1:reported"),
    ("not_pi", "finetune", ("EMAIL_ADDRESS",), "张伟 <EMAIL_ADDRESS_1> <CN_MOBILE_1>",
     "CN_MOBILE=1:anonymised;EMAIL_ADDRESS=1:anonymised;PERSON=1:reported"),
    ("contract_or_hr", "finetune", ("PERSON", "CN_MOBILE"), "张伟 <EMAIL_ADDRESS_1> 13800138000",
     "CN_MOBILE=1:kept/contract_or_hr;EMAIL_ADDRESS=1:anonymised;PERSON=1:kept/contract_or_hr"),
])  # fmt: skip
def test_a_basis_keeps_the_types_it_was_given_for_and_the_row_names_it(
    basis: str, use: str, keeps: tuple[str, ...], text: str, said: str
) -> None:
    assert done(policy(None, Basis(name=basis, keeps=keeps, use=use))) == (text, said)


def test_a_basis_does_not_carry_a_stricter_class_or_an_unknown_type() -> None:
    assert beyond(bases()["consent"], ("PERSON", "CN_RESIDENT_ID", "NONSENSE")) == ("CN_RESIDENT_ID", "NONSENSE")
    assert beyond(bases()["consent_separate"], ("CN_RESIDENT_ID", "API_KEY")) == ("API_KEY",)
    assert set(bases()) <= set(Named.__args__)


@pytest.mark.parametrize(("profile", "text"), [
    (None, "张伟 <EMAIL_ADDRESS_1> <CN_MOBILE_1>"),
    ("web", "张伟 <EMAIL_ADDRESS_1> <CN_MOBILE_1>"),
    ("code", "张伟 <EMAIL_ADDRESS_1> <CN_MOBILE_1>"),
    ("dialogue", "<PERSON_1> <EMAIL_ADDRESS_1> <CN_MOBILE_1>"),
    ("resume", "<PERSON_1> <EMAIL_ADDRESS_1> <CN_MOBILE_1>"),
])  # fmt: skip
def test_a_profile_says_what_a_kind_of_source_redacts(profile: str | None, text: str) -> None:
    assert done(policy(profile))[0] == text


def test_profiles_change_only_types_that_have_a_rule() -> None:
    assert {change.entity for one in profiles().values() for change in one.change} <= set(by_entity(rules()))


def test_a_document_that_goes_takes_its_findings_with_it() -> None:
    found = table("""
        doc_id | n_chars | findings
        0      |         | [{"start":0,"end":2,"type":"UNSCANNED","score_ppm":1000000,"rule_id":"PII.R090"},{"start":3,"end":4,"type":"CN_MOBILE","score_ppm":1000000,"rule_id":"PII.R010"}]
    """, FINDINGS)  # fmt: skip

    got = personal.decide(pa.table({"doc_id": [0], "lang": ["zh"]}), found, rules())

    want = table(
        """
        doc_id | outcome    | pii_counts
        0      | quarantine | CN_MOBILE=1:quarantined;UNSCANNED=1:quarantined
    """,
        DECISIONS,
    )
    assert columns(got, want) == want
