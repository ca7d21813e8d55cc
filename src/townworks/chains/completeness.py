"""How complete chains are at places, beside random places of the same size."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from townworks.chains.requirements import FULL_SHARE, SCHEMES, Requirements, requirements
from townworks.measures.arrays import FloatArray, IntArray
from townworks.measures.coverage import (
    Roster,
    by_chance,
    completeness,
    sampling_interval,
)
from townworks.schema.chains import Chain, Completeness

LEAST_ENTERPRISES = 30
"""A place with fewer enterprises in the registry is not known."""
ROUNDS = 999


@dataclass(frozen=True, slots=True)
class Area:
    """A catchment: the place itself, its county, or all within a distance.

    within: positions of the parts of the map that it is made of.
    """

    place_code: str
    place: str
    catchment: str
    within: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Map:
    """Where enterprises are: parts that do not overlap, and the areas made of them.

    part: the part of each enterprise, -1 where its place is not known. least: enterprises that an
    area must have to be judged. full_share: share of a stage that fills it.
    """

    part: IntArray
    n_parts: int
    areas: tuple[Area, ...]

    least: int = LEAST_ENTERPRISES
    full_share: float = FULL_SHARE

    def matrix(self) -> FloatArray:
        """Areas × parts, 1 where the part belongs to the area."""
        belongs = np.zeros((len(self.areas), self.n_parts))
        for row, area in enumerate(self.areas):
            belongs[row, list(area.within)] = 1.0
        return belongs

    def sizes(self) -> IntArray:
        """Enterprises of each area."""
        located = self.part[self.part >= 0]
        counts = np.bincount(located, minlength=self.n_parts)
        return (self.matrix() @ counts).astype(np.int64)


def roster(members: pl.DataFrame, where: Map, n_stages: int) -> Roster:
    """Put the members (`enterprise`, `stage`) on the map."""
    return Roster(
        member=members["enterprise"].to_numpy().astype(np.int64),
        stage=members["stage"].to_numpy().astype(np.int64),
        place=where.part,
        n_places=where.n_parts,
        n_stages=n_stages,
    )


def stage_slices(chains: Sequence[Chain]) -> list[slice]:
    """Where the stages of each chain stand among all of them."""
    ends = np.cumsum([0, *(len(chain.stages) for chain in chains)])
    return [slice(int(a), int(b)) for a, b in pairwise(ends)]


def needs(
    chains: Sequence[Chain], members: pl.DataFrame, n_stages: int, full_share: float = FULL_SHARE
) -> list[Requirements]:
    """Return what each chain needs, by the registry as a whole, located or not."""
    total = np.bincount(members["stage"].to_numpy(), minlength=n_stages)
    return [
        requirements(chain, total[own], full_share)
        for chain, own in zip(chains, stage_slices(chains), strict=True)
    ]


def measure(
    chains: Sequence[Chain],
    members: pl.DataFrame,
    where: Map,
    rng: np.random.Generator,
    rounds: int = ROUNDS,
) -> pl.DataFrame:
    """Return `schema.Completeness`: every chain at every area, by each scheme of weights.

    members: `enterprise`, `stage`. Random places: the places of all located enterprises are dealt
    out anew, `rounds` times, so that each place keeps its size. An area of fewer than
    `LEAST_ENTERPRISES` enterprises, and a chain without a known stage, is "not known" (null).
    """
    n_stages = sum(len(chain.stages) for chain in chains)
    dealt = roster(members, where, n_stages)
    belongs, slices = where.matrix(), stage_slices(chains)
    wanted = needs(chains, members, n_stages, where.full_share)
    asked = [(own, need.needed, need.weights) for own, need in zip(slices, wanted, strict=True)]
    chances = by_chance(dealt, belongs, asked, rounds, rng)
    counts = (belongs @ dealt.observed()).astype(np.int64)
    people = _people(members, where, belongs, slices)
    tables = []
    for place, (chain, own, need) in enumerate(zip(chains, slices, wanted, strict=True)):
        low, high = sampling_interval(counts[:, own], need.needed, need.weights, rng)
        found = {
            "completeness": completeness(counts[:, own], need.needed, need.weights),
            "low": low,
            "high": high,
            "expected": chances[place].expected,
            "p_value": chances[place].p_value,
        }
        head = _head(chain, need, counts[:, own], people[place], where)
        tables.append(_long(head, found, where.least))
    return pl.concat(tables)


def _people(
    members: pl.DataFrame, where: Map, belongs: FloatArray, slices: Sequence[slice]
) -> list[IntArray]:
    """Distinct members of each chain in each area."""
    found = []
    for own in slices:
        inside = members.filter(pl.col("stage").is_between(own.start, own.stop - 1))
        part = where.part[inside["enterprise"].unique().to_numpy()]
        counts = np.bincount(part[part >= 0], minlength=where.n_parts)
        found.append((belongs @ counts).astype(np.int64))
    return found


def _head(
    chain: Chain, need: Requirements, counts: IntArray, people: IntArray, where: Map
) -> pl.DataFrame:
    counted = need.weights[SCHEMES.index("equal")] > 0
    filled = (counts[:, counted] >= need.needed[counted]).sum(axis=1)
    return pl.DataFrame(
        {
            "chain_id": [chain.chain_id] * len(where.areas),
            "place_code": [area.place_code for area in where.areas],
            "place": [area.place for area in where.areas],
            "catchment": [area.catchment for area in where.areas],
            "enterprises": where.sizes(),
            "members": people,
            "stages_known": [int(counted.sum())] * len(where.areas),
            "stages_filled": filled,
        }
    )


def _long(head: pl.DataFrame, found: dict[str, FloatArray], least: int) -> pl.DataFrame:
    known = (pl.col("enterprises") >= least) & (pl.col("stages_known") > 0)
    tables = [
        head.with_columns(
            pl.lit(scheme).alias("weights"),
            *(pl.Series(name, values[:, column]) for name, values in found.items()),
        )
        for column, scheme in enumerate(SCHEMES)
    ]
    return (
        pl.concat(tables)
        .with_columns(excess=pl.col("completeness") - pl.col("expected"))
        .with_columns(
            pl.when(known).then(pl.col(name).fill_nan(None)).alias(name)
            for name in ("completeness", "low", "high", "expected", "excess", "p_value")
        )
        .select(Completeness.column_names())
    )
