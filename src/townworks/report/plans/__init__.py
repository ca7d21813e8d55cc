"""The page of a plan: what was chosen, what was refused, and why; both languages, one file."""

from townworks.report.plans.facts import PlanFacts
from townworks.report.plans.page import plan_page
from townworks.report.plans.rows import anchor

__all__ = ["PlanFacts", "anchor", "plan_page"]
