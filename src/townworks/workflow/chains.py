"""The verb `chain`: how complete a chain is at a place, what it lacks, and who could fill it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from townworks.chains import (
    Asked,
    Counts,
    Requirements,
    gaps,
    leads,
    load_chains,
    measure,
    needs,
    stage_slices,
    suggest_partners,
)
from townworks.chains.completeness import ROUNDS, roster
from townworks.chains.entrants import contributions, entrants
from townworks.errors import RequestError
from townworks.io import find_programme, programme_files
from townworks.schema.chains import Chain, Lead
from townworks.schema.gazetteer import load_gazetteer
from townworks.workflow.chain_map import Ground, Place, find_place, survey
from townworks.workflow.chain_registry import ChainRegistry, read_chain_registry
from townworks.workflow.reading import Progress, ReadOptions, Tally

_COUNTY_DIGITS = 6
LEAD_TYPES = Lead.create_empty().schema
SEED = 20150604
"""Seed of the random places; the same input gives the same numbers."""


@dataclass(frozen=True, slots=True)
class ChainOptions:
    """What is asked: which programme, chain and place; how far "within" reaches; how many leads.

    place: division code of a county (6 digits) or township (9). rounds: random places drawn.
    """

    programme: str | Path
    chain: str
    place: str
    within_km: float = 100.0
    leads: int = 50
    rounds: int = ROUNDS
    read: ReadOptions = field(default_factory=ReadOptions)

    def check(self) -> None:
        """Raise `RequestError` for what cannot be asked."""
        bounds = {"within": (self.within_km, 1, 20_000), "leads": (self.leads, 1, 10_000)}
        bounds["rounds"] = (self.rounds, 19, 100_000)
        for name, (value, least, most) in bounds.items():
            if not least <= value <= most:
                problem = f"--{name} is {value:g}"
                raise RequestError(problem, f"Ask for {least:,} to {most:,}.")


@dataclass(frozen=True, slots=True)
class ChainResult:
    """What came out.

    Tables: `schema.Completeness` (every county and the place), `schema.Gap`, `schema.Lead`;
    enterprises: who at the place is in the chain and what each adds; entrants: the
    leads in the order that completes the chain fastest; partners: whom to bring together.

    counties: `county_code`, `county`. silent: enterprises without activity text. empty: stages
    that match nothing in the registry.
    """

    chain: Chain
    place: Place
    options: ChainOptions
    completeness: pl.DataFrame
    gaps: pl.DataFrame
    leads: pl.DataFrame
    enterprises: pl.DataFrame
    entrants: pl.DataFrame
    partners: pl.DataFrame
    counties: pl.DataFrame
    tally: Tally
    silent: int
    empty: tuple[str, ...]
    as_of: date

    def tables(self) -> Mapping[str, pl.DataFrame]:
        """Return what is written, by the name of the file."""
        return {
            "completeness": self.completeness,
            "gaps": self.gaps,
            "leads": self.leads,
            "enterprises": self.enterprises,
            "entrants": self.entrants,
            "partners": self.partners,
        }

    def of_place(self, catchment: str) -> dict[str, Any]:
        """Return the row of completeness of the place itself, by its links."""
        rows = self.completeness.filter(
            (pl.col("place_code") == self.place.code)
            & (pl.col("catchment") == catchment)
            & (pl.col("weights") == "links")
        )
        return rows.row(0, named=True)

    def rank_of_excess(self) -> int:
        """Return how many counties have more excess than the place, and one."""
        mine = self.of_place("place")["excess"]
        return int((self._counties()["excess"] > mine).sum()) + 1

    def ranked(self) -> int:
        """Return how many counties have enough enterprises for an excess."""
        return self._counties().height

    def _counties(self) -> pl.DataFrame:
        return self.completeness.filter(
            (pl.col("catchment") == "place")
            & (pl.col("weights") == "links")
            & (pl.col("place_code").str.len_chars() == _COUNTY_DIGITS)
        ).drop_nulls("excess")


def open_chains(programme: str | Path) -> dict[str, Chain]:
    """Return the chains of a programme by id; raises `DefinitionsError` with every fault."""
    return load_chains(programme_files(find_programme(programme)))


def find_chain(chains: Mapping[str, Chain], wanted: str) -> Chain:
    """Return the chain of an id, or of a title in either language; raises `RequestError`."""
    titles = {
        title.lower(): c for c in chains.values() for title in (c.chain_id, *c.title.values())
    }
    if found := titles.get(wanted.lower()):
        return found
    near = get_close_matches(wanted.lower(), titles, n=3, cutoff=0.5)
    hint = f"Did you mean {', '.join(near)}?" if near else f"There are {', '.join(chains)}."
    raise RequestError(f"No chain is called '{wanted}'", hint)


def chain(
    paths: Sequence[Path], options: ChainOptions, progress: Progress | None = None
) -> ChainResult:
    """Say how complete a chain is at a place, what it lacks and who could fill it.

    Raises `RequestError` for an unknown chain or place, `DefinitionsError` for chains at fault, and
    what `read_enterprises` does for the files, and `RequestError` again for a place without a
    single enterprise, and where no enterprise says a word of the chain. A place with fewer than 30
    enterprises gives tables that say "not known".
    """
    options.check()
    wanted = find_chain(open_chains(options.programme), options.chain)
    place = find_place(options.place, load_gazetteer(options.read.vintage))
    registry = read_chain_registry(paths, {wanted.chain_id: wanted}, options.read, progress)
    return examine(registry, wanted, place, options)


def examine(
    registry: ChainRegistry, wanted: Chain, place: Place, options: ChainOptions
) -> ChainResult:
    """Answer for one chain and place from a registry that has been read; see `chain`."""
    ground = survey(registry.enterprises, place, options.within_km)
    _check_evidence(registry, wanted, ground)
    as_of = options.read.as_of or datetime.now(tz=UTC).date()
    asked = question(registry, wanted, ground, as_of)
    rng = np.random.default_rng(SEED)
    lacking = gaps(wanted, place.code, asked.counts, asked.need)
    found = asked.leads(lacking, options.leads)
    return ChainResult(
        chain=wanted,
        place=place,
        options=options,
        completeness=measure([wanted], asked.members, asked.ground.map, rng, options.rounds),
        gaps=lacking,
        leads=found,
        enterprises=asked.contributions(rng),
        entrants=entrants(wanted, found, asked.counts.place, asked.need, rng),
        partners=asked.partners(),
        counties=asked.ground.counties,
        tally=registry.tally,
        silent=registry.silent,
        empty=tuple(np.array(wanted.stage_ids)[asked.counts.registry == 0].tolist()),
        as_of=asked.as_of,
    )


def _check_evidence(registry: ChainRegistry, wanted: Chain, ground: Ground) -> None:
    """Raise `RequestError` where there is nothing to answer from."""
    place, whole = ground.place, registry.enterprises
    if not ground.at_place.any():
        column = "township_code" if place.is_township else "county_code"
        found = whole[column].drop_nulls()
        problem = f"No enterprise of this registry is in {place.name} ({place.code})"
        hint = f"It has {whole.height:,} enterprises, {len(found):,} of them in a known"
        hint += f" {'township' if place.is_township else 'county'}"
        most = found.value_counts(sort=True, name="n").sort("n", column, descending=[True, False])
        hint += f", most of them in {most[column][0]}." if len(found) else "."
        raise RequestError(problem, hint)
    if registry.members.is_empty():
        problem = f"No enterprise of this registry belongs to a stage of '{wanted.chain_id}'"
        raise RequestError(problem, "See the terms, names and codes of its stages.")


@dataclass(frozen=True, slots=True)
class Question:
    """One chain at one place of a registry; `stage` counts from 0 within the chain."""

    chain: Chain
    enterprises: pl.DataFrame
    members: pl.DataFrame
    ground: Ground
    counts: Counts
    need: Requirements
    as_of: date

    def here(self) -> pl.DataFrame:
        """Members at the place, with id and name."""
        inside = self.enterprises.filter(pl.Series(self.ground.at_place))
        known = inside.select("enterprise", "enterprise_id", "name")
        return self.members.join(known, on="enterprise")

    def contributions(self, rng: np.random.Generator) -> pl.DataFrame:
        """What each member at the place adds; null where the place is not known."""
        found = contributions(self.chain, self.here(), self.counts.place, self.need, rng)
        if self.counts.is_known:
            return found
        unknown = pl.lit(None, pl.Float64)
        return found.with_columns(contribution=unknown, low=unknown, high=unknown)

    def leads(self, lacking: pl.DataFrame, most: int) -> pl.DataFrame:
        """Leads for each stage that is thin or missing, widest gap first."""
        outside = self.enterprises.filter(~pl.Series(self.ground.at_place)).join(
            self.ground.distance_to_place(), on="county_code", how="left"
        )
        open_stages = lacking.filter(
            pl.col("state").is_in(["thin", "missing"]) & (pl.col("gap") > 0)
        )
        numbers = {stage_id: n for n, stage_id in enumerate(self.chain.stage_ids)}
        tables = [
            leads(
                self.members, outside, Asked(self.chain.chain_id, s, numbers[s], self.as_of), most
            )
            for s in open_stages["stage_id"]
        ]
        return pl.concat([Lead.create_empty(), *(table.cast(LEAD_TYPES) for table in tables)])

    def partners(self) -> pl.DataFrame:
        """Whom to bring together at the place, with names."""
        numbers = dict(enumerate(self.chain.stage_ids))
        here = self.here().with_columns(
            stage_id=pl.col("stage").replace_strict(numbers, return_dtype=pl.String)
        )
        return suggest_partners(
            self.chain,
            here.select("stage_id", "fit", enterprise="name").unique(maintain_order=True),
        )


def question(registry: ChainRegistry, wanted: Chain, ground: Ground, as_of: date) -> Question:
    """Ask of a registry that has been read: one chain, the place of a ground, a day."""
    own = stage_slices(registry.chains)[registry.chains.index(wanted)]
    inside = pl.col("stage").is_between(own.start, own.stop - 1)
    of_chain = registry.members.filter(inside).with_columns(stage=pl.col("stage") - own.start)
    n_stages = len(wanted.stages)
    by_part = roster(of_chain, ground.map, n_stages).observed()
    at = (ground.map.matrix() @ by_part).astype(np.int64)
    counts = Counts(
        place=at[ground.row_of("place")],
        county=at[ground.row_of("county")],
        within=at[ground.row_of("within")],
        registry=np.bincount(of_chain["stage"].to_numpy(), minlength=n_stages),
        is_known=bool(ground.map.sizes()[ground.row_of("place")] >= ground.map.least),
    )
    need = needs([wanted], of_chain, n_stages, ground.map.full_share)[0]
    return Question(wanted, registry.enterprises, of_chain, ground, counts, need, as_of)
