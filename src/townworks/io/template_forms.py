"""What a template of a form holds: headings, an example, the rows that are known already."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl

from townworks.errors import RequestError
from townworks.schema.forms import Field, Form, metrics, words
from townworks.schema.grids import Cell
from townworks.schema.messages import message

OF_ONE = ("town", "quarter")
"""Fields that stand once above the table where a workbook is the return of one town."""
POWERS = {"万元": 4, "亿元": 8, "万人次": 4}
"""Units of templates that are a power of ten of the register's; the others are the same."""
AMOUNTS = ("money", "number")
EXAMPLES = {
    "planned_total_cny": "20000",
    "amount_cny": "1250.5",
    "year_to_date_cny": "2300.5",
    "total_to_date_cny": "8600",
    "housing_cny": "0",
}
"""Amounts of the example that belong together; every other one is 12."""
LISTS = ("word", "flag", "metric")
"""Types whose values are chosen from a list."""


@dataclass(frozen=True)
class FormSheet:
    """One form to fill in. head: fields above the table; columns: those in it; rows: as shown.

    metrics: the figure of each row, "" where a row is of none.
    """

    form: Form
    head: Mapping[str, Cell]
    columns: tuple[Field, ...]
    example: Mapping[str, Cell]
    rows: tuple[Mapping[str, Cell], ...]
    metrics: tuple[str, ...]


def heading(field: Field, language: str) -> str:
    """Heading of a column: label, unit and a mark where it is required.

    >>> from townworks.schema.forms import forms
    >>> heading(forms()["investment"].fields["amount_cny"], "zh")
    '本季完成投资（万元）'
    """
    label = field.label[language]
    if field.usual:
        label = message(
            "templates.heading", language, label=label, unit=unit_name(field.usual, language)
        )
    return label + ("*" if field.required else "")


def unit_name(usual: str, language: str) -> str:
    """Name of a unit of templates, as the reader of returns knows it.

    >>> unit_name("万元", "en")
    'CNY 10,000'
    """
    return message(f"templates.unit.{usual}", language)


def form_sheet(
    form: Form, language: str, given: pl.DataFrame | None, above: Sequence[str]
) -> FormSheet:
    """Sheet of a form. given: rows known already, raw; above: fields that stand over the table.

    Raises `RequestError` where `given` has a column that is no field of the form.
    """
    is_of_metrics = "metric" in form.fields
    columns = tuple(
        field
        for field in form.fields.values()
        if field.key not in above and (field.key != "unit" or is_of_metrics)
    )
    raw = [] if given is None else _checked(form, given).to_dicts()
    head = {name: _first(raw, name) for name in above if name in form.fields}
    if form.id == "figure":
        raw = list(_every_metric(raw))
    rows = tuple(_row(columns, row, language) for row in raw)
    example = {field.key: _example(field, language) for field in columns}
    of = tuple(str(row.get("metric") or "") for row in raw)
    return FormSheet(form, head, columns, example, rows, of)


def _checked(form: Form, frame: pl.DataFrame) -> pl.DataFrame:
    strange = [name for name in frame.columns if name not in form.fields]
    if strange:
        problem = f"The form '{form.id}' has no field {', '.join(strange)}"
        raise RequestError(problem, f"Its fields are {', '.join(form.fields)}.")
    return frame


def _first(rows: Sequence[Mapping[str, Any]], name: str) -> Cell:
    return next((row[name] for row in rows if row.get(name) is not None), None)


def _every_metric(rows: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Rows that are given, then one for each figure that is not."""
    yield from rows
    named = {row.get("metric") for row in rows}
    whose = {name: _first(rows, name) for name in OF_ONE}
    yield from ({**whose, "metric": key} for key in metrics() if key not in named)


def _row(columns: Sequence[Field], row: Mapping[str, Any], language: str) -> Mapping[str, Cell]:
    metric = metrics().get(str(row.get("metric")))
    usual = metric.usual if metric else ""
    cells = {field.key: _cell(field, row.get(field.key), language, usual) for field in columns}
    if usual and "unit" in cells:
        cells["unit"] = unit_name(usual, language)
    return cells


def _cell(field: Field, value: object, language: str, usual: str) -> Cell:
    """Value as the template shows it: amounts in the usual unit, words by their label."""
    if value is None:
        return None
    if field.type in AMOUNTS:
        return _scaled(Decimal(str(value)), POWERS.get(field.usual or usual, 0))
    if field.type in ("word", "flag"):
        key = str(value).lower() if isinstance(value, bool) else str(value)
        return words()[key].label[language] if key in words() else key
    if field.type == "metric":
        return metrics()[str(value)].label[language] if value in metrics() else str(value)
    if field.type == "day" and isinstance(value, date):
        return value
    return str(value)


def _scaled(value: Decimal, power: int) -> Decimal:
    """Divide by a power of ten: only the exponent changes, no digit is lost.

    >>> _scaled(Decimal("12345678901234567890123456789012345.6"), 4)
    Decimal('1234567890123456789012345678901.23456')
    """
    sign, digits, exponent = value.as_tuple()
    return Decimal((sign, digits, int(exponent) - power))


def _example(field: Field, language: str) -> Cell:
    if field.type == "metric":
        return next(iter(metrics().values())).label[language]
    if field.key == "unit":
        return unit_name("万元", language)
    if field.type in ("word", "flag"):
        return words()[(field.words or ("true",))[0]].label[language]
    examples: dict[str, Cell] = {
        "money": Decimal(EXAMPLES.get(field.key, "12")),
        "number": Decimal(12),
        "day": date(2016, 4, 15),
        "year": "2016",
        "credit_code": message("templates.sample.credit_code", language),
    }
    if field.type in examples:
        return examples[field.type]
    return message(f"templates.sample.{field.key}", language)
