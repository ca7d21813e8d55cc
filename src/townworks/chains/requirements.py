"""What a complete chain needs: how many enterprises in each stage, and how much each weighs."""

from dataclasses import dataclass

import numpy as np

from townworks.measures.arrays import BoolArray, FloatArray, IntArray
from townworks.schema.chains import Chain

FULL_SHARE = 0.1
"""A place is complete in a stage that holds so large a share of the registry's enterprises in it:
what a place needs whose industry makes a tenth of the province's output."""
LEAST_NEEDED = 3
"""Fewer than three suppliers leave no choice."""
LEAST_EVIDENCE = 10
"""A stage with fewer enterprises in the whole registry is not known, rather than missing."""
SCHEMES = ("links", "equal", "requirements")
"""How stages are weighed: by their links, all alike, or by the way to the focus."""


@dataclass(frozen=True, slots=True)
class Requirements:
    """Of each stage: whether it is known, how many enterprises it needs, its weights by scheme.

    weights: (schemes, stages), each scheme adding to 1; 0 for the focus, which has no need of
    itself, and for stages that are not known. All 0 where no stage is known.
    """

    known: BoolArray
    needed: IntArray
    weights: FloatArray


def requirements(
    chain: Chain, in_registry: IntArray, full_share: float = FULL_SHARE
) -> Requirements:
    """Return what the chain needs, from the enterprises of each stage in the whole registry."""
    evident = np.array([stage.known for stage in chain.stages]) & (in_registry >= LEAST_EVIDENCE)
    needed = np.maximum(LEAST_NEEDED, np.ceil(full_share * in_registry - 1e-9)).astype(np.int64)
    counted = evident & (np.array(chain.stage_ids) != chain.focus)
    raw = np.array([_by_links(chain), np.ones(len(chain.stages)), _by_way(chain)]) * counted
    total = raw.sum(axis=1, keepdims=True)
    weights = np.divide(raw, total, out=np.zeros_like(raw), where=total > 0)
    return Requirements(evident, needed, weights)


def _by_links(chain: Chain) -> FloatArray:
    """Return the largest share among a stage's links."""
    found = dict.fromkeys(chain.stage_ids, 0.0)
    for link in chain.links:
        nearer = _steps(chain)
        end = link.source if nearer[link.source] >= nearer[link.target] else link.target
        found[end] = max(found[end], link.weight)
    return np.array(list(found.values()))


def _steps(chain: Chain) -> dict[str, int]:
    """Links between each stage and the focus, whichever way they point."""
    steps, ahead = {chain.focus: 0}, [chain.focus]
    for here in ahead:
        for link in chain.links:
            for near, far in ((link.source, link.target), (link.target, link.source)):
                if near == here and far not in steps:
                    steps[far] = steps[here] + 1
                    ahead.append(far)
    return steps


def _by_way(chain: Chain) -> FloatArray:
    """Return the largest product of shares along a way of links from a stage to the focus.

    The share of the focus's needs (or outlet) that the stage stands for, direct or through others:
    the leading term of the Leontief inverse, without adding up ways that overlap.
    """
    found = dict.fromkeys(chain.stage_ids, 0.0) | {chain.focus: 1.0}
    for _ in chain.stages:
        for link in chain.links:
            ends = ((link.source, link.target), (link.target, link.source))
            for near, far in ends:
                found[far] = max(found[far], found[near] * link.weight)
    return np.array(list(found.values()))
