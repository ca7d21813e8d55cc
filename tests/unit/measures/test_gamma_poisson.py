import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special

from townworks.errors import RequestError
from townworks.measures import GammaPrior, fit_gamma_poisson, fit_gamma_poisson_sparse, posterior
from townworks.measures import gamma_poisson as module
from townworks.measures.arrays import FloatArray, IntArray
from townworks.measures.zero_cells import DirectZeroCells, TabulatedZeroCells


def negative_binomial(x: FloatArray, n: FloatArray, e: FloatArray) -> float:
    """Log-likelihood (2), written out plainly. x: (log α, log m)."""
    alpha, m = np.exp(x)
    p = e * m / (alpha + e * m)
    terms = special.gammaln(alpha + n) - special.gammaln(alpha) - special.gammaln(n + 1)
    return float((terms + n * np.log(p) + alpha * np.log1p(-p)).sum())


def simulate(
    n_places: int, n_industries: int, seed: int, alpha_spread: float = 0.5
) -> tuple[IntArray, IntArray, FloatArray]:
    """Counts (n_places, n_industries), place totals, and the true quotients."""
    rng = np.random.default_rng(seed)
    size = np.round(rng.lognormal(8, 0.8, n_places)).astype(np.int64)
    share = 10 ** rng.uniform(-4.5, -2.0, n_industries)
    alpha = np.exp(rng.normal(0.3, alpha_spread, n_industries))
    rate = rng.gamma(alpha, 1 / alpha, (n_places, n_industries)) * share
    counts = rng.poisson(rate * size[:, None])
    overall = (rate * size[:, None]).sum(0) / size.sum()
    return counts, size, rate / overall


def fit_table(counts: IntArray, size: IntArray) -> GammaPrior:
    place, industry = counts.nonzero()
    return fit_gamma_poisson_sparse(place, industry, counts[place, industry], size)


@pytest.mark.parametrize("seed", range(8))
def test_one_industry_matches_a_general_optimiser(seed: int) -> None:
    rng = np.random.default_rng(seed)
    e = rng.lognormal(0.5, 1.0, 60)
    n = rng.poisson(e * rng.gamma(rng.uniform(0.3, 4), rng.uniform(0.2, 2), 60))
    found = fit_gamma_poisson(n, e)

    def loss(x: FloatArray) -> float:
        return -negative_binomial(x, n.astype(float), e)

    best = optimize.minimize(
        loss,
        np.zeros(2),
        method="Nelder-Mead",
        options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000},
    )
    assert float(found.log_likelihood) == pytest.approx(-best.fun, abs=1e-8)
    np.testing.assert_allclose([found.shape, found.mean], np.exp(best.x), rtol=1e-5)


def test_derivatives_match_differences() -> None:
    counts, size, _ = simulate(30, 6, 4)
    place, industry = counts.nonzero()
    share = np.log(counts.sum(0) / size.sum())
    sizes = size.astype(float)
    cells = module._Cells(industry, counts[place, industry], sizes[place], share)
    likelihood = module._Likelihood(cells, DirectZeroCells(sizes))
    x, step = np.random.default_rng(5).normal(0, 0.5, (2, 6)), 1e-5
    terms = likelihood.at(x)
    for row in (0, 1):
        ahead, behind = x.copy(), x.copy()
        ahead[row] += step
        behind[row] -= step
        after, before = likelihood.at(ahead), likelihood.at(behind)
        slope = (after.value - before.value) / (2 * step)
        bend = (after.gradient - before.gradient) / (2 * step)
        np.testing.assert_allclose(terms.gradient[row], slope, rtol=1e-6, atol=1e-5)
        np.testing.assert_allclose(terms.hessian[row : row + 2], bend, rtol=1e-6, atol=1e-5)


def test_many_without_a_second_level_equal_one_by_one() -> None:
    counts, size, _ = simulate(80, 25, 6)
    counts = counts[:, counts.sum(0) > 30]
    place, industry = counts.nonzero()
    share = counts.sum(0) / size.sum()
    sizes = size.astype(float)
    cells = module._Cells(industry, counts[place, industry], sizes[place], np.log(share))
    zeros = TabulatedZeroCells.over(sizes, *module._range_of_u(np.log(share)))
    many = module._ascend(
        module._Likelihood(cells, zeros), cells.start(), module._Level.flat(), learn=False
    )
    for k, column in enumerate(counts.T):
        alone = fit_gamma_poisson(column, sizes * share[k])
        assert float(alone.log_likelihood) == pytest.approx(many.value[k], abs=1e-7)
        np.testing.assert_allclose(np.exp(many.x[:, k]), [alone.shape, alone.mean], rtol=1e-4)


def test_many_maximise_likelihood_times_the_second_level() -> None:
    counts, size, _ = simulate(40, 60, 7)
    found = fit_table(counts, size)
    present = np.flatnonzero(counts.sum(0)[: len(found.shape)])
    # the level that was learned: from the first-order condition of two industries
    e = size[:, None] * counts.sum(0) / size.sum()

    def slope(k: int) -> float:
        x = np.log([found.shape[k], found.mean[k]])
        h = np.array([1e-4, 0])
        column = counts[:, k].astype(float), e[:, k]
        return (negative_binomial(x + h, *column) - negative_binomial(x - h, *column)) / 2e-4

    log_alpha = np.log(found.shape[present])
    slopes = np.array([slope(int(k)) for k in present])
    precision, intercept = np.polyfit(log_alpha, slopes, 1)
    np.testing.assert_allclose(slopes, precision * log_alpha + intercept, atol=1e-4)
    assert precision > 0


