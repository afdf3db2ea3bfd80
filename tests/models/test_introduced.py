"""Names are found where a text says that they are names, and other words after the same labels are not."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.personal import command
from pipeline.models.personal import finder
from pipeline.models.recognizers.introduced import IntroducedName
from pipeline.rules.personal import EntityRule

TABLE = """
Hello. My name is [Petra Lindqvist] and the contract is in that name too.
my name is [Zoë O'Brien-Łuc], hello
Emergency contact: [Amos Greenhalgh], phone
Full name: [Juan Pérez] of
我叫[沈砚秋]，合同上写的也是这个名字。
联系人写[欧阳拾叶]就可以，门卫都认识。
姓名：[李雷] 性别：男
收件人 [王小明] 13800138000
持卡人：[司徒望舒]
联系人是[张伟]先生
姓名：[阿依古丽·买买提]，女
姓名·性别·年龄
我叫车了，师傅来了。
我叫他明天来。
联系人：王先生
姓名权受法律保护
my name is not on the list
contact person to be named
"""


@pytest.mark.parametrize("drawn", TABLE.strip().splitlines())
def test_an_introduced_name_is_found_with_exactly_its_characters(drawn: str) -> None:
    before, _, rest = drawn.partition("[")
    name = rest.partition("]")[0]
    text = drawn.replace("[", "").replace("]", "")

    found = IntroducedName().analyze(text, ["PERSON"])

    assert [(f.start, f.end) for f in found] == ([(len(before), len(before) + len(name))] if name else [])


def test_a_source_that_seeks_no_names_has_none() -> None:
    text = "我叫沈砚秋，电话13812345678。"

    assert [f[2] for f in finder()([text], ["zh"], "never")[0]] == ["CN_MOBILE"]
    assert [f[2] for f in finder()([text], ["zh"], "with_identifiers")[0]] == ["PERSON", "CN_MOBILE"]


def test_a_name_is_replaced_by_its_type(tmp_path: Path) -> None:
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"id": 1, "text": "我叫沈砚秋。"}\n', encoding="utf-8")

    done = CliRunner().invoke(command, ["redact", str(rows)])

    assert json.loads(done.stdout)["text"] == "我叫<PERSON_1>。"


def test_a_rule_that_redacts_without_a_placeholder_is_refused() -> None:
    with pytest.raises(ValueError, match="placeholder"):
        EntityRule(id="X", version=1, article="", title="", source="", entity="X", action="redact")
