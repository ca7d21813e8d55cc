"""Cells of declared tables: text → the value that the column's declaration asks for."""

import math
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

import dataframely as dy


def cell_value(column: dy.Column, cell: str) -> object:
    """Value of a cell by its column's declaration; raises ValueError with what is allowed."""
    if not cell:
        if column.nullable:
            return None
        problem = f"is empty; {allowed(column)}"
        raise ValueError(problem)
    value = _READERS[type(column)](column, cell)
    if value is None:
        near = get_close_matches(cell, getattr(column, "categories", ()), n=1)
        hint = f"did you mean '{near[0]}'? " if near else ""
        problem = f"is '{cell}'; {hint}{allowed(column)}"
        raise ValueError(problem)
    return value


def _text(column: dy.Column, cell: str) -> str | None:
    pattern = getattr(column, "regex", None)
    return cell if pattern is None or re.search(pattern, cell) else None


def _word(column: dy.Column, cell: str) -> str | None:
    return cell if cell in getattr(column, "categories", ()) else None


def _day(_column: dy.Column, cell: str) -> date | None:
    try:
        return date.fromisoformat(cell) if re.fullmatch(r"\d{4}-\d\d-\d\d", cell) else None
    except ValueError:
        return None


def _amount(column: dy.Column, cell: str) -> Decimal | None:
    if not isinstance(column, dy.Decimal):
        return None
    whole = (column.precision or 38) - column.scale
    pattern = rf"-?\d{{1,{whole}}}(\.\d{{1,{column.scale}}})?"
    return Decimal(cell) if re.fullmatch(pattern, cell, re.ASCII) else None


def _number(column: dy.Column, cell: str) -> int | None:
    value = int(cell) if re.fullmatch(r"-?\d{1,9}", cell, re.ASCII) else None
    least = _least(column)
    return None if value is None or (least is not None and value < least) else value


def _least(column: dy.Column) -> int | None:
    """Smallest whole number that a column takes; None: any."""
    least: int | None = getattr(column, "min", None)
    return 0 if least is None and isinstance(column, dy.UInt32) else least


def _float(_column: dy.Column, cell: str) -> float | None:
    plain = re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", cell, re.ASCII)
    value = float(cell) if plain else math.inf
    return value if math.isfinite(value) else None


def _flag(_column: dy.Column, cell: str) -> bool | None:
    return {"true": True, "false": False}.get(cell)


_READERS: dict[type[dy.Column], Callable[[dy.Column, str], object]] = {
    dy.String: _text,
    dy.Enum: _word,
    dy.Date: _day,
    dy.Decimal: _amount,
    dy.Float64: _float,
    dy.Int32: _number,
    dy.UInt32: _number,
    dy.Bool: _flag,
}


def allowed(column: dy.Column) -> str:
    """What a column takes, in words."""
    if isinstance(column, dy.Enum):
        return f"use {', '.join(column.categories)}"
    if isinstance(column, dy.Decimal):
        return f"write a number such as 1250.5, with at most {column.scale} decimals"
    if isinstance(column, dy.Int32 | dy.UInt32):
        least = "" if _least(column) is None else f", {_least(column)} or more"
        return f"write a whole number{least}"
    words = {
        dy.Date: "write a day such as 2015-06-04",
        dy.Float64: "write a number such as 0.25",
        dy.Bool: "write true or false",
    }
    pattern = getattr(column, "regex", None)
    text = f"write a text of the form {pattern}" if pattern else "write a text"
    return words.get(type(column), text)
