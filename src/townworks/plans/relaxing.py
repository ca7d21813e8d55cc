"""The choice with fractions allowed: quick, and what it says of prices, tails and doubt."""

from dataclasses import dataclass

import numpy as np

from townworks.measures.arrays import FloatArray
from townworks.measures.risk import lower_tail_mean, tail_weights
from townworks.plans.model import Mip, scenario_values_of, tail_row
from townworks.plans.problem import Problem
from townworks.plans.solve import Effort, LinearSolver, Status

CUTS = 60
"""Tails added to the relaxed programme at most."""
_CLOSE = 1e-6


@dataclass(frozen=True, slots=True)
class Relaxed:
    """The relaxed optimum: values of the variables, dual prices of the rows, tails that bind.

    bound: no plan has a higher goal; infinite if the time was up.
    """

    status: Status
    values: FloatArray
    dual: FloatArray
    tails: tuple[FloatArray, ...]
    bound: float

    def price(self, mip: Mip) -> FloatArray:
        """Return what each place uses up of what is scarce, at dual prices, unscaled."""
        rows = mip.matrix.shape[0]
        n_places = int(mip.integer.sum())
        return mip.matrix[:, :n_places].T @ self.dual[:rows] * mip.scale


def relax(problem: Problem, mip: Mip, effort: Effort) -> Relaxed:
    """Solve the relaxed programme; with risk, add tails until they say what CVaR says."""
    solver = LinearSolver(mip, effort)
    tails: list[FloatArray] = []
    while True:
        status, values, dual = solver.solve()
        bound = float(mip.cost @ values) * mip.scale if status == "proven" else np.inf
        if status != "proven" or not problem.is_averse or len(tails) == CUTS:
            return Relaxed(status, values, dual, tuple(tails), bound)
        worth = scenario_values_of(problem, values)
        true = lower_tail_mean(worth, problem.tail) / mip.scale
        if values[-1] <= true + _CLOSE * (1 + abs(true)):
            return Relaxed(status, values, dual, tuple(tails), bound)
        tails.append(tail_weights(worth, problem.tail))
        solver.add_row(tail_row(problem, mip, tails[-1]), 0.0, np.inf)
