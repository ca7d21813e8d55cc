"""The one door to HiGHS: a mixed-integer programme in, the best found and a bound out.

One thread and a fixed seed: the same programme gives the same answer, as long as it is proven
before the time is up.
"""

from dataclasses import dataclass, field
from time import perf_counter
from typing import Literal

import highspy
import numpy as np

from townworks.errors import TownworksError
from townworks.measures.arrays import FloatArray
from townworks.plans.model import Mip

Status = Literal["proven", "time", "none", "unknown"]
"""Within the gap; the best found when the time was up; there is none; nothing found in time."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How well and how long to search: relative gap to the bound, seconds for one solution."""

    gap: float = 1e-3
    seconds: float = 60.0


@dataclass(frozen=True, slots=True)
class Answer:
    """What came out; values and goal are of the scaled programme (None: nothing was found)."""

    status: Status
    values: FloatArray | None
    goal: float
    bound: float
    seconds: float = field(compare=False)


class SolverError(TownworksError, RuntimeError):
    """The solver refused a programme that we wrote: a fault of ours.

    >>> print(SolverError("kModelError"))
    The solver stopped with kModelError. Please report it with the request.
    """

    exit_code = 2

    def __init__(self, status: str) -> None:
        """Name the solver's own word for it."""
        super().__init__(f"The solver stopped with {status}. Please report it with the request.")


def solve(mip: Mip, effort: Effort, start: FloatArray | None = None) -> Answer:
    """Maximise a programme, from a first solution if there is one.

    Raises `SolverError` if the programme is at fault.
    """
    begun = perf_counter()
    solver = loaded(mip, effort)
    if start is not None:
        every = np.arange(len(start), dtype=np.int32)
        solver.setSolution(len(start), every, start)
    solver.run()
    return _answer(solver, perf_counter() - begun)


def loaded(mip: Mip, effort: Effort, *, relaxed: bool = False) -> highspy.Highs:
    """Return the solver with a programme in it; relaxed: as a linear programme."""
    solver: highspy.Highs = highspy.Highs()  # type: ignore[no-untyped-call]
    options = {
        "output_flag": False,
        "threads": 1,
        "random_seed": 1,
        "mip_rel_gap": effort.gap,
        "time_limit": effort.seconds,
        "mip_feasibility_tolerance": 1e-9,
        "primal_feasibility_tolerance": 1e-9,
    }
    for name, value in options.items():
        solver.setOptionValue(name, value)
    status = solver.passModel(_lp(mip, relaxed=relaxed))
    if status == highspy.HighsStatus.kError:
        raise SolverError("kModelError")
    return solver


def _lp(mip: Mip, *, relaxed: bool) -> highspy.HighsLp:
    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = mip.matrix.shape
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = mip.cost, mip.lower, mip.upper
    lp.row_lower_, lp.row_upper_ = mip.row_lower, mip.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = mip.matrix.indptr
    lp.a_matrix_.index_ = mip.matrix.indices
    lp.a_matrix_.value_ = mip.matrix.data
    if not relaxed:
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(whole)] for whole in mip.integer]
    return lp


def _answer(solver: highspy.Highs, seconds: float) -> Answer:
    status = solver.getModelStatus()
    info = solver.getInfo()
    kinds = highspy.HighsModelStatus
    if status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible):
        return Answer("none", None, -np.inf, -np.inf, seconds)
    if status not in (kinds.kOptimal, kinds.kTimeLimit):
        raise SolverError(str(status))
    found = info.primal_solution_status == 2  # noqa: PLR2004  kSolutionStatusFeasible
    if not found:
        return Answer("unknown", None, -np.inf, np.inf, seconds)
    values = np.array(solver.getSolution().col_value)
    goal = float(info.objective_function_value)
    bound = float(info.mip_dual_bound)
    return Answer("proven" if status == kinds.kOptimal else "time", values, goal, bound, seconds)


class LinearSolver:
    """A relaxed programme that is solved again and again as rows or goals change."""

    def __init__(self, mip: Mip, effort: Effort) -> None:
        """Load a programme, its whole numbers relaxed."""
        self._solver = loaded(mip, effort, relaxed=True)
        self._seconds = effort.seconds

    def add_row(self, row: FloatArray, lower: float, upper: float) -> None:
        """Add a constraint on all variables."""
        index = np.flatnonzero(row).astype(np.int32)
        self._solver.addRow(lower, upper, len(index), index, row[index])

    def change_goal(self, cost: FloatArray) -> None:
        """Put other weights of the variables into the goal."""
        every = np.arange(len(cost), dtype=np.int32)
        self._solver.changeColsCost(len(cost), every, cost)

    def solve(self) -> tuple[Status, FloatArray, FloatArray]:
        """Return the status, the values of the variables, the dual prices of the rows."""
        spent = self._solver.getRunTime()  # it adds up: the limit is of one solution
        self._solver.setOptionValue("time_limit", spent + self._seconds)
        self._solver.run()
        status = self._solver.getModelStatus()
        kinds = highspy.HighsModelStatus
        found = self._solver.getSolution()
        values, dual = np.array(found.col_value), np.array(found.row_dual)
        if status == kinds.kOptimal:
            return "proven", values, dual
        infeasible = status in (kinds.kInfeasible, kinds.kUnboundedOrInfeasible)
        return "none" if infeasible else "unknown", values, dual
