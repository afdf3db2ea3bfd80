"""Sampling weights: what the targets forbid is read less, what they want is read more, and what no weight mends is said."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.rules import diversity as rules
from pipeline.rules.diversity import Target, Weights
from pipeline.schemas.diversity import CELLS, SHARES
from pipeline.stages.diversity import mixture
from tests.tables import columns, table

BOUNDS = Weights(least_ppm=100_000, most_ppm=4_000_000, tolerance_ppm=1_000, least_documents=10, source="tests")
HALF = Target(id="T1", version=1, article="", title="", source="", axis="source", most_ppm=500_000)
CHINESE = Target(id="T2", version=1, article="", title="", source="", axis="lang", value="zh", least_ppm=300_000)


def cells(drawing: str) -> pa.Table:
    return table(f"lang | source | topic | docs | n_bytes\n{drawing}", CELLS)


def test_documents_are_counted_by_language_source_and_topic() -> None:
    documents = pa.table(
        {
            "lang": ["zh", "en", "en", "en"],
            "source_id": ["law", "wiki", "wiki", "wiki"],
            "topic": pa.array([None, "tea", None, "tea"], pa.string()),
            "n_bytes": [7, 1, 2, 3],
        }
    )

    assert mixture.cells(documents) == cells(
        """
        en   | wiki   | other | 1    | 2
        en   | wiki   | tea   | 2    | 4
        zh   | law    | other | 1    | 7
        """
    )


def test_what_a_cap_forbids_is_read_less_and_what_a_floor_wants_more() -> None:
    counted = cells(
        """
        en   | wiki   | other | 80   | 8000
        en   | blog   | other | 30   | 1000
        zh   | law    | other | 10   | 1000
        """
    )

    weights = mixture.weigh(counted, [HALF, CHINESE], BOUNDS)

    assert mixture.shares(counted, weights, [HALF, CHINESE], BOUNDS) == table(
        """
        rule_id | axis   | value | share_ppm | weighted_ppm | least_ppm | most_ppm | is_met | is_shadow
        T1      | source | blog  | 100000    | 233333       | 0         | 500000   | true   | false
        T1      | source | law   | 100000    | 299999       | 0         | 500000   | true   | false
        T1      | source | wiki  | 800000    | 466666       | 0         | 500000   | true   | false
        T2      | lang   | zh    | 100000    | 299999       | 300000    | 1000000  | true   | false
        """,
        SHARES,
    )
    assert weights.to_pylist() == [250_000, 1_000_000, 1_285_714]


@pytest.mark.parametrize(
    ("drawing", "why"),
    [
        ("en | wiki | other | 90 | 900000\nen | blog | other | 9 | 10", "a tenth of it is still most"),
        (
            "en | a | other | 50 | 5000\nen | b | other | 50 | 5000\nzh | c | other | 1 | 9",
            "four epochs are not enough",
        ),
        ("en | a | other | 50 | 5000\nen | b | other | 50 | 5000", "there is no Chinese at all"),
    ],
)
def test_what_no_weight_mends_stops(drawing: str, why: str) -> None:
    counted = cells(drawing)

    found = mixture.shares(counted, mixture.weigh(counted, [HALF, CHINESE], BOUNDS), [HALF, CHINESE], BOUNDS)

    assert mixture.broken(found).num_rows > 0, why


def test_a_shadow_is_reported_and_neither_weighs_nor_stops() -> None:
    counted = cells("en | a | other | 50 | 5000\nen | b | other | 50 | 5000")
    shadow = replace(CHINESE, shadow=True)

    weights = mixture.weigh(counted, [shadow], BOUNDS)
    found = mixture.shares(counted, weights, [shadow], BOUNDS)

    assert weights.to_pylist() == [1_000_000, 1_000_000]
    assert found.column("is_met").to_pylist() == [False]
    assert mixture.broken(found).num_rows == 0


def test_one_source_alone_is_no_mixture_of_sources() -> None:
    counted = cells("en | wiki | other | 90 | 9000")

    assert mixture.weigh(counted, [HALF], BOUNDS).to_pylist() == [1_000_000]
    assert mixture.shares(counted, mixture.weigh(counted, [HALF], BOUNDS), [HALF], BOUNDS).num_rows == 0


def test_too_few_documents_are_no_mixture() -> None:
    counted = cells("en | wiki | other | 9 | 9000")

    weights = mixture.weigh(counted, [HALF], BOUNDS)

    assert weights.to_pylist() == [1_000_000]
    assert mixture.shares(counted, weights, [HALF], BOUNDS).num_rows == 0


def test_what_belongs_to_no_topic_and_what_has_no_language_is_not_capped() -> None:
    cap = replace(HALF, axis="topic", most_ppm=100_000)
    counted = cells("und | wiki | other | 90 | 9000\nund | wiki | tea | 1 | 500")

    got = mixture.shares(counted, mixture.weigh(counted, [cap], BOUNDS), [cap], BOUNDS)

    assert got.column("value").to_pylist() == ["tea"]


def drawn(target: Target, sizes: dict[str, int]) -> pa.Table:
    """Cells that differ on the target's axis alone."""
    values = sorted(sizes)
    found = {name: [f"{name}-of-tests"] * len(values) for name in ("lang", "source", "topic")}
    found |= {target.axis: values, "docs": [1_000] * len(values), "n_bytes": [sizes[v] * 1_000 for v in values]}
    return pa.table(found, schema=CELLS)


