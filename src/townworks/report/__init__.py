"""Charts, tables and self-contained HTML."""

from townworks.report.discovery import discovery_page
from townworks.report.facts import DiscoveryCounts, DiscoveryFacts

__all__ = ["DiscoveryCounts", "DiscoveryFacts", "discovery_page"]
