from datetime import date
from decimal import Decimal

import dataframely as dy
import pytest

from townworks.io.typed_cells import allowed, cell_value


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        (dy.String(), "x", "x"),
        (dy.String(nullable=True), "", None),
        (dy.Enum(["a", "b"]), "b", "b"),
        (dy.Date(), "2015-06-04", date(2015, 6, 4)),
        (dy.Decimal(24, 6), "-12.500001", Decimal("-12.500001")),
        (dy.Int32(min=0), "7", 7),
        (dy.Bool(), "true", True),
        (dy.Float64(), "1.5e-3", 0.0015),
        (dy.Float64(), ".5", 0.5),
    ],
)
def test_values(column: dy.Column, cell: str, value: object) -> None:
    assert cell_value(column, cell) == value


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        (dy.String(nullable=False), "", "is empty; write a text"),
        (dy.String(regex="^a$"), "b", "is 'b'; write a text of the form ^a$"),
        (dy.Enum(["good", "pass"]), "goood", "is 'goood'; did you mean 'good'? use good, pass"),
        (dy.Date(), "2015-02-30", "is '2015-02-30'; write a day such as 2015-06-04"),
        (dy.Decimal(24, 2), "1.234", "with at most 2 decimals"),
        (dy.Int32(min=0), "-1", "write a whole number, 0 or more"),
        (dy.Bool(), "yes", "write true or false"),
        (dy.Float64(), "nan", "is 'nan'; write a number such as 0.25"),
        (dy.Float64(), "1e999", "write a number such as 0.25"),
    ],
)
def test_what_is_wrong_is_said(column: dy.Column, cell: str, said: str) -> None:
    with pytest.raises(ValueError, match="is ") as caught:
        cell_value(column, cell)
    assert said in str(caught.value)
    assert allowed(column) in str(caught.value)
