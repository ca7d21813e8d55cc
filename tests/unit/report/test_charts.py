"""Charts: data against polars and plain sums, looks against WCAG, specifications against Vega."""

import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import altair as alt
import polars as pl
import pytest
import vl_convert
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.errors import RequestError
from townworks.report.charts import (
    Spec,
    ahead_behind,
    enterprises_over_time,
    programme_investment,
    theme,
    town_investment,
    towns_by_sector,
)
from townworks.report.charts.amounts import SIZES_CNY, unit_for
from townworks.report.charts.investment import LEVELS, required_cny
from townworks.report.charts.periods import Step, bounds, period_name, start_of, step_of
from townworks.schema.messages import catalogue

MONEY = pl.Schema(
    {"period_end": pl.Date(), "evidence": pl.String(), "amount_cny": pl.Decimal(38, 2)}
)
PEOPLE = pl.Schema({"period_end": pl.Date(), "origin": pl.String(), "enterprises": pl.Int64()})
SHARES = pl.Schema(
    {"town": pl.String(), "reached_cny": pl.Decimal(38, 2), "required_cny": pl.Decimal(38, 2)}
)
SECTORS = pl.Schema(
    {"sector": pl.String(), "status": pl.String(), "status_title": pl.String(), "towns": pl.Int64()}
)
QUARTERS = (date(2015, 3, 31), date(2015, 6, 30), date(2015, 9, 30), date(2015, 12, 31))
BN = 10**9


def money(*rows: tuple[date, str, int | None]) -> pl.DataFrame:
    return pl.DataFrame(rows, schema=MONEY, orient="row")


def years() -> pl.DataFrame:
    return money(
        (date(2015, 12, 31), "planned", 120 * BN),
        (date(2016, 12, 31), "planned", 180 * BN),
        (date(2017, 12, 31), "planned", 200 * BN),
        (date(2015, 12, 31), "reported", 110 * BN),
        (date(2016, 12, 31), "reported", 150 * BN),
        (date(2015, 12, 31), "verified", 90 * BN),
        (date(2015, 12, 31), "target", 999 * BN),
    )


def every_chart(language: str) -> dict[str, Spec | None]:
    path = pl.DataFrame({"on": [date(2016, 3, 31)], "required_cny": [Decimal(BN)]})
    english = language == "en"
    people = [(QUARTERS[0], "new", 3), (QUARTERS[0], "branch", 1), (QUARTERS[1], "new", 8)]
    towns = [("小镇" if not english else "Sock Town", BN, 2 * BN), ("b", None, BN), ("c", BN, None)]
    fashion = [
        ("时尚" if not english else "fashion", "named", "命名" if not english else "named", 2)
    ]
    return {
        "programme": programme_investment(years(), Decimal("5e11"), language),
        "town": town_investment(money((QUARTERS[0], "reported", 10**8)), path, language),
        "enterprises": enterprises_over_time(
            pl.DataFrame(people, schema=PEOPLE, orient="row"), language
        ),
        "sectors": towns_by_sector(pl.DataFrame(fashion, schema=SECTORS, orient="row"), language),
        "ahead": ahead_behind(pl.DataFrame(towns, schema=SHARES, orient="row"), language),
    }


def there(spec: Spec | None) -> Spec:
    assert spec is not None
    return spec


