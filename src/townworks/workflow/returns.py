"""Workbooks of towns → what they would change in the register, looked at first, then applied.

Django must be set up. Reading is deterministic: what is applied is read again from the files that
were kept, and must be what was looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import polars as pl

from townworks.errors import TownworksError
from townworks.io.workbooks import WorkbookError, read_grids
from townworks.returns.checks import Background, check
from townworks.returns.context import Context
from townworks.returns.correcting import Cell, Corrected, all_proposals, corrected, undecided
from townworks.returns.headings import plain
from townworks.returns.reading import Reading, read_returns
from townworks.returns.resolving import arrivals
from townworks.schema.grids import Grid, address
from townworks.schema.reading import Words

if TYPE_CHECKING:
    from townworks.register.arrivals import Change
    from townworks.register.models import Account, Import

TAKE, KEEP = "take", "keep"
Heads = Mapping[tuple[str, str, str], str]


@dataclass(frozen=True)
class Order:
    """What is to be brought in: files, and whose and of when they are where they do not say so.

    choices: findings → "take" (what is proposed) or "keep" (the value as written).
    """

    paths: Sequence[Path]
    town_id: str = ""
    quarter: str = ""
    choices: Mapping[Cell, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FileFault:
    """A file that was not read at all, and why in both languages."""

    file: str
    why: Words


@dataclass(frozen=True)
class Looked:
    """What some files say and would change; nothing is written.

    findings: of the reading, of the checks, and of what could not be resolved. changes: as the
    register plans them. texts: what stands in the cells that findings name.
    """

    reading: Reading
    findings: pl.DataFrame
    entries: Corrected
    arrivals: pl.DataFrame
    changes: Sequence["Change"]
    faults: Sequence[FileFault]
    headings: Heads

    @cached_property
    def digest(self) -> str:
        """Fingerprint of what was looked at."""
        from townworks.register.services.imports import digest

        return digest(self.changes)

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many of everything: they add up (cells = arriving + kept out + of no quarter)."""
        from townworks.register.arrivals import counts

        severities = self.findings["severity"]
        found = {name: int((severities == name).sum()) for name in ("error", "warning", "note")}
        sizes = {"files": len(self.reading.towns), "unread_files": len(self.faults)}
        cells = {"cells": self.reading.entries.height, "cells_kept_out": len(self.entries.kept_out)}
        return {**sizes, **cells, **found, **counts(self.changes)}

    def undecided(self, choices: Mapping[Cell, str]) -> pl.DataFrame:
        """Errors that nobody has decided: their values are kept out."""
        return undecided(self.findings, choices)


def look(order: Order, account: "Account", today: date) -> Looked:
    """Read files, check them, and plan what they would change; writes nothing.

    A file that cannot be read is a fault of its own; the others go on.
    """
    from townworks.register.arrivals import background, plan

    files, faults = _read(order.paths)
    names, titles = background.town_names(), background.town_titles()
    context = Context(names, order.town_id, order.quarter, background.remembered())
    reading = read_returns(files, context)
    past = background.past(reading.entries["town_id"].drop_nulls().unique())
    known = Background(past, background.presence(), titles)
    found = pl.concat([reading.findings, check(reading.entries, known)])
    mended = corrected(reading.entries, found, order.choices)
    arriving, unresolved = arrivals(mended.entries, past, mended.kept_out)
    changes = plan(arriving, account, today)
    everything = pl.concat([found, unresolved])
    heads = _headings(files, everything)
    return Looked(reading, everything, mended, arriving, changes, faults, heads)


def look_with_proposals(order: Order, account: "Account", today: date) -> tuple[Looked, Order]:
    """Look at files with every proposal taken; returns the order with these choices, too."""
    first = look(order, account, today)
    full = replace(order, choices={**all_proposals(first.findings), **order.choices})
    return look(full, account, today), full


def _read(paths: Sequence[Path]) -> tuple[list[Sequence[Grid]], list[FileFault]]:
    files: list[Sequence[Grid]] = []
    faults: list[FileFault] = []
    for path in paths:
        try:
            files.append(read_grids(path))
        except WorkbookError as error:
            faults.append(FileFault(path.name, {n: error.say(n) for n in ("en", "zh")}))
        except TownworksError as error:
            faults.append(FileFault(path.name, {"en": str(error), "zh": str(error)}))
    return files, faults


