"""Dates as written → dates."""

from datetime import date

import polars as pl

EARLIEST = date(1949, 10, 1)
"""No registration of the People's Republic is older; historic firms were registered anew."""
FOUR_DIGITS = 1000
"""First year of four digits: 12-07-26 is no day of the year 12."""

_SEPARATED = r"^\s*(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]\d{1,2}:.*)?\s*$"
_JOINED = r"^\s*(\d{4})(\d{2})(\d{2})\s*$"
_SERIAL = r"^\s*(\d{5})(?:\.0+)?\s*$"
_SERIAL_ZERO = date(1899, 12, 30)
"""Day 0 of a spreadsheet's calendar (as it counts from March 1900 on)."""


def parse_date(text: pl.Expr) -> pl.Expr:
    """Read `2012-07-26`, `2012/7/26`, `2012年7月26日`, `20120726`, with or without a time of day.

    A number of five digits is a day as spreadsheets count them (41116: 2012-07-26).

    Null where the text is null or names no day of the calendar.

    >>> texts = pl.DataFrame({"t": ["2012-07-26", "2012年7月6日", "20120726", "2011-02-29"]})
    >>> [str(day) for day in texts.select(parse_date(pl.col("t"))).to_series()]
    ['2012-07-26', '2012-07-06', '2012-07-26', 'None']
    """
    quick = text.str.to_date("%Y-%m-%d", strict=False)
    quick = pl.when(quick.dt.year() >= FOUR_DIGITS).then(quick)
    plain = pl.when(quick.is_null()).then(text.str.normalize("NFKC"))
    parts = pl.coalesce(
        pl.when(plain.str.contains(form)).then(plain.str.extract_groups(form))
        for form in (_SEPARATED, _JOINED)
    )
    year, month, day = (parts.struct.field(str(i)) for i in (1, 2, 3))
    rebuilt = pl.concat_str(
        year, pl.lit("-"), month.str.zfill(2), pl.lit("-"), day.str.zfill(2)
    ).str.to_date("%Y-%m-%d", strict=False)
    serial = plain.str.extract(_SERIAL).cast(pl.Int64, strict=False)
    counted = pl.lit(_SERIAL_ZERO) + pl.duration(days=serial)
    return pl.coalesce(quick, rebuilt, counted.cast(pl.Date))
