"""Joins the stages to storage: read → check → compute → check → write, a function per verb."""

from townworks.workflow.discovery import DiscoverOptions, Discovery, discover
from townworks.workflow.figures import discover_figures, load_figures, write_demo
from townworks.workflow.reading import ReadOptions, Tally, read_enterprises
from townworks.workflow.results import check_places, write_discovery
from townworks.workflow.tables import read_to

__all__ = [
    "DiscoverOptions",
    "Discovery",
    "ReadOptions",
    "Tally",
    "check_places",
    "discover",
    "discover_figures",
    "load_figures",
    "read_enterprises",
    "read_to",
    "write_demo",
    "write_discovery",
]
