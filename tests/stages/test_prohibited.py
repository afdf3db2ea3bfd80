import pytest

from pipeline.rules.prohibited import lexicon, rules
from pipeline.schemas import DOCUMENTS, conform
from pipeline.stages import prohibited


def decided(*texts: str, share: int = 0) -> list[tuple[str, str]]:
    n = len(texts)
    constant = {"source_id": ["s"] * n, "lang": ["zh"] * n, "content_hmac": [b"0" * 32] * n, "locator": ["l"] * n}
    documents = conform({"doc_id": list(range(n)), "text": list(texts), **constant}, DOCUMENTS)
    got = prohibited.decide(prohibited.measure(documents, lexicon()), rules(), source_share_ppm=share)
    return list(zip(got.column("outcome").to_pylist(), got.column("rule_id").to_pylist(), strict=True))


@pytest.mark.parametrize("rule", [r for r in rules() if (r.measure or "").startswith("peak_")], ids=lambda r: r.id)
def test_each_rule_acts_on_its_failing_example_only(rule) -> None:
    assert decided(rule.fails, rule.passes) == [(rule.outcome, rule.id), ("keep", "PRO.R000")]


@pytest.mark.parametrize(("share", "is_kept"), [(49_000, True), (50_000, True), (51_000, False)])
def test_a_source_above_five_percent_is_not_used(share: int, is_kept: bool) -> None:
    assert (decided("clean words", share=share)[0][0] == "keep") is is_kept


def test_counter_speech_is_kept() -> None:
    assert decided("警方通报捣毁一个在线赌博窝点，提醒群众不要参与。")[0][0] == "keep"
