import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.licences import command as licences
from pipeline.cli.sources import command as sources
from pipeline.errors import InputMalformed, UsageError
from tests.steps import registers

EXAMPLES = Path(__file__).parents[2] / "examples" / "register"


def test_check_names_file_line_field_and_fix_and_leaves_with_1() -> None:
    got = CliRunner().invoke(sources, ["check", str(EXAMPLES)])
    assert got.exit_code == 1
    assert "incomplete-registration.toml:1: provider: compulsory for this kind\n  fix: " in got.stdout
    rows = [
        json.loads(line) for line in CliRunner().invoke(sources, ["check", str(EXAMPLES), "--json"]).stdout.splitlines()
    ]
    assert {row["file"] for row in rows} == {"incomplete-registration.toml"}


def test_check_tells_what_rules_refuse_although_nothing_is_missing(tmp_path: Path) -> None:
    folder = registers.write(tmp_path, "a", "b")
    (folder / "a.toml").write_text((folder / "a.toml").read_text().replace('"wang"', '"Li"'))
    got = CliRunner().invoke(sources, ["check", str(folder)])
    assert (got.exit_code, got.stdout) == (0, "")
    assert got.stderr.startswith("refused: a: approver (SRC.R022: ")


def test_list_shows_every_source() -> None:
    got = CliRunner().invoke(sources, ["list", str(EXAMPLES)]).stdout.splitlines()
    assert len(got) == len(list(EXAMPLES.glob("*.toml")))


def test_reservations_answers_one_url_or_a_line_per_case(tmp_path: Path) -> None:
    text = "User-agent: *\nDisallow: /新\u2028"
    (tmp_path / "robots.txt").write_text(text, encoding="utf-8")
    asked = ["reservations", "--robots", str(tmp_path / "robots.txt"), "--agent", "A", "--url", "https://a.example/x"]
    assert CliRunner().invoke(sources, asked).stdout == '{"allowed": true}\n'
    cases = [
        {"robotstxt": text, "agent": "A", "url": "/x"},
        {"robotstxt": "User-agent: A\nDisallow: /", "agent": "a", "url": "/"},
    ]
    (tmp_path / "cases").write_text("".join(json.dumps(c, ensure_ascii=False) + "\n" for c in cases), encoding="utf-8")
    got = CliRunner().invoke(sources, ["reservations", "--cases", str(tmp_path / "cases")]).stdout
    assert got == '{"allowed": true}\n{"allowed": false}\n'


def test_wrong_calls_say_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "cases").write_text('{"robotstxt": 1}\n')
    assert isinstance(
        CliRunner().invoke(sources, ["reservations", "--cases", str(tmp_path / "cases")]).exception, InputMalformed
    )
    assert isinstance(CliRunner().invoke(sources, ["reservations"]).exception, UsageError)


@pytest.mark.parametrize(
    ("text", "expression"),
    [
        ("SPDX-License-Identifier: Apache-2.0 OR MIT", "Apache-2.0 OR MIT"),
        ("本博客采用 https://creativecommons.org/licenses/by-sa/4.0/ 许可", "CC-BY-SA-4.0"),
        ("Metadata-Version: 2.1\nName: x\nClassifier: License :: OSI Approved :: MIT License\n\nx", "MIT"),
        ("Metadata-Version: 2.1\nName: x\nLicense: BSD-3-Clause\n\nx", "BSD-3-Clause"),
        ("nothing of the kind", None),
    ],
)
def test_identify_prints_expression_and_score(tmp_path: Path, text: str, expression: str | None) -> None:
    (tmp_path / "f").write_text(text, encoding="utf-8")
    got = json.loads(CliRunner().invoke(licences, ["identify", str(tmp_path / "f")]).stdout)
    assert (got["file"], got["expression"]) == (str(tmp_path / "f"), expression)
    assert 0.5 < got["score"] <= 1 if expression else got["score"] == 0


