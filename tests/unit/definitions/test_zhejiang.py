"""The real programme: every published fact is there once, with its scope and its source."""

import csv
import sys
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from importlib import util
from pathlib import Path

import polars as pl
import pytest

from townworks.io.programmes import SCOPE, ProgrammeTables, find_programme, read_programme
from townworks.schema.gazetteer import load_gazetteer

ROOT = Path(__file__).parents[3]
TABLES = ("towns", "anchors", "figures", "outcomes", "tallies", "namings", "counts")
CLOUD, SOCKS = "hangzhou-xihu-yunqi", "shaoxing-zhuji-socks"


@pytest.fixture(scope="module")
def tables() -> ProgrammeTables:
    return read_programme(find_programme("zhejiang"))


@pytest.fixture(scope="module")
def facts_path() -> Path:
    """Folder of published facts beside the checkout, or skip: it is not part of the package."""
    path = ROOT.parent / "shared" / "facts"
    if not path.exists():
        pytest.skip(f"the published facts are not there: {path}")
    return path


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# ---- towns


def test_towns_of_each_batch(tables: ProgrammeTables) -> None:
    batches = Counter(tables.towns["batch"])
    assert (batches["1"], batches["2"], tables.towns.height) == (37, 42, 103)
    days = {batch: set(of["listed_on"]) for (batch,), of in tables.towns.group_by("batch")}
    assert days["1"] == {date(2015, 6, 4)}
    assert days["2"] == {date(2016, 1, 29)}
    assert days["3"] == {date(2017, 8, 2)}


@pytest.mark.parametrize(
    ("batch", "published", "outside"),
    [
        ("1", "杭州9 宁波3 温州2 湖州3 嘉兴5 绍兴2 金华3 衢州3 台州3 丽水4", {}),
        # two towns of batch 2 were listed outside the quotas of the cities
        (
            "2",
            "杭州9 宁波4 温州3 湖州3 嘉兴4 绍兴3 金华3 衢州2 舟山3 台州2 丽水4",
            {"杭州市": 1, "绍兴市": 1},
        ),
    ],
)
def test_towns_of_each_city_are_as_many_as_published(
    tables: ProgrammeTables, batch: str, published: str, outside: dict[str, int]
) -> None:
    # https://www.daowen.com/lilun/1230577.html
    found = Counter(tables.towns.filter(pl.col("batch") == batch)["prefecture_zh"])
    expected = Counter({f"{part[:2]}市": int(part[2:]) for part in published.split()})
    assert found == expected + Counter(outside)


def test_each_town_has_one_industry_and_one_sector(tables: ProgrammeTables) -> None:
    assert tables.towns["industry_zh"].str.contains("[、,，;；]").sum() == 0
    assert tables.towns["industry_zh"].str.len_chars().min() == 2
    assert tables.towns["sector"].n_unique() == 8
    assert tables.towns["name_zh"].is_unique().all()


def test_counties_are_those_of_the_day_of_listing(tables: ProgrammeTables) -> None:
    known = tables.towns.filter(pl.col("county_code").is_not_null())
    assert known.height == 101  # two towns stood in a development zone, in no county of its own
    for town in known.iter_rows(named=True):
        year = town["listed_on"].year if town["listed_on"] else 2018
        places = load_gazetteer(year).places
        county = places.filter(pl.col("code") == town["county_code"])
        prefecture = places.filter(pl.col("code") == county["prefecture"].item())
        names = (county["name"].item(), prefecture["name"].item())
        assert names == (town["county_zh"], town["prefecture_zh"]), town["town_id"]


# ---- figures


def test_two_scopes_never_share_a_series(tables: ProgrammeTables) -> None:
    series = defaultdict(set)
    for row in tables.figures.filter(~pl.col("contradicts")).iter_rows(named=True):
        key = (*(row[name] for name in SCOPE), row["period"] or row["period_to"])
        series[key].add((row["value"], row["unit"]))
    assert {key: values for key, values in series.items() if len(values) > 1} == {}


