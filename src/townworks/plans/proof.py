"""A plan checked against the request by separate code, in whole numbers.

Nothing here uses `demands` or the solver's numbers: a mistake there must not pass here.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from townworks.measures import great_circle_km
from townworks.plans.portfolio import Portfolio, exact, hundredths
from townworks.plans.problem import NEVER, Plan
from townworks.plans.request import PlanRequest


@dataclass(frozen=True, slots=True)
class _Town:
    """A chosen town: its row, its number, its start as a year of the plan from 0."""

    row: dict[str, object]
    number: int
    start: int

    @property
    def is_fixed(self) -> bool:
        return self.row["standing"] in ("must", "committed")


def broken(portfolio: Portfolio, request: PlanRequest, plan: Plan, ratio: list[float]) -> list[str]:
    """Return what of the request a plan breaks; empty: it keeps all of it, to the last fen.

    ratio: expected realised over planned investment, used if the request counts expected
    investment (then a float's error of 1e-9 is let pass).
    """
    rows = portfolio.table.to_dicts()
    towns = [_Town(rows[i], i, int(start)) for i, start in enumerate(plan.start) if start != NEVER]
    return [
        *_who(rows, towns, request),
        *_counts(towns, request),
        *_amounts(portfolio, towns, request, ratio),
        *_neighbours(towns, request),
    ]


def total(portfolio: Portfolio, plan: Plan, resource: str, years: int, year: int | None) -> Decimal:
    """Return a resource of the whole plan in one year (from 0), or until its end (None)."""
    flow = portfolio.flow(resource)
    found = 0
    for number, start in enumerate(plan.start):
        if start == NEVER:
            continue
        own = [int(v) for v in flow[number]]
        if year is None:
            found += sum(own[: years - start])
        elif 0 <= year - start < len(own):
            found += own[year - start]
    return exact(found)


def _who(rows: list[dict[str, object]], towns: list[_Town], request: PlanRequest) -> Iterator[str]:
    ids = {str(town.row["candidate_id"]): town for town in towns}
    out = {each.out for each in request.overrides}
    into = {each.into for each in request.overrides}
    for row in rows:
        one = str(row["candidate_id"])
        inside = one in ids
        forced = row["standing"] in ("must", "committed") or one in request.must or one in into
        barred = row["standing"] == "must_not" or one in request.must_not or one in out
        if one in out:
            forced = False
        if one in into:
            barred = False
        if (forced and not inside) or (barred and inside):
            yield f"standing of {one}"
    for one, town in ids.items():
        if not 0 <= town.start < request.years:
            yield f"start of {one}"
        ready, begun = town.row["ready_year"], town.row["start_year"]
        year = request.first_year + town.start
        if town.row["standing"] == "committed":
            if year != max(int(str(begun)), request.first_year):
                yield f"start of {one}"
        elif ready is not None and year < int(str(ready)):
            yield f"readiness of {one}"


def _counts(towns: list[_Town], request: PlanRequest) -> Iterator[str]:
    if request.towns is not None and len(towns) != request.towns:
        yield f"towns: {len(towns)}"
    for quota in request.quotas:
        count = sum(town.row[quota.kind] == quota.name for town in towns)
        if count < quota.least or (quota.most is not None and count > quota.most):
            yield f"{quota.kind} {quota.name}: {count}"
    new = Counter(
        request.first_year + town.start
        for town in towns
        if not (
            town.row["standing"] == "committed"
            and int(str(town.row["start_year"])) < request.first_year
        )
    )
    for year, most in request.starts.items():
        if new[year] > most:
            yield f"starts in {year}: {new[year]}"


def _amounts(
    portfolio: Portfolio, towns: list[_Town], request: PlanRequest, ratio: list[float]
) -> Iterator[str]:
    for limit in request.limits:
        flow = portfolio.flow(limit.resource)
        used = sum(
            int(amount)
            for town in towns
            for year, amount in enumerate(flow[town.number], request.first_year + town.start)
            if year in request.calendar and limit.year in (None, year)
        )
        if used > hundredths(limit.most):
            yield f"{limit.resource} {limit.year or ''}: {exact(used)}"
    yield from _investment(portfolio, towns, request, ratio)


def _investment(
    portfolio: Portfolio, towns: list[_Town], request: PlanRequest, ratio: list[float]
) -> Iterator[str]:
    flow = portfolio.flow("investment")
    each = [int(flow[t.number][: request.years - t.start].sum()) for t in towns]
    most, least = request.investment_limit_cny, request.investment_target_cny
    if most is not None and sum(each) > hundredths(most):
        yield f"investment limit: {exact(sum(each))}"
    if least is None:
        return
    if request.counts == "planned" and sum(each) < hundredths(least):
        yield f"investment target: {exact(sum(each))}"
    if request.counts == "expected":
        expected = sum(one * ratio[t.number] for one, t in zip(each, towns, strict=True))
        if expected < hundredths(least) * (1 - 1e-9):
            yield f"expected investment target: {expected / 100:.2f}"


def _neighbours(towns: list[_Town], request: PlanRequest) -> Iterator[str]:
    out = {each.into for each in request.overrides} | request.must
    for i, one in enumerate(towns):
        for other in towns[:i]:
            fixed = [t.is_fixed or str(t.row["candidate_id"]) in out for t in (one, other)]
            if not all(fixed) and (why := _too_near(one.row, other.row, request)):
                yield f"{one.row['candidate_id']} and {other.row['candidate_id']}: {why}"


def _too_near(one: dict[str, object], other: dict[str, object], request: PlanRequest) -> str:
    if one["site"] is not None and one["site"] == other["site"]:
        return "one site"
    if one["industry"] != other["industry"]:
        return ""
    county = one["county_code"]
    if request.apart == "county" and county is not None and county == other["county_code"]:
        return "one industry in a county"
    places = [row[name] for name in ("lon", "lat") for row in (one, other)]
    if request.apart_km is None or None in places:
        return ""
    lon1, lon2, lat1, lat2 = (float(str(place)) for place in places)
    near = great_circle_km([lon1, lon2], [lat1, lat2])[0, 1] < request.apart_km
    return "too near" if near else ""
