"""Time the measures at the sizes of a county table, a township table and the nation.

Counts are simulated: place sizes lognormal, industry shares Pareto, quotients Gamma with log α
spread by 0.6. Beside each time stands the share of cells whose 95 % interval holds the truth::

    python benchmarks/measures.py
"""

import platform
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np

from townworks.measures import (
    ellison_glaeser_counts,
    fit_gamma_poisson_sparse,
    posterior,
    split_half_coverage,
)
from townworks.measures.arrays import FloatArray, IntArray

SIZES = ((8000, 100), (8000, 1400), (8000, 3000))
ASKED, LEAST = 300_000, 20
"""Cells whose posterior is taken, of industries with at least so many enterprises."""
T = TypeVar("T")


def simulate(
    n_industries: int, n_places: int, rng: np.random.Generator
) -> tuple[IntArray, IntArray, FloatArray]:
    """Counts (n_places, n_industries), place totals, and quotients against the overall share."""
    size = np.round(2e6 * rng.dirichlet(rng.lognormal(0, 1, n_places))).astype(np.int64) + 1
    share = 4 * rng.dirichlet(rng.pareto(1.0, n_industries) + 0.05)
    alpha = np.exp(rng.normal(0, 0.6, n_industries))
    rate = rng.gamma(alpha, 1 / alpha, (n_places, n_industries)) * share
    overall = size @ rate / size.sum()
    return rng.poisson(rate * size[:, None]), size, rate / overall


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """Result and seconds, the better of two."""
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        result = work()
        seconds.append(time.perf_counter() - start)
    return result, min(seconds)


def run(n_industries: int, n_places: int) -> None:
    """Print one row."""
    rng = np.random.default_rng(n_places)
    counts, size, theta = simulate(n_industries, n_places, rng)
    c, i = counts.nonzero()
    prior, fit = timed(lambda: fit_gamma_poisson_sparse(c, i, counts[c, i], size))
    total = counts.sum(0)
    place = rng.integers(0, n_places, ASKED)
    industry = rng.choice(np.flatnonzero(total >= LEAST), ASKED)
    expected = size[place] * total[industry] / size.sum()
    n, priors = counts[place, industry], prior.at(industry)
    found, read = timed(lambda: posterior(n, expected, priors))
    truth = theta[place, industry]
    holds = ((found.low <= truth) & (truth <= found.high)).mean()
    _, cluster = timed(lambda: ellison_glaeser_counts(c, i, counts[c, i], size))
    first = rng.binomial(counts[c, i], 0.5)
    halves = np.stack([first, counts[c, i] - first])
    half = split_half_coverage(c, i, halves, np.stack([size, size]) / 2, rng)
    print(
        f"| {n_industries:,} x {n_places:,} | {len(c):,} | {fit:.2f} | {read:.2f} | {cluster:.3f}"
        f" | {100 * holds:.1f} | {100 * half.covered.mean():.1f} |"
        f" {100 * half.calibrated.mean():.1f} |"
    )


if __name__ == "__main__":
    print(f"{platform.machine()}, Python {platform.python_version()}, numpy {np.__version__}")
    print(f"\n| industries x places | cells | fit, s | {ASKED:,} posteriors, s | EG, s", end="")
    print(" | truth in, % | other half in, % | same, ties at random, % |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|")
    for size in SIZES:
        run(*size)
