"""Industry chains: stages from upstream to downstream and beside, links, and what is said of them.

A chain stands as TOML in a programme's folder (`chains/<chain_id>.toml`); `chains.load_chains`
checks it. The tables are what `townworks chain` writes.
"""

from dataclasses import dataclass
from typing import Literal, get_args

import dataframely as dy

Position = Literal[
    "upstream", "midstream", "downstream", "machinery", "services", "testing", "finance", "market"
]
"""Where a stage stands: in the flow of material, or beside it."""
Role = Literal["make", "trade", "service"]
Basis = Literal["judgement", "cost_share", "input_output"]
POSITIONS: tuple[Position, ...] = get_args(Position)
ROLES: tuple[Role, ...] = get_args(Role)
BASES: tuple[Basis, ...] = get_args(Basis)
Texts = dict[str, str]
"""Language → text."""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of a chain and what belongs to it.

    roles: what an enterprise must do with the thing; all three: anything, or not said. terms: words
    that end a phrase of the scope of business; names: words that end a registered name; codes:
    prefixes of GB/T 4754. known: False where registrations cannot show the stage.
    """

    stage_id: str
    title: Texts
    position: Position
    roles: tuple[Role, ...]
    terms: tuple[str, ...]
    names: tuple[str, ...]
    codes: tuple[str, ...]
    known: bool
    note: Texts | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Link:
    """What one stage gives to another; weight: the share of what `to` needs that comes from it."""

    source: str
    target: str
    weight: float
    basis: Basis
    loop: bool


@dataclass(frozen=True, slots=True)
class Chain:
    """One industry chain; focus: the stage it is named for; towns: those whose industry it is."""

    chain_id: str
    title: Texts
    focus: str
    stages: tuple[Stage, ...]
    links: tuple[Link, ...]
    excluded: tuple[str, ...]
    towns: tuple[str, ...]
    sources: tuple[str, ...]

    @property
    def stage_ids(self) -> tuple[str, ...]:
        """Ids of the stages, in the order of the file."""
        return tuple(stage.stage_id for stage in self.stages)


_CATCHMENT = ["place", "county", "within"]


class Completeness(dy.Schema):
    """How complete a chain is at a place, beside random places of the same size."""

    chain_id = dy.String(nullable=False, primary_key=True)
    place_code = dy.String(nullable=False, primary_key=True)
    place = dy.String(nullable=False, description="its name")
    catchment = dy.Enum(_CATCHMENT, nullable=False, primary_key=True)
    weights = dy.Enum(["links", "equal", "requirements"], nullable=False, primary_key=True)
    enterprises = dy.UInt32(nullable=False, description="all enterprises of the catchment")
    members = dy.UInt32(nullable=False, description="those of them that the chain knows")
    stages_known = dy.UInt32(nullable=False, description="stages with enough evidence to judge")
    stages_filled = dy.UInt32(nullable=False, description="of these, those with enough enterprises")
    completeness = dy.Float64(nullable=True, min=0, max=1, description="null: not known")
    low = dy.Float64(nullable=True, min=0, max=1, description="5 % bound, were it counted anew")
    high = dy.Float64(nullable=True, min=0, max=1, description="95 % bound")
    expected = dy.Float64(
        nullable=True, min=0, max=1, description="mean of random places of the same size"
    )
    excess = dy.Float64(nullable=True, min=-1, max=1, description="completeness - expected")
    p_value = dy.Float64(
        nullable=True, min=0, max=1, description="share of random places at least as complete"
    )


class Gap(dy.Schema):
    """One stage of a chain at a place: filled, thin, missing, or not known; widest gaps first."""

    chain_id = dy.String(nullable=False, primary_key=True)
    place_code = dy.String(nullable=False, primary_key=True)
    stage_id = dy.String(nullable=False, primary_key=True)
    stage_en = dy.String(nullable=False)
    stage_zh = dy.String(nullable=False)
    position = dy.Enum(list(POSITIONS), nullable=False)
    weight = dy.Float64(nullable=False, min=0, max=1, description="share of the requirements")
    state = dy.Enum(["filled", "thin", "missing", "not_known"], nullable=False)
    needed = dy.UInt32(nullable=True, description="enterprises that fill it; null: not known")
    place = dy.UInt32(nullable=False, description="enterprises at the place")
    low = dy.Float64(nullable=False, min=0, description="Garwood 90 % bound of `place`")
    high = dy.Float64(nullable=False, min=0)
    county = dy.UInt32(nullable=False, description="enterprises in the county")
    within = dy.UInt32(nullable=False, description="enterprises within the distance")
    province = dy.UInt32(nullable=False, description="enterprises in the whole registry")
    gap = dy.Float64(nullable=True, min=0, max=1, description="weight × (1 - coverage)")
    fragility = dy.Enum(
        ["none", "single_supplier", "outside"],
        nullable=False,
        description="one enterprise alone fills it, or all of it comes from outside the place",
    )


class Lead(dy.Schema):
    """An enterprise elsewhere that could fill a gap, with the reason for its rank."""

    chain_id = dy.String(nullable=False, primary_key=True)
    stage_id = dy.String(nullable=False, primary_key=True)
    rank = dy.UInt32(nullable=False, primary_key=True, min=1)
    enterprise_id = dy.String(nullable=False)
    name = dy.String(nullable=False)
    county_code = dy.String(nullable=True)
    county = dy.String(nullable=True)
    distance_km = dy.Float64(nullable=True, min=0, description="between seats of counties")
    capital_cny = dy.Decimal(24, 2, nullable=True, description="registered, where it is in CNY")
    registered_on = dy.Date(nullable=True)
    terms = dy.String(nullable=False, description="its words that match, joined by 、")
    serves = dy.String(nullable=True, description="its words of this industry's other stages")
    score = dy.Float64(nullable=False, min=0, max=1)
    fit = dy.Float64(nullable=False, min=0, max=1)
    nearness = dy.Float64(nullable=True, min=0, max=1, description="null: not known")
    size = dy.Float64(nullable=True, min=0, max=1, description="null: not known")
    age = dy.Float64(nullable=True, min=0, max=1, description="null: not known")
    service = dy.Float64(nullable=False, min=0, max=1)
    reason_en = dy.String(nullable=False)
    reason_zh = dy.String(nullable=False)
