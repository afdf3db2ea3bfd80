import hashlib

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from license_expression import get_license_index

from pipeline.kernels.licences import Identified, Match
from pipeline.rules.licences import DAY_US, Circumstances, LicenceClass, RiskRule, StopRule, rules
from pipeline.schemas import DOCUMENTS, RECORDS, conform
from pipeline.schemas.sources import LICENCE_TEXTS, SOURCES, UPSTREAMS
from pipeline.stages import licences

NOW = 1_790_000_000_000_000
USES = ("pretrain", "finetune", "eval", "release")
PRETRAIN = Circumstances(use="pretrain")


def _said(text: str) -> Identified:
    """Reads `MIT ~ 700000`: a licence, and how much of its text is there; `?` is no known licence."""
    expression, _, share = text.partition("~")
    if expression.strip() == "?":
        return Identified.of([])
    kind, name = ("reference", expression[3:]) if expression.startswith("see") else ("text", expression)
    matched = int(share or 1_000_000)
    place = {"start": 2, "end": 7, "span": matched, "rule": "r"}
    return Identified.of([Match(expression=name.strip(), kind=kind, matched=matched, size=1_000_000, **place)])


def _measured(claim: str | None, *texts: str, upstream: tuple[str, ...] = (), **fields: object):
    row = {
        "source_id": "a",
        "kind": "open-data",
        "origin": "CN",
        "register_sha256": bytes(32),
        "missing": [],
        "licence_declared": claim,
        **fields,
    }
    register = conform({name: [row.get(name)] for name in SOURCES.names}, SOURCES)
    digests = [hashlib.sha256(text.encode()).digest() for text in texts]
    known = {"source_id": ["a"] * len(texts), "name": ["LICENSE"] * len(texts), "sha256": digests, "text": list(texts)}
    above = [
        {"source_id": "a", "upstream_id": u, "depth": 1, "licence_declared": u, "is_registered": True} for u in upstream
    ]
    columns = {name: [row.get(name) for row in above] for name in UPSTREAMS.names}
    texts_table, upstreams = conform(known, LICENCE_TEXTS), conform(columns, UPSTREAMS)
    return register, licences.measure(register, texts_table, upstreams, _said, rules())


def _decided(claim: str | None, *texts: str, days: int | None = None, of: Circumstances = PRETRAIN, **fields: object):
    captured = None if days is None else NOW - days * DAY_US
    register, evidence = _measured(claim, *texts, licence_captured_us=captured, **fields)
    return licences.decide(register, evidence, rules(), of=of, now_us=NOW).to_pylist()[0]


@pytest.mark.parametrize("rule", rules().classes, ids=lambda rule: rule.id)
def test_each_class_decides_its_own_examples_and_no_others(rule: LicenceClass) -> None:
    assert rule.passes
    assert rule.fails
    deciders = {e: licences.judge(e, rules(), PRETRAIN) for e in (*rule.passes, *rule.fails)}
    assert all(deciders[e] is not None and deciders[e].decider is rule for e in rule.passes)
    assert not any(deciders[e] is not None and deciders[e].decider is rule for e in rule.fails)


def test_every_licence_of_the_spdx_list_has_a_class_and_every_duty_is_explained() -> None:
    listed = [one for one in get_license_index() if not one.get("is_exception") and not one.get("is_deprecated")]
    keys = {str(one["spdx_license_key"]) for one in listed if one.get("spdx_license_key")}
    spdx = {key for key in keys if not key.startswith("LicenseRef-")}
    assert len(spdx) > 600
    assert sorted(key for key in spdx if rules().class_of(key) is None) == []
    assert {duty for one in rules().classes for duty in one.duties} == rules().duties.keys()


def _example(drawn: str) -> dict[str, object]:
    claim, _, rest = drawn.partition("|")
    text, _, days = rest.partition("@")
    age, _, ongoing = days.strip().partition(" ")
    aged = int(age) if age else None
    if claim.strip() == "*":
        return _decided(None, is_per_document=True)
    how = {"kind": "self-collected", "is_ongoing": True} if ongoing else {}
    return _decided(claim.strip(), *filter(None, [text.strip()]), days=aged, **how)


@pytest.mark.parametrize("rule", rules().stops.values(), ids=lambda rule: rule.id)
def test_each_stop_lets_its_own_example_pass_and_stops_the_other(rule: StopRule) -> None:
    assert _example(rule.passes)["outcome"] == "keep"
    failed = _example(rule.fails)
    assert (failed["outcome"], failed["rule_id"]) == (rule.outcome, rule.id)


