"""Tables of the register, a file a subject."""

from townworks.register.models.assessments import Assessment, Objection, StatusAct, StatusChange
from townworks.register.models.base import Case, Fact, Step
from townworks.register.models.enterprises import (
    Admission,
    Anchor,
    Enterprise,
    Occupancy,
    Premises,
    RegistryEntry,
)
from townworks.register.models.events import Event, Head
from townworks.register.models.evidence import Evidence
from townworks.register.models.figures import Figure, Investment, Project
from townworks.register.models.grants import BudgetLine, Grant, Payment
from townworks.register.models.imports import RegistryImport
from townworks.register.models.partners import Contract, Partnership
from townworks.register.models.people import Account
from townworks.register.models.plans import Plan, PlanLine, PlannedInvestment
from townworks.register.models.returns import Heading, Import, Query, Return
from townworks.register.models.towns import Boundary, Programme, Town, TownApplication

__all__ = [
    "Account",
    "Admission",
    "Anchor",
    "Assessment",
    "Boundary",
    "BudgetLine",
    "Case",
    "Contract",
    "Enterprise",
    "Event",
    "Evidence",
    "Fact",
    "Figure",
    "Grant",
    "Head",
    "Heading",
    "Import",
    "Investment",
    "Objection",
    "Occupancy",
    "Partnership",
    "Payment",
    "Plan",
    "PlanLine",
    "PlannedInvestment",
    "Premises",
    "Programme",
    "Project",
    "Query",
    "RegistryEntry",
    "RegistryImport",
    "Return",
    "StatusAct",
    "StatusChange",
    "Step",
    "Town",
    "TownApplication",
]
