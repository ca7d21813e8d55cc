"""Checked expressions → Polars expressions, with SQL's three-valued logic and exact decimals.

Polars evaluates the SQL; what it would answer although something is missing is rewritten first:
``LEAST`` and ``GREATEST`` skip nulls there, ``CASE`` takes an unknown condition as false. Numbers
are decimals of 38 digits whose scale grows in products, so nothing is rounded; a quotient keeps
twelve digits, and FLOOR or CEIL of a quotient is exact. Division by zero gives null.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal

import polars as pl
from sqlglot import exp

from townworks.rules.book import Scalar
from townworks.rules.expressions import Expression, function

Constants = Mapping[str, Scalar | tuple[str, ...]]
"""Values of the parameters on the day, by name."""


def compile_expression(expression: Expression, constants: Constants) -> pl.Expr:
    """Return an expression over columns that bear the names of the inputs (and `as_of`).

    >>> from townworks.rules.expressions import Kind, read_expression
    >>> names = {"area": Kind("number"), "limit_m2": Kind("number")}
    >>> read = read_expression("LEAST(area, limit_m2)", names)
    >>> expr = compile_expression(read, {"limit_m2": Decimal(200)})
    >>> frame = pl.DataFrame({"area": [Decimal(300), None]}, schema={"area": pl.Decimal(38, 6)})
    >>> [str(value) for value in frame.select(expr).to_series()]
    ['200.000000', 'None']
    """
    return pl.sql_expr(_sql(expression.tree, constants))


def date_columns(expressions: tuple[Expression, ...], constants: Constants) -> list[pl.Expr]:
    """Columns that stand for functions of dates, to be added before `compile_expression`'s result.

    Full years and months end on the same day of the month; 29 February on 1 March.
    """
    calls = {
        _stand_in(call): call
        for expression in expressions
        for call in expression.tree.walk()
        if _is_date_call(call)
    }
    return [_date_expression(call, constants).alias(name) for name, call in calls.items()]


def divisors(expression: Expression, constants: Constants) -> list[pl.Expr]:
    """Return the divisors of an expression: where one is zero, its value is unknown."""
    found = expression.tree.find_all(exp.Div)
    return [pl.sql_expr(_sql(part.right, constants)) for part in found]


def literal(value: Scalar | tuple[str, ...]) -> str:
    """Write a value as SQL; numbers keep their digits.

    >>> literal(Decimal("0.70")), literal(date(2015, 6, 4)), literal("it's")
    ('CAST(0.70 AS DECIMAL(38, 2))', "CAST('2015-06-04' AS DATE)", "'it''s'")
    """
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        scale = max(0, -exponent) if isinstance(exponent, int) else 0
        return f"CAST({value:f} AS DECIMAL(38, {scale}))"
    if isinstance(value, date):
        return f"CAST('{value.isoformat()}' AS DATE)"
    if isinstance(value, tuple):
        return ", ".join(literal(item) for item in value)
    return "'" + value.replace("'", "''") + "'"


def _sql(node: exp.Expr, constants: Constants) -> str:
    """Write a checked tree as the SQL that Polars runs."""
    if _is_date_call(node):
        return _quoted(_stand_in(node))
    if isinstance(node, exp.Case):
        return _case(node, constants)
    if isinstance(node, exp.Floor | exp.Ceil) and isinstance(node.this.unnest(), exp.Div):
        return _whole_quotient(node, constants)
    if isinstance(node, exp.Is):
        negated = "NOT " if node.args.get("negate") else ""
        return f"({_sql(node.this, constants)} IS {negated}NULL)"
    leaf = _leaf(node, constants)
    if leaf is not None:
        return leaf
    return _joined(node, [_sql(part, constants) for part in node.iter_expressions()])


def _leaf(node: exp.Expr, constants: Constants) -> str | None:
    if isinstance(node, exp.Column):
        known = node.name in constants
        return literal(constants[node.name]) if known else _quoted(node.name)
    if isinstance(node, exp.Literal):
        return literal(node.name if node.is_string else Decimal(node.name))
    if isinstance(node, exp.Boolean):
        return str(node.this).upper()
    return "NULL" if isinstance(node, exp.Null) else None


def _joined(node: exp.Expr, parts: list[str]) -> str:
    for kind, operator in _INFIX.items():
        if isinstance(node, kind):
            return f"({parts[0]} {operator} {parts[1]})"
    if isinstance(node, exp.Div):
        return f"({parts[0]} * {_DIGITS} / NULLIF({parts[1]}, CAST(0 AS DECIMAL(38, 0))))"
    if isinstance(node, exp.In):
        return f"({parts[0]} IN ({', '.join(parts[1:])}))"
    if isinstance(node, exp.Between):
        return f"({parts[0]} BETWEEN {parts[1]} AND {parts[2]})"
    if isinstance(node, exp.Least | exp.Greatest):
        missing = " OR ".join(f"{part} IS NULL" for part in parts)
        return f"CASE WHEN {missing} THEN NULL ELSE {node.key.upper()}({', '.join(parts)}) END"
    for kind, opening in _PREFIX.items():
        if isinstance(node, kind):
            return f"{opening}({', '.join(parts)})"
    raise AssertionError(node)  # read_expression lets nothing else pass


def _whole_quotient(node: exp.Expr, constants: Constants) -> str:
    """FLOOR or CEIL of a quotient, by the remainder: exact, where the quotient's digits are cut."""
    quotient = node.this.unnest()
    above, below = (_sql(part, constants) for part in (quotient.this, quotient.expression))
    below = f"NULLIF({below}, CAST(0 AS DECIMAL(38, 0)))"
    rest, zero = f"({above} % {below})", "CAST(0 AS DECIMAL(38, 0))"
    whole = f"(({above} - {rest}) / {below})"
    same_side = "<>" if isinstance(node, exp.Floor) else "="
    beyond = f"{rest} <> {zero} AND ({rest} < {zero}) {same_side} ({below} < {zero})"
    step = "-" if isinstance(node, exp.Floor) else "+"
    one = "CAST(1 AS DECIMAL(38, 0))"
    return f"CASE WHEN {beyond} THEN {whole} {step} {one} ELSE {whole} END"


