"""The choice as a mixed-integer linear programme.

Variables: x_pt ∈ {0, 1}, candidate p starts in year t; y_pq ∈ [0, 1], both of a pair are chosen;
θ, the mean of the worst scenarios. z_p = Σ_t x_pt says that p is chosen. δ_pt is what a start in
year t leaves of its worth. V_s = Σ_pt v_ps δ_pt x_pt + Σ_pq s_pq y_pq is the worth in scenario s, V
that of the expected values. Goal and constraints:

    (1)  max (1 - λ) V + λ θ
    (2)  z_p ≤ 1                                        one start each
    (3)  least_d ≤ Σ_pt a_dpt x_pt ≤ most_d             every demand d of the request
    (4)  y_pq ≤ z_p,  y_pq ≤ z_q                        where s_pq > 0
    (5)  y_pq ≥ z_p + z_q - 1                           where s_pq < 0
    (6)  θ ≤ Σ_s w_s V_s                                for every tail w

A tail w gives the worst share τ of the scenarios equal weights that sum to 1; the least of (6) over
all tails is CVaR, the mean of the worst (Rockafellar & Uryasev 2000). There are more tails than can
be written, and few that bind: `choose` adds those that do (Künzi-Bay & Mayer 2006). θ and (6) are
there only with an attitude to risk, λ > 0. Goal and rows are scaled to numbers about one: money in
CNY has eleven digits, a solver's tolerance six.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.sparse import block_array, coo_array, csc_array, csr_array, diags_array, vstack

from townworks.measures.arrays import BoolArray, FloatArray, IntArray
from townworks.measures.risk import lower_tail_mean
from townworks.plans.problem import Plan, Problem, scenario_values


@dataclass(frozen=True, slots=True)
class Mip:
    """Maximise cost · v with lower ≤ v ≤ upper, row_lower ≤ matrix v ≤ row_upper.

    The goal of the problem is `scale` times the optimum. x stand first, then y, then θ if there.
    """

    cost: FloatArray
    lower: FloatArray
    upper: FloatArray
    integer: BoolArray
    matrix: csc_array
    row_lower: FloatArray
    row_upper: FloatArray
    scale: float


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows in the columns (x, y, rest), with their bounds."""

    x: csr_array
    y: csr_array
    lower: FloatArray
    upper: FloatArray


def build(problem: Problem) -> Mip:
    """Write equations (1) to (5) for a problem, and (6) for the mean over all scenarios."""
    n, years = problem.shape
    m = len(problem.pairs)
    scale = _scale(problem)
    rows = [_one_start(n, years, m), _demands(problem, m), *_pairs(problem)]
    matrix = csr_array(block_array([[row.x, row.y] for row in rows], format="csr"))
    lower = np.concatenate([row.lower for row in rows])
    upper = np.concatenate([row.upper for row in rows])
    worth = (problem.value[:, None] * problem.left).ravel() / scale
    share = 1 - problem.aversion if problem.is_averse else 1.0
    own = np.concatenate([share * worth, share * problem.pair_value / scale])
    plain = Mip(
        own,
        np.zeros(n * years + m),
        np.concatenate([problem.allowed.ravel().astype(np.float64), np.ones(m)]),
        np.arange(n * years + m) < n * years,
        csc_array(matrix),
        lower,
        upper,
        scale,
    )
    return _with_tail(problem, plain) if problem.is_averse else plain


def _scale(problem: Problem) -> float:
    largest = max(
        (float(np.abs(a).max()) for a in (problem.value, problem.pair_value) if len(a)), default=1.0
    )
    return largest or 1.0


def _one_start(n: int, years: int, m: int) -> _Rows:
    """Write equation (2)."""
    none = csr_array((n, m))
    return _Rows(_starts(np.arange(n), n, years), none, np.full(n, -np.inf), np.ones(n))


def _starts(who: IntArray, n: int, years: int) -> csr_array:
    """Rows of z_p = Σ_t x_pt for the candidates `who`."""
    rows = np.repeat(np.arange(len(who)), years)
    cols = (who[:, None] * years + np.arange(years)).ravel()
    return csr_array(coo_array((np.ones(len(cols)), (rows, cols)), shape=(len(who), n * years)))


