"""What a registry says of towns, and whether their minima add up."""

from decimal import Decimal

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.measures import fit_gamma_poisson_sparse, posterior
from townworks.plans.appraising import (
    EXPECTED,
    LEAST,
    evidence,
    investment_account,
    quotients,
    uncovered,
)

PLACES = pl.DataFrame(
    {"place_code": ["a", "b", "c", None], "enterprises": [100, 300, 500, 100]},
    schema={"place_code": pl.String, "enterprises": pl.UInt32},
)
CELLS = pl.DataFrame(
    {
        "place_code": ["a", "b", "c", None, "b", "c"],
        "industry": [0, 0, 0, 0, 1, 1],
        "enterprises": [40, 6, 4, 10, 30, 2],
    }
)


def test_expected_is_the_places_share_of_all_and_unknown_places_count() -> None:
    wanted = pl.DataFrame({"place_code": ["c", "a"], "industry": [1, 0]})
    found = quotients(CELLS, PLACES, wanted)
    assert found["place_code"].to_list() == ["c", "a"]
    assert found["enterprises"].to_list() == [2, 40]
    assert found["overall"].to_list() == [32, 60]
    assert found["expected"].to_list() == [16.0, 6.0]


def test_the_interval_is_that_of_the_measure() -> None:
    """The same prior and posterior as by hand, cell by cell."""
    wanted = pl.DataFrame({"place_code": ["a"], "industry": [0]})
    found = quotients(CELLS, PLACES, wanted).row(0, named=True)
    sizes = np.array([100, 100, 300, 500])  # the unknown place stands first
    prior = fit_gamma_poisson_sparse(
        [0, 1, 2, 3, 2, 3], [0, 0, 0, 0, 1, 1], [10, 40, 6, 4, 30, 2], sizes
    )
    one = posterior([40], [6.0], prior.at([0]))
    assert found["lq"] == pytest.approx(one.mean[0], abs=1e-4)
    assert found["lq_low"] == pytest.approx(one.low[0], abs=1e-4)
    assert found["lq_high"] == pytest.approx(one.high[0], abs=1e-4)


def test_a_place_and_an_industry_nobody_knows_are_silent() -> None:
    wanted = pl.DataFrame({"place_code": ["z", "a"], "industry": [0, 7]})
    found = quotients(CELLS, PLACES, wanted).with_columns(e=evidence())
    assert found["enterprises"].to_list() == [0, 0]
    assert found["expected"].to_list() == [0.0, 0.0]
    assert found["e"].to_list() == ["silent", "silent"]


@given(
    st.integers(0, 60),
    st.floats(0, 60),
    st.floats(0, 5),
    st.floats(0, 5),
)
def test_verdicts_keep_their_thresholds(
    enterprises: int, expected: float, low: float, width: float
) -> None:
    row = {
        "enterprises": [enterprises],
        "expected": [expected],
        "lq_low": [low],
        "lq_high": [low + width],
    }
    verdict = pl.DataFrame(row).select(e=evidence())["e"].item()
    if verdict == "supports":
        assert enterprises >= LEAST
        assert low > 1
    elif verdict == "contradicts":
        assert expected >= EXPECTED
        assert low + width < 1
    else:
        assert enterprises < LEAST or low <= 1
        assert expected < EXPECTED or low + width >= 1


def test_absence_is_never_no() -> None:
    nothing = pl.DataFrame(
        {"enterprises": [None, 0], "expected": [None, 4.9], "lq_low": [None, 0.0]},
        schema={"enterprises": pl.UInt32, "expected": pl.Float64, "lq_low": pl.Float64},
    ).with_columns(lq_high=pl.lit(0.5))
    assert nothing.select(e=evidence())["e"].to_list() == ["silent", "silent"]


def test_what_a_town_of_another_county_makes_is_not_covered_here() -> None:
    pairs = pl.DataFrame(
        {"place_code": ["a", "b", "a", "a"], "speciality": ["水泵", "水泵", "钢琴", "塑料模具"]}
    )
    covered = {"a": ["泵", "模具"]}
    assert uncovered(pairs, covered, 9).rows() == [("b", "水泵"), ("a", "钢琴")]
    assert uncovered(pairs, covered, 1).rows() == [("b", "水泵")]
    assert uncovered(pairs, {}, 0).is_empty()


def towns(*rows: tuple[int | None, bool, int | None, int | None]) -> pl.DataFrame:
    """Towns: minimum, whether the sector is inferred, plan, what counts; in bn."""
    names = ("minimum_cny", "sector_inferred", "planned_cny", "investment_cny")
    money = {name: pl.Decimal(20, 2) for name in names if name != "sector_inferred"}
    return pl.DataFrame(rows, schema=names, orient="row").with_columns(
        *(pl.col(name).cast(kind) for name, kind in money.items()),
        due_cny=pl.lit(1).cast(pl.Decimal(20, 2)),
    )


def test_the_issue_s_own_sum() -> None:
    """35 towns at 5 bn and 44 at 3 bn are 307 bn; the last 21 must bring 193 bn, 9.19 bn each."""
    bn = 1_000_000_000
    listed = towns(*[(5 * bn, True, None, 5 * bn)] * 35, *[(3 * bn, True, None, 3 * bn)] * 44)
    account = investment_account(listed, 100, Decimal(500 * bn))
    assert account.minima == 307 * bn
    assert account.missing == 193 * bn
    assert account.each == Decimal("9190476190.48")
    assert account.minima_low == 79 * 3 * bn
    assert account.minima_high == 79 * 5 * bn


def test_a_sum_without_a_target_or_a_place_left() -> None:
    listed = towns((5, False, 9, 9), (3, True, 8, 3), (None, True, None, None))
    account = investment_account(listed, 3, Decimal(100))
    assert account.minima == 8
    assert account.counted == 12
    assert account.plans == 1
    assert account.each is None
    assert account.missing == 92
    assert account.minima_low == 8
    assert account.minima_high == 10
    unaimed = investment_account(listed, None, None)
    assert (unaimed.missing, unaimed.each) == (None, None)
    assert investment_account(listed, 9, Decimal(5)).missing == 0
