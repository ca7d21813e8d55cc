"""Dates in all the ways they are written."""

from calendar import monthrange
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.enterprises.dates import parse_date

STYLES = (
    "{d:%Y-%m-%d}",
    "{d:%Y/%m/%d}",
    "{d:%Y.%m.%d}",
    "{d:%Y%m%d}",
    "{d.year}-{d.month}-{d.day}",
    "{d.year}/{d.month}/{d.day}",
    "{d.year}.{d.month}.{d.day}",
    "{d.year}年{d.month}月{d.day}日",
    "{d:%Y}年{d:%m}月{d:%d}日",
    "{d.year}年{d.month}月{d.day}",
    " {d:%Y-%m-%d} ",
    "{d:%Y-%m-%d} 00:00:00",
    "{d:%Y-%m-%d}T23:59:59.000Z",
    "{d.year}/{d.month}/{d.day} 0:00",
)
WIDE = {c: c + 0xFEE0 for c in range(0x21, 0x7F)}


def read(*texts: str | None) -> list[date | None]:
    frame = pl.DataFrame({"t": texts}, schema={"t": pl.String})
    return frame.select(parse_date(pl.col("t"))).to_series().to_list()


@settings(deadline=None)
@given(st.dates(date(1949, 1, 1), date(2100, 12, 31)))
def test_every_style_is_read_back(day: date) -> None:
    written = [style.format(d=day) for style in STYLES]
    assert read(*written) == [day] * len(STYLES)
    assert read(*(text.translate(WIDE) for text in written)) == [day] * len(STYLES)


@settings(deadline=None)
@given(st.integers(1949, 2100), st.integers(0, 99), st.integers(0, 99))
def test_days_are_those_of_the_calendar(year: int, month: int, day: int) -> None:
    real = 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]
    expected = date(year, month, day) if real else None
    numbers = f"{year}{month:02}{day:02}", f"{year}-{month:02}-{day:02}", f"{year}/{month}/{day}"
    assert read(*numbers, f"{year}年{month}月{day}日") == [expected] * 4


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "2011-02-29",
        "1900-02-29",
        "2012-13-01",
        "2012-07",
        "2012年7月",
        "2012",
        "12-07-26",
        "26/07/2012",
        "2012-07-26abc",
        "201207261",
        "2012-07-261",
        "12345-01-01",
        "二〇一二年七月",
        "长期",
    ],
)
def test_what_is_no_day_is_null(text: str | None) -> None:
    assert read(text) == [None]


@settings(deadline=None)
@given(st.lists(st.text("0129-/.年月日 :T", max_size=12), max_size=8))
def test_each_text_is_read_as_if_alone(texts: list[str]) -> None:
    assert read(*texts) == [day for text in texts for day in read(text)]


@pytest.mark.shared
def test_every_real_date_is_read(registry_path: Path) -> None:
    texts = pl.read_parquet(registry_path, columns=["注册日期"])
    days = texts.select(parse_date(pl.all())).to_series()
    assert (days.null_count(), days.min(), days.max()) == (0, date(1980, 1, 1), date(2019, 5, 1))


def test_days_as_spreadsheets_count_them() -> None:
    texts = pl.DataFrame({"t": ["41116", "41116.0", "18172", "4111", "411160", "99999"]})
    found = [str(day) for day in texts.select(parse_date(pl.col("t"))).to_series()]
    assert found[:3] == ["2012-07-26", "2012-07-26", "1949-10-01"]
    assert found[3:5] == ["None", "None"]
    assert found[5] == "2173-10-13"  # a date, and later refused as one to come