@pytest.mark.parametrize("target", rules.targets(), ids=lambda one: one.id)
def test_a_target_leaves_its_first_example_and_weighs_its_second(target: Target) -> None:
    acting, bounds = replace(target, shadow=False), rules.weights()
    left, weighed = (drawn(target, sizes) for sizes in (target.passes, target.fails))

    assert set(mixture.weigh(left, [acting], bounds).to_pylist()) == {1_000_000}
    assert set(mixture.weigh(weighed, [acting], bounds).to_pylist()) != {1_000_000}


CELL = st.tuples(
    st.sampled_from(["en", "zh", "und"]), st.sampled_from("abcd"), st.sampled_from(["tea", "law", "other"])
)
MIXTURES = st.dictionaries(CELL, st.integers(10_000, 1_000_000), min_size=1)


@settings(max_examples=60)
@given(MIXTURES, st.integers(300_000, 900_000), st.integers(0, 300_000))
def test_weights_keep_their_bounds_and_meet_every_target_that_moves_alone(drawn_cells, most: int, least: int) -> None:
    rows = [(*cell, 100, size) for cell, size in sorted(drawn_cells.items())]
    counted = pa.table(dict(zip(CELLS.names, zip(*rows, strict=True), strict=True)), schema=CELLS)
    targets = [replace(HALF, most_ppm=most), replace(CHINESE, least_ppm=least)]
    bounds = replace(BOUNDS, least_ppm=1, most_ppm=2_000_000_000)

    weights = mixture.weigh(counted, targets, bounds)
    alone = [mixture.shares(counted, mixture.weigh(counted, [one], bounds), [one], bounds) for one in targets]

    assert all(1 <= weight <= 2_000_000_000 for weight in weights.to_pylist())
    assert weights == mixture.weigh(counted, targets, bounds)
    languages = {lang for lang, _, _ in drawn_cells}
    if "zh" in languages and len(languages) > 1:
        assert alone[1].column("is_met").to_pylist() == [True]


@pytest.mark.parametrize("seed", range(60))
def test_two_caps_and_two_floors_on_three_axes_are_met_at_once_where_weights_exist_that_meet_them(seed: int) -> None:
    draw = np.random.default_rng(seed)
    keys = [(lang, source, topic) for lang in ("en", "zh") for source in "abc" for topic in ("law", "tea")]
    rows = [(*key, 20, int(draw.integers(100, 20_000))) for key in keys if draw.random() < 0.8]
    counted = pa.table(dict(zip(CELLS.names, zip(*rows, strict=True), strict=True)), schema=CELLS)
    hidden = [draw.uniform(0.5, 2) * row[4] for row in rows]

    def share(axis: int, value: str) -> int:
        return int(sum(n for n, row in zip(hidden, rows, strict=True) if row[axis] == value) * 1_000_000 / sum(hidden))

    targets = [
        replace(HALF, value="a", most_ppm=share(1, "a") + 10_000),
        replace(HALF, id="T3", value="b", most_ppm=share(1, "b") + 10_000),
        replace(CHINESE, least_ppm=max(0, share(0, "zh") - 10_000)),
        replace(CHINESE, id="T4", axis="topic", value="tea", least_ppm=max(0, share(2, "tea") - 10_000)),
    ]

    found = mixture.shares(counted, mixture.weigh(counted, targets, BOUNDS), targets, BOUNDS)

    assert found.num_rows == 4
    assert mixture.broken(found).num_rows == 0


def test_the_weights_are_the_same_in_any_order_of_documents() -> None:
    documents = pa.table(
        {
            "lang": ["en", "zh"] * 500,
            "source_id": [f"s{n % 7 % 3}" for n in range(1000)],
            "topic": [None, "tea", "law", None] * 250,
            "n_bytes": [n * n % 977 for n in range(1000)],
        }
    )
    other = documents.take(pa.array(range(999, -1, -1)))

    got = [mixture.cells(one) for one in (documents, other)]

    assert got[0] == got[1]
    assert columns(got[0], got[0]) == got[1]
