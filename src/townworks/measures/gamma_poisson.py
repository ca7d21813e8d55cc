"""The prior of location quotients: how far places differ in an industry beyond chance.

For n_c enterprises of an industry in place c, where E_c would be expected (Clayton & Kaldor 1987):

(1) n_c | θ_c ~ Poisson(E_c θ_c),  θ_c ~ Gamma(shape α, mean m)
(2) log L = Σ_c [log Γ(α+n_c) - log Γ(α) - log n_c! + n_c log p_c] - α Σ_c log(1 + E_c m/α),
    p_c = E_c m / (α + E_c m)
(3) log α_i ~ Normal,  log m_i ~ Normal over the industries i

`fit_gamma_poisson` maximises (2) for one industry. `fit_gamma_poisson_sparse` fits thousands and
adds the second level (3), learned from all of them: an industry with few enterprises says almost
nothing about its own α, and an α at a bound would make its intervals absurd.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import digamma, gammaln

from townworks.errors import RequestError
from townworks.measures.arrays import (
    BoolArray,
    FloatArray,
    IntArray,
    amounts,
    same_shape,
    whole_counts,
)
from townworks.measures.zero_cells import DirectZeroCells, TabulatedZeroCells, ZeroCells

SHAPE_BOUNDS = (1e-3, 1e4)
"""Range of α. At 1e4 places differ by 1 % (one standard deviation): not at all, in effect."""
_LOG_MEAN_BOUND = 15.0
_LOW = np.array([[np.log(SHAPE_BOUNDS[0])], [-_LOG_MEAN_BOUND]])
_HIGH = np.array([[np.log(SHAPE_BOUNDS[1])], [_LOG_MEAN_BOUND]])
_LARGEST_STEP = 2.0
_ROUNDS = 100
_ROUGH = 1e-3
_LEARN_FROM = 1000
_TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class GammaPrior:
    """Gamma distribution of an industry's location quotients over places.

    shape: α; the variance over places is mean²/α. mean: m. log_likelihood: (2) at both.
    All float64, () for one industry or (n_industries,) for many. covariance: of (log α, log m),
    (…, 2, 2), which `posterior` averages over; zero takes α and m for known.
    """

    shape: FloatArray
    mean: FloatArray
    log_likelihood: FloatArray
    covariance: FloatArray = field(default_factory=lambda: np.zeros((2, 2)))

    def at(self, industry: ArrayLike) -> "GammaPrior":
        """Return the priors of the given industries, one per cell, ready for `posterior`."""
        which = np.asarray(industry, dtype=np.int64)
        return GammaPrior(
            self.shape[which], self.mean[which], self.log_likelihood[which], self.covariance[which]
        )


def fit_gamma_poisson(observed: ArrayLike, expected: ArrayLike) -> GammaPrior:
    """Fit the Gamma prior of one industry by maximum likelihood (Clayton & Kaldor 1987).

    observed, expected: (n_places,); places with nothing expected are left out. Fields of shape ().
    Without variance beyond Poisson, α ends at the upper of `SHAPE_BOUNDS`; with nothing observed,
    m is 0. Raises RequestError for a count where nothing was expected.

    >>> prior = fit_gamma_poisson([9, 0, 2, 30], [3.0, 4.0, 2.0, 10.0])
    >>> round(float(prior.shape), 3), round(float(prior.mean), 3)
    (0.933, 1.782)
    """
    n, e = whole_counts("observed", observed), amounts("expected", expected)
    same_shape(observed=n, expected=e)
    if np.any(n[e == 0]):
        problem = f"{np.count_nonzero(n[e == 0])} places have enterprises where none are expected"
        raise RequestError(problem, "Compute expected from totals that include them.")
    if not n.any():
        return GammaPrior(np.array(SHAPE_BOUNDS[1]), np.array(0.0), np.array(0.0))
    ratio, some = n.sum() / e.sum(), n > 0
    e = e * ratio
    cells = _Cells(np.zeros(some.sum(), np.int64), n[some], e[some], np.zeros(1))
    fit = _ascend(_Likelihood(cells, DirectZeroCells(e)), cells.start(), _Level.flat(), learn=False)
    shape, mean = np.exp(fit.x[:, 0])
    return GammaPrior(np.array(shape), np.array(ratio * mean), np.array(fit.value[0]))


def fit_gamma_poisson_sparse(
    place: ArrayLike, industry: ArrayLike, n: ArrayLike, place_totals: ArrayLike
) -> GammaPrior:
    """Fit the Gamma priors of many industries, each drawn towards what all have in common (3).

    place, industry: indices of the cells, (n_cells,), each pair once; cells left out count as 0.
    n: enterprises in the cell. place_totals: enterprises of each place in all industries,
    (n_places,). Fields of (max(industry) + 1,) values; an industry without enterprises gets what
    is typical. Expected is E_ci = N_c n_i / N. The typical α and its spread are fitted to up to
    1,000 industries, evenly chosen, by expectation-maximisation on Laplace approximations; those
    give each industry's `covariance` too.

    >>> rng = np.random.default_rng(1)
    >>> totals = rng.integers(200, 2000, 50)
    >>> counts = rng.poisson(rng.gamma(2.0, 0.5, (50, 40)) * totals[:, None] * 0.01)
    >>> prior = fit_gamma_poisson_sparse(*counts.nonzero(), counts[counts > 0], totals)
    >>> prior.shape.shape, round(float(np.median(prior.shape)), 1)
    ((40,), 2.0)
    """
    c, i, count = _checked_cells(place, industry, n)
    size = amounts("place_totals", place_totals)
    _check_places(c, count, size)
    total = np.bincount(i, count)
    present, kept = np.flatnonzero(total), count > 0
    if not len(present):
        return _Fit.nothing().prior(present, len(total))
    log_share = np.log(total[present] / size.sum())
    zeros = TabulatedZeroCells.over(size, *_range_of_u(log_share))
    cells = _Cells(np.searchsorted(present, i[kept]), count[kept], size[c[kept]], log_share)
    some = cells.every(-(-len(present) // _LEARN_FROM))
    level = _ascend(_Likelihood(some, zeros), some.start(), _Level.vague(), learn=True).level
    fit = _ascend(_Likelihood(cells, zeros), cells.start() + level.mean, level, learn=False)
    return fit.prior(present, len(total))


def _checked_cells(
    place: ArrayLike, industry: ArrayLike, n: ArrayLike
) -> tuple[IntArray, IntArray, IntArray]:
    c, i = whole_counts("place", place), whole_counts("industry", industry)
    count = whole_counts("n", n)
    same_shape(place=c, industry=i, n=count)
    return c, i, count


def _check_places(place: IntArray, n: IntArray, size: FloatArray) -> None:
    if len(place) and place.max() >= len(size):
        problem = f"place has index {place.max()}, but place_totals has {len(size)} values"
        raise RequestError(problem, "Give the total of every place.")
    empty = np.count_nonzero(n[size[place] == 0])
    if empty:
        problem = f"{empty} cells have enterprises in a place whose total is 0"
        raise RequestError(problem, "Count all enterprises in place_totals.")


def _range_of_u(log_share: FloatArray) -> tuple[float, float]:
    low = _LOW[1, 0] - _HIGH[0, 0] + log_share.min()
    return float(low), float(_HIGH[1, 0] - _LOW[0, 0] + log_share.max())


@dataclass(frozen=True, slots=True)
class _Cells:
    """Cells with enterprises. industry, n, size: (n_cells,); log_share: (n_industries,)."""

    industry: IntArray
    n: IntArray
    size: FloatArray
    log_share: FloatArray

    def every(self, stride: int) -> "_Cells":
        """Keep the cells of every stride-th industry, from the first."""
        kept = self.industry % stride == 0
        industry = self.industry[kept] // stride
        return _Cells(industry, self.n[kept], self.size[kept], self.log_share[::stride])

    def start(self) -> FloatArray:
        """α = m = 1 for all, (2, n_industries)."""
        return np.zeros((2, len(self.log_share)))


@dataclass(frozen=True, slots=True)
class _Gammas:
    """Σ_c [log Γ(α+n_c) - log Γ(α) - log n_c!] and its derivatives by α.

    They depend on industry and count alone: each pair of both stands here once, (n_pairs,), with
    `times`, how many cells have it. constant: Σ log n!, cells: how many; (n_industries,).
    """

    industry: IntArray
    n: FloatArray
    times: FloatArray
    constant: FloatArray
    cells: FloatArray

    @classmethod
    def of(cls, cells: _Cells) -> Self:
        base, size = int(cells.n.max()) + 1, len(cells.log_share)
        pairs, times = np.unique(cells.industry * base + cells.n, return_counts=True)
        industry, n = np.divmod(pairs, base)
        n_float, times_float = n.astype(np.float64), times.astype(np.float64)
        constant = _sums(industry, times_float * gammaln(n_float + 1), size)
        return cls(industry, n_float, times_float, constant, _sums(industry, times_float, size))

    def at(self, alpha: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return the sum and its first two derivatives, (n_industries,) each."""
        shifted = alpha[self.industry] + self.n

        def total(function: Callable[[FloatArray], FloatArray]) -> FloatArray:
            sums = _sums(self.industry, self.times * function(shifted), len(alpha))
            return sums - self.cells * function(alpha)

        return total(gammaln) - self.constant, total(digamma), total(trigamma)


