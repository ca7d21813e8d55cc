"""ASEM 2018 (51 countries, 49 indicators; computed with R COINr) and the UN's HDI.

Everything goes through the public face: a criteria file is written from the published metadata,
with goalposts taken from the data by an explicit step, and read back by `parse_criteria`.
"""

import csv
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats

from townworks.evaluation import Criteria, Scores, parse_criteria, rank_intervals, score
from townworks.measures.arrays import FloatArray
from townworks.measures.composite import Tree, aggregate, min_max, observed_goalposts

Rows = list[dict[str, str]]
ARITHMETIC = {
    "DEU": 75.227805,
    "GBR": 68.936338,
    "FRA": 65.918139,
    "CHE": 62.605877,
    "NLD": 61.243821,
    "SWE": 60.593186,
    "NOR": 60.134504,
    "ESP": 59.302941,
    "LAO": 37.530125,
    "MNG": 34.725203,
    "BRN": 31.705371,
}
GEOMETRIC = {
    "DEU": 71.584740,
    "GBR": 62.976300,
    "FRA": 61.368335,
    "ESP": 51.016925,
    "NLD": 50.633449,
    "CHE": 50.525544,
}
DENOMINATED = {"CHE": 64.278651, "DNK": 61.352199, "SWE": 61.291589, "NOR": 60.978821}
HALF_A_DIGIT = 5e-6


def read(path: Path) -> Rows:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def words(text: str) -> str:
    return f"title = {{ en = {json.dumps(text)}, zh = {json.dumps(text)} }}"


def asem_criteria(data: Rows, meta: Rows, method: str, *, divided: bool = False) -> Criteria:
    """Write and read the criteria of the published tree; divided: by the published sizes."""
    nodes = [row for row in meta if row["Type"] in {"Indicator", "Aggregate"}]
    lines = [
        f'id = "asem"\n{words("ASEM")}\nsource = "ASEM 2018"\nyears = [2018]',
        f'aggregation = "{method}"\nmissing = "renormalise"',
    ]
    lines += [
        f'[metrics.{row["iCode"].lower()}]\n{words(row["iName"])}\nunit = "count"'
        for row in meta
        if row["Type"] in {"Indicator", "Denominator"}
    ]
    for row in nodes[:-1]:
        code, parent = row["iCode"].lower(), row["Parent"].lower()
        above = "score" if parent == "index" else parent
        common = f'{words(row["iName"])}\nparent = "{above}"\nweight = {row["Weight"]}'
        if row["Type"] == "Aggregate":
            lines.append(f"[groups.{code}]\n{common}")
            continue
        size = row["Denominator"] if divided and row["Denominator"] != "NA" else ""
        values = [[ratio(line, row["iCode"], size)] for line in data]
        goalposts = observed_goalposts(values)
        lines += [
            f'[indicators.{code}]\n{common}\nmetric = "{code}"\ndirection = {row["Direction"]}',
            f"goalposts = [{float(goalposts.low[0])!r}, {float(goalposts.high[0])!r}]",
            f'denominator = "{size.lower()}"' if size else "",
        ]
    return parse_criteria("\n".join(lines), "asem.toml")


def ratio(line: dict[str, str], code: str, size: str) -> float:
    if "NA" in {line[code], line[size] if size else "1"}:
        return float("nan")
    return float(line[code]) / (float(line[size]) if size else 1.0)


def asem_table(data: Rows, meta: Rows) -> pl.DataFrame:
    named = [row["iCode"] for row in meta if row["Type"] in {"Indicator", "Denominator"}]
    cells = [
        (line["uCode"], code.lower(), float(line[code]))
        for line in data
        for code in named
        if line[code] != "NA"
    ]
    return pl.DataFrame(cells, schema=["subject_id", "metric", "value"], orient="row")


@pytest.fixture(scope="module")
def asem(oracles_path: Path) -> tuple[Rows, Rows]:
    return read(oracles_path / "ASEM_iData.csv"), read(oracles_path / "ASEM_iMeta.csv")


def computed(asem: tuple[Rows, Rows], method: str, *, divided: bool = False) -> Scores:
    return score(asem_criteria(*asem, method, divided=divided), asem_table(*asem))


def by_country(scores: Scores, column: str = "score") -> dict[str, float]:
    return dict(scores.scores.select("subject_id", column).iter_rows())


@pytest.mark.shared
def test_asem_arithmetic(asem: tuple[Rows, Rows]) -> None:
    found = computed(asem, "arithmetic")
    for country, value in ARITHMETIC.items():
        assert by_country(found)[country] == pytest.approx(value, abs=HALF_A_DIGIT), country
    ranks = by_country(found, "rank")
    assert [ranks[c] for c in ARITHMETIC] == [1, 2, 3, 4, 5, 6, 7, 8, 49, 50, 51]


@pytest.mark.shared
def test_asem_geometric(asem: tuple[Rows, Rows]) -> None:
    found = computed(asem, "geometric")
    for country, value in GEOMETRIC.items():
        assert by_country(found)[country] == pytest.approx(value, abs=HALF_A_DIGIT), country
    other = by_country(computed(asem, "arithmetic"))
    correlation = stats.spearmanr([other[c] for c in other], [by_country(found)[c] for c in other])
    assert correlation.statistic == pytest.approx(0.949231, abs=HALF_A_DIGIT)


