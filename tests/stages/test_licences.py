import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.rules.licences import DAY_US, LicenceClass, StopRule, rules
from pipeline.schemas import conform
from pipeline.schemas.sources import LICENCE_TEXTS, SOURCES
from pipeline.stages import licences

NOW = 1_790_000_000_000_000
USES = ("pretrain", "finetune", "eval")


def _said(text: str) -> tuple[str | None, int]:
    return (text, 900_000) if text != "?" else (None, 0)


def _decided(
    claim: str | None, *texts: str, days: int | None = None, use: str = "pretrain", is_commercial: bool = True
) -> dict[str, object]:
    captured = None if days is None else NOW - days * DAY_US
    row = {
        "source_id": "a",
        "kind": "open-data",
        "register_sha256": bytes(32),
        "missing": [],
        "licence_declared": claim,
        "licence_captured_us": captured,
    }
    register = conform({name: [row.get(name)] for name in SOURCES.names}, SOURCES)
    digests = [hashlib.sha256(text.encode()).digest() for text in texts]
    known = {"source_id": ["a"] * len(texts), "name": ["LICENSE"] * len(texts), "sha256": digests, "text": list(texts)}
    evidence = licences.measure(register, conform(known, LICENCE_TEXTS), _said)
    return licences.decide(register, evidence, rules(), use=use, now_us=NOW, is_commercial=is_commercial).to_pylist()[0]


@pytest.mark.parametrize("rule", rules().classes, ids=lambda rule: rule.id)
def test_each_class_decides_its_own_examples_and_no_others(rule: LicenceClass) -> None:
    assert rule.passes
    assert rule.fails
    deciders = {e: licences.judge(e, rules(), use="pretrain") for e in (*rule.passes, *rule.fails)}
    assert all(deciders[e] is not None and deciders[e].decider is rule for e in rule.passes)
    assert not any(deciders[e] is not None and deciders[e].decider is rule for e in rule.fails)


def _example(drawn: str) -> dict[str, object]:
    claim, _, rest = drawn.partition("|")
    text, _, days = rest.partition("@")
    return _decided(claim.strip(), *filter(None, [text.strip()]), days=int(days) if days.strip() else None)


@pytest.mark.parametrize("rule", rules().stops.values(), ids=lambda rule: rule.id)
def test_each_stop_lets_its_own_example_pass_and_stops_the_other(rule: StopRule) -> None:
    assert _example(rule.passes)["outcome"] == "keep"
    failed = _example(rule.fails)
    assert (failed["outcome"], failed["rule_id"]) == ("quarantine", rule.id)


@pytest.mark.parametrize(
    ("claim", "texts", "outcome", "rule", "detail"),
    [
        ("MIT OR CC-BY-NC-4.0", ["MIT"], "keep", "LIC.R002", "MIT OR CC-BY-NC-4.0"),
        ("MIT AND CC-BY-NC-4.0", ["MIT"], "drop", "LIC.R008", "MIT AND CC-BY-NC-4.0"),
        ("BSD-3-Clause", ["BSD-3-Clause AND GPL-3.0"], "keep", "LIC.R006", "BSD-3-Clause AND GPL-3.0"),
        ("MIT", ["MIT", "CC-BY-NC-ND-4.0"], "drop", "LIC.R007", "MIT AND CC-BY-NC-ND-4.0"),
        ("GPL-3.0-or-later", ["GPL-3.0"], "keep", "LIC.R006", "GPL-3.0-or-later"),
        ("LicenseRef-BSD", ["BSD-3-Clause"], "keep", "LIC.R002", "LicenseRef-BSD AND BSD-3-Clause"),
        ("LicenseRef-CN-Law", ["?"], "keep", "LIC.R001", "LicenseRef-CN-Law"),
        ("LicenseRef-house-rules", ["?"], "quarantine", "LIC.R000", "LicenseRef-house-rules"),
        ("CC-BY-SA-4.0", ["CC-BY-4.0"], "quarantine", "LIC.R010", "CC-BY-SA-4.0 AND CC-BY-4.0"),
        ("GPL-2.0-only WITH Foo-bar", ["GPL-2.0"], "quarantine", "LIC.R000", "GPL-2.0-only WITH Foo-bar"),
        ("(MIT", ["MIT"], "quarantine", "LIC.R011", "MIT"),
        ("see https://a.example/licence", ["?"], "quarantine", "LIC.R011", None),
        ("NONE", ["MIT"], "quarantine", "LIC.R000", "MIT"),
        (None, [], "quarantine", "LIC.R000", None),
    ],
)
def test_claims_and_texts_are_decided_together(claim, texts, outcome, rule, detail) -> None:
    got = _decided(claim, *texts)
    assert (got["outcome"], got["rule_id"], got["detail"]) == (outcome, rule, detail)


def test_non_commercial_licences_are_for_projects_that_are_not_commercial() -> None:
    assert _decided("CC-BY-NC-4.0", "CC-BY-NC-4.0")["outcome"] == "drop"
    assert _decided("CC-BY-NC-4.0", "CC-BY-NC-4.0", is_commercial=False)["outcome"] == "keep"


def test_a_use_that_no_rule_names_is_denied() -> None:
    assert _decided("MIT", "MIT", use="resale")["outcome"] == "drop"


def test_duties_of_all_operands_that_hold_are_collected() -> None:
    got = licences.judge("MIT AND CC-BY-4.0", rules(), use="pretrain")
    assert got is not None
    assert set(got.duties) == {"notice", "attribution"}


@given(st.text(max_size=60), st.lists(st.sampled_from(["MIT", "?", "CC-BY-NC-4.0"]), max_size=2), st.sampled_from(USES))
def test_every_claim_is_decided_and_none_without_a_text_is_kept(claim: str, texts: list[str], use: str) -> None:
    got = _decided(claim, *texts, use=use)
    assert got["outcome"] in ("keep", "drop", "quarantine")
    assert texts or got["outcome"] == "quarantine"
