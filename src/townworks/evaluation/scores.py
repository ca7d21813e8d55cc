"""Measurements → scores, each with what every indicator and group brings to it.

Subjects of different size classes have different trees; their ranks are never mixed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from townworks.errors import RequestError, TableError
from townworks.evaluation.grades import grade
from townworks.evaluation.records import ROOT, Criteria, Indicator, Rule, path
from townworks.measures.arrays import FloatArray
from townworks.measures.composite import (
    Tree,
    above_zero,
    aggregate,
    contributions,
    distance_to_target,
    effective_weights,
    falling_ranks,
    min_max,
    realised_importance,
)
from townworks.schema.evaluation import Contribution, Importance, Measurement, Score


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """Results: `scores` as in `schema.evaluation.Score`, `contributions` as in `Contribution`."""

    scores: pl.DataFrame
    contributions: pl.DataFrame


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """The subjects of one size class and their tree; arrays are (n_subjects, n_indicators).

    subjects: sorted. nodes: indicators, groups, root, as the tree numbers them. value and
    denominator: as measured; ratio: what is normalised; normalised: 0-100 by goalposts or
    benchmark. NaN is missing.
    """

    size_class: str | None
    subjects: list[str]
    leaves: Sequence[Indicator]
    nodes: list[str]
    levels: list[int]
    tree: Tree
    value: FloatArray
    denominator: FloatArray
    ratio: FloatArray
    normalised: FloatArray


def score(criteria: Criteria, measurements: pl.DataFrame) -> Scores:
    """Score every subject that has a measurement.

    measurements: rows of `schema.evaluation.Measurement`; metrics that the criteria do not name
    are not looked at, a null value is not known. A subject of which nothing is known, or not its
    class, or something that must be known, is undecided: no score, never 0. Without rank
    intervals no grade binds (see `grade`). Raises `TableError` for a table that is none, and
    `RequestError` for values that are not finite and opinions without an author.

    >>> from townworks.evaluation.criteria import demo_criteria
    >>> table = {"subject_id": ["a", "a", "b"], "metric": ["tax", "land", "tax"]}
    >>> table = pl.DataFrame(table | {"value": [1_500_000.0, 10.0, 9.0]})
    >>> found = score(demo_criteria(), table)
    >>> found.scores.select("subject_id", "score", "standing", "missing").rows()
    [('a', 75.0, 'review', 'visit'), ('b', None, 'undecided', 'tax_per_mu, visit')]
    """
    table = checked(criteria, measurements)
    found = [(panel, *_results(criteria, panel)) for panel in panels(criteria, table)]
    scores = [frame for _, frame, _ in found]
    parts = [frame for _, _, frame in found]
    scores.append(_unclassed(criteria, table, [s for panel, _, _ in found for s in panel.subjects]))
    whole = pl.concat([Score.create_empty(), *scores]).sort("subject_id")
    detail = pl.concat(parts) if parts else None
    return Scores(
        grade(criteria, whole),
        Contribution.create_empty() if detail is None else _sourced(detail, table),
    )


def importance(criteria: Criteria, measurements: pl.DataFrame) -> pl.DataFrame:
    """Say how much each indicator was meant to matter and does: rows of `Importance`.

    measurements: as for `score`. By class, in the order of the criteria. Correlations are over the
    subjects that have a score and the indicator's own value.

    >>> from townworks.evaluation.criteria import demo_criteria
    >>> table = {"subject_id": ["a", "b", "c"], "metric": ["visit"] * 3, "author": ["Li"] * 3}
    >>> table = pl.DataFrame(table | {"value": [8.0, 3.0, 5.0]})
    >>> importance(demo_criteria(), table).select("node", "weight", "importance").rows()
    [('tax_per_mu', 0.75, None), ('visit', 0.25, 1.0)]
    """
    frames: list[pl.DataFrame] = [Importance.create_empty()]
    for panel in panels(criteria, checked(criteria, measurements)):
        scores = aggregate(reference_values(criteria, panel), panel.tree, criteria.aggregation)
        whole = effective_weights(np.zeros((1, len(panel.leaves))), panel.tree)
        columns = {
            "node": [leaf.id for leaf in panel.leaves],
            "weight": whole[0, : len(panel.leaves)],
            "importance": realised_importance(panel.normalised, scores[:, -1]).round(9),
        }
        frame = pl.DataFrame(columns).with_columns(
            pl.col("importance").fill_nan(None),
            criteria_id=pl.lit(criteria.id),
            size_class=pl.lit(panel.size_class, pl.String),
        )
        dtypes = Importance.create_empty().schema
        frames.append(frame.select(list(dtypes)).cast(dtypes))
    return pl.concat(frames)


def checked(criteria: Criteria, measurements: pl.DataFrame) -> pl.DataFrame:
    """Return measurements in the columns of `Measurement`, or say all that is wrong with them."""
    known = measurements.columns
    absent = [name for name in ("subject_id", "metric", "value") if name not in known]
    if absent:
        raise TableError("measurement", [f"{name}: missing" for name in absent])
    dtypes = Measurement.create_empty().schema
    columns = [pl.col(n) if n in known else pl.lit(None).alias(n) for n in dtypes]
    table = measurements.select(columns).cast(dtypes)
    faults = _faults(table)
    if faults:
        raise TableError("measurement", faults)
    _check_authors(criteria, table)
    return table.sort("subject_id", "metric")


def _faults(table: pl.DataFrame) -> list[str]:
    counts = {
        "subject_id: nulls": table["subject_id"].null_count(),
        "metric: nulls": table["metric"].null_count(),
        "value: not finite": table.filter(~pl.col("value").is_finite()).height,
        "subject_id, metric: repeated": table.select("subject_id", "metric").is_duplicated().sum(),
    }
    return [f"{what} ({count} rows)" for what, count in counts.items() if count]


def _check_authors(criteria: Criteria, table: pl.DataFrame) -> None:
    opinions = {i.metric for i in criteria.indicators if i.kind != "figure"}
    nameless = table.filter(
        pl.col("metric").is_in(list(opinions)),
        pl.col("value").is_not_null(),
        pl.col("author").fill_null("").str.strip_chars() == "",
    )
    if nameless.height:
        first = nameless.row(0, named=True)
        problem = (
            f"{nameless.height} opinions or site visits have no author, first {first['metric']}"
            f" of {first['subject_id']}"
        )
        raise RequestError(problem, "Name in column 'author' who judged, or leave the score out.")


def panels(criteria: Criteria, table: pl.DataFrame) -> list[Panel]:
    """Split checked measurements by size class and normalise them; classes without subjects go."""
    subjects = table["subject_id"].unique().sort().to_list()
    if not criteria.classes:
        return [_panel(criteria, None, subjects, table)] if subjects else []
    rows = table.filter(pl.col("metric") == criteria.class_metric)
    classes = {s: criteria.class_of(v) for s, v in rows.select("subject_id", "value").iter_rows()}
    members = {c.id: [s for s in subjects if classes.get(s) == c.id] for c in criteria.classes}
    return [_panel(criteria, name, those, table) for name, those in members.items() if those]


def _panel(
    criteria: Criteria, size_class: str | None, subjects: list[str], table: pl.DataFrame
) -> Panel:
    leaves, groups = criteria.members(size_class)
    nodes = [*(leaf.id for leaf in leaves), *(group.id for group in groups), ROOT]
    above = {n.id: n.parent for n in leaves} | {n.id: n.parent for n in groups}
    parent = np.array([nodes.index(above[n]) if n in above else -1 for n in nodes])
    weight = np.array([*(leaf.weight for leaf in leaves), *(g.weight for g in groups), 1.0])
    value = _matrix(table, subjects, [leaf.metric for leaf in leaves])
    denominator = _matrix(table, subjects, [leaf.denominator for leaf in leaves])
    divided = np.array([leaf.denominator is not None for leaf in leaves])
    ratio = np.where(divided, np.nan, value)
    np.divide(value, denominator, out=ratio, where=divided & (denominator > 0))
    return Panel(
        size_class,
        subjects,
        leaves,
        nodes,
        [len(path(n, above)) for n in nodes],
        Tree(parent, weight, len(leaves)),
        value,
        denominator,
        ratio,
        np.column_stack([_normalised(leaf, x) for leaf, x in zip(leaves, ratio.T, strict=True)]),
    )


def _matrix(
    table: pl.DataFrame, subjects: Sequence[str], metrics: Sequence[str | None]
) -> FloatArray:
    """Values (n_subjects, n_metrics) by name; NaN where there is none."""
    wanted = sorted({name for name in metrics if name is not None})
    rows, columns = (
        pl.DataFrame({name: list(keys)}, schema={name: pl.String}).with_row_index(place)
        for name, keys, place in (("subject_id", subjects, "i"), ("metric", wanted, "j"))
    )
    cells = table.join(rows, on="subject_id").join(columns, on="metric")
    found = np.full((len(subjects), len(wanted) + 1), np.nan)
    found[cells["i"].to_numpy(), cells["j"].to_numpy()] = cells["value"].to_numpy()
    places = [len(wanted) if name is None else wanted.index(name) for name in metrics]
    return found[:, places]


def _normalised(leaf: Indicator, x: FloatArray) -> FloatArray:
    if leaf.goalposts is not None:
        return min_max(x, *leaf.goalposts, leaf.direction)
    cap = np.inf if leaf.cap is None else 100 * leaf.cap / leaf.weight
    return distance_to_target(x, leaf.benchmark or np.nan, cap)


def filled(normalised: FloatArray, rules: Sequence[Rule]) -> FloatArray:
    """Fill the gaps of each column by its rule: zero, or the mean of those known; else left out.

    >>> filled(np.array([[np.nan, 4.0], [6.0, np.nan]]), ["class_mean", "renormalise"]).tolist()
    [[6.0, 4.0], [6.0, nan]]
    """
    found = normalised.copy()
    for column, rule in zip(found.T, rules, strict=True):
        known = np.isfinite(column)
        if rule == "zero":
            column[~known] = 0.0
        elif rule == "class_mean" and known.any():
            column[~known] = column[known].mean()
    return found


def reference_values(criteria: Criteria, panel: Panel) -> FloatArray:
    """Values as the criteria aggregate them; a row of NaN for a subject that is undecided."""
    gaps = np.isnan(panel.normalised)
    must = np.array([leaf.missing == "undecided" for leaf in panel.leaves])
    undecided = gaps.all(1) | (gaps & must).any(1)
    values = filled(panel.normalised, [leaf.missing for leaf in panel.leaves])
    values = above_zero(values) if criteria.aggregation == "geometric" else values
    return np.where(undecided[:, None], np.nan, values)


def _results(criteria: Criteria, panel: Panel) -> tuple[pl.DataFrame, pl.DataFrame]:
    values = reference_values(criteria, panel)
    nodes = aggregate(values, panel.tree, criteria.aggregation)
    gaps = np.isnan(panel.normalised)
    names = np.array([leaf.id for leaf in panel.leaves])
    scores = pl.DataFrame(
        {
            "subject_id": panel.subjects,
            "score": pl.Series(nodes[:, -1]).fill_nan(None),
            "rank": pl.Series(falling_ranks(nodes[:, -1])).fill_nan(None),
            "known": (~gaps).sum(1),
            "missing": [", ".join(names[row]) for row in gaps],
        }
    ).with_columns(size_class=pl.lit(panel.size_class, pl.String))
    return _score_rows(criteria, scores), _parts(criteria, panel, values, nodes)


def _score_rows(criteria: Criteria, frame: pl.DataFrame) -> pl.DataFrame:
    """Put columns into the order of `Score`; those not there yet are null."""
    frame = frame.with_columns(criteria_id=pl.lit(criteria.id), standing=pl.lit("undecided"))
    wanted = Score.create_empty().schema
    columns = [pl.col(n) if n in frame.columns else pl.lit(None).alias(n) for n in wanted]
    return frame.select(columns).cast(wanted)


def _unclassed(criteria: Criteria, table: pl.DataFrame, known: Sequence[str]) -> pl.DataFrame:
    """Rows of subjects that no class holds: undecided, their class metric is what is missing."""
    rest = table.select(pl.col("subject_id").unique()).filter(~pl.col("subject_id").is_in(known))
    missing = pl.lit(criteria.class_metric or "")
    return _score_rows(criteria, rest.with_columns(known=pl.lit(0), missing=missing))


def _parts(criteria: Criteria, panel: Panel, values: FloatArray, nodes: FloatArray) -> pl.DataFrame:
    """Contributions of all nodes; those of a group are the sum of its children's."""
    count, leaves = len(panel.nodes), len(panel.leaves)
    weight = effective_weights(values, panel.tree)
    points = np.zeros((len(values), count))
    points[:, :leaves] = contributions(values, panel.tree, criteria.aggregation)
    for group in panel.tree.upward():
        points[:, group] = points[:, panel.tree.children(group)].sum(1)
    undecided = np.isnan(nodes[:, [-1]])
    gaps = np.column_stack([np.isnan(panel.normalised), np.isnan(nodes[:, leaves:])])
    columns: Mapping[str, FloatArray] = {
        "value": _padded(panel.value, count),
        "denominator": _padded(panel.denominator, count),
        "normalised": np.where(np.isnan(nodes), _padded(panel.normalised, count), nodes),
        "weight": np.where(undecided, np.nan, weight),
        "contribution": np.where(undecided, np.nan, points),
    }
    groups = [None] * (count - leaves)
    metrics = [*(leaf.metric for leaf in panel.leaves), *groups]
    under = [*(leaf.denominator for leaf in panel.leaves), *groups]
    return pl.DataFrame(
        {
            "subject_id": np.repeat(np.array(panel.subjects, dtype=object), count).tolist(),
            "node": panel.nodes * len(panel.subjects),
            "level": panel.levels * len(panel.subjects),
            "is_indicator": ([True] * leaves + [False] * (count - leaves)) * len(panel.subjects),
            "metric": pl.Series(metrics * len(panel.subjects), dtype=pl.String),
            "under": pl.Series(under * len(panel.subjects), dtype=pl.String),
            **{name: pl.Series(array.ravel()).fill_nan(None) for name, array in columns.items()},
            "missing": gaps.ravel(),
        }
    ).with_columns(criteria_id=pl.lit(criteria.id))


def _padded(leaves: FloatArray, count: int) -> FloatArray:
    """Add NaN columns for the nodes that are no indicators."""
    return np.pad(leaves, ((0, 0), (0, count - leaves.shape[1])), constant_values=np.nan)


def _sourced(parts: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Say of each indicator who gave its value, and where both its values stand."""
    wanted = Contribution.create_empty().schema
    given = table.select("subject_id", "metric", "author", "source", "evidence")
    under = table.select("subject_id", under="metric", denominator_source="source")
    joined = (
        parts.with_row_index("order")
        .join(given, on=["subject_id", "metric"], how="left")
        .join(under, on=["subject_id", "under"], how="left")
    )
    return joined.sort("subject_id", "order").select(list(wanted)).cast(wanted)
