"""Composite indicators: normalise, weigh, aggregate, take apart again (OECD & JRC 2008).

Values stand in arrays (n_subjects, n_leaves), one column per indicator; NaN is "not known" and
never 0. A `Tree` says how indicators form groups and groups the score. Missing ones are left out
and the weights of their siblings grow in proportion (renormalised), at every level.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from townworks.errors import RequestError
from townworks.measures.arrays import BoolArray, FloatArray, IntArray
from townworks.measures.specialisation import Interval

Method = Literal["arithmetic", "geometric"]


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """How indicators make up a score.

    parent: (n_nodes,), the node above, -1 for the one root. weight: (n_nodes,), 0 or more, of a
    node among its siblings; the root's is not used. leaves: the first so many nodes are
    indicators, the others groups. Raises `RequestError` unless that is a tree.

    >>> tree = Tree(np.array([2, 3, 3, -1]), np.array([1.0, 1.0, 3.0, 1.0]), 2)
    >>> tree.upward()
    [2, 3]
    """

    parent: IntArray
    weight: FloatArray
    leaves: int

    def __post_init__(self) -> None:
        """Check that every node reaches the one root through groups, and the weights."""
        inner = self.parent[self.parent >= 0]
        problem = None
        if self.parent.shape != self.weight.shape or np.count_nonzero(self.parent < 0) != 1:
            problem = "The tree needs one weight per node and exactly one root (parent -1)"
        elif len(inner) and (inner.min() < self.leaves or inner.max() >= len(self.parent)):
            problem = "A parent in the tree is an indicator or no node at all"
        elif len(self.upward()) < len(self.parent) - self.leaves:
            problem = "The tree has a cycle"
        elif not (np.isfinite(self.weight).all() and (self.weight >= 0).all()):
            problem = "A weight of the tree is negative or not finite"
        if problem:
            raise RequestError(problem, "Number indicators from 0, then groups; mend `parent`.")

    def children(self, node: int) -> IntArray:
        """Return the nodes right below one."""
        return np.flatnonzero(self.parent == node)

    def upward(self) -> list[int]:
        """Return the groups that reach the root, each after all groups below it."""
        found = [int(np.flatnonzero(self.parent < 0)[0])]
        for node in found:  # grows while it is read: breadth first from the root
            found += [int(child) for child in self.children(node) if child >= self.leaves]
        return found[::-1]


def min_max(
    values: ArrayLike, low: ArrayLike, high: ArrayLike, direction: ArrayLike = 1
) -> FloatArray:
    """Place on 0..100 between fixed goalposts; what lies beyond counts as the goalpost.

    values: (n_subjects, n_leaves); low, high: the goalposts, low < high, in the values' unit;
    direction: 1 more is better, -1 less is. The goalposts are never taken from the values: scores
    of two years compare only under the same ones (`observed_goalposts` is a step of its own).

    >>> min_max([[20.0], [50.0], [200.0]], 0, 100, -1).ravel().tolist()
    [80.0, 50.0, 0.0]
    """
    x, bottom, top = (np.asarray(a, dtype=np.float64) for a in (values, low, high))
    if not (bottom < top).all():
        raise RequestError("A low goalpost is not below its high one", "Give low < high.")
    share = np.clip((x - bottom) / (top - bottom), 0.0, 1.0)
    return np.asarray(100.0 * np.where(np.asarray(direction) > 0, share, 1.0 - share))


def observed_goalposts(values: ArrayLike) -> Interval:
    """Least and greatest known value of each column: goalposts to be fixed for years to come.

    values: (n_subjects, n_leaves); low and high (n_leaves,). Raises `RequestError` for a column
    whose known values do not differ: it orders nobody.

    >>> observed_goalposts([[1.0, 5.0], [3.0, 4.0], [float("nan"), 9.0]]).low.tolist()
    [1.0, 4.0]
    """
    x = np.asarray(values, dtype=np.float64)
    low = np.fmin.reduce(x, axis=0)
    high = np.fmax.reduce(x, axis=0)
    flat = np.flatnonzero(~(low < high))
    if len(flat):
        problem = f"{len(flat)} columns have fewer than two different values, first {flat[0]}"
        raise RequestError(problem, "Leave the indicator out, or set its goalposts by hand.")
    return Interval(low, high)


def distance_to_target(values: ArrayLike, benchmark: ArrayLike, cap: ArrayLike) -> FloatArray:
    """Value as a percentage of its benchmark: 100 x / b, at most `cap` (inf: no cap).

    Weighed with an indicator's points p it gives the per-mu formulas of Zhejiang's counties,
    Σ x/b p, when the points sum to 100. Falls below 0 with the value. benchmark: above 0.

    >>> distance_to_target([12.0, 48.0], 24.0, 150.0).tolist()
    [50.0, 150.0]
    """
    target = np.asarray(benchmark, dtype=np.float64)
    if not (target > 0).all():
        raise RequestError("A benchmark is not above 0", "Give the level that earns all points.")
    return np.asarray(np.minimum(100.0 * np.asarray(values, dtype=np.float64) / target, cap))


def z_score(values: ArrayLike, direction: ArrayLike = 1) -> FloatArray:
    """Distance from the column's mean in standard deviations (n - 1); 0 where none differ.

    values: (n_subjects, n_leaves). It depends on who else is measured: for comparing methods.

    >>> z_score([[1.0], [2.0], [6.0]], -1).ravel().round(4).tolist()
    [0.7559, 0.378, -1.1339]
    """
    x = np.asarray(values, dtype=np.float64)
    known = np.isfinite(x)
    count = np.maximum(known.sum(0), 1)
    off = x - np.where(known, x, 0.0).sum(0) / count
    spread = np.sqrt(np.where(known, off**2, 0.0).sum(0) / np.maximum(count - 1, 1))
    flat = spread <= 1e-12 * np.fmax.reduce(np.abs(x), axis=0, initial=0.0)
    return np.asarray(np.where(flat, 0.0 * off, off / np.where(flat, 1.0, spread)) * direction)


def percentile_rank(values: ArrayLike, direction: ArrayLike = 1) -> FloatArray:
    """Place in its column on 0..100: the worst known is 0, the best 100, equals share the mean.

    values: (n_subjects, n_leaves). One alone gets 50.

    >>> percentile_rank([[5.0], [9.0], [5.0]]).ravel().tolist()
    [25.0, 100.0, 25.0]
    """
    x = np.asarray(values, dtype=np.float64) * np.asarray(direction)
    place = rankdata(x, axis=0, nan_policy="omit") - 1.0
    last = np.isfinite(x).sum(0) - 1
    return np.asarray(np.where(last > 0, 100.0 * place / np.maximum(last, 1), 0.0 * x + 50.0))


def above_zero(values: ArrayLike) -> FloatArray:
    """Shift a 0..100 scale to 1..100, as a geometric mean needs; below 0 counts as 0.

    >>> above_zero([0.0, 100.0, -5.0]).tolist()
    [1.0, 100.0, 1.0]
    """
    return np.asarray(1.0 + 0.99 * np.maximum(np.asarray(values, dtype=np.float64), 0.0))


def group_means(values: FloatArray, tree: Tree, weights: FloatArray) -> FloatArray:
    """Weighted arithmetic means of all groups, under many draws of the weights at once.

    values: (n_subjects, n_leaves), weights: (n_nodes, n_draws). (n_groups, n_subjects, n_draws)
    back, in the order of the tree's groups; NaN where a group has nothing known that weighs.
    """
    known = np.isfinite(values)
    filled, mask = np.where(known, values, 0.0), known.astype(np.float64)
    groups = len(tree.parent) - tree.leaves
    found = np.full((groups, len(values), weights.shape[1]), np.nan)
    for group in tree.upward():
        below = tree.children(group)
        leaves = below[below < tree.leaves]
        total = filled[:, leaves] @ weights[leaves]
        mass = mask[:, leaves] @ weights[leaves]
        for child in below[below >= tree.leaves]:
            value = found[child - tree.leaves]
            here = np.isfinite(value)
            total += np.where(here, value, 0.0) * weights[child]
            mass += here * weights[child]
        np.divide(total, mass, out=found[group - tree.leaves], where=mass > 0)
    return found


def aggregate(values: ArrayLike, tree: Tree, method: Method = "arithmetic") -> FloatArray:
    """Values of all nodes: the leaves as given, then every group's weighted mean.

    values: (n_subjects, n_leaves); (n_subjects, n_nodes) back, NaN for a group with nothing known.
    "geometric" needs values above 0 (`above_zero`), and lets a low value weigh more: full
    compensation only with "arithmetic".

    >>> tree = Tree(np.array([2, 2, -1]), np.array([1.0, 3.0, 1.0]), 2)
    >>> aggregate([[10.0, 50.0], [10.0, float("nan")]], tree)[:, 2].tolist()
    [40.0, 10.0]
    """
    x = _checked(values, tree, method)
    means = group_means(_inward(x, method), tree, tree.weight[:, None])[:, :, 0].T
    return np.column_stack([x, np.exp(means) if method == "geometric" else means])


def effective_weights(values: ArrayLike, tree: Tree) -> FloatArray:
    """Share of each node in the score of each subject, missing ones renormalised away.

    values: (n_subjects, n_leaves), only NaN or not matters. (n_subjects, n_nodes) back: 1 for the
    root, 0 for what is missing; the leaves of a subject sum to 1, or to 0 if nothing is known.

    >>> tree = Tree(np.array([2, 2, -1]), np.array([1.0, 3.0, 1.0]), 2)
    >>> effective_weights([[10.0, 50.0], [10.0, float("nan")]], tree).tolist()
    [[0.25, 0.75, 1.0], [1.0, 0.0, 1.0]]
    """
    x = _checked(values, tree, "arithmetic")
    means = group_means(x, tree, tree.weight[:, None])[:, :, 0].T
    known = np.isfinite(np.column_stack([x, means]))
    share = np.zeros(known.shape)
    for group in reversed(tree.upward()):
        below = tree.children(group)
        if tree.parent[group] < 0:
            share[:, group] = known[:, group]
        mass = known[:, below] * tree.weight[below]
        total = mass.sum(1, keepdims=True)
        part = np.divide(mass, total, out=np.zeros_like(mass), where=total > 0)
        share[:, below] = share[:, [group]] * part
    return share


def contributions(values: ArrayLike, tree: Tree, method: Method = "arithmetic") -> FloatArray:
    """Points that each indicator brings to the score; they sum to it.

    values: (n_subjects, n_leaves), same shape back; 0 for a missing one. Arithmetic: w x.
    Geometric: the score G times the indicator's share w ln x / ln G of its logarithm (w when G is
    1), which asks for values of 1 or more (`above_zero`).

    >>> tree = Tree(np.array([2, 2, -1]), np.array([1.0, 1.0, 1.0]), 2)
    >>> contributions([[100.0, 10.0]], tree, "geometric").round(4).tolist()
    [[21.0819, 10.5409]]
    """
    x = _checked(values, tree, method)
    weight = effective_weights(x, tree)[:, : tree.leaves]
    filled = np.where(np.isfinite(x), x, 1.0)
    if method == "arithmetic":
        return weight * filled
    if (filled < 1).any():
        raise RequestError("A value is below 1", "Shift the scale to 1..100 with above_zero.")
    logs = weight * np.log(filled)
    total = logs.sum(1, keepdims=True)
    share = np.divide(logs, total, out=weight.copy(), where=total > 0)
    return np.asarray(share * np.exp(total))


def realised_importance(values: ArrayLike, scores: ArrayLike) -> FloatArray:
    """Squared correlation of each indicator with the score (Paruolo, Saisana & Saltelli 2013).

    values: (n_subjects, n_leaves), scores: (n_subjects,); (n_leaves,) back, 0..1. Weights say what
    was meant to matter, this what does. NaN with fewer than three known, or none that differ.

    >>> realised_importance([[1.0], [2.0], [3.0]], [10.0, 20.0, 30.0]).round(9).tolist()
    [1.0]
    """
    x, y = np.asarray(values, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    found = np.full(x.shape[1], np.nan)
    for leaf in range(x.shape[1]):
        both = np.isfinite(x[:, leaf]) & np.isfinite(y)
        one, other = z_score(np.column_stack([x[both, leaf], y[both]])).T
        norm = (one @ one) * (other @ other)
        if both.sum() > 2 and norm > 0:  # noqa: PLR2004 - two points always correlate
            found[leaf] = (one @ other) ** 2 / norm
    return found


def falling_ranks(scores: FloatArray) -> FloatArray:
    """Rank of each subject, 1 the best; equals share the better rank; NaN for no score.

    scores: (n_subjects, …), ranked along the first axis. Scores are compared to nine decimals: the
    last bits of a sum are no merit.

    >>> falling_ranks(np.array([70.0, 90.0, 70.0, np.nan, 10.0])).tolist()
    [2.0, 1.0, 2.0, nan, 4.0]
    """
    worse = np.where(np.isfinite(scores), -np.round(scores, 9), np.inf)
    ranks = rankdata(worse, method="min", axis=0)
    return np.where(np.isfinite(scores), ranks, np.nan)


def _inward(x: FloatArray, method: Method) -> FloatArray:
    return np.log(x) if method == "geometric" else x


def _checked(values: ArrayLike, tree: Tree, method: Method) -> FloatArray:
    x = np.asarray(values, dtype=np.float64)
    if x.ndim != 2 or x.shape[1] != tree.leaves:  # noqa: PLR2004 - a table
        problem = f"Values have shape {x.shape}, the tree has {tree.leaves} indicators"
        raise RequestError(problem, "Give one row per subject, one column per indicator.")
    bad: BoolArray = np.isinf(x) | ((x <= 0) & (method == "geometric"))
    if bad.any():
        what = "infinite or not above 0" if method == "geometric" else "infinite"
        problem = f"{np.count_nonzero(bad)} of {x.size} values are {what}"
        raise RequestError(problem, "Normalise them first; NaN stands for a missing value.")
    return x