def test_a_metric_has_one_unit(tables: ProgrammeTables) -> None:
    units = tables.figures.group_by("metric").agg(pl.col("unit").unique())
    assert units.filter(pl.col("unit").list.len() > 1).is_empty()
    money = tables.figures.filter(pl.col("unit") == "cny")["metric"]
    assert money.str.ends_with("_cny").all()
    others = tables.figures.filter(~pl.col("unit").is_in(["cny", "cny/mu"]))
    assert not others["metric"].str.ends_with("_cny").any()


def line(tables: ProgrammeTables, town: str, metric: str, population: str) -> list[tuple[str, int]]:
    found = tables.figures.filter(
        pl.col("town_id") == town,
        pl.col("metric") == metric,
        pl.col("population") == population,
        pl.col("geography") == "town",
    ).sort("period_to", "period", "source")
    return [(row["period"], int(row["value"])) for row in found.iter_rows(named=True)]


def test_cloud_town_has_two_series(tables: ProgrammeTables) -> None:
    cloud = line(tables, CLOUD, "enterprises_count", "cloud")
    assert cloud == [("2012", 8), ("2015", 300), ("2019-11", 1036)]
    every = line(tables, CLOUD, "enterprises_count", "all")
    assert dict(every) == {"2016-03": 360, "2016-03-31": 360, "2019-11": 1551, "2025": 2060}
    bounds = tables.figures.filter(pl.col("town_id") == CLOUD, pl.col("value") == 300)["bound"]
    assert bounds.to_list() == ["nearly"]
    tax = tables.figures.filter(pl.col("town_id") == CLOUD, pl.col("metric") == "tax_revenue_cny")
    assert tax["population"].to_list() == ["cloud"]


def test_employees_of_socks_town_are_those_of_its_cluster(tables: ProgrammeTables) -> None:
    found = tables.figures.filter(pl.col("town_id") == SOCKS, pl.col("metric") == "employees")
    assert found.select("geography", "geography_name", "value", "bound").rows() == [
        ("cluster", "大唐等17个镇乡", Decimal(200_000), "nearly")
    ]
    areas = tables.figures.filter(
        pl.col("town_id") == SOCKS, pl.col("metric") == "planned_area_km2"
    )
    assert areas["contradicts"].all()
    assert areas["value"].sort().to_list() == [Decimal("2.87"), Decimal("2.96")]


def test_newly_added_tax_is_no_tax_revenue(tables: ProgrammeTables) -> None:
    town = tables.figures.filter(pl.col("town_id") == "hangzhou-yuhang-yishang")
    new = town.filter(pl.col("metric") == "new_tax_revenue_cny").sort("period")
    assert new.select("period", "evidence").rows() == [("2015", "reported"), ("2017", "target")]
    old = town.filter(pl.col("metric") == "tax_revenue_cny")
    assert old.select("period", "extent").rows() == [("2015..2020", "cumulative")]


def test_a_place_that_is_not_the_town_has_a_name(tables: ProgrammeTables) -> None:
    elsewhere = tables.figures.filter(~pl.col("geography").is_in(["town", "programme"]))
    assert elsewhere["geography_name"].null_count() == 0
    towns = tables.figures.filter(pl.col("geography") == "town")
    outside = towns.filter(pl.col("town_id").is_null())
    assert set(outside["geography_name"]) == {
        *("柯桥蓝印时尚小镇", "上虞伞艺小镇", "龙泉汽车空调小镇", "泰顺氡泉小镇")
    }
    inside = towns.filter(pl.col("town_id").is_not_null())
    assert inside["geography_name"].null_count() == inside.height


