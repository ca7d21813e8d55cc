"""What comes first in each place, and how sure it is."""

from collections import defaultdict
from collections.abc import Mapping
from math import log, sqrt
from random import Random
from typing import TypeAlias

import numpy as np
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from townworks.candidates import Counts, specialisation, specialise
from townworks.candidates.specialisation import KIN, LEAST, _akin, _families
from townworks.measures import fit_gamma_poisson_sparse, posterior
from townworks.schema import Specialisation

Cells: TypeAlias = dict[tuple[str | None, str], tuple[int, int]]
Sizes: TypeAlias = dict[str | None, int]

THINGS = "袜泵阀扇锁笔伞灯椅钟镜琴"
"""Twelve specialities of one character: none is kin of another."""


DIGITS = 1e-5
"""Results have six significant digits."""


def make(cells: Cells, sizes: Sizes) -> Counts:
    """Counts from (place, speciality) → (enterprises, main) and place → enterprises.

    All list it alone and were registered in 2010, half of them in recent years. The first letter
    of a place's code is its region.
    """
    rows = [(c, i, n, main, n, 2010, n // 2, n) for (c, i), (n, main) in cells.items()]
    text = {"place_code": pl.String, "speciality": pl.String}
    number = dict.fromkeys(("enterprises", "main", "alone"), pl.UInt32)
    dates = {"first_year": pl.Int32, "recent": pl.UInt32, "dated": pl.UInt32}
    places = [(c, c and f"{c}县", c and c[0], n) for c, n in sizes.items()]
    names = dict.fromkeys(("place_code", "place", "region"), pl.String)
    return Counts(
        cells=pl.DataFrame(rows, {**text, **number, **dates}, orient="row"),
        places=pl.DataFrame(places, {**names, "enterprises": pl.UInt32}, orient="row"),
        years=(2010,),
    )


def best(table: pl.DataFrame) -> dict[str, list[str]]:
    """Place → its specialities by rank."""
    found = table.sort("rank").group_by("place_code").agg("speciality")
    return dict(found.iter_rows())


def background(seed: int, places: tuple[str, ...]) -> tuple[Cells, Sizes]:
    """Everything everywhere at its overall share, give or take chance."""
    rng = np.random.default_rng(seed)
    sizes: Sizes = {place: int(rng.integers(500, 3_000)) for place in places}
    cells: Cells = {}
    for place, size in sizes.items():
        for thing, share in zip(THINGS, np.linspace(0.005, 0.05, len(THINGS)), strict=True):
            n = int(rng.binomial(size or 0, share))
            if n:
                cells[place, thing] = (n, int(rng.binomial(n, 0.5)))
    return cells, sizes


PLACES = ("a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2")


@pytest.mark.parametrize("seed", range(5))
def test_planted_specialities_come_first(seed: int) -> None:
    cells, sizes = background(seed, PLACES)
    planted = dict(zip(PLACES, THINGS, strict=False))
    for place, thing in planted.items():
        n = (sizes[place] or 0) // 6
        cells[place, thing] = (n, n // 2)
    table = specialise(make(cells, sizes), 5)
    assert {place: names[0] for place, names in best(table).items()} == planted
    assert (table.filter(rank=1)["lq_low"] > 2).all()


def test_where_nothing_is_special_there_are_no_rows() -> None:
    cells: Cells = {(place, thing): (30, 15) for place in PLACES for thing in THINGS}
    sizes: Sizes = dict.fromkeys(PLACES, 1_000)
    assert specialise(make(cells, sizes), 5).is_empty()
    cells["a1", "袜"] = (300, 150)
    assert best(specialise(make(cells, sizes), 5)) == {"a1": ["袜"]}


@pytest.mark.parametrize("sizes", [{}, {"a": 100}, {None: 100}])
def test_without_a_speciality_there_are_no_rows(sizes: Sizes) -> None:
    table = specialise(make({}, sizes), 5)
    assert table.is_empty()
    Specialisation.validate(table)


@pytest.mark.parametrize("sizes", [{"a": 40}, {"a": 40, "b": 90}])
def test_what_every_enterprise_has_sets_no_place_apart(sizes: Sizes) -> None:
    """As in a list of sock makers only."""
    cells: Cells = {(place, "袜"): (n, n) for place, n in sizes.items()}
    assert specialise(make(cells, sizes), 5).is_empty()
    cells["a", "泵"] = (20, 10)
    found = best(specialise(make(cells, {**sizes, "c": 0}), 5))
    assert "袜" not in {name for names in found.values() for name in names}


def log_odds_z(here: tuple[int, int], there: tuple[int, int], share: float) -> float:
    """Monroe, Colaresi & Quinn (2008), (22), with 200 enterprises of prior, in plain Python."""
    a0 = 200.0
    (y, n), (y_rest, n_rest), a = here, there, a0 * share
    odds = (y + a) / (n + a0 - y - a)
    odds_rest = (y_rest + a) / (n_rest + a0 - y_rest - a)
    return (log(odds) - log(odds_rest)) / sqrt(1 / (y + a) + 1 / (y_rest + a))


def scores(cells: Cells, sizes: Sizes) -> dict[tuple[str | None, str], float]:
    """Equations (2) and (3) in plain Python; who has none of a kind has no score."""
    total, z = sum(sizes.values()), defaultdict(list)
    for place, thing in cells:
        region = None if place is None else place[0]
        near = [c for c in sizes if (None if c is None else c[0]) == region]
        for kind in (0, 1):
            n = {c: cells.get((c, thing), (0, 0))[kind] for c in sizes}
            all_n, near_n = sum(n.values()), sum(n[c] for c in near)
            here, size = (n[place], sizes[place]), sizes[place]
            rest = (all_n - n[place], total - size)
            rest_near = (near_n - n[place], sum(sizes[c] for c in near) - size)
            share = max(all_n, 0.5) / total
            z[place, thing].append(
                log_odds_z(here, rest, share) + 0.25 * log_odds_z(here, rest_near, share)
            )
    return {
        key: 2 / (1 / listed + 1 / main) if min(listed, main) > 1e-9 and cells[key][1] > 0 else 0.0
        for key, (listed, main) in z.items()
    }


@st.composite
def registries(draw: st.DrawFn) -> tuple[Cells, Sizes]:
    """Up to eight places, of which one may be unknown, and up to twelve specialities."""
    codes = st.sampled_from([*PLACES, None])
    sizes: Sizes = {
        place: draw(st.integers(80, 5_000)) for place in draw(st.sets(codes, min_size=2))
    }
    cells: Cells = {}
    for place in sizes:
        for thing in draw(st.sets(st.sampled_from(THINGS), max_size=5)):
            n = draw(st.integers(1, 70))
            cells[place, thing] = (n, draw(st.integers(0, n)))
    return cells, sizes


@settings(deadline=None, max_examples=60)
@given(registries())
def test_order_is_that_of_the_published_measure(registry: tuple[Cells, Sizes]) -> None:
    cells, sizes = registry
    expected = defaultdict(list)
    for (place, thing), score in sorted(scores(cells, sizes).items(), key=lambda kv: -kv[1]):
        if place is not None and score > 0 and cells[place, thing][0] >= LEAST:
            expected[place].append((thing, score))
    found = best(specialise(make(cells, sizes), 12))
    assert set(found) == set(expected)
    for place, ranked in expected.items():
        value = dict(ranked)
        assert sorted(found[place]) == sorted(value)
        assert [value[thing] for thing in found[place]] == pytest.approx([s for _, s in ranked])


@settings(deadline=None, max_examples=60)
@given(registries(), st.integers(1, 6))
def test_table_is_whole_and_consistent(registry: tuple[Cells, Sizes], top: int) -> None:
    cells, sizes = registry
    table = specialise(make(cells, sizes), top)
    Specialisation.validate(table)
    total = sum(sizes.values())
    for row in table.iter_rows(named=True):
        place, thing = row["place_code"], row["speciality"]
        n_i = sum(n for (_, other), (n, _) in cells.items() if other == thing)
        assert row["expected"] == pytest.approx(sizes[place] * n_i / total, rel=DIGITS)
        assert row["enterprises"] == cells[place, thing][0] >= LEAST
        assert row["place"] == f"{place}县"
        assert row["recent_share"] == pytest.approx(
            row["enterprises"] // 2 / row["enterprises"], rel=DIGITS
        )
        assert row["lq_low"] <= row["lq"] <= row["lq_high"]
    for names in table.group_by("place_code").agg("rank")["rank"]:
        assert sorted(names) == list(range(1, len(names) + 1))
        assert len(names) <= top


@settings(deadline=None, max_examples=30)
@given(registries(), st.randoms(use_true_random=False))
def test_order_of_rows_does_not_matter(registry: tuple[Cells, Sizes], random: Random) -> None:
    cells, sizes = registry
    straight = specialise(make(cells, sizes), 3)
    mixed_cells = dict(random.sample(list(cells.items()), len(cells)))
    mixed_sizes = dict(random.sample(list(sizes.items()), len(sizes)))
    mixed = specialise(make(mixed_cells, mixed_sizes), 3)
    assert_frame_equal(straight, mixed, abs_tol=1e-6, rel_tol=1e-4)


@settings(deadline=None, max_examples=30)
@given(registries())
def test_quotients_are_posteriors_under_priors_fitted_over_all_places(
    registry: tuple[Cells, Sizes],
) -> None:
    cells, sizes = registry
    table = specialise(make(cells, sizes), 12)
    assume(not table.is_empty())
    c, i = list(sizes), sorted({thing for _, thing in cells})
    place, thing, n = zip(
        *((c.index(p), i.index(t), n) for (p, t), (n, _) in cells.items()), strict=True
    )
    prior = fit_gamma_poisson_sparse(place, thing, n, list(sizes.values()))
    which = np.array([i.index(t) for t in table["speciality"]])
    known = posterior(table["enterprises"], table["expected"], prior.at(which))
    for name, values in (
        ("lq", known.mean),
        ("lq_low", known.low),
        ("lq_high", known.high),
        ("probability", known.probability),
    ):
        assert table[name].to_list() == pytest.approx(values.tolist(), rel=1e-4, abs=1e-6)


def test_large_registries_do_not_overflow() -> None:
    """40,000 of 300,000 there, 240,000 of 2,400,000 in all: products beyond 32 bits."""
    cells: Cells = {(place, "袜"): (30_000, 15_000) for place in PLACES}
    cells["a1", "袜"] = (60_000, 40_000)
    table = specialise(make(cells, dict.fromkeys(PLACES, 300_000)), 1)
    row = table.row(0, named=True)
    assert row["expected"] == pytest.approx(300_000 * 270_000 / 2_400_000)
    assert row["lq"] == pytest.approx(60_000 / row["expected"], rel=0.01)


def test_unknown_places_count_in_the_totals_and_have_no_rows() -> None:
    cells: Cells = {("a1", "袜"): (50, 25), (None, "袜"): (50, 25), (None, "泵"): (400, 400)}
    table = specialise(make(cells, {"a1": 500, "a2": 500, None: 1_000}), 5)
    assert table["place_code"].to_list() == ["a1"]
    assert table["expected"].item() == 500 * 100 / 2_000


def test_what_is_listed_in_passing_is_no_speciality() -> None:
    """Half the place lists 泵, but nobody's main business it is; three are named after 锁."""
    sizes: Sizes = dict.fromkeys(PLACES, 1_000)
    cells: Cells = {(place, thing): (20, 10) for place in PLACES for thing in "泵锁袜"}
    cells |= {("a1", "泵"): (500, 0), ("a1", "锁"): (13, 13), ("a1", "袜"): (60, 30)}
    assert best(specialise(make(cells, sizes), 5))["a1"] == ["袜"]


def test_nobodys_main_business_is_no_speciality() -> None:
    """Nor where none in the whole source has it as theirs: nothing is not more than nothing."""
    cells: Cells = {(place, "泵"): (20, 0) for place in PLACES}
    cells["a1", "泵"] = (60, 0)
    sizes: Sizes = dict.fromkeys(PLACES, 1_000)
    sizes["a1"] = 100
    assert specialise(make(cells, sizes), 5).is_empty()


def test_what_a_whole_region_says_sets_none_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against the source 泵 and 锁 are equal in a1; but all of region a says 泵."""
    sizes: Sizes = dict.fromkeys(("a1", "a2", "a3", "b1", "b2", "b3"), 1_000)
    cells: Cells = {(place, "泵"): (100, 50) for place in ("a1", "a2", "a3")}
    cells |= {(place, "锁"): (100, 50) for place in ("a1", "b1", "b2")}
    assert best(specialise(make(cells, sizes), 5))["a1"] == ["锁", "泵"]
    monkeypatch.setattr(specialisation, "REGION", 0.0)
    assert best(specialise(make(cells, sizes), 5))["a1"] == ["泵", "锁"], "a tie: by name"


def test_fewer_than_three_are_not_listed() -> None:
    sizes: Sizes = dict.fromkeys(PLACES, 1_000)
    cells: Cells = {("a1", "袜"): (2, 2), ("a1", "泵"): (3, 3)}
    assert best(specialise(make(cells, sizes), 5)) == {"a1": ["泵"]}


def test_a_family_has_one_row_and_ranks_stay_consecutive() -> None:
    sizes: Sizes = dict.fromkeys(PLACES, 1_000)
    cells: Cells = {("a1", name): (n, n // 2) for name, n in [("汽车", 90), ("汽车配件", 95)]}
    cells |= {("a1", "汽车座垫"): (40, 20), ("a1", "泵"): (30, 15), ("a1", "锁"): (20, 10)}
    table = specialise(make(cells, sizes), 3)
    assert table["speciality"].to_list() == ["汽车配件", "汽车座垫", "泵"]
    assert table["rank"].to_list() == [1, 2, 3]


def test_undated_enterprises_have_no_recent_share() -> None:
    counts = make({("a1", "袜"): (50, 25)}, {"a1": 100, "a2": 1_000})
    undated = counts.cells.with_columns(
        recent=pl.lit(0, pl.UInt32), dated=pl.lit(0, pl.UInt32), first_year=pl.lit(None, pl.Int32)
    )
    table = specialise(Counts(undated, counts.places, ()), 1)
    assert table.select("recent_share", "first_year").row(0) == (None, None)


@given(st.dictionaries(st.text("鞋皮布机", min_size=1, max_size=4), st.integers(0, 50)), st.data())
def test_families_cover_all_and_share_nothing(
    alone: Mapping[str, int], data: st.DataObject
) -> None:
    names = list(alone)
    drawn = data.draw(st.lists(st.floats(0.1, 100), min_size=len(names), max_size=len(names)))
    score = sorted(drawn, reverse=True)
    heads = list(_families(names, score, list(alone.values())))
    for k in heads:
        assert not _akin(names[k], [names[other] for other in heads if other != k])
    assert all(_akin(name, [names[k] for k in heads]) for name in names)
    assert not heads or score[heads[0]] >= KIN * score[0]
