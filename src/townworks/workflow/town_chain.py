"""The chain of a town, from the register: its enterprises are those admitted, the rest elsewhere.

All enterprises of the register are read once and kept until one is added; 190,000 take some
seconds. The same arithmetic as `townworks chain`, at a place that is no division, and with one
difference: a town is measured by what its own makers need (its share of the province's makers, of
every stage; three enterprises at least), not by what a tenth of the province's output would.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, lru_cache

import numpy as np
import polars as pl
from markupsafe import Markup

from townworks.chains import gaps, measure, stage_slices
from townworks.chains.entrants import entrants
from townworks.chains.requirements import FULL_SHARE, SCHEMES
from townworks.measures.arrays import BoolArray, IntArray
from townworks.measures.coverage import completeness, sampling_interval
from townworks.report.chains import Node, draw_chain, mark, picture_style
from townworks.schema.chains import Chain
from townworks.schema.gazetteer import load_gazetteer
from townworks.workflow.chain_map import Place, survey
from townworks.workflow.chain_registry import ChainRegistry, of_frame
from townworks.workflow.chains import SEED, Question, open_chains, question

__all__ = [
    "COLUMNS",
    "Rows",
    "TownChain",
    "chain_of_town",
    "mark",
    "picture_style",
    "registry_of",
    "town_chain",
]

WITHIN_KM = 100.0
ROUNDS = 199
LEADS = 10
COLUMNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "enterprise_id": pl.String,
    "name": pl.String,
    "registered_on": pl.Date,
    "capital_cny": pl.Decimal(24, 2),
    "county_code": pl.String,
    "activity": pl.String,
}
"""What is read of an enterprise of the register, in this order."""


@dataclass(frozen=True, slots=True)
class TownChain:
    """What a page shows of a town's chain.

    nodes: by stage. completeness: the row of the town itself (`schema.Completeness`); around: those
    of its county and of all within 100 km. gaps, leads, partners, enterprises, entrants: as
    `workflow.chains` has them. entrant: the enterprise of the question "what if it enters?" with
    its stages, and the completeness then; None: not asked, or not in the register.
    """

    chain: Chain
    nodes: dict[str, Node]
    completeness: dict[str, object]
    around: list[dict[str, object]]
    gaps: pl.DataFrame
    leads: pl.DataFrame
    partners: pl.DataFrame
    enterprises: pl.DataFrame
    entrants: pl.DataFrame
    entrant: "Entrant | None"

    def picture(self, language: str) -> Markup:
        """Return the SVG in one language."""
        return draw_chain(self.chain, self.nodes, [language])

    def picture_then(self, language: str) -> Markup:
        """Return the SVG as it would be with the entrant; empty where there is none."""
        return draw_chain(self.chain, self.entrant.nodes, [language]) if self.entrant else Markup()


@dataclass(frozen=True, slots=True)
class Entrant:
    """What if an enterprise enters: its stages, and completeness before and then, with bounds.

    before, after: value, low, high (5 % and 95 %, were the enterprises counted anew). nodes: of the
    picture then.
    """

    name: str
    code: str
    titles: list[dict[str, str]]
    before: tuple[object, object, object]
    after: tuple[float, float, float]
    is_here: bool
    nodes: dict[str, Node]


@cache
def _chains() -> dict[str, Chain]:
    return open_chains("zhejiang")


def chain_of_town(town_id: str, industry_zh: str) -> Chain | None:
    """Return the chain that names the town, else the one named as its industry is; or None."""
    every = _chains().values()
    named = (chain for chain in every if town_id in chain.towns)
    alike = (chain for chain in every if chain.title["zh"].removesuffix("业") == industry_zh)
    return next(named, None) or next(alike, None)


@lru_cache(maxsize=2)
def registry_of(_mark: object, rows: "Rows") -> ChainRegistry:
    """Read the register's enterprises; mark: what changes when one is added."""
    table = pl.DataFrame(rows(), schema=COLUMNS, orient="row")
    names = load_gazetteer().places.select(county_code="code", county="name")
    located = table.with_columns(
        pl.when(pl.col("county_code").str.len_chars() > 0).then("county_code")
    ).join(names, on="county_code", how="left", maintain_order="left")
    whole = located.with_columns(
        township_code=pl.lit(None, pl.String), township=pl.lit(None, pl.String)
    )
    return of_frame(whole, _chains())


class Rows:
    """How the register's enterprises are read, once it must be: equal to any other."""

    def __init__(self, read: object) -> None:
        """Keep a function that returns the rows, in the order of `COLUMNS`."""
        self.read = read

    def __call__(self) -> Sequence[tuple[object, ...]]:
        """Read them."""
        return self.read()  # type: ignore[operator, no-any-return]

    def __eq__(self, other: object) -> bool:
        """All readers are one: what they read is told by the mark."""
        return isinstance(other, Rows)

    def __hash__(self) -> int:
        """Return the same for all."""
        return 0


