"""Charts, tables, texts and self-contained HTML."""

from townworks.report.assessment import assessment_outline
from townworks.report.discovery import discovery_page
from townworks.report.facts import DiscoveryCounts, DiscoveryFacts
from townworks.report.policies import (
    changes_outline,
    costs_outline,
    entitlements_outline,
    towns_outline,
)
from townworks.report.programme import programme_text, towns_text
from townworks.report.record import accounts_text, record_text
from townworks.report.town import town_text

__all__ = [
    "DiscoveryCounts",
    "DiscoveryFacts",
    "accounts_text",
    "assessment_outline",
    "changes_outline",
    "costs_outline",
    "discovery_page",
    "entitlements_outline",
    "programme_text",
    "record_text",
    "town_text",
    "towns_outline",
    "towns_text",
]
