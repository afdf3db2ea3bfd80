import hashlib
import json
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.sources import command
from pipeline.errors import InputMissing
from pipeline.readers import register
from pipeline.readers.source_files import Listing
from pipeline.rules.sources import Basis

GOOD = """id = "{id}"
kind = "open-data"
name = "茶博客"
data_type = "web"
provider = "p"
jurisdiction = "CN"
languages = ["zh"]
collected_from = 2026-01-01
method = "files"
intended_use = ["pretrain"]
is_commercial = true
contact = "tea@example.org"
storage_region = "CN"
retention_days = 30
registrar = "li"
approver = "wang"
data_grade = "general"
[licence]
expression = "MIT"
text_file = "LICENSE"
[personal]
expected = "no"
basis = "not_pi"
minors = "no"
[files]
patterns = ["*.txt"]
"""


SITE = "[reservations]\nhttp_status = 200\nurl = 'https://a.example/'\n"
TDM = "[reservations]\nurl = 'https://a.example/'\ntdmrep_file = 'login.html'\n"


FETCHED = "compulsory beside licence.url"
REDIRECT = "the evidence was answered with a redirect (HTTP 302)"
CONFIRMED = "captured_at = 2026-02-01\nconfirmed_by = 'li'\nconfirmed_at = 2026-01-31"


def _folder(at: Path, **files: str | bytes) -> Path:
    (at / "LICENSE").write_text("MIT License")
    (at / "login.html").write_text("<form><input name=p type='password'></form>")
    (at / "empty").write_text(" ")
    (at / "moved").write_text("MIT License")
    (at / "headers").write_text("HTTP/1.1 302 Found\nLocation: https://a.example/login\n")
    (at / "b.txt").write_text("b")
    (at / "a.txt").write_text("a")
    for name, content in files.items():
        (at / f"{name}.toml").write_bytes(content if isinstance(content, bytes) else content.encode())
    return at


def _problems(at: Path, content: str | bytes) -> list[tuple[int, str, str]]:
    found = register.read(_folder(at, x=content))
    assert found.sources.column("source_id").to_pylist() == ["x"]
    assert bool(found.problems) == bool(found.sources.column("missing").to_pylist()[0])
    return [(p.line, p.field, p.message) for p in found.problems]


X = GOOD.format(id="x")


def test_a_complete_source_has_no_problem_and_its_files_in_order(tmp_path: Path) -> None:
    found = register.read(_folder(tmp_path, x=X))
    assert found.problems == ()
    assert [file.path.name for file in found.files["x"]] == ["a.txt", "b.txt"]
    assert found.texts.column("text").to_pylist() == ["MIT License"]


