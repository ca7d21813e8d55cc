"""SQL expressions of rules: read, checked for what they may say, for types and for units.

The one door of sqlglot. A rule can never run code: only the constructs listed in `ALLOWED` pass,
over names that are declared. What passes is computed by Polars (`rules.compiling`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from townworks.schema.units import NONE, Dimension, dimension, name, product

Type = Literal["number", "date", "boolean", "text"]
ALLOWED = (
    "AND, OR, NOT, comparisons, IN, BETWEEN, IS NULL, CASE WHEN, + - * /, LEAST, GREATEST,"
    " COALESCE, FLOOR, CEIL, ABS, YEARS_BETWEEN, MONTHS_BETWEEN, DAYS_BETWEEN, YEAR"
)
LONGEST = 2000
"""Characters of one expression: what people can read."""


@dataclass(frozen=True)
class Kind:
    """What an expression yields: its type and, for numbers, its dimension.

    values: the code list of a text input, to find words that are not on it. listed: a list of
    values, for ``IN``.
    """

    type: Type
    dimension: Dimension = NONE
    values: tuple[str, ...] = ()
    listed: bool = False

    def __str__(self) -> str:
        """Say it as people do: "a number in cny/m2", "a date"."""
        if self.type == "number":
            return f"a number in {name(self.dimension)}" if self.dimension else "a plain number"
        return {"boolean": "yes or no", "date": "a date", "text": "a text"}[self.type]


@dataclass(frozen=True)
class Expression:
    """A checked expression: its text, its tree, the names it uses in reading order, its kind."""

    sql: str
    tree: exp.Expr
    names: tuple[str, ...]
    kind: Kind


class ExpressionError(ValueError):
    """What is wrong with an expression, in words for a fault list."""


def read_expression(sql: str, names: Mapping[str, Kind]) -> Expression:
    """Read and check an expression over declared names; raises `ExpressionError`.

    >>> rent = read_expression("LEAST(area, 1) * 0", {"area": Kind("number", dimension("m2"))})
    Traceback (most recent call last):
    townworks.rules.expressions.ExpressionError: LEAST compares a number in m2 with a plain number
    >>> read_expression("age < 1", {"age": Kind("number")}).names
    ('age',)
    """
    try:
        tree = parse(sql)
        kind = _kind(tree, names)
    except RecursionError:
        raise ExpressionError("is nested too deeply; split it into clauses") from None
    used = dict.fromkeys(column.name for column in tree.find_all(exp.Column, bfs=False))
    return Expression(sql, tree, tuple(used), kind)


def parse(sql: str) -> exp.Expr:
    """Read one expression without looking at its names; raises `ExpressionError`."""
    if len(sql) > LONGEST:
        problem = f"has {len(sql):,} characters; split it, {LONGEST:,} are the most"
        raise ExpressionError(problem)
    try:
        trees = [tree for tree in sqlglot.parse(sql, dialect="postgres") if tree is not None]
    except SqlglotError as error:
        raise ExpressionError(_place(error)) from None
    if len(trees) != 1 or not isinstance(trees[0], exp.Expr):
        raise ExpressionError("must be one expression, no more and no less")
    return trees[0]


def conjuncts(tree: exp.Expr) -> list[exp.Expr]:
    """Parts that are joined by AND at the top, in reading order."""
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        return conjuncts(tree.left) + conjuncts(tree.right)
    return [tree]


def _place(error: SqlglotError) -> str:
    found = getattr(error, "errors", None)
    if not found:
        return "is no SQL expression (a quote or bracket is not closed)"
    column, near = found[0]["col"], found[0]["highlight"]
    return f"is no SQL expression: column {column}, near '{near}'"


def _kind(tree: exp.Expr, names: Mapping[str, Kind]) -> Kind:
    for kinds, check in _CHECKS:
        if isinstance(tree, kinds):
            return check(tree, names)
    if isinstance(tree, exp.Anonymous):
        raise ExpressionError(f"has no function {tree.name}; there are {ALLOWED}")
    raise ExpressionError(f"may not use '{tree.sql()[:40]}'; there are {ALLOWED}")


def _column(tree: exp.Expr, names: Mapping[str, Kind]) -> Kind:
    if not tree.find(exp.Identifier) or len(tree.parts) != 1:  # type: ignore[attr-defined]
        raise ExpressionError(f"'{tree.sql()}' is no plain name")
    found = names.get(tree.name)
    if found is None:
        near = get_close_matches(tree.name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else "declare it in inputs.toml or as a parameter"
        raise ExpressionError(f"names '{tree.name}', which is not declared; {hint}")
    return found


def _literal(tree: exp.Expr, _: Mapping[str, Kind]) -> Kind:
    if tree.is_string:
        return Kind("text", values=(tree.name,))
    if tree.name not in {"0", "1"}:
        raise ExpressionError(
            f"has the bare number {tree.name}; make it a parameter, so that it has a source"
        )
    return Kind("number")


def _logic(tree: exp.Expr, names: Mapping[str, Kind]) -> Kind:
    for part in tree.iter_expressions():
        _demand(part, names, "boolean")
    return Kind("boolean")


def _compared(tree: exp.Expr, names: Mapping[str, Kind]) -> Kind:
    _agree([*tree.iter_expressions()], names, tree.key.upper())
    return Kind("boolean")


def _in(tree: exp.Expr, names: Mapping[str, Kind]) -> Kind:
    left, *right = tree.iter_expressions()
    if tree.args.get("query") or tree.args.get("unnest"):
        raise ExpressionError("may not use a query; list the values")
    lists = [part for part in right if isinstance(part, exp.Column) and _column(part, names).listed]
    if lists and len(right) > 1:
        raise ExpressionError(f"IN takes the list {lists[0].name} alone, or single values")
    _agree([left, *right], names, "IN", lists=True)
    return Kind("boolean")


def _is(tree: exp.Expr, names: Mapping[str, Kind]) -> Kind:
    if not isinstance(tree.expression, exp.Null):
        raise ExpressionError("IS goes with NULL only")
    _kind(tree.this, names)
    return Kind("boolean")


def _arithmetic(tree: exp.Expr, names: Mapping[str, Kind]) -> Kind:
    parts = (tree.this, tree.expression)
    left, right = (_demand(part, names, "number") for part in parts)
    if isinstance(tree, exp.Add | exp.Sub):
        both = [(tree.this, left), (tree.expression, right)]
        return Kind("number", _same(both, tree.key.upper()))
    sign = -1 if isinstance(tree, exp.Div) else 1
    if isinstance(tree, exp.Div) and _is_zero(tree.expression):
        raise ExpressionError("divides by zero")
    return Kind("number", product(left.dimension, right.dimension, sign))


def _many(tree: exp.Expr, names: Mapping[str, Kind]) -> Kind:
    parts = [*tree.iter_expressions()]
    return _agree(parts, names, tree.key.upper())


def _one(tree: exp.Expr, names: Mapping[str, Kind]) -> Kind:
    return _demand(tree.this, names, "number")


def _case(tree: exp.Expr, names: Mapping[str, Kind]) -> Kind:
    if tree.this:
        raise ExpressionError("CASE goes with WHEN conditions, not with a value")
    branches = tree.args["ifs"]
    for branch in branches:
        _demand(branch.this, names, "boolean")
    ends = [branch.args["true"] for branch in branches]
    if tree.args.get("default") is None:
        raise ExpressionError("CASE needs an ELSE; write ELSE 0 or ELSE NULL")
    return _agree([*ends, tree.args["default"]], names, "CASE")


def _between_dates(tree: exp.Expr, names: Mapping[str, Kind]) -> Kind:
    word = function(tree)
    if word not in DATE_FUNCTIONS:
        raise ExpressionError(f"has no function {word}; there are {ALLOWED}")
    arguments = [*tree.iter_expressions()]
    if len(arguments) != (1 if word == "YEAR" else 2):
        raise ExpressionError(f"{word} takes {1 if word == 'YEAR' else 2} dates")
    for part in arguments:
        if not isinstance(part, exp.Column):
            raise ExpressionError(f"{word} takes names of dates, not '{part.sql()}'")
        _demand(part, names, "date")
    return Kind("number", dimension(DATE_FUNCTIONS[word]))


DATE_FUNCTIONS = {
    "YEARS_BETWEEN": "year",
    "MONTHS_BETWEEN": "month",
    "DAYS_BETWEEN": "day",
    "YEAR": "count",
}
"""Functions of dates with the unit of what they yield: full years, full months, days; the year."""


def function(tree: exp.Expr) -> str:
    """Name of a function of dates, as it is written."""
    if isinstance(tree, exp.Anonymous):
        return tree.name.upper()
    return "MONTHS_BETWEEN" if isinstance(tree, exp.MonthsBetween) else tree.key.upper()


def _demand(tree: exp.Expr, names: Mapping[str, Kind], wanted: Type) -> Kind:
    found = _kind(tree, names)
    if found.type != wanted:
        raise ExpressionError(f"'{tree.sql()}' is {found}, where {Kind(wanted)} is needed")
    return found


def _agree(
    parts: list[exp.Expr], names: Mapping[str, Kind], where: str, *, lists: bool = False
) -> Kind:
    """Demand one type and one dimension of all parts; NULL agrees with everything."""
    kinds = [(p, _kind(p, names)) for p in parts if not isinstance(p.unnest(), exp.Null)]
    if not kinds:
        raise ExpressionError(f"{where} has nothing but NULL")
    first = kinds[0][1]
    for part, kind in kinds[1:]:
        if kind.type != first.type:
            raise ExpressionError(f"{where} compares {first} with {kind} ('{part.sql()}')")
    for part, kind in kinds:
        if kind.listed and not lists:
            raise ExpressionError(f"'{part.sql()}' is a list; use it after IN")
    _words(kinds)
    if first.type == "number":
        return Kind("number", _same(kinds, where))
    return first


def _same(kinds: list[tuple[exp.Expr, Kind]], where: str) -> Dimension:
    """Return the dimension that all parts share; a bare 0 has every dimension."""
    counted = [(part, kind.dimension) for part, kind in kinds if not _is_zero(part)]
    if not counted:
        return NONE
    first = counted[0][1]
    for _, other in counted[1:]:
        if other != first:
            one, two = Kind("number", first), Kind("number", other)
            raise ExpressionError(f"{where} compares {one} with {two}")
    return first


def _words(kinds: list[tuple[exp.Expr, Kind]]) -> None:
    """Refuse words that are not on the code list of the input they are compared with."""
    lists = [kind.values for part, kind in kinds if isinstance(part, exp.Column) and kind.values]
    if not lists:
        return
    for part, kind in kinds:
        unknown = [v for v in kind.values if isinstance(part, exp.Literal) and v not in lists[0]]
        if unknown:
            near = get_close_matches(unknown[0], lists[0], n=1)
            hint = f"did you mean '{near[0]}'?" if near else f"use one of {', '.join(lists[0])}"
            raise ExpressionError(f"compares with '{unknown[0]}', which is not on the list; {hint}")


def _is_zero(tree: exp.Expr) -> bool:
    return isinstance(tree, exp.Literal) and not tree.is_string and tree.name == "0"


Check = Callable[[exp.Expr, Mapping[str, Kind]], Kind]
_CHECKS: tuple[tuple[tuple[type[exp.Expr], ...], Check], ...] = (
    ((exp.Paren,), lambda tree, names: _kind(tree.this, names)),
    ((exp.Column,), _column),
    ((exp.Literal,), _literal),
    ((exp.Boolean,), lambda *_: Kind("boolean")),
    ((exp.And, exp.Or, exp.Not), _logic),
    ((exp.In,), _in),
    ((exp.Between, exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE), _compared),
    ((exp.Is,), _is),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div), _arithmetic),
    ((exp.Least, exp.Greatest, exp.Coalesce), _many),
    ((exp.Neg, exp.Floor, exp.Ceil, exp.Abs), _one),
    ((exp.Case,), _case),
    ((exp.Anonymous, exp.MonthsBetween, exp.Year), _between_dates),
)
