"""Tables of the register as stages see them: what stood on a day, with keys and units.

`register.snapshot` fills them; towns, figures and grades have the tables of `schema.programme`.
Money is in the programme's currency, exact; days are both included. A contract test compares the
columns with the SQL models.
"""

import dataframely as dy

from townworks.schema.plans import EVIDENCE, ORIGINS, REASONS
from townworks.schema.programme import GRADES, LISTS


def _money(*, nullable: bool = True) -> dy.Decimal:
    return dy.Decimal(20, 2, nullable=nullable)


class _Case(dy.Schema):
    """What every matter has: its state on the day, and since when."""

    id = dy.Int64(nullable=False, primary_key=True)
    state = dy.String(nullable=False, description="a state of definitions/processes.toml")
    state_since = dy.Date(nullable=False)
    opened_on = dy.Date(nullable=False)


class Application(_Case):
    """A county's application for a town; refused and withdrawn ones stay."""

    county_code = dy.String(nullable=False, regex=r"^\d{6}$")
    name_zh = dy.String(nullable=False)
    name_en = dy.String(nullable=False)
    sector = dy.String(nullable=False)
    industry_zh = dy.String(nullable=False)
    industry_en = dy.String(nullable=False)
    planned_area_km2 = dy.Decimal(20, 6, nullable=False)
    planned_investment_cny = _money(nullable=False)
    builder = dy.String(nullable=False)
    score = dy.Decimal(20, 2, nullable=True, description="points out of 100")
    town_id = dy.String(nullable=True, description="town it led to")


class Boundary(_Case):
    """A town's boundary; in force from valid_from to valid_to."""

    town_id = dy.String(nullable=False)
    geojson = dy.String(nullable=False, description="RFC 7946, WGS 84")
    area_km2 = dy.Decimal(20, 6, nullable=False, description="geodesic")
    valid_from = dy.Date(nullable=False)
    valid_to = dy.Date(nullable=True)


class Enterprise(dy.Schema):
    """An enterprise that the register knows."""

    id = dy.Int64(nullable=False, primary_key=True)
    credit_code = dy.String(nullable=False, description="GB 32100")
    name = dy.String(nullable=False)
    registered_on = dy.Date(nullable=True)
    capital_cny = _money()
    county_code = dy.String(nullable=False)
    activity = dy.String(nullable=False)
    practice = dy.Bool(nullable=False, description="invented, for trying out")


class Admission(_Case):
    """An enterprise's way into a town and out of it."""

    enterprise_id = dy.Int64(nullable=False)
    town_id = dy.String(nullable=False)
    origin = dy.Enum(["new", "relocated", "branch", "already_there"], nullable=False)
    relocated_from = dy.String(nullable=False)
    part = dy.Enum(["anchor", "member", "service"], nullable=False)
    activity = dy.String(nullable=False)
    area_wanted_m2 = dy.Decimal(20, 2, nullable=True)
    jobs_planned = dy.Int64(nullable=True)
    investment_planned_cny = _money()
    admitted_on = dy.Date(nullable=True)
    left_on = dy.Date(nullable=True)


class Premises(dy.Schema):
    """Premises of a town."""

    id = dy.Int64(nullable=False, primary_key=True)
    town_id = dy.String(nullable=False)
    name = dy.String(nullable=False)
    floor_area_m2 = dy.Decimal(20, 2, nullable=False)


class Occupancy(dy.Schema):
    """Who holds how much of which premises on the day."""

    id = dy.Int64(nullable=False, primary_key=True)
    premises_id = dy.Int64(nullable=False)
    admission_id = dy.Int64(nullable=False)
    area_m2 = dy.Decimal(20, 2, nullable=False)
    valid_from = dy.Date(nullable=True)
    valid_to = dy.Date(nullable=True)


class Project(dy.Schema):
    """An investment project in a town."""

    id = dy.Int64(nullable=False, primary_key=True)
    town_id = dy.String(nullable=False)
    name = dy.String(nullable=False)
    enterprise_id = dy.Int64(nullable=True)
    featured = dy.Bool(nullable=False, description="in the town's one industry")
    starts_on = dy.Date(nullable=False)
    ends_on = dy.Date(nullable=True)


class Investment(dy.Schema):
    """Fixed-asset investment of a project in a quarter at one level of evidence."""

    id = dy.Int64(nullable=False, primary_key=True)
    project_id = dy.Int64(nullable=False)
    quarter = dy.String(nullable=False, regex=r"^\d{4}Q[1-4]$")
    evidence = dy.Enum(["planned", "reported", "verified", "audited"], nullable=False)
    amount_cny = _money(nullable=False)
    basis_id = dy.Int64(nullable=True, description="the level below, that this one verifies")
    source = dy.String(nullable=False)


class BudgetLine(dy.Schema):
    """What a payer may commit in a year."""

    id = dy.Int64(nullable=False, primary_key=True)
    title = dy.String(nullable=False)
    payer = dy.String(nullable=False)
    place_code = dy.String(nullable=False)
    town_id = dy.String(nullable=True)
    year = dy.Int64(nullable=False)
    unit = dy.String(nullable=False)
    amount = dy.Decimal(20, 2, nullable=False, description="in `unit`")


