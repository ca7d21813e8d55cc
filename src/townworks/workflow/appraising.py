"""`townworks appraise`: a programme's record and a registry → candidates for a plan.

What was known of each listed town on the day of its listing, and beside them the places that the
registry shows and no listed town covers.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Literal

import polars as pl

from townworks.candidates import Counts, shortlist, specialise
from townworks.errors import RequestError
from townworks.io import find_files, write_table
from townworks.plans.appraising import evidence, investment_account, uncovered
from townworks.plans.proposals import (
    flows,
    found_candidates,
    published_claims,
    published_plans,
    town_candidates,
)
from townworks.schema.appraisal import InvestmentAccount, TownAppraisal
from townworks.schema.gazetteer import load_gazetteer
from townworks.schema.plan_sources import terms_of
from townworks.schema.plans import PlanCandidate
from townworks.schema.profile import Fact
from townworks.schema.seats import seats
from townworks.workflow.discovery import (
    DiscoverOptions,
    Registry,
    count_by,
    find_mentions,
    load_registry,
)
from townworks.workflow.programmes import Programme, open_programme
from townworks.workflow.reading import Progress, ReadOptions, Tally
from townworks.workflow.requirements import requirements
from townworks.workflow.runs import run_of, write_run
from townworks.workflow.town_evidence import (
    countable,
    county_in,
    town_evidence,
    township_in,
)

TARGET, PLACES, PRIVATE = "investment_target", "towns_target", "private_share"
"""Facts of a programme's profile that are asked for."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AppraiseOptions:
    """What to appraise.

    on: towns listed by then; alternatives: found places at most, from registrations before then.
    standing: of the listed towns in the plan. Places are given in the divisions that the year of
    `on` began with, unless `read.vintage` names another.
    """

    programme: str | Path
    on: date
    alternatives: int = 100
    standing: Literal["open", "committed"] = "open"
    read: ReadOptions = field(default_factory=ReadOptions)

    def check(self) -> None:
        """Raise `RequestError` if an option is at fault."""
        if self.alternatives < 0:
            problem = f"--alternatives is {self.alternatives}"
            raise RequestError(problem, "Ask for 0 or more.")

    def discovering(self) -> DiscoverOptions:
        """Return how the registry is read: what is registered before the day, makers only."""
        vintage = self.on.year - 1 if self.read.vintage is None else self.read.vintage
        return DiscoverOptions(
            until=self.on - ONE_DAY, activity="make", read=replace(self.read, vintage=vintage)
        )


@dataclass(frozen=True, slots=True)
class Appraised:
    """What was found.

    candidates: `schema.plans.PlanCandidate` and the flow columns. towns: `TownAppraisal`. account:
    sum of the minima, until `last`. found: places with evidence worth a town that none covers.
    tally, counted, years: of the registry.
    """

    candidates: pl.DataFrame
    towns: pl.DataFrame
    account: InvestmentAccount
    last: date | None
    found: int
    tally: Tally
    counted: int
    years: tuple[int, ...]

    def rows(self) -> dict[str, int]:
        """Return the counts that its account gives."""
        return {
            "towns": self.towns.height,
            "counted": self.counted,
            "shown": self.candidates.height - self.towns.height,
            "found": self.found,
        }


def appraise(
    paths: Sequence[Path], options: AppraiseOptions, progress: Progress | None = None
) -> Appraised:
    """Appraise the towns that were listed by a day, and find the places beside them.

    Raises what `discover` and `open_programme` do, and `RequestError` where no town was listed.
    """
    options.check()
    programme = open_programme(options.programme)
    listed = _listed(programme, options.on)
    reading = options.discovering()
    registry = load_registry(paths, reading, progress)
    gazetteer = load_gazetteer(reading.read.vintage)
    placed = listed.join(county_in(gazetteer), on="county_code", how="left", maintain_order="left")
    known = _with_evidence(placed, registry, reading)
    counts = count_by(registry, find_mentions(registry, "make"), "county")
    beside = _beside(counts, known)
    shown = beside.head(options.alternatives)
    target = _fact(programme, TARGET)
    return Appraised(
        candidates=_candidates(programme, known, shown, options),
        towns=TownAppraisal.validate(known.select(TownAppraisal.column_names()), cast=True),
        account=investment_account(
            known, _whole(_fact(programme, PLACES)), target.value if target else None
        ),
        last=target.last if target else None,
        found=beside.height,
        tally=registry.tally,
        counted=registry.enterprises.height,
        years=counts.years,
    )


def _fact(programme: Programme, key: str) -> Fact | None:
    return next((fact for fact in programme.profile.facts if fact.key == key), None)


def _whole(fact: Fact | None) -> int | None:
    return None if fact is None else int(fact.value)


def _listed(programme: Programme, on: date) -> pl.DataFrame:
    """Listed towns with their terms, what is required of them, and what they planned."""
    every = programme.tables.towns
    towns = every.filter(pl.col("listed_on") <= on).sort("listed_on", "town_id")
    if towns.is_empty():
        days = every["listed_on"].drop_nulls().sort().to_list()
        hint = f"The first list is of {days[0]}." if days else "No list of it has a day."
        raise RequestError(f"No town of the programme was on a list by {on}", hint)
    rows = (
        towns.join(_required(programme, on, towns), on="town_id", maintain_order="left")
        .join(
            programme.tables.industry_terms.drop("source"),
            on="town_id",
            how="left",
            maintain_order="left",
        )
        .with_columns(
            pl.col("kind").cast(pl.String).fill_null("unknown"),
            sector_inferred=pl.col("sector_source").is_null(),
            prefecture="prefecture_zh",
            county="county_zh",
        )
    )
    years = pl.col("years").fill_null(0).cast(pl.String) + "y"
    ends = rows.select("town_id", "listed_on", ends_on=pl.col("listed_on").dt.offset_by(years))
    plans = published_plans(programme.tables.figures, ends)
    return rows.join(plans, on="town_id", how="left", maintain_order="left").with_columns(
        investment_cny=pl.when(pl.col("counts").fill_null(value=False))
        .then("planned_cny")
        .otherwise("minimum_cny")
    )


