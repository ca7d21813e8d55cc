"""Input–output arithmetic against the two-sector table of Miller & Blair, and its identities."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from townworks.errors import RequestError
from townworks.measures import linkages as io

Z, X = [[150, 500], [200, 100]], [1000, 2000]


def test_two_sectors_of_miller_and_blair() -> None:
    a = io.technical_coefficients(Z, X)
    assert io.leontief_inverse(a).round(8).tolist() == [
        [1.25412541, 0.330033],
        [0.2640264, 1.12211221],
    ]
    b = io.allocation_coefficients(Z, X)
    assert io.leontief_inverse(b).round(8).tolist() == [
        [1.25412541, 0.66006601],
        [0.1320132, 1.12211221],
    ]
    assert io.backward_linkages(Z, X).round(8).tolist() == [1.51815182, 1.45214521]
    assert io.upstreamness(Z, X).round(8).tolist() == [1.91419142, 1.25412541]


def test_distortion_centrality_of_the_same_table() -> None:
    assert io.distortion_centrality(Z, X, 0.1).round(8).tolist() == [1.0448587, 0.97941187]
    assert io.distortion_centrality(Z, X, 0).tolist() == pytest.approx([1, 1], abs=1e-12)


_TABLES = st.integers(1, 6).flatmap(lambda n: arrays(np.float64, (n, n), elements=st.floats(0, 10)))


@given(_TABLES, st.floats(5, 50))
def test_identities_hold_in_any_table(z: np.ndarray, demand: float) -> None:
    final = np.full(len(z), demand)
    x = z.sum(axis=1) + final
    up = io.upstreamness(z, x)
    assert (up >= 1 - 1e-12).all()
    assert np.allclose(up[z.sum(axis=1) == 0], 1)
    series, step = np.zeros(len(z)), np.ones(len(z))
    b = io.allocation_coefficients(z, x)
    for _ in range(600):
        series, step = series + step, b @ step
    assert np.allclose(up, series, rtol=1e-4)
    if np.abs(np.linalg.eigvals(z / x)).max() < 0.999:
        assert np.allclose(io.leontief_inverse(z / x) @ final, x)


def test_trade_takes_exports_out_and_imports_in() -> None:
    closed = io.upstreamness(Z, X)
    assert (io.upstreamness(Z, X, exports=[100, 0]) >= closed).all()
    assert (io.upstreamness(Z, X, imports=[100, 0]) <= closed).all()


@pytest.mark.parametrize(
    ("z", "x", "problem"),
    [
        ([[1, 2]], [3], "the shape"),
        ([[1]], [0], "no output"),
        ([[3]], [2], "uses up what it makes"),
        ([[-1]], [2], "below 0"),
    ],
)
def test_tables_that_are_none_are_refused(z: object, x: object, problem: str) -> None:
    with pytest.raises(RequestError, match=problem):
        io.upstreamness(z, x)  # type: ignore[arg-type]


def test_exports_beyond_output_are_refused() -> None:
    with pytest.raises(RequestError, match="no use at home"):
        io.upstreamness(Z, X, exports=[1000, 0])
