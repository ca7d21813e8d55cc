"""What is asked of a plan, as one record; every fault of it at once."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from townworks.schema.plans import OBJECTIVES, RESOURCES

Counted = Literal["planned", "expected"]
"""Investment as applicants plan it, or as earlier towns lead to expect it."""
SUMMED = (*RESOURCES, "investment")
"""What may be limited; `investment` is private and public together."""
VALUED = (*OBJECTIVES, "investment_cny")
"""What may be wanted; the last is the investment planned within the plan's years."""
MOST_YEARS, MOST_SCENARIOS, MOST_ERROR = 30, 5_000, 3.0
LEAST_ERROR, MOST_TOWNS = 0.01, 1e6


@dataclass(frozen=True, slots=True)
class Limit:
    """A ceiling on a resource, in CNY or mu; year None: over all years of the plan."""

    resource: str
    most: Decimal
    year: int | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """A floor and a ceiling on the towns of a prefecture or sector."""

    kind: Literal["prefecture", "sector"]
    name: str
    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A person's decision against the plan: `out` goes, `into` comes; by whom, and why."""

    out: str
    into: str
    by: str
    why: str


@dataclass(frozen=True, slots=True)
class Assumptions:
    """What nobody knows and the plan must take a view on; each is a judgement to be replaced.

    ratio_error: log standard error of a forecast, were nothing on record; prior_towns: how many
    towns' record that counts for. shared, sector_shared: shares of the variance of a forecast's
    error that all towns, or those of a sector, have in common. discount: a year.
    """

    ratio_error: float = 0.5
    prior_towns: float = 4.0
    shared: float = 0.1
    sector_shared: float = 0.15
    discount: float = 0.05


@dataclass(frozen=True, slots=True)
class PlanRequest:
    """A request for a plan. Defaults: 100 towns within three years, nothing else demanded.

    towns: exactly so many, committed ones included; None: as many as pay. investment_target_cny: to
    be reached within the plan's years, counted as `counts` says; investment_limit_cny: not to be
    exceeded. starts: most new towns by year. weights: worth of one unit of each objective in CNY.
    apart: towns of one industry exclude each other in a county, or within `apart_km`.
    risk_aversion: 0 is by expectation, 1 by the mean of the worst `tail`.
    """

    first_year: int
    years: int = 3
    towns: int | None = 100
    investment_target_cny: Decimal | None = None
    investment_limit_cny: Decimal | None = None
    counts: Counted = "planned"
    limits: tuple[Limit, ...] = ()
    quotas: tuple[Quota, ...] = ()
    starts: Mapping[int, int] = field(default_factory=dict)
    must: frozenset[str] = frozenset()
    must_not: frozenset[str] = frozenset()
    overrides: tuple[Override, ...] = ()
    apart: Literal["none", "county"] = "county"
    apart_km: float | None = None
    weights: Mapping[str, Decimal] = field(default_factory=lambda: {"growth_cny": Decimal(1)})
    risk_aversion: float = 0.0
    tail: float = 0.2
    scenarios: int = 200
    seed: int = 20150604
    gap: float = 1e-3
    seconds: float = 60.0
    assumptions: Assumptions = Assumptions()

    @property
    def calendar(self) -> range:
        """The years of the plan.

        >>> list(PlanRequest(2015).calendar)
        [2015, 2016, 2017]
        """
        return range(self.first_year, self.first_year + self.years)


def request_faults(request: PlanRequest) -> list[str]:
    """Return what is wrong with a request by itself, each with what to do.

    >>> request_faults(PlanRequest(2015, towns=0, risk_aversion=2))
    ['towns is 0: ask for 1 or more', 'risk aversion is 2: it goes from 0 to 1']
    """
    return [
        *_numbers(request),
        *_assumed(request.assumptions),
        *_amounts(request),
        *_limits(request),
        *_limited_twice(request),
        *_weights(request),
        *_groups(request),
        *_persons(request),
    ]


