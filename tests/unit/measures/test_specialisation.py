from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import special

from townworks.errors import RequestError
from townworks.measures import (
    GammaPrior,
    expected_counts,
    false_discovery,
    garwood_interval,
    location_quotient,
    log_odds,
    posterior,
)

tables = arrays(np.int64, (4, 3), elements=st.integers(1, 500))
quantities = st.floats(0.01, 500)


def prior_of(shape: float, mean: float) -> GammaPrior:
    return GammaPrior(np.array(shape), np.array(mean), np.array(0.0))


@given(tables, st.integers(2, 50))
def test_location_quotient_knows_no_unit(counts: Any, factor: int) -> None:
    np.testing.assert_allclose(location_quotient(counts * factor), location_quotient(counts))


@given(tables)
def test_location_quotients_average_to_one(counts: Any) -> None:
    weights = counts.sum(1) / counts.sum()
    np.testing.assert_allclose(weights @ location_quotient(counts), 1.0)


def test_location_quotient_of_nothing_is_unknown() -> None:
    found = location_quotient([[2, 0], [0, 0]])
    assert found[0, 0] == 1
    assert np.isnan(found[1]).all()
    assert np.isnan(location_quotient(np.zeros((2, 2)))).all()
    assert expected_counts(np.zeros((2, 2))).tolist() == [[0, 0], [0, 0]]


@given(st.integers(0, 2000), quantities)
def test_garwood_bounds_leave_half_the_rest_on_each_side(n: int, expected: float) -> None:
    found = garwood_interval(n, expected, 0.9)
    assert special.pdtr(n, found.high * expected) == pytest.approx(0.05, rel=1e-6)
    if n:
        assert special.pdtrc(n - 1, found.low * expected) == pytest.approx(0.05, rel=1e-6)
    else:
        assert found.low == 0


def test_garwood_needs_something_expected() -> None:
    with pytest.raises(RequestError, match=r"expected is 0 in 1 of 2 cells\. Leave out"):
        garwood_interval([1, 2], [0.0, 1.0])


@given(st.integers(0, 500), quantities, st.floats(0.05, 100), st.floats(0.05, 20))
def test_posterior_mean_lies_between_prior_and_ratio(
    n: int, expected: float, shape: float, mean: float
) -> None:
    found = posterior([n], [expected], prior_of(shape, mean))
    low, high = sorted((mean, n / expected))
    assert low * (1 - 1e-9) <= found.mean[0] <= high * (1 + 1e-9)
    assert found.low[0] <= found.high[0]
    assert found.low[0] <= found.mean[0]
    if n + shape > 0.2:  # a Gamma of shape 0.1 has its mean above its 97.5 % point
        assert found.mean[0] <= found.high[0]


@given(st.integers(0, 500), quantities, st.floats(0.3, 100), st.floats(0, 0.5))
def test_posterior_rises_with_the_count(n: int, expected: float, shape: float, v: float) -> None:
    doubt = np.array([[v, 0.1 * v], [0.1 * v, v]])
    prior = GammaPrior(np.array(shape), np.array(1.0), np.array(0.0), doubt)
    found = posterior([n, n + 1], [expected, expected], prior)
    assert found.mean[1] > found.mean[0]
    assert found.high[1] > found.high[0]
    found = posterior([n, n + 1], [expected, expected], prior_of(shape, 1.0))
    assert found.low[1] > found.low[0]
    assert found.probability[1] >= found.probability[0]


def test_posterior_is_the_conjugate_one_if_the_prior_is_known() -> None:
    found = posterior([7.0], [2.0], prior_of(3.0, 1.5), threshold=2.0, level=0.8)
    shape, rate = 10.0, 4.0
    assert found.mean[0] == pytest.approx(shape / rate)
    assert found.low[0] == pytest.approx(special.gammaincinv(shape, 0.1) / rate)
    assert found.high[0] == pytest.approx(special.gammaincinv(shape, 0.9) / rate)
    assert found.probability[0] == pytest.approx(special.gammaincc(shape, 2 * rate))
    assert (found.shape[0], found.scale[0]) == pytest.approx((shape, 1 / rate))


def test_posterior_averages_over_an_unsure_prior() -> None:
    doubt = np.array([[0.16, 0.05], [0.05, 0.09]])
    prior = GammaPrior(np.array(2.0), np.array(1.2), np.array(0.0), doubt)
    found = posterior([3], [2.5], prior)
    draws = np.random.default_rng(1).multivariate_normal(np.log([2.0, 1.2]), doubt, 400_000)
    alpha, m = np.exp(draws.T)
    scale = m / (alpha + 2.5 * m)
    mean = (alpha + 3) * scale
    assert found.mean[0] == pytest.approx(mean.mean(), rel=2e-3)
    variance = ((alpha + 3) * scale**2).mean() + mean.var()
    assert found.shape[0] * found.scale[0] ** 2 == pytest.approx(variance, rel=1e-2)
    sure = posterior([3], [2.5], prior_of(2.0, 1.2))
    assert found.high[0] - found.low[0] > sure.high[0] - sure.low[0]


@given(st.integers(0, 90), st.integers(0, 900))
def test_log_odds_change_sign_with_the_sides(here: int, elsewhere: int) -> None:
    sides, prior = ((here, 100), (elsewhere, 1000)), (5.0, 50.0)
    found, turned = log_odds(*sides, prior), log_odds(*sides[::-1], prior)
    assert found.difference == pytest.approx(-turned.difference)
    assert found.variance == pytest.approx(turned.variance)


def test_log_odds_need_a_prior_inside_its_total() -> None:
    with pytest.raises(RequestError, match="1 prior counts are not strictly between 0 and"):
        log_odds((3, 10), (5, 90), (np.array([0.0, 1.0]), 10))


@given(arrays(np.float64, 30, elements=st.floats(0, 1)), st.floats(0.001, 0.5))
def test_false_discovery_keeps_its_rate_and_wastes_none(null: Any, rate: float) -> None:
    chosen = false_discovery(null, rate)
    if chosen.any():
        assert null[chosen].mean() <= rate + 1e-12
    if not chosen.all():
        assert null[~chosen].min() > null[chosen].max(initial=-1)
        following = null[~chosen].min()
        assert null[null <= following].mean() > rate - 1e-12


def test_false_discovery_of_nothing() -> None:
    assert false_discovery([0.9, 0.8]).tolist() == [False, False]
    assert false_discovery([]).tolist() == []
