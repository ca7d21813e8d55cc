"""The rule book: what a programme's rules are, once they have been read and checked.

Records only; `rules.load` makes them from TOML text. Every name a rule may use is an `Input`
(known of the subject), a `Parameter` (a dated number, date or list with a source) or `as_of`.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from townworks.rules.expressions import Expression, Kind, Type
from townworks.schema.reading import Words
from townworks.schema.units import CURRENCIES, NONE, dimension

Scalar = Decimal | date | str | bool
Subject = Literal["enterprise", "town", "project", "person"]
SUBJECTS: tuple[Subject, ...] = ("enterprise", "town", "project", "person")
PAYERS = ("province", "prefecture", "county", "town")
PERIODS = ("once", "year", "month")
AS_OF = "as_of"
"""The day that is asked about; known in every expression."""


@dataclass(frozen=True)
class Value:
    """A parameter's value from its first to its last day (None: no end stated), and its source."""

    first: date
    last: date | None
    value: Scalar | tuple[str, ...]
    source: str

    def holds(self, on: date) -> bool:
        """Whether this value is in force on a day."""
        return self.first <= on and (self.last is None or on <= self.last)


@dataclass(frozen=True)
class Parameter:
    """A dated number, date, word or list of words; old values stay."""

    name: str
    title: Words
    unit: str
    values: tuple[Value, ...]

    def on(self, day: date) -> Value | None:
        """Return the value in force on a day, or None."""
        return next((value for value in self.values if value.holds(day)), None)


@dataclass(frozen=True)
class Input:
    """Something that must be known of a subject; signed: its number may be below zero."""

    name: str
    subject: Subject
    type: Type
    unit: str
    label: Words
    values: tuple[str, ...]
    signed: bool = False


@dataclass(frozen=True)
class Clause:
    """One condition, with the words that complete "clause 2 asks: …"."""

    number: int
    sql: Expression
    words: Words


@dataclass(frozen=True)
class Scheme:
    """One document and whom it covers. Empty places: the whole programme."""

    file: str
    title: Words
    grantor: Words
    payer: str
    source: str
    first: date
    last: date | None
    places: frozenset[str]

    def covers(self, town_id: str | None, county_code: str | None) -> bool:
        """Whether a town, or the county it stands in, is covered.

        A prefecture is written by the first four digits of its counties' codes.
        """
        codes = {county_code, county_code[:4]} if county_code else set()
        return not self.places or bool(self.places & (codes | {town_id}))


@dataclass(frozen=True)
class Rule:
    """An instrument (with `unit`) or a condition (without): clauses, amount, continuing clauses."""

    id: str
    scheme: Scheme
    title: Words
    what: Words
    subject: Subject
    source: str
    first: date
    last: date | None
    unit: str | None
    period: str
    ceiling: bool
    clauses: tuple[Clause, ...]
    amount: Expression | None
    continuing: tuple[Clause, ...]
    clawback: Expression | None
    excludes: frozenset[str]
    parameters: Mapping[str, Parameter]

    @property
    def key(self) -> str:
        """Where it stands in its file."""
        return f"rules.{self.id}"

    def expressions(self) -> Iterator[tuple[str, Expression]]:
        """Every expression with its key."""
        for part, clauses in (("eligible", self.clauses), ("continuing", self.continuing)):
            for clause in clauses:
                yield f"{self.key}.{part}[{clause.number}]", clause.sql
        for part, amount in (("amount", self.amount), ("clawback", self.clawback)):
            if amount is not None:
                yield f"{self.key}.{part}", amount

    def names(self) -> tuple[str, ...]:
        """Every name the rule uses, in reading order."""
        return tuple(dict.fromkeys(n for _, used in self.expressions() for n in used.names))


@dataclass(frozen=True)
class Limit:
    """A cap (of one subject) or a budget (of all subjects together) over some rules."""

    id: str
    file: str
    title: Words
    rules: frozenset[str]
    per: Literal["year", "lifetime"]
    limit: Expression
    parameters: Mapping[str, Parameter]
    when_short: str = ""


@dataclass(frozen=True)
class RuleBook:
    """All rules of a programme, checked."""

    inputs: Mapping[str, Input]
    rules: Mapping[str, Rule]
    caps: tuple[Limit, ...]
    budgets: tuple[Limit, ...]

    @property
    def currency(self) -> str:
        """Currency that most instruments grant: the one in which combinations are weighed."""
        units = Counter(rule.unit for rule in self.rules.values() if rule.unit in CURRENCIES)
        return str(units.most_common(1)[0][0]) if units else "cny"

    def instruments(self, subject: str | None = None) -> tuple[Rule, ...]:
        """Rules that grant something, of all subjects or of one, in the order of the files."""
        return tuple(r for r in self.rules.values() if r.unit and subject in {None, r.subject})

    def conditions(self, file: str | None = None) -> tuple[Rule, ...]:
        """Rules that grant nothing: conditions of a list or standard, of all files or of one."""
        found = (r for r in self.rules.values() if not r.unit)
        return tuple(r for r in found if file in {None, r.scheme.file})


def input_kind(entry: Input) -> Kind:
    """Kind of an input in expressions."""
    dimensions = dimension(entry.unit) if entry.type == "number" else NONE
    return Kind(entry.type, dimensions, entry.values)
