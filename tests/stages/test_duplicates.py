import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import EvidenceMissing, RuleMalformed
from pipeline.rules.duplicates import by_relation, duplicate_rules, preferences
from pipeline.schemas import DECISIONS, DOCUMENTS, PAIRS, schema
from pipeline.schemas.duplicates import FACTS, LINKS, MEASURES_DUPLICATES
from pipeline.stages import duplicates
from tests.kernels.test_shingles import expected
from tests.tables import columns, table
from tests.tables import whole as drawn_whole

RULES = duplicate_rules()
PREFERENCES = preferences()
CORPORA = Path(os.environ.get("PROVENDER_CORPORA", Path(__file__).parents[2] / "../shared/corpora"))
QUALITY = schema(("doc_id", pa.int64(), False), ("quality_ppm", pa.int32(), True))
NONE = QUALITY.empty_table()
NO_PAIRS = PAIRS.empty_table()
WORDS = [f"word{i}" for i in range(60)]
LAW = "第一条 为了规范备案审查工作，加强备案审查制度和能力建设，根据宪法和有关法律的规定，结合本市实际，制定本条例。"


def texts(*rows: str | None, first: int = 0) -> pa.Table:
    return pa.table(
        {"doc_id": pa.array(range(first, first + len(rows)), pa.int64()), "text": pa.array(rows, pa.string())}
    )


def kinds(*names: str) -> pa.Table:
    """Measures of documents 1, 2, ...; equal names are exact copies."""
    return duplicates.measure(texts(*names, first=1))


def whole(documents: pa.Table, facts: pa.Table = NONE, **options) -> pa.Table:
    measures = duplicates.measure(documents)
    pairs = duplicates.verify(duplicates.candidates(measures, RULES), documents)
    return duplicates.decide(measures, pairs, facts, RULES, preferences=PREFERENCES, **options)


def drawn(decisions: pa.Table, drawing: str) -> bool:
    want = table(drawing, DECISIONS)
    return columns(decisions, want) == want


def test_exact_copies_go_first_and_name_the_best_copy() -> None:
    quality = table(
        """
        doc_id | quality_ppm
        3      | 900000
        2      | 100
    """,
        QUALITY,
    )
    assert drawn(
        duplicates.decide(kinds("same", "Same ", "same", "other"), NO_PAIRS, quality, RULES, preferences=PREFERENCES),
        """
        doc_id | outcome | rule_id  | kept_doc_id | cluster_id | sim_ppm
        1      | drop    | DUP.R001 | 3           | 1          | 1000000
        2      | drop    | DUP.R001 | 3           | 1          | 1000000
        3      | keep    | DUP.R000 |             | 1          |
        4      | keep    | DUP.R000 |             |            |
    """,
    )


def test_in_a_chain_the_far_end_stays_because_it_is_close_to_a_dropped_copy_only() -> None:
    chain = table(
        """
        a | b | jaccard_ppm
        2 | 3 | 850000
        1 | 2 | 900000
        1 | 3 | 700000
    """,
        PAIRS,
    )
    assert drawn(
        duplicates.decide(kinds("a", "b", "c"), chain, NONE, RULES, preferences=PREFERENCES),
        """
        doc_id | outcome | rule_id  | kept_doc_id | cluster_id | sim_ppm | score_ppm
        1      | keep    | DUP.R000 |             | 1          |         |
        2      | drop    | DUP.R002 | 1           | 1          | 900000  | 900000
        3      | keep    | DUP.R000 |             | 1          |         |
    """,
    )


def test_the_best_of_a_chain_s_middle_speaks_for_both_ends() -> None:
    chain = table(
        """
        a | b | jaccard_ppm
        1 | 2 | 900000
        2 | 3 | 850000
    """,
        PAIRS,
    )
    quality = table(
        """
        doc_id | quality_ppm
        2      | 5
    """,
        QUALITY,
    )
    assert drawn(
        duplicates.decide(kinds("a", "b", "c"), chain, quality, RULES, preferences=PREFERENCES),
        """
        doc_id | outcome | rule_id  | kept_doc_id | cluster_id | sim_ppm
        1      | drop    | DUP.R002 | 2           | 1          | 900000
        2      | keep    | DUP.R000 |             | 1          |
        3      | drop    | DUP.R002 | 2           | 1          | 850000
    """,
    )