def town_chain(
    registry: ChainRegistry,
    chain: Chain,
    town: Place,
    admitted: Collection[str],
    as_of: date,
    entrant: str = "",
) -> TownChain:
    """Say how complete the chain of a town is; town: its id as `code`, name, county.

    admitted: ids (credit codes) of the enterprises in the town. entrant: of one that might come.
    """
    inside = registry.enterprises["enterprise_id"].is_in(list(admitted)).to_numpy()
    ground = survey(registry.enterprises, town, WITHIN_KM, inside)
    share = min(FULL_SHARE, _share_of_focus(registry, chain, inside))
    ground = replace(ground, map=replace(ground.map, least=1, full_share=share))
    asked = question(registry, chain, ground, as_of)
    rng = np.random.default_rng(SEED)
    table = measure([chain], asked.members, ground.map, rng, ROUNDS)
    mine = table.filter((pl.col("place_code") == town.code) & (pl.col("weights") == "links"))
    rows = {row["catchment"]: row for row in mine.iter_rows(named=True)}
    lacking = gaps(chain, town.code, asked.counts, asked.need)
    found = asked.leads(lacking, LEADS)
    return TownChain(
        chain=chain,
        nodes=_nodes(chain, asked, lacking),
        completeness=rows["place"],
        around=[rows["county"], rows["within"]],
        gaps=lacking,
        leads=found,
        partners=_partners(asked),
        enterprises=asked.contributions(rng),
        entrants=entrants(chain, found, asked.counts.place, asked.need, rng),
        entrant=_with(asked, entrant, rows["place"], rng),
    )


def _share_of_focus(registry: ChainRegistry, chain: Chain, inside: BoolArray) -> float:
    """Return the town's share of the enterprises of the focus: what its own makers need."""
    first = stage_slices(registry.chains)[registry.chains.index(chain)].start
    focus = first + chain.stage_ids.index(chain.focus)
    makers = registry.members.filter(pl.col("stage") == focus)["enterprise"].to_numpy()
    return float(inside[makers].sum()) / max(len(makers), 1)


def _nodes(chain: Chain, asked: Question, lacking: pl.DataFrame) -> dict[str, Node]:
    here = asked.here()
    names = {
        stage_id: here.filter(pl.col("stage") == number)["name"].to_list()
        for number, stage_id in enumerate(chain.stage_ids)
    }
    rows = lacking.iter_rows(named=True)
    return {
        r["stage_id"]: Node(r["state"], r["place"], r["needed"], names[r["stage_id"]]) for r in rows
    }


def _partners(asked: Question) -> pl.DataFrame:
    """Partners with their credit codes, so that a proposal can be made."""
    codes = asked.here().select("name", "enterprise_id").unique("name")
    found = asked.partners()
    if found.is_empty():
        return found
    return found.join(
        codes.rename({"name": "supplier", "enterprise_id": "supplier_code"}), on="supplier"
    ).join(codes.rename({"name": "buyer", "enterprise_id": "buyer_code"}), on="buyer")


def _with(
    asked: Question, code: str, now: dict[str, object], rng: np.random.Generator
) -> Entrant | None:
    """What the chain would be with one more enterprise; now: completeness without it."""
    who = asked.enterprises.filter(pl.col("enterprise_id") == code)
    if who.is_empty():
        return None
    stages = asked.members.filter(pl.col("enterprise") == who["enterprise"][0])["stage"].to_list()
    is_here = bool(asked.ground.at_place[who["enterprise"][0]])
    more = asked.counts.place.copy()
    if not is_here:
        more[stages] += 1
    then = gaps(asked.chain, "", replace(asked.counts, place=more), asked.need)
    nodes = _nodes(asked.chain, asked, then)
    for stage in [] if is_here else stages:
        node = nodes[asked.chain.stage_ids[stage]]
        nodes[asked.chain.stage_ids[stage]] = replace(node, names=[who["name"][0], *node.names])
    return Entrant(
        name=who["name"][0],
        code=code,
        titles=[dict(asked.chain.stages[stage].title) for stage in stages],
        before=(now["completeness"], now["low"], now["high"]),
        after=_bounded(asked, more, rng),
        is_here=is_here,
        nodes=nodes,
    )


def _bounded(
    asked: Question, counts: IntArray, rng: np.random.Generator
) -> tuple[float, float, float]:
    """Return completeness by links, and its bounds were the enterprises counted anew."""
    weights = asked.need.weights[SCHEMES.index("links")]
    low, high = sampling_interval(counts[None, :], asked.need.needed, weights[None, :], rng)
    return completeness(counts, asked.need.needed, weights).item(), low.item(), high.item()
