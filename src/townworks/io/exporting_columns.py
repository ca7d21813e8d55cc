"""Columns of an export: their types, and their values as texts that lose nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from townworks.errors import TownworksError
from townworks.schema.messages import message

CRS = "OGC:CRS84"
"""Datum and axes of every geometry: WGS 84, longitude before latitude (RFC 7946)."""
ARMED = r"^\s*[=+\-@＝＋－＠]|^[\t\r\n']"
"""Texts that a spreadsheet might run, and those that begin with the mark that keeps it from it."""
MARK = "'"
TEXTS = (pl.String, pl.Enum, pl.Categorical)
GEOMETRIES = {"geojson": "geojson", "geometry": "geojson", "wkt": "wkt"}
"""Columns that hold geometry, and how it is written."""
_PLAIN: Mapping[str, Any] = {
    each.__name__: each
    for each in (
        *(pl.String, pl.Categorical, pl.Boolean, pl.Date, pl.Time, pl.Null),
        *(pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32, pl.UInt64),
        *(pl.Float32, pl.Float64),
    )
}
_INSTANT = "%Y-%m-%dT%H:%M:%S%.f"
_CLOCK = "%H:%M:%S%.f"


class ExportError(TownworksError, ValueError):
    """An export that cannot be written or read, and why.

    >>> print(ExportError("out", "kind", kind="pdf", kinds="csv, xlsx"))
    out: There is no kind 'pdf'. Use one of csv, xlsx.
    """

    def __init__(self, where: object, key: str, **values: object) -> None:
        """Take the file or folder, a key of `templates.toml` under `export`, and its values."""
        self.where, self.key, self.values = where, key, values
        super().__init__(f"{where}: {self.say('en')}")

    def say(self, language: str) -> str:
        """Reason in a language, without the place."""
        return message(f"templates.export.{self.key}", language, **self.values)


@dataclass(frozen=True)
class Column:
    """A column with its type. blank: what an empty cell of a workbook is, "null" or "text".

    escaped: an apostrophe before a text is no part of it.
    """

    name: str
    dtype: pl.DataType
    blank: str = "null"
    escaped: bool = False

    @property
    def is_text(self) -> bool:
        """Whether its values are texts as they stand."""
        return isinstance(self.dtype, TEXTS)

    def told(self) -> dict[str, Any]:
        """Describe it as a field of a Frictionless table schema, with what is ours beside."""
        own: dict[str, Any] = {"dtype": type(self.dtype).__name__, "args": list(_args(self.dtype))}
        own |= {"blank": self.blank, "escaped": self.escaped}
        kind = GEOMETRIES.get(self.name) if self.is_text else None
        if kind:
            own["crs"] = CRS
        wkt = {"format": "wkt"} if kind == "wkt" else {}
        told = "geojson" if kind == "geojson" else _frictionless(self.dtype)
        return {"name": self.name, "type": told, **wkt, "townworks": own}

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> "Column":
        """Take its description; raises `KeyError` or `TypeError` where it is none."""
        own = told["townworks"]
        dtype = _dtype(own["dtype"], own["args"])
        return cls(told["name"], dtype, own["blank"], own["escaped"] is True)


def _args(dtype: pl.DataType) -> Sequence[Any]:
    if isinstance(dtype, pl.Enum):
        return dtype.categories.to_list()
    if isinstance(dtype, pl.Decimal):
        return (dtype.precision, dtype.scale)
    return (dtype.time_unit, dtype.time_zone) if isinstance(dtype, pl.Datetime) else ()


def _dtype(name: str, args: Sequence[Any]) -> pl.DataType:
    if name == "Enum":
        return pl.Enum(list(args))
    if name == "Decimal":
        return pl.Decimal(*args)
    found: pl.DataType = pl.Datetime(*args) if name == "Datetime" else _PLAIN[name]()
    return found


def _frictionless(dtype: pl.DataType) -> str:
    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "number"
    plain = {"Boolean": "boolean", "Date": "date", "Time": "time", "Datetime": "datetime"}
    return plain.get(type(dtype).__name__, "any" if dtype == pl.Null else "string")


def columns_of(table: str, frame: pl.DataFrame) -> list[Column]:
    """Columns of a table; raises `ExportError` for a type or a heading that no export holds."""
    for name, dtype in frame.schema.items():
        known = isinstance(dtype, pl.Enum | pl.Decimal | pl.Datetime)
        if not known and type(dtype).__name__ not in _PLAIN:
            raise ExportError(table, "column_type", column=name, type=dtype)
        odd = pl.Series([name]).str.contains(r"^$|\p{C}|" + ARMED)[0]
        if odd:
            raise ExportError(table, "column_name", column=name)
    return [Column(name, dtype) for name, dtype in frame.schema.items()]


def texts(frame: pl.DataFrame, columns: Sequence[Column]) -> pl.DataFrame:
    """Write every value as text; what is null stays null.

    Decimals with all their digits, days and moments in ISO 8601 (those of a zone in UTC), floats
    with the digits that they need.

    >>> frame = pl.DataFrame({"yes": [True, None], "share": [0.1, float("inf")]})
    >>> texts(frame, columns_of("a", frame)).rows()
    [('true', '0.1'), (None, 'inf')]
    """
    return frame.select(_shown(column) for column in columns)


def _shown(column: Column) -> pl.Expr:
    values = pl.col(column.name)
    if isinstance(column.dtype, pl.Datetime):
        if column.dtype.time_zone:
            return values.dt.convert_time_zone("UTC").dt.strftime(_INSTANT + "Z")
        return values.dt.strftime(_INSTANT)
    if column.dtype == pl.Time:
        return values.dt.strftime(_CLOCK)
    return values.cast(pl.String)


def typed(frame: pl.DataFrame, columns: Sequence[Column]) -> pl.DataFrame:
    """Turn a table of texts into values of the columns' types: the reverse of `texts`."""
    return frame.select(_typed(column) for column in columns)


def _typed(column: Column) -> pl.Expr:
    values, dtype = pl.col(column.name), column.dtype
    if column.escaped:
        values = values.str.strip_prefix(MARK)
    if isinstance(dtype, pl.Datetime):
        end = "Z" if dtype.time_zone else ""
        found = values.str.to_datetime(_INSTANT + end, time_unit=dtype.time_unit)
        return _in_zone(found, dtype.time_zone) if dtype.time_zone else found
    if dtype == pl.Time:
        return values.str.to_time(_CLOCK)
    if dtype == pl.Date:
        return values.str.to_date("%Y-%m-%d")
    return values == "true" if dtype == pl.Boolean else values.cast(dtype)


def _in_zone(values: pl.Expr, zone: str) -> pl.Expr:
    return values.dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