@pytest.mark.parametrize(
    ("content", "line", "field", "message"),
    [
        (X.replace('"p"', ""), 5, "", "not TOML in UTF-8"),
        (b"\xff\xfe\x00", 1, "", "not TOML in UTF-8"),
        (X.replace("method", "methods"), 9, "methods", "Unexpected keyword argument"),
        (
            X.replace("2026-01-01", '"soon"'),
            8,
            "collected_from",
            "Input should be a valid date or datetime, input is too short",
        ),
        (X.replace('provider = "p"\n', ""), 1, "provider", "compulsory for this kind"),
        (X.replace('text_file = "LICENSE"\n', ""), 18, "licence.text_file", "compulsory for this kind"),
        (X.replace('"LICENSE"', '"gone"'), 20, "licence.text_file", "evidence file missing"),
        (X.replace('"LICENSE"', '"a\\u0000b"'), 20, "licence.text_file", "evidence file missing"),
        (X.replace("*.txt", "/etc/*"), 26, "files.patterns", "names no file"),
        (X.replace("*.txt", ""), 26, "files.patterns", "names no file"),
        (X.replace('"not_pi"', '"because"'), 23, "personal.basis", None),
        (X.replace('id = "x"', 'id = "y"'), 1, "id", "the id is not the name of the file"),
        (X.replace("method =", "collected_to = 2025-01-01\nmethod ="), 9, "collected_to", "before collected_from"),
        (X.replace('"not_pi"', '"not_pi"\nnames = "never"'), 21, "personal.names_reason", None),
        (X.replace("retention_days = 30", "retention_days = -1"), 14, "retention_days", "less than no day"),
        (X.replace("storage_region", "storage_place"), 13, "storage_place", "Unexpected keyword argument"),
        (X.replace('minors = "no"\n', ""), 21, "personal.minors", "compulsory for this kind"),
        (X.replace("collected_from = 2026-01-01\n", ""), 1, "collected_from", "compulsory for this kind"),
        (
            X.replace('expected = "no"\nbasis = "not_pi"', 'expected = "unknown"\nbasis = "other_law"'),
            21,
            "personal.citation",
            "compulsory for this kind",
        ),
        (X.replace('"LICENSE"', '"login.html"'), 20, "licence.text_file", "evidence is a log-in page"),
        (X.replace('"LICENSE"', '"moved"\nheaders_file = "headers"'), 21, "licence.headers_file", REDIRECT),
        (X.replace('"MIT"', '"MIT AND"'), 19, "licence.expression", "no SPDX expression"),
        (X.replace('"MIT"', '"see the website"'), 19, "licence.expression", "no SPDX expression"),
        (X.replace('"LICENSE"', '"LICENSE"\nurl = "https://a.example/"'), 18, "licence.captured_at", FETCHED),
        (X.replace("2026-01-01", "2026-02-30"), 8, "", "a date that does not exist"),
        (X.replace('"LICENSE"', f'"LICENSE"\n{CONFIRMED}'), 23, "licence.confirmed_at", "before licence.captured_at"),
        (X + SITE.replace("200", "20"), 28, "reservations.http_status", "no HTTP status or number of redirects"),
        (X.replace('"LICENSE"', '"empty"'), 20, "licence.text_file", "evidence file is empty"),
        (X + "[[upstream]]\nid = 'u'\n[[upstream]]\nurl = 'v'\n", 29, "upstream.1.id", "Field required"),
        (X + "[[upstream]]\nid = 'u'\ntext_file = 'gone'\n", 29, "upstream.0.text_file", "evidence file missing"),
        (X + SITE, 28, "reservations.http_status", "robots.txt was there and is not kept"),
        (X + "[reservations]\nurl = 'a.example'\n", 28, "reservations.url", "no absolute URL"),
        (X + TDM, 29, "reservations.tdmrep_file", "no JSON array"),
        (
            X + "[[reservations.site]]\nurl = 'https://a.example'\nrobots_file = 'gone'\n",
            29,
            "reservations.site.0.robots_file",
            "evidence file missing",
        ),
        (X + "[assessment]\nn = 5\nn_bad = 6\n", 29, "assessment.n_bad", "no share of the sample"),
    ],
)
def test_each_mistake_is_named_with_line_and_field(tmp_path: Path, content, line, field, message) -> None:
    got = _problems(tmp_path, content)
    assert len(got) == 1
    assert got[0][:2] == (line, field)
    assert message is None or got[0][2] == message


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "utf-8-sig"])
def test_evidence_in_chinese_encodings_is_read(tmp_path: Path, encoding: str) -> None:
    _folder(tmp_path, x=X)
    (tmp_path / "LICENSE").write_bytes("许可协议：可用于训练。".encode(encoding))
    assert register.read(tmp_path).texts.column("text").to_pylist() == ["许可协议：可用于训练。"]


@pytest.mark.parametrize(
    ("registrar", "approver", "is_same"), [("li", "wang", False), ("Li Lei", " li  LEI", True), ("ＬＩ", "li", True)]
)
def test_who_registers_and_who_approves_are_told_apart(tmp_path: Path, registrar, approver, is_same) -> None:
    said = X.replace('registrar = "li"', f'registrar = "{registrar}"').replace('"wang"', f'"{approver}"')
    assert register.read(_folder(tmp_path, x=said)).sources.column("is_self_approved").to_pylist() == [is_same]


def test_one_bad_file_does_not_hide_the_others(tmp_path: Path) -> None:
    found = register.read(_folder(tmp_path, a=GOOD.format(id="a"), b="= broken", c=GOOD.format(id="c")))
    assert found.sources.column("source_id").to_pylist() == ["a", "b", "c"]
    assert [p.file for p in found.problems] == ["b.toml"]


def test_a_folder_without_register_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputMissing):
        register.read(tmp_path)


