"""What cells without enterprises say: Z(u) = Σ_c log(1 + N_c e^u), the last term of the likelihood.

For the share s_i of industry i, with E_ci = N_c s_i, that term is -α Z(log(m s_i / α)): a single
function of one number for all industries. So 8,000 industries × 3,000 places need no 24 million
logarithms in every step: Z is tabulated once, and read off by fifth-degree polynomials that meet
its value and first two derivatives at the knots.
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np

from townworks.measures.arrays import FloatArray

KNOT_DISTANCE = 0.1
"""In u. Z is smooth on the scale of 1, so the error is below 1e-10 of Z (tested)."""


@dataclass(frozen=True, slots=True)
class ZeroTerm:
    """Z and its first two derivatives at some u, all of the shape of u."""

    value: FloatArray
    slope: FloatArray
    curvature: FloatArray


class ZeroCells(Protocol):
    """Anything that gives Z(u)."""

    def at(self, u: FloatArray) -> ZeroTerm:
        """Return Z and its derivatives, for any u, (n_industries,)."""


@dataclass(frozen=True, slots=True)
class DirectZeroCells:
    """Z summed over places afresh each time. size: N_c, (n_places,)."""

    size: FloatArray

    def at(self, u: FloatArray) -> ZeroTerm:
        """Return Z(u) with derivatives, by (n_industries, n_places) operations."""
        x = np.exp(u)[..., np.newaxis] * self.size
        p = x / (1 + x)
        return ZeroTerm(np.log1p(x).sum(-1), p.sum(-1), (p / (1 + x)).sum(-1))


@dataclass(frozen=True, slots=True)
class TabulatedZeroCells:
    """Z read off a table from `low` upwards. coefficients: (6, n_knots - 1), lowest power first."""

    low: float
    coefficients: FloatArray

    @classmethod
    def over(cls, size: FloatArray, low: float, high: float) -> Self:
        """Tabulate Z for places of the given size, (n_places,), for u from low to high."""
        u = low + KNOT_DISTANCE * np.arange(int((high - low) / KNOT_DISTANCE) + 3)
        direct = DirectZeroCells(size)
        knots = [direct.at(knot) for knot in u]
        value = np.array([knot.value for knot in knots])
        slope = np.array([knot.slope for knot in knots]) * KNOT_DISTANCE
        bend = np.array([knot.curvature for knot in knots]) * KNOT_DISTANCE**2
        rise = np.diff(value)
        d0, d1, b0, b1 = slope[:-1], slope[1:], bend[:-1], bend[1:]
        rows = [
            value[:-1],
            d0,
            b0 / 2,
            10 * rise - 6 * d0 - 4 * d1 - 1.5 * b0 + 0.5 * b1,
            -15 * rise + 8 * d0 + 7 * d1 + 1.5 * b0 - b1,
            6 * rise - 3 * (d0 + d1) - 0.5 * (b0 - b1),
        ]
        return cls(low, np.array(rows))

    def at(self, u: FloatArray) -> ZeroTerm:
        """Return Z(u) with derivatives, by a handful of operations per industry."""
        position = (u - self.low) / KNOT_DISTANCE
        knot = position.astype(np.int64)
        x, c = position - knot, self.coefficients[:, knot]
        value = c[0] + x * (c[1] + x * (c[2] + x * (c[3] + x * (c[4] + x * c[5]))))
        slope = c[1] + x * (2 * c[2] + x * (3 * c[3] + x * (4 * c[4] + x * 5 * c[5])))
        bend = 2 * c[2] + x * (6 * c[3] + x * (12 * c[4] + x * 20 * c[5]))
        return ZeroTerm(value, slope / KNOT_DISTANCE, bend / KNOT_DISTANCE**2)