def _required(programme: Programme, on: date, towns: pl.DataFrame) -> pl.DataFrame:
    """What the guideline asks of each town: first year, all years, and by the target's last day."""
    target = _fact(programme, TARGET)
    last = target.last if target else None
    wanted = requirements(programme, on, towns)
    rows = []
    for town_id, listed_on in towns.select("town_id", "listed_on").iter_rows():
        need = wanted[town_id]
        due = need.by(last, listed_on) if last else None
        rows.append((town_id, need.first_year_cny, need.whole_cny, need.years, due))
    names = ("first_year_cny", "minimum_cny", "years", "due_cny")
    money = pl.Decimal(20, 2)
    types = {name: pl.Int32() if name == "years" else money for name in names}
    columns = {"town_id": pl.String(), **types}
    cells = [[_cell(value) for value in row] for row in rows]
    return pl.DataFrame(cells, schema=columns, orient="row")


def _cell(value: object) -> object:
    return round(value, 2) if isinstance(value, Decimal) else value


def _with_evidence(
    towns: pl.DataFrame, registry: Registry, reading: DiscoverOptions
) -> pl.DataFrame:
    """Add what the registry says of each town's industry in its county and its township."""
    shown = countable(towns)
    county = town_evidence(registry, shown, "county").drop("place_code")
    places = township_in(load_gazetteer(reading.read.vintage), shown)
    inner = town_evidence(registry, shown.drop("place_code").join(places, on="town_id"), "township")
    township = inner.select(
        "town_id",
        **{f"township_{n}": n for n in ("enterprises", "expected", "lq_low", "lq_high")},
    )
    return (
        towns.join(county, on="town_id", how="left", maintain_order="left")
        .join(township, on="town_id", how="left", maintain_order="left")
        .with_columns(evidence=evidence(), township="township_zh")
    )


def _beside(counts: Counts, towns: pl.DataFrame) -> pl.DataFrame:
    """Pairs with evidence worth a town that no listed town of the county covers."""
    found = specialise(counts, DiscoverOptions().top)
    dated = counts.cells.select(pl.sum("recent"), pl.sum("dated")).row(0)
    pairs = shortlist(found, dated[0] / max(dated[1], 1))
    covered: dict[str, list[str]] = {}
    for place, terms in towns.select("place_code", "terms").drop_nulls().iter_rows():
        covered.setdefault(place, []).extend(terms_of(terms))
    return uncovered(pairs, covered, pairs.height)


def _candidates(
    programme: Programme, towns: pl.DataFrame, found: pl.DataFrame, options: AppraiseOptions
) -> pl.DataFrame:
    """Return rows of both kinds with flow columns; strongest evidence decides no order."""
    points = _points()
    claims = published_claims(programme.tables.figures)
    located = towns.join(points, on="place_code", how="left", maintain_order="left")
    mine = town_candidates(located, claims, options.standing)
    gazetteer = load_gazetteer(options.discovering().read.vintage)
    names = gazetteer.places.select(region="code", prefecture="name")
    places = (
        gazetteer.places.select(place_code="code", region="prefecture")
        .join(names, on="region", how="left")
        .join(points, on="place_code", how="left")
        .select("place_code", "prefecture", "lon", "lat")
    )
    others = found_candidates(found, places)
    rows = PlanCandidate.validate(pl.concat([mine, others]))
    share = _fact(programme, PRIVATE)
    amounts = [*towns["investment_cny"], *[None] * others.height]
    years = [*towns["years"], *[None] * others.height]
    added = flows(amounts, years, share.value if share else Decimal(1))
    money = pl.Decimal(20, 2)
    return rows.with_columns(**{name: pl.Series(c, dtype=money) for name, c in added.items()})


def _points() -> pl.DataFrame:
    """Seats of counties by any code they ever had: `place_code`, `lon`, `lat`."""
    newest = load_gazetteer().codes.select("code", "county").drop_nulls()
    return newest.join(seats(), left_on="county", right_on="code").select(
        "lon", "lat", place_code="code"
    )


def write_appraised(
    found: Appraised,
    options: AppraiseOptions,
    files: Sequence[Path],
    out: Path,
    report: Path | None,
) -> list[Path]:
    """Write the candidates, and the towns if asked for, each with its record; return the paths."""
    more = {
        "rows": {
            "read": found.tally.read,
            "kept": found.tally.kept,
            "rejected": dict(found.tally.reasons),
        },
        "counted": found.counted,
        "years_covered": found.years,
        "programme": open_programme(options.programme).digest,
    }
    run = run_of(find_files(files), options, more)
    written = []
    for path, table in ((out, found.candidates), (report, found.towns)):
        if path is not None:
            write_table(table, path)
            write_run(path, run)
            written.append(path)
    return written
