"""`townworks discover`: registry files → how specialised each place is."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import chain
from pathlib import Path
from typing import Literal

import polars as pl

from townworks.candidates import Counts, count_mentions, shortlist, specialise
from townworks.enterprises.clauses import TRADE
from townworks.enterprises.industry_codes import coded_specialities
from townworks.enterprises.names import is_branch
from townworks.enterprises.phrases import Phrases, join_phrases, read_phrases
from townworks.enterprises.specialities import Lexicon, learn_lexicon, mentions
from townworks.errors import RequestError
from townworks.io import find_files
from townworks.schema.gazetteer import prefecture_of
from townworks.schema.language import ActivityLanguage, activity_language
from townworks.workflow.pipeline import in_order
from townworks.workflow.reading import (
    Progress,
    ReadOptions,
    Tally,
    is_county,
    read_enterprises,
)

Level = Literal["county", "township"]
Role = Literal["make", "all"]


@dataclass(frozen=True, slots=True)
class DiscoverOptions:
    """What to discover.

    by: places to look at. since, until: first and last day of registration counted (None: no
    limit; with a limit, rows without a date are left out). top: specialities per place. activity:
    "make" leaves out those that an enterprise only trades in. engine: "spark" runs the reading on
    PySpark (`docs/scale.md`).
    """

    by: Level = "county"
    since: date | None = None
    until: date | None = None
    top: int = 10
    activity: Role = "all"
    engine: Literal["local", "spark"] = "local"
    read: ReadOptions = field(default_factory=ReadOptions)

    def check(self) -> None:
        """Raise `RequestError` if the options contradict themselves."""
        if self.top < 1:
            raise RequestError(f"--top is {self.top}", "Ask for at least 1.")
        if self.since and self.until and self.since > self.until:
            raise RequestError(
                f"--since {self.since} is after --until {self.until}", "Turn them round."
            )


@dataclass(frozen=True, slots=True)
class Discovery:
    """What was found, for which options: tables `schema.Specialisation` and `schema.Candidate`.

    tally: what became of the rows. counts: what the tables rest on. counted: enterprises that
    count (in the period, no branches); branches and outside: those that do not, and why.
    """

    options: DiscoverOptions
    specialisation: pl.DataFrame
    candidates: pl.DataFrame
    counts: Counts
    tally: Tally
    counted: int
    branches: int
    outside: int
    files: tuple[Path, ...]
    as_of: date


@dataclass(frozen=True, slots=True)
class Registry:
    """What is kept of a registry.

    enterprises: codes and names of places, day and year of registration, one row each, in the
    order of their number.
    phrases and codes: what they say they do. tally, branches, outside: the account.
    """

    enterprises: pl.DataFrame
    phrases: Phrases
    codes: pl.DataFrame
    tally: Tally
    branches: int
    outside: int


def discover(
    paths: Sequence[Path], options: DiscoverOptions, progress: Progress | None = None
) -> Discovery:
    """Find what each place is specialised in, from the registry alone.

    Raises `InputNotFoundError`, `UnreadableInputError`, `MissingColumnsError` for files, and
    `RequestError` for options at fault. Absence of evidence is "not known", not "no".
    """
    options.check()
    census = take_census(paths, options, progress)
    found = specialise(census.counts, options.top)
    dated = census.counts.cells.select(pl.sum("recent"), pl.sum("dated")).row(0)
    return Discovery(
        options=options,
        specialisation=found,
        candidates=shortlist(found, dated[0] / max(dated[1], 1)),
        counts=census.counts,
        tally=census.tally,
        counted=census.counted,
        branches=census.branches,
        outside=census.outside,
        files=tuple(find_files(paths)),
        as_of=options.read.as_of or datetime.now(tz=UTC).date(),
    )


@dataclass(frozen=True, slots=True)
class Census:
    """Who does what where, with the account of the rows: what an engine finds."""

    counts: Counts
    tally: Tally
    counted: int
    branches: int
    outside: int


def take_census(
    paths: Sequence[Path], options: DiscoverOptions, progress: Progress | None = None
) -> Census:
    """Read and count with the engine asked for; the result is the same."""
    if options.engine == "spark":
        from townworks.workflow.spark import take_census_with_spark

        return take_census_with_spark(paths, options, progress)
    registry = load_registry(paths, options, progress)
    return Census(
        counts=count_by(registry, find_mentions(registry, options.activity), options.by),
        tally=registry.tally,
        counted=registry.enterprises.height,
        branches=registry.branches,
        outside=registry.outside,
    )


def load_registry(
    paths: Sequence[Path], options: DiscoverOptions, progress: Progress | None = None
) -> Registry:
    """Read the files once and keep what counting needs."""
    language, tally, left_out = activity_language(), Tally(), Counter[str]()

    def counted() -> Iterator[pl.DataFrame]:
        numbered = 0
        for batch in read_enterprises(paths, options.read, tally, progress):
            branch = batch.select(is_branch(pl.col("name"), language)).to_series()
            within = batch.select(within_period(options)).to_series()
            left_out.update(outside=int((~within).sum()), branches=int((within & branch).sum()))
            kept = batch.filter(within & ~branch).with_row_index("enterprise", offset=numbered)
            numbered += kept.height
            yield kept

    parts = list(in_order(lambda kept: _keep(kept, language), counted()))
    return Registry(
        enterprises=pl.concat([part.enterprises for part in parts]),
        phrases=join_phrases([part.phrases for part in parts]),
        codes=pl.concat([part.codes for part in parts]),
        tally=tally,
        branches=left_out["branches"],
        outside=left_out["outside"],
    )


@dataclass(frozen=True, slots=True)
class _Part:
    enterprises: pl.DataFrame
    phrases: Phrases
    codes: pl.DataFrame


def _keep(batch: pl.DataFrame, language: ActivityLanguage) -> _Part:
    """What is kept of one batch of enterprises."""
    places = ("county_code", "county", "township_code", "township")
    return _Part(
        enterprises=batch.select(*places, "registered_on", year=pl.col("registered_on").dt.year()),
        phrases=read_phrases(batch, language),
        codes=coded_specialities(batch),
    )


@dataclass(frozen=True, slots=True)
class Mentions:
    """Who has which speciality: chunks of pairs that point into `names`."""

    names: tuple[str, ...]
    chunks: Iterable[pl.DataFrame]


def find_mentions(registry: Registry, role: Role = "all") -> Mentions:
    """Learn the registry's vocabulary and find who has which speciality; industry codes join in."""
    return mentions_of(registry.phrases, registry.codes, learn_lexicon(registry.phrases), role)


