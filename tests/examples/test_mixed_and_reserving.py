"""The two example sources whose documents differ in licence and in what their authors reserve; dates do not rot them."""

import re
import shutil
from pathlib import Path

import pytest

from pipeline.kernels.licences import Identified, Match
from pipeline.ledger import queries, views
from pipeline.readers import register as reader
from pipeline.rules import licences as licence_rules
from pipeline.rules import sources as source_rules
from pipeline.stages import licences, sources
from pipeline.steps import reading, register, registering, runs
from pipeline.steps.runs import Context
from pipeline.store.lake import Lake

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
NAMES = ("mixed-library", "reserving-site")
YEAR_US = 365 * 86_400_000_000


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Context:
    folder, lake = tmp_path_factory.mktemp("register"), Lake(tmp_path_factory.mktemp("lake"))
    for name in NAMES:
        said = (EXAMPLES / "register" / f"{name}.toml").read_text(encoding="utf-8")
        (folder / f"{name}.toml").write_text(said.replace("../data", str(EXAMPLES / "data")), encoding="utf-8")
    for name in ("evidence", "opt-outs"):
        shutil.copytree(EXAMPLES / "register" / name, folder / name)
    registering.sources(lake, run="r", registers=[str(folder)], use="pretrain", actor="tests")
    started = runs.load(lake, "r")
    register.licences(started)
    reading.documents(started)
    return started


def _decided(context: Context, stage: str, source: str) -> list[tuple[str, str]]:
    """Outcome and rule of each document of a source, in the order of its files."""
    sql = f"""
        select outcome, rule_id from decisions join batches using (batch)
        where stage = '{stage}' and batches.source_id = '{source}' order by doc_id
    """
    with views.connect(context.lake.ledger) as connection:
        return [(row["outcome"], row["rule_id"]) for row in queries.select(connection, sql).to_pylist()]


def test_every_way_of_saying_a_licence_is_read_and_the_strictest_holds(context: Context) -> None:
    assert _decided(context, "licences", "mixed-library") == [
        ("keep", "LIC.R002"),  # code/README.md, SPDX header: MIT
        ("keep", "LIC.R025"),  # code/zh.md, REUSE.toml: CC-BY-SA-4.0
        ("drop", "LIC.R008"),  # essays/a.md, DEP-5: CC-BY-NC-4.0
        ("keep", "LIC.R001"),  # essays/free/b.md, DEP-5, the last that fits: CC0-1.0
        ("keep", "LIC.R002"),  # package/guide.md, package.json: Apache-2.0
        ("keep", "LIC.R003"),  # pages/4.html, rel=license: CC-BY-4.0
        ("keep", "LIC.R025"),  # pages/5.html, rel=license: CC-BY-SA-4.0, never BY
        ("drop", "LIC.R007"),  # pages/6.html, rel=license: CC-BY-ND-4.0
        ("keep", "LIC.R001"),  # pages/7.html, schema.org: CC0-1.0
        ("keep", "LIC.R003"),  # column: CC-BY-4.0
        ("quarantine", "LIC.R000"),  # column: NOASSERTION
        ("quarantine", "LIC.R011"),  # column: words that are no licence
    ]


def test_what_is_reserved_refused_or_marked_waits_for_a_person_and_what_is_labelled_is_counted(
    context: Context,
) -> None:
    assert _decided(context, "documents", "reserving-site") == [
        ("quarantine", "DOC.R031"),  # noai.html: meta robots noai
        ("keep", "DOC.R000"),
        ("keep", "DOC.R000"),  # labelled as made by AI: kept, with its label
        ("quarantine", "DOC.R031"),  # X-Robots-Tag: noai
        ("quarantine", "DOC.R031"),  # TDM-Reservation: 1
        ("quarantine", "DOC.R031"),  # robots.txt at its URL
        ("quarantine", "DOC.R031"),  # tdmrep.json at its URL
        ("quarantine", "DOC.R030"),  # author on an opt-out list
        ("quarantine", "DOC.R030"),  # URL prefix on an opt-out list
        ("quarantine", "DOC.R032"),  # STRICTLY CONFIDENTIAL
        ("quarantine", "DOC.R032"),  # 机密★一年
        ("keep", "DOC.R000"),
    ]
    with views.connect(context.lake.ledger) as connection:
        told = queries.run(connection, "Q36", {"run": "r"}).to_pylist()
    assert {row["signal"] for row in told} >= {"ai_label", "reservation", "marking", "opt_out"}


def test_the_examples_are_decided_alike_in_three_years() -> None:
    read = reader.read(EXAMPLES / "register")
    known, of = licence_rules.rules(), licence_rules.Circumstances(use="pretrain")
    evidence = licences.measure(read.sources, read.texts, sources.chain(read.sources), _said, known)
    decided = []
    for now in (runs.now_us(), runs.now_us() + 3 * YEAR_US):
        admitted = sources.decide(read.sources, source_rules.rules(), now_us=now, use="pretrain")
        licensed = licences.decide(read.sources, evidence, known, of=of, now_us=now)
        decided.append([table.select(["outcome", "rule_id"]).to_pylist() for table in (admitted, licensed)])
    assert decided[0] == decided[1]


def _said(text: str) -> Identified:
    """The identifier that each notice of the examples bears."""
    name = re.search(r"SPDX-License-Identifier: (\S+)", text)
    place = {"start": 0, "end": 1, "matched": 1, "size": 1, "span": 1, "rule": "r", "kind": "identifier"}
    return Identified.of([Match(expression=name[1], **place)] if name else [])
