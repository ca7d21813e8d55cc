"""Do the intervals keep their word? Half of the enterprises must predict the other half.

From half A comes θ ~ Gamma(k, scale t) for each cell; in half B the same place then has
n_B | A ~ NegativeBinomial(k, 1 / (1 + t E_B)), where E_B = N_Bc n_Ai / N_A.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betainc

from townworks.errors import RequestError
from townworks.measures.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    amounts,
    same_shape,
    whole_counts,
)
from townworks.measures.gamma_poisson import fit_gamma_poisson_sparse
from townworks.measures.specialisation import posterior


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of the cells asked about, which second count lay in its interval; (n_asked,) each.

    cell: position of the cell in the input. covered: in the interval of whole numbers, which holds
    at least the level, more when counts are small. calibrated: the same with ties broken at random,
    so that its mean is the level itself if the model is right.
    """

    cell: IntArray
    covered: BoolArray
    calibrated: BoolArray


def split_half_coverage(  # noqa: PLR0913  # one more than six: the generator
    place: ArrayLike,
    industry: ArrayLike,
    halves: ArrayLike,
    place_totals: ArrayLike,
    rng: np.random.Generator,
    *,
    least: int = 3,
    level: float = 0.95,
) -> Coverage:
    """Predict the counts of one half of the enterprises from the other, with intervals.

    place, industry: indices of cells with enterprises in either half, (n_cells,), each pair once.
    halves: enterprises of each cell in A and in B, (2, n_cells). place_totals: in all industries,
    (2, n_places). Asked about are the cells with `least` or more in A, at least 1.

    >>> rng = np.random.default_rng(3)
    >>> totals = rng.integers(500, 3000, (1, 60))
    >>> theta = rng.gamma(2.0, 0.5, (60, 50))
    >>> tables = rng.poisson(theta * totals.T * 0.01, (2, 60, 50))
    >>> cells = tables.sum(0).nonzero()
    >>> halves, sizes = tables[:, *cells], np.repeat(totals, 2, 0)
    >>> found = split_half_coverage(*cells, halves, sizes, rng)
    >>> bool(0.93 < found.calibrated.mean() < 0.97)
    True
    """
    if least < 1:
        problem = f"least is {least}, but cells that are empty in both halves are not given"
        raise RequestError(problem, "Ask for at least 1.")
    c, i = whole_counts("place", place), whole_counts("industry", industry)
    (a, b), size = whole_counts("halves", halves), amounts("place_totals", place_totals)
    same_shape(place=c, industry=i, first_half=a, second_half=b)
    share = np.bincount(i, a) / size[0].sum()
    asked = np.flatnonzero(a >= least)
    c, i, a, b = c[asked], i[asked], a[asked], b[asked]
    prior = fit_gamma_poisson_sparse(place, industry, np.asarray(halves)[0], size[0]).at(i)
    theta = posterior(a, size[0, c] * share[i], prior)
    chance = 1 / (1 + theta.scale * size[1, c] * share[i])
    below, upto = (_negative_binomial(n, theta.shape, chance) for n in (b - 1, b))
    tail = (1 - level) / 2
    covered = (upto >= tail) & (below < 1 - tail)
    rank = below + rng.random(len(b)) * (upto - below)
    return Coverage(asked, covered, (rank >= tail) & (rank < 1 - tail))


def _negative_binomial(n: ArrayLike, shape: FloatArray, chance: FloatArray) -> FloatArray:
    """Probability of n or fewer, 0 for a negative n."""
    count = np.asarray(n, dtype=np.float64)
    return np.where(count < 0, 0.0, betainc(shape, np.maximum(count, 0) + 1, chance))