def _headings(files: Sequence[Sequence[Grid]], findings: pl.DataFrame) -> Heads:
    """Texts of the headings that were guessed, by file, sheet and cell."""
    guessed = findings.filter(pl.col("check") == "reading_guessed")
    wanted = set(guessed.select("file", "sheet", "cell").iter_rows())
    grids = {(grid.file, grid.sheet): grid for grids in files for grid in grids}
    found: dict[tuple[str, str, str], str] = {}
    for file, sheet in sorted({(key[0], key[1]) for key in wanted}):
        for r, row in enumerate(grids[(file, sheet)].rows):
            for c, cell in enumerate(row):
                if (file, sheet, address(r, c)) in wanted and isinstance(cell, str):
                    found[(file, sheet, address(r, c))] = cell
    return found


def open_import(order: Order, account: "Account", today: date) -> "Import":
    """Keep the files and open the matter; raises `RefusalError` where one is not taken."""
    from townworks.register.audit import Act
    from townworks.register.services import imports

    act = Act(account, "bring_in", today)
    return imports.open_import(order.paths, (order.town_id, order.quarter), act, today)


def look_again(case: "Import", account: "Account", today: date) -> Looked:
    """Read the kept files of an import again, with the choices made so far."""
    from townworks.register.services.imports import contents

    with TemporaryDirectory() as folder:
        paths = []
        for number, (name, content) in enumerate(contents(case)):
            path = Path(folder, str(number), name)
            path.parent.mkdir()
            path.write_bytes(content)
            paths.append(path)
        order = Order(paths, case.town_id or "", case.quarter, choices_of(case))
        return look(order, account, today)


def proposals(looked: Looked) -> dict[Cell, str]:
    """Choose everything that is proposed."""
    return all_proposals(looked.findings)


def choices_of(case: "Import") -> dict[Cell, str]:
    """Choices that were made in an import."""
    return {(f, s, c, k): choice for f, s, c, k, choice in case.accepted}


def listed(choices: Mapping[Cell, str]) -> list[list[str]]:
    """Choices as an import keeps them."""
    return [[*cell, choice] for cell, choice in sorted(choices.items())]


def headings_to_remember(looked: Looked, choices: Mapping[Cell, str]) -> list[tuple[str, ...]]:
    """Headings that somebody confirmed: (town, form, heading, field)."""
    rows = looked.findings.filter(pl.col("check") == "reading_guessed").iter_rows(named=True)
    found = []
    for row in rows:
        cell = (row["file"], row["sheet"], row["cell"], row["check"])
        heading = looked.headings.get(cell[:3])
        if choices.get(cell) in (TAKE, KEEP) and heading and row["town_id"]:
            found.append((row["town_id"], row["form"], plain(heading), row["field"]))
    return sorted(set(found))


def rejected(looked: Looked) -> pl.DataFrame:
    """Every value that is not taken over, where it stands and why: `look` of the reject file."""
    rows = [*_kept_out_cells(looked), *_kept_out_changes(looked)]
    names = ("file", "sheet", "cell", "town_id", "quarter", "form", "subject", "field", "text")
    schema = dict.fromkeys((*names, "reason_en", "reason_zh"), pl.String)
    return pl.DataFrame(rows, schema=schema, orient="row").unique(maintain_order=True)


def _kept_out_cells(looked: Looked) -> list[tuple[str | None, ...]]:
    why = {
        row["entry"]: (row["message_en"], row["message_zh"])
        for row in looked.findings.iter_rows(named=True)
        if row["severity"] == "error" and row["entry"] is not None
    }
    by_record = {
        row["record"]: why[row["entry"]]
        for row in looked.entries.entries.iter_rows(named=True)
        if row["entry"] in why
    }
    found = []
    for row in looked.entries.entries.iter_rows(named=True):
        if row["entry"] in looked.entries.kept_out:
            reasons = why.get(row["entry"]) or by_record.get(row["record"], ("", ""))
            found.append((*_place(row), row["text"], *reasons))
    return found


def _place(row: Mapping[str, str]) -> tuple[str | None, ...]:
    names = ("file", "sheet", "cell", "town_id", "quarter", "form", "subject", "field")
    return tuple(row[name] for name in names)


def _kept_out_changes(looked: Looked) -> list[tuple[str | None, ...]]:
    found = []
    for change in looked.changes:
        if change.kind == "kept_out":
            file, _, rest = change.source.partition("#")
            sheet, _, cell = rest.rpartition("!") if rest else ("", "", "")
            if not rest:
                file, _, cell = change.source.rpartition("!")
            whose = (change.town_id, change.quarter, change.form, change.subject, change.field)
            reasons = [" ".join(r.say(n) for r in change.why) for n in ("en", "zh")]
            found.append((file, sheet, cell, *whose, change.after, *reasons))
    return found
