"""Sheets of a file → entries: every value with its cell, its town, its quarter and its unit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from townworks.returns.blocks import WIDE, Block, find_blocks
from townworks.returns.collecting import Collected, Owner, Place
from townworks.returns.context import Context, find_quarter, find_town, titles
from townworks.returns.days import Period
from townworks.returns.rows import BlockReader, Sheet
from townworks.schema.grids import Grid
from townworks.schema.messages import message


@dataclass(frozen=True)
class Reading:
    """What was read of some files: tables of `schema.returns`, and whose each file is."""

    entries: pl.DataFrame
    findings: pl.DataFrame
    towns: dict[str, str]
    quarters: dict[str, str]


def read_returns(files: Iterable[Sequence[Grid]], context: Context) -> Reading:
    """Read the sheets of files. Nothing is dropped silently: what is not read is a finding.

    Hidden sheets are passed over, and said to be; so are sheets without a table and columns that no
    form has. A value that is none (text, an impossible day) is an entry without a value and a
    finding.
    """
    collected = Collected()
    towns: dict[str, str] = {}
    quarters: dict[str, str] = {}
    for grids in files:
        if grids:
            _read_file(grids, context, collected, towns, quarters)
    entries, findings = collected.tables()
    return Reading(entries, findings, towns, quarters)


def _read_file(
    grids: Sequence[Grid],
    context: Context,
    collected: Collected,
    towns: dict[str, str],
    quarters: dict[str, str],
) -> None:
    name = grids[0].file
    seen = [grid for grid in grids if not grid.hidden]
    texts = [text for grid in seen for text in titles(grid)] + [name]
    town = context.town_id or find_town(texts, context.towns)
    said = find_quarter([name, *texts])
    quarter = context.quarter or (said.quarter if said else "")
    towns[name], quarters[name] = town, quarter
    for grid in grids:
        if grid.hidden:
            _note(collected, grid, "hidden_sheet", town, quarter)
        else:
            _read_sheet(grid, context, collected, (town, quarter))


def _read_sheet(grid: Grid, context: Context, collected: Collected, known: tuple[str, str]) -> None:
    town, quarter = known
    blocks = find_blocks(grid, context.remembered.get(town, {}))
    if not blocks:
        guides = {message("templates.guide", language) for language in ("en", "zh")}
        filled = any(cell is not None for row in grid.rows for cell in row)
        if filled and grid.sheet not in guides:
            _note(collected, grid, "no_table", town, quarter)
        return
    title = find_quarter(titles(grid, blocks[0].top))
    own = Period(context.quarter) if context.quarter else None
    period = title or own or (Period(quarter) if quarter else None)
    sheet = Sheet(grid, town, period, context.towns)
    above = 0
    for block in blocks:
        BlockReader(sheet, block, above, collected).read()
        above = block.end if block.form != WIDE else block.first
    _whose(collected, grid, blocks, sheet)


def _whose(collected: Collected, grid: Grid, blocks: Sequence[Block], sheet: Sheet) -> None:
    """Say once a sheet that nobody knows whose it is, or of when, where no column says so."""
    columns = {column.key for block in blocks for column in block.columns.values()}
    forms = {block.form for block in blocks}
    if (
        not sheet.town_id
        and "town" not in columns
        and forms - {"enterprise", "town", "application"}
    ):
        _note(collected, grid, "town_unknown", "", "", severity="error", text=grid.file)
    timed = forms & {"investment", "figure", WIDE}
    if sheet.period is None and "quarter" not in columns and timed:
        _note(collected, grid, "quarter_unknown", sheet.town_id, "", severity="error")


def _note(
    collected: Collected, grid: Grid, key: str, town: str, quarter: str, **values: str
) -> None:
    owner = Owner("", 0, town or None, quarter or None, "")
    severity = values.pop("severity", "note")
    said = {**values, "_severity": severity, "_cell": ""}
    collected.doubt(Place(grid, 0, 0), owner, "", key, said)
