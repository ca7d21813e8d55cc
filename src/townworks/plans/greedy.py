"""A first plan by hand: the best next candidate again and again, then exchanges that improve it.

Marginal greedy with swaps. Where candidates help each other it has no guarantee (the goal is not
submodular; Nemhauser, Wolsey & Fisher 1978 does not hold), so it is a start for the solver and a
yardstick, not the answer.
"""

from dataclasses import replace
from time import perf_counter

import numpy as np
from scipy.sparse import csc_array, csr_array

from townworks.measures.arrays import BoolArray, FloatArray, IntArray
from townworks.measures.risk import lower_tail_means
from townworks.plans.problem import NEVER, Plan, Problem

SWEEPS = 30
"""Sweeps of exchanges at most; each exchange improves, so few are ever needed."""
_CLOSE = 1e-9


class Bench:
    """A plan in the making: who is in, what each demand has of it, what another would add."""

    def __init__(self, problem: Problem) -> None:
        """Start with nobody chosen."""
        self.problem = problem
        self.n, self.years = problem.shape
        matrix = problem.matrix()
        largest = np.maximum(abs(matrix).max(axis=1).toarray().ravel(), 1e-300)
        least, most = problem.bounds()
        self.least, self.most = least / largest, most / largest
        self.matrix: csc_array = csc_array(csr_array(matrix).multiply(1 / largest[:, None]))
        self.used = np.zeros(len(largest))
        self.start = np.full(self.n, NEVER, np.int64)
        self.until = np.inf
        self.allowed = problem.allowed.ravel()
        self.pair = _symmetric(problem)
        self.near = np.zeros(self.n)
        self.worth = np.zeros(len(problem.draws)) if problem.is_averse else None
        self._of = np.repeat(np.arange(self.n * self.years), np.diff(self.matrix.indptr))

    def plan(self) -> Plan:
        """Return the plan as it stands."""
        return Plan(self.start.copy())

    def put(self, place: int) -> None:
        """Choose a place."""
        who, year = divmod(place, self.years)
        self._move(who, int(year), 1.0)
        self.start[who] = year

    def take(self, who: int) -> int:
        """Drop a candidate; return the place it had."""
        year = int(self.start[who])
        self._move(who, year, -1.0)
        self.start[who] = NEVER
        return who * self.years + year

    def _move(self, who: int, year: int, sign: float) -> None:
        column = slice(*self.matrix.indptr[who * self.years + year :][:2])
        self.used[self.matrix.indices[column]] += sign * self.matrix.data[column]
        if self.worth is not None:
            own = self.problem.draws[:, who] * self.problem.left[who, year] + self.near[who]
            self.worth += sign * own
        row = slice(*self.pair.indptr[who:][:2])
        self.near[self.pair.indices[row]] += sign * self.pair.data[row]

    def gains(self) -> FloatArray:
        """What each place would add to the goal, (n · n_years,); pairs with the chosen included."""
        problem = self.problem
        own = problem.value[:, None] * problem.left + self.near[:, None]
        if self.worth is None:
            return own.ravel()
        now = float(lower_tail_means(self.worth[:, None], problem.tail)[0])
        risk = np.empty_like(own)
        for year, left in enumerate(problem.left.T):
            then = self.worth[:, None] + problem.draws * left + self.near
            risk[:, year] = lower_tail_means(then, problem.tail) - now
        return ((1 - problem.aversion) * own + problem.aversion * risk).ravel()

    def fits(self) -> BoolArray:
        """Which places break no ceiling, (n · n_years,)."""
        over = self.matrix.data > (self.most - self.used)[self.matrix.indices] + _CLOSE
        bad = np.bincount(self._of[over], minlength=self.n * self.years) > 0
        free = np.repeat(self.start == NEVER, self.years)
        found: BoolArray = self.allowed & free & ~bad
        return found

    def lacking(self) -> float:
        """By how much floors are missed, all together, in scaled units."""
        return float(np.maximum(self.least - self.used, 0).sum())

    def lacking_with(self) -> FloatArray:
        """Return `lacking` if each place were put in, (n · n_years,)."""
        need = self.least - self.used
        before = np.maximum(need, 0)
        after = np.maximum(need[self.matrix.indices] - self.matrix.data, 0)
        change = after - before[self.matrix.indices]
        moved = np.bincount(self._of, weights=change, minlength=self.n * self.years)
        found: FloatArray = before.sum() + moved
        return found


