"""The tables that stages see are the tables of the database: names, types, nulls, choices."""

from typing import Any

import dataframely as dy
import polars as pl
import pytest
from django.db import models

from townworks.register.fields import DecimalTextField, FixedPointField
from townworks.register.models.enterprises import ORIGINS, PARTS
from townworks.register.models.figures import EVIDENCE, LADDER
from townworks.register.snapshot import SOURCES, snapshot
from townworks.schema import plans
from townworks.schema import register as tables
from townworks.schema.programme import Figure as FigureTable
from townworks.schema.programme import Outcome

RENAMED = {"period_from": "valid_from", "period_to": "valid_to"}
TEXTS = (models.CharField, models.TextField)
WHOLE = (models.IntegerField, models.BigIntegerField, models.BigAutoField)
COLUMNS = [(schema, name) for schema in SOURCES for name in schema.columns()]


def column_of(schema: type[dy.Schema], name: str) -> Any:
    return schema.columns()[name]


def field_of(schema: type[dy.Schema], name: str) -> "models.Field[Any, Any]":
    fields = {f.attname: f for f in SOURCES[schema].model._meta.concrete_fields}
    return fields.get(name) or fields[RENAMED[name]]


def holds(field: "models.Field[Any, Any]", dtype: pl.DataType) -> bool:
    """Whether a field's values are of a column's type, with as many places."""
    target = field.target_field if isinstance(field, models.ForeignKey) else field
    if isinstance(dtype, pl.Decimal):
        places = target.places if isinstance(target, FixedPointField) else dtype.scale
        exact = isinstance(target, FixedPointField | DecimalTextField)
        return exact and places == dtype.scale
    kinds: list[tuple[type[pl.DataType], tuple[type, ...]]] = [
        (pl.String, TEXTS),
        (pl.Enum, TEXTS),
        (pl.Date, (models.DateField,)),
        (pl.Boolean, (models.BooleanField,)),
        (pl.Int64, WHOLE),
    ]
    return any(isinstance(dtype, kind) and isinstance(target, of) for kind, of in kinds)


@pytest.mark.parametrize(("schema", "name"), COLUMNS)
def test_a_column_has_its_field_of_the_same_type(schema: type[dy.Schema], name: str) -> None:
    field, column = field_of(schema, name), column_of(schema, name)
    assert holds(field, column.dtype), f"{field} does not fill {column.dtype}"
    assert not isinstance(field, models.DateTimeField)


@pytest.mark.parametrize(("schema", "name"), COLUMNS)
def test_what_may_be_missing_may_be_missing_in_both(schema: type[dy.Schema], name: str) -> None:
    """A text that is missing is "" in the database, and null in a table that allows it."""
    field, column = field_of(schema, name), column_of(schema, name)
    if field.null:
        assert column.nullable, "the database may hold a null that the table refuses"
    elif column.nullable:
        assert isinstance(field, TEXTS), "the table allows a null that the database never holds"
        assert field.blank


@pytest.mark.parametrize("schema", SOURCES)
def test_what_tells_rows_apart_is_the_key(schema: type[dy.Schema]) -> None:
    keys = [name for name, column in schema.columns().items() if column.primary_key]
    if keys:
        assert keys == [SOURCES[schema].model._meta.pk.attname]
    else:
        assert schema is FigureTable


CHOICES = {
    (tables.Admission, "origin"): ORIGINS,
    (tables.Admission, "part"): PARTS,
    (tables.Investment, "evidence"): LADDER,
    (FigureTable, "evidence"): EVIDENCE,
    (tables.Payment, "kind"): ("payment", "claw_back"),
    (tables.PlanLine, "origin"): plans.ORIGINS,
    (tables.PlanLine, "evidence"): plans.EVIDENCE,
    (tables.PlanLine, "reason"): plans.REASONS,
}


@pytest.mark.parametrize(("schema", "name"), CHOICES)
def test_choices_are_the_same(schema: type[dy.Schema], name: str) -> None:
    dtype = column_of(schema, name).dtype
    assert tuple(dtype.categories) == tuple(CHOICES[schema, name])


@pytest.mark.parametrize(("schema", "name"), COLUMNS)
def test_every_choice_fits_its_field(schema: type[dy.Schema], name: str) -> None:
    dtype, field = column_of(schema, name).dtype, field_of(schema, name)
    if isinstance(dtype, pl.Enum):
        length = getattr(field, "max_length", None)
        assert length is None or max(map(len, dtype.categories)) <= length


def test_grades_and_lists_are_those_of_published_outcomes() -> None:
    for name in ("on_list", "grade"):
        assert column_of(tables.Assessment, name).dtype == column_of(Outcome, name).dtype


def test_every_table_of_the_schema_is_filled_from_the_register() -> None:
    declared = {
        each
        for each in vars(tables).values()
        if isinstance(each, type) and issubclass(each, dy.Schema) and each.__name__[0] != "_"
    }
    assert declared - {dy.Schema} <= set(SOURCES)


def test_nothing_personal_leaves_for_the_stages() -> None:
    names = {name for _, name in COLUMNS}
    assert not names & {"contact_name", "contact_phone", "password", "username", "inputs"}


@pytest.mark.django_db
def test_an_empty_register_gives_every_table_with_its_columns() -> None:
    from datetime import UTC, date, datetime

    found = snapshot(date(2016, 6, 1), datetime(1999, 1, 1, tzinfo=UTC))
    schemas: list[type[dy.Schema]] = [*SOURCES, Outcome]
    expected = {tuple(schema.columns()) for schema in schemas}
    assert {tuple(frame.columns) for frame in found.values()} == expected
