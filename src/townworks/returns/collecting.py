"""Entries and findings as they are gathered, with their numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import dataframely as dy
import polars as pl

from townworks.schema.grids import Cell, Grid, address
from townworks.schema.messages import message
from townworks.schema.returns import Entry, Finding


@dataclass(frozen=True)
class Place:
    """A cell of a sheet."""

    grid: Grid
    row: int
    column: int

    @property
    def text(self) -> str:
        """What stands in the cell, as text."""
        row = self.grid.rows[self.row] if self.row < len(self.grid.rows) else ()
        return shown(row[self.column]) if self.column < len(row) else ""

    @property
    def names(self) -> dict[str, str]:
        """File, sheet and address, as tables have them."""
        where = {"file": self.grid.file, "sheet": self.grid.sheet}
        return {**where, "cell": address(self.row, self.column)}


def shown(cell: Cell) -> str:
    """Write a cell as text.

    >>> shown(Decimal("1E+3")), shown(None), shown(True)
    ('1000', '', 'true')
    """
    if cell is None:
        return ""
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return str(cell).lower() if isinstance(cell, bool) else str(cell).strip()


@dataclass(frozen=True)
class Owner:
    """Whose a record is: its form, number, town, quarter and subject."""

    form: str
    record: int
    town_id: str | None
    quarter: str | None
    subject: str

    @property
    def names(self) -> dict[str, Any]:
        """As findings have them."""
        return {
            "form": self.form,
            "town_id": self.town_id,
            "quarter": self.quarter,
            "subject": self.subject,
        }


@dataclass
class Collected:
    """Rows of both tables; entries and records are numbered through."""

    entries: list[dict[str, Any]] = field(default_factory=list)
    findings: list[dict[str, Any]] = field(default_factory=list)
    records: int = 0

    def new_record(self) -> int:
        """Number of the next record."""
        self.records += 1
        return self.records

    def enter(self, place: Place, owner: Owner, name: str, **values: object) -> int:
        """Add an entry; returns its number."""
        number = len(self.entries)
        blank = {"value": None, "unit": None, "scale": None, "word": None, "basis": "none"}
        row = {"entry": number, "record": owner.record, "field": name, "text": place.text}
        self.entries.append({**blank, **row, **place.names, **owner.names, **values})
        return number

    def doubt(
        self, place: Place | None, owner: Owner, name: str, key: str, values: Mapping[str, Any]
    ) -> None:
        """Add a finding of the reading; values: of the message, and of the finding (`_…`)."""
        more = {k.removeprefix("_"): v for k, v in values.items() if k.startswith("_")}
        said = {k: v for k, v in values.items() if not k.startswith("_")}
        where = place.names if place else {"file": "", "sheet": "", "cell": ""}
        row = {
            "entry": None,
            "check": f"reading_{key}",
            "severity": "error",
            "action": "none",
            "proposed": None,
            "proposed_word": None,
            "field": name,
            "message_en": message(f"workbooks.{key}", "en", **said),
            "message_zh": message(f"workbooks.{key}", "zh", **said),
        }
        self.findings.append({**row, **where, **owner.names, **more})

    def tables(self) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Both tables, as `schema.returns` declares them."""
        return frame_of(Entry, self.entries), frame_of(Finding, self.findings)


def frame_of(schema: type[dy.Schema], rows: list[dict[str, Any]]) -> pl.DataFrame:
    """Make a table as it is declared of rows."""
    types = {name: column.dtype for name, column in schema.columns().items()}
    plain = {n: pl.String if isinstance(t, pl.Enum) else t for n, t in types.items()}
    frame = pl.DataFrame(rows, schema=plain).cast(pl.Schema(types))
    return frame if frame.is_empty() else schema.validate(frame)