def test_an_exact_copy_of_a_dropped_document_names_a_copy_that_is_kept() -> None:
    near = table(
        """
        a | b | jaccard_ppm
        1 | 2 | 800000
    """,
        PAIRS,
    )
    assert drawn(
        duplicates.decide(kinds("a", "b", "b"), near, NONE, RULES, preferences=PREFERENCES),
        """
        doc_id | outcome | rule_id  | kept_doc_id | cluster_id | sim_ppm
        1      | keep    | DUP.R000 |             | 1          |
        2      | drop    | DUP.R002 | 1           | 1          | 800000
        3      | drop    | DUP.R002 | 1           | 1          | 800000
    """,
    )


def test_versions_stay_linked_but_their_exact_copies_go() -> None:
    near = table(
        """
        a | b | jaccard_ppm
        1 | 2 | 950000
        1 | 4 | 850000
    """,
        PAIRS,
    )
    got = duplicates.decide(
        kinds("a", "b", "b", "c"), near, NONE, RULES, preferences=PREFERENCES, versions=pa.array([1, 2, 3])
    )
    assert drawn(
        got,
        """
        doc_id | outcome | rule_id  | kept_doc_id | cluster_id | sim_ppm
        1      | keep    | DUP.R000 |             | 1          |
        2      | keep    | DUP.R003 | 1           | 1          | 950000
        3      | drop    | DUP.R001 | 2           | 1          | 1000000
        4      | drop    | DUP.R002 | 1           | 1          | 850000
    """,
    )


def test_a_pair_below_the_threshold_decides_nothing() -> None:
    far = table(
        """
        a | b | jaccard_ppm
        1 | 2 | 799999
    """,
        PAIRS,
    )
    assert drawn(
        duplicates.decide(kinds("a", "b"), far, NONE, RULES, preferences=PREFERENCES),
        """
        doc_id | outcome | rule_id  | cluster_id
        1      | keep    | DUP.R000 |
        2      | keep    | DUP.R000 |
    """,
    )


@pytest.mark.parametrize(
    ("facts", "kept"),
    [
        ("doc_id | licence_rule | kind\n1 | LIC.R006 | government\n2 | LIC.R001 | synthetic", 2),
        ("doc_id | licence_rule | kind\n1 | LIC.R001 | synthetic\n2 | LIC.R001 | government", 2),
        ("doc_id | kind | fetched_at_us\n1 | open-data | 9\n2 | open-data | 5", 2),
        ("doc_id | kind | fetched_at_us\n1 | government | 5\n2 | government | 9", 2),
        ("doc_id | kind | fetched_at_us\n1 | open-data | \n2 | open-data | 5", 2),
        ("doc_id | kind | quality_ppm\n1 | open-data | 7\n2 | open-data | 8", 2),
        ("doc_id | licence_rule\n1 | LIC.R001\n2 | LIC.R001", 1),
        ("doc_id | licence_rule\n2 | LIC.R404", 1),
    ],
    ids=["licence", "kind", "older", "newer", "dated", "quality", "lowest id", "unnamed is last like unknown"],
)
def test_the_copy_that_stays_is_chosen_by_the_first_preference_that_tells_copies_apart(facts, kept) -> None:
    near = table("a | b | jaccard_ppm\n1 | 2 | 900000", PAIRS)

    got = duplicates.decide(kinds("a", "b"), near, table(facts, FACTS), RULES, preferences=PREFERENCES)

    assert [d["doc_id"] for d in got.to_pylist() if d["outcome"] == "keep"] == [kept]


def test_the_longer_copy_stays_when_nothing_else_tells_them_apart() -> None:
    near = table("a | b | jaccard_ppm\n1 | 2 | 900000", PAIRS)

    got = duplicates.decide(kinds("one two three", " ".join(WORDS)), near, NONE, RULES, preferences=PREFERENCES)

    assert got.column("outcome").to_pylist() == ["drop", "keep"]


