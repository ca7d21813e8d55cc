"""What was known of listed towns when they were listed, and whether their least adds up.

`townworks appraise` writes `TownAppraisal`; `InvestmentAccount` is the sum below it. Money in CNY.
"""

from dataclasses import dataclass
from decimal import Decimal

import dataframely as dy

from townworks.schema.plan_sources import KINDS


class TownAppraisal(dy.Schema):
    """What was known of a listed town on the day of its listing, beside what the registry says.

    planned_cny: published plan; it counts (`investment_cny`) if its years lie within the creation
    period, else the guideline's minimum does. due_cny: what the minimum's path asks for by the last
    day of the programme's target.
    """

    town_id = dy.String(nullable=False, primary_key=True)
    name_zh = dy.String(nullable=False)
    name_en = dy.String(nullable=False)
    batch = dy.String(nullable=False)
    listed_on = dy.Date(nullable=False)
    county = dy.String(nullable=True)
    sector = dy.String(nullable=False)
    sector_inferred = dy.Bool(nullable=False, description="no page that was read prints it")
    industry_zh = dy.String(nullable=False)
    industry_en = dy.String(nullable=False)
    kind = dy.Enum([*KINDS, "unknown"], nullable=False, description="unknown: no terms are given")
    terms = dy.String(nullable=True)
    evidence = dy.Enum(["supports", "contradicts", "silent"], nullable=False)
    enterprises = dy.UInt32(nullable=True, description="of its industry in its county, before then")
    expected = dy.Float64(nullable=True, description="at the overall share of that industry")
    lq = dy.Float64(nullable=True)
    lq_low = dy.Float64(nullable=True)
    lq_high = dy.Float64(nullable=True)
    probability = dy.Float64(nullable=True, description="P(LQ > 1)")
    elsewhere = dy.Float64(
        nullable=True, min=0, max=1, description="share of the province's other counties supported"
    )
    overall = dy.UInt32(
        nullable=True, description="enterprises of its industry in all the registry"
    )
    township = dy.String(nullable=True, description="the one that its name holds")
    township_enterprises = dy.UInt32(nullable=True)
    township_expected = dy.Float64(nullable=True)
    township_lq_low = dy.Float64(nullable=True)
    township_lq_high = dy.Float64(nullable=True)
    first_year_cny = dy.Decimal(20, 2, nullable=True, description="the guideline's, for a year")
    minimum_cny = dy.Decimal(20, 2, nullable=True, description="the guideline's, for all years")
    years = dy.Int32(nullable=True, description="of its creation period")
    due_cny = dy.Decimal(20, 2, nullable=True)
    planned_cny = dy.Decimal(20, 2, nullable=True)
    planned_period = dy.String(nullable=True)
    planned_source = dy.String(nullable=True)
    investment_cny = dy.Decimal(20, 2, nullable=True, description="plan or minimum: what counts")


@dataclass(frozen=True, slots=True)
class InvestmentAccount:
    """Whether the least that the towns must invest adds up to what is aimed at; CNY.

    towns: listed by the day. places: towns aimed at. minima: the guideline's, of all towns and all
    their years. minima_low, minima_high: were the inferred sectors others. due: what the minima ask
    for by the last day of the target. counted: plan where published, else minimum. missing: target
    less minima; each: of a place that is left; None: no place is left, or no target is set.
    """

    towns: int
    places: int | None
    target: Decimal | None
    minima: Decimal
    minima_low: Decimal
    minima_high: Decimal
    due: Decimal
    counted: Decimal
    plans: int
    missing: Decimal | None
    each: Decimal | None
