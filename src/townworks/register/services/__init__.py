"""What can be done in the register, a file a subject; each function is one transaction.

Importing the package registers what steps do beside moving on (`cases.EFFECTS`).
"""

from townworks.register.services import (
    admissions,
    assessments,
    grants,
    imports,
    partnerships,
    plans,
    queries,
    returns,
    status_acts,
    towns,
)

__all__ = [
    "admissions",
    "assessments",
    "grants",
    "imports",
    "partnerships",
    "plans",
    "queries",
    "returns",
    "status_acts",
    "towns",
]
