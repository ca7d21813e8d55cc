"""The tables that the stages pass to each other: one declaration per table.

Every arrow in DESIGN is one of these tables. A declaration gives each column its type, whether
it may be empty, its unit and its meaning; checks, empty frames, export headings and the docs page
come from it. Import tables from here: ``from townworks.schema import Enterprise``.
"""

from townworks.schema.discovery import Candidate, Specialisation
from townworks.schema.registry import FILING_FIELDS, Activity, Enterprise, Filing, Reject

__all__ = [
    "FILING_FIELDS",
    "Activity",
    "Candidate",
    "Enterprise",
    "Filing",
    "Reject",
    "Specialisation",
]
