"""What a town may be worth: its applicant's forecast, corrected and modest.

For each objective, on the log scale, with a_p what applicant p claims and k the sector of p:

    (1)  a_p = θ_p - b_k + e_p,  e_p ~ N(0, σ_p²)       the claim is the truth, less bias, and error
    (2)  θ_p ~ N(m_k, τ²),  m_k ~ N(m, υ²)              towns of a sector are alike, and sectors
    (3)  b_k: log of realised over planned investment of earlier towns, drawn towards all sectors'
    (4)  σ²: spread of those logs, with a prior that counts for a few towns
    (5)  e_p = σ (√a E + √c E_k + √(1 - a - c) ε_p)     what all err in, what a sector errs in, own

A round of applications has one E and one E_k a sector, standard normal, a and c as assumed. They
move all claims alike, so that no comparison of claims shows them, and the record of one earlier
round tells b_k only up to its own E and E_k. So the doubt of a value has three parts: of all towns
(that of the bias, and a σ²), of a sector (likewise, and that of its centre), and its own, which is
all that drawing towards the sector makes smaller. A fourth is that of σ itself, from few earlier
towns: were it larger, those who claim much would all be worth less. In the total of many towns a
town's own doubt is lost and the others remain: taken for own, they would promise it far too surely.

The record is of investment; it stands in for forecasts of growth, jobs, tax and innovation, since
nothing else was ever published of plan and outcome. Who claims nothing is worth what its sector is
(basis "sector"), with the doubt of it. Choosing the largest of noisy claims overstates them; drawn
towards their sector they are overstated no more, if (1) to (5) hold (Efron & Morris 1973).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from scipy.special import ndtri

from townworks.measures.arrays import FloatArray, IntArray
from townworks.measures.shrinkage import Shrunken, shrink
from townworks.plans.request import Assumptions
from townworks.schema.plans import BASES

_LOW, _HIGH = (float(ndtri(q)) for q in (0.025, 0.975))
SHARED_EFFECT = 0.5
_BIAS_SPREAD = 0.3
"""Standard deviation of the prior of a bias on the log scale: ±80 % would surprise."""


@dataclass(frozen=True, slots=True)
class Record:
    """Realised over planned of earlier towns: logs, (n,), and the number of each one's sector."""

    log_ratio: FloatArray
    sector: IntArray


@dataclass(frozen=True, slots=True)
class Correction:
    """What the record teaches of forecasts: bias of each sector, (n_sectors,), its doubt, error.

    all_doubt, sector_doubt: of the biases, in common and of each by itself, (n_sectors,). shared,
    sector_shared: shares of error² that a round of applications has in common. error_doubt: log
    standard error of `error`.
    """

    bias: FloatArray
    all_doubt: float
    sector_doubt: FloatArray
    error: float
    towns: int
    shared: float = 0.0
    sector_shared: float = 0.0
    error_doubt: float = 0.0

    def parts(self, error: FloatArray) -> FloatArray:
        """Return what an error is made of by (5): of all, of a sector, own, of σ (0), (4, n)."""
        a, c = self.shared, self.sector_shared
        found: FloatArray = np.sqrt([[a], [c], [1 - a - c], [0.0]]) * error
        return found

    def sector_error(self) -> FloatArray:
        """Return the error that all claims of a sector share, after the bias, (n_sectors,)."""
        found: FloatArray = np.hypot(np.sqrt(self.sector_shared) * self.error, self.sector_doubt)
        return found


@dataclass(frozen=True, slots=True)
class Value:
    """One objective: log mean and doubts of each candidate, and where they come from.

    log_mean: (n,). doubts: log deviations, (4, n): in common with all, with the sector, own, and of
    σ (signed). nothing: 0 where the claim is exactly 0 and stays so, else 1. less: taken off, what
    is there without the town. claimed: as claimed, NaN where not. sector: each one's number of it.
    """

    log_mean: FloatArray
    doubts: FloatArray
    nothing: FloatArray
    less: FloatArray
    claimed: FloatArray
    basis: Sequence[str]
    sector: IntArray

    @property
    def log_deviation(self) -> FloatArray:
        """Log deviation of each candidate, (n,)."""
        found: FloatArray = np.sqrt((self.doubts**2).sum(axis=0))
        return found

    def expected(self) -> FloatArray:
        """Return expected values, (n,)."""
        return self.nothing * np.exp(self.log_mean + self.log_deviation**2 / 2) - self.less

    def at(self, score: FloatArray) -> FloatArray:
        """Return the values at a standard score of each candidate, (n,)."""
        return self.nothing * np.exp(self.log_mean + self.log_deviation * score) - self.less

    def drawn(self, scores: FloatArray) -> FloatArray:
        """Return the values in scenarios, (…, n), of `standard_scores`, (…, 4, n)."""
        moved: FloatArray = np.einsum("...kn,kn->...n", scores, self.doubts)
        return self.nothing * np.exp(self.log_mean + moved) - self.less


