"""The request as linear demands on places (candidate × starting year), each with its words."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

import numpy as np
import polars as pl

from townworks.measures import great_circle_km
from townworks.measures.arrays import BoolArray, FloatArray, IntArray
from townworks.plans.portfolio import HUNDREDTHS, Portfolio
from townworks.plans.problem import Demand
from townworks.plans.request import Limit, PlanRequest


def demands_of(portfolio: Portfolio, request: PlanRequest, ratio: FloatArray) -> tuple[Demand, ...]:
    """Return everything that is asked, in the order in which people ask it.

    ratio: expected realised over planned investment of each candidate, (n,); it counts only if the
    request counts expected investment. Amounts are in CNY and mu.
    """
    table = portfolio.table
    return (
        *_standing(table, request),
        *_towns(table, request),
        *_investment(portfolio, request, ratio),
        *(_ceiling(portfolio, request, limit) for limit in request.limits),
        *_quotas(table, request),
        *_starts(table, request),
        *_apart(table, request),
    )


def allowed(table: pl.DataFrame, request: PlanRequest) -> BoolArray:
    """Return who may start when, (n, years): from when it is ready; a committed one when it does.

    A town committed to before the plan stands in the first year.
    """
    years = request.years
    ready = table["ready_year"].fill_null(request.first_year).to_numpy() - request.first_year
    may = np.arange(years) >= ready[:, None]
    committed = (table["standing"] == "committed").to_numpy()
    start = table["start_year"].fill_null(request.first_year).to_numpy() - request.first_year
    only = np.arange(years) == np.clip(start, 0, years - 1)[:, None]
    found: BoolArray = np.where(committed[:, None], only, may)
    return found


def standing_of(table: pl.DataFrame, request: PlanRequest) -> list[str]:
    """Return how each candidate stands, with what the request says put in.

    A person's override forces one out and one in, whatever the plan would do.
    """
    said = dict.fromkeys(request.must, "must") | dict.fromkeys(request.must_not, "must_not")
    said |= {each.out: "must_not" for each in request.overrides}
    said |= {each.into: "must" for each in request.overrides}
    own = zip(table["candidate_id"], table["standing"], strict=True)
    return [s if s == "committed" and said.get(c) != "must_not" else said.get(c, s) for c, s in own]


def _all_places(who: IntArray, years: int) -> IntArray:
    return (who[:, None] * years + np.arange(years)).ravel()


def _sum_of(amounts: FloatArray, key: str, least: float, most: float, **about: object) -> Demand:
    """Demand on a sum over all places; amounts: (n, years)."""
    flat = amounts.ravel()
    index = np.flatnonzero(flat)
    return Demand(key, index, flat[index], least, most, about)


def _standing(table: pl.DataFrame, request: PlanRequest) -> Iterator[Demand]:
    ids = table["candidate_id"]
    for number, standing in enumerate(standing_of(table, request)):
        if standing == "open":
            continue
        places = _all_places(np.array([number]), request.years)
        inside = standing != "must_not"
        bounds = (1.0, np.inf) if inside else (-np.inf, 0.0)
        yield Demand(standing, places, np.ones(len(places)), *bounds, {"id": ids[number]})


def _towns(table: pl.DataFrame, request: PlanRequest) -> Iterator[Demand]:
    if request.towns is None:
        return
    every = np.ones((table.height, request.years))
    count = float(request.towns)
    yield _sum_of(every, "towns", count, count, towns=request.towns)


def _investment(portfolio: Portfolio, request: PlanRequest, ratio: FloatArray) -> Iterator[Demand]:
    planned = portfolio.within("investment", request.years) / HUNDREDTHS
    if request.investment_target_cny is not None:
        counted = planned * ratio[:, None] if request.counts == "expected" else planned
        least, about = request.investment_target_cny, {"amount": request.investment_target_cny}
        yield _sum_of(counted, "investment_target", float(least), np.inf, **about)
    if request.investment_limit_cny is not None:
        most, about = request.investment_limit_cny, {"amount": request.investment_limit_cny}
        yield _sum_of(planned, "investment_limit", -np.inf, float(most), **about)


def _ceiling(portfolio: Portfolio, request: PlanRequest, limit: Limit) -> Demand:
    years = request.years
    if limit.year is None:
        amounts = portfolio.within(limit.resource, years)
    else:
        amounts = portfolio.in_year(limit.resource, limit.year - request.first_year, years)
    about = {"resource": limit.resource, "amount": limit.most, "year": limit.year}
    return _sum_of(amounts / HUNDREDTHS, "ceiling", -np.inf, float(limit.most), **about)


def _quotas(table: pl.DataFrame, request: PlanRequest) -> Iterator[Demand]:
    for quota in request.quotas:
        who = np.flatnonzero((table[quota.kind] == quota.name).fill_null(value=False).to_numpy())
        places = _all_places(who, request.years)
        most = np.inf if quota.most is None else float(quota.most)
        about = {"kind": quota.kind, "name": quota.name, "least": quota.least, "most": quota.most}
        yield Demand("quota", places, np.ones(len(places)), float(quota.least), most, about)


def _starts(table: pl.DataFrame, request: PlanRequest) -> Iterator[Demand]:
    """Ceilings on new towns by year; towns that run already are not new."""
    running = (table["standing"] == "committed") & (table["start_year"] < request.first_year)
    new = np.flatnonzero(~running.fill_null(value=False).to_numpy())
    for year, most in request.starts.items():
        places = new * request.years + (year - request.first_year)
        about = {"year": year, "most": most}
        yield Demand("starts", places, np.ones(len(places)), -np.inf, float(most), about)


def _apart(table: pl.DataFrame, request: PlanRequest) -> Iterator[Demand]:
    """Groups of which one may be chosen; whoever is committed or must be in is not counted out."""
    standing = standing_of(table, request)
    fixed = np.array([s in ("must", "committed") for s in standing])
    for key, group, about in exclusions(table, request):
        who = np.array(group)
        places = _all_places(who, request.years)
        most = max(1.0, float(fixed[who].sum()))
        yield Demand(key, places, np.ones(len(places)), -np.inf, most, about)


def exclusions(
    table: pl.DataFrame, request: PlanRequest
) -> Iterable[tuple[str, Sequence[int], dict[str, object]]]:
    """Return the groups of candidates that exclude each other: key, numbers, what it is about."""
    numbered = table.with_row_index("number")
    columns = [("site", ["site"])]
    if request.apart == "county":
        columns.append(("industry_in_county", ["county_code", "industry"]))
    for key, by in columns:
        known = numbered.drop_nulls(by)
        for names, rows in known.group_by(by, maintain_order=True):
            if rows.height > 1:
                about = {"name": " · ".join(str(n) for n in names), "count": rows.height}
                yield key, rows["number"].to_list(), about
    if request.apart_km is not None:
        yield from _near(numbered, request.apart_km)


def _near(
    numbered: pl.DataFrame, apart_km: float
) -> Iterator[tuple[str, Sequence[int], dict[str, object]]]:
    """Pairs of one industry that lie too near each other."""
    for (industry,), rows in numbered.drop_nulls(["lon", "lat"]).group_by(
        ["industry"], maintain_order=True
    ):
        lon, lat = rows["lon"].to_numpy(), rows["lat"].to_numpy()
        distance = great_circle_km(lon, lat)
        ids = rows["number"].to_list()
        for a, b in np.argwhere(np.triu(distance < apart_km, 1)):
            about = {"name": industry, "km": Decimal(str(apart_km)), "count": 2}
            yield "industry_near", [ids[a], ids[b]], about
