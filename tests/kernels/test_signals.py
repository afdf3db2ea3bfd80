import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.kernels import signals

AGENTS = ("GPTBot", "Google-Extended")


def _read(carried: str | None = None, text: str = "", *, is_page: bool = False) -> signals.Signals:
    return signals.read(carried, text, is_page=is_page, agents=AGENTS)


@pytest.mark.parametrize(
    ("header", "reserved"),
    [
        ("X-Robots-Tag: noai", ("x-robots-tag:noai",)),
        ("X-Robots-Tag: noindex, NoAI , noimageai", ("x-robots-tag:noai",)),
        ("X-Robots-Tag: GPTBot: noai", ("x-robots-tag:noai",)),
        ("X-Robots-Tag: gptbot: noindex, nofollow", ("x-robots-tag:noindex",)),
        ("X-Robots-Tag: otherbot: noai", ()),
        ("X-Robots-Tag: otherbot: noindex, gptbot: none", ("x-robots-tag:none",)),
        ("X-Robots-Tag: unavailable_after: 25 Jun 2030 15:00:00 PST, noai", ("x-robots-tag:noai",)),
        ("X-Robots-Tag: noindex, nofollow", ()),
        ("X-Robots-Tag: noimageai", ()),
        ("tdm-reservation: 1", ("tdm-header",)),
        ("tdm-reservation: 0", ()),
        ("tdm-reservation: 2", ()),
        ("Content-Usage: train-ai=n", ("content-usage",)),
        ("Content-Usage: train-ai=y, search=n", ()),
        ("Content-Signal: search=yes, ai-train=no", ("content-usage",)),
        ("site-reserves: robots.txt, tdmrep", ("robots.txt", "tdmrep")),
        ("no header at all", ()),
    ],
)
def test_headers_reserve_what_they_say(header: str, reserved: tuple[str, ...]) -> None:
    found = _read(header)
    assert found.reserved == reserved
    assert bool(found.evidence) == bool(found.reserved or found.noted)


@pytest.mark.parametrize(
    ("page", "reserved"),
    [
        ('<meta name="robots" content="noai, noimageai">', ("meta:noai",)),
        ("<META NAME=robots CONTENT=noai>", ("meta:noai",)),
        ('<meta content="noai" name="GPTBot"/>', ("meta:noai",)),
        ('<meta name="google-extended" content="noindex">', ("meta:noindex",)),
        ('<meta name="otherbot" content="noai">', ()),
        ('<meta name="robots" content="noindex">', ()),
        (
            '<meta name="tdm-reservation" content="1"><meta name="tdm-policy" content="https://a.example">',
            ("tdm-meta",),
        ),
        ('<!-- <meta name="robots" content="noai"> -->', ()),
        ("<script>var x = '<meta name=robots content=noai>'</script>", ()),
        ('<p>write &lt;meta name="robots" content="noai"&gt;</p>', ()),
    ],
)
def test_pages_reserve_in_their_metadata_only(page: str, reserved: tuple[str, ...]) -> None:
    assert _read(None, f"<html><head>{page}</head></html>", is_page=True).reserved == reserved
    assert _read(None, page, is_page=False).reserved == ()


def test_what_reserves_pictures_or_refers_to_terms_elsewhere_is_noted() -> None:
    page = '<meta name="robots" content="noimageai"><link rel="license" type="application/rsl+xml" href="/l.xml">'
    assert _read(None, page, is_page=True).noted == ("meta:noimageai", "rsl")


@pytest.mark.parametrize(
    ("entries", "is_reserved"),
    [
        ({"cawg.ai_generative_training": {"use": "notAllowed"}}, True),
        ({"c2pa.ai_training": {"use": "constrained", "constraint_info": "ask"}}, True),
        ({"cawg.data_mining": {"use": "allowed"}, "cawg.ai_generative_training": {"use": "allowed"}}, False),
        ({"cawg.ai_inference": {"use": "notAllowed"}}, False),
    ],
)
def test_training_mining_assertions_reserve(entries: dict[str, object], is_reserved: bool) -> None:
    manifest = {"assertions": [{"label": "cawg.training-mining", "data": {"entries": entries}}]}
    found = _read("c2pa: " + json.dumps(manifest))
    assert found.reserved == (("c2pa:training-mining",) if is_reserved else ())
    assert found.ai_label == "c2pa"


def _hidden(content: bytes) -> str:
    return "\ufeff" + "".join(chr(0xFE00 + b) if b < 16 else chr(0xE0100 + b - 16) for b in content)


def test_a_manifest_hidden_in_a_text_is_read() -> None:
    cbor = b"C2PATXT\0\x01jumb\x78\x1ccawg.ai_generative_training\xa1cuse\x6anotAllowed" + b"\0" * 20
    found = _read(None, "A text." + _hidden(cbor))
    assert (found.reserved, found.ai_label) == (("c2pa:training-mining",), "c2pa")
    made = _read(None, "A text." + _hidden(b"C2PATXT\0\x01 digitalSourceType trainedAlgorithmicMedia"))
    assert (made.reserved, made.ai_label) == ((), "yes")


@pytest.mark.parametrize(
    ("carried", "text", "is_page", "label"),
    [
        ('aigc: {"Label": "1", "ContentProducer": "x"}', "", False, "yes"),
        ('aigc: {"AIGC": {"Label": 2}}', "", False, "possible"),
        ('aigc: "{\\"Label\\": \\"3\\"}"', "", False, "suspected"),
        ('aigc: {"Label": "9"}', "", False, None),
        ("aigc: not json", "", False, None),
        (None, "<meta name='AIGC' content='{\"AIGC\":{\"Label\":\"1\"}}'>", True, "yes"),
        (None, '<meta name="AIGC" content="{&quot;Label&quot;:&quot;2&quot;}">', True, "possible"),
        (None, '<link rel="c2pa-manifest" href="/m.c2pa">', True, "c2pa"),
        (None, '---\ntitle: x\nAIGC: {"Label": "1"}\n---\nText', False, "yes"),
        (None, "---\nAIGC:\n  ContentProducer: x\n  Label: '3'\n---\nText", False, "suspected"),
        (None, 'A text about AIGC: {"Label": "1"}', False, None),
        (None, '---\ntitle: x\n---\nAIGC: {"Label": "1"}', False, None),
        (None, "plain", False, None),
    ],
)  # fmt: skip
def test_labels_of_ai_made_content_are_read_where_the_standard_puts_them(carried, text, is_page, label) -> None:
    assert _read(carried, text, is_page=is_page).ai_label == label


def test_the_strongest_label_counts() -> None:
    page = '<link rel="c2pa-manifest" href="/m"><meta name="AIGC" content=\'{"Label":"3"}\'>'
    assert _read('aigc: {"Label":"1"}', page, is_page=True).ai_label == "yes"


@given(st.text(), st.text(), st.booleans())
def test_any_text_is_read(carried: str, text: str, is_page: bool) -> None:
    assert isinstance(_read(carried, text, is_page=is_page), signals.Signals)
