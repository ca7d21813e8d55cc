"""Stock and flow of the lists of towns: what published counts explain, and what they do not.

Between two published stocks of a list, published entries, demotions, namings and eliminations are
put in; what is then missing is the line "unexplained". Nothing is made up to close an account.

A line without a rest proves no reading. In Zhejiang, "stays" closes from 2018-09 to 2020-04 without
one; but then list 5, which came between list 4 (2018-09) and list 6 (2020) and whose size is not
published, brought none or as many as left unseen. Totals that are published (22 + 110 + 62 = 194 in
2020-04; 11 + 19 + 6 = 36 in Hangzhou in 2021) count a named town once: they speak for "leaves".
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import polars as pl

from townworks.schema.accounts import Account

EFFECT = (6, 30)
"""A grade takes effect in the middle of the next year: results come from June to October."""


def accounts(counts: pl.DataFrame, tallies: pl.DataFrame) -> pl.DataFrame:
    """Account of each list in both readings, as table `schema.Account`.

    counts, tallies: tables `schema.Count` and `schema.Tally`. A tally "assessed" is a stock at the
    end of the year it is for. A list without a stock has no account.
    """
    flows = _Flows(counts, _of_programme(tallies))
    rows = [
        row
        for on_list in ("creation", "named", "cultivation")
        for reading in ("leaves", "stays")
        for row in _account(flows, on_list, reading)
    ]
    return Account.cast(pl.DataFrame(rows)) if rows else Account.create_empty()


def _of_programme(tallies: pl.DataFrame) -> pl.DataFrame:
    return tallies.filter(pl.col("area") == "programme").with_columns(
        pl.col("on_list").cast(pl.String), pl.date(pl.col("year") + 1, *EFFECT).alias("effect")
    )


@dataclass(frozen=True)
class _Flows:
    counts: pl.DataFrame
    tallies: pl.DataFrame

    def stocks(self, on_list: str) -> list[tuple[date, int]]:
        """Published stocks in the order of their days."""
        of_list = pl.col("on_list").cast(pl.String) == on_list
        listed = self.counts.filter(of_list, pl.col("kind").cast(pl.String) == "stock")
        found = dict(listed.select("day", "towns").iter_rows())
        assessed = self.tallies.filter(of_list, pl.col("grade") == "assessed")
        found |= {date(year, 12, 31): n for year, n in assessed.select("year", "towns").iter_rows()}
        return sorted(found.items())

    def entries(self, on_list: str, after: date, until: date) -> int:
        """Published entries into a list in a span (first day left out, last included)."""
        of_list = pl.col("on_list").cast(pl.String) == on_list
        listed = self.counts.filter(of_list, pl.col("kind").cast(pl.String) == "entry")
        return int(listed.filter(_in(pl.col("day"), after, until))["towns"].sum())

    def graded(self, on_list: str, grades: tuple[str, ...], after: date, until: date) -> int:
        """Towns of a list with one of the grades, which took effect in a span."""
        mine = self.tallies.filter(pl.col("on_list") == on_list, pl.col("grade").is_in(grades))
        return int(mine.filter(_in(pl.col("effect"), after, until))["towns"].sum())

    def first(self, on_list: str) -> date | None:
        """Day of the first published entry."""
        of_list = pl.col("on_list").cast(pl.String) == on_list
        listed = self.counts.filter(of_list, pl.col("kind").cast(pl.String) == "entry")
        found = listed["day"].min()
        return found if isinstance(found, date) else None


def _in(day: pl.Expr, after: date, until: date) -> pl.Expr:
    return (day > after) & (day <= until)


def _account(flows: _Flows, on_list: str, reading: str) -> Iterator[dict[str, object]]:
    stocks = flows.stocks(on_list)
    first = flows.first(on_list)
    if first is not None and stocks and first < stocks[0][0]:
        before = date.fromordinal(first.toordinal() - 1)
        stocks = [(before, 0), *stocks]
    for (opens, opening), (closes, closing) in pairwise(stocks):
        span = (opens, closes)
        leaves = reading == "leaves"
        flow = {
            "entries": flows.entries(on_list, *span),
            "demoted_in": flows.graded("creation", ("demoted",), *span)
            if on_list == "cultivation"
            else 0,
            "demoted_out": flows.graded(on_list, ("demoted",), *span),
            "named_out": flows.entries("named", *span) if on_list == "creation" and leaves else 0,
            "eliminated": flows.graded(on_list, ("eliminated", "withdrawn"), *span),
        }
        gains = flow["entries"] + flow["demoted_in"]
        losses = flow["demoted_out"] + flow["named_out"] + flow["eliminated"]
        yield {
            "on_list": on_list,
            "reading": reading,
            "opens": opens,
            "closes": closes,
            "opening": opening,
            **flow,
            "unexplained": closing - opening - gains + losses,
            "closing": closing,
        }
