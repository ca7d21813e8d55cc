"""Values against closed forms and simulation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.measures.shrinkage import LEAST_SPREAD, shrink
from townworks.plans.request import Assumptions
from townworks.plans.valuing import (
    Record,
    Values,
    as_claimed,
    learn,
    realised_ratio,
    standard_scores,
    value_claims,
    value_effect,
)

NO_RECORD = Record(np.empty(0), np.empty(0, np.int64))
ONE = np.zeros(1, np.int64)


def test_values_of_one_group_are_drawn_by_the_share_of_noise() -> None:
    """James–Stein by moments: spread² = s² - error², weight = spread² / s²."""
    values, error = np.array([1.0, 2.0, 3.0, 6.0]), np.ones(4)
    found = shrink(values, error, np.zeros(4, np.int64))
    between = values.var(ddof=1) - 1
    weight = between / (between + 1)
    assert found.spread == pytest.approx(np.sqrt(between))
    assert found.mean == pytest.approx(3 + weight * (values - 3))
    centre = (between + 1) / 4
    assert found.deviation**2 == pytest.approx(
        (1 - weight) * between + (1 - weight) ** 2 * centre, rel=0.35
    )


def test_alike_values_keep_a_floor_of_spread() -> None:
    assert shrink(np.ones(5), np.ones(5), np.zeros(5, np.int64)).spread == LEAST_SPREAD


@given(st.integers(0, 10**6))
def test_shrunken_values_lie_between_value_and_centre(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values, group = rng.normal(size=20), rng.integers(0, 3, 20)
    values[rng.random(20) < 0.2] = np.nan
    found = shrink(values, rng.uniform(0.1, 2, 20), group)
    own = found.known
    low, high = np.minimum(values, found.centre), np.maximum(values, found.centre)
    assert ((found.mean >= low - 1e-9) & (found.mean <= high + 1e-9))[own].all()
    assert found.mean[~own] == pytest.approx(found.centre[~own])
    assert (found.deviation > 0).all()


def test_shrinking_beats_taking_values_as_they_are() -> None:
    """Mean squared error over simulated truths, which the estimator has not seen."""
    rng = np.random.default_rng(1)
    ours = raw = 0.0
    for _ in range(100):
        group = rng.integers(0, 4, 60)
        truth = rng.normal(0, 0.5, 4)[group] + rng.normal(0, 0.4, 60)
        seen = truth + rng.normal(0, 0.5, 60)
        ours += ((shrink(seen, np.full(60, 0.5), group).mean - truth) ** 2).mean()
        raw += ((seen - truth) ** 2).mean()
    assert ours < 0.6 * raw


def test_without_a_record_forecasts_are_taken_for_unbiased_and_doubtful() -> None:
    found = learn(NO_RECORD, 2, Assumptions(ratio_error=0.4))
    assert found.towns == 0
    assert found.error == pytest.approx(0.4)
    assert found.bias.tolist() == [0, 0]
    assert found.all_doubt == pytest.approx(0.3)
    assert found.sector_doubt == pytest.approx([0.15, 0.15])


def test_one_success_on_record_moves_little_and_many_move_nearly_all() -> None:
    one = learn(Record(np.log([1.164]), ONE), 2, Assumptions())
    assert 0 < one.bias[1] < one.bias[0] < 0.6 * np.log(1.164)
    many = learn(Record(np.full(400, np.log(0.7)), np.zeros(400, np.int64)), 2, Assumptions())
    assert many.bias[0] == pytest.approx(np.log(0.7), abs=0.02)
    assert many.error < 0.1


def test_who_claims_nothing_is_worth_what_its_sector_is_with_more_doubt() -> None:
    claims = np.array([100.0, 120.0, np.nan, 9_000.0, np.nan])
    sector = np.array([0, 0, 0, 1, 2])
    unstated = np.full(5, np.nan)
    found = value_claims(claims, sector, unstated, learn(NO_RECORD, 3, Assumptions()))
    assert found.basis == ["claim", "claim", "sector", "claim", "programme"]
    worth = found.expected()
    assert worth[2] < worth[3]
    assert found.log_deviation[2] > found.log_deviation[0]
    assert np.isfinite(worth).all()


def test_a_claim_of_nothing_stays_nothing_and_a_sure_one_is_hardly_moved() -> None:
    claims, sector = np.array([0.0, 50.0, 500.0]), np.zeros(3, np.int64)
    stated = np.array([np.nan, np.nan, 0.01])
    found = value_claims(claims, sector, stated, learn(NO_RECORD, 1, Assumptions()))
    assert found.expected()[0] == 0
    assert found.at(np.full(3, 2.0))[0] == 0
    assert np.exp(found.log_mean[2]) == pytest.approx(500, rel=0.01)


def test_expected_values_are_the_means_of_their_draws() -> None:
    claims, sector = np.array([10.0, 30.0, 90.0, np.nan]), np.array([0, 0, 1, 1])
    prior = learn(NO_RECORD, 2, Assumptions())
    growth = value_claims(claims, sector, np.full(4, np.nan), prior)
    planned = realised_ratio(np.array([5.0, 0.0, 7.0, 9.0]), sector, prior)
    scores = standard_scores(sector, 200_000, np.random.default_rng(3))
    values = Values({"a": growth, "b": planned}, {"a": 2.0, "b": 1.0}, scores)
    assert values.draws().mean(axis=0) == pytest.approx(values.expected(), rel=0.02)
    low, high = values.interval()
    inside = (values.draws() >= low) & (values.draws() <= high)
    assert inside.mean(axis=0) == pytest.approx(np.full(4, 0.95), abs=0.01)


def test_towns_share_what_is_assumed_of_a_claim_that_says_nothing_of_its_own() -> None:
    """Of σ² all share a tenth and a sector 0.15; the doubts of the biases are shared wholly."""
    sector = np.repeat([0, 1], 60)
    claims = np.exp(np.random.default_rng(2).normal(18, 1.0, 120))
    prior = learn(NO_RECORD, 2, Assumptions(ratio_error=0.4))
    found = value_claims(claims, sector, np.full(120, np.nan), prior)
    assert found.doubts[0] == pytest.approx(np.sqrt(0.3**2 + 0.1 * 0.4**2))
    scores = standard_scores(sector, 50_000, np.random.default_rng(1))
    assert scores.std(axis=0) == pytest.approx(np.ones((4, 120)), abs=0.02)
    correlation = np.corrcoef(np.log(found.drawn(scores))[:, [0, 1, 60]].T)
    whole = found.log_deviation
    assert correlation[0, 2] == pytest.approx(
        found.doubts[0, 0] ** 2 / whole[0] / whole[60], abs=0.02
    )
    both = (found.doubts[:2, 0] ** 2).sum()
    assert correlation[0, 1] == pytest.approx(both / whole[0] / whole[1], abs=0.02)


def test_a_record_of_one_round_never_tells_what_the_next_has_in_common() -> None:
    """Closed form for endless towns of two sectors: the round's own errors stay in doubt."""
    rng = np.random.default_rng(4)
    record = Record(rng.normal(-0.2, 0.5, 1_000), np.repeat([0, 1], 500))
    found = learn(record, 2, Assumptions())
    prior = 0.3**2 + 0.15**2 * np.eye(2)
    noise = found.error**2 * (0.1 + 0.15 * np.eye(2))
    left = prior - prior @ np.linalg.inv(prior + noise) @ prior
    assert found.all_doubt**2 == pytest.approx(left[0, 1], rel=0.02)
    assert found.sector_doubt**2 == pytest.approx(np.diag(left) - left[0, 1], rel=0.02)
    alone = learn(record, 2, Assumptions(shared=0.0, sector_shared=0.0))
    assert np.hypot(alone.all_doubt, alone.sector_doubt).max() < 0.03