@dataclass(frozen=True, slots=True)
class Values:
    """What the plan is made of: each objective, its weight, and the shared draws of doubt.

    scores: of `standard_scores`, (n_scenarios, 4, n), the same for all objectives: a town that
    disappoints disappoints in all.
    """

    objectives: Mapping[str, Value]
    weights: Mapping[str, float]
    scores: FloatArray

    def expected(self) -> FloatArray:
        """Return the weighted expected worth of each candidate, (n,)."""
        return self._sum([w * self.objectives[o].expected() for o, w in self.weights.items()])

    def draws(self) -> FloatArray:
        """Return the weighted worth in each scenario, (n_scenarios, n)."""
        return self._sum(
            [w * self.objectives[o].drawn(self.scores) for o, w in self.weights.items()]
        )

    def interval(self) -> tuple[FloatArray, FloatArray]:
        """Return the 2.5 % and 97.5 % points of each candidate's own worth, (n,) each."""
        ends = [np.full(self.scores.shape[-1], score) for score in (_LOW, _HIGH)]
        low, high = (
            self._sum([w * self.objectives[o].at(end) for o, w in self.weights.items()])
            for end in ends
        )
        return low, high

    def claimed(self) -> FloatArray:
        """Return the weighted claims, (n,); NaN where one that is weighed was not made."""
        return self._sum([w * self.objectives[o].claimed for o, w in self.weights.items()])

    def basis(self) -> list[str]:
        """Return where the worth of each candidate comes from: the weakest of its objectives."""
        every = zip(*(self.objectives[o].basis for o in self.weights), strict=True)
        return [min(found, key=BASES.index) for found in every]

    @staticmethod
    def _sum(parts: Sequence[FloatArray]) -> FloatArray:
        found: FloatArray = np.sum(np.stack(parts), axis=0, dtype=np.float64)
        return found


def learn(record: Record, n_sectors: int, assumptions: Assumptions) -> Correction:
    """Learn from earlier towns how forecasts turn out; nothing on record leaves the prior.

    >>> learn(Record(np.empty(0), np.empty(0, np.int64)), 2, Assumptions()).bias.tolist()
    [0.0, 0.0]
    """
    n, width = len(record.log_ratio), (_BIAS_SPREAD, _BIAS_SPREAD / 2)
    error = _error(record, assumptions)
    of = (record.sector[:, None] == np.arange(n_sectors)).astype(np.float64)
    a, c = assumptions.shared, assumptions.sector_shared
    prior = width[0] ** 2 + width[1] ** 2 * np.eye(n_sectors)
    noise = error**2 * (a + c * of @ of.T + (1 - a - c) * np.eye(n))
    gain = np.linalg.solve(of @ prior @ of.T + noise, of @ prior).T
    left = prior - gain @ of @ prior
    apart = n_sectors * (n_sectors - 1)
    alike = (left.sum() - np.trace(left)) / apart if apart else left[0, 0]
    own = np.sqrt(np.maximum(np.diag(left) - alike, 0.0))
    doubt = float(np.sqrt(max(alike, 0.0)))
    told = assumptions.prior_towns + max(n - 1, 0)
    about_error = 1 / np.sqrt(2 * told)
    return Correction(gain @ record.log_ratio, doubt, own, error, n, a, c, float(about_error))


def _error(record: Record, assumptions: Assumptions) -> float:
    """Return σ of (4): by moments of the spread about the mean, less that of sectors' biases."""
    n, prior = len(record.log_ratio), assumptions.prior_towns
    if n < 2:  # noqa: PLR2004  one town has no spread
        return assumptions.ratio_error
    a, c = assumptions.shared, assumptions.sector_shared
    sectors = n - (np.bincount(record.sector) ** 2).sum() / n
    spread = n * float(record.log_ratio.var()) - sectors * (_BIAS_SPREAD / 2) ** 2
    found = max(spread, 0.0) / ((1 - a - c) * (n - 1) + c * sectors)
    mean = (prior * assumptions.ratio_error**2 + (n - 1) * found) / (prior + n - 1)
    return float(np.sqrt(mean))


def value_claims(
    claimed: FloatArray, sector: IntArray, stated: FloatArray, correction: Correction
) -> Value:
    """Correct the claims of one objective.

    claimed: (n,), NaN where nothing is claimed. sector: number of each one's sector. stated: log
    standard error that an applicant states itself, NaN where it does not. A claim of 0 stays 0; if
    nobody claims more, all are worth 0.
    """
    logs = np.log(np.where(claimed > 0, claimed, np.nan)) + correction.bias[sector]
    found, of_all = _drawn_to_sector(logs, sector, stated, correction)
    there = np.bincount(sector[found.known], minlength=int(sector.max()) + 1) > 0
    basis = np.where(found.known, "claim", np.where(there[sector], "sector", "programme"))
    zero = (claimed == 0) | ~found.known.any()
    by_itself = np.sqrt(found.deviation**2 - found.common**2)
    of_error = _moved(logs, sector, stated, correction)
    doubts = np.where(zero, 0.0, np.stack([of_all, found.common, by_itself, of_error]))
    mean = np.where(zero, 0.0, found.mean)
    said = np.where(claimed == 0, "claim", np.where(zero, "nothing", basis))
    less = np.zeros(len(claimed))
    return Value(mean, doubts, np.where(zero, 0.0, 1.0), less, claimed, said.tolist(), sector)