def test_explain_tells_claim_evidence_decision_and_duties() -> None:
    got = CliRunner().invoke(licences, ["explain", "blog-cc-by", "--register", str(EXAMPLES)]).stdout
    assert "claimed   CC-BY-4.0" in got
    assert "duties    attribution" in got
    assert len(got.splitlines()) <= 10


@pytest.mark.parametrize(
    ("source", "more", "told"),
    [
        ("blog-cc-by-nc-nd", [], ["claimed   CC-BY-NC-ND-4.0", "decided   drop for pretrain, commercial", "LIC.R007"]),
        ("mixed-library", [], ["claimed   nothing", "decided   keep", "LIC.R030"]),
        ("noai-site", [], ["decided   quarantine", "SRC.R006", "by its licence alone keep, LIC.R001"]),
        ("scrape-no-licence", [], ["found     no known licence, in 0 of 0 texts", "evidence  none", "LIC.R000"]),
        ("incomplete-registration", [], ["decided   quarantine", "SRC.R001"]),
        ("blog-cc-by", ["--not-commercial", "--place", "JP"], ["not commercial, trained in JP", "LIC.R003"]),
    ],
)
def test_explain_tells_in_ten_lines_what_is_decided_first(source: str, more: list[str], told: list[str]) -> None:
    got = CliRunner().invoke(licences, ["explain", source, "--register", str(EXAMPLES), *more]).stdout
    assert len(got.splitlines()) == 10
    assert [words for words in told if words not in got] == []


def test_reservations_of_site_headers_and_page_are_told_beside_the_verdict(tmp_path: Path) -> None:
    files = {
        "robots": "User-agent: *\nAllow: /",
        "tdmrep": '[{"location": "/", "tdm-reservation": 1}]',
        "headers": "X-Robots-Tag: noimageai\nServer: tea\n",
        "page": '<meta name=robots content=noai><meta name=AIGC content=\'{"Label": "1"}\'>',
    }
    asked = ["reservations", "--agent", "GPTBot", "--url", "https://a.example/x"]
    for name, content in files.items():
        (tmp_path / name).write_text(content)
        asked += [f"--{name}", str(tmp_path / name)]
    got = json.loads(CliRunner().invoke(sources, asked).stdout)
    assert got == {
        "allowed": True,
        "reserved": ["tdmrep", "meta:noai"],
        "noted": ["x-robots-tag:noimageai"],
        "ai_label": "yes",
    }


def test_what_will_expire_is_a_warning_and_no_problem(tmp_path: Path) -> None:
    folder = registers.write(tmp_path, "a", more=f"recheck_at = {datetime.now(UTC).date() + timedelta(days=2)}")
    got = CliRunner().invoke(sources, ["check", str(folder)])
    assert (got.exit_code, got.stdout) == (0, "")
    assert "warning: a: recheck_at, refused from " in got.stderr


def test_problems_of_opt_out_lists_are_named_like_those_of_sources(tmp_path: Path) -> None:
    folder = registers.write(tmp_path, "a")
    (folder / "opt-outs").mkdir()
    (folder / "opt-outs" / "l.csv").write_text("kind,value\nsha256,12\n")
    got = CliRunner().invoke(sources, ["check", str(folder)])
    assert got.exit_code == 1
    assert got.stdout.startswith("l.csv:2: sha256: cannot be matched\n  fix: ")


def test_diff_of_two_folders_shows_each_field(tmp_path: Path) -> None:
    old, new = registers.write(tmp_path / "old", "a"), registers.write(tmp_path / "new", "a", more="domain = '茶'")
    got = CliRunner().invoke(sources, ["diff", str(old), str(new)])
    assert (got.exit_code, got.stdout, got.stderr) == (0, 'a: domain: nothing -> "茶"\n', "1 fields differ\n")
    row = json.loads(CliRunner().invoke(sources, ["diff", str(old), str(new), "--json"]).stdout)
    assert row == {"source": "a", "field": "domain", "before": None, "after": "茶"}