def test_the_investment_of_500_bn_is_planned(tables: ProgrammeTables) -> None:
    found = tables.figures.filter(pl.col("value") == 500_000_000_000)
    columns = ("town_id", "geography", "extent", "evidence", "period_from", "period_to")
    assert found.select(columns).rows() == [
        (None, "programme", "cumulative", "planned", date(2015, 1, 1), date(2017, 12, 31))
    ]


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2016-Q1", date(2016, 1, 1), date(2016, 3, 31)),
        ("2018-Q1..Q3", date(2018, 1, 1), date(2018, 9, 30)),
        ("2020-H1", date(2020, 1, 1), date(2020, 6, 30)),
        ("2016-03", date(2016, 3, 1), date(2016, 3, 31)),
        ("..2016", None, date(2016, 12, 31)),
        ("..2022-01", None, date(2022, 1, 31)),
        ("2015..2018-09", date(2015, 1, 1), date(2018, 9, 30)),
        ("2015-01..2015-08", date(2015, 1, 1), date(2015, 8, 31)),
        ("3 years", None, None),
        ("plan", None, None),
        ("undated", None, None),
    ],
)
def test_days_of_periods(
    tables: ProgrammeTables, period: str, first: date | None, last: date | None
) -> None:
    found = tables.figures.filter(pl.col("period") == period)
    assert set(found.select("period_from", "period_to").rows()) == {(first, last)}


def test_shares_follow_from_published_amounts(tables: ProgrammeTables) -> None:
    rows = {
        (r["metric"], r["geography_name"], r["population"]): r["value"]
        for r in tables.figures.filter(
            pl.col("town_id").is_null(), pl.col("period") == "2015"
        ).iter_rows(named=True)
    }
    jiaxing = ("嘉兴市", "batch_1_towns")
    whole = rows[("fixed_asset_investment_cny", *jiaxing)]
    share = rows[("featured_investment_cny", *jiaxing)] / whole
    assert abs(share - rows[("featured_investment_share", *jiaxing)]) < Decimal("0.0001")
    batch = (None, "batch_1_towns")
    mean = rows[("fixed_asset_investment_cny", *batch)] / rows[("towns", *batch)]
    published = rows[("mean_fixed_asset_investment_cny", *batch)]
    assert abs(mean / published - 1) < Decimal("0.005")


# ---- outcomes, namings, counts


def test_outcomes_agree_with_the_published_numbers(tables: ProgrammeTables) -> None:
    found = Counter(tables.outcomes.select("year", "on_list", "grade").rows())
    whole = tables.tallies.filter(pl.col("area") == "programme", pl.col("grade") != "assessed")
    for row in whole.iter_rows(named=True):
        assert found[(row["year"], row["on_list"], row["grade"])] <= row["towns"]
    complete = ("excellent", 16), ("warning", 6), ("demoted", 5)
    assert [found[(2016, "creation", grade)] for grade, _ in complete] == [n for _, n in complete]
    wenzhou = tables.tallies.filter(pl.col("area") == "温州市").sort("towns")
    assert wenzhou.select("grade", "towns").rows() == [("pass", 2), ("good", 4), ("excellent", 7)]


def test_outcomes_of_known_towns_have_their_id(tables: ProgrammeTables) -> None:
    ids = dict(tables.towns.select("name_zh", "town_id").rows())
    for table in (tables.outcomes, tables.namings):
        for name, town in table.select("name_zh", "town_id").rows():
            assert town == ids.get(name)
    first = tables.outcomes.filter(pl.col("score").is_not_null())
    assert first.select("town_id", "year", "score", "grade").rows() == [
        ("jinhua-panan-jiangnan-medicine", 2015, Decimal("32.90"), "warning")
    ]


