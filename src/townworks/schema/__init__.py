"""The tables that the stages pass to each other: one declaration per table.

Every arrow in DESIGN is one of these tables. A declaration gives each column its type, whether
it may be empty, its unit and its meaning; checks, empty frames, export headings and the docs page
come from it. Import tables from here: ``from townworks.schema import Enterprise``.
"""

from townworks.schema.accounts import Account, RecordCheck
from townworks.schema.appraisal import TownAppraisal
from townworks.schema.chains import Completeness, Gap, Lead
from townworks.schema.discovery import Candidate, Specialisation
from townworks.schema.evaluation import Contribution, Importance, Measurement, RankInterval, Score
from townworks.schema.plan_sources import IndustryTerms, RealisedPlan
from townworks.schema.plans import (
    FrontierPoint,
    OverrideRecord,
    PlanCandidate,
    PlanComparison,
    PlanLine,
    PlanPair,
    PlanTotal,
    PlanYear,
    Sensitivity,
    ShadowValue,
)
from townworks.schema.programme import Anchor, Count, Figure, Naming, Outcome, Tally, Town
from townworks.schema.registry import FILING_FIELDS, Activity, Enterprise, Filing, Reject
from townworks.schema.verdicts import Assessment, Change, Cost, Entitlement, Verdict

__all__ = [
    "FILING_FIELDS",
    "Account",
    "Activity",
    "Anchor",
    "Assessment",
    "Candidate",
    "Change",
    "Completeness",
    "Contribution",
    "Cost",
    "Count",
    "Enterprise",
    "Entitlement",
    "Figure",
    "Filing",
    "FrontierPoint",
    "Gap",
    "Importance",
    "IndustryTerms",
    "Lead",
    "Measurement",
    "Naming",
    "Outcome",
    "OverrideRecord",
    "PlanCandidate",
    "PlanComparison",
    "PlanLine",
    "PlanPair",
    "PlanTotal",
    "PlanYear",
    "RankInterval",
    "RealisedPlan",
    "RecordCheck",
    "Reject",
    "Score",
    "Sensitivity",
    "ShadowValue",
    "Specialisation",
    "Tally",
    "Town",
    "TownAppraisal",
    "Verdict",
]
