"""How much an industry is clustered in few places, beyond chance and plant size.

With s_c the share of the industry in place c, x_c that of everything, z_k that of plant k in its
industry (Ellison & Glaeser 1997; Maurel & Sédillot 1999):

(1) G = Σ_c (s_c - x_c)²,  H = Σ_k z_k²
(2) γ = [G - (1 - Σx²) H] / [(1 - Σx²)(1 - H)]
(3) Var G = 2 {H² [Σx² - 2Σx³ + (Σx²)²] - Σz⁴ [Σx² - 4Σx³ + 3(Σx²)²]}  if plants fall at random
(4) γ_MS = [(Σs² - Σx²) / (1 - Σx²) - H] / (1 - H)

γ is 0 if plants fall on places at random by x, and the excess chance that two plants share a place.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from townworks.errors import RequestError
from townworks.measures.arrays import FloatArray, IntArray, amounts, same_shape, whole_counts


@dataclass(frozen=True, slots=True)
class Concentration:
    """Ellison-Glaeser index and its parts; () for one industry or (n_industries,), no units.

    gamma: (2), NaN for an industry of one plant. variance: of G, (3). z: of G against chance, NaN
    where the variance is 0. gamma_ms: (4). raw: G. plants: H.
    """

    gamma: FloatArray
    variance: FloatArray
    z: FloatArray
    gamma_ms: FloatArray
    raw: FloatArray
    plants: FloatArray


def ellison_glaeser(jobs: ArrayLike, place: ArrayLike, place_jobs: ArrayLike) -> Concentration:
    """Measure one industry's concentration from its plants.

    jobs, place: persons and place index of each plant, (n_plants,). place_jobs: persons in all
    industries, (n_places,). γ above 0.05 is often called strong, below 0.02 weak. It depends on
    the zoning: compare industries, not countries.

    >>> found = ellison_glaeser([10, 10, 10, 10], [0, 0, 0, 1], [500, 500])
    >>> round(float(found.gamma), 6), round(float(found.z), 6)
    (0.0, 0.0)
    """
    size, where, everything = (
        amounts("jobs", jobs),
        whole_counts("place", place),
        _totals(place_jobs),
    )
    same_shape(jobs=size, place=where)
    _within("place", where, len(everything))
    if not size.any():
        problem = "The industry has no jobs"
        raise RequestError(problem, "Leave it out, or count plants instead.")
    z = size / size.sum()
    s = np.bincount(where, z, len(everything))
    powers = np.array((z**2).sum()), np.array((z**4).sum())
    x = everything / everything.sum()
    return _concentration(np.array(((s - x) ** 2).sum()), np.array((s**2).sum()), powers, x)


def ellison_glaeser_counts(
    place: ArrayLike, industry: ArrayLike, n: ArrayLike, place_totals: ArrayLike
) -> Concentration:
    """Measure many industries' concentration from counts of enterprises, all of one size (H = 1/n).

    A registry has no jobs, so size plays no part: say so with the result. place, industry, n:
    cells above zero, (n_cells,), each pair once; place_totals: enterprises in all industries,
    (n_places,). Fields of shape (max(industry) + 1,); NaN for industries without enterprises.

    >>> found = ellison_glaeser_counts([0, 0, 1], [0, 1, 1], [8, 4, 4], [500, 500])
    >>> found.gamma.round(3).tolist()
    [1.0, -0.143]
    """
    c, i = whole_counts("place", place), whole_counts("industry", industry)
    count, everything = whole_counts("n", n), _totals(place_totals)
    same_shape(place=c, industry=i, n=count)
    _within("place", c, len(everything))
    total = np.bincount(i, count)
    known = np.where(total > 0, total, np.nan)
    x, s = everything / everything.sum(), count / known[i]
    s2 = np.where(total > 0, np.bincount(i, s**2), np.nan)
    cross = np.bincount(i, s * x[c])
    return _concentration(s2 - 2 * cross + (x**2).sum(), s2, (1 / known, 1 / known**3), x)


def _concentration(
    raw: FloatArray, s2: FloatArray, plants: tuple[FloatArray, FloatArray], x: FloatArray
) -> Concentration:
    """Equations (2) to (4). plants: Σz² and Σz⁴."""
    h, h4 = plants
    x2, x3 = float((x**2).sum()), float((x**3).sum())
    if x2 >= 1:
        problem = "All enterprises are in one place"
        raise RequestError(problem, "Use a finer zoning, of two places or more.")
    excess = raw - (1 - x2) * h
    spread = h**2 * (x2 - 2 * x3 + x2**2) - h4 * (x2 - 4 * x3 + 3 * x2**2)
    variance = np.asarray(np.maximum(2 * spread, 0.0))
    z = _ratio(excess, np.sqrt(variance))
    gamma = _ratio(excess, (1 - x2) * (1 - h))
    gamma_ms = _ratio((s2 - x2) / (1 - x2) - h, 1 - h)
    return Concentration(gamma, variance, z, gamma_ms, raw, h)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    return np.divide(above, below, out=np.full_like(above, np.nan), where=below > 0)


def _totals(place_totals: ArrayLike) -> FloatArray:
    totals = amounts("place_totals", place_totals)
    if not totals.any():
        problem = "place_totals are all 0"
        raise RequestError(problem, "Give what each place has in all industries.")
    return totals


def _within(name: str, index: IntArray, size: int) -> None:
    if len(index) and index.max() >= size:
        problem = f"{name} has index {index.max()}, but there are totals for {size} places"
        raise RequestError(problem, "Give the total of every place.")
