import json
import time
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.sources import command
from pipeline.errors import InputMissing
from pipeline.readers import register

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
registrar = "li"
approver = "wang"
data_grade = "general"
[licence]
expression = "MIT"
text_file = "LICENSE"
[personal]
expected = "no"
basis = "not_pi"
[files]
patterns = ["*.txt"]
"""


def _folder(at: Path, **files: str | bytes) -> Path:
    (at / "LICENSE").write_text("MIT License")
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
        (X.replace('text_file = "LICENSE"\n', ""), 14, "licence.text_file", "compulsory for this kind"),
        (X.replace('"LICENSE"', '"gone"'), 16, "licence.text_file", "evidence file missing"),
        (X.replace('"LICENSE"', '"a\\u0000b"'), 16, "licence.text_file", "evidence file missing"),
        (X.replace("*.txt", "/etc/*"), 21, "files.patterns", "names no file"),
        (X.replace("*.txt", ""), 21, "files.patterns", "names no file"),
        (X.replace('"not_pi"', '"because"'), 19, "personal.basis", None),
        (X.replace('id = "x"', 'id = "y"'), 1, "id", "the id is not the name of the file"),
        (X.replace("method =", "collected_to = 2025-01-01\nmethod ="), 9, "collected_to", "before collected_from"),
        (X.replace('"not_pi"', '"not_pi"\nnames = "never"'), 17, "personal.names_reason", None),
        (X + "[assessment]\nn = 5\nn_bad = 6\n", 24, "assessment.n_bad", "no share of the sample"),
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


def test_a_thousand_sources_are_read_in_a_second_or_so(tmp_path: Path) -> None:
    _folder(tmp_path, **{f"s{n}": GOOD.format(id=f"s{n}") for n in range(1000)})
    began = time.perf_counter()
    assert register.read(tmp_path).problems == ()
    assert time.perf_counter() - began < 10


def test_the_published_schema_is_current() -> None:
    path = Path(__file__).parents[2] / "docs" / "generated" / "source.schema.json"
    got = CliRunner().invoke(command, ["schema"]).stdout
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(got)
