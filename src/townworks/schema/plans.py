"""Tables of a plan: who applied, what was chosen for which year, and why.

`townworks plan` reads `PlanCandidate` and writes the others; the register takes `PlanLine` and
`PlanYear` in. Money is in CNY, exact; land in mu (1 mu = 1/15 ha); places in WGS 84.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

import dataframely as dy

Objective = Literal["growth_cny", "jobs", "tax_cny", "innovation"]
Resource = Literal["private_investment", "public_investment", "fiscal_return", "land"]
OBJECTIVES: tuple[Objective, ...] = get_args(Objective)
"""What a town is backed for, a year at maturity: value added, jobs, tax, patents granted."""
RESOURCES: tuple[Resource, ...] = get_args(Resource)
"""What a town takes or brings, by year since its start."""
UNITS: dict[str, str] = {
    "growth_cny": "cny",
    "jobs": "person",
    "tax_cny": "cny",
    "innovation": "count",
    "value": "cny",
    "towns": "count",
    "investment": "cny",
    "private_investment": "cny",
    "public_investment": "cny",
    "fiscal_return": "cny",
    "land": "mu",
}
BASES = ("nothing", "programme", "sector", "effect", "claim")
"""What a worth rests on, the weakest first: no amount is known; as all, or its sector, are worth;
a published effect; its applicant's forecast."""
ORIGINS = ("application", "discovered")
STANDINGS = ("open", "committed", "must", "must_not")
EVIDENCE = ("supports", "contradicts", "silent")
REASONS = (
    "committed",
    "must",
    "worth",
    "overridden",
    "must_not",
    "outweighed",
    "excluded",
    "limited",
)
"""Why a candidate is in the plan (the first three) or not; `overridden`: a person decided."""


def _money(*, nullable: bool = True, least: int | None = 0) -> dy.Decimal:
    return dy.Decimal(20, 2, nullable=nullable, min=None if least is None else Decimal(least))


class _Named(dy.Schema):
    """Whose row it is: a candidate, where it lies, what it is for."""

    candidate_id = dy.String(nullable=False, primary_key=True)
    name = dy.String(nullable=False, description="as its applicant writes it")
    name_en = dy.String(nullable=True)
    prefecture = dy.String(nullable=True)
    county_code = dy.String(nullable=True, regex=r"^\d{6}$")
    county = dy.String(nullable=True)
    sector = dy.String(nullable=False)
    industry = dy.String(nullable=False, description="the one industry of the town")
    origin = dy.Enum(list(ORIGINS), nullable=False)
    standing = dy.Enum(list(STANDINGS), nullable=False)
    lon = dy.Float64(nullable=True, min=-180, max=180, description="WGS 84")
    lat = dy.Float64(nullable=True, min=-90, max=90, description="WGS 84")
    evidence = dy.Enum(
        list(EVIDENCE), nullable=False, description="what the registry says; silent: not known"
    )
    enterprises = dy.UInt32(nullable=True, description="of its industry in the place, counted")
    lq = dy.Float64(nullable=True, min=0)
    lq_low = dy.Float64(nullable=True, min=0)
    lq_high = dy.Float64(nullable=True, min=0)
    evidence_note = dy.String(nullable=True)
    evidence_note_zh = dy.String(nullable=True, description="the same in Chinese, if there is one")
    source = dy.String(nullable=True)


