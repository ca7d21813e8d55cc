"""Instead of whom: the next best for each town, and what a refused one would have to be worth.

Everything here exchanges one candidate for one other and leaves the rest of the plan as it is. Two
exchanges together might do better, so a regret is an upper bound, and so is the worth needed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from townworks.measures.arrays import FloatArray, IntArray
from townworks.plans.greedy import Bench
from townworks.plans.problem import NEVER, Plan, Problem

_CLOSE = 1e-9
FORCING = ("must", "committed")
"""Demands that hold a candidate in the plan."""


@dataclass(frozen=True, slots=True)
class Exchanges:
    """For each candidate the best exchange: with whom (number, -1: none fits), at what cost.

    loss: of the goal if a chosen one goes for its next best, or if a refused one comes in for the
    one it would replace, (n,), NaN where none fits. needed: what a refused one would have to be
    worth more in its best year, (n,), NaN. barrier: number of the demand that bars a refused one
    from its best exchange, if none fits (-1).
    """

    instead: IntArray
    loss: FloatArray
    needed: FloatArray
    barrier: IntArray


class _Found:
    """The best exchange so far of each candidate."""

    def __init__(self, n: int) -> None:
        self.instead = np.full(n, -1, np.int64)
        self.loss = np.full(n, np.inf)
        self.extra = np.full(n, np.inf)

    def chosen(self, who: int, instead: int, loss: float) -> None:
        """Note the next best of a chosen one."""
        self.instead[who], self.loss[who] = instead, loss

    def refused(self, losses: FloatArray, left: FloatArray, out: int) -> None:
        """Note for every refused one what replacing `out` would cost, (n, years)."""
        year = np.argmin(losses, axis=1)
        rows = np.arange(len(losses))
        loss = losses[rows, year]
        better = loss < self.loss - _CLOSE
        self.instead[better], self.loss[better] = out, loss[better]
        self.extra = np.minimum(
            self.extra, (np.maximum(losses, 0) / np.maximum(left, _CLOSE)).min(axis=1)
        )


def exchanges(problem: Problem, plan: Plan) -> Exchanges:
    """Look at every exchange of one chosen candidate for one refused, and at plain additions."""
    bench = Bench(problem)
    for place in plan.places(bench.years):
        bench.put(int(place))
    found = _Found(bench.n)
    refused = ~plan.chosen
    for who in np.flatnonzero(plan.chosen):
        loss = _losses(bench, int(who), refused)
        best = int(np.argmin(loss))
        if np.isfinite(loss.flat[best]):
            found.chosen(int(who), best // bench.years, float(loss.flat[best]))
        found.refused(loss, problem.left, int(who))
    _additions(bench, found, refused)
    alone = np.isinf(found.loss)
    barrier = np.full(bench.n, -1, np.int64)
    for who in np.flatnonzero(alone & refused):
        barrier[who] = _barrier(bench, int(who))
    loss = np.where(alone, np.nan, found.loss)
    needed = np.where(np.isinf(found.extra) | ~refused, np.nan, found.extra)
    return Exchanges(found.instead, loss, needed, barrier)


def _losses(bench: Bench, who: int, refused: np.ndarray) -> FloatArray:
    """Return what each refused place would cost instead of `who`; inf where it does not fit."""
    before = bench.lacking()
    old = bench.take(who)
    gain = bench.gains()
    fits = bench.fits() & (bench.lacking_with() <= before + _CLOSE)
    fits &= np.repeat(refused, bench.years)
    loss: FloatArray = np.where(fits, gain[old] - gain, np.inf).reshape(bench.n, bench.years)
    bench.put(old)
    return loss


def _additions(bench: Bench, found: _Found, refused: np.ndarray) -> None:
    """Note refused ones that would fit in besides: they were left out as they add nothing."""
    fits = bench.fits() & np.repeat(refused, bench.years)
    loss = np.where(fits, -bench.gains(), np.inf).reshape(bench.n, bench.years)
    found.refused(loss, bench.problem.left, -1)


def _barrier(bench: Bench, who: int) -> int:
    """Return the demand that `who` breaks most often: put in besides, or for one that may go."""
    own = np.flatnonzero(bench.allowed[who * bench.years : (who + 1) * bench.years])
    if not len(own):
        return -1
    fixed = {int(d.index[0]) // bench.years for d in bench.problem.demands if d.key in FORCING}
    free = [int(other) for other in np.flatnonzero(bench.start != NEVER) if int(other) not in fixed]
    counts = np.zeros(len(bench.used), np.int64)
    for out in [None, *free]:
        for demand in _broken(bench, out, who * bench.years + int(own[0])):
            counts[demand] += 1
    return int(np.argmax(counts)) if counts.any() else -1


def _broken(bench: Bench, out: int | None, place: int) -> Iterator[int]:
    """Demands that are broken by a place, put in instead of a chosen candidate or besides."""
    used = bench.used.copy()
    moves = [(place, 1.0)]
    if out is not None:
        moves.append((out * bench.years + int(bench.start[out]), -1.0))
    for which, sign in moves:
        column = slice(*bench.matrix.indptr[which : which + 2])
        used[bench.matrix.indices[column]] += sign * bench.matrix.data[column]
    worse = (used > bench.most + _CLOSE) | (used < np.minimum(bench.least, bench.used) - _CLOSE)
    yield from (int(i) for i in np.flatnonzero(worse))
