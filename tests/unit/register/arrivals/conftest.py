"""Tables of arrivals, written in one line each."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import polars as pl
import pytest

from townworks.register.practice import TOWN
from townworks.schema.returns import Arrival

Value = Decimal | int | str | None
Arrive = Callable[..., pl.DataFrame]


def arrival(form: str, subject: str = "", town: str | None = TOWN, **cells: Value) -> list[Any]:
    """Rows of one record: numbers are amounts, texts are words; `quarter` is its quarter."""
    quarter = cells.pop("quarter", "2016Q1")
    return [
        {
            "form": form,
            "town_id": town,
            "quarter": quarter,
            "subject": subject,
            "field": name,
            "value": None if isinstance(value, str) else value,
            "word": value if isinstance(value, str) else None,
            "unit": None if isinstance(value, str) else "cny",
            "source": f"a.xlsx#表!{name[:1].upper()}{len(subject) + 1}",
        }
        for name, value in cells.items()
    ]


def table(*records: list[Any]) -> pl.DataFrame:
    """Table of `schema.returns.Arrival` of some records."""
    rows = [row | {"record": n} for n, record in enumerate(records, 1) for row in record]
    types = {name: column.dtype for name, column in Arrival.columns().items()}
    return Arrival.validate(pl.DataFrame(rows, schema=types))


@pytest.fixture
def arriving() -> Arrive:
    return table