def test_stocks_of_named_towns_are_the_sum_of_their_entries(tables: ProgrammeTables) -> None:
    named = tables.counts.filter(pl.col("on_list") == "named")
    stocks = named.filter(pl.col("kind") == "stock").sort("day")
    assert stocks.select("day", "towns").rows() == [(date(2018, 9, 30), 7), (date(2020, 4, 30), 22)]
    for day, towns in stocks.select("day", "towns").rows():
        until = named.filter(pl.col("kind") == "entry", pl.col("day") <= day)
        assert until["towns"].sum() == towns
    per_batch = Counter(tables.namings["batch"])
    assert (per_batch["1"], per_batch["2"]) == (2, 5)
    assert per_batch["3"] + per_batch["3|4"] + per_batch["4"] <= 15 + 20


def test_lists_of_creation_in_the_accounts(tables: ProgrammeTables) -> None:
    creation = tables.counts.filter(pl.col("on_list") == "creation").sort("day", "kind")
    assert creation.select("day", "kind", "batch", "towns").rows() == [
        (date(2015, 6, 4), "entry", "1", 37),
        (date(2016, 1, 29), "entry", "2", 42),
        (date(2017, 8, 2), "entry", "3", 35),
        (date(2017, 8, 31), "stock", None, 108),
        (date(2018, 9, 30), "stock", None, 115),
        (date(2018, 9, 30), "entry", "4", 21),
        (date(2020, 4, 30), "stock", None, 110),
    ]


def test_a_range_of_naming_keeps_both_ends(tables: ProgrammeTables) -> None:
    found = tables.namings.filter(pl.col("batch") == "3|4")
    assert set(found.select("named_from", "named_to").rows()) == {
        (date(2019, 9, 1), date(2020, 10, 31))
    }
    unknown = tables.namings.filter(pl.col("named_from").is_null())
    assert unknown.select("town_id", "batch").rows() == [("hangzhou-xiaoshan-robot", "6")]


# ---- all tables against what was published


@pytest.mark.parametrize("name", TABLES)
def test_every_row_has_a_source(tables: ProgrammeTables, name: str) -> None:
    sources = getattr(tables, name)["source"]
    assert len(sources) > 0
    assert sources.str.contains(r"^(https?://\S+|no-url: .+)$").all()


def test_every_published_figure_is_there_once(tables: ProgrammeTables, facts_path: Path) -> None:
    facts = read(facts_path / "figures.csv") + read(facts_path / "aggregates.csv")
    assert len(facts) == 341 + 107 == tables.figures.height
    given = Counter((Decimal(f["value"]), f["period"], f["source_url"]) for f in facts)
    columns = pl.col("value"), pl.col("period"), pl.col("source").str.strip_prefix("no-url: ")
    assert Counter(tables.figures.select(columns).rows()) == given
    graded = [f for f in read(facts_path / "assessments.csv") if f["status"] != "award"]
    kept = tables.outcomes.height + tables.tallies.height + tables.namings.height
    assert len(graded) == kept == 190


def test_no_note_is_published(facts_path: Path) -> None:
    folder = find_programme("zhejiang")
    text = "".join((folder / f"{name}.csv").read_text(encoding="utf-8") for name in TABLES)
    for name in ("towns", "figures", "aggregates", "assessments"):
        for fact in read(facts_path / f"{name}.csv"):
            note = fact["notes"]
            assert len(note) < 32 or note not in text


@pytest.fixture
def build(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path, Path], None]:
    """Main function of the script that builds the tables."""
    path = ROOT / "scripts" / "build_zhejiang.py"
    spec = util.spec_from_file_location("build_zhejiang", path)
    assert spec is not None
    assert spec.loader is not None
    module = util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "build_zhejiang", module)
    spec.loader.exec_module(module)
    main: Callable[[Path, Path], None] = module.main
    return main


def test_the_script_gives_the_same_bytes(
    build: Callable[[Path, Path], None], facts_path: Path, tmp_path: Path
) -> None:
    build(facts_path, tmp_path)
    folder = find_programme("zhejiang")
    for name in TABLES:
        content = (tmp_path / f"{name}.csv").read_bytes()
        assert content == (folder / f"{name}.csv").read_bytes(), name
        assert b"\r" not in content
