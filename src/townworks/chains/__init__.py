"""What a chain of an industry lacks at a place, and who could fill it."""

from townworks.chains.completeness import Area, Map, measure, needs, stage_slices
from townworks.chains.gaps import Counts, gaps
from townworks.chains.leads import Asked, leads
from townworks.chains.load import load_chains
from townworks.chains.members import members, name_words, scope_words, stage_table
from townworks.chains.partners import suggest_partners
from townworks.chains.requirements import Requirements, requirements

__all__ = [
    "Area",
    "Asked",
    "Counts",
    "Map",
    "Requirements",
    "gaps",
    "leads",
    "load_chains",
    "measure",
    "members",
    "name_words",
    "needs",
    "requirements",
    "scope_words",
    "stage_slices",
    "stage_table",
    "suggest_partners",
]
