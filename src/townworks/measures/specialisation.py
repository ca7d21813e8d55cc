"""How specialised a place is in an industry, and how sure one can be.

With n_ci enterprises of industry i in place c, margins N_c and n_i and N in all, E_ci = N_c n_i / N
is what c would have at everyone's share. All measures compare n with E.
"""

from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaincc, gammaincinv

from townworks.errors import RequestError
from townworks.measures.arrays import BoolArray, FloatArray, amounts, same_shape
from townworks.measures.gamma_poisson import GammaPrior

_HERMITE = ((-(3**0.5), 1 / 6), (0.0, 2 / 3), (3**0.5, 1 / 6))


def expected_counts(counts: ArrayLike) -> FloatArray:
    """Return the counts that every place would have at the overall shares.

    counts: (n_places, n_industries), same shape back.

    >>> expected_counts([[3, 1], [1, 3]]).tolist()
    [[2.0, 2.0], [2.0, 2.0]]
    """
    n = amounts("counts", counts)
    total = n.sum()
    outer = n.sum(1, keepdims=True) * n.sum(0, keepdims=True)
    return np.asarray(outer / total if total else outer)


def location_quotient(counts: ArrayLike) -> FloatArray:
    """Local share of an industry over its overall share (Balassa 1965).

    counts: enterprises or jobs, (n_places, n_industries). Same shape back, no unit, 1 = the overall
    share; NaN where a place or an industry has nothing at all.

    >>> location_quotient(np.eye(2)).tolist()
    [[2.0, 0.0], [0.0, 2.0]]
    """
    n, expected = amounts("counts", counts), expected_counts(counts)
    return np.divide(n, expected, out=np.full_like(n, np.nan), where=expected > 0)


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of an interval, low and high, of one shape."""

    low: FloatArray
    high: FloatArray


def garwood_interval(n: ArrayLike, expected: ArrayLike, level: float = 0.95) -> Interval:
    """Exact interval of a location quotient whose count is Poisson (Garwood 1936).

    n, expected: one shape; expected above 0. It covers the truth at least at `level`, for one cell
    looked at alone: among thousands the highest quotients are flukes, so use `posterior` to choose.

    >>> found = garwood_interval(30, 10.0)
    >>> round(float(found.low), 4), round(float(found.high), 4)
    (2.0241, 4.2827)
    """
    count, e = amounts("n", n), _positive("expected", expected)
    tail = (1 - level) / 2
    low = np.where(count > 0, gammaincinv(np.maximum(count, 1), tail), 0.0) / e
    return Interval(low, gammaincinv(count + 1, 1 - tail) / e)


@dataclass(frozen=True, slots=True)
class SpecialisationPosterior:
    """What is known of the location quotient θ of each cell; all of the shape of the counts.

    mean, low, high: of θ, equal tails. probability: that θ exceeds the threshold. shape, scale:
    of the Gamma distribution that θ has; its mean is their product.
    """

    mean: FloatArray
    low: FloatArray
    high: FloatArray
    probability: FloatArray
    shape: FloatArray
    scale: FloatArray


def posterior(
    n: ArrayLike,
    expected: ArrayLike,
    prior: GammaPrior,
    *,
    threshold: float = 1.0,
    level: float = 0.95,
) -> SpecialisationPosterior:
    """Location quotients after shrinkage: θ | n ~ Gamma(α + n, α/m + E) (Clayton & Kaldor 1987).

    n, expected: (n_cells,); prior: of each cell's industry, (n_cells,) or (). The mean is
    w n/E + (1 - w) m with w = E / (E + α/m): few expected enterprises, little trust in their ratio.
    If the prior has a covariance, mean and variance are averaged over it, and the quantiles are
    those of the Gamma distribution with that mean and variance: with
    variances of log α and log m up to 0.3, their tails hold 0.1 to 3.7 % in place of 2.5 %.

    >>> prior = GammaPrior(np.array(2.0), np.array(1.0), np.array(0.0))
    >>> posterior([2, 200], [0.04, 4.0], prior).mean.round(2).tolist()
    [1.96, 33.67]
    """
    count, e = amounts("n", n), amounts("expected", expected)
    same_shape(n=count, expected=e)
    mean, variance = _moments(count, e, prior)
    scale = np.divide(variance, mean, out=np.zeros_like(mean), where=mean > 0)
    shape = np.divide(mean, scale, out=np.ones_like(mean), where=scale > 0)
    tail = (1 - level) / 2
    low, high = (scale * gammaincinv(shape, np.full_like(shape, q)) for q in (tail, 1 - tail))
    cut = np.divide(threshold, scale, out=np.full_like(shape, np.inf), where=scale > 0)
    return SpecialisationPosterior(mean, low, high, gammaincc(shape, cut), shape, scale)


def _moments(
    n: FloatArray, expected: FloatArray, prior: GammaPrior
) -> tuple[FloatArray, FloatArray]:
    """Mean and variance of θ, averaged over what α and m may be: 3 × 3 Gauss-Hermite points."""
    (aa, am), mm = np.moveaxis(prior.covariance[..., 0, :], -1, 0), prior.covariance[..., 1, 1]
    root_a = np.sqrt(aa)
    cross = np.divide(am, root_a, out=np.zeros_like(aa), where=root_a > 0)
    rest = np.sqrt(np.maximum(mm - cross**2, 0.0))
    mean, square, within = np.zeros((3, *n.shape))
    for (za, weight_a), (zm, weight_m) in product(_HERMITE, _HERMITE):
        alpha = prior.shape * np.exp(root_a * za)
        m = prior.mean * np.exp(cross * za + rest * zm)
        scale = m / (alpha + expected * m)  # of Gamma(α + n, α/m + E); 0 if m is
        centre, weight = (alpha + n) * scale, weight_a * weight_m
        mean += weight * centre
        square += weight * centre**2
        within += weight * centre * scale
    return mean, within + np.maximum(square - mean**2, 0.0)


@dataclass(frozen=True, slots=True)
class LogOdds:
    """Log-odds ratios: difference δ, its variance and z = δ/√variance; of one shape."""

    difference: FloatArray
    variance: FloatArray
    z: FloatArray


def log_odds(
    here: tuple[ArrayLike, ArrayLike],
    elsewhere: tuple[ArrayLike, ArrayLike],
    prior: tuple[ArrayLike, ArrayLike],
) -> LogOdds:
    """Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008).

    here, elsewhere, prior: each the count of the industry and that of everything; they broadcast.
    Of the prior, the first must lie strictly between 0 and the second.

    >>> found = log_odds((30, 1000), (100, 10000), (500 * 130 / 11000, 500))
    >>> round(float(found.difference), 6), round(float(found.z), 4)
    (0.878412, 4.5488)
    """
    a, a0 = (amounts("prior", part) for part in prior)
    bad = np.count_nonzero((a <= 0) | (a >= a0))
    if bad:
        problem = f"{bad} prior counts are not strictly between 0 and the prior's total"
        raise RequestError(problem, "Use a prior proportional to overall shares, each above 0.")
    (y, size), (y_rest, size_rest) = (
        (amounts(name, count) + a, amounts(f"{name} total", total) + a0)
        for name, (count, total) in (("here", here), ("elsewhere", elsewhere))
    )
    difference = np.log(y / (size - y)) - np.log(y_rest / (size_rest - y_rest))
    variance = np.asarray(1 / y + 1 / y_rest)
    return LogOdds(np.asarray(difference), variance, np.asarray(difference / np.sqrt(variance)))


def false_discovery(null_probability: ArrayLike, rate: float = 0.05) -> BoolArray:
    """Choose as many cells as the expected share of false ones allows (Newton et al. 2004).

    null_probability: that the cell is *not* specialised, 1 - `probability` of `posterior`,
    (n_cells,). The cells chosen are the surest ones whose mean null probability is at most `rate`;
    of equal ones all or none are chosen. (n_cells,) back.

    >>> false_discovery([0.5, 0.01, 0.09, 0.04]).tolist()
    [False, True, True, True]
    """
    null = amounts("null_probability", null_probability)
    values, times = np.unique(null, return_counts=True)
    share = np.cumsum(values * times) / np.cumsum(times)
    chosen = np.count_nonzero(share <= rate)
    return null <= values[chosen - 1] if chosen else np.zeros(null.shape, dtype=bool)


def _positive(name: str, values: ArrayLike) -> FloatArray:
    array = amounts(name, values)
    zeros = np.count_nonzero(array == 0)
    if zeros:
        problem = f"{name} is 0 in {zeros} of {array.size} cells"
        raise RequestError(problem, "Leave out cells where nothing is expected.")
    return array
