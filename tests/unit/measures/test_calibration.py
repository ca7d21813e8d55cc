import numpy as np
import pytest
from scipy import special

from townworks.errors import RequestError
from townworks.measures import Coverage, split_half_coverage
from townworks.measures import calibration as module


def coverage(seed: int, *, surprise: bool = False) -> Coverage:
    rng = np.random.default_rng(seed)
    size = np.round(rng.lognormal(8, 0.8, 90))
    share = 10 ** rng.uniform(-4, -2, 400)
    alpha = np.exp(rng.normal(0.2, 0.5, 400))
    counts = rng.poisson(rng.gamma(alpha, 1 / alpha, (90, 400)) * share * size[:, None])
    first = rng.binomial(counts, 0.5)
    second = rng.permutation(counts - first) if surprise else counts - first
    place, industry = counts.nonzero()
    halves = np.stack([first[place, industry], second[place, industry]])
    return split_half_coverage(place, industry, halves, np.stack([size, size]) / 2, rng)


def test_one_half_predicts_the_other_as_often_as_said() -> None:
    found = coverage(1)
    assert len(found.cell) > 5000
    assert 0.94 < found.calibrated.mean() < 0.96
    assert found.covered.mean() >= found.calibrated.mean()
    assert 0.94 < found.covered.mean() < 0.98


def test_a_half_that_is_unlike_the_first_is_found_out() -> None:
    assert coverage(2, surprise=True).calibrated.mean() < 0.7


def test_the_generator_alone_decides_ties() -> None:
    np.testing.assert_array_equal(coverage(3).calibrated, coverage(3).calibrated)


def test_negative_binomial_sums_to_its_distribution() -> None:
    shape, chance = np.array([2.5]), np.array([0.3])
    k = np.arange(12.0)
    log_mass = special.gammaln(shape + k) - special.gammaln(shape) - special.gammaln(k + 1)
    mass = np.exp(log_mass + shape * np.log(chance) + k * np.log1p(-chance))
    found = [module._negative_binomial([n], shape, chance)[0] for n in range(-1, 12)]
    np.testing.assert_allclose(found, np.append(0.0, np.cumsum(mass)))


def test_empty_cells_cannot_be_asked_about() -> None:
    with pytest.raises(RequestError, match="least is 0, but cells that are empty in both"):
        split_half_coverage([0], [0], [[1], [1]], [[9], [9]], np.random.default_rng(0), least=0)
