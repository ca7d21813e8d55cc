"""Cells that hold a text, a code, a day or a word of a list."""

import re
import unicodedata
from typing import Any

from townworks.returns.collecting import shown
from townworks.returns.days import read_day, read_year
from townworks.returns.headings import metric_meaning, plain, unnumbered
from townworks.schema.forms import Field, words
from townworks.schema.grids import Cell


def tidy(text: str) -> str:
    """Write a name with single blanks, as it stands otherwise."""
    return " ".join(text.split())


def code(text: str) -> str:
    """Write a credit code in its plain form; "" where the cell is empty.

    >>> code("９１３３ 0100 ma27 x")
    '91330100MA27X'
    """
    return re.sub(r"[\s\-'‘’]", "", unicodedata.normalize("NFKC", text)).upper()


def read_word(field: Field, cell: Cell) -> tuple[str | None, dict[str, Any]]:
    """Text of a cell by its field's type (None: it has none), and what is wrong with it."""
    text = shown(cell)
    reader = _READERS.get(field.type)
    return reader(field, cell, text) if reader else (tidy(text), {})


def _day(_: Field, cell: Cell, text: str) -> tuple[str | None, dict[str, Any]]:
    found = read_day(cell)
    if found.fault:
        return None, {"key": "no_day", "text": text[:60]}
    return (found.day.isoformat() if found.day else None), {}


def _code(_: Field, __: Cell, text: str) -> tuple[str | None, dict[str, Any]]:
    return code(text), {}


def _year(_: Field, cell: Cell, text: str) -> tuple[str | None, dict[str, Any]]:
    found = read_year(cell)
    return (str(found), {}) if found else (None, {"key": "no_day", "text": text[:60]})


def _metric(_: Field, __: Cell, text: str) -> tuple[str | None, dict[str, Any]]:
    hit = metric_meaning(unnumbered(text))
    return (hit.key, {}) if hit else (None, {"key": "no_metric", "text": text[:60]})


def _listed(field: Field, _: Cell, text: str) -> tuple[str | None, dict[str, Any]]:
    allowed = field.words or ("true", "false")
    for key in allowed:
        if plain(text) in {plain(name) or name for name in words()[key].names} or text == key:
            return key, {}
    labels = "、".join(words()[key].label["zh"] for key in allowed)
    return None, {"key": "no_word", "text": text[:60], "allowed": labels}


_READERS = {
    "day": _day,
    "credit_code": _code,
    "year": _year,
    "metric": _metric,
    "word": _listed,
    "flag": _listed,
}
