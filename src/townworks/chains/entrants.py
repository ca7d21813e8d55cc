"""What each enterprise adds to a chain, and which entrants would complete it fastest."""

import numpy as np
import polars as pl

from townworks.chains.requirements import SCHEMES, Requirements
from townworks.measures.arrays import IntArray
from townworks.measures.coverage import (
    completeness,
    contribution_interval,
    fastest_order,
    marginal_contributions,
    sampling_interval,
)
from townworks.schema.chains import Chain

CANDIDATES = 500
"""Leads looked at for the order of entrants, the best of each gap first."""
MOST = 20


def contributions(
    chain: Chain,
    here: pl.DataFrame,
    counts: IntArray,
    need: Requirements,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return who at the place is in the chain and what each adds to its completeness.

    here: `enterprise_id`, `name`, `stage` (number in the chain), `words`; one row per pair. counts:
    enterprises by stage at the place. Returned, those that add most first: `enterprise_id`, `name`,
    `stages`, `words`, `contribution` (completeness with it, less without it; 0 where a stage has
    more than it needs, and in the chain's own focus), `low` and `high` (5 % and 95 % bounds, were
    the others counted anew). Null: no stage is known.
    """
    ids = dict(enumerate(chain.stage_ids))
    people = (
        here.sort("stage")
        .group_by("enterprise_id", "name", maintain_order=True)
        .agg(
            "stage",
            words=pl.col("words").unique(maintain_order=True).str.join("、"),
            stages=pl.col("stage").replace_strict(ids, return_dtype=pl.String).str.join("、"),
        )
    )
    weights = need.weights[SCHEMES.index("links")]
    own = people["stage"].to_list()
    adds = marginal_contributions(own, counts, need.needed, weights)
    low, high = contribution_interval(own, counts, need.needed, weights, rng)
    values = {"contribution": adds, "low": low, "high": high}
    return people.select(
        *("enterprise_id", "name", "stages", "words"),
        *(pl.Series(name, v, dtype=pl.Float64).fill_nan(None) for name, v in values.items()),
    ).sort("contribution", "enterprise_id", descending=[True, False])


def entrants(
    chain: Chain,
    leads: pl.DataFrame,
    counts: IntArray,
    need: Requirements,
    rng: np.random.Generator,
) -> pl.DataFrame:
    """Return the leads in the order that completes the chain fastest.

    Returned, `MOST` of them at most: `order` (from 1), `enterprise_id`, `name`, `stages`,
    `completeness` after it with its bounds `low` and `high`, `adds`. Greedy, which reaches at least
    63 % of the best that so many entrants could do; of leads that add the same the better ranked
    comes first.
    """
    number = {stage_id: place for place, stage_id in enumerate(chain.stage_ids)}
    people = (
        leads.sort("rank", "stage_id")
        .group_by("enterprise_id", "name", maintain_order=True)
        .agg(stage=pl.col("stage_id").replace_strict(number, return_dtype=pl.Int64), s="stage_id")
        .head(CANDIDATES)
    )
    weights = need.weights[SCHEMES.index("links")]
    order = fastest_order(people["stage"].to_list(), counts, need.needed, weights, MOST)
    before = completeness(counts, need.needed, weights).item()
    after = [value for _, value in order]
    chosen = people[[who for who, _ in order]]
    joined = np.zeros((chosen.height, counts.size), dtype=np.int64)
    for row, own in enumerate(chosen["stage"]):
        joined[row, own.to_list()] = 1
    low, high = sampling_interval(
        counts + joined.cumsum(axis=0), need.needed, weights[None, :], rng
    )
    return chosen.select(
        "enterprise_id", "name", stages=pl.col("s").list.join("、"),
        completeness=pl.Series(after, dtype=pl.Float64),
        low=pl.Series(low[:, 0], dtype=pl.Float64), high=pl.Series(high[:, 0], dtype=pl.Float64),
    ).with_columns(
        adds=pl.col("completeness") - pl.col("completeness").shift(1).fill_null(before)
    ).with_row_index("order", offset=1)  # fmt: skip
