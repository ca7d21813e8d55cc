"""Entries → arrivals: each amount of its own quarter, ready for the register.

A workbook may give only the year until the quarter; the quarter is then what the register does not
hold yet of it. Where earlier quarters are missing it cannot be told, and that is a finding.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby
from typing import Any

import polars as pl

from townworks.returns.collecting import frame_of
from townworks.schema.forms import metrics
from townworks.schema.messages import message
from townworks.schema.returns import Arrival, Finding

Row = Mapping[str, Any]
QUARTER, YEAR = "amount_cny", "year_to_date_cny"
AMOUNTS = (QUARTER, YEAR, "total_to_date_cny", "housing_cny", "planned_total_cny")


@dataclass(frozen=True)
class Earlier:
    """What the register holds of the year's earlier quarters, by town, subject and field."""

    sums: Mapping[tuple[str, str, str, str], Decimal]
    reported: Collection[tuple[str, str, str]]

    @classmethod
    def of(cls, past: pl.DataFrame) -> "Earlier":
        """Take a table of `schema.returns.Past`; of a value at two levels the higher one counts."""
        rank = {"reported": 0, "verified": 1, "audited": 2}
        best: dict[tuple[str, str, str, str], tuple[int, Decimal]] = {}
        for row in past.iter_rows(named=True):
            key = (row["town_id"], row["quarter"], row["subject"], row["field"])
            found = (rank.get(row["evidence"], 0), row["value"])
            if found[0] >= best.get(key, (-1, Decimal(0)))[0]:
                best[key] = found
        reported = {(key[0], key[1], "" if key[3] in metrics() else "p") for key in best}
        return cls({key: value for key, (_, value) in best.items()}, reported)

    def before(self, town: str, quarter: str, subject: str, field: str) -> Decimal | None:
        """Sum of the year's earlier quarters; None where one of them was never reported.

        A project that a reported quarter does not name had nothing in it.
        """
        total, kind = Decimal(0), "" if field in metrics() else "p"
        for number in range(1, int(quarter[-1])):
            each = f"{quarter[:5]}{number}"
            value = self.sums.get((town, each, subject, field))
            if value is None and (kind == "" or (town, each, kind) not in self.reported):
                return None
            total += value or 0
        return total


def arrivals(
    entries: pl.DataFrame, past: pl.DataFrame, kept_out: Collection[int]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Resolve entries; kept_out: numbers of entries that may not stand as they are.

    Returns a table of `schema.returns.Arrival` and findings about what could not be told.
    """
    earlier = Earlier.of(past)
    rows: list[dict[str, Any]] = []
    doubts: list[dict[str, Any]] = []
    records = groupby(entries.iter_rows(named=True), key=lambda row: row["record"])
    for _, group in records:
        cells = list(group)
        if cells[0]["form"] == "total":
            continue
        usable = [row for row in cells if row["entry"] not in kept_out]
        amounts = _amounts(usable, earlier, doubts)
        rows += [_arrival(row, value) for row, value in (*_words(usable), *amounts)]
    return frame_of(Arrival, rows), frame_of(Finding, doubts)


def _words(cells: Sequence[Row]) -> Iterator[tuple[Row, Decimal | None]]:
    """Values that are what they are: texts, days, and amounts that are of no quarter."""
    for row in cells:
        is_amount = row["basis"] in ("quarter", "year", "start", "at") and row["form"] != "target"
        if not is_amount and row["field"] not in AMOUNTS:
            yield row, row["value"]


def _amounts(
    cells: Sequence[Row], earlier: Earlier, doubts: list[dict[str, Any]]
) -> Iterator[tuple[Row, Decimal | None]]:
    """Amounts of the quarter, each field once: as given, else from the year until it."""
    given = [row for row in cells if row["value"] is not None and row["basis"] in ("quarter", "at")]
    wanted = [row for row in given if row["form"] == "figure" or row["field"] == QUARTER]
    yield from ((row, row["value"]) for row in wanted)
    done = {row["field"] for row in wanted}
    for row in cells:
        field = QUARTER if row["field"] == YEAR else row["field"]
        of_year = row["basis"] == "year" and row["form"] in ("investment", "figure")
        if not of_year or row["value"] is None or field in done:
            continue
        before = None
        if row["town_id"] and row["quarter"]:
            before = earlier.before(row["town_id"], row["quarter"], row["subject"], field)
        if before is None:
            doubts.append(_doubt(row))
        else:
            yield {**row, "field": field}, row["value"] - before
            done.add(field)


def _doubt(row: Row) -> dict[str, Any]:
    names = ("file", "sheet", "cell", "entry", "form", "town_id", "quarter", "subject", "field")
    year = (row["quarter"] or "")[:4]
    return {
        **{name: row[name] for name in names},
        "check": "reading_no_split",
        "severity": "error",
        "action": "none",
        "proposed": None,
        "proposed_word": None,
        **{f"message_{n}": message("workbooks.no_split", n, year=year) for n in ("en", "zh")},
    }


def _arrival(row: Row, value: Decimal | None) -> dict[str, Any]:
    names = ("form", "record", "town_id", "quarter", "subject", "field", "word", "unit")
    return {**{name: row[name] for name in names}, "value": value, "source": where(row)}


def where(row: Row) -> str:
    """Name a cell as people find it.

    >>> where({"file": "a.xlsx", "sheet": "项目投资", "cell": "C7"})
    'a.xlsx#项目投资!C7'
    """
    sheet = f"#{row['sheet']}" if row["sheet"] else ""
    return f"{row['file']}{sheet}!{row['cell']}"