@given(st.text(max_size=80))
def test_any_text_is_a_row_and_never_a_crash(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    at = tmp_path_factory.mktemp("any")
    assert _problems(at, text.encode("utf-8", "surrogatepass"))


KINDS = {
    "self-collected": {
        "collection.what": '"pages"',
        "collection.record_file": '"LICENSE"',
        "reservations.robots_file": '"empty"',
        "reservations.agent": '"Ours"',
        "reservations.url": '"https://a.example/"',
        "reservations.fetched_at": "2026-01-01",
        "reservations.terms_file": '"LICENSE"',
        "assessment.n": "100",
        "assessment.n_bad": "0",
        "assessment.method": '"random"',
        "assessment.by": '"li"',
        "assessment.at": "2025-12-31",
    },
    "commercial": {
        "contract.file": '"LICENSE"',
        "contract.parties": '"a; b"',
        "contract.scope": '"training"',
        "contract.territory": '"CN"',
        "contract.starts_at": "2026-01-01",
        "contract.expires_at": "2027-01-01",
        "contract.is_training_allowed": "true",
        "contract.is_origin_warranted": "true",
        "commitments.source": "true",
        "commitments.quality": "true",
        "commitments.safety": "true",
        "commitments.review": '"accepted"',
        "commitments.reviewed_by": '"wang"',
        "commitments.reviewed_at": "2026-01-01",
    },
    "user-data": {
        "authorisation.service": '"tea"',
        "authorisation.version": '"3"',
        "authorisation.scope": '"training"',
        "authorisation.file": '"LICENSE"',
    },
    "synthetic": {
        "generator.model": '"m"',
        "generator.version": '"1"',
        "generator.terms": '"any use"',
        "generator.is_training_allowed": "true",
    },
    "public-domain": {"public_domain.basis": '"author died in 1901"', "public_domain.jurisdiction": '"CN"'},
    "government": {},
}


def _of_kind(kind: str, fields: dict[str, str]) -> str:
    """The good file as another kind; dotted keys stand where tables have not begun."""
    head, brace, rest = X.replace("open-data", kind).partition("[licence]")
    return head + "".join(f"{name} = {one}\n" for name, one in fields.items()) + brace + rest


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_complete_with_its_own_evidence(tmp_path: Path, kind: str) -> None:
    assert register.read(_folder(tmp_path, x=_of_kind(kind, KINDS[kind]))).problems == ()


@pytest.mark.parametrize(("kind", "field"), [(kind, field) for kind, fields in KINDS.items() for field in fields])
def test_each_field_that_a_kind_asks_for_is_named_when_it_is_absent(tmp_path: Path, kind: str, field: str) -> None:
    fields = {name: one for name, one in KINDS[kind].items() if name != field}
    assert field in {p.field for p in register.read(_folder(tmp_path, x=_of_kind(kind, fields))).problems}


@pytest.mark.parametrize("basis", get_args(Basis))
def test_each_basis_of_the_law_is_known_and_asks_for_its_own_proof(tmp_path: Path, basis: str) -> None:
    text = X.replace('expected = "no"\nbasis = "not_pi"', f'expected = "yes"\nbasis = "{basis}"')
    missing = {p.field for p in register.read(_folder(tmp_path, x=text)).problems}
    asked = {
        "consent": {"personal.consent_record", "personal.proof_file"},
        "contract_or_hr": {"personal.proof_file"},
        "anonymised": {"personal.proof_file"},
        "statutory_duty": {"personal.citation"},
        "other_law": {"personal.citation"},
        "self_disclosed_or_public": {"personal.scope"},
    }
    assert missing == asked.get(basis.partition("_")[0] if basis.startswith("consent") else basis, set())


def test_evidence_is_named_by_the_hash_of_its_bytes_whatever_their_encoding(tmp_path: Path) -> None:
    _folder(tmp_path, x=X)
    (tmp_path / "LICENSE").write_bytes("许可协议".encode("gb18030"))
    found = register.read(tmp_path)
    digest = hashlib.sha256("许可协议".encode("gb18030")).hexdigest()
    assert json.loads(found.sources.column("evidence").to_pylist()[0]) == {"licence.text_file": digest}
    assert found.evidence[digest].name == "LICENSE"


@pytest.mark.parametrize("changed", ["x.toml", "LICENSE", "opt-outs/list.csv"])
def test_the_hash_of_a_register_covers_files_evidence_and_opt_out_lists(tmp_path: Path, changed: str) -> None:
    _folder(tmp_path, x=X)
    (tmp_path / "opt-outs").mkdir()
    (tmp_path / "opt-outs" / "list.csv").write_text("kind,value\ndomain,a.example\n")
    before = register.read(tmp_path).sha256
    path = tmp_path / changed
    path.write_text(path.read_text() + "\n")
    assert register.read(tmp_path).sha256 != before


@pytest.mark.parametrize(
    ("name", "content", "problems"),
    [
        ("a.csv", "kind,value\ndomain,a.example\nurl,https://b.example/x\nauthor,张三\n", []),
        ("a.csv", "kind,value\ndomain,localhost\nplanet,mars\nsha256,12\n", [2, 3, 4]),
        ("a.csv", "who,what\ndomain,a.example\n", [1]),
        ("a.csv", "", []),
        ("a.toml", 'reason = "no"\nreceived_at = 2026-01-01\nrepositories = ["a/b", "c/*"]\n', []),
        ("a.toml", 'reason = "no"\nreceived_at = 2026-01-01\nhosts = ["a.example"]\n', [1]),
        ("a.toml", "= broken", [1]),
    ],
)
def test_opt_out_lists_are_read_or_named_by_line(tmp_path: Path, name: str, content: str, problems: list[int]) -> None:
    _folder(tmp_path, x=X)
    (tmp_path / "opt-outs").mkdir()
    (tmp_path / "opt-outs" / name).write_text(content, encoding="utf-8")
    found = register.read(tmp_path)
    assert [p.line for p in found.list_problems] == problems
    assert found.problems == ()


def test_sources_that_share_a_folder_share_its_listing(tmp_path: Path) -> None:
    _folder(tmp_path, **{f"s{n}": GOOD.format(id=f"s{n}") for n in range(300)})
    found = register.read(tmp_path)
    assert found.problems == ()
    assert len({id(shared) for files in found.files.values() for shared in files.by_pattern}) == 1


def test_files_that_several_patterns_name_are_there_once_and_in_order(tmp_path: Path) -> None:
    _folder(tmp_path)
    found = Listing().files(tmp_path, ["b.txt", "*.txt", "b.txt"], "text")
    assert [(file.path.name, file.media) for file in found] == [("a.txt", "text"), ("b.txt", "text")]
    assert not Listing().files(tmp_path, ["c.txt", "/etc/*"], "auto")


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("*.txt", ["a.txt", "b.txt"]),
        ("a.txt", ["a.txt"]),
        ("[ab].txt", ["a.txt", "b.txt"]),
        ("sub/*.txt", ["sub/c.txt"]),
        ("**/*.txt", ["a.txt", "b.txt", "sub/c.txt"]),
        ("b*", ["b.txt"]),
        ("sub", []),
    ],
)
def test_patterns_name_what_globbing_names(tmp_path: Path, pattern: str, names: list[str]) -> None:
    _folder(tmp_path)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "c.txt").write_text("c")
    found = Listing().files(tmp_path, [pattern], "auto")
    assert [f.path.resolve().relative_to(tmp_path).as_posix() for f in found] == names