@pytest.mark.shared
def test_asem_denominated_germany_falls_to_eighth(asem: tuple[Rows, Rows]) -> None:
    found = computed(asem, "arithmetic", divided=True)
    for country, value in DENOMINATED.items():
        assert by_country(found)[country] == pytest.approx(value, abs=HALF_A_DIGIT), country
    assert by_country(found, "rank")["DEU"] == 8


@pytest.mark.shared
@pytest.mark.parametrize("method", ["arithmetic", "geometric"])
def test_asem_scores_decompose(asem: tuple[Rows, Rows], method: str) -> None:
    found = computed(asem, method)
    sums = (
        found.contributions.filter("is_indicator")
        .group_by("subject_id")
        .agg(pl.col("contribution").sum())
    )
    told = by_country(found)
    for country, total in sums.iter_rows():
        assert total == pytest.approx(told[country], abs=1e-9)


@pytest.mark.shared
def test_asem_rank_intervals(asem: tuple[Rows, Rows]) -> None:
    criteria, table = asem_criteria(*asem, "arithmetic"), asem_table(*asem)
    first, again, other = (
        rank_intervals(criteria, table, np.random.default_rng(seed), 1_200) for seed in (1, 1, 2)
    )
    assert first.write_csv() == again.write_csv() != other.write_csv()
    germany, brunei = (
        first.row(by_predicate=pl.col("subject_id") == c, named=True) for c in ("DEU", "BRN")
    )
    assert (germany["rank_low"], germany["rank_median"]) == (1, 1)
    assert brunei["rank_high"] == 51
    assert germany["score_low"] < ARITHMETIC["DEU"] < germany["score_high"]
    ordered = first.select(
        (pl.col("rank_low") <= pl.col("rank_median")).all()
        & (pl.col("rank_median") <= pl.col("rank_high")).all()
    )
    assert ordered.item()


def treated(data: Rows, meta: Rows) -> Rows:
    """Data as the authors prepare them: divided by size, gaps filled, outliers tamed (COINr)."""
    rows = [dict(line) for line in data]
    continent = np.array([line["EurAsia_group"] for line in data])
    for indicator in (row for row in meta if row["Type"] == "Indicator"):
        code, size = indicator["iCode"], indicator["Denominator"]
        x = np.array([ratio(line, code, "" if size == "NA" else size) for line in data])
        for group in ("Europe", "Asia"):
            x[(continent == group) & np.isnan(x)] = np.nanmean(x[continent == group])
        for row, value in zip(rows, tamed(x), strict=True):
            row[code] = repr(float(value))
    return rows


def tamed(x: FloatArray) -> FloatArray:
    """Pull in up to five extreme points until skewness or kurtosis allows; else take logarithms."""
    y, moved = x.copy(), 0
    while not calm(y) and moved < 5:
        side = 1 if float(stats.skew(y, bias=False)) >= 0 else -1
        extreme = side * y == (side * y).max()
        y[extreme] = side * (side * y[~extreme]).max()
        moved = int(extreme.sum())
    width = x.max() - x.min()
    return y if calm(y) else np.log(x - x.min() + 0.01 * width)


def calm(x: FloatArray) -> bool:
    excess = float(stats.kurtosis(x, bias=False))
    return abs(float(stats.skew(x, bias=False))) <= 2 or excess <= 3.5


@pytest.mark.shared
def test_asem_as_its_authors_compute_it(asem: tuple[Rows, Rows], oracles_path: Path) -> None:
    """Index, both sub-indices and all eight pillars of all 51 countries, and their ranks."""
    data, meta = asem
    ready = treated(data, meta)
    found = score(asem_criteria(ready, meta, "arithmetic"), asem_table(ready, meta))
    cells = found.contributions.select("subject_id", "node", "normalised").rows()
    nodes = {(country, node): value for country, node, value in cells}
    ranks = by_country(found, "rank")
    published = read(oracles_path / "asem_results.csv")
    assert len(published) == 51
    for line in published:
        country = line["uCode"]
        assert ranks[country] == int(line["Rank"])
        for name in list(line)[2:]:
            node = "score" if name == "Index" else name.lower()
            assert nodes[country, node] == pytest.approx(float(line[name]), abs=HALF_A_DIGIT)


def test_hdi_of_norway_2021() -> None:
    """UNDP 2022: 83.2 years, 18.2 (counted as 18) and 13.0 years, 64,660 dollars: 0.961."""
    values = [[83.2, 18.2, 13.0, np.log(64_660)]]
    low, high = [20, 0, 0, np.log(100)], [85, 18, 15, np.log(75_000)]
    two = Tree(np.array([2, 2, -1]), np.ones(3), 2)
    health, expected, mean, income = min_max(values, low, high)[0] / 100
    school = aggregate([[expected, mean]], two)[0, -1]
    three = Tree(np.array([3, 3, 3, -1]), np.ones(4), 3)
    found = aggregate([[health, school, income]], three, "geometric")[0, -1]
    np.testing.assert_allclose(
        [health, (expected + mean) / 2, income], [0.972308, 0.933333, 0.977592], atol=5e-7
    )
    assert found == pytest.approx(0.9609, abs=5e-5)
