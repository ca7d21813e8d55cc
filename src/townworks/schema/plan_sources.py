"""What a plan may be fed with besides applications: what plans came to, terms, effects of zones.

A programme's folder may hold `plan/realised.csv` (`RealisedPlan`), `plan/industry_terms.csv`
(`IndustryTerms`) and `plan/effects.toml` (`read_effects`). Money is in CNY; effects are in log
points against a comparable place without a zone.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeVar, get_args

import dataframely as dy

from townworks.errors import DefinitionsError
from townworks.schema.reading import Faults, Table, Words, read_toml

EFFECTS = "plan/effects.toml"
"""Where a programme's published effects stand, in its folder."""

Outcome = Literal["growth_cny", "jobs", "tax_cny", "innovation", "enterprises"]
Tag = Literal["found", "memory", "judgement"]
Area = Literal["zone", "county", "city"]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
TAGS: tuple[Tag, ...] = get_args(Tag)
AREAS: tuple[Area, ...] = get_args(Area)
_W = TypeVar("_W", bound=str)
LONGEST_YEARS = 50
KINDS = ("manufacturing", "craft", "service", "tourism", "other")
"""Kinds of industry; other: farming, recycling. A registry cannot show tourism of a place."""


class RealisedPlan(dy.Schema):
    """What an earlier town was to invest, and did: a correction only where `comparable`.

    Comparable is a town's own plan beside what was done in the same years, and nothing else.
    """

    town_id = dy.String(nullable=True, description="null: several towns, or one outside towns.csv")
    name = dy.String(nullable=False, primary_key=True)
    sector = dy.String(nullable=True)
    basis = dy.Enum(
        ["plan", "target", "requirement"],
        nullable=False,
        description="the town's plan, a year's target, or the least that a guideline asks",
    )
    planned_cny = dy.Decimal(20, 2, nullable=False, description="above 0")
    realised_cny = dy.Decimal(20, 2, nullable=False, description="0 or more")
    planned_period = dy.String(nullable=False, primary_key=True)
    realised_period = dy.String(nullable=False, primary_key=True)
    comparable = dy.Bool(nullable=False)
    note_en = dy.String(nullable=False, description="why it is comparable, or is not")
    note_zh = dy.String(nullable=False)
    source = dy.String(nullable=False, description="addresses, a space between")


class IndustryTerms(dy.Schema):
    """The words by which a registry shows a town's industry, written from its name alone."""

    town_id = dy.String(nullable=False, primary_key=True)
    kind = dy.Enum(KINDS, nullable=False)
    terms = dy.String(
        nullable=True, description="words, | between; null: a registry cannot show it"
    )
    township_zh = dy.String(nullable=True, description="township that the town's own name holds")
    source = dy.String(nullable=False, description="'judgement', or a page")


@dataclass(frozen=True, slots=True)
class Effect:
    """An effect of zones on one outcome: normal, in log points, of an area, after some years.

    tag, sd_tag: what mean and spread rest on. preferred: the one to take where none is named.
    """

    id: str
    title: Words
    note: Words
    outcome: Outcome
    area: Area
    mean: float
    sd: float
    horizon_years: int
    tag: Tag
    sd_tag: Tag
    preferred: bool
    source: str


@dataclass(frozen=True, slots=True)
class Displacement:
    """Which share of a gain is only moved: settings always shown, Beta(alpha, beta) between."""

    settings: tuple[float, ...]
    alpha: float
    beta: float
    tag: Tag
    source: str


@dataclass(frozen=True, slots=True)
class EffectBook:
    """Every effect of a programme's `plan/effects.toml`; later_factor: of later waves of zones."""

    effects: tuple[Effect, ...]
    displacement: Displacement
    later_factor: float

    def preferred(self, outcome: str) -> Effect | None:
        """Return the effect to take on an outcome where none is named, if there is one."""
        found = (e for e in self.effects if e.preferred and e.outcome == outcome)
        return next(found, None)

    def named(self, effect_id: str) -> Effect | None:
        """Return the effect of an id, if there is one."""
        return next((e for e in self.effects if e.id == effect_id), None)