def _symmetric(problem: Problem) -> csr_array:
    """Pairs as a matrix that is read from both sides."""
    n = problem.shape[0]
    one, other = problem.pairs.T if len(problem.pairs) else np.empty((2, 0), np.int64)
    both = (np.concatenate([one, other]), np.concatenate([other, one]))
    return csr_array((np.tile(problem.pair_value, 2), both), shape=(n, n))


def first_plan(
    problem: Problem,
    keep: Plan | None = None,
    price: FloatArray | None = None,
    until: float = np.inf,
) -> Plan | None:
    """Return a plan by marginal greedy and swaps; None if none was found that meets every demand.

    keep: a plan to start from, as far as the ceilings allow. price: what each place uses up
    of what is scarce, taken off what it adds while the plan grows, (n · n_years,). until: when to
    stop improving, by `time.perf_counter`.
    """
    bench = Bench(problem)
    bench.until = until
    for place in [] if keep is None else keep.places(bench.years).tolist():
        if bench.fits()[place]:
            bench.put(place)
    grow(bench, price)
    exchange(bench)
    return bench.plan() if bench.lacking() <= _CLOSE else None


def marginal_greedy(problem: Problem) -> Plan:
    """Return the plan of the best next candidate again and again, without exchanges."""
    bench = Bench(problem)
    grow(bench)
    return bench.plan()


def ratio_greedy(problem: Problem, cost: FloatArray) -> Plan:
    """Return the plan of the most worth for its cost first, pairs left aside; a common yardstick.

    cost: of each candidate, (n,), above zero.
    """
    bench = Bench(replace(problem, pairs=np.empty((0, 2), np.int64), pair_value=np.empty(0)))
    for who in np.argsort(-problem.value / cost, kind="stable"):
        own = slice(who * bench.years, (who + 1) * bench.years)
        open_places = np.flatnonzero(bench.fits()[own])
        if len(open_places) and problem.value[who] > 0:
            bench.put(int(who * bench.years + open_places[0]))
    return bench.plan()


def grow(bench: Bench, price: FloatArray | None = None) -> None:
    """Add the place that adds most, less its price, until nothing fits or helps."""
    while perf_counter() < bench.until:
        open_places = bench.fits()
        if not open_places.any():
            return
        gain, lacking = bench.gains(), bench.lacking()
        less = lacking - bench.lacking_with()
        useful = open_places & ((less > _CLOSE) | ((gain > 0) & (less > -_CLOSE)))
        if not useful.any():
            return
        bench.put(_best(gain if price is None else gain - price, useful))


def _best(gain: FloatArray, among: BoolArray) -> int:
    """Return the place that gains most; of equals the first."""
    return int(np.argmax(np.where(among, gain, -np.inf)))


def exchange(bench: Bench) -> None:
    """Put another in the place of one as long as that helps: floors first, then the goal."""
    for _ in range(SWEEPS):
        moved = False
        for who in np.flatnonzero(bench.start != NEVER):
            if perf_counter() > bench.until:
                return
            moved |= _exchanged(bench, int(who))
        if not moved:
            return
        grow(bench)


def _exchanged(bench: Bench, who: int) -> bool:
    """Replace one candidate by the best other (or another year of itself), if that is better."""
    before = bench.lacking()
    old = bench.take(who)
    gain = bench.gains()
    after = bench.lacking_with()
    open_places = bench.fits()
    better = open_places & (after < before - _CLOSE)
    if not better.any():
        more = gain > gain[old] + _CLOSE * (1 + abs(gain[old]))
        better = open_places & (after <= before + _CLOSE) & more
    if not better.any():
        bench.put(old)
        return False
    least = after[better].min()
    tied: IntArray = np.flatnonzero(better & (after <= least + _CLOSE))
    bench.put(int(tied[np.argmax(gain[tied])]))
    return True
