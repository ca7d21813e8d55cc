"""Published numbers, and numbers reproduced with other programs (R `MASS`, `REAT`)."""

import csv
from pathlib import Path

import numpy as np
import pytest

from townworks.measures import (
    GammaPrior,
    ellison_glaeser,
    fit_gamma_poisson,
    garwood_interval,
    log_odds,
    posterior,
)
from townworks.measures.arrays import FloatArray


@pytest.fixture(scope="module")
def scotland(oracles_path: Path) -> tuple[FloatArray, FloatArray]:
    """Lip cancer, 56 districts (Clayton & Kaldor 1987): cases and expected cases, (56,) each."""
    with (oracles_path / "scotland.csv").open(encoding="utf-8") as file:
        rows = [(float(row["cases"]), float(row["expected"])) for row in csv.DictReader(file)]
    cases, expected = np.array(rows).T
    return cases, expected


@pytest.mark.shared
def test_scotland_prior(scotland: tuple[FloatArray, FloatArray]) -> None:
    found = fit_gamma_poisson(*scotland)
    assert float(found.shape) == pytest.approx(1.8794900, abs=1e-6)
    assert float(np.log(found.mean)) == pytest.approx(0.3521066, abs=1e-7)
    assert float(found.log_likelihood) == pytest.approx(-181.57607, abs=1e-5)


@pytest.mark.shared
def test_scotland_posterior(scotland: tuple[FloatArray, FloatArray]) -> None:
    cases, expected = scotland
    found = posterior(cases, expected, fit_gamma_poisson(cases, expected))
    first_six = [3.9973625, 4.0791107, 2.9802133, 2.8467917, 3.0025773, 2.6545872]
    np.testing.assert_allclose(found.mean[:6], first_six, atol=1e-6)
    np.testing.assert_allclose(found.mean[cases == 0], [0.3403845, 0.6020789], atol=1e-6)
    np.testing.assert_allclose([found.low[0], found.high[0]], [1.98649, 6.69950], atol=1e-5)
    assert found.probability[0] == pytest.approx(0.99985, abs=5e-6)


def test_scotland_first_district_from_the_published_prior() -> None:
    prior = GammaPrior(np.array(1.8794900), np.array(np.exp(0.3521066)), np.array(-181.57607))
    found = posterior([9], [1.4], prior)
    assert found.mean[0] == pytest.approx(3.9973625, abs=1e-6)
    np.testing.assert_allclose([found.low[0], found.high[0]], [1.98649, 6.69950], atol=1e-5)


def test_garwood_interval() -> None:
    found = garwood_interval(30, 10.0)
    np.testing.assert_allclose([found.low, found.high], [2.0241, 4.2827], atol=5e-5)


def test_log_odds_with_informative_prior() -> None:
    prior = 500 * 130 / 11000
    assert prior == pytest.approx(5.909091, abs=1e-6)
    found = log_odds((30, 1000), (100, 10000), (prior, 500))
    assert float(found.difference) == pytest.approx(0.878412, abs=1e-6)
    assert float(found.variance) == pytest.approx(0.0372902, abs=1e-7)
    assert float(found.z) == pytest.approx(4.548847, abs=1e-6)


def test_ellison_glaeser_of_ten_firms() -> None:
    """Farhauer & Kröll 2014, as in R `REAT`: Wien, Linz, Graz."""
    jobs = [200, 650, 12000, 100, 50, 16000, 13000, 1500, 1500, 25000]
    found = ellison_glaeser(jobs, [0] * 5 + [1] * 4 + [2], [500000, 400000, 100000])
    assert float(found.raw) == pytest.approx(0.16816327, abs=1e-8)
    assert float(found.plants) == pytest.approx(0.24468878, abs=1e-8)
    assert float(found.gamma) == pytest.approx(0.05990628, abs=1e-8)
    assert float(found.z) == pytest.approx(0.19590020, abs=1e-8)
    assert float(found.gamma_ms) == pytest.approx(-0.43576255, abs=1e-8)
