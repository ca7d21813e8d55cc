from decimal import Decimal
from importlib.resources import files
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.errors import RequestError, TableError
from townworks.evaluation import Criteria, importance, parse_criteria, score
from townworks.evaluation.criteria import demo_criteria
from townworks.schema.evaluation import Contribution, Importance, Score

T = 'title = { en = "A", zh = "甲" }'
LEAVES = ("a", "b", "c", "d")
RULES = ("renormalise", "zero", "class_mean", "undecided")


def criteria(method: str = "arithmetic", missing: str = "renormalise") -> Criteria:
    """Two groups of two indicators, one of them less-is-better; goalposts 0 to 10."""
    head = f'id="t"\n{T}\nsource="no-url: test"\nyears=[2022]\naggregation="{method}"\n'
    lines = [head, f'missing = "{missing}"']
    lines += [f'[metrics.{name}]\n{T}\nunit = "count"' for name in LEAVES]
    lines += [f"[groups.{g}]\n{T}\nweight = {w}" for g, w in (("one", 2), ("two", 3))]
    for name, parent, weight in (
        ("a", "one", 1),
        ("b", "one", 3),
        ("c", "two", 2),
        ("d", "two", 1),
    ):
        direction = -1 if name == "d" else 1
        lines.append(
            f'[indicators.{name}]\n{T}\nmetric = "{name}"\nparent = "{parent}"\n'
            f"weight = {weight}\ndirection = {direction}\ngoalposts = [0, 10]"
        )
    return parse_criteria("\n".join(lines), "t.toml")


def table(values: list[list[float | None]], metrics: tuple[str, ...] = LEAVES) -> pl.DataFrame:
    rows = [
        (f"s{subject}", metric, value)
        for subject, row in enumerate(values)
        for metric, value in zip(metrics, row, strict=True)
    ]
    dtypes = {"subject_id": pl.String, "metric": pl.String, "value": pl.Float64}
    return pl.DataFrame(rows, schema=dtypes, orient="row")


def scores_of(found: pl.DataFrame) -> dict[str, float | None]:
    return dict(found.select("subject_id", "score").iter_rows())


values = st.lists(
    st.lists(st.none() | st.floats(-2, 12), min_size=4, max_size=4), min_size=1, max_size=5
)
methods = st.sampled_from(["arithmetic", "geometric"])


@settings(max_examples=40)
@given(values, methods, st.sampled_from(RULES))
def test_contributions_sum_to_the_score(rows: Any, method: str, rule: str) -> None:
    found = score(criteria(method, rule), table(rows))
    sums = found.contributions.filter("is_indicator").group_by("subject_id", maintain_order=True)
    total = sums.agg(pl.col("contribution").sum(), pl.col("weight").sum())
    for (subject, points, weight), row in zip(
        total.iter_rows(), found.scores.iter_rows(named=True), strict=True
    ):
        assert subject == row["subject_id"]
        assert points == pytest.approx(row["score"] or 0.0, abs=1e-9)
        assert weight == pytest.approx(0.0 if row["score"] is None else 1.0)
    roots = found.contributions.filter(node="score")
    assert roots["level"].to_list() == [0] * len(rows)
    decided = roots.drop_nulls("contribution")
    np.testing.assert_allclose(decided["contribution"], decided["normalised"], atol=1e-9)


@settings(max_examples=40)
@given(values, methods, st.sampled_from(RULES), st.randoms())
def test_the_order_of_rows_is_nothing(rows: Any, method: str, rule: str, random: Any) -> None:
    whole = table(rows)
    places = list(range(whole.height))
    random.shuffle(places)
    one, other = (score(criteria(method, rule), t) for t in (whole, whole[places]))
    assert one.scores.equals(other.scores)
    assert one.contributions.equals(other.contributions)


