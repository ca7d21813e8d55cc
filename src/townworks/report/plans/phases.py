"""The plan year by year: what starts, what is invested, given and built on, against the limits."""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from townworks.report.plans.facts import PlanFacts

QUANTITIES = (
    "towns", "investment", "private_investment", "public_investment", "fiscal_return", "land",
)  # fmt: skip
PARTS = ("private_investment", "public_investment")
NEAR = 0.995
"""From this share of a ceiling on, it binds."""
SLACK = 1e-6


@dataclass(frozen=True, slots=True)
class Amount:
    """A quantity of a year (None: all years) beside floor and ceiling, if asked for."""

    quantity: str
    year: int | None
    planned: float
    least: float | None = None
    most: float | None = None
    probability: float | None = None

    @property
    def state(self) -> str:
        """Return over, short, exact, full (the ceiling binds), within, or free of limits.

        >>> Amount("land", 2015, 99.8, most=100).state, Amount("land", 2015, 120, most=100).state
        ('full', 'over')
        """
        if self.least is not None and self.least == self.most == self.planned:
            return "exact"
        if self.most is not None and self.planned > self.most * (1 + SLACK):
            return "over"
        if self.least is not None and self.planned < self.least * (1 - SLACK):
            return "short"
        if self.least is not None and self.least == self.most == self.planned:
            return "exact"
        if self.most is not None and self.planned >= self.most * NEAR:
            return "full"
        return "free" if self.most is None and self.least is None else "within"


def amounts(facts: PlanFacts) -> dict[str, list[Amount]]:
    """Return for each quantity its years and, last, all years together."""
    years = all_years(facts)
    return {q: [_amount(facts, q, year) for year in (*years, None)] for q in QUANTITIES}


def absent(found: dict[str, list[Amount]]) -> list[str]:
    """Return quantities of which nothing is planned and nothing was asked."""
    return [
        name
        for name, cells in found.items()
        if all(cell.state == "free" and not cell.planned for cell in cells)
    ]


def all_years(facts: PlanFacts) -> list[int]:
    """Years in which a town starts, or anything is planned or limited."""
    planned = facts.years["year"].to_list()
    limited = facts.totals["year"].drop_nulls().to_list()
    return sorted({*facts.start_years, *planned, *limited})


def _amount(facts: PlanFacts, quantity: str, year: int | None) -> Amount:
    planned = _planned(facts, quantity, year)
    row = facts.total(quantity, year)
    if row is None:
        return Amount(quantity, year, planned)
    least, most = (None if row[n] is None else float(row[n]) for n in ("least", "most"))
    return Amount(quantity, year, float(row["planned"]), least, most, row["probability"])


def _planned(facts: PlanFacts, quantity: str, year: int | None) -> float:
    """Add up what the tables of towns say; a plan without years has only its lines' sums."""
    if quantity == "towns":
        starts = facts.chosen["start_year"]
        return float(facts.chosen.height if year is None else (starts == year).sum())
    if year is None and facts.years.is_empty():
        return _of_lines(facts, quantity)
    rows = facts.years if year is None else facts.years.filter(pl.col("year") == year)
    return sum(float(rows[column].sum()) for column in _columns(quantity))


def _columns(quantity: str) -> Iterator[str]:
    for name in PARTS if quantity == "investment" else (quantity,):
        yield name + ("_mu" if name == "land" else "_cny")


def _of_lines(facts: PlanFacts, quantity: str) -> float:
    column = quantity + ("_mu" if quantity == "land" else "_cny")
    if column in facts.chosen.columns:
        return float(facts.chosen[column].sum())
    parts = facts.chosen.select(pl.col("investment_cny") - pl.col("public_investment_cny"))
    return float(parts.to_series().sum())
