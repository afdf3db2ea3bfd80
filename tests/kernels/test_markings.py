import json
import os
import time
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels import markings

CORPORA = Path(os.environ.get("PROVENDER_CORPORA", Path(__file__).parents[3] / "shared" / "corpora"))
BODY = "第一条 为了规范管理，制定本办法。\n" + "各部门应当按照要求执行，并定期报告进展情况。\n" * 5
PLAN = "We shall buy two mills in the third quarter.\nThe price is in the annex.\n" * 3


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("机密★10年\n关于开展检查的通知\n" + BODY, "official"),
        ("000012\n秘密★5年　特急\n通知\n" + BODY, "official"),
        ("绝密★长期\n" + BODY, "official"),
        ("秘 密 ★ 1 年\n" + BODY, "official"),
        ("机密★启用前\n" + BODY, "official"),
        (BODY + "密级：机密\n" + BODY, "graded"),
        ("商业秘密 严禁外传\n" + BODY, "injunction"),
        (BODY + "\n内部资料，注意保存", "injunction"),
        (BODY + "【商业秘密】\n" + BODY, "bracketed"),
        ("机密\n项目报告\n" + BODY, "bare"),
        (BODY + "\n商业秘密", "bare"),
        ("本文件含有公司商业秘密，未经许可不得复制。\n" + BODY, "notice"),
        ("CONFIDENTIAL\n" + PLAN, "bare"),
        ("Confidential\n" + PLAN, "bare"),
        (PLAN + "CONFIDENTIAL\n" + PLAN + "CONFIDENTIAL\n" + PLAN + "CONFIDENTIAL\n" + PLAN, "bare"),
        ("TOP SECRET//SI//NOFORN\n" + PLAN, "phrase"),
        ("Attorney-Client Privileged\n" + PLAN, "phrase"),
        ("PRIVILEGED & CONFIDENTIAL\n" + PLAN, "phrase"),
        ("TRADE SECRET\n" + PLAN, "bare"),
        (PLAN + "Company Confidential - Do Not Distribute", "phrase"),
        (PLAN + "FOR INTERNAL USE ONLY", "phrase"),
        (PLAN + "This e-mail and any attachments are confidential and intended solely for the addressee.", "notice"),
    ],
)
def test_a_marked_text_is_found_by_the_form_of_its_marking(text: str, code: str) -> None:
    assert code in markings.find(text)


@pytest.mark.parametrize(
    "text",
    [
        "保守国家秘密法\n第十四条 国家秘密的密级分为绝密、机密、秘密三级。\n绝密级国家秘密是最重要的国家秘密。",
        "秘密\n她心里有一个秘密，谁也不知道。",
        "商业秘密\n商业秘密是指不为公众所知悉、具有商业价值的信息。权利人对商业秘密采取保密措施。",
        "公文应标注密级和保密期限，如“机密★10年”，标注在首页左上角。",
        "绝密\n《绝密》是一部2010年的电影。绝密讲述了两个人的故事。",
        "内部资料的管理办法\n内部资料是指单位内部使用的材料。",
        "CONFIDENTIAL\nCONFIDENTIAL is the lowest level of classification.",
        "Trade secret law\nA trade secret is information that is not generally known.",
        "Confidentiality\nThe parties keep confidential information to themselves.",
        "# Secrets\nKubernetes Secret objects hold confidential data.",
        "Terms\nThis document describes how confidential information is handled and which laws apply to it.",
        "",
    ],
)
def test_a_text_about_secrecy_is_not_marked(text: str) -> None:
    assert markings.find(text) == ()


def test_no_document_of_two_bench_shards_is_taken_for_a_marked_one() -> None:
    shards = sorted((CORPORA / "bench").glob("*.zst"))[:2]
    if not shards:
        pytest.skip("no bench corpora here; set PROVENDER_CORPORA")
    lines = [
        line
        for path in shards
        for line in pa.CompressedInputStream(pa.OSFile(str(path)), "zstd").read().split(b"\n")
        if line
    ]
    assert [found for line in lines if (found := markings.find(json.loads(line)["text"]))] == []


@pytest.mark.parametrize("text", ["机密 " * 200_000, "[" * 500_000 + "CONFIDENTIAL", "this document is " * 50_000])
def test_a_text_built_to_exhaust_patterns_takes_no_time(text: str) -> None:
    began = time.process_time()
    markings.find(text)
    assert time.process_time() - began < 5


@given(st.text(alphabet="机密绝秘★1年 \n【】CONFIDETALS/严禁外传", max_size=200))
def test_any_text_gives_codes_in_order(text: str) -> None:
    found = markings.find(text)
    assert list(found) == sorted(set(found))