def test_what_an_earlier_snapshot_holds_is_linked_and_kept_by_default() -> None:
    links = drawn_whole(
        """
        doc_id | relation | other_id | share_ppm
        1      | earlier  | 77       | 850000
        3      | earlier  | 78       | 799999
    """,
        LINKS,
    )
    assert drawn(
        duplicates.decide(kinds("a", "a", "c"), NO_PAIRS, NONE, RULES, preferences=PREFERENCES, links=links),
        """
        doc_id | outcome | rule_id  | kept_doc_id | sim_ppm
        1      | keep    | DUP.R004 | 77          | 850000
        2      | drop    | DUP.R001 | 1           | 1000000
        3      | keep    | DUP.R000 |             |
    """,
    )


def test_a_policy_that_drops_what_is_held_earlier_leaves_the_rest_to_elect_among_themselves() -> None:
    adding = [replace(r, outcome="drop") if r.relation == "earlier" else r for r in RULES]
    links = drawn_whole("doc_id | relation | other_id | share_ppm\n1 | earlier | 77 | 850000", LINKS)
    near = table("a | b | jaccard_ppm\n1 | 2 | 900000\n2 | 3 | 900000", PAIRS)

    assert drawn(
        duplicates.decide(kinds("a", "b", "c"), near, NONE, adding, preferences=PREFERENCES, links=links),
        """
        doc_id | outcome | rule_id  | kept_doc_id | sim_ppm
        1      | drop    | DUP.R004 | 77          | 850000
        2      | keep    | DUP.R000 |             |
        3      | drop    | DUP.R002 | 2           | 900000
    """,
    )


def test_what_is_contaminated_goes_with_the_hash_of_its_test_set_and_is_nobody_s_kept_copy() -> None:
    links = drawn_whole(
        f"""
        doc_id | relation     | other_id | share_ppm | evidence_sha256
        1      | contaminated |          | 500000    | {"ab" * 32}
        1      | earlier      | 77       | 1000000   |
        2      | contained    | 3        | 950000    |
        3      | boilerplate  |          | 900000    |
    """,
        LINKS,
    )
    near = table("a | b | jaccard_ppm\n1 | 2 | 900000", PAIRS)

    assert drawn(
        duplicates.decide(kinds("a", "b", "c"), near, NONE, RULES, preferences=PREFERENCES, links=links),
        f"""
        doc_id | outcome | rule_id  | kept_doc_id | sim_ppm | score_ppm | evidence_sha256
        1      | drop    | DUP.R007 |             |         | 500000    | {"ab" * 32}
        2      | keep    | DUP.R005 | 3           | 950000  | 950000    |
        3      | keep    | DUP.R000 |             |         |           |
    """,
    )


def test_a_document_inside_one_that_goes_is_said_to_stand_in_its_exact_copy_that_stays_and_in_no_near_one() -> None:
    links = drawn_whole("doc_id | relation | other_id | share_ppm\n3 | contained | 2 | 950000", LINKS)
    near = table("a | b | jaccard_ppm\n1 | 2 | 900000", PAIRS)

    exact = duplicates.decide(kinds("a", "a", "b"), NO_PAIRS, NONE, RULES, preferences=PREFERENCES, links=links)
    other = duplicates.decide(kinds("a", "c", "b"), near, NONE, RULES, preferences=PREFERENCES, links=links)

    assert drawn(exact, "doc_id | rule_id | kept_doc_id\n1 | DUP.R000 |\n2 | DUP.R001 | 1\n3 | DUP.R005 | 1")
    assert other.column("rule_id").to_pylist() == ["DUP.R000", "DUP.R002", "DUP.R000"]


def test_of_several_that_hold_a_document_the_kept_one_that_holds_most_is_named() -> None:
    links = drawn_whole(
        """
        doc_id | relation  | other_id | share_ppm
        1      | contained | 2        | 990000
        1      | contained | 3        | 950000
        1      | contained | 4        | 960000
        1      | contained | 5        | 960000
    """,
        LINKS,
    )
    near = table("a | b | jaccard_ppm\n2 | 3 | 900000", PAIRS)
    quality = table("doc_id | quality_ppm\n3 | 9\n2 | 1", QUALITY)

    got = duplicates.decide(kinds(*"abcde"), near, quality, RULES, preferences=PREFERENCES, links=links)

    assert drawn(
        got,
        """
        doc_id | outcome | rule_id  | kept_doc_id | sim_ppm
        1      | keep    | DUP.R005 | 4           | 960000
        2      | drop    | DUP.R002 | 3           | 900000
        3      | keep    | DUP.R000 |             |
        4      | keep    | DUP.R000 |             |
        5      | keep    | DUP.R000 |             |
    """,
    )


