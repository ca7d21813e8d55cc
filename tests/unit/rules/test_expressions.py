import pytest

from townworks.rules.expressions import ExpressionError, Kind, conjuncts, read_expression
from townworks.schema.units import dimension

NAMES = {
    "area": Kind("number", dimension("m2")),
    "limit_m2": Kind("number", dimension("m2")),
    "rent": Kind("number", dimension("cny/m2/day")),
    "days": Kind("number", dimension("day")),
    "admitted": Kind("date"),
    "as_of": Kind("date"),
    "years": Kind("number", dimension("year")),
    "startup": Kind("boolean"),
    "sector": Kind("text", values=("finance", "health")),
    "four": Kind("text", listed=True),
    "part": Kind("number"),
}


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("LEAST(area, limit_m2) * rent * days", "a number in cny"),
        ("YEARS_BETWEEN(admitted, as_of) < years", "yes or no"),
        ("startup AND sector IN ('finance') OR NOT startup", "yes or no"),
        ("sector IN (four)", "yes or no"),
        ("sector NOT IN four", "yes or no"),
        ("CASE WHEN startup THEN area WHEN area > 0 THEN limit_m2 ELSE 0 END", "a number in m2"),
        ("area BETWEEN 0 AND limit_m2", "yes or no"),
        ("area IS NOT NULL", "yes or no"),
        ("COALESCE(area, 0) * part", "a number in m2"),
        ("GREATEST(area - limit_m2, 0) / limit_m2", "a plain number"),
        ("-FLOOR(area) + CEIL(area) - ABS(area)", "a number in m2"),
        ("YEAR(admitted) = YEAR(as_of)", "yes or no"),
        ("admitted", "a date"),
    ],
)
def test_kind_of_what_is_allowed(sql: str, kind: str) -> None:
    assert str(read_expression(sql, NAMES).kind) == kind


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("area > years", "GT compares a number in m2 with a number in year"),
        ("area + rent > 0", "ADD compares a number in m2 with a number in cny/day/m2"),
        ("area < 3", "has the bare number 3; make it a parameter"),
        ("sector = 'finanse'", "is not on the list; did you mean 'finance'?"),
        ("aera > 0", "names 'aera', which is not declared; did you mean area?"),
        ("x.area > 0", "'x.area' is no plain name"),
        ("area / 0", "divides by zero"),
        ("area > 'big'", "GT compares a number in m2 with a text"),
        ("area AND startup", "'area' is a number in m2, where yes or no is needed"),
        ("CASE WHEN startup THEN area END", "CASE needs an ELSE"),
        ("CASE area WHEN 0 THEN 1 ELSE 0 END", "CASE goes with WHEN conditions"),
        ("sector = four", "is a list; use it after IN"),
        ("sector IN ('finance', four)", "IN takes the list four alone"),
        ("YEARS_BETWEEN(admitted)", "YEARS_BETWEEN takes 2 dates"),
        ("YEARS_BETWEEN(area, as_of)", "is a number in m2, where a date is needed"),
        ("area IS TRUE", "IS goes with NULL only"),
        ("area <", "is no SQL expression: column"),
        ("'abc", "is no SQL expression"),
        ("area; area", "must be one expression"),
        ("", "must be one expression"),
        ("(" * 900 + "area" + ")" * 900, "is nested too deeply"),
        ("area + " * 400 + "area", "has 2,804 characters"),
    ],
)
def test_what_is_wrong_is_said(sql: str, problem: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        read_expression(sql, NAMES)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "(SELECT area)",
        "EXISTS(SELECT 1)",
        "area IN (SELECT 1)",
        "DROP TABLE towns",
        "SUM(area) > 0",
        "ROW_NUMBER() OVER (ORDER BY area)",
        "read_csv('/etc/passwd')",
        "area::int",
        "CAST(area AS TEXT)",
        "sector || 'x'",
        "sector LIKE '%x'",
        "RANDOM() > 0",
        "CURRENT_DATE > admitted",
        "area COLLATE x",
        "ARRAY[area]",
        "area -> 'x'",
        "$1 > area",
        "/* c */ sleep(1)",
    ],
)
def test_nothing_else_passes(sql: str) -> None:
    with pytest.raises(ExpressionError):
        read_expression(sql, NAMES)


def test_names_come_in_reading_order_once() -> None:
    found = read_expression("area > 0 AND limit_m2 > area AND startup", NAMES)
    assert found.names == ("area", "limit_m2", "startup")


def test_conjuncts_are_taken_apart_at_the_top_only() -> None:
    found = read_expression("(startup AND area > 0) AND (startup OR area > 0)", NAMES)
    assert [part.sql() for part in conjuncts(found.tree)] == [
        "startup",
        "area > 0",
        "startup OR area > 0",
    ]
