"""How sure a rank is: Monte Carlo over the choices that make a composite indicator.

Each draw takes one of the alternatives (a normalisation, a way to fill gaps, a mean), disturbs
every weight of the tree, and leaves out one indicator or none; subjects are ranked anew (Saisana,
Saltelli & Tarantola 2005; OECD & JRC 2008, step 7).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from townworks.errors import RequestError
from townworks.measures.arrays import BoolArray, FloatArray
from townworks.measures.composite import Method, Tree, falling_ranks, group_means

BLOCK = 500
"""Draws computed at once: the arrays of a block stay in the processor's cache."""
SPREAD = 0.25
"""Weights are drawn evenly from (1 - SPREAD) to (1 + SPREAD) of their value."""


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """One way to normalise, fill and average: values (n_subjects, n_leaves), NaN missing.

    comparable: its scores stand on the scale of the reference score, so that they may enter the
    score's interval. A z-score or rank orders the subjects but has no threshold in common with
    the reference; a geometric mean lies below the arithmetic one for everybody, which would read
    as doubt about every score. So mark only those with the reference's normalisation and mean.
    """

    values: FloatArray
    method: Method
    comparable: bool


@dataclass(frozen=True, slots=True, eq=False)
class RankIntervals:
    """Ranks and scores over all draws; each (n_subjects,), NaN for a subject never scored.

    rank_median, rank_low, rank_high: middle and 5-95 % of the ranks, whole numbers. score_low,
    score_high: 5-95 % of the comparable scores. shift: mean of |reference rank - rank|; its mean
    over the subjects is R̄_S.
    """

    rank_median: FloatArray
    rank_low: FloatArray
    rank_high: FloatArray
    score_low: FloatArray
    score_high: FloatArray
    shift: FloatArray

    @property
    def mean_shift(self) -> float:
        """R̄_S: how many ranks a subject moves on average; NaN without subjects."""
        known = self.shift[np.isfinite(self.shift)]
        return float(known.mean()) if len(known) else float("nan")


def rank_intervals(
    alternatives: Sequence[Alternative],
    tree: Tree,
    reference: FloatArray,
    rng: np.random.Generator,
    draws: int = 10_000,
) -> RankIntervals:
    """Ranks of the subjects over many draws.

    alternatives: drawn equally often, as far as `draws` divides. reference: (n_subjects,) scores
    as published, for the shift; subjects without one (NaN) take no part. A draw that leaves a
    subject nothing known does not count for that subject. Same generator, same result. Memory: some
    40 bytes per subject and draw.

    >>> values = np.array([[90.0, 80.0], [50.0, 60.0], [10.0, 20.0]])
    >>> tree = Tree(np.array([2, 2, -1]), np.array([1.0, 1.0, 1.0]), 2)
    >>> rng = np.random.default_rng(2015)
    >>> alternative = Alternative(values, "arithmetic", comparable=True)
    >>> found = rank_intervals([alternative], tree, values.mean(1), rng, draws=100)
    >>> found.rank_low.tolist(), found.rank_high.tolist(), found.mean_shift
    ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], 0.0)
    """
    if draws < 1 or not alternatives:
        raise RequestError(f"{draws} draws of {len(alternatives)} ways", "Ask for at least 1.")
    taking = np.isfinite(reference)
    ranks, scores = [], []
    for way, number in zip(alternatives, _shares(draws, len(alternatives)), strict=True):
        for block in drawn_scores(way, tree, taking, rng, number):
            ranks.append(falling_ranks(block))
            if way.comparable:
                scores.append(block)
    every = np.concatenate(ranks, axis=1)
    shift = _mean(np.abs(every - falling_ranks(reference)[:, None]))
    median, low, high = quantiles(every, (0.5, 0.05, 0.95))
    kept = np.concatenate(scores, axis=1) if scores else np.empty((len(reference), 0))
    score_low, score_high = quantiles(kept, (0.05, 0.95))
    return RankIntervals(median, low, high, score_low, score_high, shift)


def drawn_scores(
    way: Alternative, tree: Tree, taking: BoolArray, rng: np.random.Generator, draws: int
) -> Iterator[FloatArray]:
    """Yield scores (n_subjects, up to `BLOCK` draws) of one alternative, NaN where there are none.

    taking: (n_subjects,), who takes part.
    """
    geometric = way.method == "geometric"
    values = np.where(taking[:, None], way.values, np.nan)
    inward = np.log(values) if geometric else values
    for start in range(0, draws, BLOCK):
        weights = drawn_weights(tree, rng, min(BLOCK, draws - start))
        scores = group_means(inward, tree, weights)[tree.upward()[-1] - tree.leaves]
        yield np.exp(scores) if geometric else scores


def drawn_weights(tree: Tree, rng: np.random.Generator, draws: int) -> FloatArray:
    """Disturbed weights (n_nodes, draws); one indicator, or none, weighs 0 in each draw.

    The dropped one is each indicator or none with equal chances.
    """
    factor = rng.uniform(1 - SPREAD, 1 + SPREAD, (len(tree.weight), draws))
    weights: FloatArray = tree.weight[:, None] * factor
    dropped = rng.integers(0, tree.leaves + 1, draws)
    some = np.flatnonzero(dropped < tree.leaves)
    weights[dropped[some], some] = 0.0
    return weights


def quantiles(draws: FloatArray, shares: Sequence[float]) -> list[FloatArray]:
    """Smallest drawn value that at least a share of the known draws do not exceed, per row.

    draws: (n_subjects, n_draws); (n_subjects,) for each share, NaN where nothing is known. Always
    a value that was drawn, so ranks stay whole.

    >>> [q.tolist() for q in quantiles(np.array([[3.0, 1.0, 2.0, np.nan]]), (0.5, 0.95))]
    [[2.0], [3.0]]
    """
    if not draws.shape[1]:
        return [np.full(len(draws), np.nan) for _ in shares]
    ordered = np.sort(draws, axis=1)  # NaN come last
    known = np.isfinite(ordered).sum(1)
    found = []
    for share in shares:
        place = np.maximum(np.ceil(share * known - 1e-9).astype(np.int64) - 1, 0)
        found.append(ordered[np.arange(len(draws)), place].astype(np.float64))
    return found


def _shares(draws: int, parts: int) -> list[int]:
    return [draws // parts + (part < draws % parts) for part in range(parts)]


def _mean(draws: FloatArray) -> FloatArray:
    known = np.isfinite(draws)
    count = known.sum(1)
    total = np.where(known, draws, 0.0).sum(1)
    return np.asarray(np.divide(total, count, out=np.full(len(draws), np.nan), where=count > 0))
