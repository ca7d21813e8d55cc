"""Sheets of a workbook as they stand: cells in rows, with the address that people know them by."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

Cell = str | Decimal | date | datetime | bool | None
"""Value of a cell; None: empty. Numbers are the shortest decimal that a float stands for."""
LETTERS = 26


@dataclass(frozen=True)
class Merge:
    """A block of merged cells, counted from 0, both ends included; its value is the top left."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True)
class Grid:
    """One sheet of a file. rows: from the sheet's first row on, each as wide as the widest.

    file: its name without folders. sheet: "" where a file has none (CSV). hidden: people do not
    see it.
    """

    file: str
    sheet: str
    rows: tuple[tuple[Cell, ...], ...]
    merges: tuple[Merge, ...] = field(default=())
    hidden: bool = False


def address(row: int, column: int) -> str:
    """Address of a cell counted from 0.

    >>> address(6, 2), address(0, 26), address(9, 701), address(9, 702)
    ('C7', 'AA1', 'ZZ10', 'AAA10')
    """
    letters, rest = "", column + 1
    while rest:
        rest, digit = divmod(rest - 1, LETTERS)
        letters = chr(ord("A") + digit) + letters
    return f"{letters}{row + 1}"


def row_of(cell: str) -> int:
    """Row of an address, counted from 1.

    >>> row_of("AA10")
    10
    """
    return int(cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
