"""Joins the stages to storage: read → check → compute → check → write, a function per verb."""

from townworks.workflow.assessing import AssessOptions, YearAssessed, assess, write_assessed
from townworks.workflow.chains import ChainOptions, ChainResult, chain
from townworks.workflow.discovery import DiscoverOptions, Discovery, discover
from townworks.workflow.figures import discover_figures, load_figures
from townworks.workflow.planning import PlanOptions, PlanResult, plan
from townworks.workflow.policies import (
    PolicyOptions,
    PolicyResult,
    check_tables,
    policies,
    write_policies,
)
from townworks.workflow.programmes import Programme, open_programme
from townworks.workflow.reading import ReadOptions, Tally, read_enterprises
from townworks.workflow.results import check_places, write_discovery
from townworks.workflow.showing import (
    check_programme,
    copy_to,
    show_history,
    show_inputs,
    show_programme,
    show_town,
    show_towns,
)
from townworks.workflow.statements import Statements, statements, write_statements
from townworks.workflow.tables import read_to

__all__ = [
    "AssessOptions",
    "ChainOptions",
    "ChainResult",
    "DiscoverOptions",
    "Discovery",
    "PlanOptions",
    "PlanResult",
    "PolicyOptions",
    "PolicyResult",
    "Programme",
    "ReadOptions",
    "Statements",
    "Tally",
    "YearAssessed",
    "assess",
    "chain",
    "check_places",
    "check_programme",
    "check_tables",
    "copy_to",
    "discover",
    "discover_figures",
    "load_figures",
    "open_programme",
    "plan",
    "policies",
    "read_enterprises",
    "read_to",
    "show_history",
    "show_inputs",
    "show_programme",
    "show_town",
    "show_towns",
    "statements",
    "write_assessed",
    "write_discovery",
    "write_policies",
    "write_statements",
]
