"""A plan's files into the register: `plan.csv` and `plan.years.csv` beside it.

`plan.totals.csv` and `plan.csv.run.json`, where they are there, say what was asked, and when the
plan was computed.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import dataframely as dy
import polars as pl

from townworks.errors import DefinitionsError, InputNotFoundError, PlanFileError
from townworks.io import read_table
from townworks.schema.plans import PlanLine, PlanTotal, PlanYear
from townworks.workflow.runs import digest

if TYPE_CHECKING:
    from townworks.register.models import Account
    from townworks.register.services.plans import LoadedPlan, PlanFile

S = TypeVar("S", bound=dy.Schema)
Fault = tuple[str, str, str]
EARLIEST, LATEST = 1900, 2200
MOST_CNY = Decimal(2**63 - 1) / 100
"""The register keeps money as fen in 64 bits."""
FILE_CHARACTERS = 200
SUMMED = ("investment_cny", "public_investment_cny", "fiscal_return_cny", "land_mu")
"""Amounts of a line that its years add up to."""
TOLD = ("gap", "proven", "asked")
"""What of a run's record is kept with the plan, where it has no summary of its own."""


@dataclass(frozen=True)
class PlanOrder:
    """A plan to be loaded: its file, a title (""; its years), its day (None: today)."""

    path: Path
    title: str = ""
    since: date | None = None


def beside(path: Path, name: str) -> Path:
    """Place of another table of a plan.

    >>> beside(Path("out/plan.csv"), "years").as_posix()
    'out/plan.years.csv'
    """
    return path.with_name(f"{path.stem}.{name}{path.suffix}")


def shipped_plan(programme: str | Path) -> Path | None:
    """Return the plan that ships with a programme, for practice; None where none does."""
    from townworks.io import find_programme

    path = Path(str(find_programme(programme)), "plan", "plan.csv")
    return path if path.is_file() else None


def load_plan_file(order: PlanOrder, account: "Account", today: date) -> "LoadedPlan":
    """Read a plan and put it into force (Django must be set up).

    Raises `InputNotFoundError`, `PlanFileError` with every fault of both files, and what
    `services.plans.load_plan` refuses.
    """
    from townworks.register.services.plans import load_plan

    return load_plan(read_plan(order), account, today, order.since)


def read_plan(order: PlanOrder) -> "PlanFile":
    """Read the files of a plan and check each and both together."""
    from townworks.register.services.plans import PlanFile

    path, faults = order.path, list[Fault]()
    lines = _table(path, PlanLine, faults)
    years = _years(beside(path, "years"), faults)
    record = _record(path, faults)
    totals = _totals(beside(path, "totals"), faults)
    if lines is not None:
        faults += _line_faults(lines, str(path))
    if lines is not None and years is not None:
        faults += _year_faults(lines, years, str(beside(path, "years")))
    if faults or lines is None or years is None:
        raise PlanFileError(faults)
    about = _about(order, record, totals) | _span(lines, totals)
    return PlanFile(lines, years, about)


def _table(path: Path, schema: type[S], faults: list[Fault]) -> pl.DataFrame | None:
    try:
        return read_table(path, schema)
    except InputNotFoundError:
        raise
    except DefinitionsError as error:
        faults += error.faults
        return None


def _totals(path: Path, faults: list[Fault]) -> pl.DataFrame:
    found = _table(path, PlanTotal, faults) if path.exists() else None
    return PlanTotal.create_empty() if found is None else found


def _years(path: Path, faults: list[Fault]) -> pl.DataFrame | None:
    if path.exists():
        return _table(path, PlanYear, faults)
    problem = "is not there; the amounts by year stand beside the plan, under this name"
    faults.append((str(path), "file", problem))
    return None


def _record(path: Path, faults: list[Fault]) -> Mapping[str, Any]:
    """Read the record of the run beside the plan; it may be missing."""
    place = path.with_name(path.name + ".run.json")
    if not place.exists():
        return {}
    try:
        found = json.loads(place.read_text("utf-8"), parse_constant=lambda _: None)
    except (OSError, ValueError) as error:
        faults.append((str(place), "file", f"is no JSON ({error}); take it away, or mend it"))
        return {}
    return found if isinstance(found, dict) else {}


