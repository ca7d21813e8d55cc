"""A town's land-quota ledger and fiscal-return statement, from a file of its years."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from townworks.rules import RuleBook, Subjects, statement
from townworks.workflow.policies import PolicyOptions
from townworks.workflow.programmes import Programme, find_town, open_programme
from townworks.workflow.runs import Run, run_of, write_named
from townworks.workflow.subjects import covers, placed, read_known


@dataclass(frozen=True)
class Statements:
    """Lines of both statements: a line per town, year and rule, with a running balance.

    read = kept + rejected.
    """

    read: int
    kept: int
    rejected: int
    ledger: pl.DataFrame
    fiscal: pl.DataFrame
    run: Run


def statements(years: Path, options: PolicyOptions) -> Statements:
    """Judge each year of each town by the province's instruments on the year's last day.

    years: a file with `town_id`, `year_ends` and the inputs of the instruments; a line that says
    the base year's revenue bears it on every row. Raises what `policies` does.
    """
    programme = open_programme(options.programme)
    known = read_known(years, programme, options.rejects, ("town_id", "year_ends"))
    frame = placed(known.frame, programme, "town", options.town)
    subjects = Subjects.of(frame, programme.book.inputs)
    when = frame.select("subject_id", "town_id", "year_ends").drop_nulls("year_ends")
    books = _books(programme, when)
    land, fiscal = (
        pl.concat(
            statement(book, when.filter(pl.col("town_id").is_in(towns)), subjects, unit)
            for towns, book in books
        ).sort("town_id", "year_ends", maintain_order=True)
        for unit in ("mu", programme.book.currency)
    )
    rows = {"read": known.read, "rejected": known.rejected}
    more = {"programme_sha256": programme.digest, "rows": rows}
    run = run_of([years], options, more)
    kept = known.read - known.rejected
    return Statements(known.read, kept, known.rejected, land, fiscal, run)


def write_statements(found: Statements, places: Mapping[str, Path | None]) -> list[Path]:
    """Write `ledger` and `fiscal` to the places named after them; return these."""
    return write_named(found, places, found.run)


def _books(programme: Programme, when: pl.DataFrame) -> list[tuple[list[str], RuleBook]]:
    """Towns that the same rules are open to, with these; no towns where there are none."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for town in when["town_id"].unique().sort():
        row = find_town(programme, town)
        names = tuple(name for name, rule in programme.book.rules.items() if covers(rule, row))
        groups.setdefault(names, []).append(town)
    books = [
        (towns, replace(programme.book, rules={name: programme.book.rules[name] for name in names}))
        for names, towns in groups.items()
    ]
    return books or [([], programme.book)]
