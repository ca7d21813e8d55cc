import json
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.evaluation import Criteria, grade, parse_criteria, rank_intervals, score
from townworks.schema.evaluation import RankInterval

NAMES = ("a", "b", "c")
T = 'title = { en = "A", zh = "甲" }'


def criteria(method: str = "arithmetic", missing: str = "renormalise") -> Criteria:
    text = f"""id = "t"
    {T}
    source = "no-url: test"
    years = [2022]
    aggregation = "{method}"
    missing = "{missing}"
    """
    for name in NAMES:
        text += f'metrics.{name} = {{ {T}, unit = "count" }}\n'
    for name, direction in zip(NAMES, (1, 1, -1), strict=True):
        text += (
            f'indicators.{name} = {{ {T}, metric = "{name}", direction = {direction},'
            " goalposts = [0, 10], weight = 1 }\n"
        )
    for name, low in (("excellent", "from = 50"), ("pass", "")):
        text += f"[[grades]]\ngrade = {json.dumps(name)}\n{T}\n{low}\n"
    return parse_criteria(text, "t.toml")


def table(rows: list[list[float | None]]) -> pl.DataFrame:
    cells = [
        (f"s{n}", metric, value)
        for n, row in enumerate(rows)
        for metric, value in zip(NAMES, row, strict=True)
    ]
    dtypes = {"subject_id": pl.String, "metric": pl.String, "value": pl.Float64}
    return pl.DataFrame(cells, schema=dtypes, orient="row")


def found(
    rows: list[list[float | None]], method: str = "arithmetic", missing: str = "renormalise"
) -> pl.DataFrame:
    rng = np.random.default_rng(2022)
    return rank_intervals(criteria(method, missing), table(rows), rng, 240)


MIXED: list[list[float | None]] = [[9, 8, 2], [5, 5, 5], [8, None, 8], [1, 2, 9], [6, 4, None]]


def test_result_is_as_declared_and_ranks_are_those_of_the_scores() -> None:
    RankInterval.validate(found(MIXED))
    ranks = score(criteria(), table(MIXED)).scores["rank"].to_list()
    assert found(MIXED)["rank"].to_list() == ranks


def test_the_best_and_worst_everywhere_are_sure_of_their_ranks() -> None:
    sure = found(MIXED).filter(pl.col("subject_id").is_in(["s0", "s3"]))
    assert sure["rank_low"].to_list() == sure["rank_high"].to_list() == [1, 5]
    assert sure["shift"].to_list() == [0, 0]
    assert found(MIXED)["shift"].max() > 0  # type: ignore[operator]  # a number, not a list


def test_one_seed_one_result_whatever_the_order_of_rows() -> None:
    rng = np.random.default_rng(2022)
    turned = rank_intervals(criteria(), table(MIXED)[::-1], rng, 240)
    assert turned.write_csv() == found(MIXED).write_csv()


@pytest.mark.parametrize("missing", ["zero", "class_mean", "undecided"])
@pytest.mark.parametrize("method", ["arithmetic", "geometric"])
def test_only_subjects_with_a_score_have_an_interval(method: str, missing: str) -> None:
    rows: list[list[float | None]] = [*MIXED, [None, None, None]]
    subjects = found(rows, method, missing)["subject_id"].to_list()
    decided = score(criteria(method, missing), table(rows)).scores.drop_nulls("score")
    assert subjects == decided["subject_id"].to_list()


def test_gaps_are_left_out_or_filled_with_the_mean_of_the_class() -> None:
    first = found([[9, None, None], [1, 1, 9], [1, 1, 9]]).row(0, named=True)
    assert first["score_high"] == pytest.approx(90)
    assert first["score_low"] < (90 + 10 + 10) / 3 + 5


def test_criteria_of_zeros_may_draw_them() -> None:
    low = found(MIXED, missing="zero")["score_low"].to_list()
    assert low[2] < found(MIXED)["score_low"].to_list()[2]


@settings(max_examples=20)
@given(st.lists(st.lists(st.floats(0, 10), min_size=3, max_size=3), min_size=1, max_size=5))
def test_equal_indicators_leave_no_doubt_about_the_score(rows: Any) -> None:
    """Whatever the weights, the mean of equal values is that value: the scale is the score's."""
    same: list[list[float | None]] = [[row[0], row[0], 10 - row[0]] for row in rows]
    frame = found(same)
    expected = [10 * row[0] for row in rows]
    np.testing.assert_allclose(frame["score_low"], expected, atol=1e-9)
    np.testing.assert_allclose(frame["score_high"], expected, atol=1e-9)


def test_a_geometric_score_has_its_interval_on_its_own_scale() -> None:
    rows: list[list[float | None]] = [[9, 1, 5], [1, 9, 5]]
    scores = score(criteria("geometric"), table(rows)).scores["score"]
    frame = found(rows, "geometric")
    assert (frame["score_low"] < scores).all()
    assert (frame["score_high"] > scores).all()


def test_a_score_near_a_threshold_goes_to_review() -> None:
    rows: list[list[float | None]] = [[9, 9, 1], [9, 2, 5.9], [1, 1, 9]]
    scores = score(criteria(), table(rows)).scores
    graded = grade(criteria(), scores, found(rows))
    assert graded["grade"].to_list() == ["excellent", "excellent", "pass"]
    assert graded["standing"].to_list() == ["decided", "review", "decided"]


@pytest.mark.parametrize("rows", [[], [[None, None, None]], [[None, 1, 1], [2, None, 1]]])
def test_without_a_score_there_is_no_interval(rows: Any) -> None:
    assert found(rows, missing="undecided").height == 0
    graded = grade(criteria(), score(criteria("arithmetic", "undecided"), table(rows)).scores)
    assert set(graded["standing"].to_list()) <= {"undecided"}


def test_one_subject_alone_is_first() -> None:
    alone = found([[3, None, 4]]).row(0, named=True)
    assert (alone["rank_low"], alone["rank_high"], alone["shift"]) == (1, 1, 0)


def test_classes_are_ranked_apart() -> None:
    folder = files("townworks.definitions") / "zhejiang" / "criteria"
    name = "huangyan-per-mu-2022.toml"
    huangyan = parse_criteria((folder / name).read_text(encoding="utf-8"), name)
    values = {"above_scale": 0.0, "land": 5.0, "electricity": 100.0}
    rows = [
        (subject, metric, value)
        for subject, tax in (("x", 9.0), ("y", 70.0))
        for metric, value in (values | {"tax": tax}).items()
    ]
    rows += [("z", metric, 1.0) for metric in huangyan.metrics]
    frame = pl.DataFrame(rows, schema=["subject_id", "metric", "value"], orient="row")
    ranks = rank_intervals(huangyan, frame, np.random.default_rng(1), 60)
    told = ranks.select("subject_id", "size_class", "rank", "rank_high").rows()
    assert told == [("z", "above_scale", 1, 1), ("x", "small", 2, 2), ("y", "small", 1, 1)]