def _sums(industry: IntArray, values: FloatArray, n_industries: int) -> FloatArray:
    """Sum the values of each industry, in the order given."""
    return np.bincount(industry, values, n_industries).astype(np.float64, copy=False)


def trigamma(x: FloatArray) -> FloatArray:
    """Second derivative of log Γ, for x > 0, to 12 digits; a third of the time of `zeta(2, x)`.

    >>> float(trigamma(np.array([1.0]))[0] - np.pi**2 / 6) < 1e-12
    True
    """
    shifts = np.zeros_like(x)
    for k in range(8):
        shifts += 1 / (x + k) ** 2
    r = 1 / (x + 8)
    s = r * r
    series = 1 / 6 - s * (1 / 30 - s * (1 / 42 - s * (1 / 30 - s * (5 / 66 - s * 691 / 2730))))
    return np.asarray(shifts + r + s / 2 + r * s * series)


@dataclass(frozen=True, slots=True)
class _Terms:
    """Log-likelihood, (n_industries,), with gradient (2, …) and Hessian (aa, am, mm) (3, …)."""

    value: FloatArray
    gradient: FloatArray
    hessian: FloatArray

    @classmethod
    def where(cls, chosen: BoolArray, first: Self, second: Self) -> Self:
        value = np.where(chosen, first.value, second.value)
        gradient = np.where(chosen, first.gradient, second.gradient)
        return cls(value, gradient, np.where(chosen, first.hessian, second.hessian))


