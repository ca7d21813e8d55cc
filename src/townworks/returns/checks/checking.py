"""All checks in their order: doubts become findings, and later checks see what was proposed."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from townworks.returns.checks import doubles, jumps, patterns, running, scope, slips, sums
from townworks.returns.checks.doubts import Doubt, told
from townworks.returns.checks.evidence import Background, Evidence
from townworks.returns.collecting import frame_of
from townworks.schema.checks import Check, checks
from townworks.schema.messages import LANGUAGES
from townworks.schema.returns import Finding

Procedure = Callable[[Evidence, Check], Iterator[Doubt]]
PROCEDURES: Mapping[str, Procedure] = {
    "slip": slips.slip,
    "running": running.running,
    "scope": scope.scope,
    "housing_name": scope.housing_name,
    "housing_part": scope.housing_part,
    "total": sums.total,
    "rows_and_figure": sums.rows_and_figure,
    "ratio": sums.ratio,
    "unchanged": sums.unchanged,
    "least": sums.least,
    "doubles": doubles.doubles,
    "repeated": doubles.repeated,
    "copied": patterns.copied,
    "round": patterns.round_numbers,
    "jump": jumps.jump,
}
"""Kind of check → what looks for it."""


def check(entries: pl.DataFrame, known: Background) -> pl.DataFrame:
    """Find what is doubtful in a table of `schema.returns.Entry`.

    Returns a table of `schema.returns.Finding`. A value gets one finding at most: that of the first
    check, in the order of `checks.toml`, which is also that in which proposals build on each other
    (a unit is put right before sums are compared).
    """
    evidence = Evidence(entries, known)
    rows: list[dict[str, Any]] = []
    for each in checks().values():
        for doubt in list(PROCEDURES[each.kind](evidence, each)):
            entry = doubt.row["entry"]
            if entry not in evidence.settled and doubt.row["record"] not in evidence.dropped:
                rows.append(_finding(doubt, each))
                _settle(evidence, doubt)
    return frame_of(Finding, rows)


def _settle(evidence: Evidence, doubt: Doubt) -> None:
    evidence.settled.add(doubt.row["entry"])
    if doubt.drop:
        evidence.dropped.add(doubt.row["record"])
    elif doubt.proposed is not None:
        evidence.now[doubt.row["entry"]] = doubt.proposed
    else:
        evidence.unanswered.add(doubt.row["entry"])


def _finding(doubt: Doubt, each: Check) -> dict[str, Any]:
    names = ("file", "sheet", "cell", "entry", "form", "town_id", "quarter", "subject", "field")
    texts = {
        f"message_{language}": each.text[language].format(
            **{name: told(value, language) for name, value in doubt.values.items()}
        )
        for language in LANGUAGES
    }
    return {
        **{name: doubt.row[name] for name in names},
        **texts,
        "check": each.id,
        "severity": each.severity,
        "action": doubt.action,
        "proposed": doubt.proposed,
        "proposed_word": None,
    }
