import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.errors import RequestError
from townworks.measures import ellison_glaeser, ellison_glaeser_counts

PLACES = np.array([500.0, 300.0, 150.0, 50.0])


@given(st.lists(st.integers(0, 3), min_size=2, max_size=40))
def test_counts_are_plants_of_one_size(place: list[int]) -> None:
    plants = ellison_glaeser(np.ones(len(place)), place, PLACES)
    cells, n = np.unique(place, return_counts=True)
    counts = ellison_glaeser_counts(cells, np.zeros_like(cells), n, PLACES)
    for name in ("gamma", "variance", "z", "gamma_ms", "raw", "plants"):
        np.testing.assert_allclose(getattr(counts, name)[0], getattr(plants, name), atol=1e-12)


@given(st.floats(0.01, 1000), st.permutations(range(4)))
def test_units_and_the_order_of_places_are_of_no_consequence(unit: float, order: list[int]) -> None:
    jobs, place = np.array([5.0, 8.0, 1.0, 20.0, 3.0]), np.array([0, 0, 1, 3, 2])
    plain = ellison_glaeser(jobs, place, PLACES)
    moved = ellison_glaeser(jobs * unit, np.argsort(order)[place], PLACES[order] * unit)
    assert float(moved.gamma) == pytest.approx(float(plain.gamma))
    assert float(moved.z) == pytest.approx(float(plain.z))


def test_plants_thrown_at_random_have_mean_zero_and_the_stated_variance() -> None:
    rng = np.random.default_rng(1)
    jobs = rng.lognormal(2, 1, 30)
    throws = rng.choice(4, (20_000, 30), p=PLACES / PLACES.sum())
    z = jobs / jobs.sum()
    s = np.stack([(z * (throws == c)).sum(1) for c in range(4)], axis=1)
    raw = ((s - PLACES / PLACES.sum()) ** 2).sum(1)
    found = [ellison_glaeser(jobs, throw, PLACES) for throw in throws[:2000]]
    assert np.mean([float(f.gamma) for f in found]) == pytest.approx(0, abs=0.005)
    assert np.mean([float(f.gamma_ms) for f in found]) == pytest.approx(0, abs=0.01)
    assert raw.var() == pytest.approx(float(found[0].variance), rel=0.05)


def test_an_industry_of_one_plant_or_none_has_no_index() -> None:
    found = ellison_glaeser_counts([0, 1, 1], [0, 2, 0], [3, 1, 2], PLACES)
    assert np.isnan(found.gamma[[1, 2]]).all()
    assert np.isnan(found.raw[1])
    assert np.isfinite(found.gamma[0])
    assert np.isnan(float(ellison_glaeser([7.0], [2], PLACES).gamma_ms))


def test_one_industry_all_in_one_place_is_as_clustered_as_can_be() -> None:
    found = ellison_glaeser_counts([3], [0], [100], PLACES)
    assert found.gamma_ms[0] == pytest.approx(1.0)
    assert found.z[0] > 50


def test_errors_say_what_to_do() -> None:
    with pytest.raises(RequestError, match=r"The industry has no jobs\. Leave it out"):
        ellison_glaeser([0, 0], [0, 1], PLACES)
    with pytest.raises(RequestError, match=r"place has index 9, but there are totals for 4 places"):
        ellison_glaeser_counts([9], [0], [1], PLACES)
    with pytest.raises(
        RequestError, match=r"All enterprises are in one place\. Use a finer zoning"
    ):
        ellison_glaeser_counts([0], [0], [5], [10, 0])
    with pytest.raises(RequestError, match="place_totals are all 0"):
        ellison_glaeser([1.0], [0], [0.0])
