"""What the page of a plan is made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import polars as pl

from townworks.schema.plans import PlanSummary

Row = dict[str, Any]
"""A row of a table of `schema.plans`."""


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """A plan with all that is known of it; the frames are the tables of `schema.plans`.

    title: the programme's, by language. requested: the request in words, by language. inputs: names
    of the files read, each with a short hash. sectors: their titles, by code and language; a code
    without a title is shown as it is.
    """

    title: Mapping[str, str]
    summary: PlanSummary
    lines: pl.DataFrame
    years: pl.DataFrame
    totals: pl.DataFrame
    pairs: pl.DataFrame
    frontier: pl.DataFrame
    sensitivity: pl.DataFrame
    shadow: pl.DataFrame
    overrides: pl.DataFrame
    requested: Mapping[str, tuple[str, ...]]
    as_of: date
    version: str
    inputs: tuple[str, ...]
    sectors: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def chosen(self) -> pl.DataFrame:
        """Lines of the towns in the plan, as they stand in `lines`."""
        return self.lines.filter(pl.col("chosen"))

    @property
    def refused(self) -> pl.DataFrame:
        """Lines of the others."""
        return self.lines.filter(~pl.col("chosen"))

    @property
    def goal_cny(self) -> float:
        """What the plan was sought by: its worth, with bad scenarios weighed in as asked for."""
        return self.summary.bound_cny / (1 + self.summary.gap)

    @property
    def start_years(self) -> list[int]:
        """Years in which towns may start, and those in which some do."""
        first = self.summary.first_year
        found = self.chosen["start_year"].drop_nulls().to_list()
        return sorted({*range(first, first + self.summary.years), *found})

    def total(self, quantity: str, year: int | None = None) -> Row | None:
        """Row of `totals` for a quantity and a year; year None: all years; None: there is none."""
        when = pl.col("year").is_null() if year is None else pl.col("year") == year
        found = self.totals.filter((pl.col("quantity") == quantity) & when)
        return found.row(0, named=True) if found.height else None