def _line_faults(lines: pl.DataFrame, file: str) -> Iterator[Fault]:
    if not lines["chosen"].any():
        yield file, "column chosen", "no candidate is chosen"
    for row in lines.iter_rows(named=True):
        where = f"candidate {row['candidate_id']}"
        start = row["start_year"]
        if row["chosen"] and start is None:
            yield file, where, "is chosen, but has no start_year"
        elif not row["chosen"] and start is not None:
            yield file, where, f"is refused, but has start_year {start}"
        elif start is not None and not EARLIEST <= start <= LATEST:
            yield file, where, f"start_year {start} is no year from {EARLIEST} to {LATEST}"
        yield from _unfit(row, file, where)


def _unfit(row: Mapping[str, Any], file: str, where: str) -> Iterator[Fault]:
    """Say what of a row the register has no room for."""
    for name, value in row.items():
        if isinstance(value, Decimal) and abs(value) > MOST_CNY:
            yield file, where, f"{name} {value:.3g} is too large; write yuan, not fen"
        if isinstance(value, str) and "\x00" in value:
            yield file, where, f"{name} has a character of number zero"


def _year_faults(lines: pl.DataFrame, years: pl.DataFrame, file: str) -> Iterator[Fault]:
    starts = dict(lines.select("candidate_id", "start_year").iter_rows())
    for row in years.iter_rows(named=True):
        key, year = row["candidate_id"], row["year"]
        where, start = f"candidate {key}, {year}", starts.get(row["candidate_id"])
        if key not in starts:
            yield file, where, "is no candidate of the plan"
        elif start is None:
            yield file, where, "has amounts, but is refused"
        elif not max(start, EARLIEST) <= year <= LATEST:
            yield file, where, f"is before its start in {start}, or after {LATEST}"
        yield from _unfit(row, file, where)
    yield from _sum_faults(lines.filter("chosen"), years, file)


def _sum_faults(chosen: pl.DataFrame, years: pl.DataFrame, file: str) -> Iterator[Fault]:
    """Say where the years of a line do not add up to what the line says."""
    both = pl.col("private_investment_cny") + pl.col("public_investment_cny")
    told = years.with_columns(both.alias("investment_cny"))
    sums = told.group_by("candidate_id").agg(pl.col(SUMMED).sum().name.suffix("_sum"))
    joined = chosen.join(sums, on="candidate_id", how="left", maintain_order="left")
    for row in joined.iter_rows(named=True):
        for name in SUMMED:
            total = row[f"{name}_sum"] or Decimal(0)
            if total != row[name]:
                problem = f"{name} of its years is {total:,}, the plan says {row[name]:,}"
                yield file, f"candidate {row['candidate_id']}", problem


def _about(order: PlanOrder, record: Mapping[str, Any], totals: pl.DataFrame) -> dict[str, Any]:
    summary = record.get("summary", {n: record[n] for n in TOLD if n in record})
    towns, target = _least(totals, "towns"), _least(totals, "investment")
    return {
        "title": order.title,
        "made_on": _day(record.get("made_on")),
        "file_name": order.path.name[-FILE_CHARACTERS:],
        "sha256": digest(order.path),
        "years_sha256": digest(beside(order.path, "years")),
        "towns_asked": None if towns is None else int(towns),
        "investment_target_cny": target,
        "summary": summary if isinstance(summary, dict) else {},
    }


def _least(totals: pl.DataFrame, quantity: str) -> Decimal | None:
    """Floor that was asked for over all years; None where none was, or it has no room."""
    whole = totals.filter(pl.col("quantity") == quantity, pl.col("year").is_null())
    found: Decimal | None = next(iter(whole["least"].to_list()), None)
    return found if found is not None and 0 <= found <= MOST_CNY else None


def _span(lines: pl.DataFrame, totals: pl.DataFrame) -> dict[str, int]:
    """Years of the plan: those of its totals, else those in which towns start."""
    told = totals["year"].drop_nulls().to_list() or lines["start_year"].drop_nulls().to_list()
    return {"first_year": min(told), "years": max(told) - min(told) + 1}


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None
