import numpy as np
import pyarrow as pa

from pipeline.rules.duplicates import duplicate_rules
from pipeline.schemas import DOCUMENTS
from pipeline.schemas.duplicates import LINKS, SPANS
from pipeline.stages.duplicates import contained, passages
from tests.tables import table
from tests.tables import whole as drawn_whole

RULES = duplicate_rules()
WORDS = [f"word{i}" for i in range(400)]
HAN = "".join(chr(0x4E00 + i) for i in range(400))


def documents(*texts: str, source: str = "s") -> pa.Table:
    n = len(texts)
    columns = {
        "doc_id": pa.array(range(10, 10 + n)),
        "source_id": [source] * n,
        "text": list(texts),
        "lang": ["en"] * n,
    }
    columns |= {"content_hmac": pa.array([b"\0" * 32] * n, pa.binary(32)), "locator": [""] * n}
    arrays = {f.name: columns.get(f.name, pa.nulls(n, f.type)) for f in DOCUMENTS}
    return pa.table(arrays, schema=DOCUMENTS)


def test_a_document_that_holds_half_of_a_test_item_is_named_with_item_and_share() -> None:
    items = pa.array([" ".join(WORDS[:33]), " ".join(WORDS[300:340]), "too short", HAN[:26]])
    tested = passages.evaluation_set(items, RULES)
    texts = (
        "before " + " ".join(WORDS[:23]).upper() + " after",  # 11 of the 21 sequences of item 0
        " ".join(WORDS[290:350]),
        "nothing of the kind " * 20,
        "考题：" + HAN[:26] + "。",
    )

    assert passages.overlaps(documents(*texts), tested).to_pylist() == [
        {"doc_id": 10, "item": 0, "share_ppm": 523809},
        {"doc_id": 11, "item": 1, "share_ppm": 1_000_000},
        {"doc_id": 13, "item": 3, "share_ppm": 1_000_000},
    ]
    assert tested.n_short == 1


def test_nothing_overlaps_with_an_empty_set_or_in_an_empty_batch() -> None:
    tested = passages.evaluation_set(pa.array([], pa.string()), RULES)

    assert passages.overlaps(documents(" ".join(WORDS)), tested).num_rows == 0
    assert passages.overlaps(documents(), passages.evaluation_set(pa.array([HAN]), RULES)).num_rows == 0
    assert passages.strongest(passages.overlaps(documents(), tested), b"\0" * 32) == LINKS.empty_table()


def test_the_share_of_lines_that_a_source_repeats() -> None:
    menu = "home about contact imprint"
    batch = documents(f"{menu}\nown words of one text", f"{menu}\n{menu.upper()}", "own words only", "短", "")
    counted = passages.units(batch, RULES)
    keys, n = np.unique(counted.column("key").to_numpy().view(np.uint64), return_counts=True)

    got = passages.boilerplate(batch, keys[n > 1], RULES)

    assert got.select(["doc_id", "share_ppm"]).to_pylist() == [
        {"doc_id": 10, "share_ppm": len(menu) * 1_000_000 // len(f"{menu}own words of one text")},
        {"doc_id": 11, "share_ppm": 1_000_000},
    ]


def test_a_document_inside_others_is_linked_to_each_with_the_share_that_stands_there() -> None:
    texts = documents(" ".join(WORDS[:100]), " ".join(WORDS), " ".join(WORDS[50:]), HAN[:90], HAN)
    sampled = passages.samples(texts, RULES)
    pairs = table("a | b\n10 | 11\n10 | 12\n13 | 14", SPAN_PAIRS)

    got = contained(pairs, texts)

    assert got.select(["doc_id", "other_id", "share_ppm"]).to_pylist() == [
        {"doc_id": 10, "other_id": 11, "share_ppm": 1_000_000},
        {"doc_id": 10, "other_id": 12, "share_ppm": 479_166},
        {"doc_id": 13, "other_id": 14, "share_ppm": 1_000_000},
    ]
    keys = {d: set(sampled.filter(pa.compute.equal(sampled["doc_id"], d))["key"].to_pylist()) for d in range(10, 15)}
    assert keys[10] < keys[11]
    assert keys[13] < keys[14]
    assert len(keys[11]) > 20


SPAN_PAIRS = pa.schema([("a", pa.int64()), ("b", pa.int64())])


def test_stretches_of_fifty_tokens_that_stand_twice_are_found_where_they_stand() -> None:
    shared = " ".join(WORDS[:60])
    first, second = "x " + shared + " y", "other beginning,  " + shared.upper()
    batch = documents(first, second, " ".join(WORDS[:49]), "前" + HAN[:55] + "后" + HAN[:55])
    known = passages.repeated(passages.windows(batch, 50))

    got = passages.spans(batch, known, 50)

    assert got.schema == SPANS
    assert [(s["doc_id"], s["n_tokens"]) for s in got.to_pylist()] == [(10, 60), (11, 60), (13, 55), (13, 55)]
    cut = [batch["text"][s["doc_id"] - 10].as_py()[s["start"] : s["end"]] for s in got.to_pylist()]
    assert cut == [shared, shared.upper(), HAN[:55], HAN[:55]]


def test_of_several_links_of_a_kind_the_strongest_counts() -> None:
    links = drawn_whole(
        """
        doc_id | relation | other_id | share_ppm
        2      | earlier  | 5        | 900000
        1      | earlier  | 8        | 850000
        1      | earlier  | 7        | 950000
        1      | earlier  | 6        | 950000
        1      | contained | 4       | 920000
    """,
        LINKS,
    )
    got = passages.one_per_document(links).select(["doc_id", "relation", "other_id"]).to_pylist()

    assert got == [
        {"doc_id": 1, "relation": "contained", "other_id": 4},
        {"doc_id": 1, "relation": "earlier", "other_id": 6},
        {"doc_id": 2, "relation": "earlier", "other_id": 5},
    ]
    assert passages.one_per_document(LINKS.empty_table()) == LINKS.empty_table()


def test_adversarial_text_takes_linear_work() -> None:
    batch = documents("word " * 300_000, "a b c\n" * 100_000, "\u200b" * 300_000, "e\u0301" * 200_000)
    known = passages.repeated(passages.windows(batch, 50))
    keys = np.unique(passages.units(batch, RULES).column("key").to_numpy().view(np.uint64))

    assert [s["n_tokens"] for s in passages.spans(batch, known, 50).to_pylist()] == [300_000, 300_000]
    assert passages.boilerplate(batch, keys, RULES).column("share_ppm").to_pylist()[:2] == [1_000_000] * 2
