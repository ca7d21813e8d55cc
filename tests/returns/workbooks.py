"""Write the quarterly returns of 79 made-up towns, and say what is true and what is wrong in them.

`python -m tests.returns.workbooks FOLDER` writes them for a look.
"""

import csv
import io
import sys
from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import xlsxwriter  # type: ignore[import-untyped]

from tests.returns import truth
from tests.returns.faults import Fault, plant
from tests.returns.layouts import LAYOUTS, MONEY, Line, Return, Shown, lines_of, make_return
from tests.returns.truth import Row, quarter_zh
from tests.returns.wording import heading, metric_name, plain, unit_suffix, written
from townworks.schema.grids import address

CREATED = datetime(2016, 7, 11, 9, 30)  # noqa: DTZ001  a workbook's clock has no zone
TITLES = {"investment": "一、项目投资", "figure": "二、小镇指标", "admission": "三、入驻企业"}
Cell = tuple[str, str, str]
"""File, sheet and address."""


@dataclass
class Planted:
    """Returns that were written, what the register held before, and what is true.

    towns, history, presence, projects: rows that the register holds (see `truth`). truth: rows of
    the quarter. faults: what is wrong, a row each. clean_cells: cells that are right. related:
    cells that are right but stand beside a fault, so that pointing at them is no false alarm.
    layouts: file → name of its layout.
    """

    quarter: str
    towns: list[Row]
    history: list[Row]
    presence: list[Row]
    projects: list[Row]
    truth: list[Row]
    faults: list[Row] = field(default_factory=list)
    clean_cells: set[Cell] = field(default_factory=set)
    related: set[Cell] = field(default_factory=set)
    layouts: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """A sheet being drawn; cells by row and column from 0, places: where fields of lines stand."""

    name: str
    hidden: bool = False
    row: int = 0
    cells: dict[tuple[int, int], Shown] = field(default_factory=dict)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    places: dict[tuple[Line, str], tuple[int, int]] = field(default_factory=dict)

    def put(self, column: int, value: Shown, place: tuple[Line, str] | None = None) -> None:
        """Write into the current row."""
        if value is not None and value != "":
            self.cells[self.row, column] = value
            if place:
                self.places[place] = (self.row, column)


def make_returns(
    folder: Path, seed: int = 2016, quarter: str = "2016Q2", towns: list[Row] | None = None
) -> Planted:
    """Write a return of every town into the folder.

    towns: rows with town_id, name_zh, prefecture_zh, county_code and planned_area_km2 of the
    register, instead of 79 made-up ones.
    """
    cast = truth.given_towns(towns) if towns else truth.made_up_towns()
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(cast))
    layouts = {t.town_id: LAYOUTS[order[n] % len(LAYOUTS)] for n, t in enumerate(cast)}
    world = truth.make_world(cast, quarter, seed, {k: v.granule_cny for k, v in layouts.items()})
    returns = [make_return(world, t, layouts[t.town_id], rng) for t in cast]
    faults = plant(world, returns, rng)
    planted = _planted(world, faults)
    for ret in returns:
        pages = draw(ret, world)
        planted.layouts[ret.file] = ret.layout.name
        (folder / ret.file).write_bytes(_workbook(pages) if _is_xlsx(ret) else _csv(ret, pages))
        _locate(planted, ret, pages, faults)
    planted.clean_cells -= planted.related | {c[0] for f in planted.faults for c in f["cells"]}
    return planted


def answers(planted: Planted) -> dict[Cell, Decimal | str]:
    """What the towns reply about faults that nobody can correct without asking."""
    return {
        cell: true
        for fault in planted.faults
        if not fault["correctable"]
        for cell, true in fault["cells"]
    }


def _is_xlsx(ret: Return) -> bool:
    return ret.layout.kind == "xlsx"


def _planted(world: truth.World, faults: list[Fault]) -> Planted:
    planted = Planted(
        quarter=world.quarter,
        towns=[asdict(t) for t in world.towns],
        history=truth.history_rows(world),
        presence=truth.presence_rows(world),
        projects=truth.project_rows(world),
        truth=truth.truth_rows(world),
    )
    left_out = {(f.ret.town.town_id, f.line.true["metric"]) for f in faults if f.leaves_out}
    planted.truth = [t for t in planted.truth if (t["town_id"], t["field"]) not in left_out]
    return planted