class PlanCandidate(_Named):
    """A town that could be: an application of a county, or a place that the registry shows.

    `growth_cny` to `innovation` are what its applicant forecasts that the town adds a year;
    `base_…` what the place has today. Beside these columns a file may give amounts by year since
    the start (1, 2, 3 …), as `private_investment_1_cny`, `public_investment_1_cny`,
    `fiscal_return_1_cny`, `land_1_mu`; or their sums without the number, which are spread evenly.
    """

    site = dy.String(nullable=True, description="candidates of one site exclude each other")
    ready_year = dy.Int32(nullable=True, min=1900, max=2200, description="it may start from then")
    start_year = dy.Int32(nullable=True, min=1900, max=2200, description="of a committed one")
    growth_cny = _money()
    jobs = dy.Decimal(20, 2, nullable=True, min=Decimal(0), description="persons")
    tax_cny = _money()
    innovation = dy.Decimal(20, 2, nullable=True, min=Decimal(0), description="patents a year")
    base_growth_cny = _money()
    base_jobs = dy.Decimal(20, 2, nullable=True, min=Decimal(0), description="persons")
    base_tax_cny = _money()
    base_innovation = dy.Decimal(20, 2, nullable=True, min=Decimal(0), description="patents a year")
    claim_error = dy.Float64(
        nullable=True, min=0, max=3, description="log standard error of its forecast, if stated"
    )


class PlanLine(_Named):
    """What was decided of one candidate, and why; in both languages.

    value: what it is expected to be worth in CNY, all objectives weighted, corrected; a year at
    maturity, except investment, which is worth its amount once.
    """

    chosen = dy.Bool(nullable=False)
    start_year = dy.Int32(nullable=True, description="null: refused")
    value_claimed_cny = _money(least=None)
    value_cny = _money(nullable=False, least=None)
    value_low_cny = _money(nullable=False, least=None)
    value_high_cny = _money(nullable=False, least=None)
    value_basis = dy.Enum(list(BASES), nullable=False, description="what its worth rests on")
    investment_cny = _money(nullable=False)
    public_investment_cny = _money(nullable=False)
    fiscal_return_cny = _money(nullable=False)
    land_mu = dy.Decimal(20, 2, nullable=False)
    inclusion = dy.Float64(
        nullable=False, min=0, max=1, description="share of scenarios whose best plan holds it"
    )
    score = dy.Float64(nullable=False, min=0, max=100, description="the plain way: points")
    score_rank = dy.UInt32(nullable=False, min=1)
    on_list = dy.Bool(nullable=False, description="the plain way would take it")
    next_best = dy.String(nullable=True, description="who would come in its place, or go for it")
    regret_share = dy.Float64(
        nullable=True, description="what that exchange costs, as a share of the plan's worth"
    )
    needed_value_cny = dy.Decimal(
        20, 2, nullable=True, description="a refused one: worth this, it would be chosen"
    )
    reason = dy.Enum(list(REASONS), nullable=False)
    reason_en = dy.String(nullable=False)
    reason_zh = dy.String(nullable=False)


class PlanYear(dy.Schema):
    """What a chosen town is planned to invest and to receive in a calendar year."""

    candidate_id = dy.String(nullable=False, primary_key=True)
    year = dy.Int32(nullable=False, primary_key=True)
    private_investment_cny = _money(nullable=False)
    public_investment_cny = _money(nullable=False)
    fiscal_return_cny = _money(nullable=False)
    land_mu = dy.Decimal(20, 2, nullable=False)


class PlanTotal(dy.Schema):
    """A quantity of the whole plan, beside what was asked for; year null: all years.

    expected, low, high: what it comes to over the scenarios (null where nothing is uncertain).
    """

    quantity = dy.String(nullable=False, description="see UNITS")
    year = dy.Int32(nullable=True)
    unit = dy.String(nullable=False)
    planned = dy.Decimal(22, 2, nullable=False)
    least = dy.Decimal(22, 2, nullable=True, description="floor asked for")
    most = dy.Decimal(22, 2, nullable=True, description="ceiling asked for")
    expected = dy.Float64(nullable=True)
    low = dy.Float64(nullable=True, description="2.5 % point")
    high = dy.Float64(nullable=True, description="97.5 % point")
    probability = dy.Float64(nullable=True, min=0, max=1, description="that floor and ceiling hold")


class PlanPair(dy.Schema):
    """Two candidates that help (above zero) or harm each other if both are chosen."""

    one = dy.String(nullable=False, primary_key=True)
    other = dy.String(nullable=False, primary_key=True)
    value_cny = _money(nullable=False, least=None)
    note = dy.String(nullable=True)


