"""How far ranks and scores depend on choices that could have been made otherwise.

Every draw normalises (as the criteria do, by z-score, or by rank), fills gaps (leaves them out, or
takes the class's mean), averages (arithmetic or geometric), moves all weights by up to 25 % and
drops one indicator or none. Ranks come from all draws. The interval of the score comes only from
draws that keep the criteria's own normalisation and mean: the others have no scale in common with
the thresholds of the grades (see `measures.rank_intervals.Alternative`).
"""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
import polars as pl

from townworks.evaluation.records import Criteria, Rule
from townworks.evaluation.scores import Panel, checked, filled, panels, reference_values
from townworks.measures import rank_intervals as measure
from townworks.measures.arrays import FloatArray
from townworks.measures.composite import (
    Method,
    above_zero,
    aggregate,
    falling_ranks,
    percentile_rank,
    z_score,
)
from townworks.schema.evaluation import RankInterval

METHODS: tuple[Method, ...] = ("arithmetic", "geometric")
_COLUMNS = ("rank_median", "rank_low", "rank_high", "score_low", "score_high", "shift")


def rank_intervals(
    criteria: Criteria, measurements: pl.DataFrame, rng: np.random.Generator, draws: int = 10_000
) -> pl.DataFrame:
    """Intervals (5-95 %) of the rank and score of every subject that has a score.

    measurements: as for `score`. draws: 12 or more, so that every way is drawn. Rows of
    `schema.evaluation.RankInterval` by class and id; the mean of `shift` is R̄_S. The generator
    decides: same seed, same bytes.

    >>> from townworks.evaluation.criteria import demo_criteria
    >>> table = {"subject_id": ["a", "b"], "metric": ["visit"] * 2, "author": ["Li"] * 2}
    >>> table = pl.DataFrame(table | {"value": [8.0, 3.0]})
    >>> rng = np.random.default_rng(2015)
    >>> found = rank_intervals(demo_criteria(), table, rng, draws=120)
    >>> found.select("subject_id", "rank", "rank_low", "rank_high").rows()
    [('a', 1, 1, 1), ('b', 2, 2, 2)]
    """
    every = panels(criteria, checked(criteria, measurements))
    frames = [_frame(criteria, panel, rng, draws) for panel in every]
    return pl.concat([RankInterval.create_empty(), *frames])


def _frame(criteria: Criteria, panel: Panel, rng: np.random.Generator, draws: int) -> pl.DataFrame:
    values = reference_values(criteria, panel)
    reference = aggregate(values, panel.tree, criteria.aggregation)[:, -1]
    ways = list(_alternatives(criteria, panel))
    found = measure.rank_intervals(ways, panel.tree, reference, rng, draws)
    columns = {name: getattr(found, name) for name in _COLUMNS}
    columns["rank"] = falling_ranks(reference)
    frame = pl.DataFrame(
        {
            "subject_id": panel.subjects,
            **{name: pl.Series(array).fill_nan(None) for name, array in columns.items()},
        }
    ).with_columns(criteria_id=pl.lit(criteria.id), size_class=pl.lit(panel.size_class, pl.String))
    dtypes = RankInterval.create_empty().schema
    return frame.drop_nulls("rank").select(list(dtypes)).cast(dtypes)


def _alternatives(criteria: Criteria, panel: Panel) -> Iterator[measure.Alternative]:
    """Every way to normalise × fill × average."""
    own = [leaf.missing for leaf in panel.leaves]
    fills: list[Sequence[Rule]] = [["renormalise"] * len(own), ["class_mean"] * len(own)]
    if "zero" in own:
        fills.append(own)
    for (name, values), fill, method in product(_normalised(panel).items(), fills, METHODS):
        complete = filled(values, fill)
        yield measure.Alternative(
            above_zero(complete) if method == "geometric" else complete,
            method,
            comparable=name == "own" and method == criteria.aggregation,
        )


def _normalised(panel: Panel) -> dict[str, FloatArray]:
    """Normalised values by three methods, all about 0..100; z-scores as 50 + 10 z (McCall)."""
    direction = np.array([leaf.direction for leaf in panel.leaves])
    return {
        "own": panel.normalised,
        "z": 50.0 + 10.0 * z_score(panel.ratio, direction),
        "rank": percentile_rank(panel.ratio, direction),
    }
