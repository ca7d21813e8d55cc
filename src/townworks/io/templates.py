"""Templates of returns: the forms as workbooks or CSV files that people fill in.

Headings, units, code lists and examples come from `schema.forms` and the catalogue. What is filled
in is read again without a doubt; the example row begins with a note, which the reader passes over.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path

import polars as pl

from townworks.errors import RequestError
from townworks.io.drafts import Draft
from townworks.io.template_forms import OF_ONE, FormSheet, form_sheet, heading
from townworks.io.template_sheets import write_workbook
from townworks.io.writers import encode_csv
from townworks.schema.forms import Form, forms
from townworks.schema.grids import Cell
from townworks.schema.messages import message


def write_template(
    form_ids: Sequence[str],
    language: str,
    path: Path,
    prefilled: Mapping[str, pl.DataFrame] | None = None,
) -> tuple[Path, ...]:
    """Write forms as one .xlsx, or as .csv (several: a file each, `name-form.csv`).

    prefilled: by form, tables whose columns are its fields, amounts in the register's unit (of a
    figure: of its metric), words by their keys. Where a form of a quarter is among them, the
    workbook is the return of one town: town and quarter then stand once above the tables, unless
    `prefilled` names several. Every metric has a row in the form of figures. Returns the files.

    Raises `RequestError` for an unknown form, language or suffix, `OutputError` when writing fails.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "projects.csv")
    ...     written = write_template(["project"], "en", path)
    ...     print(path.read_text("utf-8-sig").splitlines()[0])
    No.,Town*,Project*,Builder's credit code,In the town's industry,Began on*,Ends on
    """
    known = [_known(form_id) for form_id in form_ids]
    if not known:
        raise RequestError("No form is named", f"Name some of {', '.join(forms())}.")
    given = dict(prefilled or {})
    if path.suffix.lower() == ".csv":
        sheets = [form_sheet(form, language, given.get(form.id), above=()) for form in known]
        return tuple(_write_csv(sheet, language, path, len(sheets)) for sheet in sheets)
    if path.suffix.lower() != ".xlsx":
        raise RequestError(f"{path} is no .xlsx and no .csv", "Name a file of either kind.")
    above = OF_ONE if _is_of_one(known, given) else ()
    sheets = [form_sheet(form, language, given.get(form.id), above=above) for form in known]
    draft = Draft(path)
    with draft.guarded():
        draft.file.write(write_workbook(sheets, language))
    draft.publish()
    return (path,)


def _known(form_id: str) -> Form:
    if form_id not in forms():
        raise RequestError(f"There is no form '{form_id}'", f"Name some of {', '.join(forms())}.")
    return forms()[form_id]


def _is_of_one(known: Sequence[Form], prefilled: Mapping[str, pl.DataFrame]) -> bool:
    """Whether a workbook is the return of one town for one quarter."""
    values: dict[str, set[object]] = {name: set() for name in OF_ONE}
    for frame in prefilled.values():
        for name in OF_ONE:
            values[name] |= set(frame[name].drop_nulls()) if name in frame.columns else set()
    quarterly = any("quarter" in form.key for form in known)
    return quarterly and all(len(found) <= 1 for found in values.values())


def _write_csv(sheet: FormSheet, language: str, path: Path, files: int) -> Path:
    place = path if files == 1 else path.with_name(f"{path.stem}-{sheet.form.id}{path.suffix}")
    marks: list[str | None] = [
        message("templates.example", language),
        *map(str, range(1, len(sheet.rows) + 1)),
    ]
    table: dict[str, list[str | None]] = {message("templates.number", language): marks}
    for field in sheet.columns:
        cells = [row[field.key] for row in (sheet.example, *sheet.rows)]
        table[heading(field, language)] = [_text(cell) for cell in cells]
    draft = Draft(place)
    with draft.guarded():
        draft.file.write(encode_csv(pl.DataFrame(table, schema=dict.fromkeys(table, pl.String))))
    draft.publish()
    return place


def _text(cell: Cell) -> str | None:
    if isinstance(cell, Decimal):
        return format(cell, "f")
    return None if cell is None else str(cell)