@pytest.mark.parametrize(
    ("claim", "texts", "outcome", "rule", "detail"),
    [
        ("MIT OR CC-BY-NC-4.0", ["MIT"], "keep", "LIC.R002", "MIT OR CC-BY-NC-4.0"),
        ("MIT AND CC-BY-NC-4.0", ["MIT"], "drop", "LIC.R008", "MIT AND CC-BY-NC-4.0"),
        ("BSD-3-Clause", ["BSD-3-Clause AND GPL-3.0"], "keep", "LIC.R006", "BSD-3-Clause AND GPL-3.0-only"),
        ("MIT", ["MIT", "CC-BY-NC-ND-4.0"], "drop", "LIC.R007", "MIT AND CC-BY-NC-ND-4.0"),
        ("GPL-3.0-or-later", ["GPL-3.0"], "keep", "LIC.R006", "GPL-3.0-or-later"),
        ("LicenseRef-BSD", ["BSD-3-Clause"], "keep", "LIC.R002", "LicenseRef-BSD AND BSD-3-Clause"),
        ("LicenseRef-CN-Law", ["?"], "keep", "LIC.R023", "LicenseRef-CN-Law"),
        ("LicenseRef-house-rules", ["?"], "quarantine", "LIC.R014", "LicenseRef-house-rules"),
        ("LicenseRef-house-rules", ["LicenseRef-house-rules"], "quarantine", "LIC.R000", "LicenseRef-house-rules"),
        ("MIT", ["MIT", "see GPL-2.0-only"], "keep", "LIC.R002", "MIT"),
        ("MIT", ["MIT", "LicenseRef-scancode-unknown-license-reference"], "keep", "LIC.R002", "MIT"),
        ("BSD-2-Clause", ["BSD-2-Clause-Views"], "keep", "LIC.R002", "BSD-2-Clause AND BSD-2-Clause-Views"),
        ("LicenseRef-contract", ["?"], "keep", "LIC.R004", "LicenseRef-contract"),
        ("BUSL-1.1", ["BUSL-1.1"], "quarantine", "LIC.R009", "BUSL-1.1"),
        ("CC-BY-SA-4.0", ["CC-BY-4.0"], "quarantine", "LIC.R010", "CC-BY-SA-4.0 AND CC-BY-4.0"),
        ("GPL-2.0-only WITH Foo-bar", ["GPL-2.0-only"], "quarantine", "LIC.R000", "GPL-2.0-only WITH Foo-bar"),
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
    research = Circumstances(use="pretrain", is_commercial=False)
    for registered in (True, False, None):
        assert _decided("CC-BY-NC-4.0", "CC-BY-NC-4.0", is_commercial=registered)["outcome"] == "drop"
        assert _decided("CC-BY-NC-4.0", "CC-BY-NC-4.0", is_commercial=registered, of=research)["outcome"] == "keep"
    assert _decided("CC-BY-NC-ND-4.0", "CC-BY-NC-ND-4.0", of=research)["outcome"] == "drop"


def test_a_person_who_confirms_settles_what_the_text_leaves_open_and_never_what_a_licence_denies() -> None:
    li = {"licence_confirmed_by": "li", "licence_confirmed_us": NOW}
    assert _decided("MIT", "?", **li)["outcome"] == "keep"
    assert _decided("BUSL-1.1", "BUSL-1.1", **li)["outcome"] == "keep"
    assert _decided("MIT", "MIT ~ 700000", **li)["outcome"] == "keep"
    assert _decided("CC-BY-4.0", "CC-BY-SA-4.0", **li)["rule_id"] == "LIC.R025"
    assert _decided("CC-BY-ND-4.0", "CC-BY-ND-4.0", **li)["outcome"] == "drop"
    assert _decided("LicenseRef-house-rules", "?", **li)["outcome"] == "quarantine"


@pytest.mark.parametrize(
    ("expression", "of", "verdict"),
    [
        ("LicenseRef-mining-exception", {"place": "CN"}, "deny"),
        ("LicenseRef-mining-exception", {"place": "JP"}, "conditional"),
        ("LicenseRef-mining-exception", {"place": "EU"}, "conditional"),
        ("LicenseRef-mining-exception", {"place": "DE"}, "conditional"),
        ("LicenseRef-mining-exception", {"place": "GB"}, "deny"),
        ("LicenseRef-CN-Law", {"origin": "CN"}, "allow"),
        ("LicenseRef-CN-Law", {"origin": "US"}, "unknown"),
        ("MIT", {"use": "release"}, "conditional"),
        ("LicenseRef-contract", {"use": "release"}, "deny"),
        ("MIT", {"use": "resale"}, "deny"),
    ],
)
def test_a_verdict_depends_on_use_place_and_origin(expression: str, of: dict[str, str], verdict: str) -> None:
    got = licences.judge(expression, rules(), Circumstances(**{"use": "pretrain", **of}))
    assert got is not None
    assert got.verdict == verdict


def test_the_strictest_licence_upstream_holds_for_what_is_derived() -> None:
    got = _decided("CC-BY-4.0", "CC-BY-4.0", upstream=("CC0-1.0", "CC-BY-NC-4.0"))
    assert (got["outcome"], got["detail"]) == ("drop", "CC-BY-4.0 AND CC-BY-NC-4.0 AND CC0-1.0")


def test_duties_of_all_operands_that_hold_are_collected() -> None:
    got = licences.judge("MIT AND CC-BY-4.0", rules(), PRETRAIN)
    assert got is not None
    assert set(got.duties) == {"notice", "attribution"}


def test_evidence_names_the_place_of_the_decisive_words() -> None:
    _, evidence = _measured("MIT", "?", "MIT")
    row = evidence.to_pylist()[0]
    assert row["evidence_sha256"] == hashlib.sha256(b"MIT").digest()
    assert (row["start_char"], row["end_char"]) == (2, 7)


@pytest.mark.parametrize(
    ("days", "rule_ids", "outcome"), [(300, [], "keep"), (340, ["LIC.R013"], "keep"), (366, [], "quarantine")]
)
def test_old_evidence_warns_a_month_before_it_stops(days: int, rule_ids: list[str], outcome: str) -> None:
    captured = NOW - days * DAY_US
    register, evidence = _measured("MIT", "MIT", licence_captured_us=captured)
    decisions = licences.decide(register, evidence, rules(), of=PRETRAIN, now_us=NOW)
    found = licences.notice(register, evidence, decisions, rules(), now_us=NOW)
    assert decisions.column("outcome").to_pylist() == [outcome]
    assert found.column("rule_id").to_pylist() == rule_ids
    assert found.column("due_us").to_pylist() == [captured + 365 * DAY_US] * len(rule_ids)


def test_a_difference_within_a_class_is_kept_and_noted() -> None:
    register, evidence = _measured("CC-BY-4.0", "CC-BY-3.0")
    decisions = licences.decide(register, evidence, rules(), of=PRETRAIN, now_us=NOW)
    found = licences.notice(register, evidence, decisions, rules(), now_us=NOW).to_pylist()
    assert [(row["rule_id"], row["detail"]) for row in found] == [("LIC.R010", "CC-BY-4.0 / CC-BY-3.0")]


def _records(*rows: tuple[str, str, str | None, str | None]) -> pa.Table:
    text, media, said, beside = (list(column) for column in zip(*rows, strict=True))
    columns = {"locator": ["x"] * len(rows), "text": text, "media_type": media}
    return conform({**columns, "licence_declared": said, "licence_of_file": beside}, RECORDS)


def _of_documents(*rows: tuple[str, str, str | None, str | None], dataset: str | None = None) -> pa.Table:
    return licences.documents.measure(_records(*rows), pa.array(range(len(rows)), pa.int64()), dataset)


PAGE = "<html><head><title>Tea</title>{}</head><body><p>tea</p></body></html>"
SAID = [
    # what the record holds: text, medium, column, beside the file -> expression, outcome, rule
    ("t", "text/plain", "MIT", None, "MIT", "keep", "LIC.R002"),
    ("t", "text/plain", "mit", None, "MIT", "keep", "LIC.R002"),
    ("t", "text/plain", "NOASSERTION", None, None, "quarantine", "LIC.R000"),
    ("t", "text/plain", None, None, None, "quarantine", "LIC.R000"),
    ("t", "text/plain", "whatever it says", None, None, "quarantine", "LIC.R011"),
    ("t", "text/plain", "LicenseRef-house", None, "LicenseRef-house", "quarantine", "LIC.R000"),
    ("t", "text/plain", "CC-BY-NC-4.0", None, "CC-BY-NC-4.0", "drop", "LIC.R008"),
    ("t", "text/plain", "https://creativecommons.org/licenses/by-sa/3.0/", None, "CC-BY-SA-3.0", "keep", "LIC.R025"),
    ("# SPDX-License-Identifier: GPL-2.0+\nx", "text/plain", None, None, "GPL-2.0-or-later", "keep", "LIC.R006"),
    ("<!-- SPDX-License-Identifier: MIT -->\nx", "text/plain", None, None, "MIT", "keep", "LIC.R002"),
    ("<!-- SPDX-License-Identifier: CC-BY-ND-4.0 --><p>x", "text/html", None, None, "CC-BY-ND-4.0", "drop", "LIC.R007"),
    ("# SPDX-License-Identifier: MIT", "text/plain", "NOASSERTION", None, "MIT", "quarantine", "LIC.R000"),
    ("t", "text/plain", "MIT", "reuse CC-BY-NC-4.0", "CC-BY-NC-4.0 AND MIT", "drop", "LIC.R008"),
    ("t", "text/plain", None, "dep5 GPL-2+ or Expat", "GPL-2.0-or-later OR MIT", "keep", "LIC.R002"),
    ("t", "text/plain", None, "package MIT\nreuse Apache-2.0", "Apache-2.0 AND MIT", "keep", "LIC.R002"),
]
LINKS = [
    ('<a rel="license" href="https://creativecommons.org/licenses/by-sa/4.0/">l</a>', "CC-BY-SA-4.0"),
    ('<link href="//creativecommons.org/licenses/by/4.0/deed.zh" rel="nofollow license">', "CC-BY-4.0"),
    ('<meta name="DC.rights" content="https://creativecommons.org/licenses/by-nc/4.0/">', "CC-BY-NC-4.0"),
    ('<meta property="dcterms.license" content="https://spdx.org/licenses/CC0-1.0.html">', "CC0-1.0"),
    ('<a itemprop="license" href="https://creativecommons.org/publicdomain/zero/1.0/">0</a>', "CC0-1.0"),
    (
        '<script type="application/ld+json">{"@type": "Article", "license": "https://creativecommons.org/licenses/by/4.0/"}</script>',
        "CC-BY-4.0",
    ),
    (
        '<script type="application/ld+json">{"@graph": [{"@type": "ImageObject", "license": "https://creativecommons.org/licenses/by/4.0/"}, {"@type": "WebPage", "license": {"@id": "https://creativecommons.org/licenses/by-nd/4.0/"}}]}</script>',
        "CC-BY-ND-4.0",
    ),
    ('<script type="application/ld+json">{"license": </script>', None),
    ('<a href="https://creativecommons.org/licenses/by/4.0/">about licences</a>', None),
]


@pytest.mark.parametrize("said", SAID)
def test_a_document_is_decided_by_all_that_is_said_about_it(said) -> None:
    *record, expression, outcome, rule = said
    measures = _of_documents(tuple(record))
    got = licences.documents.decide(measures, rules(), PRETRAIN).to_pylist()[0]
    assert (measures.column("expression")[0].as_py(), got["outcome"], got["rule_id"]) == (expression, outcome, rule)


@pytest.mark.parametrize(("markup", "expression"), LINKS)
def test_a_page_says_its_licence_in_its_markup_and_its_images_do_not(markup: str, expression: str | None) -> None:
    assert _of_documents((PAGE.format(markup), "text/html", None, None)).column("expression").to_pylist() == [
        expression
    ]


def test_the_strictest_of_dataset_page_file_and_record_holds() -> None:
    page = PAGE.format('<a rel="license" href="https://creativecommons.org/licenses/by/4.0/">l</a>')
    measures = _of_documents((page, "text/html", "CC0-1.0", "reuse CC-BY-SA-4.0"), dataset="ODC-By-1.0")
    assert measures.column("expression").to_pylist() == ["CC-BY-4.0 AND CC-BY-SA-4.0 AND CC0-1.0 AND ODC-By-1.0"]
    assert measures.column("is_conflict").to_pylist() == [True]
    assert licences.documents.decide(measures, rules(), PRETRAIN).column("rule_id").to_pylist() == ["LIC.R025"]


def test_evidence_is_what_was_said_word_by_word() -> None:
    row = _of_documents(("t", "text/plain", " mit ", "reuse MIT")).to_pylist()[0]
    assert row["evidence"] == b"record column:  mit \nfile reuse: MIT\n"
    assert row["evidence_sha256"] == hashlib.sha256(row["evidence"]).digest()


@given(
    st.lists(
        st.tuples(
            st.text(max_size=60),
            st.sampled_from(["text/html", "text/plain"]),
            st.none() | st.text(max_size=30),
            st.none() | st.text(max_size=30),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_every_document_is_decided_once_and_none_is_kept_of_which_nothing_is_said(rows) -> None:
    measures = _of_documents(*rows)
    got = licences.documents.decide(measures, rules(), PRETRAIN)
    assert got.column("doc_id").to_pylist() == list(range(len(rows)))
    said = measures.column("expression").to_pylist()
    assert all(
        expression
        for expression, outcome in zip(said, got.column("outcome").to_pylist(), strict=True)
        if outcome == "keep"
    )


def _risk(drawn: str) -> dict[str, object]:
    licence, text, *more = (part.strip() for part in drawn.split("|"))
    columns = {
        "doc_id": [1],
        "source_id": ["a"],
        "text": [text],
        "lang": ["en"],
        "content_hmac": [bytes(32)],
        "locator": ["x"],
    }
    expressions = pa.array([None if licence == "?" else licence], pa.string())
    is_marked = pa.array([text.startswith("[marked]")])
    documents = conform(columns, DOCUMENTS)
    got = licences.assess(documents, expressions, is_marked, rules(), data_type=next(iter(more), None))
    return got.to_pylist()[0]


@pytest.mark.parametrize("rule", rules().risks, ids=lambda rule: rule.id)
def test_each_risk_applies_to_its_own_example_and_not_to_the_other(rule: RiskRule) -> None:
    assert _risk(rule.passes)["rule_id"] != rule.id
    failed = _risk(rule.fails)
    assert (failed["rule_id"], failed["ip_class"], failed["basis"]) == (rule.id, rule.ip_class, rule.basis)


@pytest.mark.parametrize(
    ("text", "ip_class"),
    [
        ("1. A kettle.\n2. The kettle of claim 1, wherein the lid is tight.", "patent"),
        ("根据权利要求1所述的茶壶，其特征在于，所述壶盖为密封盖。", "patent"),
        ("权 利 要 求 书\n1. 一种茶壶", "patent"),
        ("授权公告号：CN 1234567 B", "patent"),
        ("第三条 人民法院可以运用说明书及附图、权利要求书中的相关权利要求进行解释。", "copyright"),
        ("The claim that tea is made of leaves; according to claims of the seller, 2 cups a day.", "copyright"),
        ("Intel(R) Xeon(R) Gold and Core(TM) i7", "trademark"),
        ("Linux is a registered trademark of Linus Torvalds.", "trademark"),
        ("Kettle and Pot are trademarks or registered trademarks of Tea Ltd.", "trademark"),
        ("Linux 是 Linus Torvalds 的注册商标。", "trademark"),
        ("第七条 经营者不得假冒注册商标，不得销售假冒注册商标的商品；注册商标受法律保护。", "copyright"),
        ("channels red (R), green (G), red (R) and red (R)", "copyright"),
        ("¡™£¢∞§¶•ªº ´®†¥¨ˆ ™ ®", "copyright"),
        ("[marked] Kettle® Pot® Mug®", "secret"),
    ],
)
def test_texts_about_patents_and_trademarks_are_no_patents_and_trademarks(text: str, ip_class: str) -> None:
    assert _risk(f"MIT | {text}")["ip_class"] == ip_class


CLAIMS = st.one_of(st.text(max_size=40), st.sampled_from(["MIT", "CC-BY-4.0", "GPL-3.0-or-later", "NOASSERTION"]))


@given(CLAIMS, st.lists(st.sampled_from(["MIT", "?", "CC-BY-NC-4.0"]), max_size=2), st.sampled_from(USES))
def test_every_claim_is_decided_and_none_without_a_text_is_kept(claim: str, texts: list[str], use: str) -> None:
    got = _decided(claim, *texts, of=Circumstances(use=use))
    assert got["outcome"] in ("keep", "drop", "quarantine")
    assert "MIT" in texts or "CC-BY-NC-4.0" in texts or got["outcome"] != "keep"