def test_an_error_that_a_group_shares_draws_the_group_to_all() -> None:
    """Closed form for many values a group: share between² / (between² + shared²) of its mean."""
    rng = np.random.default_rng(5)
    group = np.repeat(np.arange(6), 4_000)
    level = np.array([-1.0, -0.6, -0.2, 0.2, 0.6, 1.0])
    values = level[group] + rng.normal(0, 0.5, len(group))
    error = np.full(len(group), 0.3)
    found = shrink(values, error, group, np.full(6, 0.4))
    between = level.var(ddof=1) - 0.4**2
    share = between / (between + 0.4**2)
    assert found.centre[::4_000] == pytest.approx(share * level, abs=0.02)
    prior = between * 0.4**2 / (between + 0.4**2)
    weight = 0.16 / 0.25
    overall = (1 - share) ** 2 * (between + 0.4**2) / 6
    assert found.common[0] ** 2 == pytest.approx(prior + overall, rel=0.03)
    assert found.mean - found.centre == pytest.approx(weight * (values - level[group]), abs=0.06)


def test_a_published_effect_works_on_what_a_place_has() -> None:
    base = np.array([100.0, np.nan, 300.0])
    prior = learn(NO_RECORD, 1, Assumptions())
    found = value_effect(base, np.zeros(3, np.int64), (0.2, 0.1), prior)
    mean = np.exp(0.2 + 0.1**2 / 2) - 1
    assert found.expected()[[0, 2]] == pytest.approx(base[[0, 2]] * mean, rel=1e-3)
    assert found.basis == ["effect", "sector", "effect"]
    worst = found.at(np.full(3, -4.0))
    assert (worst[[0, 2]] < 0).all()


def test_as_claimed_takes_every_claim_for_true() -> None:
    claims, sector = np.array([10.0, np.nan]), np.zeros(2, np.int64)
    prior = learn(NO_RECORD, 1, Assumptions())
    value = value_claims(claims, sector, np.full(2, np.nan), prior)
    found = as_claimed(Values({"a": value}, {"a": 1.0}, np.ones((1, 4, 2)))).expected()
    assert found[0] == pytest.approx(10)
    assert found[1] == pytest.approx(value.expected()[1])