def test_links_to_unmeasured_documents_and_a_rule_that_drops_what_is_contained_stop_the_stage() -> None:
    links = drawn_whole("doc_id | relation | other_id | share_ppm\n9 | earlier | 77 | 850000", LINKS)
    wrong = [replace(r, outcome="drop") if r.relation == "contained" else r for r in RULES]

    with pytest.raises(EvidenceMissing):
        duplicates.decide(kinds("a"), NO_PAIRS, NONE, RULES, links=links)
    with pytest.raises(RuleMalformed):
        duplicates.decide(kinds("a"), NO_PAIRS, NONE, wrong)


def test_a_batch_s_other_documents_are_kept_by_the_default_rule() -> None:
    decided = duplicates.decide(kinds("a", "a"), NO_PAIRS, NONE, RULES)

    got = duplicates.undecided(pa.chunked_array([[0, 2, 5]], pa.int64()), decided, RULES)

    assert drawn(got, "doc_id | outcome | rule_id\n0 | keep | DUP.R000\n2 | drop | DUP.R001\n5 | keep | DUP.R000")


@pytest.mark.parametrize("rule", [r for r in RULES if r.fails], ids=lambda r: r.id)
def test_each_rule_s_own_examples(rule) -> None:
    assert whole(texts(*rule.passes)).column("outcome").to_pylist() == ["keep", "keep"]
    assert whole(texts(*rule.fails)).column("rule_id").to_pylist() == ["DUP.R000", rule.id]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (" ".join(WORDS), " ".join([*WORDS[:-1], "changed"])),
        (LAW, LAW.replace("本市", "本省")),
    ],
    ids=["en", "zh"],
)
def test_pairs_gives_the_true_jaccard_in_both_languages(a, b) -> None:
    x, y = expected(a), expected(b)
    true = len(x & y) * 1_000_000 // len(x | y)

    got = duplicates.pairs(texts(a, "something else entirely stands here", b, None), 0.6)

    assert got.to_pylist() == [{"a": 0, "b": 2, "jaccard_ppm": true}]


def test_pairs_writes_out_every_copy_and_leaves_out_documents_without_tokens() -> None:
    a, b = " ".join(WORDS), " ".join(WORDS[1:])

    got = duplicates.pairs(texts("", a, b, a.upper(), " ", b), 0.9)

    assert [(p["a"], p["b"], p["jaccard_ppm"]) for p in got.to_pylist()] == [
        (1, 2, 982142), (1, 3, 1_000_000), (1, 5, 982142), (2, 3, 982142), (2, 5, 1_000_000), (3, 5, 982142),
    ]  # fmt: skip


MADE = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=12)


def made(rows: list[tuple[int, int, int]]) -> pa.Table:
    return texts(*(" ".join(f"t{topic}w{i}" for i in range(cut, 60)) if topic else "" for topic, cut, _ in rows))


@settings(max_examples=40)
@given(MADE, st.randoms(use_true_random=False))
def test_every_document_is_decided_once_and_dropped_only_for_a_kept_copy_close_enough(rows, random) -> None:
    documents = made(rows)
    quality = pa.table({"doc_id": documents["doc_id"], "quality_ppm": pa.array([q for *_, q in rows], pa.int32())})
    got = whole(documents, quality).to_pylist()

    assert [d["doc_id"] for d in got] == list(range(len(rows)))
    for d in (d for d in got if d["outcome"] == "drop"):
        kept = got[d["kept_doc_id"]]
        x, y = (expected(documents["text"][i].as_py()) for i in (d["doc_id"], kept["doc_id"]))
        assert kept["outcome"] == "keep"
        assert kept["cluster_id"] == d["cluster_id"] <= d["doc_id"]
        assert len(x & y) * 1_000_000 // (len(x | y) or 1) == d["sim_ppm"] >= 800_000 or not x | y

    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = documents.take(pa.array(order, pa.int64()))
    measures = pa.concat_tables([duplicates.measure(shuffled.slice(0, 3)), duplicates.measure(shuffled.slice(3))])
    pairs = duplicates.verify(duplicates.candidates(measures, RULES), shuffled)
    pairs = pairs.sort_by([("b", "descending")])
    facts = quality.take(shuffled["doc_id"])
    again = duplicates.decide(measures, pairs, facts, RULES, preferences=PREFERENCES)
    assert again.to_pylist() == got