class Grant(_Case):
    """One instrument granted: entitled, approved, paid, clawed back, in `unit`."""

    town_id = dy.String(nullable=False)
    admission_id = dy.Int64(nullable=True)
    rule_id = dy.String(nullable=False)
    payer = dy.String(nullable=False)
    unit = dy.String(nullable=False)
    period = dy.String(nullable=False)
    year = dy.Int64(nullable=False)
    judged_on = dy.Date(nullable=False)
    entitled = dy.Decimal(20, 2, nullable=False)
    approved = dy.Decimal(20, 2, nullable=True)
    budget_line_id = dy.Int64(nullable=True)
    sentence_en = dy.String(nullable=False)
    sentence_zh = dy.String(nullable=False)
    source = dy.String(nullable=False)


class Payment(dy.Schema):
    """An instalment, or a claw-back, until the day."""

    id = dy.Int64(nullable=False, primary_key=True)
    grant_id = dy.Int64(nullable=False)
    number = dy.Int64(nullable=False)
    kind = dy.Enum(["payment", "claw_back"], nullable=False)
    amount = dy.Decimal(20, 2, nullable=False)
    paid_on = dy.Date(nullable=False)


class Partnership(_Case):
    """What two do together."""

    town_id = dy.String(nullable=False)
    proposer_id = dy.Int64(nullable=False)
    partner_id = dy.Int64(nullable=True)
    agency = dy.String(nullable=False)
    purpose = dy.String(nullable=False)
    contract_value_cny = _money()
    joint_projects = dy.Int64(nullable=False)


class Contract(dy.Schema):
    """A service contract that runs on the day."""

    id = dy.Int64(nullable=False, primary_key=True)
    town_id = dy.String(nullable=False)
    enterprise_id = dy.Int64(nullable=False)
    agency = dy.String(nullable=False)
    service = dy.String(nullable=False)
    value_cny = _money(nullable=False)
    valid_from = dy.Date(nullable=True)
    valid_to = dy.Date(nullable=True)


class Assessment(_Case):
    """A year's assessment of a town; grade: null until one is proposed."""

    town_id = dy.String(nullable=False)
    year = dy.Int64(nullable=False)
    on_list = dy.Enum(LISTS, nullable=False)
    grade = dy.Enum(GRADES, nullable=True)
    score = dy.Decimal(20, 2, nullable=True)
    published = dy.Bool(nullable=False, description="came from a source, not through the register")
    source = dy.String(nullable=False)


class StatusChange(dy.Schema):
    """One change of a town's status until the day."""

    id = dy.Int64(nullable=False, primary_key=True)
    town_id = dy.String(nullable=False)
    origin = dy.String(nullable=False)
    to = dy.String(nullable=False)
    cause = dy.String(nullable=False)
    on = dy.Date(nullable=False)
    year = dy.Int64(nullable=True)
    source = dy.String(nullable=False)


class Objection(_Case):
    """An objection to what was on notice."""

    assessment_id = dy.Int64(nullable=True)
    admission_id = dy.Int64(nullable=True)
    grounds = dy.String(nullable=False)
    answer = dy.String(nullable=False)


class Plan(dy.Schema):
    """The plan in force on the day; valid_to: a newer one ended it after that."""

    id = dy.Int64(nullable=False, primary_key=True)
    title = dy.String(nullable=True)
    made_on = dy.Date(nullable=True, description="day it was computed")
    valid_from = dy.Date(nullable=True)
    valid_to = dy.Date(nullable=True)
    first_year = dy.Int64(nullable=False)
    years = dy.Int64(nullable=False)
    towns_asked = dy.Int64(nullable=True)
    investment_target_cny = _money()
    file_name = dy.String(nullable=False)
    sha256 = dy.String(nullable=False, description="of the file it came from")


class PlanLine(dy.Schema):
    """What the plan in force decided of a candidate, and why; amounts of all its years."""

    id = dy.Int64(nullable=False, primary_key=True)
    plan_id = dy.Int64(nullable=False)
    candidate_id = dy.String(nullable=False)
    name = dy.String(nullable=False)
    name_en = dy.String(nullable=True)
    prefecture = dy.String(nullable=True)
    county_code = dy.String(nullable=True)
    county = dy.String(nullable=True)
    sector = dy.String(nullable=False)
    industry = dy.String(nullable=False)
    origin = dy.Enum(list(ORIGINS), nullable=False)
    lon = dy.Decimal(20, 6, nullable=True, description="WGS 84")
    lat = dy.Decimal(20, 6, nullable=True, description="WGS 84")
    evidence = dy.Enum(list(EVIDENCE), nullable=False, description="what the registry says")
    chosen = dy.Bool(nullable=False)
    start_year = dy.Int64(nullable=True, description="null: refused")
    investment_cny = _money(nullable=False)
    public_investment_cny = _money(nullable=False)
    fiscal_return_cny = _money(nullable=False)
    land_mu = dy.Decimal(20, 2, nullable=False)
    value_cny = _money(nullable=False)
    inclusion = dy.Decimal(20, 4, nullable=False, description="share of scenarios")
    reason = dy.Enum(list(REASONS), nullable=False)
    reason_en = dy.String(nullable=False)
    reason_zh = dy.String(nullable=False)
    town_id = dy.String(nullable=True, description="town it became")


class PlannedInvestment(dy.Schema):
    """What a line of the plan in force invests and receives in a calendar year."""

    id = dy.Int64(nullable=False, primary_key=True)
    line_id = dy.Int64(nullable=False)
    year = dy.Int64(nullable=False)
    private_investment_cny = _money(nullable=False)
    public_investment_cny = _money(nullable=False)
    fiscal_return_cny = _money(nullable=False)
    land_mu = dy.Decimal(20, 2, nullable=False)