def rows(spec: Spec | None, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = there(spec)["datasets"][name]
    return found


def texts(node: Any) -> Iterator[str]:
    """Every text a reader meets: legends, titles, tooltips and what the ear gets."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in {"series", "title", "text", "shown", "keys", "ariaRoleDescription"}:
                yield from (value,) if isinstance(value, str) else ()
            yield from texts(value)
    elif isinstance(node, list):
        for value in node:
            yield from texts(value)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", ["programme", "town", "enterprises", "sectors", "ahead"])
def test_vega_draws_every_chart(name: str, language: str) -> None:
    spec = there(every_chart(language)[name])
    svg = vl_convert.vegalite_to_svg(json.loads(json.dumps(spec, allow_nan=False)) | {"width": 600})
    assert "undefined" not in svg
    assert "NaN" not in svg
    assert svg.count("<path") > 5


@pytest.mark.parametrize("name", ["programme", "town", "enterprises", "sectors", "ahead"])
def test_chinese_charts_speak_chinese(name: str) -> None:
    for text in texts(every_chart("zh")[name]):
        assert not re.search(r"[A-Za-z]{2,}", text.replace("title", "")), text


@pytest.mark.parametrize("name", ["programme", "town", "enterprises", "sectors", "ahead"])
def test_charts_fetch_nothing(name: str) -> None:
    spec = there(every_chart("en")[name])
    assert '"url"' not in json.dumps(spec)
    assert spec["width"] == "container"
    named = {layer["data"]["name"] for layer in spec["layer"]}
    inline = {layer["data"]["name"] for layer in spec["layer"] if "values" in layer["data"]}
    assert named - inline <= set(spec["datasets"])


def test_every_text_has_both_languages() -> None:
    own = {key: text for key, text in catalogue().items() if key.startswith("charts.")}
    assert own
    assert all(set(text) == {"en", "zh"} for text in own.values())


def test_the_bundled_vega_lite_is_the_one_altair_writes_for() -> None:
    assert vl_convert.get_vegalite_versions()[-1] == ".".join(alt.SCHEMA_VERSION[1:].split(".")[:2])


def test_empty_frames_give_none() -> None:
    path = pl.DataFrame(schema={"on": pl.Date, "required_cny": pl.Decimal(38, 2)})
    empty = pl.DataFrame(schema=MONEY)
    assert programme_investment(empty, 5 * 10**11, "en") is None
    assert programme_investment(years().filter(pl.col("evidence") == "target"), 1, "en") is None
    assert town_investment(empty, path, "en") is None
    assert enterprises_over_time(pl.DataFrame(schema=PEOPLE), "zh") is None
    assert towns_by_sector(pl.DataFrame(schema=SECTORS), "en") is None
    assert ahead_behind(pl.DataFrame(schema=SHARES), "zh") is None


def test_missing_columns_are_named() -> None:
    with pytest.raises(RequestError, match=r"ahead_behind lacks reached_cny.*It has town"):
        ahead_behind(pl.DataFrame({"town": ["a"], "required_cny": [1.0]}), "en")
    with pytest.raises(RequestError, match="programme_investment lacks evidence"):
        programme_investment(years().drop("evidence"), 1, "en")


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", theme.COLOURS)
@pytest.mark.parametrize("page", ["#ffffff", "#fbfaf7", "#1b2023", "#14181a"])
def test_colours_stand_out_on_light_and_dark_pages(colour: str, page: str) -> None:
    light, dark = sorted((luminance(colour), luminance(page)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3


@settings(max_examples=25, deadline=None)  # each draws a whole chart
@given(
    st.lists(
        st.tuples(st.sampled_from(QUARTERS), st.sampled_from(list(LEVELS)), st.integers(0, 10**12)),
        min_size=1,
        max_size=20,
    )
)
def test_lines_are_the_running_sums_that_polars_makes(
    added: list[tuple[date, str, int]],
) -> None:
    frame = money(*added)
    spec = programme_investment(frame, 5 * 10**11, "en")
    per_period = frame.group_by("evidence", "period_end").agg(pl.col("amount_cny").sum())
    expected = per_period.sort("period_end").with_columns(
        sum_cny=pl.col("amount_cny").cum_sum().over("evidence", order_by="period_end")
    )
    unit = unit_for(max([*expected["sum_cny"], 5 * 10**11]), "en")
    drawn = {(row["on"], row["series"]): row["value"] for row in rows(spec, "points")}
    for row in expected.to_dicts():
        key = ((row["period_end"] + (date(2, 1, 2) - date(2, 1, 1))).isoformat(), row["evidence"])
        assert drawn[key] == pytest.approx(unit.drawn(row["sum_cny"]))


def test_a_level_says_nothing_after_its_last_report() -> None:
    last = rows(programme_investment(years(), Decimal("5e11"), "en"), "periods")[-1]
    assert (last["title"], last["planned"], last["reported"]) == ("2017", "CNY 500 bn", "—")
    assert last["required path"] == "CNY 500 bn"
    assert last["text"].startswith("2017: planned: CNY 500 bn, reported: —")


def test_money_stays_exact_until_drawn() -> None:
    frame = money(*[(QUARTERS[0], "reported", 500_000_000_001)] * 3)
    spec = programme_investment(frame.with_columns(amount_cny=pl.lit(Decimal("0.10"))), 1, "en")
    assert rows(spec, "points")[0]["value"] == 0.30 / 10**6


def test_corrections_below_nothing_are_drawn() -> None:
    frame = money((QUARTERS[0], "reported", -3 * BN))
    spec = there(programme_investment(frame, 5 * BN, "en"))
    lines = next(layer for layer in spec["layer"] if layer["data"]["name"] == "lines")
    assert lines["encoding"]["y"]["scale"]["domain"] == [-3.0, pytest.approx(5.6)]


def test_a_towns_path_bends_where_the_first_year_ends() -> None:
    frame = money((date(2015, 12, 31), "reported", BN), (date(2016, 12, 31), "planned", 2 * BN))
    path = pl.DataFrame(
        {"on": [date(2017, 12, 31), date(2015, 12, 31)], "required_cny": [5.0 * BN, 1.0 * BN]}
    )
    spec = town_investment(frame, path, "zh")
    drawn = [(r["on"], r["value"]) for r in rows(spec, "lines") if r["series"] == "要求进度"]
    assert drawn == [("2015-01-01", 0.0), ("2016-01-01", 10.0), ("2018-01-01", 50.0)]
    assert rows(spec, "periods")[1]["要求进度"] == "30.03亿元"  # 10 + 40 × 366 / 731


def test_without_a_path_none_is_drawn() -> None:
    assert "required path" not in json.dumps(programme_investment(years(), 0, "en"))
    none = pl.DataFrame(schema={"on": pl.Date, "required_cny": pl.Float64})
    spec = there(town_investment(money((QUARTERS[0], "reported", BN)), none, "en"))
    assert "required path" not in json.dumps(spec)


DAYS = st.dates(date(2014, 1, 1), date(2020, 12, 31))


@given(st.lists(st.tuples(DAYS, st.integers(0, 10**12)), min_size=2, max_size=6), DAYS, DAYS)
def test_a_rising_path_requires_ever_more(
    points: list[tuple[date, int]], one: date, other: date
) -> None:
    days = sorted({day for day, _ in points})
    amounts = sorted(Decimal(amount) for _, amount in points)[: len(days)]
    path = list(zip(days, amounts, strict=True))
    early, late = sorted((one, other))
    assert required_cny(path, early) <= required_cny(path, late)
    for day, amount in path[1:]:
        assert required_cny(path, day) == amount


@given(st.decimals(0, 10**13, places=2), st.sampled_from(["en", "zh"]))
def test_amounts_are_read_within_half_a_step(amount_cny: Decimal, language: str) -> None:
    unit = unit_for(amount_cny, language)
    digits = re.sub(r"[^\d.]", "", unit.text(amount_cny))
    size = SIZES_CNY[language][unit.word]
    step = Decimal("0.01") if amount_cny / size < 100 else Decimal("0.1")
    assert abs(Decimal(digits) - amount_cny / size) <= step / 2


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(
        st.tuples(
            st.sampled_from(QUARTERS),
            st.sampled_from(["already_there", "new", "relocated", "branch"]),
        ),
        st.integers(0, 400),
        min_size=1,
    )
)
def test_bars_stack_without_gap_to_the_number_present(
    counts: dict[tuple[date, str], int],
) -> None:
    frame = pl.DataFrame([(*k, n) for k, n in counts.items()], schema=PEOPLE, orient="row")
    spec = enterprises_over_time(frame, "en")
    tops: dict[str, int] = {}
    for row in rows(spec, "bars"):
        assert row["low"] == tops.get(row["on"], 0)
        tops[row["on"]] = row["high"]
    totals = frame.group_by("period_end").agg(pl.col("enterprises").sum()).sort("period_end")
    assert list(tops.values()) == totals["enterprises"].to_list()
    said = [int(row["all"].replace(",", "")) for row in rows(spec, "periods")]
    assert said == totals["enterprises"].to_list()


def test_sectors_stand_by_size_and_statuses_by_the_machine() -> None:
    cells = [
        ("tourism", "creation", "creation", 2),
        ("tourism", "named", "named", 3),
        ("tourism", "novel", "a new one", 1),
        ("fashion", "creation", "creation", 7),
        ("health", "named", "named", 0),
    ]
    spec = towns_by_sector(pl.DataFrame(cells, schema=SECTORS, orient="row"), "en")
    assert [row["name"] for row in rows(spec, "totals")] == ["fashion", "tourism"]
    tourism = [row for row in rows(spec, "segments") if row["name"] == "tourism"]
    drawn = [(row["series"], row["low"], row["high"]) for row in tourism]
    assert drawn == [("named", 0, 3), ("creation", 3, 5), ("a new one", 5, 6)]
    assert tourism[0]["text"] == "tourism · named: 3"


def test_towns_are_ordered_by_share_and_the_silent_stand_last() -> None:
    towns = [
        ("on path", BN, BN),
        ("silent", None, BN),
        ("behind", 10**8, BN),
        ("far ahead", 4 * BN, BN),
        ("early", BN, 0),
    ]
    spec = there(ahead_behind(pl.DataFrame(towns, schema=SHARES, orient="row"), "en"))
    known = [(row["name"], row["shown"], row["series"]) for row in rows(spec, "towns")]
    assert known == [
        ("far ahead", "400 %", "ahead"),
        ("on path", "100 %", "ahead"),
        ("behind", "10 %", "behind"),
    ]
    unknown = [(row["name"], row["shown"]) for row in rows(spec, "unknown")]
    assert unknown == [("early", "nothing required yet"), ("silent", "no report")]
    assert spec["height"] < spec["usermeta"]["heights"][1]


def test_just_short_of_the_path_is_behind_though_it_reads_as_100() -> None:
    town = pl.DataFrame([("a", 999_999_999, BN)], schema=SHARES, orient="row")
    row = rows(ahead_behind(town, "en"), "towns")[0]
    assert (row["series"], row["shown"]) == ("behind", "100 %")


@given(
    st.dates(date(2010, 1, 1), date(2030, 12, 31)),
    st.dates(date(2010, 1, 1), date(2030, 12, 31)),
    st.sampled_from(["month", "quarter", "year"]),
)
def test_the_axis_holds_both_days(one: date, other: date, of: Step) -> None:
    first, last = sorted((one, other))
    step, marks = bounds(first, last, of)
    assert marks[0] <= first <= last < marks[-1]
    assert all(start_of(day, step) == day for day in marks)
    assert 4 <= len(marks) <= 24


@pytest.mark.parametrize(
    ("ends", "step", "name"),
    [
        ([date(2016, 1, 31), date(2016, 2, 29)], "month", "2016-02"),
        (list(QUARTERS), "quarter", "2015 Q4"),
        ([date(2015, 12, 31), date(2017, 12, 31)], "year", "2017"),
        ([date(2016, 3, 31), date(2017, 12, 31)], "quarter", "2017 Q4"),
        ([date(2016, 6, 30)], "quarter", "2016 Q2"),
        ([date(2016, 5, 31)], "month", "2016-05"),
    ],
)
def test_length_of_periods_is_read_off_their_ends(ends: list[date], step: str, name: str) -> None:
    assert step_of(ends) == step
    assert period_name(ends[-1], step_of(ends), "en") == name
