"""Townworks: find, plan, run and evaluate programmes of specialised-industry towns.

The verbs of the command line are functions here; the tables they take and return are declared in
`townworks.schema`. Nothing is loaded until it is used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from townworks.workflow import (
        AssessOptions,
        ChainOptions,
        ChainResult,
        DiscoverOptions,
        Discovery,
        PlanOptions,
        PlanResult,
        PolicyOptions,
        PolicyResult,
        Programme,
        ReadOptions,
        YearAssessed,
        assess,
        chain,
        discover,
        open_programme,
        plan,
        policies,
    )
    from townworks.workflow import read_to as read

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
    "YearAssessed",
    "assess",
    "chain",
    "discover",
    "open_programme",
    "plan",
    "policies",
    "read",
]


def __getattr__(name: str) -> object:
    """Load a public name from the workflow when it is first asked for."""
    if name not in __all__:
        message = f"module 'townworks' has no attribute {name!r}"
        raise AttributeError(message)
    from townworks import workflow

    return getattr(workflow, "read_to" if name == "read" else name)
