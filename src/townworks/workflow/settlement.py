"""The settlement by clause: verified years of the register → land ledger and fiscal return."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from townworks.io.writers import write_table
from townworks.register.starting import check_migrated, set_up
from townworks.schema.bulletin import Settled
from townworks.workflow.policies import PolicyOptions
from townworks.workflow.statements import Statements, statements, write_statements

YEARS = pl.Schema(
    {
        "subject_id": pl.String(),
        "town_id": pl.String(),
        "year_ends": pl.Date(),
        "sector": pl.String(),
        "county_code": pl.String(),
        "started_on": pl.Date(),
        "provincial_revenue_cny": pl.Decimal(24, 6),
        "base_year_revenue_cny": pl.Decimal(24, 6),
        "quota_used_mu": pl.Decimal(24, 6),
        "target_met": pl.Boolean(),
        "rewarded_mu": pl.Decimal(24, 6),
        "assessed_year": pl.Int64(),
        "assessment_grade": pl.String(),
    }
)


def years_of(day: date) -> pl.DataFrame:
    """Towns' years that are over by a day (Django must be set up)."""
    from townworks.register.models import Programme
    from townworks.register.settling import town_years

    practice = Programme.objects.get().practice_day is not None
    frame = pl.DataFrame(town_years(day, practice=practice), schema=YEARS)
    known = set(_published())
    return frame.filter(pl.col("town_id").is_in(known))


def _published() -> list[str]:
    """Towns that the programme's folder has: the instruments know no others."""
    from townworks.register.models import Programme
    from townworks.workflow.register import opened

    return opened(Programme.objects.get().name).tables.towns["town_id"].to_list()


def settlement(day: date) -> Statements:
    """Judge each year by the instruments for towns (Django must be set up)."""
    from townworks.register.models import Programme

    with TemporaryDirectory() as folder:
        path = Path(folder, "years.parquet")
        write_table(years_of(day), path)
        return statements(path, PolicyOptions(Programme.objects.get().name, on=day))


def settled(day: date) -> tuple[Settled, ...]:
    """Sum of the last year that is over, clause by clause, for the bulletin."""
    found = settlement(day)
    last = date(day.year if day == date(day.year, 12, 31) else day.year - 1, 12, 31)
    rows = []
    for unit, table in (("mu", found.ledger), ("cny", found.fiscal)):
        of_year = table.filter(pl.col("year_ends") == last)
        for (rule,), lines in of_year.group_by("rule_id", maintain_order=True):
            rows.append(_clause(str(rule), unit, last, lines))
    return tuple(rows)


def _clause(rule: str, unit: str, last: date, lines: pl.DataFrame) -> Settled:
    from townworks.register.models import Programme
    from townworks.workflow.register import opened

    book = opened(Programme.objects.get().name).book
    outcomes = lines["outcome"]
    return Settled(
        title=book.rules[rule].title,
        year=last.year,
        unit=unit,
        towns=int((outcomes == "eligible").sum()),
        granted=sum(lines["granted"].to_list(), Decimal(0)),
        clawed_back=sum(lines["clawed_back"].to_list(), Decimal(0)),
        undecided=int((outcomes == "undecided").sum()),
    )


def write_settlement(home: Path, day: date | None, places: dict[str, Path | None]) -> list[Path]:
    """Write `ledger` (land), `fiscal` and `years` (what they rest on) to the places named."""
    set_up(home)
    check_migrated()
    from townworks.register.clock import today

    asked = day or today()
    years = places.pop("years", None)
    written = list(write_statements(settlement(asked), places))
    if years is not None:
        write_table(years_of(asked), years)
        written.append(years)
    return written
