"""Candidates as exact numbers: money in fen, land in hundredths of a mu, whole numbers both."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import polars as pl

from townworks.measures.arrays import FloatArray, IntArray
from townworks.plans.request import PlanRequest
from townworks.schema.plans import RESOURCES, PlanPair

HUNDREDTHS = 100
_SUFFIX = {"land": "mu"}


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Who could be chosen, and what each takes and brings.

    table: `schema.PlanCandidate`, in the order of the numbers below. flows: resource → hundredths
    of its unit by year since the start, (n, n_flow_years). pairs: table `schema.PlanPair`.
    """

    table: pl.DataFrame
    flows: Mapping[str, IntArray]
    pairs: pl.DataFrame

    @property
    def ids(self) -> list[str]:
        """Ids of the candidates."""
        return self.table["candidate_id"].to_list()

    def flow(self, resource: str) -> IntArray:
        """Return a resource; `investment` is private and public together."""
        if resource == "investment":
            return self.flows["private_investment"] + self.flows["public_investment"]
        return self.flows[resource]

    def within(self, resource: str, years: int) -> IntArray:
        """Return what a start in each year brings until the plan ends, (n, years)."""
        running = np.cumsum(self.flow(resource), axis=1)
        reach = np.minimum(np.arange(years, 0, -1), running.shape[1]) - 1
        return running[:, reach]

    def in_year(self, resource: str, year: int, years: int) -> IntArray:
        """Return what a start in each year brings in one year of the plan, (n, years)."""
        flow = self.flow(resource)
        found = np.zeros((len(flow), years), np.int64)
        for start in range(min(year + 1, years)):
            if year - start < flow.shape[1]:
                found[:, start] = flow[:, year - start]
        return found

    def pair_numbers(self) -> tuple[IntArray, FloatArray]:
        """Return the pairs as numbers of candidates, (m, 2), and what each adds in CNY, (m,)."""
        number = {one: i for i, one in enumerate(self.ids)}
        ends = [[number[a], number[b]] for a, b in self.pairs.select("one", "other").iter_rows()]
        values = self.pairs["value_cny"].cast(pl.Float64).to_numpy()
        return np.array(ends, np.int64).reshape(-1, 2), values.astype(np.float64)


def flow_columns(names: Iterable[str]) -> dict[str, tuple[str, int]]:
    """Return the columns of a file that are flows: name → resource, year since the start (0: all).

    >>> flow_columns(["land_mu", "public_investment_2_cny", "jobs"])
    {'land_mu': ('land', 0), 'public_investment_2_cny': ('public_investment', 2)}
    """
    found: dict[str, tuple[str, int]] = {}
    for name in names:
        for resource in RESOURCES:
            unit = _SUFFIX.get(resource, "cny")
            if hit := re.fullmatch(rf"{resource}(?:_([1-9]\d?))?_{unit}", name):
                found[name] = (resource, int(hit[1] or 0))
    return found


def open_portfolio(frame: pl.DataFrame, pairs: pl.DataFrame | None, years: int) -> Portfolio:
    """Take candidates (columns of `schema.PlanCandidate` and flows) as they are; see `checking`.

    A sum without years is spread evenly over the years of the plan, to the last hundredth. A town
    committed to before the plan's first year brings what is left of its flows.
    """
    columns = flow_columns(frame.columns)
    longest = max([years, *(year for _, year in columns.values())])
    flows: dict[str, IntArray] = {
        resource: np.zeros((frame.height, longest), np.int64) for resource in RESOURCES
    }
    for name, (resource, year) in columns.items():
        amounts = _hundredths(frame[name])
        if year:
            flows[resource][:, year - 1] += amounts
        else:
            flows[resource][:, :years] += spread(amounts, years)
    empty = PlanPair.create_empty()
    return Portfolio(frame.drop(list(columns)), flows, empty if pairs is None else pairs)


def begun_before(portfolio: Portfolio, request: PlanRequest) -> Portfolio:
    """Move the flows of towns that started before the plan: what is past is past."""
    begun = pl.when(pl.col("standing") == "committed").then("start_year")
    starts = portfolio.table.select(begun.fill_null(request.first_year)).to_series().to_numpy()
    late = np.maximum(request.first_year - starts, 0)
    if not late.any():
        return portfolio
    flows = {name: _shifted(flow, late) for name, flow in portfolio.flows.items()}
    return Portfolio(portfolio.table, flows, portfolio.pairs)


def _shifted(flow: IntArray, by: IntArray) -> IntArray:
    index = np.arange(flow.shape[1]) + by[:, None]
    padded = np.concatenate([flow, np.zeros_like(flow[:, :1])], axis=1)
    return np.take_along_axis(padded, np.minimum(index, flow.shape[1]), axis=1)


def spread(amounts: IntArray, years: int) -> IntArray:
    """Spread each amount evenly over years; what does not divide goes to the first ones.

    >>> spread(np.array([100, 7]), 3).tolist()
    [[34, 33, 33], [3, 2, 2]]
    """
    share, rest = np.divmod(amounts, years)
    return share[:, None] + (np.arange(years) < rest[:, None])


def _hundredths(amounts: pl.Series) -> IntArray:
    exact = amounts.fill_null(0).cast(pl.Decimal(38, 2)) * Decimal(HUNDREDTHS)
    return exact.cast(pl.Int64).to_numpy()


def hundredths(amount: Decimal) -> int:
    """Return an exact amount in hundredths, rounded half up.

    >>> hundredths(Decimal("0.015"))
    2
    """
    return int((amount * HUNDREDTHS).to_integral_value("ROUND_HALF_UP"))


def exact(amount: int) -> Decimal:
    """Return hundredths as an exact amount.

    >>> exact(123)
    Decimal('1.23')
    """
    return Decimal(int(amount)) / HUNDREDTHS
