"""Checks of returns as data: what each looks for, how severe it is, and what it says."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from townworks.schema.reading import Words


@dataclass(frozen=True)
class Check:
    """One check: the procedure that looks (`kind`), its parameters, and its text."""

    id: str
    kind: str
    severity: str
    text: Words
    parameters: Mapping[str, Any]

    def number(self, name: str) -> float:
        """Return a parameter that is a number."""
        return float(self.parameters[name])


@cache
def checks() -> Mapping[str, Check]:
    """Every check of `definitions/returns/checks.toml`, in its order, which is their precedence.

    >>> checks()["unit_1e4"].kind, checks()["unit_1e4"].parameters["factor"]
    ('slip', 10000)
    """
    path = files("townworks.definitions") / "returns" / "checks.toml"
    tables = tomllib.loads(path.read_text("utf-8"))
    return {key: _check(key, dict(table)) for key, table in tables.items()}


def _check(key: str, table: dict[str, Any]) -> Check:
    text = {language: table.pop(language) for language in ("en", "zh")}
    return Check(key, table.pop("kind"), table.pop("severity"), text, table)
