"""What a redaction uncovers lies near it: looking there finds what looking everywhere finds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.models.accelerated import NEAR_CHARS
from pipeline.models.catalogue import WIDE_CHARS
from pipeline.models.identifiers import identified
from pipeline.models.personal import finder
from pipeline.models.resolving import redacted, uncovered
from pipeline.models.scan import written_in

PIECES = (
    "zhang.san@example.com", "13800138000", "1380013", "8000", "110105194912310021", "微信：", "wxid_8s7d6f5g", "QQ",
    "10477", "29938", "姓名,QQ\n", "张三,", "北京市朝阳区建国路8号", "2栋301室", "密码: ", "hunter2X9", "8.8.8.8",
    "2001:db8::1", "a@b.com", "4111 1111 1111 1111", "台胞证", "12345678", "\u200b", "８", " ", "，", "\n", "-",
    " " * 300, "的" * 300, "a " * 150,
)  # fmt: skip
FIND = finder()


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=16).map("".join))
def test_what_a_redaction_uncovers_is_found_near_it(text: str) -> None:
    lang = written_in(text)
    [found] = identified([text], [lang], FIND.lookers)
    if (new := redacted(text, found or ())) is None:
        return

    [near] = identified([new[0]], [lang], FIND.lookers, changed=[new[1].replaced])

    [every] = identified([new[0]], [lang], FIND.lookers)
    assert (near is None) == (every is None)
    assert uncovered(new[1], near or ()) == uncovered(new[1], every or ())


def test_a_word_that_makes_a_number_likelier_stands_no_further_than_one_looks() -> None:
    scans = [getattr(FIND.lookers, name) for name in ("shadows", "chinese", "foreign", "every")]
    margins = [gate.margin for some in scans for find in some.engine.finds for gate in _gates(find.args)]
    assert max(margins) + WIDE_CHARS < NEAR_CHARS


def _gates(args: tuple[object, ...]) -> list:
    known = [one for arg in args if isinstance(arg, dict) for one, *_ in arg.values()]
    return known + [one for one in args if hasattr(one, "margin")]