def _case(node: exp.Case, constants: Constants) -> str:
    """An unknown condition makes the whole CASE unknown."""
    branches = []
    for branch in node.args["ifs"]:
        condition = _sql(branch.this, constants)
        value = _sql(branch.args["true"], constants)
        branches.append(f"WHEN {condition} IS NULL THEN NULL WHEN {condition} THEN {value}")
    return f"CASE {' '.join(branches)} ELSE {_sql(node.args['default'], constants)} END"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _is_date_call(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous | exp.MonthsBetween | exp.Year)


def _stand_in(call: exp.Expr) -> str:
    arguments = ",".join(part.name for part in call.iter_expressions())
    return f"{function(call)}({arguments})"


def _date_expression(call: exp.Expr, constants: Constants) -> pl.Expr:
    names = [part.name for part in call.iter_expressions()]
    dates = [pl.lit(constants[n]) if n in constants else pl.col(n) for n in names]
    return _DATES[function(call)](*dates).cast(pl.Decimal(38, 0))


def _full_months(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    months = (_number(end.dt.year()) - _number(start.dt.year())) * 12
    months += _number(end.dt.month()) - _number(start.dt.month())
    return months - (_number(end.dt.day()) < _number(start.dt.day())).cast(pl.Int64)


def _full_years(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    later = _number(end.dt.month()) * 100 + _number(end.dt.day())
    earlier = _number(start.dt.month()) * 100 + _number(start.dt.day())
    years = _number(end.dt.year()) - _number(start.dt.year())
    return years - (later < earlier).cast(pl.Int64)


def _number(part: pl.Expr) -> pl.Expr:
    return part.cast(pl.Int64)


_DATES: dict[str, Callable[..., pl.Expr]] = {
    "YEARS_BETWEEN": _full_years,
    "MONTHS_BETWEEN": _full_months,
    "DAYS_BETWEEN": lambda start, end: (end - start).dt.total_days(),
    "YEAR": lambda day: day.dt.year(),
}
_DIGITS = "CAST(1.000000 AS DECIMAL(38, 6))"
"""Six more digits for every quotient, so that a comparison meets its threshold."""
_INFIX: dict[type[exp.Expr], str] = {
    exp.And: "AND",
    exp.Or: "OR",
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
    exp.Add: "+",
    exp.Sub: "-",
    exp.Mul: "*",
}
_PREFIX: dict[type[exp.Expr], str] = {
    exp.Paren: "",
    exp.Not: "NOT ",
    exp.Neg: "-",
    exp.Floor: "FLOOR",
    exp.Ceil: "CEIL",
    exp.Abs: "ABS",
    exp.Coalesce: "COALESCE",
}
