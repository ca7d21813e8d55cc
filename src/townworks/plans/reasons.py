"""Why each candidate is in the plan or not: a code and a sentence in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from townworks.plans.casting import Case
from townworks.plans.demands import standing_of
from townworks.plans.exchanges import Exchanges
from townworks.plans.problem import Demand, Plan
from townworks.schema.messages import message
from townworks.schema.plans import UNITS
from townworks.schema.units import about, spoken

EXCLUSIVE = ("site", "industry_in_county", "industry_near")


@dataclass(frozen=True, slots=True)
class Worth:
    """What each candidate is worth a year and how surely it is chosen, (n,) each."""

    expected: np.ndarray
    low: np.ndarray
    high: np.ndarray
    basis: list[str]
    inclusion: np.ndarray


@dataclass(frozen=True, slots=True)
class Reason:
    """Code of `schema.plans.REASONS`, and the sentence by language."""

    code: str
    text: Mapping[str, str]


class Teller:
    """Words the reasons of a plan."""

    def __init__(self, case: Case, plan: Plan, worth: Worth, found: Exchanges) -> None:
        """Take what the sentences speak of."""
        self.case, self.plan, self.worth, self.found = case, plan, worth, found
        self.standing = standing_of(case.portfolio.table, case.request)
        table = case.portfolio.table
        self.names = {
            "zh": table["name"].to_list(),
            "en": table.select(pl.coalesce("name_en", "name")).to_series().to_list(),
        }
        self.ids = case.portfolio.ids
        self.orders = {o.out: o for o in case.request.overrides}
        self.orders |= {o.into: o for o in case.request.overrides}

    def reason(self, who: int) -> Reason:
        """Return why one candidate was chosen or refused."""
        code = self._code(who)
        return Reason(
            code, {language: self._text(code, who, language) for language in ("en", "zh")}
        )

    def _code(self, who: int) -> str:
        if self.ids[who] in self.orders:
            return "overridden"
        if self.standing[who] != "open":
            return self.standing[who]
        if self.plan.chosen[who]:
            return "worth"
        if np.isfinite(self.found.loss[who]):
            return "outweighed"
        barrier = self._barrier(who)
        return "excluded" if barrier is not None and barrier.key in EXCLUSIVE else "limited"

    def _barrier(self, who: int) -> Demand | None:
        number = int(self.found.barrier[who])
        return None if number < 0 else self.case.problem.demands[number]

    def _text(self, code: str, who: int, language: str) -> str:
        telling = {"worth": self._worth, "outweighed": self._outweighed, "overridden": self._order}
        if code in telling:
            return telling[code](who, language)
        barrier = self._barrier(who)
        if code in ("excluded", "limited"):
            if barrier is None:
                return message("planning.reason.unready", language)
            words = self._values(who, language) | {"demand": barrier_words(barrier, language)}
            return message(f"planning.reason.{code}", language, **words)
        year = self._year(who)
        return message(f"planning.reason.{code}", language, year=year)

    def _year(self, who: int) -> int | None:
        begun = self.case.portfolio.table["start_year"][who]
        if self.standing[who] == "committed" and begun is not None:
            return int(begun)
        return self.case.request.first_year + int(self.plan.start[who])

    def _order(self, who: int, language: str) -> str:
        order = self.orders[self.ids[who]]
        side, other = ("in", order.out) if order.into == self.ids[who] else ("out", order.into)
        name = self.names[language][self.ids.index(other)]
        words = {"by": order.by, "why": order.why, "other": name}
        return message(f"planning.reason.overridden_{side}", language, **words)

    def _worth(self, who: int, language: str) -> str:
        first = message("planning.reason.worth", language, **self._values(who, language))
        if self.found.instead[who] < 0:
            return joined(first, message("planning.reason.alone", language), language)
        words = self._instead(who, language)
        return joined(first, message("planning.reason.next", language, **words), language)

    def _outweighed(self, who: int, language: str) -> str:
        words = self._values(who, language)
        if self.found.instead[who] < 0:
            return message("planning.reason.alone_out", language, **words)
        words |= self._instead(who, language)
        if self.found.loss[who] <= 0:
            return message("planning.reason.even", language, **words)
        needed = float(self.worth.expected[who] + self.found.needed[who])
        words["needed"] = about(needed, "cny", language)
        return message("planning.reason.outweighed", language, **words)

    def _values(self, who: int, language: str) -> dict[str, object]:
        worth = self.worth
        return {
            "value": about(float(worth.expected[who]), "cny", language),
            "low": about(float(worth.low[who]), "cny", language),
            "high": about(float(worth.high[who]), "cny", language),
            "basis": message(f"planning.basis.{worth.basis[who]}", language),
            "inclusion": f"{worth.inclusion[who]:.0%}",
        }

    def _instead(self, who: int, language: str) -> dict[str, object]:
        loss = max(float(self.found.loss[who]), 0.0)
        other = self.names[language][int(self.found.instead[who])]
        return {"other": other, "loss": about(loss, "cny", language)}


def joined(one: str, other: str, language: str) -> str:
    """Put two sentences after each other, as the language does.

    >>> joined("A.", "B.", "en"), joined("甲。", "乙。", "zh")
    ('A. B.', '甲。乙。')
    """
    return f"{one} {other}" if language == "en" else one + other


def barrier_words(demand: Demand, language: str) -> str:
    """Name the demand that bars a candidate."""
    words = dict(demand.about)
    if "resource" in words:
        resource = str(words["resource"])
        words["amount"] = spoken_amount(demand, resource, language)
        words["when"] = when(words.get("year"), language)
        words["resource"] = message(f"planning.resource.{resource}", language)
    elif "amount" in words:
        words["amount"] = spoken_amount(demand, "investment", language)
    return message(f"planning.barrier.{demand.key}", language, **words)


def spoken_amount(demand: Demand, quantity: str, language: str) -> str:
    """Write the amount of a demand in the unit of its quantity, exactly."""
    return spoken(demand.about["amount"], UNITS[quantity], language)  # type: ignore[arg-type]


def when(year: object, language: str) -> str:
    """Say in which year, or that all years are meant."""
    if year is None:
        return message("planning.word.whole", language)
    return message("planning.word.year", language, year=year)