def terms_of(cell: str | None) -> tuple[str, ...]:
    """Words of a cell of `IndustryTerms.terms`, each once, in their order.

    >>> terms_of("袜| 袜子|袜|"), terms_of(None)
    (('袜', '袜子'), ())
    """
    words = (word.strip() for word in (cell or "").split("|"))
    return tuple(dict.fromkeys(word for word in words if word))


def read_effects(text: str, file: str = EFFECTS) -> EffectBook:
    r"""Read published effects; raises `DefinitionsError` with every fault.

    >>> read_effects('[[effect]]\nid = "a"\nfar = 2')  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    townworks.errors.DefinitionsError: The definitions have 21 faults; nothing of them was used.
      plan/effects.toml: effect[1].far: is not known here; there are id, title, note, ...
    """
    faults = Faults()
    top = Table(read_toml(text, file, faults), file, "", faults)
    top.only("displacement", "waves", "effect")
    waves = top.table("waves")
    waves.only("later_factor", "tag", "source")
    effects = tuple(_effect(row) for row in top.rows("effect"))
    if not effects:
        top.fault("effect", "is missing; write [[effect]] with id, outcome, mean, sd …")
    _check_once(effects, file, faults)
    book = EffectBook(
        effects,
        _displacement(top.table("displacement")),
        _number(waves, "later_factor", 0, 1),
    )
    waves.choice("tag", TAGS)
    waves.text("source")
    if faults.found:
        raise DefinitionsError(faults.found)
    return book


def _effect(row: Table) -> Effect:
    row.only(
        *("id", "title", "note", "outcome", "area", "mean", "sd", "horizon_years"),
        *("tag", "sd_tag", "preferred", "source"),
    )
    years = row.whole("horizon_years")
    if years and not 1 <= years <= LONGEST_YEARS:
        row.fault("horizon_years", f"is {years}; write whole years from 1 to {LONGEST_YEARS}")
    return Effect(
        id=row.text("id"),
        title=row.words("title"),
        note=row.words("note"),
        outcome=_one(OUTCOMES, row.choice("outcome", OUTCOMES)),
        area=_one(AREAS, row.choice("area", AREAS)),
        mean=_number(row, "mean", -3, 3),
        sd=_number(row, "sd", 0, 3),
        horizon_years=years,
        tag=_one(TAGS, row.choice("tag", TAGS)),
        sd_tag=_one(TAGS, row.choice("sd_tag", TAGS)),
        preferred=row.flag("preferred"),
        source=row.text("source"),
    )


def _one(allowed: tuple[_W, ...], word: str) -> _W:
    return next(each for each in allowed if each == word)


def _number(table: Table, name: str, least: float, most: float) -> float:
    """Return a number of a table within bounds; one that is missing is told once."""
    found = table.number(name)
    if name in table.content and not least <= found <= most:
        table.fault(name, f"is {found}; write a number from {least:g} to {most:g}")
    return float(found)


def _check_once(effects: tuple[Effect, ...], file: str, faults: Faults) -> None:
    """Each id stands once, and of an outcome and area at most one effect is preferred."""
    seen: set[str] = set()
    preferred: dict[str, str] = {}
    for effect in effects:
        if effect.id and effect.id in seen:
            faults.add(file, f"effect '{effect.id}'", "stands twice; give one another id")
        seen.add(effect.id)
        if effect.preferred:
            other = preferred.setdefault(effect.outcome, effect.id)
            if other != effect.id:
                problem = f"is preferred for {effect.outcome}, as '{other}' is; prefer one"
                faults.add(file, f"effect '{effect.id}'", problem)


def _displacement(table: Table) -> Displacement:
    table.only("settings", "alpha", "beta", "tag", "source")
    found = table.content.get("settings")
    listed = found if isinstance(found, list) else []
    settings = tuple(float(share) for share in listed if _is_share(share))
    if not settings or len(settings) < len(listed):
        table.fault("settings", "must be a list of shares from 0 to 1: [0, 0.4, 1]")
    return Displacement(
        settings=settings,
        alpha=_number(table, "alpha", 0.01, 1000),
        beta=_number(table, "beta", 0.01, 1000),
        tag=_one(TAGS, table.choice("tag", TAGS)),
        source=table.text("source"),
    )


def _is_share(found: object) -> bool:
    return isinstance(found, int | Decimal) and not isinstance(found, bool) and 0 <= found <= 1
