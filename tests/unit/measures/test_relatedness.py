"""Proximity, density and complexity against double loops and closed forms."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from townworks.measures.relatedness import complexity, proximity, relatedness_density

_PRESENCE = st.tuples(st.integers(1, 7), st.integers(1, 6)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(0, 1))
)


@given(_PRESENCE)
def test_proximity_is_the_smaller_conditional_share(x: np.ndarray) -> None:
    near = proximity(x)
    for i in range(x.shape[1]):
        for j in range(x.shape[1]):
            both = (x[:, i] & x[:, j]).sum()
            given_i, given_j = both / max(x[:, i].sum(), 1), both / max(x[:, j].sum(), 1)
            assert np.isclose(near[i, j], 0 if i == j else min(given_i, given_j))


@given(_PRESENCE)
def test_density_is_the_share_of_what_is_near(x: np.ndarray) -> None:
    near = proximity(x)
    found = relatedness_density(x, near)
    for p in range(x.shape[0]):
        for j in range(x.shape[1]):
            total = sum(near[i, j] for i in range(x.shape[1]))
            own = sum(near[i, j] for i in range(x.shape[1]) if x[p, i])
            assert np.isclose(found[p, j], own / total if total else 0)


@given(_PRESENCE)
def test_places_may_stand_in_any_order(x: np.ndarray) -> None:
    assert np.allclose(proximity(x), proximity(x[::-1]))


def test_complexity_of_nested_places_falls_with_what_they_have() -> None:
    nested = np.tril(np.ones((6, 6)))
    found = complexity(nested)
    assert (np.diff(found) > 0).all()
    assert np.isclose(found.mean(), 0)
    assert np.isclose(found.std(), 1)


def test_complexity_is_where_the_method_of_reflections_goes() -> None:
    rng = np.random.default_rng(4)
    x = (rng.random((9, 12)) < np.linspace(0.25, 0.9, 9)[:, None]).astype(float)
    x[:, x.sum(axis=0) == 0] = 1
    step = (x / x.sum(axis=1, keepdims=True)) @ (x / x.sum(axis=0)).T
    value = x.sum(axis=1)
    for _ in range(2_000):
        value = step @ value
        value = (value - np.average(value, weights=x.sum(axis=1))) / value.std()
    value = (value - value.mean()) / value.std()
    assert np.allclose(np.abs(complexity(x)), np.abs(value), atol=1e-6)


def test_a_place_without_anything_is_not_known() -> None:
    assert np.isnan(complexity([[1, 1], [0, 0], [1, 0]])[1])
