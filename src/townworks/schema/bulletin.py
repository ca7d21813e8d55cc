"""What a quarter's bulletin tells: totals, prefectures, sectors, towns; reported beside verified.

Money is in yuan, exact; None is "not reported", never nought.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import polars as pl

from townworks.schema.reading import Words


@dataclass(frozen=True)
class Levels:
    """An amount at both levels of evidence, which are never added up with each other."""

    reported: Decimal | None = None
    verified: Decimal | None = None

    @classmethod
    def total(cls, parts: Iterable["Levels"]) -> "Levels":
        """Sum of what is known at each level; None where nothing is.

        >>> Levels.total([Levels(Decimal(1)), Levels(Decimal(2), Decimal(2))])
        Levels(reported=Decimal('3'), verified=Decimal('2'))
        """
        found = list(parts)
        reported = [each.reported for each in found if each.reported is not None]
        verified = [each.verified for each in found if each.verified is not None]
        none = Decimal(0)
        return cls(
            sum(reported, none) if reported else None, sum(verified, none) if verified else None
        )


@dataclass(frozen=True)
class Line:
    """One value of a town: a project's investment or a figure, with its unit."""

    name: Words
    value: Levels
    unit: str


@dataclass(frozen=True)
class Asked:
    """An open question to a town: about what, the question, and its state."""

    about: Words
    question: Words
    state: Words
    since: date


@dataclass(frozen=True)
class Goal:
    """What a town is to reach in a year, and how far it is by what was reported so far."""

    metric: Words
    unit: str
    target: Decimal
    so_far: Levels


@dataclass(frozen=True)
class TownReturn:
    """One town in a quarter.

    state: of its return ("" : none was asked for). reached_cny, required_cny: investment since the
    start as best known, and what is required by the quarter's end; None: not known, or nothing is
    required. practice: invented, and in no total.
    """

    town_id: str
    name: Words
    prefecture: Words
    sector: Words
    status: Words
    state: str
    state_words: Words
    due_on: date | None = None
    days_late: int = 0
    quarter: Levels = Levels()
    year: Levels = Levels()
    reached_cny: Decimal | None = None
    required_cny: Decimal | None = None
    projects: tuple[Line, ...] = ()
    figures: tuple[Line, ...] = ()
    goals: tuple[Goal, ...] = ()
    asked: tuple[Asked, ...] = ()
    practice: bool = False

    @property
    def is_in(self) -> bool:
        """Whether its return is handed in."""
        return self.state in ("submitted", "verified", "locked")


@dataclass(frozen=True)
class Clause:
    """What one clause settled until the day: in its unit, summed over its grants."""

    title: Words
    unit: str
    grants: int
    entitled: Decimal
    paid: Decimal
    clawed_back: Decimal
    source: str


@dataclass(frozen=True)
class Settled:
    """What a clause grants and claws back for a year, over all towns, by what was verified.

    towns: entitled; undecided: towns of which the register does not know enough.
    """

    title: Words
    year: int
    unit: str
    towns: int
    granted: Decimal
    clawed_back: Decimal
    undecided: int


@dataclass(frozen=True)
class Published:
    """A published total and what the towns it counts add up to, as far as they said."""

    metric: Words
    period: str
    population: Words
    unit: str
    total: Decimal
    summed: Decimal
    towns: int

    @property
    def beyond(self) -> Decimal:
        """By how much the towns exceed the total; nought where they do not."""
        return max(self.summed - self.total, Decimal(0))


@dataclass(frozen=True)
class Bulletin:
    """A quarter of a programme.

    amounts: investment by period and level (period_end, evidence, amount_cny), as charts take it.
    on: last day of the quarter; as_of: the day it stands for.
    """

    title: Words
    authority: Words
    quarter: str
    on: date
    as_of: date
    target_cny: Decimal | None
    target_from: date | None
    target_to: date | None
    amounts: pl.DataFrame
    towns: tuple[TownReturn, ...]
    clauses: tuple[Clause, ...] = ()
    statements: tuple[Settled, ...] = ()
    published: tuple[Published, ...] = ()
    practice: bool = False
    sources: tuple[str, ...] = field(default=())

    @property
    def counted(self) -> tuple[TownReturn, ...]:
        """Towns that count in totals."""
        return tuple(town for town in self.towns if not town.practice)
