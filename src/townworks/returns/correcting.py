"""What was decided about findings → entries as they are to be taken over."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from townworks.returns.collecting import frame_of
from townworks.schema.forms import forms
from townworks.schema.returns import Entry

Cell = tuple[str, str, str, str]
"""A finding, by file, sheet, cell and check."""
CHOICES = ("take", "keep")
"""take: what is proposed; keep: the value stands as it is written."""


@dataclass(frozen=True)
class Corrected:
    """Entries with what was taken; kept_out: entries that may not go on as they are."""

    entries: pl.DataFrame
    kept_out: frozenset[int]


def corrected(
    entries: pl.DataFrame, findings: pl.DataFrame, choices: Mapping[Cell, str]
) -> Corrected:
    """Put in what was proposed and taken; an error that nobody decided keeps its value out.

    A record that is left out, or whose key is at fault, is kept out whole.
    """
    rows = list(entries.iter_rows(named=True))
    values = {row["entry"]: row["value"] for row in rows}
    words = {row["entry"]: row["word"] for row in rows}
    out: set[int] = set()
    whole: set[int] = set()
    for finding in findings.iter_rows(named=True):
        number, choice = finding["entry"], choices.get(cell_of(finding))
        if number is None or choice == "keep":
            continue
        if choice == "take" and finding["action"] == "set":
            if finding["proposed"] is not None:
                values[number] = finding["proposed"]
            words[number] = finding["proposed_word"] or words[number]
        elif choice == "take" and finding["action"] == "drop":
            whole.add(rows[number]["record"])
        elif finding["severity"] == "error":
            out.add(number)
            if finding["action"] == "drop" or _is_key(rows[number]):
                whole.add(rows[number]["record"])
    out |= {row["entry"] for row in rows if row["record"] in whole}
    fresh = [{**r, "value": values[r["entry"]], "word": words[r["entry"]]} for r in rows]
    return Corrected(frame_of(Entry, fresh), frozenset(out))


def _is_key(row: Mapping[str, Any]) -> bool:
    """Whether a record is known by this field."""
    form = forms().get(row["form"])
    return form is not None and row["field"] in form.key


def cell_of(finding: Mapping[str, object]) -> Cell:
    """Name a finding as choices do."""
    return tuple(str(finding[name]) for name in ("file", "sheet", "cell", "check"))  # type: ignore[return-value]


def all_proposals(findings: pl.DataFrame) -> dict[Cell, str]:
    """Choose every proposal there is."""
    rows = findings.filter(pl.col("action") != "none").iter_rows(named=True)
    return {cell_of(row): "take" for row in rows}


def undecided(findings: pl.DataFrame, choices: Collection[Cell]) -> pl.DataFrame:
    """Errors that nobody has decided."""
    rows = findings.iter_rows(named=True)
    left = [row["severity"] == "error" and cell_of(row) not in choices for row in rows]
    return findings.filter(pl.Series(left, dtype=pl.Boolean))
