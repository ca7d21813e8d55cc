"""Plans: published optima, speed and quality, recovery of a known truth, conflicts, same bytes.

    python benchmarks/plans.py ../shared/data/oracles

1. Portfolio problems whose optimum is published, through the model that plans towns.
2. Plain greedy, greedy by worth for cost, greedy with swaps, ours, and `scipy.optimize.milp` of the
   same programme written out (with risk: Rockafellar and Uryasev's rows for every scenario), with
   the same gap and time limit; made-up programmes with ceilings by year, target, quotas and more.
3. Simulated programmes of which the truth is known (`plan_recovery.py`), 200 of each kind.
4. Seconds to explain requests that cannot be met, each demand left out in turn.
5. `townworks plan` twice with one seed: are the files the same?

It prints the page `plans.md`, and writes it beside itself.
"""

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "oracles")]

import numpy as np  # noqa: E402  the path comes first
import polars as pl  # noqa: E402
import scipy  # noqa: E402
from plan_recovery import recovery  # noqa: E402
from scipy.optimize import Bounds, LinearConstraint, milp  # noqa: E402
from scipy.sparse import block_array, csc_array, csr_array  # noqa: E402
from test_published_portfolios import read_mknap, read_quadratic  # noqa: E402
from tests.unit.plans.programmes import FIRST, World, programme, request_of  # noqa: E402
from tests.unit.plans.worlds import case_of  # noqa: E402

from townworks.plans.casting import Case  # noqa: E402
from townworks.plans.choose import choose  # noqa: E402
from townworks.plans.conflicts import explain  # noqa: E402
from townworks.plans.greedy import first_plan, marginal_greedy, ratio_greedy  # noqa: E402
from townworks.plans.model import Mip, build, plan_of  # noqa: E402
from townworks.plans.problem import Demand, Plan, Problem, goal  # noqa: E402
from townworks.plans.proof import broken  # noqa: E402
from townworks.plans.relaxing import relax  # noqa: E402
from townworks.plans.request import Limit, PlanRequest, Quota  # noqa: E402
from townworks.plans.solve import Effort, solve  # noqa: E402
from townworks.schema.plans import PlanPair  # noqa: E402

SEEDS = 200
KNAPSACKS = (3800, 8706.1, 4015, 6120, 12400, 10618, 16537)
QUADRATIC = {"jeu_100_25_1": 18558, "jeu_100_25_2": 56525}
ABOUT_SPEED = """
Plain greedy spends what is scarce on the largest, so that it stops below the towns asked; "breaks"
counts what of the request a plan does not keep. With risk, ours adds the tails that bind; scipy has
a row a scenario. The last two have too little time on purpose."""
ABOUT_CONFLICTS = """\
Each set is checked anew: it cannot be met; without any one of it the rest of it can; and whether
without that one the whole request can be met ("frees"), which the words now say only if so.
"""
FULL_LIMIT = 120.0
"""Seconds for one published problem."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a made-up programme is, and how well and long to solve it."""

    towns: int
    chosen: int
    pairs: int
    aversion: float
    gap: float
    seconds: float

    def __str__(self) -> str:
        """Say it."""
        risk = f", risk aversion {self.aversion} over 200 scenarios" if self.aversion else ""
        return f"{self.chosen} of {self.towns} towns, {self.pairs:,} signed pairs, 3 years{risk}"


SIZES = (
    Size(150, 60, 450, 0.0, 0.01, 60),
    Size(150, 60, 450, 0.5, 0.01, 60),
    Size(900, 100, 2_000, 0.0, 0.01, 30),
    Size(900, 100, 2_000, 0.5, 0.01, 30),
    Size(900, 100, 2_000, 0.5, 0.0, 2),
    Size(900, 300, 20_000, 0.5, 0.0, 2),
)


