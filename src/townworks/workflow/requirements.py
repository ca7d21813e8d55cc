"""What a town has to invest by when, as the programme's own conditions say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise

import polars as pl

from townworks.rules import Subjects, judge
from townworks.workflow.programmes import Programme
from townworks.workflow.record import Demand, least_that_meets

FIRST_YEAR = ("creation-first-year", "first_year_investment_cny")
WHOLE = ("creation-investment", "fixed_asset_investment_cny")
PERIOD = ("creation-period", "creation_period_years")
"""Conditions of a creation guideline, and the input that each asks for."""
LONGEST_YEARS = 10


@dataclass(frozen=True)
class Requirement:
    """Fixed-asset investment required of a town: after a year, and after its creation period.

    None where the programme's conditions do not say.
    """

    first_year_cny: Decimal | None
    whole_cny: Decimal | None
    years: int | None

    def path(self, listed_on: date | None) -> list[tuple[date, Decimal]]:
        """Days and what is required by then, from nothing on the day of listing."""
        if listed_on is None or self.whole_cny is None or self.years is None:
            return []
        steps = [(listed_on, Decimal(0))]
        if self.first_year_cny is not None:
            steps.append((_later(listed_on, 1), self.first_year_cny))
        return [*steps, (_later(listed_on, self.years), self.whole_cny)]

    def by(self, day: date, listed_on: date | None) -> Decimal | None:
        """Return what is required by a day, straight between the steps; None without a path."""
        path = self.path(listed_on)
        if not path or day < path[0][0]:
            return None
        for (start, low), (end, high) in pairwise(path):
            if day <= end:
                share = Decimal((day - start).days) / Decimal((end - start).days)
                return low + (high - low) * share
        return path[-1][1]


def _later(day: date, years: int) -> date:
    return date(day.year + years, day.month, min(day.day, 28))


def requirements(programme: Programme, on: date, towns: pl.DataFrame) -> Mapping[str, Requirement]:
    """Return the requirement of each town (town_id, sector, county_code) on a day."""
    first = _least(programme, FIRST_YEAR, on, towns)
    whole = _least(programme, WHOLE, on, towns)
    years = _years(programme, on, towns)
    ids = towns["town_id"]
    return {t: Requirement(first.get(t), whole.get(t), years.get(t)) for t in ids}


def _least(
    programme: Programme, of: tuple[str, str], on: date, towns: pl.DataFrame
) -> dict[str, Decimal]:
    rule, name = of
    if rule not in programme.book.rules or name not in programme.book.inputs:
        return {}
    found = least_that_meets(programme, Demand(rule, name, on), towns)
    return dict(found.drop_nulls().iter_rows())


def _years(programme: Programme, on: date, towns: pl.DataFrame) -> dict[str, int]:
    """Longest creation period that each town may take."""
    rule, name = PERIOD
    if rule not in programme.book.rules or name not in programme.book.inputs:
        return {}
    found: dict[str, int] = {}
    for years in range(1, LONGEST_YEARS + 1):
        frame = towns.select("town_id", "county_code", "sector")
        known = frame.rename({"town_id": "subject_id"}).with_columns(pl.lit(years).alias(name))
        subjects = Subjects.of(known, programme.book.inputs)
        verdicts = judge([programme.book.rules[rule]], subjects, on)
        met = verdicts.filter(verdicts["outcome"] == "eligible")["subject_id"]
        found |= dict.fromkeys(met, years)
    return found
