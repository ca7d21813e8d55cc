"""Dated parameters: values by date, with unit and source, without gap or overlap."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from townworks.errors import DefinitionsError
from townworks.rules.book import Parameter, Scalar, Value
from townworks.rules.expressions import Kind
from townworks.schema.reading import Table
from townworks.schema.units import dimension

LIMIT = Decimal(10) ** 18
"""Numbers of a rule book stay below this: a product of two still has exact digits."""


def read_parameter(name: str, table: Table, source: str) -> Parameter:
    """Read ``[parameters.name]``; values without a source of their own take the scheme's."""
    table.only("title", "unit", "values", "note")
    unit = table.text("unit")
    if unit not in {"date", "text"}:
        try:
            dimension(unit or "count")
        except ValueError as error:
            table.fault("unit", str(error))
    rows = table.rows("values")
    if not rows:
        table.fault("values", "is missing; write [{ from = 2015-06-04, value = 3 }]")
    values = [value for row in rows if (value := _value(row, unit, source))]
    return Parameter(name, table.words("title"), unit, _dated(values, table))


def parameter_kind(parameter: Parameter) -> Kind:
    """Kind of a parameter in expressions."""
    if parameter.unit == "date":
        return Kind("date")
    if parameter.unit == "text":
        listed = bool(parameter.values) and isinstance(parameter.values[0].value, tuple)
        return Kind("text", listed=listed)
    try:
        return Kind("number", dimension(parameter.unit))
    except ValueError:  # a fault already kept
        return Kind("number")


def values_on(
    parameters: Mapping[str, Parameter], names: tuple[str, ...], day: date, where: tuple[str, str]
) -> dict[str, Value]:
    """Return the values in force of the parameters among `names`.

    where: file and key of the rule, for the error. Raises `DefinitionsError` that lists every
    parameter without a value on the day, and the days it has.
    """
    found = {name: parameters[name].on(day) for name in names if name in parameters}
    missing = [name for name, value in found.items() if value is None]
    if missing:
        faults = (
            f"parameter {name} has no value on {day}; it has {_spans(parameters[name])}"
            for name in missing
        )
        raise DefinitionsError((*where, fault) for fault in faults)
    return {name: value for name, value in found.items() if value is not None}


def _value(row: Table, unit: str, source: str) -> Value | None:
    row.only("from", "to", "value", "source")
    first, last = row.day("from"), row.day("to")
    if first is None:
        row.fault("from", "is missing; write the first day it holds: from = 2015-06-04")
        return None
    if last is not None and last < first:
        row.fault("to", f"is {last}, before from = {first}")
    found = _scalar(row.content.get("value"), unit)
    if found is None:
        row.fault("value", f"is {row.content.get('value')!r}, which is no value in '{unit}'")
        return None
    return Value(first, last, found, row.text("source", source))


def _scalar(found: object, unit: str) -> Scalar | tuple[str, ...] | None:
    if unit == "date":
        return found if type(found) is date else None
    if unit == "text":
        if isinstance(found, list) and found and all(isinstance(item, str) for item in found):
            return tuple(found)
        return found if isinstance(found, str) else None
    if isinstance(found, bool) or not isinstance(found, int | Decimal):
        return None
    number = Decimal(found)
    return number if number.is_finite() and abs(number) < LIMIT else None


def _dated(values: list[Value], table: Table) -> tuple[Value, ...]:
    """Put values in order; what follows must begin the day after what ends."""
    ordered = sorted(values, key=lambda value: value.first)
    closed = []
    for value, after in pairwise(ordered):
        day_before = after.first - timedelta(days=1)
        if value.first == after.first:
            table.fault("values", f"has two values from {value.first}; keep one")
        elif value.last is not None and value.last < day_before:
            table.fault("values", f"has a gap: nothing from {value.last} to {after.first}")
        elif value.last is not None and value.last > day_before:
            table.fault("values", f"overlap: one until {value.last}, the next from {after.first}")
        closed.append(Value(value.first, value.last or day_before, value.value, value.source))
    return (*closed, *ordered[-1:])


def _spans(parameter: Parameter) -> str:
    spans = (f"from {v.first} to {v.last or 'further notice'}" for v in parameter.values)
    return "values " + ", ".join(spans)