def _drawn_to_sector(
    logs: FloatArray, sector: IntArray, stated: FloatArray, correction: Correction
) -> tuple[Shrunken, FloatArray]:
    """Draw unbiased log claims to their sector; with the doubt that all have in common, (n,)."""
    error = np.where(np.isfinite(stated), np.maximum(stated, 1e-6), correction.error)
    of_all, _, own, _ = correction.parts(error)
    found = shrink(logs, own, sector, correction.sector_error())
    return found, np.hypot(of_all, correction.all_doubt)


def _moved(
    logs: FloatArray, sector: IntArray, stated: FloatArray, correction: Correction
) -> FloatArray:
    """Return by how much the log of each expected value moves if σ is larger by its doubt, (n,)."""
    ends = []
    for sign in (-1, 1):
        error = correction.error * float(np.exp(sign * correction.error_doubt))
        found, _ = _drawn_to_sector(logs, sector, stated, replace(correction, error=error))
        ends.append(found.mean + (found.deviation**2 - found.common**2) / 2)
    moved: FloatArray = (ends[1] - ends[0]) / 2
    return moved


def realised_ratio(planned: FloatArray, sector: IntArray, correction: Correction) -> Value:
    """Value what becomes of planned investment, as a share of it: a claim like others, (1) to (5).

    Who plans much more than its sector is expected to realise less of it. planned: (n,); of 0, 0.

    >>> little = Correction(np.log([0.8]), 0.0, np.zeros(1), 0.5, 9)
    >>> found = realised_ratio(np.array([10.0, 90.0, 0.0]), np.zeros(3, np.int64), little)
    >>> found.expected().round(2).tolist()
    [1.01, 0.8, 0.0]
    """
    stated = np.full(len(planned), np.nan)
    found = value_claims(planned, sector, stated, correction)
    whole = np.log(np.where(planned > 0, planned, 1.0))
    return replace(found, log_mean=found.log_mean - whole, claimed=found.nothing)


def value_effect(
    base: FloatArray, sector: IntArray, effect: tuple[float, float], correction: Correction
) -> Value:
    """Value what a published effect of zones would do to what a place has: base · (e^effect - 1).

    base: a year, (n,), NaN where not known: then what its sector has. effect: mean and standard
    deviation in log points. Much of what is not known of a published effect is the same for all
    towns: `SHARED_EFFECT` of its variance, a judgement.

    >>> prior = learn(Record(np.empty(0), np.empty(0, np.int64)), 1, Assumptions())
    >>> found = value_effect(np.array([100.0]), np.zeros(1, np.int64), (np.log(1.1), 0.0), prior)
    >>> found.expected().round(6).tolist()
    [10.0]
    """
    none = np.zeros(len(correction.bias))
    exact = Correction(none, 0.0, none, correction.error, correction.towns)
    there = value_claims(base, sector, np.full(len(base), 1e-6), exact)
    level = there.nothing * np.exp(there.log_mean)
    basis = ["effect" if said == "claim" else said for said in there.basis]
    in_common, own = effect[1] * np.sqrt([SHARED_EFFECT, 1 - SHARED_EFFECT])
    doubts = np.array([in_common, 0.0, own, 0.0])[:, None] * np.ones(len(base))
    unclaimed = np.full(len(base), np.nan)
    mean = there.log_mean + effect[0]
    return Value(mean, doubts, there.nothing, level, unclaimed, basis, sector)


def standard_scores(sector: IntArray, n_scenarios: int, rng: np.random.Generator) -> FloatArray:
    """Draw what befalls all, each sector, each town by itself, and σ, (n_scenarios, 4, n)."""
    found: FloatArray = np.empty((n_scenarios, 4, len(sector)))
    found[:, 0] = rng.standard_normal((n_scenarios, 1))
    found[:, 1] = rng.standard_normal((n_scenarios, int(sector.max()) + 1))[:, sector]
    found[:, 2] = rng.standard_normal((n_scenarios, len(sector)))
    found[:, 3] = rng.standard_normal((n_scenarios, 1))
    return found


def as_claimed(values: Values) -> Values:
    """Return the values as if every claim were true; where nothing is claimed, as before."""
    taken = {}
    for name, value in values.objectives.items():
        own = np.isfinite(value.claimed) & (value.claimed > 0)
        mean = np.where(own, np.log(np.where(own, value.claimed, 1.0)), value.log_mean)
        taken[name] = replace(value, log_mean=mean, doubts=np.where(own, 0.0, value.doubts))
    return replace(values, objectives=taken)


def plain_weights(weights: Mapping[str, Decimal]) -> dict[str, float]:
    """Return the weights above zero as floats, in the order given."""
    return {name: float(weight) for name, weight in weights.items() if weight > 0}
