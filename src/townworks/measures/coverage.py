"""How complete a chain is at a place: saturating coverage of requirements, beside chance.

There is no canonical index of completeness. Ours, for requirements j with weights w_j, S_j
suppliers and D_j needed, is

    C = Σ_j w_j · min(1, S_j / D_j) / Σ_j w_j                                            (1)

Raw coverage mostly measures size: a large place has some of everything. So C stands beside what
random places of the same size would have, enterprises being dealt out anew among the places
(permutation of places; Good 2005), and the *excess* is what specialisation adds to size.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from townworks.measures.arrays import FloatArray, IntArray


def saturation(suppliers: FloatArray | IntArray, needed: FloatArray | IntArray) -> FloatArray:
    """min(1, S/D), of any shapes that broadcast; D is above 0.

    >>> saturation(np.array([0, 1, 5]), np.array([2, 2, 2])).tolist()
    [0.0, 0.5, 1.0]
    """
    share: FloatArray = np.minimum(1.0, np.asarray(suppliers, dtype=np.float64) / needed)
    return share


def completeness(
    suppliers: FloatArray | IntArray, needed: FloatArray | IntArray, weights: FloatArray
) -> FloatArray:
    """Equation (1) along the last axis; NaN where the weights add to 0.

    suppliers: counts (…, stages). needed, weights: (stages,), or (schemes, stages) for the
    weights: then the result has a last axis of schemes.

    >>> completeness(np.array([1, 4]), np.array([2, 2]), np.array([0.75, 0.25])).item()
    0.625
    """
    total = weights.sum(axis=-1)
    share = np.divide(
        weights, total[..., None], out=np.full(weights.shape, np.nan), where=total[..., None] > 0
    )
    found: FloatArray = saturation(suppliers, needed) @ share.T
    return found


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is in which stage, and where: what random places are dealt from.

    member: enterprise of each pair (index into all enterprises). stage: its stage (index into all
    stages of all chains). place: place of each enterprise, -1 where it is not known.
    """

    member: IntArray
    stage: IntArray
    place: IntArray
    n_places: int
    n_stages: int

    def count(self, place: IntArray) -> IntArray:
        """Pairs by place and stage, (n_places, n_stages), for one dealing of places."""
        at = place[self.member]
        known = at >= 0
        cells = at[known] * self.n_stages + self.stage[known]
        counts = np.bincount(cells, minlength=self.n_places * self.n_stages)
        return counts.reshape(self.n_places, self.n_stages)

    def observed(self) -> IntArray:
        """Return the pairs by place and stage as they are."""
        return self.count(self.place)


@dataclass(frozen=True, slots=True)
class Chance:
    """What random places of the same size have: mean, and the share at least as complete."""

    expected: FloatArray
    p_value: FloatArray


def by_chance(
    roster: Roster,
    catchments: FloatArray,
    requirements: Sequence[tuple[slice, IntArray, FloatArray]],
    rounds: int,
    rng: np.random.Generator,
) -> tuple[Chance, ...]:
    """Deal the enterprises out anew `rounds` times and compare.

    catchments: (areas, n_places), 1 where a place belongs to an area. requirements: for each chain
    its stages (a slice), `needed` and `weights` (schemes, stages). Returned: for each chain arrays
    (areas, schemes). p = (1 + rounds at least as complete) / (1 + rounds): never 0 (Phipson & Smyth
    2010). Cost: rounds × pairs, whatever the number of chains.
    """
    whole = roster.observed()
    seen = [_complete(catchments, whole, *requirement) for requirement in requirements]
    sums = [np.zeros_like(found) for found in seen]
    above = [np.zeros_like(found) for found in seen]
    for _ in range(rounds):
        dealt = roster.count(rng.permutation(roster.place))
        for chain, requirement in enumerate(requirements):
            random = _complete(catchments, dealt, *requirement)
            sums[chain] += random
            above[chain] += random >= seen[chain] - 1e-12
    return tuple(
        Chance(total / rounds, (1 + more) / (1 + rounds))
        for total, more in zip(sums, above, strict=True)
    )


def _complete(
    catchments: FloatArray, counts: IntArray, stages: slice, needed: IntArray, weights: FloatArray
) -> FloatArray:
    return completeness(catchments @ counts[:, stages], needed, weights)