def test_measures_conform_and_are_the_same_in_one_batch_or_in_slices() -> None:
    documents = texts("one two three four five six", LAW, "", None)
    whole_batch = duplicates.measure(documents)

    assert whole_batch.schema == MEASURES_DUPLICATES
    assert whole_batch.column("n_shingles").to_pylist()[0] == 2
    assert whole_batch == pa.concat_tables([duplicates.measure(documents.slice(i, 1)) for i in range(4)])


def test_a_stage_without_documents_decides_nothing() -> None:
    documents = DOCUMENTS.empty_table()

    assert whole(documents) == DECISIONS.empty_table()
    assert duplicates.pairs(documents, 0.8) == PAIRS.empty_table()


def test_missing_text_measure_or_rule_stops_the_stage() -> None:
    pair = pa.table(
        {"a": pa.array([1], pa.int64()), "b": pa.array([9], pa.int64()), "jaccard_ppm": pa.array([1], pa.int32())},
        schema=PAIRS,
    )
    sure = pair.set_column(2, PAIRS.field("jaccard_ppm"), pa.array([1_000_000], pa.int32()))

    with pytest.raises(EvidenceMissing):
        duplicates.verify(pair.select(["a", "b"]), texts("a", "b"))
    with pytest.raises(EvidenceMissing):
        duplicates.decide(kinds("a"), sure, NONE, RULES, preferences=PREFERENCES)
    with pytest.raises(RuleMalformed):
        by_relation(RULES[:1], "near")


def corpus(name: str) -> list[dict]:
    path = CORPORA / "public/dedup" / name
    if not path.is_file():
        pytest.skip(f"corpus {name} is not here: set PROVENDER_CORPORA")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def found(rows: list[dict], threshold: float) -> dict[tuple[str, str], float]:
    got = duplicates.pairs(texts(*(r["text"] for r in rows)), threshold)
    ids = [r["id"] for r in rows]
    return {tuple(sorted((ids[p["a"]], ids[p["b"]]))): p["jaccard_ppm"] / 1e6 for p in got.to_pylist()}


def test_all_ten_mccormick_pairs_are_found_and_nothing_else() -> None:
    want = {tuple(sorted((p["a"], p["b"]))) for p in corpus("mccormick_1000_pairs.jsonl.gz")}

    assert set(found(corpus("mccormick_1000_docs.jsonl.gz"), 0.8)) == want


def test_amended_statutes_are_found_with_their_published_similarity() -> None:
    rows = corpus("zh_law_versions.jsonl.gz")
    gold = {tuple(sorted((r["id"], other))): j for r in rows for other, j in r["jaccard_char5"].items()}
    got = found(rows, 0.5)

    clear = {pair for pair, j in gold.items() if j >= 0.82}  # our Latin words are tokens, theirs single characters
    assert clear <= {pair for pair, j in got.items() if j >= 0.8}
    assert all(got[pair] == pytest.approx(j, abs=0.02) for pair, j in gold.items() if pair in got)


def test_pairs_are_those_of_exact_comparison_of_all_statutes() -> None:
    rows = corpus("zh_law_versions.jsonl.gz")
    sets = [expected(r["text"][:600]) for r in rows]
    exact = {
        tuple(sorted((rows[i]["id"], rows[j]["id"])))
        for i in range(len(rows))
        for j in range(i)
        if len(sets[i] & sets[j]) >= 0.8 * len(sets[i] | sets[j])
    }

    assert set(found([{**r, "text": r["text"][:600]} for r in rows], 0.8)) == exact
    assert len(exact) >= 5