class FrontierPoint(dy.Schema):
    """A plan on a trade-off: worth as much as possible when `across` is held at a limit.

    bound_cny bounds what is maximised: the worth, or with an attitude to risk the worth with the
    worst scenarios weighed in, which is less.
    """

    across = dy.String(nullable=False, primary_key=True, description="quantity held, see UNITS")
    limit = dy.Float64(nullable=False, primary_key=True)
    value_cny = dy.Float64(nullable=False)
    bound_cny = dy.Float64(nullable=False, description="no plan has a higher goal")
    shared = dy.UInt32(nullable=False, description="towns it has in common with the plan")


class Sensitivity(dy.Schema):
    """What becomes of the plan when one assumption is another; in CNY of what is maximised."""

    assumption = dy.String(nullable=False, primary_key=True)
    setting = dy.String(nullable=False, primary_key=True)
    value_cny = dy.Float64(nullable=False, description="of the plan as it is, seen so")
    low_cny = dy.Float64(nullable=True, description="2.5 % point of the plan's worth, seen so")
    high_cny = dy.Float64(nullable=True, description="97.5 % point")
    best_cny = dy.Float64(nullable=True, description="of the plan made for it; null: none exists")
    shared = dy.UInt32(nullable=True, description="towns both have in common")


class PlanComparison(dy.Schema):
    """A candidate in two plans, or in a plan and in what happened; amounts null: not known."""

    candidate_id = dy.String(nullable=False, primary_key=True)
    name = dy.String(nullable=False)
    kind = dy.Enum(["both", "first_only", "second_only"], nullable=False)
    first_year = dy.Int32(nullable=True)
    second_year = dy.Int32(nullable=True)
    first_investment_cny = _money()
    second_investment_cny = _money()
    note = dy.String(nullable=True, description="source of what happened")


class ShadowValue(dy.Schema):
    """What the plan gains or loses when a limit is a little wider or tighter.

    change: in the unit of the quantity (a town, 5 % of the mu …). Solved anew each time; a
    difference below the gap of the two solutions proves nothing.
    """

    quantity = dy.String(nullable=False, primary_key=True, description="see UNITS")
    change = dy.Float64(nullable=False, primary_key=True)
    value_change_cny = dy.Float64(nullable=True, description="null: then no plan exists")
    error_cny = dy.Float64(nullable=True, description="gap of the two solutions")


class OverrideRecord(dy.Schema):
    """A person's decision against the plan: who, why, and what it costs."""

    out = dy.String(nullable=False, primary_key=True)
    into = dy.String(nullable=False, primary_key=True)
    by = dy.String(nullable=False)
    why = dy.String(nullable=False)
    regret_cny = dy.Float64(
        nullable=True, description="of the goal; null: no plan without it, or with it alone"
    )
    regret_share = dy.Float64(nullable=True)


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """The plan in a few numbers; value: CNY, all objectives weighted, corrected (see `PlanLine`).

    bound_cny: no plan has a higher goal, which is the worth, or with an attitude to risk the worth
    with the worst scenarios weighed in; gap is of the goal. list_shared, list_value_cny: the plain
    scored list beside it.
    claimed_cny, shortfall_cny: what those of the chosen claim who claim all that is weighed, and by
    how much such claims are expected to fall short of those chosen by them (the winner's curse);
    shortfall_corrected_cny: the same after correction. displaced: share of the gain that is only
    moved from elsewhere → value left. target_probability: that the investment target is reached.
    """

    first_year: int
    years: int
    towns: int
    weights: Mapping[str, Decimal]
    risk_aversion: float
    scenarios: int
    seed: int
    value_cny: float
    value_low_cny: float
    value_high_cny: float
    bound_cny: float
    gap: float
    is_proven: bool
    list_shared: int
    list_value_cny: float
    claimed_cny: float
    shortfall_cny: float
    shortfall_corrected_cny: float
    displaced: Mapping[float, float]
    target_probability: float | None
