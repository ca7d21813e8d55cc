"""Forms: what can be brought in by file, with the headings and units that people use for it.

They are data (`definitions/returns/forms.toml`, `metrics.toml`): templates are written from them,
workbooks are read by them.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from townworks.schema.reading import Words

FOLDER = "returns"


@dataclass(frozen=True)
class Field:
    """One column of a form.

    type: text, credit_code, money, number, day, quarter, year, word, flag or metric. unit: as the
    register keeps it ("" for none). usual: unit of templates. basis: see `schema.returns.BASES`.
    """

    key: str
    type: str
    label: Words
    also: tuple[str, ...] = ()
    unit: str = ""
    usual: str = ""
    basis: str = "none"
    words: tuple[str, ...] = ()
    required: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Every heading it goes by: its labels first, then other names, then its key."""
        return (*self.label.values(), *self.also, self.key)


@dataclass(frozen=True)
class Form:
    """One table that can be brought in; key: fields that a record is known by."""

    id: str
    title: Words
    key: tuple[str, ...]
    fields: Mapping[str, Field]


@dataclass(frozen=True)
class Metric:
    """A figure that towns report; extent: "at" (the quarter's end) or "during" (the quarter)."""

    key: str
    label: Words
    also: tuple[str, ...]
    unit: str
    usual: str
    extent: str

    @property
    def names(self) -> tuple[str, ...]:
        """Every name it goes by."""
        return (*self.label.values(), *self.also, self.key)


@cache
def forms() -> Mapping[str, Form]:
    """Every form, in the order of templates.

    >>> forms()["investment"].fields["amount_cny"].label["zh"]
    '本季完成投资'
    """
    return {key: _form(key, table) for key, table in _read("forms.toml").items()}


@cache
def metrics() -> Mapping[str, Metric]:
    """Every figure that towns report.

    >>> metrics()["visitors"].usual, metrics()["visitors"].extent
    ('万人次', 'during')
    """
    tables = _read("metrics.toml").items()
    return {key: Metric(key=key, **{**t, "also": tuple(t["also"])}) for key, t in tables}


@dataclass(frozen=True)
class Word:
    """A word of a code list, and how people write it."""

    key: str
    label: Words
    also: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Every way it is written."""
        return (*self.label.values(), *self.also, self.key)


@cache
def words() -> Mapping[str, Word]:
    """Every word of a code list; yes and no are "true" and "false".

    >>> words()["relocated"].label["zh"]
    '迁入'
    """
    tables = _read("words.toml").items()
    return {key: Word(key, t["label"], tuple(t["also"])) for key, t in tables}


def _form(key: str, table: dict[str, Any]) -> Form:
    fields = {name: Field(key=name, **_given(entry)) for name, entry in table["fields"].items()}
    return Form(key, table["title"], tuple(table["key"]), fields)


def _given(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(v) if isinstance(v, list) else v for name, v in entry.items()}


def _read(name: str) -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("townworks.definitions") / FOLDER / name).read_text("utf-8"))