def made(size: Size, seed: int = 1) -> Case:
    """Make a programme with ceilings by year, a target, quotas, exclusions and pairs."""
    rng = np.random.default_rng([size.towns, seed])
    world = World(towns=size.towns, chosen=size.chosen)
    program = programme(world, rng)
    request = request_of(program.frame, world, seed)
    mean = request.limits[0].most / 3
    more = tuple(Limit("public_investment", mean * Decimal("1.02"), FIRST + y) for y in (1, 2))
    quotas = (
        Quota("prefecture", "P00", size.chosen // 12),
        Quota("prefecture", "P01", 0, size.chosen // 15),
        Quota("sector", "tourism", size.chosen // 20, size.chosen // 10),
        Quota("sector", "finance", 2, size.chosen // 5),
    )
    request = replace(
        request,
        limits=(*request.limits, *more),
        quotas=quotas,
        starts=dict.fromkeys(request.calendar, int(0.45 * size.chosen)),
        risk_aversion=size.aversion,
    )
    ids = program.frame["candidate_id"].to_list()
    every = rng.integers(0, size.towns, (3 * size.pairs, 2))
    ends = sorted({(min(a, b), max(a, b)) for a, b in every.tolist() if a != b})
    taken = sorted(rng.choice(len(ends), size.pairs, replace=False).tolist())
    rows = [
        (ids[ends[i][0]], ids[ends[i][1]], Decimal(f"{rng.normal(0, 4e7):.2f}"), None)
        for i in taken
    ]
    linked = pl.DataFrame(rows, schema=PlanPair.create_empty().schema, orient="row")
    return case_of(program.frame, linked, request, program.past)


def direct(problem: Problem, size: Size) -> tuple[Plan | None, float]:
    """Return what `scipy.optimize.milp` finds, and the bound it proves."""
    mip = build(replace(problem, aversion=0.0))
    full = with_every_scenario(problem, mip) if problem.is_averse else mip
    found = milp(
        -full.cost,
        integrality=full.integer.astype(int),
        bounds=Bounds(full.lower, full.upper),
        constraints=LinearConstraint(full.matrix, full.row_lower, full.row_upper),
        options={"mip_rel_gap": size.gap, "time_limit": size.seconds},
    )
    bound = np.inf if found.mip_dual_bound is None else -found.mip_dual_bound * full.scale
    plan = None if found.x is None else plan_of(found.x, problem.shape)
    return plan, float(bound)


def priced(problem: Problem, effort: Effort) -> Plan | None:
    """Return what ours begins with where ceilings bind: greedy that pays for what is scarce."""
    mip = build(problem)
    return first_plan(problem, price=relax(problem, mip, effort).price(mip))


def with_every_scenario(problem: Problem, mip: Mip) -> Mip:
    """Write η and z_s ≥ η - V_s, z_s ≥ 0, in the goal λ (η - Σ z_s / (τ S))."""
    count, aversion = len(problem.draws), problem.aversion
    own = (problem.draws[:, :, None] * problem.discount).reshape(count, -1)
    pairs = np.repeat(problem.pair_value[None, :], count, axis=0)
    worth = csr_array(np.concatenate([own, pairs], axis=1) / mip.scale)
    falls = block_array([[worth, csr_array(-np.ones((count, 1))), csr_array(np.eye(count))]])
    nothing = csr_array((mip.matrix.shape[0], 1 + count))
    tail = np.full(count, -aversion / (problem.tail * count))
    return Mip(
        np.concatenate([(1 - aversion) * mip.cost, [aversion], tail]),
        np.concatenate([mip.lower, [-np.inf], np.zeros(count)]),
        np.concatenate([mip.upper, np.full(1 + count, np.inf)]),
        np.concatenate([mip.integer, np.zeros(1 + count, dtype=bool)]),
        csc_array(block_array([[block_array([[mip.matrix, nothing]])], [falls]])),
        np.concatenate([mip.row_lower, np.zeros(count)]),
        np.concatenate([mip.row_upper, np.full(count, np.inf)]),
        mip.scale,
    )


def published(folder: Path) -> Iterator[str]:
    """Return the lines on published optima."""
    yield "| problem | published | value | bound | seconds |"
    yield "|---|--:|--:|--:|--:|"
    problems = [
        (f"mknap1 #{i}", problem, float(optimum))
        for i, ((problem, _), optimum) in enumerate(
            zip(read_mknap(folder / "mknap1.txt"), KNAPSACKS, strict=True), 1
        )
    ]
    first, _ = next(read_mknap(folder / "mknapcb1.txt"))
    problems.append(("mknapcb1 #1", first, 24381.0))
    problems += [
        (name, read_quadratic(folder / f"{name}.txt"), float(best))
        for name, best in QUADRATIC.items()
    ]
    for name, problem, optimum in problems:
        begun = perf_counter()
        found = choose(problem, Effort(gap=0.0, seconds=FULL_LIMIT))
        taken = perf_counter() - begun
        yield f"| {name} | {optimum:g} | {found.goal:g} | {found.bound:g} | {taken:.2f} |"


def compared(size: Size) -> Iterator[str]:
    """Return the lines on one size: every way to choose, side by side."""
    case = made(size)
    problem, ratio = case.problem, case.expected_ratio.tolist()
    cost = case.portfolio.within("public_investment", 3)[:, 0].astype(float)
    effort = Effort(size.gap, size.seconds)
    ways = {
        "plain greedy": lambda: (marginal_greedy(problem), np.inf),
        "greedy by worth for cost": lambda: (ratio_greedy(problem, cost), np.inf),
        "greedy with swaps": lambda: (first_plan(problem), np.inf),
        "greedy with swaps at dual prices": lambda: (priced(problem, effort), np.inf),
        "ours": lambda: (found := choose(problem, effort)) and (found.plan, found.bound),
        "scipy.optimize.milp": lambda: direct(problem, size),
    }
    yield f"\n{size}; gap asked {size.gap:.0%}, limit {size.seconds:g} s:\n"
    yield "| way | value, CNY bn | of the best bound | gap it proves | seconds | breaks |"
    yield "|---|--:|--:|--:|--:|---|"
    rows = []
    for name, way in ways.items():
        begun = perf_counter()
        plan, bound = way()
        rows.append((name, plan, bound, perf_counter() - begun))
    least = min(bound for _, _, bound, _ in rows)
    for name, plan, bound, taken in rows:
        if plan is None:
            yield f"| {name} | none found | | | {taken:.2f} | |"
            continue
        worth = goal(problem, plan)
        gap = "–" if np.isinf(bound) else f"{max(bound / worth - 1, 0):.2%}"
        faults = broken(case.portfolio, case.request, plan, ratio)
        said = f"{len(faults)}: {faults[0].split(':')[0]} …" if faults else "nothing"
        yield f"| {name} | {worth / 1e9:.3f} | {worth / least:.2%} | {gap} | {taken:.2f} | {said} |"


def impossible(case: Case) -> Iterator[tuple[str, PlanRequest]]:
    """Requests that cannot be met, each in its own way."""
    request = case.request
    towns = int(request.towns or 0)
    public = request.limits[0].most
    land = request.limits[2].most
    size = case.portfolio.table.height
    ids = case.portfolio.ids
    yield (
        "target above what so many towns bring",
        replace(request, investment_target_cny=public * 12),
    )
    tight = (*request.limits, Limit("public_investment", public / 3))
    yield "public outlay below what so many towns take", replace(request, limits=tight)
    yield (
        "land of one year against the target",
        replace(request, limits=(*request.limits, Limit("land", land / 9, FIRST + 2))),
    )
    floors = tuple(Quota("prefecture", f"P{i:02}", towns // 8) for i in range(8))
    yield (
        "floors of all prefectures against one sector's ceiling",
        replace(request, quotas=(*floors, Quota("sector", "it", towns - 5))),
    )
    yield "more towns than candidates", replace(request, towns=size + 1)
    yield (
        "places by year below the towns asked",
        replace(request, starts=dict.fromkeys(request.calendar, towns // 4)),
    )
    yield (
        "the dearest must be in",
        replace(request, must=frozenset(dearest(case, towns))),
    )
    yield (
        "one industry a county, nearly all must not",
        replace(request, must_not=frozenset(ids[: size - towns - 1])),
    )


def dearest(case: Case, count: int) -> list[str]:
    """Ids of those who take most public money."""
    amounts = case.portfolio.within("public_investment", 3)[:, 0]
    return [case.portfolio.ids[i] for i in np.argsort(-amounts, kind="stable")[:count]]


def possible(problem: Problem, demands: list[Demand]) -> bool:
    """Whether demands can be met together; asked anew of the whole programme."""
    none = np.empty((0, 2), np.int64)
    alone = replace(
        problem, demands=tuple(demands), pairs=none, pair_value=np.empty(0), aversion=0.0
    )
    return solve(build(alone), Effort(1.0, 60)).status != "none"


def explained(size: Size) -> Iterator[str]:
    """Return the lines on conflicts of one size."""
    case = made(size)
    for name, request in impossible(case):
        again = case_of(with_flows(case), case.portfolio.pairs, request)
        begun = perf_counter()
        found = explain(again.problem)
        taken = perf_counter() - begun
        groups = [list(conflict.demands) for conflict in found.conflicts]
        rows = [row for group in groups for row in group]
        whole = not possible(again.problem, rows)
        least = all(
            possible(
                again.problem, [row for other in groups if other is not group for row in other]
            )
            for group in groups
        )
        enough = all(possible(again.problem, without(again.problem, group)) for group in groups)
        keys = ", ".join(conflict.key for conflict in found.conflicts)
        said = ["yes" if each else "no" for each in (whole, least, enough)]
        yield f"| {size.towns} | {name} | {keys} | {taken:.1f} | " + " | ".join(said) + " |"


def without(problem: Problem, group: list[Demand]) -> list[Demand]:
    """All demands but some, by identity."""
    gone = {id(demand) for demand in group}
    return [demand for demand in problem.demands if id(demand) not in gone]


def with_flows(case: Case) -> pl.DataFrame:
    """Candidates as a file has them, from a case."""
    flows = {
        f"{name}_{year + 1}_{'mu' if name == 'land' else 'cny'}": [
            Decimal(int(v)) / 100 for v in flow[:, year]
        ]
        for name, flow in case.portfolio.flows.items()
        for year in range(flow.shape[1])
    }
    return case.portfolio.table.with_columns(
        **{name: pl.Series(values, dtype=pl.Decimal(20, 2)) for name, values in flows.items()}
    )


def same_bytes() -> Iterator[str]:
    """Run the command twice; name the files that differ."""
    candidates = ROOT / "examples" / "plan" / "candidates.csv"
    command = [str(Path(sys.executable).parent / "townworks"), "plan", str(candidates)]
    options = ["--towns", "40", "--investment-target", "none", "--risk-aversion", "0.3"]
    options += ["--weights", "investment_cny=1"]
    with tempfile.TemporaryDirectory() as folder:
        seconds = []
        for run in ("a", "b"):
            place = Path(folder) / run
            place.mkdir()
            begun = perf_counter()
            outs = ["--out", "plan.csv", "--out", "plan.html"]
            subprocess.run(command + options + outs, cwd=place, check=True, capture_output=True)
            seconds.append(perf_counter() - begun)
        names = sorted(path.name for path in (Path(folder) / "a").iterdir())
        differ = [
            name
            for name in names
            if (Path(folder) / "a" / name).read_bytes() != (Path(folder) / "b" / name).read_bytes()
        ]
    yield f"{len(names)} files, twice, {seconds[0]:.1f} and {seconds[1]:.1f} s."
    yield f"Differing: {', '.join(differ) or 'none'}."


def lines(folder: Path) -> Iterator[str]:
    """Return the page."""
    yield "# Plans: optima, speed, recovery, conflicts\n"
    yield "Command: `python benchmarks/plans.py ../shared/data/oracles`, all of it in one run."
    load = os.getloadavg()[0]
    yield f"Two-core virtual machine, load {load:.1f} at the start (other work beside it: ±30 %)."
    yield f"{platform.machine()}, Python {platform.python_version()}, scipy {scipy.__version__}."
    yield "\n## Published optima\n"
    yield from published(folder)
    yield "\n## Speed and quality"
    yield ABOUT_SPEED
    for size in SIZES:
        yield from compared(size)
    yield "\n## Recovery of a known truth\n"
    yield from recovery(SEEDS)
    yield "\n## Conflicts\n"
    yield ABOUT_CONFLICTS
    yield "| of | asked | conflict found | s | cannot be met | irreducible | each one frees |"
    yield "|--:|---|---|--:|---|---|---|"
    for size in (SIZES[0], SIZES[2]):
        yield from explained(size)
    yield "\n## Same seed, same bytes\n"
    yield from same_bytes()


def main() -> None:
    """Print each line as it is found, then write the page."""
    page = []
    for line in lines(
        Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared/data/oracles"
    ):
        print(line, flush=True)
        page.append(line)
    Path(__file__).with_suffix(".md").write_text("\n".join(page) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
