"""How much of what was planted is found, and how much of what is right is accused."""

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import polars as pl

from tests.returns import truth
from tests.returns.workbooks import Cell, Planted, answers
from townworks.returns.collecting import frame_of
from townworks.returns.correcting import Corrected
from townworks.schema.returns import Entry, Past, Presence

DOUBTED = ("error", "warning")


@dataclass(frozen=True)
class Score:
    """found, missed: planted faults by kind. accused: clean cells with an error or a warning."""

    found: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    accused: set[Cell] = field(default_factory=set)
    clean: int = 0

    @property
    def recall(self) -> float:
        """Share of planted faults that were found."""
        return self.found.total() / (self.found.total() + self.missed.total())

    @property
    def false_share(self) -> float:
        """Share of clean cells that were accused."""
        return len(self.accused) / self.clean


def score(planted: Planted, findings: pl.DataFrame) -> Score:
    """Compare findings with what was planted; a fault is found by a finding at its first cell."""
    rows = findings.filter(pl.col("severity").is_in(DOUBTED))
    cells = set(rows.select("file", "sheet", "cell").iter_rows())
    found, missed = Counter[str](), Counter[str]()
    for fault in planted.faults:
        cell = (fault["file"], fault["sheet"], fault["cell"])
        (found if cell in cells else missed)[fault["kind"]] += 1
    return Score(found, missed, cells & planted.clean_cells, len(planted.clean_cells))


def past(planted: Planted) -> pl.DataFrame:
    """What the register holds of earlier quarters."""
    return frame_of(Past, planted.history)


def presence(planted: Planted) -> pl.DataFrame:
    """What the register has where."""
    return frame_of(Presence, planted.presence)


def replies(planted: Planted, findings: pl.DataFrame) -> dict[Cell, Decimal | str]:
    """What towns reply: to faults that nobody else can correct, and where nothing was proposed."""
    open_ones = findings.filter(pl.col("action") == "none", pl.col("severity").is_in(DOUBTED))
    asked = set(open_ones.select("file", "sheet", "cell").iter_rows())
    more = {
        cell: true
        for fault in planted.faults
        for cell, true in fault["cells"]
        if cell in asked and true is not None
    }
    return {**answers(planted), **more}


def answered(mended: Corrected, told: dict[Cell, Decimal | str]) -> Corrected:
    """Put in what towns replied about faults that only they could explain."""
    rows = []
    out = set(mended.kept_out)
    for row in mended.entries.iter_rows(named=True):
        reply: Any = told.get((row["file"], row["sheet"], row["cell"]))
        if isinstance(reply, Decimal):
            rows.append({**row, "value": reply})
            out.discard(row["entry"])
        else:
            rows.append(row)
    return Corrected(frame_of(Entry, rows), frozenset(out))


def differences(planted: Planted, arrivals: pl.DataFrame) -> list[tuple[object, ...]]:
    """Amounts that arrive otherwise than they truly are, are missing, or should not be there."""
    true = {_key(row): row["value"] for row in planted.truth if row["form"] != "admission"}
    held = {
        _key(row): row["value"]
        for row in arrivals.iter_rows(named=True)
        if row["form"] != "admission" and row["field"] != "geography" and row["value"] is not None
    }
    keys = sorted(true.keys() | held.keys())
    return [(*k, true.get(k), held.get(k)) for k in keys if true.get(k) != held.get(k)]


def _key(row: truth.Row) -> tuple[str, ...]:
    return (row["town_id"], row["form"], row["subject"], row["field"])
