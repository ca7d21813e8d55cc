"""`townworks discover`: what each place is specialised in."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from townworks.cli.account import account, outline
from townworks.cli.options import Files, Reading
from townworks.cli.progress import rows_read


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Asking:
    """What to discover and where to write it."""

    by: Annotated[Literal["county", "township"], Parameter(help="Places to look at.")] = "county"
    since: Annotated[date | None, Parameter(help="First day of registration counted.")] = None
    until: Annotated[date | None, Parameter(help="Last day of registration counted.")] = None
    top: Annotated[int, Parameter(help="Specialities per place.")] = 10
    activity: Annotated[
        Literal["make", "all"],
        Parameter(help="make: leave out what an enterprise only trades in."),
    ] = "all"
    out: Annotated[
        Path | None,
        Parameter(help="File to write: .csv, .parquet, .xlsx, .jsonl, .geojson or .html."),
    ] = None
    candidates: Annotated[
        Path | None, Parameter(help="File for the pairs with evidence worth a town.")
    ] = None
    engine: Annotated[
        Literal["local", "spark"], Parameter(help="spark: PySpark, for registries beyond one disk.")
    ] = "local"
    language: Annotated[
        Literal["en", "zh"], Parameter(help="Language that an HTML page opens in.")
    ] = "en"


def discover(files: Files, *, asking: Asking | None = None, reading: Reading | None = None) -> None:
    """Say what each county or township is specialised in, with uncertainty.

    Example: townworks discover registry.csv --by township --until 2015-06-04 --out towns.html
    """
    from townworks.workflow import DiscoverOptions, check_places, write_discovery
    from townworks.workflow import discover as run

    asking = asking or Asking()
    options = DiscoverOptions(
        by=asking.by,
        since=asking.since,
        until=asking.until,
        top=asking.top,
        activity=asking.activity,
        engine=asking.engine,
        read=(reading or Reading()).options(),
    )
    check_places(asking.out, asking.candidates)
    with rows_read("Reading") as progress:
        found = run(files, options, progress)
    print(account(found.tally))
    print(
        f"counted {found.counted:,} enterprises (left out: {found.branches:,} branches,"
        f" {found.outside:,} outside the period)"
    )
    for path in write_discovery(found, asking.out, asking.candidates, asking.language):
        print(f"wrote {path}")
    if asking.out is None:
        print(outline(found.specialisation))