def _demands(problem: Problem, m: int) -> _Rows:
    """Write equation (3), each row divided by its largest weight."""
    matrix = problem.matrix()
    largest = np.array([max(np.abs(d.weight).max(initial=0.0), 1e-300) for d in problem.demands])
    least, most = problem.bounds()
    scaled = diags_array(1 / largest) @ matrix if len(largest) else matrix
    none = csr_array((len(largest), m))
    return _Rows(csr_array(scaled), none, least / largest, most / largest)


def _pairs(problem: Problem) -> list[_Rows]:
    """Write equations (4) and (5)."""
    n, years = problem.shape
    m = len(problem.pairs)
    helps = np.flatnonzero(problem.pair_value > 0)
    harms = np.flatnonzero(problem.pair_value < 0)
    each = [_starts(problem.pairs[helps, side], n, years) for side in (0, 1)]
    y = _picked(helps, m)
    nothing, infinite = np.zeros(len(helps)), np.full(len(helps), -np.inf)
    both = _starts(problem.pairs[harms, 0], n, years) + _starts(problem.pairs[harms, 1], n, years)
    low = np.full(len(harms), -np.inf)
    return [
        *(_Rows(-z, y, infinite, nothing) for z in each),
        _Rows(csr_array(both), -_picked(harms, m), low, np.ones(len(harms))),
    ]


def _picked(columns: IntArray, m: int) -> csr_array:
    rows = np.arange(len(columns))
    return csr_array((np.ones(len(columns)), (rows, columns)), shape=(len(columns), m))


def _with_tail(problem: Problem, plain: Mip) -> Mip:
    """Add θ, below the mean of all scenarios."""
    everywhere = np.full(len(problem.draws), 1 / len(problem.draws))
    open_mip = Mip(
        np.append(plain.cost, problem.aversion),
        np.append(plain.lower, -np.inf),
        np.append(plain.upper, np.inf),
        np.append(plain.integer, False),
        csc_array(block_array([[plain.matrix, csc_array((plain.matrix.shape[0], 1))]])),
        plain.row_lower,
        plain.row_upper,
        plain.scale,
    )
    return with_tails(problem, open_mip, [everywhere])


def with_tails(problem: Problem, mip: Mip, tails: Sequence[FloatArray]) -> Mip:
    """Add equation (6) for more tails; each the weights of the scenarios, (n_scenarios,)."""
    rows = [csr_array(tail_row(problem, mip, tail)[None, :]) for tail in tails]
    return replace(
        mip,
        matrix=csc_array(vstack([mip.matrix, *rows])),
        row_lower=np.append(mip.row_lower, np.zeros(len(rows))),
        row_upper=np.append(mip.row_upper, np.full(len(rows), np.inf)),
    )


def tail_row(problem: Problem, mip: Mip, tail: FloatArray) -> FloatArray:
    """Return the coefficients of 0 ≤ Σ_s w_s V_s - θ, scaled."""
    own = ((tail @ problem.draws)[:, None] * problem.left).ravel()
    return np.concatenate([own / mip.scale, problem.pair_value / mip.scale, [-1.0]])


def scenario_values_of(problem: Problem, values: FloatArray) -> FloatArray:
    """Return the worth in each scenario under values of x and y that need not be whole."""
    n, years = problem.shape
    share = (values[: n * years].reshape(n, years) * problem.left).sum(axis=1)
    pairs = problem.pair_value @ values[n * years : n * years + len(problem.pairs)]
    found: FloatArray = problem.draws @ share + pairs
    return found


def warm(problem: Problem, plan: Plan, mip: Mip) -> FloatArray:
    """Return the values of all variables that say a plan, to start the solver from."""
    n, years = problem.shape
    values = np.zeros(len(mip.cost))
    values[plan.places(years)] = 1
    chosen = plan.chosen
    if len(problem.pairs):
        values[n * years : n * years + len(problem.pairs)] = chosen[problem.pairs].all(axis=1)
    if problem.is_averse:
        values[-1] = lower_tail_mean(scenario_values(problem, plan), problem.tail) / mip.scale
    return values


def plan_of(values: FloatArray, shape: tuple[int, int]) -> Plan:
    """Read a plan from the values of the variables.

    >>> plan_of(np.array([0.0, 1.0, 0.0, 0.0]), (2, 2)).start.tolist()
    [1, -1]
    """
    n, years = shape
    x = values[: n * years].reshape(n, years) > 0.5  # noqa: PLR2004  binary
    return Plan(np.where(x.any(axis=1), x.argmax(axis=1), -1).astype(np.int64))
