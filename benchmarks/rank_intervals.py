"""Time rank intervals at the size of Zhejiang's programme, and compare with a plain loop.

135 towns, 49 indicators in 8 pillars and 2 sub-indices (the shape of ASEM 2018), one value in ten
missing, 10,000 draws. The loop is our own: the same draws one by one, nothing shared between
them, its ranks must be the same ones. It writes rank_intervals.md beside itself::

    python benchmarks/rank_intervals.py
"""

import platform
import resource
import time
from itertools import product
from pathlib import Path

import numpy as np

from townworks.measures.arrays import FloatArray
from townworks.measures.composite import (
    Method,
    Tree,
    above_zero,
    aggregate,
    falling_ranks,
    percentile_rank,
    z_score,
)
from townworks.measures.rank_intervals import (
    Alternative,
    drawn_weights,
    quantiles,
    rank_intervals,
)

TOWNS, INDICATORS, DRAWS, LOOPED = 135, 49, 10_000, 500
MISSING = 0.1
PILLARS, SUB_INDICES = 8, 2
METHODS: tuple[Method, ...] = ("arithmetic", "geometric")


def tree(rng: np.random.Generator) -> Tree:
    """Indicators spread over pillars, pillars over sub-indices, weights between 0.5 and 2."""
    pillar = INDICATORS + np.arange(INDICATORS) % PILLARS
    first = INDICATORS + PILLARS
    sub = first + np.arange(PILLARS) % SUB_INDICES
    parent = np.concatenate([pillar, sub, [first + SUB_INDICES] * SUB_INDICES, [-1]])
    return Tree(parent, rng.uniform(0.5, 2, len(parent)), INDICATORS)


def alternatives(values: FloatArray) -> list[Alternative]:
    """Make the twelve ways that `evaluation.rank_intervals` draws from."""
    ways = {"own": values, "z": 50 + 10 * z_score(values), "rank": percentile_rank(values)}
    found = []
    for (name, x), mean, method in product(ways.items(), (False, True), METHODS):
        full = np.where(np.isnan(x), np.nanmean(x, axis=0), x) if mean else x
        shifted = above_zero(full) if method == "geometric" else full
        found.append(Alternative(shifted, method, comparable=name == "own"))
    return found


def loop(ways: list[Alternative], of: Tree, rng: np.random.Generator, draws: int) -> FloatArray:
    """Ranks (n_towns, n_draws), one draw after the other."""
    ranks = []
    for number, way in enumerate(ways):
        share = draws // len(ways) + (number < draws % len(ways))
        weights = drawn_weights(of, rng, share)
        for draw in range(share):
            one = Tree(of.parent, weights[:, draw], of.leaves)
            ranks.append(falling_ranks(aggregate(way.values, one, way.method)[:, -1]))
    return np.array(ranks).T


def seconds(start: float) -> float:
    """Seconds since `start`."""
    return time.perf_counter() - start


def main() -> str:
    """Measure, check, and return the page."""
    rng = np.random.default_rng(2015)
    of = tree(rng)
    values = rng.uniform(0, 100, (TOWNS, INDICATORS))
    values[rng.random(values.shape) < MISSING] = np.nan
    ways, reference = alternatives(values), aggregate(values, of)[:, -1]
    times = []
    for _ in range(3):
        start = time.perf_counter()
        found = rank_intervals(ways, of, reference, np.random.default_rng(1), DRAWS)
        times.append(seconds(start))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    looped = loop(ways, of, np.random.default_rng(2), LOOPED)
    per_draw = seconds(start) / LOOPED
    few = rank_intervals(ways, of, reference, np.random.default_rng(2), LOOPED)
    same = np.array_equal(quantiles(looped, [0.95])[0], few.rank_high)
    if not same:
        raise SystemExit("The loop and the blocks disagree.")
    width = float(np.mean(found.rank_high - found.rank_low))
    best, plain = min(times), per_draw * DRAWS
    machine = f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}"
    size = f"{TOWNS} towns x {INDICATORS} indicators x {DRAWS:,} draws"
    lines = [
        "# Rank intervals: time\n",
        "Command: `python benchmarks/rank_intervals.py`. Two-core virtual machine, other work",
        f"running beside it: ±30 %. {machine}.\n",
        f"{size} over 12 ways (3 normalisations, 2 fillings, 2 means):\n",
        "| | seconds | ratio |",
        "|---|--:|--:|",
        f"| `measures.rank_intervals`, best of 3 | {best:.2f} | 1 |",
        f"| one by one ({LOOPED} draws measured, scaled) | {plain:.1f} | {plain / best:.0f} |\n",
        f"Peak memory of the process {peak:.0f} MB. The loop's 95 % ranks are the same ones (the",
        f"same {LOOPED} draws). Mean width of the 5-95 % interval {width:.1f} of {TOWNS} ranks,",
        f"mean shift R_S {found.mean_shift:.1f}: values are random, no town is better.\n",
        "No R is installed here, so COINr's time is not compared; its numbers are reproduced in",
        "`tests/oracles/test_published_composites.py`.",
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    page = main()
    Path(__file__).with_suffix(".md").write_text(page, encoding="utf-8")
    print(page)