@settings(max_examples=40)
@given(values, methods, st.sampled_from(RULES), st.sampled_from(range(4)), st.floats(0, 5))
def test_a_better_figure_never_lowers_its_own_score(
    rows: Any, method: str, rule: str, place: int, more: float
) -> None:
    better = [list(row) for row in rows]
    if better[0][place] is not None:
        better[0][place] += -more if LEAVES[place] == "d" else more
    one, other = (scores_of(score(criteria(method, rule), table(v)).scores) for v in (rows, better))
    if one["s0"] is None:
        assert other["s0"] is None
    else:
        assert (other["s0"] or 0.0) >= one["s0"] - 1e-9


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("method", ["arithmetic", "geometric"])
def test_nothing_known_is_undecided_never_zero(rule: str, method: str) -> None:
    found = score(criteria(method, rule), table([[None] * 4, [1.0, 2.0, 3.0, 4.0]]))
    first = found.scores.row(0, named=True)
    assert (first["score"], first["standing"], first["rank"]) == (None, "undecided", None)
    assert (first["known"], first["missing"]) == (0, "a, b, c, d")
    assert found.scores["rank"].to_list() == [None, 1]
    mine = found.contributions.filter(subject_id="s0")
    assert mine["contribution"].null_count() == mine["weight"].null_count() == mine.height


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # group one: b counts 3 of 4 with 80 points, a is missing; group two: 50 and 100 - 20
        ("renormalise", 0.4 * 80 + 0.6 * 60),
        ("zero", 0.4 * 60 + 0.6 * 60),
        ("class_mean", 0.4 * (0.25 * 30 + 60) + 0.6 * 60),
        ("undecided", None),
    ],
)
def test_rules_for_a_missing_value(rule: str, expected: float | None) -> None:
    rows: list[list[float | None]] = [[None, 8, 5, 2], [2, 1, 1, 1], [4, 1, 1, 1]]
    found = score(criteria(missing=rule), table(rows))
    assert scores_of(found.scores)["s0"] == pytest.approx(expected)
    leaf = found.contributions.filter(subject_id="s0", node="a").row(0, named=True)
    assert leaf["missing"]
    assert leaf["value"] is None


def test_a_group_with_nothing_known_is_left_out() -> None:
    found = score(criteria(), table([[None, None, 5, 2]]))
    assert scores_of(found.scores)["s0"] == pytest.approx(60)
    parts = {r["node"]: r for r in found.contributions.iter_rows(named=True)}
    assert parts["one"]["missing"]
    assert (parts["one"]["weight"], parts["two"]["weight"]) == (0.0, 1.0)
    assert parts["two"]["contribution"] == pytest.approx(60)
    assert (parts["d"]["level"], parts["two"]["level"]) == (2, 1)


def test_who_is_measured_by_other_metrics_only_is_undecided() -> None:
    found = score(demo_criteria(), table([[8.0]], ("visitors",))).scores.row(0, named=True)
    assert (found["subject_id"], found["standing"], found["known"]) == ("s0", "undecided", 0)
    other = score(huangyan(2022), table([[8.0]], ("visitors",))).scores.row(0, named=True)
    assert (other["standing"], other["missing"]) == ("undecided", "above_scale")


def test_both_values_of_an_indicator_say_where_they_stand() -> None:
    rows = table([[8.0, 2.0]], ("tax", "land")).with_columns(
        source=pl.Series(["tax office", "land office"]), evidence=pl.Series(["audited", "reported"])
    )
    found = score(demo_criteria(), rows).contributions.filter(node="tax_per_mu")
    told = found.select("source", "evidence", "denominator_source").row(0)
    assert told == ("tax office", "audited", "land office")


def test_results_are_as_declared() -> None:
    found = score(demo_criteria(), table([[8.0, 2.0]], ("tax", "land")))
    Score.validate(found.scores)
    Contribution.validate(found.contributions)
    nobody = score(demo_criteria(), table([]))
    assert nobody.scores.height == nobody.contributions.height == 0