def test_the_published_schema_is_current() -> None:
    path = Path(__file__).parents[2] / "docs" / "generated" / "source.schema.json"
    got = CliRunner().invoke(command, ["schema"]).stdout
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(got)


@pytest.mark.parametrize(
    ("basis", "keeps", "problem"),
    [
        ("consent", ["EMAIL_ADDRESS"], []),
        ("consent", ["EMAIL_ADDRESS", "CN_RESIDENT_ID"], ["personal.keeps"]),
        ("not_pi", ["EMAIL_ADDRESS"], ["personal.keeps"]),
    ],
)
def test_a_source_keeps_only_types_that_its_basis_carries(
    tmp_path: Path, basis: str, keeps: list[str], problem: list[str]
) -> None:
    said = f"basis = '{basis}'\nconsent_record = 'r'\nproof_file = 'LICENSE'\nprofile = 'dialogue'\nkeeps = {keeps}"
    content = X.replace('expected = "no"', 'expected = "yes"').replace('basis = "not_pi"', said)

    found = register.read(_folder(tmp_path, x=content))

    [row] = found.sources.select(["personal_profile", "personal_keeps"]).to_pylist()
    assert [one.field for one in found.problems] == problem
    assert row == {"personal_profile": "dialogue", "personal_keeps": keeps}
