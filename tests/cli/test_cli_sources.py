import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.licences import command as licences
from pipeline.cli.sources import command as sources
from pipeline.errors import InputMalformed, UsageError

EXAMPLES = Path(__file__).parents[2] / "examples" / "register"


def test_check_names_file_line_field_and_fix_and_leaves_with_1() -> None:
    got = CliRunner().invoke(sources, ["check", str(EXAMPLES)])
    assert got.exit_code == 1
    assert "incomplete-registration.toml:1: provider: compulsory for this kind\n  fix: " in got.stdout
    rows = [
        json.loads(line) for line in CliRunner().invoke(sources, ["check", str(EXAMPLES), "--json"]).stdout.splitlines()
    ]
    assert {row["file"] for row in rows} == {"incomplete-registration.toml"}


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