def sampling_interval(
    suppliers: IntArray,
    needed: IntArray,
    weights: FloatArray,
    rng: np.random.Generator,
    rounds: int = 500,
) -> tuple[FloatArray, FloatArray]:
    """5 % and 95 % bounds of completeness, were the enterprises counted anew.

    Counts are drawn from Gamma(S, 1) for the lower bound and Gamma(S + 1, 1) for the upper, as in
    Garwood's interval of a Poisson count: a stage seen empty may still hold somebody, and the
    bounds hold the value itself. suppliers: (areas, stages); weights: (schemes, stages). Returned:
    (areas, schemes) each.
    """
    shape = (rounds, *suppliers.shape)
    fewer = np.where(suppliers > 0, rng.gamma(np.maximum(suppliers, 1), size=shape), 0.0)
    more = rng.gamma(suppliers + 1.0, size=shape)
    value = completeness(suppliers, needed, weights)
    low = np.quantile(completeness(fewer, needed, weights), 0.05, axis=0)
    high = np.quantile(completeness(more, needed, weights), 0.95, axis=0)
    return np.minimum(low, value), np.maximum(high, value)


def marginal_contributions(
    stages: Sequence[Sequence[int]], counts: IntArray, needed: IntArray, weights: FloatArray
) -> FloatArray:
    """Return what each enterprise adds: completeness with it, less without it.

    stages: for each enterprise the stages it is in; counts: enterprises by stage, with all of them.

    >>> marginal_contributions([[0], [1]], np.array([1, 3]), np.array([2, 2]), np.ones(2)).tolist()
    [0.25, 0.0]
    """
    whole = completeness(counts, needed, weights).item()
    without = np.tile(counts, (len(stages), 1))
    for row, own in enumerate(stages):
        without[row, list(own)] -= 1
    return np.maximum(whole - completeness(without, needed, weights), 0.0)


def contribution_interval(
    stages: Sequence[Sequence[int]],
    counts: IntArray,
    needed: IntArray,
    weights: FloatArray,
    rng: np.random.Generator,
    rounds: int = 200,
) -> tuple[FloatArray, FloatArray]:
    """5 % and 95 % bounds of what each enterprise adds, were the *others* counted anew.

    As `sampling_interval`, of the difference: what one adds falls to 0 where the others fill its
    stage without it. The bounds hold the value itself. Enterprises in the same stages have the same
    bounds, so the work grows with the distinct sets of stages.
    """
    kinds = sorted({tuple(sorted(own)) for own in stages})
    bounds, shape = {}, (rounds, counts.size)
    for kind in kinds:
        own = np.zeros(counts.size, dtype=np.int64)
        own[list(kind)] = 1
        others = np.maximum(counts - own, 0)
        fewer = np.where(others > 0, rng.gamma(np.maximum(others, 1), size=shape), 0.0)
        more = rng.gamma(others + 1.0, size=shape)
        drawn = np.concatenate([fewer, more])
        adds = completeness(drawn + own, needed, weights) - completeness(drawn, needed, weights)
        value = completeness(others + own, needed, weights) - completeness(others, needed, weights)
        low, high = np.quantile(adds, [0.05, 0.95])
        bounds[kind] = np.maximum(0, np.minimum(low, value)), np.maximum(high, value)
    found = np.array([bounds[tuple(sorted(own))] for own in stages]).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def fastest_order(
    stages: Sequence[Sequence[int]],
    counts: IntArray,
    needed: IntArray,
    weights: FloatArray,
    most: int,
) -> list[tuple[int, float]]:
    """Return which entrants to win, in which order: (entrant, completeness after it).

    Greedy: each time the one that adds most, the first of equals. Completeness is monotone and
    submodular in the entrants (each stage saturates), so greedy reaches at least 1 - 1/e = 63 % of
    the most that so many entrants could add (Nemhauser, Wolsey & Fisher 1978). Ends where nobody
    adds anything.
    """
    now, left = counts.astype(np.int64).copy(), list(range(len(stages)))
    order: list[tuple[int, float]] = []
    joined = np.zeros((len(stages), counts.size), dtype=np.int64)
    for row, own in enumerate(stages):
        joined[row, list(own)] = 1
    value = completeness(now, needed, weights).item()
    while left and len(order) < most:
        after = completeness(now + joined[left], needed, weights)
        best = int(np.argmax(after))
        if after[best] <= value + 1e-12:
            break
        value, chosen = float(after[best]), left.pop(best)
        now += joined[chosen]
        order.append((chosen, value))
    return order
