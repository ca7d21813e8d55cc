from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.errors import DefinitionsError
from townworks.rules.book import Parameter, Value
from townworks.rules.parameters import parameter_kind, read_parameter, values_on
from townworks.schema.reading import Faults, Table

START = date(2015, 1, 1)


def read(unit: str, *rows: dict[str, object]) -> tuple[Parameter, list[str]]:
    """Read a parameter; return it with the problems found."""
    faults = Faults()
    content = {"title": {"en": "t", "zh": "题"}, "unit": unit, "values": list(rows)}
    table = Table(content, "f", "parameters.p", faults)
    return read_parameter("p", table, "scheme"), [problem for _, _, problem in faults.found]


@given(st.lists(st.integers(1, 400), min_size=1, max_size=6), st.integers(0, 2500))
def test_one_value_holds_on_every_day_from_the_first(gaps: list[int], later: int) -> None:
    days = [START + timedelta(days=sum(gaps[:n])) for n in range(len(gaps))]
    rows = [{"from": day, "value": n} for n, day in enumerate(days)]
    parameter, problems = read("count", *reversed(rows))
    assert not problems
    asked = START + timedelta(days=later)
    expected = max(n for n, day in enumerate(days) if day <= asked)
    found = parameter.on(asked)
    assert found is not None
    assert found.value == expected
    assert parameter.on(START - timedelta(days=1)) is None
    assert sum(value.holds(asked) for value in parameter.values) == 1


def test_a_value_takes_the_schemes_source_unless_it_has_its_own() -> None:
    rows = ({"from": START, "value": 1}, {"from": date(2016, 1, 1), "value": 2, "source": "own"})
    parameter, _ = read("count", *rows)
    assert [value.source for value in parameter.values] == ["scheme", "own"]


@pytest.mark.parametrize(
    ("unit", "value", "problem"),
    [
        ("cny", "5", "is '5', which is no value in 'cny'"),
        ("cny", True, "is True, which is no value"),
        ("cny", Decimal("NaN"), "which is no value"),
        ("cny", 10**18, "which is no value"),
        ("date", "2015-01-01", "which is no value in 'date'"),
        ("text", 5, "which is no value in 'text'"),
        ("text", [], "which is no value"),
        ("text", ["a", 1], "which is no value"),
        ("m3", 5, "no unit 'm3'"),
    ],
)
def test_values_must_fit_their_unit(unit: str, value: object, problem: str) -> None:
    assert any(problem in said for said in read(unit, {"from": START, "value": value})[1])


@pytest.mark.parametrize(
    ("unit", "value", "kind"),
    [
        ("date", START, "a date"),
        ("text", "x", "a text"),
        ("cny/m2", 5, "a number in cny/m2"),
        ("share", Decimal("0.5"), "a plain number"),
    ],
)
def test_kinds_in_expressions(unit: str, value: object, kind: str) -> None:
    assert str(parameter_kind(read(unit, {"from": START, "value": value})[0])) == kind
    assert parameter_kind(read("text", {"from": START, "value": ["a"]})[0]).listed


def test_a_day_without_a_value_names_the_days_there_are() -> None:
    parameter = Parameter("p", {}, "count", (Value(START, date(2016, 1, 1), Decimal(1), "s"),))
    where = ("f.toml", "rules.r")
    assert values_on({"p": parameter}, ("p", "q"), START, where)["p"].value == 1
    with pytest.raises(DefinitionsError, match="from 2015-01-01 to 2016-01-01"):
        values_on({"p": parameter}, ("p",), date(2017, 1, 1), where)
