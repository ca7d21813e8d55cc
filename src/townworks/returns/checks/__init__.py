"""Checks of returns: what goes wrong in them, found by comparing values with each other.

Each module holds the procedures of one kind; `checks.toml` says which checks use them and how.
"""

from townworks.returns.checks.checking import check
from townworks.returns.checks.evidence import Background

__all__ = ["Background", "check"]
