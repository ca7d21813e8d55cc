"""Scores → grades, which bind only where the whole interval of the score lies in one grade."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from townworks.errors import RequestError
from townworks.evaluation.records import Criteria
from townworks.measures.arrays import IntArray
from townworks.schema.messages import message

_INTERVAL = ("rank_median", "rank_low", "rank_high", "score_low", "score_high")
DIGITS = 9
"""Decimals to which a score meets a threshold: the last bits of a sum decide no grade."""
_COMMA = {"en": ", ", "zh": "、"}
_SPACE = {"en": " ", "zh": ""}


def grade(
    criteria: Criteria, scores: pl.DataFrame, intervals: pl.DataFrame | None = None
) -> pl.DataFrame:
    """Give every score its grade and standing, and take over its interval.

    scores: rows of `Score`; intervals: of `RankInterval` under the same criteria, None: not made
    yet. A score from `low` up earns the grade. Standing: undecided without a score; decided if the
    criteria have no grades, or if score, score_low and score_high earn the same one; review else,
    so also without an interval. Rows of `Score` back, in the same order.

    >>> from townworks.evaluation.criteria import demo_criteria
    >>> from townworks.evaluation.scores import score
    >>> table = {"subject_id": ["a"], "metric": ["visit"], "value": [8.5], "author": ["Li"]}
    >>> scores = score(demo_criteria(), pl.DataFrame(table)).scores
    >>> interval = {"subject_id": ["a"], "criteria_id": ["demo"], "rank_median": [1]}
    >>> interval |= {"rank_low": [1], "rank_high": [1], "score_low": [81.0], "score_high": [90.0]}
    >>> grade(demo_criteria(), scores, pl.DataFrame(interval)).row(0, named=True)["standing"]
    'decided'
    """
    if intervals is not None:
        scores = _with_intervals(criteria, scores, intervals)
    names = [entry.grade for entry in criteria.grades]
    found, lowest, highest = (
        _place(criteria, scores.select(expression).to_series())
        for expression in (
            pl.col("score"),
            pl.min_horizontal("score", "score_low"),
            pl.max_horizontal("score", "score_high"),
        )
    )
    sure = (lowest == highest) & scores["score_low"].is_not_null().to_numpy()
    known = scores["score"].is_not_null().to_numpy()
    binds = np.where(sure | (not names), "decided", "review")
    grades = [names[p] if names and k else None for p, k in zip(found, known, strict=True)]
    return scores.with_columns(
        pl.Series("grade", grades, dtype=scores.schema["grade"]),
        pl.Series("standing", np.where(known, binds, "undecided").tolist()).cast(
            scores.schema["standing"]
        ),
    )


def _with_intervals(
    criteria: Criteria, scores: pl.DataFrame, intervals: pl.DataFrame
) -> pl.DataFrame:
    others = set(intervals["criteria_id"].unique().to_list()) - {criteria.id}
    if others:
        problem = f"The intervals belong to {', '.join(sorted(others))}, not to {criteria.id}"
        raise RequestError(problem, "Compute rank_intervals with the same criteria.")
    keys, dtypes = ["subject_id", "criteria_id"], scores.schema
    joined = scores.drop(_INTERVAL).join(
        intervals.select(*keys, *_INTERVAL), on=keys, how="left", maintain_order="left"
    )
    return joined.select(scores.columns).cast(dtypes)


def _place(criteria: Criteria, scores: pl.Series) -> IntArray:
    """Place of each score among the grades, 0 the best; the last for none at all."""
    rising = np.array([entry.low for entry in criteria.grades[-2::-1]], dtype=np.float64)
    values = scores.cast(pl.Float64).fill_null(-np.inf).round(DIGITS).to_numpy()
    return len(rising) - np.searchsorted(rising, values, side="right").astype(np.int64)


def verdict(criteria: Criteria, row: Mapping[str, object], language: str) -> str:
    """Say one row of `Score` in a sentence, in English ("en") or Chinese ("zh").

    >>> from townworks.evaluation.criteria import demo_criteria
    >>> row = {"score": None, "grade": None, "standing": "undecided", "missing": "visit"}
    >>> verdict(demo_criteria(), row, "en")
    'No score. Missing: Site visit.'
    """
    titles = {id_: metric.title for id_, metric in criteria.metrics.items()}
    titles |= {leaf.id: leaf.title for leaf in criteria.indicators}
    grades = {entry.grade: entry.title for entry in criteria.grades}

    def say(key: str, **values: object) -> str:
        return message(f"evaluation.{key}", language, **values)

    said = [say("no_score")]
    if row["score"] is not None:
        said = [say("score", score=f"{row['score']:.2f}", rank=row["rank"])]
    if row.get("rank_low") is not None:
        said.append(say("interval", low=row["rank_low"], high=row["rank_high"]))
    if row["grade"] is not None:
        title = grades[str(row["grade"])][language]
        said.append(say("grade", grade=title, standing=say(f"standing.{row['standing']}")))
    if row["missing"]:
        absent = [titles[name][language] for name in str(row["missing"]).split(", ")]
        said.append(say("missing", names=_COMMA[language].join(absent)))
    return _SPACE[language].join(said)
