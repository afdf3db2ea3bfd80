from dataclasses import replace

import pytest

from pipeline.models.personal import finder
from pipeline.models.verifying import Verified, verify

TEXTS = ["mail a@b.com", "我的邮箱是zhangsan@example.com谢谢", "nothing", "a" * 70_000 + "@b.com"]
LANGS = ["en", "zh", "en", "en"]


@pytest.fixture(scope="module")
def find():
    return finder()


def test_a_sound_prefilter_differs_in_nothing_and_what_was_refused_is_counted(find) -> None:
    got = verify(find, TEXTS, LANGS)
    assert got == Verified(n_documents=3, n_findings=2, n_differing=0, n_unscanned=1)


def test_a_prefilter_that_sees_nothing_is_found_out(find) -> None:
    foreign = find.lookers.foreign
    blind = replace(foreign, engine=replace(foreign.engine, scanner=None))

    got = verify(replace(find, lookers=replace(find.lookers, foreign=blind)), TEXTS[:3], LANGS[:3])

    assert got == Verified(n_documents=3, n_findings=2, n_differing=1, n_unscanned=0)