def _locate(planted: Planted, ret: Return, pages: list[Page], faults: list[Fault]) -> None:
    """Note the cells of the return's faults, and which of its other cells are right."""
    cells: dict[tuple[Line, str], Cell] = {}
    for page in pages:
        for place, (row, column) in page.places.items():
            cells[place] = (ret.file, page.name, address(row, column))
    for fault in faults:
        if fault.ret is ret:
            planted.faults.append(_fault_row(fault, cells))
        planted.related |= {cells[p] for p in fault.beside if p in cells}
    planted.clean_cells |= {c for (line, name), c in cells.items() if name in DATA[line.form]}


DATA = {
    "investment": ("project", "enterprise", "credit_code", "starts_on", *MONEY),
    "figure": ("value", "year_to_date"),
    "admission": ("credit_code", "enterprise", "admitted_on"),
}
"""Fields whose cells are counted as data."""


def _fault_row(fault: Fault, cells: dict[tuple[Line, str], Cell]) -> Row:
    line, name = fault.places[0]
    file, sheet, cell = cells[line, name]
    figure = line.form == "figure"
    trues = [None if x.extra or fault.leaves_out else _plain(x.true[n]) for x, n in fault.places]
    return {
        "kind": fault.kind,
        "file": file,
        "sheet": sheet,
        "cell": cell,
        "town_id": fault.ret.town.town_id,
        "form": line.form,
        "subject": line.subject,
        "field": line.true["metric"] if figure else name,
        "column": name,
        "written": str(written(fault.ret, line, name)),
        "true": trues[0],
        "correctable": fault.correctable,
        "cells": [(cells[p], true) for p, true in zip(fault.places, trues, strict=True)],
    }


def _plain(value: Shown) -> Decimal | str | None:
    if isinstance(value, Decimal):
        return plain(value)
    return None if value is None else str(value)


def draw(ret: Return, world: truth.World) -> list[Page]:
    """Draw every sheet of a return."""
    pages = []
    for name, parts in ret.layout.sheets:
        page = Page(name)
        _head(page, ret, parts)
        for number, form in enumerate(parts):
            if len(parts) > 1:
                page.row += number
                page.put(0, TITLES[form])
                page.row += 1
            _wide(page, ret) if "wide" in ret.layout.options and form == "figure" else _table(
                page, ret, form
            )
        if "footer" in ret.layout.options:
            page.row += 1
            for column, text in ((0, "填报人：王某"), (2, "联系电话：0571-87000000")):
                page.put(column, text)
        pages.append(page)
    if "hidden" in ret.layout.options:
        pages.append(_last_year(ret, world))
    return pages


def _head(page: Page, ret: Return, parts: tuple[str, ...]) -> None:
    """Title, name of the town and unit above the tables."""
    layout, width = ret.layout, len(ret.layout.columns(parts[0]))
    name = ret.town.name_zh
    if layout.town_at == "title" or "title" in layout.options:
        shown = name if layout.town_at == "title" else ""
        page.put(0, f"{shown}{quarter_zh(ret.quarter)}统计报表")
        page.merges.append((page.row, 0, page.row, width - 1))
        page.row += 1
    if layout.town_at == "cell":
        page.put(0, f"填报单位：{name}")
        page.put(3, f"报告期：{quarter_zh(ret.quarter)}")
        page.row += 1
    if layout.unit_at == "note":
        side = "side_note" in layout.options
        text = f"注：金额单位为{layout.unit}" if side else f"单位：{layout.unit}"
        page.row += 0 if side else 1
        page.put(width + 1 if side else width - 1, text)
        page.row += 1


def _table(page: Page, ret: Return, form: str) -> None:
    """Headings, lines and totals of a form."""
    columns = ret.layout.columns(form)
    two = "two_rows" in ret.layout.options and form == "investment"
    (_two_headings if two else _headings)(page, ret, form)
    number = 0
    for line in _with_totals(ret) if form == "investment" else ret.lines[form]:
        if line.extent != "total":
            number += 1
            if "number" in columns:
                page.put(columns.index("number"), Decimal(number))
        _line(page, ret, line, columns)


