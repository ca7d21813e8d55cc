"""What a plan's page says first: one sentence, six numbers, and what is not known."""

from dataclasses import dataclass, field

import polars as pl
from markupsafe import Markup

from townworks.report.plans.facts import PlanFacts
from townworks.report.plans.gauges import bullet
from townworks.report.plans.writing import (
    NOTHING,
    Words,
    both,
    known,
    money,
    number,
    part,
    percent,
    words,
)

RISK = ("risk_aversion", "risk", "attitude")
"""Assumptions whose setting 0 is the plan of who takes expected worth alone."""


@dataclass(frozen=True, slots=True)
class Card:
    """A number with what it means; figure: drawn under it, or empty."""

    key: str
    value: Markup
    about: Markup
    figure: Markup = field(default_factory=Markup)


def lead(facts: PlanFacts) -> Markup:
    """Say in one to three sentences what was decided and whether the target is in reach."""
    years = facts.chosen["start_year"].drop_nulls()
    if years.is_empty():
        return both("lead.none", n=facts.lines.height)
    span = {"towns": facts.chosen.height, "n": facts.lines.height}
    single = years.n_unique() == 1
    first = both("lead.year" if single else "lead.years", a=years.min(), b=years.max(), **span)
    return Markup(" ").join([first, *_against_target(facts)])


def _against_target(facts: PlanFacts) -> list[Markup]:
    row = facts.total("investment")
    planned = facts.chosen["investment_cny"].sum()
    if row is None or row["least"] is None:
        return [both("lead.untargeted", planned=money(planned))]
    over = row["planned"] - row["least"]
    said = "lead.met" if over >= 0 else "lead.missed"
    found = [
        both(said, planned=money(row["planned"]), target=money(row["least"]), by=money(abs(over)))
    ]
    chance = facts.summary.target_probability
    key = "lead.chance_unknown" if chance is None else "lead.chance"
    return [*found, both(key, p=percent(chance))]


def cards(facts: PlanFacts) -> list[Card]:
    """Return the six numbers that a director reads in ten seconds."""
    return [
        _towns(facts),
        _investment(facts),
        _worth(facts),
        _gap(facts),
        _list(facts),
        _risk(facts),
    ]


def _towns(facts: PlanFacts) -> Card:
    starts = facts.chosen["start_year"].drop_nulls()
    by_year = [(year, int((starts == year).sum())) for year in facts.start_years]
    texts = [words("card.towns.year", n=n, year=year) for year, n in by_year]
    joined = {lang: words("comma")[lang].join(t[lang] for t in texts) for lang in ("en", "zh")}
    value = both("card.towns.value", towns=facts.chosen.height, n=facts.lines.height)
    return Card("towns", value, both("card.towns.about", years=joined))


def _investment(facts: PlanFacts) -> Card:
    row = facts.total("investment")
    planned = facts.chosen["investment_cny"].sum()
    if row is None:
        return Card("investment", both("amount", v=money(planned)), both("card.investment.free"))
    about = [both("card.investment.target", v=money(row["least"]))] if row["least"] else []
    if row["most"] is not None:
        about.append(both("card.investment.budget", v=money(row["most"])))
    if row["expected"] is not None:
        spread = {"low": money(row["low"]), "high": money(row["high"])}
        about.append(both("card.investment.expected", v=money(row["expected"]), **spread))
    chance = facts.summary.target_probability
    if chance is not None:
        about.append(both("card.investment.chance", p=percent(chance)))
    said = Markup(" ").join(about or [both("card.investment.free")])
    return Card("investment", both("amount", v=money(row["planned"])), said, bullet(row))


def _worth(facts: PlanFacts) -> Card:
    s = facts.summary
    spread = {"low": money(s.value_low_cny), "high": money(s.value_high_cny)}
    value = both("card.worth.value", v=money(s.value_cny))
    return Card("worth", value, both("card.worth.about", n=s.scenarios, **spread))


def _gap(facts: PlanFacts) -> Card:
    s = facts.summary
    said = "card.gap.proven" if s.is_proven else "card.gap.open"
    return Card("gap", both("amount", v=part(s.gap)), both(said, gap=part(s.gap)))


def _list(facts: PlanFacts) -> Card:
    s = facts.summary
    value = both("card.list.value", n=s.list_shared, towns=s.towns)
    if not s.value_cny or s.list_value_cny != s.list_value_cny:
        return Card("list", value, both("card.list.unknown"))
    less = 1 - s.list_value_cny / s.value_cny
    said = "card.list.less" if less > 0 else "card.list.more"
    amount = money(abs(s.value_cny - s.list_value_cny))
    return Card("list", value, both(said, share=part(abs(less)), v=amount))


def _risk(facts: PlanFacts) -> Card:
    s = facts.summary
    if not s.risk_aversion:
        return Card("risk", both("card.risk.neutral"), both("card.risk.neutral_about"))
    cost = risk_cost(facts)
    if cost is None:
        return Card("risk", both("not_known"), both("card.risk.unknown", a=number(s.risk_aversion)))
    value = both("card.risk.value", v=money(cost))
    share = part(cost / s.value_cny if s.value_cny else None)
    return Card("risk", value, both("card.risk.about", share=share, a=number(s.risk_aversion)))


def risk_cost(facts: PlanFacts) -> float | None:
    """Return expected CNY a year given up for caution: the neutral plan's worth less this one's."""
    for row in facts.sensitivity.iter_rows(named=True):
        neutral = row["setting"] in {"0", "0.0", "neutral", "none"}
        if row["assumption"] in RISK and neutral and row["best_cny"] is not None:
            return max(0.0, float(row["best_cny"] - row["value_cny"]))
    return None


def unknowns(facts: PlanFacts) -> list[Markup]:
    """Say in plain words what is not known, and what must be watched."""
    chosen, s = facts.chosen, facts.summary
    count = dict(chosen.group_by("evidence").len().iter_rows())
    unclaimed = chosen["value_claimed_cny"].null_count()
    found: list[tuple[str, int, dict[str, object]]] = [
        ("silent", count.get("silent", 0), {}),
        ("contradicts", count.get("contradicts", 0), {}),
        ("unclaimed", unclaimed, {"bases": _bases(chosen)}),
        ("chance", int(s.target_probability is None and _has_target(facts)), {}),
        ("gap", int(not s.is_proven), {"gap": part(s.gap)}),
        ("close", _close(chosen), {}),
    ]
    said = [both(f"unknown.{key}", n=n, **more) for key, n, more in found if n]
    return [*said, both("unknown.model", n=s.scenarios)]


def _has_target(facts: PlanFacts) -> bool:
    row = facts.total("investment")
    return row is not None and row["least"] is not None


def _close(chosen: pl.DataFrame) -> int:
    return chosen.filter(pl.col("inclusion") < 0.5).height  # noqa: PLR2004  a coin's chance


def _bases(chosen: pl.DataFrame) -> Words:
    rest = chosen.filter(pl.col("value_claimed_cny").is_null())
    names = sorted(rest["value_basis"].cast(pl.String).unique())
    texts = [known("basis", name) for name in names]
    comma = words("comma")
    return {lang: comma[lang].join(t[lang] for t in texts) or NOTHING for lang in ("en", "zh")}