def test_the_second_level_is_recovered() -> None:
    counts, size, _ = simulate(300, 800, 8, alpha_spread=0.4)
    found = fit_table(counts, size)
    known = counts.sum(0)[: len(found.shape)] > 300
    assert np.log(found.shape[known]).mean() == pytest.approx(0.3, abs=0.05)
    assert np.log(found.shape[known]).std() == pytest.approx(0.4, abs=0.06)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    counts, size, theta = simulate(150, 600, 9)
    found = fit_table(counts, size)
    total = counts.sum(0)
    place, industry = np.divmod(np.arange(counts.size), counts.shape[1])
    expected = size[place] * total[industry] / size.sum()
    for few, many in ((20, 100), (100, 1000), (1000, 10**9)):
        asked = (total[industry] >= few) & (total[industry] < many)
        c, i = place[asked], industry[asked]
        estimate = posterior(counts[c, i], expected[asked], found.at(i))
        truth = theta[c, i]
        assert 0.93 < ((estimate.low <= truth) & (truth <= estimate.high)).mean() < 0.97
        assert estimate.probability.mean() == pytest.approx((truth > 1).mean(), abs=0.02)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10**6))
def test_the_order_of_places_industries_and_cells_is_of_no_consequence(seed: int) -> None:
    counts, size, _ = simulate(12, 8, seed)
    counts[0] += 1
    rng = np.random.default_rng(seed)
    plain = fit_table(counts, size)
    places, industries = rng.permutation(12), rng.permutation(8)
    moved = fit_table(counts[places][:, industries], size[places])
    np.testing.assert_allclose(moved.shape, plain.shape[industries], rtol=1e-6)
    np.testing.assert_allclose(moved.mean, plain.mean[industries], rtol=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 400), min_size=2, max_size=12), st.floats(1e-6, 1e6))
def test_a_change_of_unit_of_expected_changes_the_mean_alone(n: list[int], unit: float) -> None:
    e = np.arange(1.0, len(n) + 1)
    plain, scaled = fit_gamma_poisson(n, e), fit_gamma_poisson(n, e * unit)
    assert float(scaled.mean * unit) == pytest.approx(float(plain.mean), rel=1e-6)
    assert float(scaled.log_likelihood) == pytest.approx(float(plain.log_likelihood), abs=1e-6)


def test_counts_of_no_more_than_chance_end_at_the_bound() -> None:
    found = fit_gamma_poisson([10] * 20, [10.0] * 20)
    assert float(found.shape) > 0.99 * module.SHAPE_BOUNDS[1]
    assert float(found.mean) == pytest.approx(1.0)


def test_an_industry_that_nowhere_exists_has_a_quotient_of_nought() -> None:
    prior = fit_gamma_poisson([0, 0], [3.0, 4.0])
    estimate = posterior([0, 0], [3.0, 4.0], prior)
    assert estimate.mean.tolist() == estimate.high.tolist() == [0.0, 0.0]
    assert estimate.probability.tolist() == [0.0, 0.0]


def test_an_industry_of_one_enterprise_stays_near_what_is_typical() -> None:
    counts, size, _ = simulate(100, 200, 10, alpha_spread=0.2)
    counts[:, 0] = 0
    counts[:, 1] = 0
    counts[5, 1] = 1
    found = fit_table(counts, size)
    typical = np.exp(np.median(np.log(found.shape)))
    assert 0.5 < found.shape[1] / typical < 2
    assert 0.5 < found.shape[0] / typical < 2
    assert found.log_likelihood[0] == 0
    assert found.covariance[1, 1, 1] > np.median(found.covariance[:, 1, 1])


def test_no_cells_at_all() -> None:
    found = fit_gamma_poisson_sparse([], [], [], [10, 20])
    assert found.shape.shape == (0,)
    found = fit_gamma_poisson_sparse([0], [2], [0], [10, 20])
    assert found.mean.tolist() == [1.0, 1.0, 1.0]


def test_cells_of_zero_may_be_given() -> None:
    counts, size, _ = simulate(10, 5, 11)
    place, industry = np.divmod(np.arange(50), 5)
    dense = fit_gamma_poisson_sparse(place, industry, counts.ravel(), size)
    np.testing.assert_array_equal(
        dense.shape[: len(fit_table(counts, size).shape)], fit_table(counts, size).shape
    )


def test_trigamma() -> None:
    x = np.geomspace(1e-3, 1e6, 400)
    np.testing.assert_allclose(module.trigamma(x), special.polygamma(1, x), rtol=1e-12)


def test_errors_say_what_to_do() -> None:
    with pytest.raises(
        RequestError, match=r"1 places have enterprises where none are expected\. C"
    ):
        fit_gamma_poisson([3, 1], [0.0, 2.0])
    with pytest.raises(RequestError, match="observed has 1 of 2 values that are not whole"):
        fit_gamma_poisson([3, 1.5], [1.0, 2.0])
    with pytest.raises(RequestError, match=r"observed \(2,\), expected \(1,\)"):
        fit_gamma_poisson([3, 1], [1.0])
    with pytest.raises(RequestError, match="place has index 7, but place_totals has 2 values"):
        fit_gamma_poisson_sparse([0, 7], [0, 0], [1, 1], [5, 5])
    with pytest.raises(RequestError, match="1 cells have enterprises in a place whose total is 0"):
        fit_gamma_poisson_sparse([0, 1], [0, 0], [1, 1], [5, 0])