def mentions_of(phrases: Phrases, codes: pl.DataFrame, lexicon: Lexicon, role: Role) -> Mentions:
    """Find who has which speciality of a lexicon; industry codes (`enterprise`, `name`) join in."""
    coded = codes.select("name").unique().sort("name")
    numbered = coded.with_row_index("speciality", offset=len(lexicon.names))
    by_code = codes.join(numbered, on="name").select(
        "enterprise",
        "speciality",
        role=pl.lit(0, pl.UInt8),
        main=pl.lit(value=True),
        alone=pl.lit(value=True),
    )
    wanted = pl.col("role") != TRADE if role == "make" else pl.lit(value=True)
    chunks = chain(mentions(phrases, lexicon), [by_code])
    return Mentions((*lexicon.names, *coded["name"]), (chunk.filter(wanted) for chunk in chunks))


def count_by(registry: Registry, found: Mentions, level: Level) -> Counts:
    """Count mentions by the places of one level."""
    located, places = registry_places(registry, level)
    return count_mentions(found.chunks, found.names, located, places)


def registry_places(registry: Registry, level: Level) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `place_code` and `year` of each enterprise, and the places with their names."""
    located = registry.enterprises.select("year", place_code=place_code(level), place=level)
    places = located.unique("place_code", keep="first", maintain_order=True)
    return located.select("place_code", "year"), places.drop_nulls("place_code").select(
        "place_code", "place", region=prefecture_of(pl.col("place_code"))
    )


def place_code(level: Level) -> pl.Expr:
    """Code of an enterprise's place; a city whose county is not known is no county."""
    code = pl.col(f"{level}_code")
    return code if level == "township" else pl.when(is_county(code)).then(code)


def within_period(options: DiscoverOptions) -> pl.Expr:
    """Whether `registered_on` is in the period asked for; without a limit, always."""
    day = pl.col("registered_on")
    after = pl.lit(value=True) if options.since is None else day >= options.since
    before = pl.lit(value=True) if options.until is None else day <= options.until
    return (after & before).fill_null(value=False)
