"""Rows, cards, headers, logs and dumps are read as what they are: each value found, whole, and nothing else of them."""

from functools import cache

import pytest

from pipeline.models.personal import Finder, finder
from pipeline.rules.personal import by_entity, rules
from pipeline.stages.personal.acting import acts

CASES = {
    "table dumped as text": (
        ("| 姓名 | 手机 | 邮箱 | 备注 |\n|---|---|---|---|\n| 王五 | 13812345678 | wang@example.com | 20240501 |\n"
        "| 赵六 | 13987654321 | zhao@example.com | 100.00 |"),
        ["13812345678", "13987654321", "wang@example.com", "zhao@example.com"],
    ),
    "fixed columns": (
        "name      phone          card\nAnn       212-555-0143   4539578763621486\n",
        ["212-555-0143", "4539578763621486"],
    ),
    "csv": ("id,mobile,ip\n1,13812345678,81.2.69.142\n2,13987654321,81.2.69.143\n",
            ["13812345678", "13987654321", "81.2.69.142", "81.2.69.143"]),
    "vCard": (
        ("BEGIN:VCARD\nVERSION:3.0\nN:Doe;Jane\nTEL;TYPE=CELL:+86 138-1234-5678\nEMAIL;TYPE=work:jane@example.com\n"
        "REV:20240501T100000Z\nEND:VCARD"),
        ["+86 138-1234-5678", "jane@example.com"],
    ),
    "mail headers": (
        ("From: Jane <jane@example.com>\nTo: li@example.org, wang@example.net\n"
        "Received: from mx (81.2.69.142) by host; Wed, 1 May 2024 10:00:00 +0800\nMessage-Number: 12345\n"),
        ["jane@example.com", "li@example.org", "wang@example.net", "81.2.69.142"],
    ),
    "chat log": (
        "[2024-05-01 10:00:01] 张三: 电话多少\n[2024-05-01 10:00:05] 李四: 13812345678，微信 li_si_88\n",
        ["13812345678", "li_si_88"],
    ),
    "SQL dump": (
        "INSERT INTO `users` VALUES (1,'王五','13812345678','11010519491231002X','wang@example.com','2024-05-01');\n",
        ["13812345678", "11010519491231002X", "wang@example.com"],
    ),
    "JSON": ('{"mobile":"13812345678","idCard":"11010519491231002X","total":1381234}', ["13812345678", "11010519491231002X"]),
    "key and value": ("mobile: 13812345678\nemail: a@example.com\npage=2", ["13812345678", "a@example.com"]),
}  # fmt: skip


@cache
def find() -> Finder:
    return finder(languages=())


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_value_of_a_structured_text_is_found_whole_and_nothing_else(name: str, lang: str) -> None:
    text, values = CASES[name]
    known = by_entity(rules())
    found = find()([text], [lang], "never")[0]
    assert sorted(text[s:e] for s, e, kind, ppm, _ in found if acts(known[kind], ppm)) == sorted(values)
