from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.errors import RequestError
from townworks.evaluation import Criteria, grade, parse_criteria, score, verdict
from townworks.evaluation.criteria import demo_criteria
from townworks.schema.evaluation import RankInterval, Score


def criteria(*, grades: bool = True) -> Criteria:
    """One indicator that is its own score; excellent from 80, good from 60, then warning."""
    title = 'title = { en = "A", zh = "甲" }'
    text = f"""id = "t"
    {title}
    source = "no-url: test"
    years = [2022]
    aggregation = "arithmetic"
    missing = "undecided"
    metrics.a = {{ {title}, unit = "points" }}
    indicators.a = {{ {title}, metric = "a", direction = 1, goalposts = [0, 100], weight = 1 }}
    """
    steps = (("excellent", "from = 80"), ("good", "from = 60"), ("warning", ""))
    text += "\n".join(
        f'[[grades]]\ngrade = "{name}"\ntitle = {{ en = "{name}", zh = "{name}" }}\n{step}'
        for name, step in steps
        if grades
    )
    return parse_criteria(text, "t.toml")


def scored(values: list[float | None], *, grades: bool = True) -> pl.DataFrame:
    table = {"subject_id": [f"s{n}" for n in range(len(values))], "metric": ["a"] * len(values)}
    frame = pl.DataFrame(table | {"value": values}, schema_overrides={"value": pl.Float64})
    return score(criteria(grades=grades), frame).scores


def intervals(bounds: list[tuple[float, float]], of: str = "t") -> pl.DataFrame:
    lows, highs = zip(*bounds, strict=True)
    columns = {
        "subject_id": [f"s{n}" for n in range(len(bounds))],
        "criteria_id": [of] * len(bounds),
        "size_class": [None] * len(bounds),
        **{name: [1] * len(bounds) for name in ("rank", "rank_median", "rank_low", "rank_high")},
        "score_low": lows,
        "score_high": highs,
        "shift": [0.0] * len(bounds),
    }
    dtypes = RankInterval.create_empty().schema
    return pl.DataFrame(columns, schema_overrides={"size_class": pl.String}).cast(dtypes)


def test_thresholds_belong_to_the_better_grade() -> None:
    values = [100.0, 80.0, 79.999, 60.0, 59.999, 0.0, None]
    found = scored(values)["grade"].to_list()
    assert found == ["excellent", "excellent", "good", "good", "warning", "warning", None]


def test_the_last_bits_decide_no_grade() -> None:
    frame = scored([80.0]).with_columns(score=pl.lit(80 - 2e-14))
    assert grade(criteria(), frame)["grade"].to_list() == ["excellent"]


@pytest.mark.parametrize(
    ("low", "high", "standing"),
    [
        (60.0, 79.9, "decided"),
        (59.9, 75.0, "review"),
        (65.0, 80.0, "review"),
        (71.0, 75.0, "decided"),
        (85.0, 90.0, "review"),
    ],
)
def test_a_grade_binds_if_score_and_interval_earn_it(
    low: float, high: float, standing: str
) -> None:
    found = grade(criteria(), scored([70.0]), intervals([(low, high)]))
    assert found.select("grade", "standing").row(0) == ("good", standing)
    Score.validate(found)


def test_without_an_interval_nothing_binds() -> None:
    found = grade(criteria(), scored([90.0, 90.0, None]), intervals([(88.0, 92.0)]))
    assert found["standing"].to_list() == ["decided", "review", "undecided"]
    assert found["rank_median"].to_list() == [1, None, None]


def test_without_grades_a_score_is_decided() -> None:
    found = scored([90.0, None], grades=False)
    assert found["standing"].to_list() == ["decided", "undecided"]
    assert found["grade"].to_list() == [None, None]


@settings(max_examples=40)
@given(st.lists(st.floats(0, 100), min_size=2, max_size=20))
def test_a_better_score_has_no_worse_grade(values: Any) -> None:
    order = ["excellent", "good", "warning"]
    found = scored(values).sort("score")["grade"].to_list()
    places = [order.index(name) for name in found]
    assert places == sorted(places, reverse=True)


def test_intervals_of_other_criteria_are_refused() -> None:
    with pytest.raises(RequestError, match="belong to other, not to t"):
        grade(criteria(), scored([70.0]), intervals([(1.0, 2.0)], of="other"))


def test_verdict_in_both_languages() -> None:
    table = {"subject_id": ["s0"], "metric": ["visit"], "value": [8.5], "author": ["Li"]}
    scores = score(demo_criteria(), pl.DataFrame(table)).scores
    row = grade(demo_criteria(), scores, intervals([(79.0, 90.0)], of="demo")).row(0, named=True)
    assert verdict(demo_criteria(), row, "en") == (
        "85.00 points, rank 1. Under other reasonable choices the rank lies between 1 and 1"
        " (90 % of draws). Grade: Excellent (to be reviewed). Missing: Tax per mu."
    )
    assert verdict(demo_criteria(), row, "zh") == (
        "得分85.00，第1名。换用其他合理的方法，名次在第1至第1名之间（90%的抽样）。"
        "等次：优秀（待复核）。缺少：亩均税收。"
    )