class _Likelihood:
    """Equation (2) of many industries at once, as a function of x = (log α, log m)."""

    def __init__(self, cells: _Cells, zeros: ZeroCells) -> None:
        self._cells, self._zeros, self._gammas = cells, zeros, _Gammas.of(cells)

    def at(self, x: FloatArray) -> _Terms:
        """Evaluate at x, (2, n_industries).

        Derivatives are first taken by a = log α at fixed u = log(m s/α), where (2) falls into
        three parts, then turned by the chain rule into those at fixed m.
        """
        alpha, u = np.exp(x[0]), x[1] - x[0] + self._cells.log_share
        log_gamma, psi, psi1 = self._gammas.at(alpha)
        odds = self._cells.size * np.exp(u)[self._cells.industry]
        p, missed = odds / (1 + odds), self._cells.n / (1 + odds)
        zero = self._zeros.at(u)
        value = log_gamma + self._sum(self._cells.n * np.log(p)) - alpha * zero.value
        by_u = self._sum(missed) - alpha * zero.slope
        by_a = alpha * (psi - zero.value)
        uu = -self._sum(missed * p) - alpha * zero.curvature
        au = -alpha * zero.slope
        aa = by_a + alpha**2 * psi1
        gradient = np.array([by_a - by_u, by_u])
        return _Terms(value, gradient, np.array([aa - 2 * au + uu, au - uu, uu]))

    def _sum(self, cell_values: FloatArray) -> FloatArray:
        return _sums(self._cells.industry, cell_values, len(self._cells.log_share))


@dataclass(frozen=True, slots=True)
class _Level:
    """Equation (3): mean and precision (1/variance) of log α and log m, (2, 1) each."""

    mean: FloatArray
    precision: FloatArray

    @classmethod
    def flat(cls) -> Self:
        """No second level: plain maximum likelihood."""
        return cls(np.zeros((2, 1)), np.zeros((2, 1)))

    @classmethod
    def vague(cls) -> Self:
        """Start with standard deviations of 1 for log α, 0.5 for log m."""
        return cls(np.zeros((2, 1)), np.array([[1.0], [4.0]]))

    def penalty(self, x: FloatArray) -> FloatArray:
        """Return the log density of x, (n_industries,), up to a constant."""
        return np.asarray(-0.5 * (self.precision * (x - self.mean) ** 2).sum(0))

    def added_to(self, terms: _Terms, x: FloatArray) -> _Terms:
        """Return the terms with those of the penalty."""
        gradient = terms.gradient - self.precision * (x - self.mean)
        precise = np.array([self.precision[0], [0.0], self.precision[1]])
        return _Terms(terms.value + self.penalty(x), gradient, terms.hessian - precise)

    def learned(self, x: FloatArray, variance: FloatArray) -> "_Level":
        """Re-estimate that of log α from x, (2, n_industries), and the variance of its log α.

        Four imagined industries with the vague spread keep few real ones from agreeing too well.
        log m stays vague: as Σ E = Σ n, it is near 0 by construction and its spread no evidence.
        """
        mean = float(x[0].mean())
        spread = float(((x[0] - mean) ** 2 + variance).sum())
        precision = (x.shape[1] + 4) / (spread + 4)
        return _Level(np.array([[mean], [0.0]]), np.array([[precision], [4.0]]))


