import numpy as np
import pytest

from townworks.measures.zero_cells import DirectZeroCells, TabulatedZeroCells


@pytest.mark.parametrize("places", [1, 7, 3000])
def test_the_table_agrees_with_the_sum(places: int) -> None:
    rng = np.random.default_rng(places)
    size = np.round(rng.lognormal(6, 2, places)) + 1
    size[:1] = 1
    u = np.append(rng.uniform(-40, 10, 500), [-40.0, 10.0])
    found, true = TabulatedZeroCells.over(size, -40.0, 10.0).at(u), DirectZeroCells(size).at(u)
    np.testing.assert_allclose(found.value, true.value, rtol=1e-10)
    np.testing.assert_allclose(found.slope, true.slope, rtol=1e-8)
    np.testing.assert_allclose(found.curvature, true.curvature, rtol=1e-5, atol=1e-6 * places)


def test_empty_places_add_nothing() -> None:
    u = np.array([-2.0, 0.0])
    with_empty = DirectZeroCells(np.array([5.0, 0.0])).at(u)
    np.testing.assert_array_equal(with_empty.value, DirectZeroCells(np.array([5.0])).at(u).value)