def test_an_opinion_needs_its_author() -> None:
    rows = table([[8.0]], ("visit",))
    for author in (None, " "):
        with pytest.raises(RequestError, match="1 opinions or site visits have no author, first "):
            score(demo_criteria(), rows.with_columns(author=pl.lit(author, pl.String)))
    signed = rows.with_columns(author=pl.lit("Li"), source=pl.lit("protocol 7"))
    found = score(demo_criteria(), signed).contributions.filter(node="visit")
    assert found.select("author", "source").row(0) == ("Li", "protocol 7")
    unknown = rows.with_columns(value=pl.lit(None, pl.Float64))
    assert scores_of(score(demo_criteria(), unknown).scores) == {"s0": None}


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (table([[1.0]], ("tax",)).drop("value"), "value: missing"),
        (table([[float("nan")], [float("inf")]], ("tax",)), r"value: not finite \(2 rows\)"),
        (pl.concat([table([[1.0]], ("tax",))] * 2), r"subject_id, metric: repeated \(2 rows\)"),
        (
            table([[1.0]], ("tax",)).with_columns(metric=pl.lit(None, pl.String)),
            r"metric: nulls \(1 rows\)",
        ),
    ],
)
def test_tables_that_are_none(rows: pl.DataFrame, told: str) -> None:
    with pytest.raises(TableError, match=told):
        score(demo_criteria(), rows)


@pytest.mark.parametrize("land", [0.0, -3.0, None])
def test_nothing_to_divide_by_is_not_known(land: float | None) -> None:
    found = score(demo_criteria(), table([[8.0, land]], ("tax", "land")))
    assert found.scores["missing"].item() == "tax_per_mu, visit"


HUANGYAN = {
    2021: (("26.01", "132.27", "2.54", "4861.08", "17.45", "0.0305"), ("16.601058", "0.236565")),
    2022: (("24.097", "136.16", "2.694", "4929.81", "18.14", "0.0302"), ("11.5932", "0.2352")),
}
POINTS = (30, 20, 20, 10, 10, 10)
METRICS = (
    *("above_scale", "tax", "land", "value_added", "energy", "emissions", "employees"),
    *("rd_expenditure", "main_revenue", "electricity"),
)
BIG: list[float | None] = [1, 1234.5, 40.25, 5678.9, 2100.75, 0.85, 310, 456.7, 21000.5, 900.125]
SMALL: list[float | None] = [0, 88.8, 7.5, None, None, None, None, None, None, 310.4]


def huangyan(year: int) -> Criteria:
    folder = files("townworks.definitions") / "zhejiang" / "criteria"
    name = f"huangyan-per-mu-{year}.toml"
    return parse_criteria((folder / name).read_text(encoding="utf-8"), name)


def by_hand(row: list[float | None], year: int) -> list[Decimal]:
    """Points of each part in exact arithmetic, from the published benchmarks; None is 1 here."""
    big, small = HUANGYAN[year]
    x = {m: Decimal(str(1 if v is None else v)) for m, v in zip(METRICS, row, strict=True)}
    if not x["above_scale"]:
        parts = [x["tax"] / x["land"], x["tax"] / x["electricity"]]
        return [p / Decimal(b) * 50 for p, b in zip(parts, small, strict=True)]
    parts = [
        x["tax"] / x["land"],
        x["value_added"] / x["land"],
        x["value_added"] / x["energy"],
        x["value_added"] / x["emissions"],
        x["value_added"] / x["employees"],
        x["rd_expenditure"] / x["main_revenue"],
    ]
    return [p / Decimal(b) * n for p, b, n in zip(parts, big, POINTS, strict=True)]


@pytest.mark.parametrize("year", [2021, 2022])
def test_huangyan_per_mu_to_the_last_digit(year: int) -> None:
    found = score(huangyan(year), table([BIG, SMALL], METRICS))
    for place, row in enumerate((BIG, SMALL)):
        expected = by_hand(row, year)
        mine = found.contributions.filter("is_indicator", subject_id=f"s{place}")
        np.testing.assert_allclose(mine["contribution"], [float(p) for p in expected], rtol=1e-12)
        told = found.scores["score"][place]
        assert told == pytest.approx(float(sum(expected)), rel=1e-12)
    assert found.scores["size_class"].to_list() == ["above_scale", "small"]
    assert found.scores["rank"].to_list() == [1, 1]


