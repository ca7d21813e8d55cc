"""What bringing in a table would do: added, changed, left as it is, or kept out and why."""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import polars as pl

from townworks.register.audit import Act
from townworks.register.refusals import Reason

KINDS = ("added", "changed", "left", "kept_out")
"""What becomes of a value; kept out: refused with its reason, everything else goes on."""


@dataclass(frozen=True)
class Cell:
    """A value that arrives, and where it stood."""

    value: Decimal | None
    word: str | None
    unit: str | None
    source: str


@dataclass(frozen=True)
class Arriving:
    """One record of a form: its fields, whose it is, and of which quarter."""

    form: str
    town_id: str | None
    quarter: str | None
    subject: str
    cells: Mapping[str, Cell]

    @property
    def source(self) -> str:
        """Where the record's first value stood."""
        return next(iter(self.cells.values())).source

    def word(self, name: str) -> str:
        """Text of a field; "" where it has none."""
        cell = self.cells.get(name)
        return (cell.word or "").strip() if cell else ""

    def value(self, name: str) -> Decimal | None:
        """Amount of a field; None where it has none."""
        cell = self.cells.get(name)
        return cell.value if cell else None

    def day(self, name: str) -> date | None:
        """Day of a field; None where it has none."""
        text = self.word(name)
        return date.fromisoformat(text) if text else None


@dataclass(frozen=True)
class Change:
    """What becomes of one value. write: does it (None: there is nothing to write)."""

    kind: str
    form: str
    town_id: str | None
    quarter: str | None
    subject: str
    field: str
    before: str
    after: str
    source: str
    why: tuple[Reason, ...] = ()
    write: Callable[[Act], object] | None = dataclasses.field(default=None, compare=False)

    @property
    def key(self) -> tuple[Any, ...]:
        """What a change is, without how it is done: two previews that agree have the same keys."""
        names = ("kind", "form", "town_id", "quarter", "subject", "field", "before", "after")
        return tuple(getattr(self, name) for name in names)


def records_of(arrivals: pl.DataFrame) -> Iterator[Arriving]:
    """Records of a table of `schema.returns.Arrival`, in its order."""
    rows = arrivals.iter_rows(named=True)
    for _, group in groupby(rows, key=lambda row: (row["form"], row["record"])):
        cells = list(group)
        first = cells[0]
        found = {
            row["field"]: Cell(_plain(row["value"]), row["word"], row["unit"], row["source"])
            for row in cells
        }
        yield Arriving(first["form"], first["town_id"], first["quarter"], first["subject"], found)


def _plain(value: Decimal | None) -> Decimal | None:
    return None if value is None else Decimal(format(value.normalize(), "f"))


def told(value: object) -> str:
    """Write a value as changes show it.

    >>> told(Decimal("1200.50")), told(True), told(None)
    ('1200.5', 'true', '')
    """
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)


def counts(changes: Iterable[Change]) -> dict[str, int]:
    """Number of changes of each kind."""
    found = Counter(change.kind for change in changes)
    return {kind: found[kind] for kind in KINDS}


class Made:
    """How to write a change of one record: its names filled in once."""

    def __init__(self, record: Arriving) -> None:
        """Take the record that arrives."""
        self.record = record

    def change(self, kind: str, name: str, values: tuple[object, object], **more: Any) -> Change:
        """Return a change of a field; values: before and after; more: `why`, `write`."""
        record, cell = self.record, self.record.cells.get(name)
        source = cell.source if cell else record.source
        before, after = (told(value) for value in values)
        names = (record.form, record.town_id, record.quarter, record.subject, name)
        return Change(kind, *names, before, after, source, **more)

    def out(self, name: str, *why: Reason) -> Change:
        """Return what keeps a value out."""
        cell = self.record.cells.get(name)
        written = cell and (cell.word if cell.value is None else cell.value)
        return self.change("kept_out", name, ("", written or ""), why=why)
