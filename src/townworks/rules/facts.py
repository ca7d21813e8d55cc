"""What is known of the subjects: typed columns, and the same values as people read them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

import polars as pl

from townworks.rules.book import AS_OF, Input
from townworks.rules.wording import fact_words
from townworks.schema.messages import LANGUAGES
from townworks.schema.units import CURRENCIES

SUBJECT_ID = "subject_id"
SCALES = {**dict.fromkeys(CURRENCIES, 2), "share": 9}
"""Decimals that an input of a unit may have; six for all others."""
TYPES: dict[str, pl.DataType | type[pl.DataType]] = {
    "boolean": pl.Boolean,
    "date": pl.Date,
    "text": pl.String,
}


def input_type(entry: Input) -> pl.DataType | type[pl.DataType]:
    """Return the column type of an input; numbers are exact decimals.

    >>> input_type(Input("rent", "enterprise", "number", "cny", {}, ()))
    Decimal(precision=38, scale=2)
    """
    if entry.type != "number":
        return TYPES[entry.type]
    return pl.Decimal(38, SCALES.get(entry.unit, 6))


@dataclass(frozen=True)
class Subjects:
    """Subjects with a column for each input that rules may ask for; null: not known."""

    frame: pl.DataFrame
    inputs: Mapping[str, Input]

    @classmethod
    def of(cls, frame: pl.DataFrame, inputs: Mapping[str, Input]) -> "Subjects":
        """Take a frame with `subject_id` and any of the inputs; the others are not known.

        Columns that are no input are left out; what is known of nobody takes no memory. Values must
        have the type of the input, or one that casts to it without loss.

        >>> rent = {"rent": Input("rent", "enterprise", "number", "cny", {}, ())}
        >>> nobody = Subjects.of(pl.DataFrame({"subject_id": ["a"], "x": [1]}), rent)
        >>> nobody.frame.columns, nobody.distinct(["rent"], date(2018, 6, 1)).rows()
        (['subject_id'], [(None, datetime.date(2018, 6, 1))])
        """
        columns = [
            pl.col(name).cast(input_type(entry))
            for name, entry in inputs.items()
            if name in frame.columns
        ]
        return cls(frame.select(pl.col(SUBJECT_ID).cast(pl.String), *columns), inputs)

    def distinct(self, names: Iterable[str], as_of: date) -> pl.DataFrame:
        """Distinct combinations of some inputs, with `as_of`; one row where none is known."""
        wanted = list(names)
        known = self.known(wanted)
        found = self.frame.select(known).unique() if known else pl.DataFrame({AS_OF: [as_of]})
        others = [self.unknown(name) for name in wanted if name not in known]
        return found.with_columns(*others).select(*wanted, pl.lit(as_of).alias(AS_OF))

    def known(self, names: Iterable[str]) -> list[str]:
        """Inputs among names of which something is known."""
        return [name for name in names if name in self.frame.columns]

    def unknown(self, name: str) -> pl.Expr:
        """Column of an input of which nothing is known."""
        return pl.lit(None).cast(input_type(self.inputs[name])).alias(name)

    def values(self, name: str) -> pl.Series:
        """Distinct values of an input; one null where nothing is known of it."""
        if name in self.frame.columns:
            return self.frame.get_column(name).unique()
        return pl.Series(name, [None], dtype=input_type(self.inputs[name]))

    def words(self, name: str) -> pl.DataFrame:
        """Distinct values of an input with their words: columns name, en and zh."""
        return self._words[name]

    @cached_property
    def _words(self) -> "_Words":
        return _Words(self)


class _Words(dict[str, pl.DataFrame]):
    """Words of the values of each input, made when first asked for."""

    def __init__(self, subjects: Subjects) -> None:
        super().__init__()
        self.subjects = subjects

    def __missing__(self, name: str) -> pl.DataFrame:
        entry = self.subjects.inputs[name]
        self[name] = (
            self.subjects.values(name)
            .to_frame()
            .with_columns(
                fact_words(entry, language).alias(f"{name}:{language}") for language in LANGUAGES
            )
        )
        return self[name]


def json_column(name: str, entry: Input) -> pl.Expr:
    """Write a column of an input as JSON values, as `value_json` does.

    >>> area = Input("a", "enterprise", "number", "m2", {}, ())
    >>> frame = pl.DataFrame({"a": [Decimal("7.50"), None]}, schema={"a": pl.Decimal(38, 6)})
    >>> frame.select(json_column("a", area)).to_series().to_list()
    ['7.5', 'null']
    """
    column = pl.col(name)
    text = column.cast(pl.String)
    if entry.type == "number":
        text = text.str.strip_chars_end("0").str.strip_chars_end(".")
    elif entry.type == "date":
        text = pl.concat_str(pl.lit('"'), text, pl.lit('"'))
    elif entry.type == "text":
        escaped = text.str.replace_all("\\", "\\\\", literal=True)
        escaped = escaped.str.replace_all('"', '\\"', literal=True)
        text = pl.concat_str(pl.lit('"'), escaped, pl.lit('"'))
    return text.fill_null("null")


def value_json(value: object) -> str:
    """Write a value as JSON; decimals keep their digits, without idle zeros.

    >>> value_json(Decimal("0.700")), value_json(date(2015, 6, 4)), value_json(None)
    ('0.7', '"2015-06-04"', 'null')
    """
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, Decimal):
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    return '"' + str(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
