"""Noisy estimates drawn towards the mean of their group (normal–normal empirical Bayes)."""

from dataclasses import dataclass

import numpy as np

from townworks.measures.arrays import BoolArray, FloatArray, IntArray

LEAST_SPREAD = 0.1
"""Least standard deviation of true values within a group, on the scale given; a floor, so that
a group that happens to agree is not taken for one value."""


@dataclass(frozen=True, slots=True)
class Shrunken:
    """Posterior mean and standard deviation of each value, (n,); centre of its group; spread.

    common: the part of the deviation that all of a group have in common, as none knows its centre,
    (n,). known: whether a value was given; where not, the centre of its group stands in.
    """

    mean: FloatArray
    deviation: FloatArray
    common: FloatArray
    centre: FloatArray
    spread: float
    known: BoolArray


@dataclass(frozen=True, slots=True)
class _Groups:
    """Of each one's group, (n,): centre of true values; level of those given, which share an error.

    pull, level_pull: weight of the group's own mean in the two. doubt: variance of the centre of
    all groups. between: variance of centres. told: variance of the group's mean about its level.
    """

    centre: FloatArray
    level: FloatArray
    pull: FloatArray
    level_pull: FloatArray
    told: FloatArray
    between: float
    doubt: float


def shrink(
    values: FloatArray, error: FloatArray, group: IntArray, alike: FloatArray | None = None
) -> Shrunken:
    """Draw values towards the mean of their group, the noisier the more (Efron & Morris 1973).

    values: (n,), NaN where not known. error: standard error of each, (n,). group: number of each
    one's group, (n,). alike: standard error that all of a group share, by group, (n_groups,); it
    moves a whole group, so that groups as well are drawn towards all. The spread of true values
    within groups is pooled over all of them, by moments, with a floor; a group's centre is itself
    drawn towards the centre of all, the fewer it has the more. Nothing known at all gives NaN.

    >>> found = shrink(np.array([0.0, 2.0, np.nan]), np.ones(3), np.zeros(3, np.int64))
    >>> found.mean.round(3).tolist()  # spread² = 2 - 1 = 1, so half way to the centre
    [0.5, 1.5, 1.0]
    """
    known = np.isfinite(values)
    if not known.any():
        nothing = np.full(len(values), np.nan)
        return Shrunken(nothing, nothing, nothing, nothing, np.nan, known)
    spread = _spread(values[known], error[known], group[known])
    shared = np.zeros(int(group.max()) + 1) if alike is None else alike
    of = _groups(values, np.hypot(error, spread), group, shared)
    weight = np.where(known, spread**2 / (spread**2 + error**2), 0.0)
    mean = of.centre + weight * (np.where(known, values, of.level) - of.level)
    common = np.sqrt(_common(of, weight, shared[group] ** 2))
    variance = (1 - weight) * spread**2 + common**2
    return Shrunken(mean, np.sqrt(variance), common, of.centre, spread, known)


def _common(of: _Groups, weight: FloatArray, shared: FloatArray) -> FloatArray:
    """Return the variance of (1 - w) c - w g given the group's mean, c + g + noise.

    c: its true centre; g: the error its members share; both have prior means and variances. The
    centre of all is not known either, and stands in both.
    """
    prior = (1 - weight) ** 2 * of.between + weight**2 * shared
    learned = ((1 - weight) * of.between - weight * shared) ** 2
    overall = ((1 - of.pull) - weight * (1 - of.level_pull)) ** 2 * of.doubt
    found: FloatArray = prior - learned / (of.between + shared + of.told) + overall
    return np.maximum(found, 0.0)


def _spread(values: FloatArray, error: FloatArray, group: IntArray) -> float:
    """Return the standard deviation of true values within groups."""
    count = np.bincount(group)[group]
    mean = (np.bincount(group, weights=values) / np.maximum(np.bincount(group), 1))[group]
    freedom = len(values) - len(np.unique(group))
    if freedom < 1:
        return max(float(np.sqrt(np.maximum(values.var() - (error**2).mean(), 0))), LEAST_SPREAD)
    total = ((values - mean) ** 2).sum() / freedom
    noise = (error**2 * (count - 1) / count).sum() / freedom
    return max(float(np.sqrt(max(total - noise, 0.0))), LEAST_SPREAD)


def _groups(
    values: FloatArray, deviation: FloatArray, group: IntArray, shared: FloatArray
) -> _Groups:
    """Estimate groups. deviation: of each value about the level of its group, (n,)."""
    known = np.isfinite(values)
    precision = np.where(known, 1 / deviation**2, 0.0)
    weight = np.bincount(group, weights=precision, minlength=len(shared))
    total = np.bincount(group, weights=precision * np.where(known, values, 0.0))
    there = weight > 0
    own = np.divide(total, weight, out=np.zeros(len(shared)), where=there)
    told = np.divide(1.0, weight, out=np.full(len(shared), np.inf), where=there)
    between = _between(own[there], 1 / (told + shared**2)[there])
    trust = 1 / (between + shared**2 + told)
    overall, doubt = float(trust @ own / trust.sum()), float(1 / trust.sum())
    pull, level_pull = between * trust, (between + shared**2) * trust
    centre, level = (overall + share * (own - overall) for share in (pull, level_pull))
    return _Groups(
        centre[group],
        level[group],
        pull[group],
        level_pull[group],
        told[group],
        between,
        doubt,
    )


def _between(own: FloatArray, weight: FloatArray) -> float:
    """Return the variance of groups' centres, by moments (DerSimonian & Laird 1986)."""
    if len(own) < 2:  # noqa: PLR2004  one group has no spread
        return LEAST_SPREAD**2
    spread = own - weight @ own / weight.sum()
    scale = weight.sum() - (weight**2).sum() / weight.sum()
    return max(float((weight @ spread**2 - (len(own) - 1)) / scale), LEAST_SPREAD**2)
