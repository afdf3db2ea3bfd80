"""Many texts revealed and coded at once are what they are one by one."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.kernels.code_bytes import code_bytes
from pipeline.kernels.disguises import revealed
from pipeline.kernels.revealing import reveal
from pipeline.models.scan import CJK_RUN, shadow

SIGNS = "1８é\u0301\u200b\u20e3\u3000a-—的か\u3099\u1160\ud800😀\x00²\n𝟏Ａ"
TEXTS = st.lists(st.text(SIGNS, max_size=12) | st.text("a1\n-", max_size=4), max_size=6)


@settings(max_examples=400)
@given(TEXTS)
def test_each_text_is_revealed_as_alone(texts: list[str]) -> None:
    seen = reveal(texts)

    assert [(seen.plain(row), seen.origin(row)) for row in range(len(texts))] == [revealed(text) for text in texts]
    assert seen.has_cjk().tolist() == [bool(CJK_RUN.search(revealed(text)[0])) for text in texts]


@settings(max_examples=200)
@given(TEXTS, st.booleans(), st.data())
def test_each_text_is_coded_as_alone(texts: list[str], is_shadow: bool, data: st.DataObject) -> None:
    rows = sorted(data.draw(st.sets(st.integers(0, len(texts) - 1)))) if texts else []
    seen = reveal(texts)

    coded = seen.coded(np.array(rows, np.int64), is_shadow=is_shadow)

    plain = [seen.plain(row) for row in rows]
    assert [coded.row(at).tobytes() for at in range(len(rows))] == [
        code_bytes(shadow(p) if is_shadow else p) for p in plain
    ]