def _with_totals(ret: Return) -> list[Line]:
    """Projects with the totals where they stand: of featured ones, of others, of all."""
    lines = ret.lines["investment"]
    if ret.layout.totals != "subtotals" or not ret.totals:
        return lines + ret.totals
    featured = [x for x in lines if x.shown["featured"]]
    others = [x for x in lines if not x.shown["featured"]]
    return [*featured, ret.totals[0], *others, *ret.totals[1:]]


def _headings(page: Page, ret: Return, form: str) -> None:
    for column, name in enumerate(ret.layout.columns(form)):
        page.put(column, heading(ret.layout, form, name))
    page.row += 1


def _two_headings(page: Page, ret: Return, form: str) -> None:
    """Headings in two merged rows: 完成投资 over the quarter, the year and the housing in it."""
    columns = ret.layout.columns(form)
    under = {"amount_cny": "本季", "year_to_date_cny": "本年累计", "housing_cny": HOUSING}
    first = columns.index("amount_cny")
    page.put(first, "完成投资" + unit_suffix(ret.layout, ret.layout.unit))
    page.merges.append((page.row, first, page.row, first + 2))
    for column, name in enumerate(columns):
        if name not in under:
            page.put(column, heading(ret.layout, form, name))
            page.merges.append((page.row, column, page.row + 1, column))
    page.row += 1
    for column, name in enumerate(columns):
        if name in under:
            page.put(column, under[name])
    page.row += 1


HOUSING = "其中：住宅和商业综合体"


def _line(page: Page, ret: Return, line: Line, columns: list[str]) -> None:
    for column, name in enumerate(columns):
        if name != "number":
            page.put(column, written(ret, line, name), (line, name))
    page.row += 1


def _wide(page: Page, ret: Return) -> None:
    """Figures side by side: a column each, one row."""
    lines = ret.lines["figure"]
    page.put(0, "特色小镇名称")
    for column, line in enumerate(lines, 1):
        name = metric_name(ret.layout, str(line.true["metric"]))
        page.put(column, name + unit_suffix(ret.layout, ret.unit_of(line)))
    page.row += 1
    page.put(0, ret.town.name_zh)
    for column, line in enumerate(lines, 1):
        page.put(column, written(ret, line, "value"), (line, "value"))
    page.row += 1


def _last_year(ret: Return, world: truth.World) -> Page:
    """Draw a hidden sheet with the same quarter of the year before: not this quarter's figures."""
    before = f"{int(ret.quarter[:4]) - 1}{ret.quarter[4:]}"
    old = Return(
        ret.town,
        ret.layout,
        before,
        ret.file,
        ret.days,
        follows=False,
        lines=lines_of(world, ret.town, before),
        totals=[],
    )
    page = Page(f"{quarter_zh(before)}指标", hidden=True)
    _head(page, old, ("figure",))
    _table(page, old, "figure")
    page.places.clear()
    return page


def _workbook(pages: list[Page]) -> bytes:
    """Write sheets as XLSX."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": CREATED})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    middle = book.add_format({"align": "center", "valign": "vcenter"})
    for page in pages:
        sheet = book.add_worksheet(page.name)
        for top, left, bottom, right in page.merges:
            sheet.merge_range(top, left, bottom, right, "", middle)
        for (row, column), value in page.cells.items():
            if isinstance(value, Decimal):
                sheet.write_number(row, column, float(value))
            elif isinstance(value, date):
                sheet.write_datetime(row, column, value, day)
            else:
                sheet.write_string(row, column, str(value))
        if page.hidden:
            sheet.hide()
    book.close()
    return buffer.getvalue()


def _csv(ret: Return, pages: list[Page]) -> bytes:
    """Write the one sheet as CSV in the layout's encoding."""
    page = pages[0]
    width = 1 + max(column for _, column in page.cells)
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in range(1 + max(row for row, _ in page.cells)):
        values = [page.cells.get((row, column)) for column in range(width)]
        writer.writerow(["" if v is None else str(v) for v in values])
    return buffer.getvalue().encode(ret.layout.kind)


def main(folder: Path) -> None:
    """Write the returns and say how many faults there are of each kind."""
    folder.mkdir(parents=True, exist_ok=True)
    planted = make_returns(folder)
    kinds = Counter(fault["kind"] for fault in planted.faults)
    lines = [f"{len(planted.layouts)} files, {len(planted.clean_cells)} clean cells"]
    lines += [f"{number:4} {kind}" for kind, number in sorted(kinds.items())]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
