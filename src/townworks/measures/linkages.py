"""Linkages of an input–output table: who buys from whom, directly and through others.

transactions Z (n, n): row i sells to column j, in money; output x (n,). Final demand is x - Z·1.
"""

import numpy as np
from numpy.typing import ArrayLike

from townworks.errors import RequestError
from townworks.measures.arrays import FloatArray, amounts


def technical_coefficients(transactions: ArrayLike, output: ArrayLike) -> FloatArray:
    """A = Z x̂⁻¹: input i per unit of output j (Leontief 1936).

    >>> technical_coefficients([[150, 500], [200, 100]], [1000, 2000]).tolist()
    [[0.15, 0.25], [0.2, 0.05]]
    """
    z, x = _table(transactions, output)
    return z / x


def allocation_coefficients(transactions: ArrayLike, output: ArrayLike) -> FloatArray:
    """B = x̂⁻¹ Z: share of output i that goes to j (Ghosh 1958)."""
    z, x = _table(transactions, output)
    return z / x[:, None]


def leontief_inverse(coefficients: ArrayLike) -> FloatArray:
    """L = (I - A)⁻¹: output i needed, directly and through others, per unit of final demand j.

    Raises `RequestError` where production would use up more than it makes (spectral radius of A
    at or above 1). With B instead of A it gives the Ghosh inverse.
    """
    a = amounts("coefficients", coefficients)
    if a.ndim != 2 or a.shape[0] != a.shape[1]:  # noqa: PLR2004  a matrix has two axes
        problem = f"coefficients have the shape {a.shape}"
        raise RequestError(problem, "Give a square table.")
    radius = float(np.abs(np.linalg.eigvals(a)).max(initial=0.0))
    if radius >= 1:
        problem = f"the table uses up what it makes (spectral radius {radius:.4g}, not below 1)"
        raise RequestError(problem, "Check units of transactions and output.")
    inverse: FloatArray = np.linalg.inv(np.eye(len(a)) - a).astype(np.float64)
    return inverse


def backward_linkages(transactions: ArrayLike, output: ArrayLike) -> FloatArray:
    """Column sums of L: output drawn from everybody by one unit of final demand (Rasmussen 1956).

    >>> backward_linkages([[150, 500], [200, 100]], [1000, 2000]).round(8).tolist()
    [1.51815182, 1.45214521]
    """
    drawn: FloatArray = leontief_inverse(technical_coefficients(transactions, output)).sum(axis=0)
    return drawn


def upstreamness(
    transactions: ArrayLike,
    output: ArrayLike,
    exports: ArrayLike | None = None,
    imports: ArrayLike | None = None,
) -> FloatArray:
    """Mean steps from an industry's output to final use (Antràs, Chor, Fally & Hillberry 2012).

    U = (I - B)⁻¹ 1, the row sums of the Ghosh inverse; 1 where all is sold to final use. With
    trade, b_ij becomes b_ij · x_i / (x_i - e_i + m_i).

    >>> upstreamness([[150, 500], [200, 100]], [1000, 2000]).round(8).tolist()
    [1.91419142, 1.25412541]
    """
    z, x = _table(transactions, output)
    out = np.zeros_like(x) if exports is None else amounts("exports", exports)
    into = np.zeros_like(x) if imports is None else amounts("imports", imports)
    at_home = x - out + into
    if (at_home <= 0).any():
        first = int(np.argmax(at_home <= 0))
        problem = f"industry {first} has no use at home: output - exports + imports is not above 0"
        raise RequestError(problem, "Check exports and imports, or leave the industry out.")
    steps: FloatArray = leontief_inverse(z / at_home[:, None]).sum(axis=1)
    return steps


def distortion_centrality(
    transactions: ArrayLike, output: ArrayLike, wedge: ArrayLike
) -> FloatArray:
    """How much a sector's size understates its influence (Liu 2019), mean 1 by value added.

    wedge χ: imperfections in each sector's purchases, a number or (n, n); assumed, never observed.
    ξ = influence / sales, with influence β'(I - Σ)⁻¹, Σ = A' ∘ (1 + χ), and sales β'(I - A')⁻¹;
    value added is what Σ leaves of the output. With χ = 0 it is 1 everywhere. It ranks industries,
    not places.

    >>> distortion_centrality([[150, 500], [200, 100]], [1000, 2000], 0.1).round(7).tolist()
    [1.0448587, 0.9794119]
    """
    z, x = _table(transactions, output)
    shares = (z / x).T
    elasticities = shares * (1 + np.asarray(wedge, dtype=np.float64))
    demand = x - z.sum(axis=1)
    use = demand / demand.sum()
    ratio = (use @ leontief_inverse(elasticities)) / (use @ leontief_inverse(shares))
    added = x * (1 - elasticities.sum(axis=1))
    centrality: FloatArray = ratio * added.sum() / (ratio @ added)
    return centrality


def _table(transactions: ArrayLike, output: ArrayLike) -> tuple[FloatArray, FloatArray]:
    z, x = amounts("transactions", transactions), amounts("output", output)
    if z.shape != (len(x), len(x)):
        problem = f"transactions have the shape {z.shape} beside {len(x)} outputs"
        raise RequestError(problem, "Give a square table with one output for each industry.")
    if (x == 0).any():
        problem = f"industry {int(np.argmax(x == 0))} has no output"
        raise RequestError(problem, "Leave out industries without output.")
    return z, x
