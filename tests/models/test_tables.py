"""Values in columns are found as if they stood right after the head of their column."""

import time
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.accelerated import Hit, Unscannable
from pipeline.models.identifiers import identified
from pipeline.models.personal import Finder, finder
from pipeline.models.tables import form
from pipeline.rules.personal import by_entity, rules
from pipeline.stages.personal.acting import acts


@cache
def find(*, gated: bool = True) -> Finder:
    return finder(languages=(), gated=gated)


def found(text: str, *, gated: bool = True) -> list[tuple[str, str]]:
    known = by_entity(rules())
    row = find(gated=gated)([text], ["zh"], "always")[0]
    return [(text[s:e], kind) for s, e, kind, ppm, _ in row if acts(known[kind], ppm)]


TABLES = {
    "commas": ("学生姓名,QQ,班级\n钱多多,1047729938,三班\n", ["钱多多", "1047729938"]),
    "quoted commas": ('备注,QQ\n"甲,乙",1047729938\n', ["1047729938"]),
    "tabs": ("QQ号\t备注\n1047729938\t无\n", ["1047729938"]),
    "semicolons": ("id;date_of_birth\n7;1983-11-02\n", ["1983-11-02"]),
    "Markdown": ("| 病历号 | 科室 |\n|:---|---:|\n| ZY00382716 | 内科 |\n", ["ZY00382716"]),
    "psql": (" id |    qq\n----+------------\n  1 | 1047729938\n", ["1047729938"]),
    "wide spaces": ("姓名    QQ\n钱多多  1047729938\n", ["钱多多", "1047729938"]),
    "single spaces": ("姓名 QQ 班级\n钱多多 1047729938 三班\n", ["钱多多", "1047729938"]),
    "an index without a head": (",姓名,QQ\n0,钱多多,1047729938\n", ["钱多多", "1047729938"]),
    "heads with notes": ("QQ号(必填),备注\n1047729938,无\n", ["1047729938"]),
    "heads in Latin letters": ("customerFullName,customer_phone\nMartha Quill,(415) 867-5309\n", ["Martha Quill", "(415) 867-5309"]),
    "a row of another width": ("QQ,备注\n1047729938,无\n1,2,3\n1047729937,无\n", ["1047729938", "1047729937"]),
    "full-width signs": ("ＱＱ,备注\n１０４７７２９９３８,无\n", ["１０４７７２９９３８"]),
    "zero-width signs": ("QQ,备注\n1047\u200b729938,无\n", ["1047\u200b729938"]),
    "lines of Windows": ("QQ,备注,生日\r\n1047729938,无,1983-11-02\r\n", ["1047729938", "1983-11-02"]),
    "two tables": ("QQ,备注\n1047729938,无\n\nid,生日\n7,1983-11-02\n", ["1047729938", "1983-11-02"]),
    "insert": ("INSERT INTO `u` (`id`, `qq`, `note`) VALUES (1, '1047729938', 'it''s, (ok)'),\n (2,'1047729937',NULL);",
               ["1047729938", "1047729937"]),
    "insert over lines": ("insert into u (\n  id,\n  qq\n) values\n (1, '1047729938');", ["1047729938"]),
    "copy": ("COPY public.u (id, qq, born) FROM stdin;\n1\t1047729938\t1983-11-02\n\\.\n", ["1047729938", "1983-11-02"]),
    "vCard": ("BEGIN:VCARD\nFN:Martha Quill\nBDAY;VALUE=date:19790423\nEND:VCARD\n", ["Martha Quill", "19790423"]),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("gated", [True, False], ids=["gated", "whole"])
def test_values_in_columns_are_found_whole_and_nothing_else(name: str, gated: bool) -> None:
    text, values = TABLES[name]
    assert [value for value, _ in found(text, gated=gated)] == values


@pytest.mark.parametrize(
    "text",
    [
        "QQ,备注\n钱多多,1047729938\n",  # the other column
        "QQ,备注,班级\n1047729938,无\n",  # of another width
        "QQ,备注\n\n说明\n1047729938,无\n",  # not below
        "connect(host, qq)\nconnect(1, 1047729938)\n",  # a call
        "我的 QQ,\n1047729938,\n",  # one word between commas
        "QQ 号\n1047729938\n一列\n",  # one column
        "QQ,备注\n<CN_QQ_1>,无\n",
        "INSERT INTO u (id, note) VALUES (1047729938, 'qq');",
        "BEGIN:VCARD\nTITLE:Martha Quill\nREV:19790423\nEND:VCARD\n",
    ],
)
def test_what_no_head_names_is_no_value(text: str) -> None:
    assert found(text) == []


def test_a_text_whose_heads_cannot_be_scanned_is_refused() -> None:
    def stopped(_: object) -> list[Hit]:
        raise Unscannable

    known = find().lookers
    broken = replace(known.heads, engine=replace(known.heads.engine, finds=(stopped,)))
    assert identified(["QQ,备注\n1,2\n", "无"], ["zh", "zh"], replace(known, heads=broken)) == [None, []]


HEADS = {
    "QQ": "1047729938",
    "微信号": "lovecat_2019",
    "病历号": "ZY00382716",
    "出生日期": "1983-11-02",
    "护照号码": "EA1234567",
}


@settings(max_examples=30)
@given(
    st.lists(st.sampled_from([*HEADS, "备注", "班级"]), min_size=2, max_size=6),
    st.lists(st.sampled_from(["", "无", "x", "7"]), min_size=1, max_size=3),
    st.sampled_from([",", "\t", "|", ";", " | "]),
)
def test_a_column_says_of_its_cells_what_a_label_says(heads: list[str], others: list[str], between: str) -> None:
    rows = [[HEADS.get(head, other) for head in heads] for other in others]
    text = "".join(between.join(row) + "\n" for row in [heads, *rows])
    assert sorted(found(text)) == sorted(
        one for row in rows for h, v in zip(heads, row, strict=True) for one in alone(h, v)
    )


@cache
def alone(head: str, value: str) -> list[tuple[str, str]]:
    return found(f"{head}：{value}") if head in HEADS else []


PIECES = [
    "QQ,", "QQ\n", "QQ ", "QQ,备注\n", "QQ,备注\n\n", "QQ(", "'", "''", "(", '"', "insert into u (qq,", "copy u (qq,", "values ('", " ",
    "BEGIN:VCARD\n",
]  # fmt: skip


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize(
    "before", ["", "QQ,备注\n", "insert into u (id, qq) values (1, '"], ids=["", "table", "insert"]
)
def test_a_form_is_made_in_linear_time(piece: str, before: str) -> None:
    text = before + piece * (200_000 // len(piece))
    heads = [(at, at + 3) for at in range(0, len(text), 3) if text.startswith(("QQ", "qq", "BEGIN:"), at)]
    began = time.process_time()
    form(text, heads)
    assert time.process_time() - began < 5  # a quadratic one takes minutes