def test_huangyan_known_values() -> None:
    """An enterprise at every benchmark has 100, at twice all 200: the formula has no cap."""
    exact = [1, 24.097, 1, 136.16, 136.16 / 2.694, 136.16 / 4929.81, 136.16 / 18.14, 0.0302, 1, 0]
    twice = list(exact)
    twice[1], twice[3], twice[7] = 2 * exact[1], 2 * exact[3], 2 * exact[7]
    found = score(huangyan(2022), table([[*exact], [*twice]], METRICS))
    np.testing.assert_allclose(found.scores["score"], [100, 200])
    assert found.scores["standing"].to_list() == ["decided", "decided"]


def test_huangyan_without_emissions_gets_the_mean_of_its_class() -> None:
    other, gap = list(BIG), list(BIG)
    other[5], gap[5] = 1.7, None
    rows = table([BIG, other, gap, SMALL], METRICS)
    found = score(huangyan(2022), rows)
    emission = [by_hand(row, 2022)[3] for row in (BIG, other)]
    rest = sum(by_hand(gap, 2022), Decimal(0)) - by_hand(gap, 2022)[3]
    assert found.scores["score"][2] == pytest.approx(
        float(rest + sum(emission, Decimal(0)) / 2), rel=1e-12
    )
    assert found.scores["missing"][2] == "value_added_per_emission"
    assert scores_of(score(huangyan(2021), rows).scores)["s2"] is None


def test_huangyan_without_land_or_class_is_undecided() -> None:
    landless, classless = list(BIG), list(BIG)
    landless[2], classless[0] = None, None
    found = score(huangyan(2022), table([landless, classless], METRICS)).scores
    assert found["score"].to_list() == [None, None]
    assert found["missing"].to_list() == ["tax_per_mu, value_added_per_mu", "above_scale"]
    assert found["size_class"].to_list() == ["above_scale", None]


def test_a_cap_is_in_points() -> None:
    text = f'id="t"\n{T}\nsource="no-url: test"\nyears=[2022]\naggregation="arithmetic"\n'
    text += 'missing = "undecided"\n'
    for name, points, cap in (("a", 60, "cap = 72"), ("b", 40, "")):
        text += (
            f'[metrics.{name}]\n{T}\nunit = "count"\n[indicators.{name}]\n{T}\n'
            f'metric = "{name}"\ndirection = 1\nbenchmark = 10\npoints = {points}\n{cap}\n'
        )
    rows: list[list[float | None]] = [[11, 10], [50, 30], [-1, 0]]
    found = score(parse_criteria(text, "t.toml"), table(rows, ("a", "b")))
    np.testing.assert_allclose(found.scores["score"], [66 + 40, 72 + 120, -6])


def test_importance_is_what_the_scores_follow() -> None:
    """The score follows a and d alone when b and c do not differ; d counts by its fall."""
    rows: list[list[float | None]] = [[1, 5, 5, 5], [9, 5, 5, 5], [4, 5, 5, 5], [5, 5, 5, None]]
    found = importance(criteria(), table(rows))
    Importance.validate(found)
    assert found["node"].to_list() == list(LEAVES)
    np.testing.assert_allclose(found["weight"], [0.1, 0.3, 0.4, 0.2])
    assert found["importance"].to_list() == [pytest.approx(1.0), None, None, None]
    assert importance(criteria(), table([])).height == 0


def test_importance_is_squared_correlation_by_class() -> None:
    rng = np.random.default_rng(4)
    rows = [[float(v) for v in rng.uniform(0, 10, 4)] for _ in range(30)]
    whole = table([[*row] for row in rows])
    scores = score(criteria(), whole)
    found = dict(importance(criteria(), whole).select("node", "importance").iter_rows())
    for leaf in LEAVES:
        normalised = scores.contributions.filter(node=leaf)["normalised"]
        expected = np.corrcoef(normalised, scores.scores["score"])[0, 1] ** 2
        assert found[leaf] == pytest.approx(expected)
    big = importance(huangyan(2022), table([BIG, SMALL], METRICS))
    assert big["size_class"].to_list() == ["above_scale"] * 6 + ["small"] * 2