@dataclass(frozen=True, slots=True)
class _Fit:
    """Where the ascent ended: x (2, k), log-likelihood (k,), covariance (3, k), level."""

    x: FloatArray
    value: FloatArray
    covariance: FloatArray
    level: _Level

    @classmethod
    def nothing(cls) -> Self:
        """Return the fit of no industry."""
        return cls(np.zeros((2, 0)), np.zeros(0), np.zeros((3, 0)), _Level.vague())

    def prior(self, present: IntArray, n_industries: int) -> GammaPrior:
        """Return x as priors; industries that are not `present` get the level itself."""
        x, value = np.repeat(self.level.mean, n_industries, 1), np.zeros(n_industries)
        spread = np.array([1 / self.level.precision[0], [0.0], 1 / self.level.precision[1]])
        covariance = np.repeat(spread, n_industries, 1)
        x[:, present], value[present], covariance[:, present] = self.x, self.value, self.covariance
        square = covariance[[0, 1, 1, 2]].T.reshape(n_industries, 2, 2)
        return GammaPrior(np.exp(x[0]), np.exp(x[1]), value, square)


@dataclass(frozen=True, slots=True)
class _Newton:
    """A Newton step (2, k), the gain it promises (k,), the inverse negative Hessian (3, k)."""

    step: FloatArray
    gain: FloatArray
    inverse: FloatArray

    @classmethod
    def of(cls, terms: _Terms, x: FloatArray) -> Self:
        """Make the step from x; a Hessian that is not negative is shifted until it is.

        An α at its bound that wants to go further is held there.
        """
        (ga, gm), (haa, ham, hmm) = terms.gradient, -terms.hessian
        held = ((x[0] >= _HIGH[0]) & (ga > 0)) | ((x[0] <= _LOW[0]) & (ga < 0))
        ga, ham = np.where(held, 0.0, ga), np.where(held, 0.0, ham)
        haa = np.where(held, np.maximum(haa, 1.0), haa)
        middle, half = (haa + hmm) / 2, np.hypot((haa - hmm) / 2, ham)
        shift = np.where(half < middle, 0.0, 1.1 * half - middle + 1e-6)
        haa, hmm = haa + shift, hmm + shift
        inverse = np.array([hmm, -ham, haa]) / (haa * hmm - ham**2)
        step = np.array([inverse[0] * ga + inverse[1] * gm, inverse[1] * ga + inverse[2] * gm])
        gain = (step * (ga, gm)).sum(0) / 2
        longest = np.maximum(np.abs(step).max(0), _LARGEST_STEP)
        return cls(step * (_LARGEST_STEP / longest), gain, inverse)


def _ascend(likelihood: _Likelihood, x: FloatArray, level: _Level, *, learn: bool) -> _Fit:
    """Climb to the maximum of log-likelihood plus penalty, all industries side by side.

    Where a Newton step does not climb, the next is a quarter as long. With `learn`, the level is
    re-estimated at every step.
    """
    here, scale = likelihood.at(x), np.ones(x.shape[1])
    newton = _Newton.of(level.added_to(here, x), x)
    for _ in range(_ROUNDS):
        moved = 0.0
        if learn:
            learned = level.learned(x, newton.inverse[0])
            moved = float(np.abs(learned.precision / level.precision - 1).max())
            level = learned
        if moved < _ROUGH and newton.gain.max() < (_ROUGH if learn else _TOLERANCE):
            break
        trial = np.clip(x + scale * newton.step, _LOW, _HIGH)
        there = likelihood.at(trial)
        before, after = here.value + level.penalty(x), there.value + level.penalty(trial)
        climbed = after >= before - _TOLERANCE * (1 + np.abs(before))
        x, here = np.where(climbed, trial, x), _Terms.where(climbed, there, here)
        scale = np.where(climbed, np.minimum(4 * scale, 1), scale / 4)
        newton = _Newton.of(level.added_to(here, x), x)
    return _Fit(x, here.value, newton.inverse, level)