def _numbers(request: PlanRequest) -> Iterable[str]:
    within = {
        "years": (request.years, 1, MOST_YEARS),
        "scenarios": (request.scenarios, 1, MOST_SCENARIOS),
        "risk aversion": (request.risk_aversion, 0, 1),
        "seconds": (request.seconds, 1, 86_400),
        "gap": (request.gap, 0, 1),
        "discount": (request.assumptions.discount, 0, 1),
        "first year": (request.first_year, 1900, 2200),
        "seed": (request.seed, 0, 2**63),
    }
    if request.towns is not None and request.towns < 1:
        yield f"towns is {request.towns}: ask for 1 or more"
    for name, (value, least, most) in within.items():
        if not least <= value <= most:
            yield f"{name} is {value:g}: it goes from {least:g} to {most:g}"
    if not 0 < request.tail <= 1:
        yield f"tail is {request.tail:g}: it is above 0, at most 1"
    if request.apart_km is not None and not request.apart_km > 0:
        yield f"apart is {request.apart_km:g} km: it is above 0"
    for year, most in request.starts.items():
        if year not in request.calendar:
            yield f"starts are limited in {year}: the plan has {_span(request)}"
        if most < 0:
            yield f"starts in {year} are limited to {most}: that is below 0"


def _assumed(assumed: Assumptions) -> Iterable[str]:
    """Say what cannot be assumed; what is no number is outside every bound."""
    towns = 0 < assumed.prior_towns <= MOST_TOWNS
    if not (LEAST_ERROR <= assumed.ratio_error <= MOST_ERROR and towns):
        yield "the error of forecasts is 0.01 to 3, and counts for more than 0 towns"
    shares = (assumed.shared, assumed.sector_shared)
    if not (min(shares) >= 0 and sum(shares) < 1):
        yield "shares of error that towns have in common are at least 0, together below 1"


def _amounts(request: PlanRequest) -> Iterable[str]:
    target, limit = request.investment_target_cny, request.investment_limit_cny
    for name, value in (("investment target", target), ("investment limit", limit)):
        if value is not None and not (value.is_finite() and value >= 0):
            yield f"{name} is {value}: it is a number, at least 0"
    if target is not None and limit is not None and target > limit:
        yield f"the investment target {target:,} is above the investment limit {limit:,}"


def _limits(request: PlanRequest) -> Iterable[str]:
    for each in request.limits:
        if each.resource not in SUMMED:
            yield f"there is no resource '{each.resource}': limit {', '.join(SUMMED)}"
        if not (each.most.is_finite() and each.most >= 0):
            yield f"the limit of {each.resource} is {each.most}: it is a number, at least 0"
        if each.year is not None and each.year not in request.calendar:
            yield f"{each.resource} is limited in {each.year}: the plan has {_span(request)}"


def _limited_twice(request: PlanRequest) -> Iterable[str]:
    counts = Counter((each.resource, each.year) for each in request.limits)
    for (resource, year), count in counts.items():
        if count > 1:
            when = "in all" if year is None else f"in {year}"
            yield f"{resource} is limited {count} times {when}: say one limit"


def _weights(request: PlanRequest) -> Iterable[str]:
    for name, weight in request.weights.items():
        if name not in VALUED:
            yield f"there is no objective '{name}': weigh {', '.join(VALUED)}"
        if not (weight.is_finite() and weight >= 0):
            yield f"the weight of {name} is {weight}: it is a number, at least 0"
    if not any(weight.is_finite() and weight > 0 for weight in request.weights.values()):
        yield "no objective has a weight above 0: weigh at least one"


def _groups(request: PlanRequest) -> Iterable[str]:
    floors: Counter[str] = Counter()
    for quota in request.quotas:
        if quota.least < 0 or (quota.most is not None and quota.most < quota.least):
            yield f"{quota.kind} {quota.name} is to have {quota.least} to {quota.most} towns"
        floors[quota.kind] += quota.least
    for kind, total in floors.items():
        if request.towns is not None and total > request.towns:
            yield f"the floors of all {kind}s add up to {total} towns of {request.towns}"


def _persons(request: PlanRequest) -> Iterable[str]:
    yield from (
        f"'{one}' must be in the plan and must not: take it from one of the lists"
        for one in sorted(request.must & request.must_not)
    )
    for each in request.overrides:
        if each.out == each.into:
            yield f"'{each.out}' is to be replaced by itself"
        for name, text in (("by", each.by), ("why", each.why)):
            if not text.strip():
                yield f"the override of '{each.out}' does not say {name}: a decision has both"
    moved = {each.out for each in request.overrides} & {each.into for each in request.overrides}
    yield from (f"'{one}' is overridden out and in: say one" for one in sorted(moved))
    for what, ids in (("out", "out"), ("into", "into")):
        counts = Counter(getattr(each, ids) for each in request.overrides)
        yield from (
            f"'{one}' is overridden {n} times ({what})" for one, n in counts.items() if n > 1
        )


def _span(request: PlanRequest) -> str:
    return f"{request.first_year} to {request.first_year + max(request.years, 1) - 1}"
