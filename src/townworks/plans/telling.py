"""What a request says, and why no plan meets it, in sentences of both languages."""

from collections.abc import Iterator
from decimal import Decimal

import numpy as np

from townworks.plans.casting import Case
from townworks.plans.conflicts import Conflict, Explanation
from townworks.plans.reasons import spoken_amount, when
from townworks.plans.request import Assumptions, PlanRequest
from townworks.schema.messages import LANGUAGES, message
from townworks.schema.plans import UNITS
from townworks.schema.units import about, plain, spoken

NAMED = 6
"""Candidates named in a sentence; the rest are counted."""
_FORCED = ("must", "committed")


def request_words(request: PlanRequest) -> dict[str, tuple[str, ...]]:
    """Return the request as sentences, by language."""
    return {language: tuple(_asked(request, language)) for language in LANGUAGES}


def _asked(request: PlanRequest, language: str) -> Iterator[str]:
    def say(key: str, **words: object) -> str:
        return message(f"planning.asked.{key}", language, **words)

    first, last = request.calendar[0], request.calendar[-1]
    towns = "towns_open" if request.towns is None else "towns"
    yield say(towns, n=request.towns, first=first, last=last)
    if request.investment_target_cny is not None:
        amount = spoken(request.investment_target_cny, "cny", language)
        yield say("target", amount=amount, counts=say(request.counts))
    if request.investment_limit_cny is not None:
        yield say("limit", amount=spoken(request.investment_limit_cny, "cny", language))
    for limit in request.limits:
        amount = spoken(limit.most, UNITS[limit.resource], language)
        resource = message(f"planning.resource.{limit.resource}", language)
        yield say("ceiling", amount=amount, resource=resource, when=when(limit.year, language))
    for quota in request.quotas:
        key = "quota_floor" if quota.most is None else "quota"
        yield say(key, name=quota.name, least=quota.least, most=quota.most)
    for year, most in sorted(request.starts.items()):
        yield say("starts", year=year, most=most)
    if request.apart == "county":
        yield say("county")
    if request.apart_km is not None:
        yield say("near", km=f"{request.apart_km:g}")
    yield from _decided(request, language)
    yield from _attitude(request, language)


def _decided(request: PlanRequest, language: str) -> Iterator[str]:
    """Say who must be in or not, what people decided, and what is assumed otherwise than usual."""

    def say(key: str, **words: object) -> str:
        return message(f"planning.asked.{key}", language, **words)

    comma = "、" if language == "zh" else ", "
    for key, ids in (("must", request.must), ("must_not", request.must_not)):
        if ids:
            yield say(key, ids=comma.join(sorted(ids)))
    for order in request.overrides:
        yield say("override", by=order.by, into=order.into, out=order.out, why=order.why)
    usual = Assumptions()
    for name in ("ratio_error", "prior_towns", "shared", "sector_shared"):
        value = getattr(request.assumptions, name)
        if value != getattr(usual, name):
            named = message(f"planning.assumption.{name}", language)
            yield say("assumed", name=named, value=f"{value:g}")


def _attitude(request: PlanRequest, language: str) -> Iterator[str]:
    weights = ("、" if language == "zh" else ", ").join(
        message(
            "planning.asked.weight",
            language,
            name=message(f"planning.objective.{name}", language),
            weight=plain(weight),
        )
        for name, weight in request.weights.items()
        if weight > 0
    )
    yield message("planning.asked.weights", language, weights=weights)
    if request.risk_aversion > 0:
        words = {"tail": f"{request.tail:.0%}", "aversion": f"{request.risk_aversion:.0%}"}
        yield message("planning.asked.averse", language, **words)
    else:
        yield message("planning.asked.neutral", language)
    rate = f"{request.assumptions.discount:.1%}"
    yield message("planning.asked.discount", language, rate=rate)


def conflict_words(case: Case, found: Explanation) -> dict[str, list[str]]:
    """Return why there is no plan, by language; a head first."""
    return {language: list(_Conflicts(case, found, language).lines()) for language in LANGUAGES}


class _Conflicts:
    """Words a conflict in one language."""

    def __init__(self, case: Case, found: Explanation, language: str) -> None:
        self.case, self.found, self.language = case, found, language

    def lines(self) -> Iterator[str]:
        """Return every sentence."""
        yield self._say("head")
        for conflict in self.found.conflicts:
            yield from self._told(conflict)
        end = "minimal" if self.found.is_all else "besides"
        yield self._say(end if self.found.is_proven else "unproven")

    def _say(self, key: str, **words: object) -> str:
        return message(f"planning.conflict.{key}", self.language, **words)

    def _told(self, conflict: Conflict) -> Iterator[str]:
        key, about_it = conflict.key, dict(conflict.about)
        if key == "towns":
            may = self.case.problem.allowed.any(axis=1)
            yield self._say("towns", n=about_it["towns"], have=int(may.sum()))
        elif key in ("investment_target", "investment_limit", "ceiling"):
            yield from self._amount(conflict)
        elif key in ("must", "must_not", "committed"):
            yield self._say(key, ids=self._ids(conflict))
        elif key == "quota":
            yield self._quota(conflict)
        elif key == "starts":
            words = {"year": about_it["year"], "most": about_it["most"]}
            yield self._say("starts", reach=self._number(conflict.reachable), **words)
        else:
            yield self._say(key, groups=len(conflict.demands), km=about_it.get("km"))

    def _ids(self, conflict: Conflict) -> str:
        ids = [str(demand.about["id"]) for demand in conflict.demands]
        shown = ("、" if self.language == "zh" else ", ").join(ids[:NAMED])
        rest = len(ids) - NAMED
        return self._say("more", ids=shown, n=rest) if rest > 0 else shown

    def _number(self, value: float | None) -> str:
        return "?" if value is None else f"{round(value):,}"

    def _quota(self, conflict: Conflict) -> str:
        words = dict(conflict.about)
        reach = conflict.reachable
        most = words["most"]
        over = isinstance(most, int) and reach is not None and reach > most
        key = "quota_most" if over else "quota_floor"
        return self._say(key, reach=self._number(reach), **{**words, "most": most})

    def _amount(self, conflict: Conflict) -> Iterator[str]:
        demand, reach = conflict.demands[0], conflict.reachable
        quantity = str(conflict.about.get("resource", "investment"))
        unit = UNITS[quantity]
        short = None if reach is None else abs(float(str(conflict.about["amount"])) - reach)
        yield self._say(
            conflict.key,
            amount=spoken_amount(demand, quantity, self.language),
            reach="?" if reach is None else about(reach, unit, self.language, 4),
            short="?" if short is None else about(short, unit, self.language, 4),
            last=self.case.request.calendar[-1],
            resource=message(f"planning.resource.{quantity}", self.language),
            when=when(conflict.about.get("year"), self.language),
        )
        if conflict.key == "investment_target" and self.case.request.towns is not None:
            yield from self._missing(conflict)
        if conflict.key == "ceiling":
            yield from self._cheapest(conflict, unit)

    def _missing(self, conflict: Conflict) -> Iterator[str]:
        """Say what the towns that are still free to choose would have to bring on average."""
        case = self.case
        most = case.portfolio.within("investment", case.request.years) / 100
        if case.request.counts == "expected":
            most = most * case.expected_ratio[:, None]
        may = np.where(case.problem.allowed, most, 0).max(axis=1)
        forced = {
            int(d.index[0]) // case.request.years for d in case.problem.demands if d.key in _FORCED
        }
        rest = int(case.request.towns or 0) - len(forced)
        free = [i for i in range(len(may)) if i not in forced and case.problem.allowed[i].any()]
        if not forced or rest < 1 or not free:
            return
        have = float(may[list(forced)].sum())
        need = max(float(str(conflict.about["amount"])) - have, 0.0)
        yield self._say(
            "missing_towns",
            k=len(forced),
            have=about(have, "cny", self.language, 4),
            rest=rest,
            need=about(need, "cny", self.language, 4),
            each=about(need / rest, "cny", self.language),
            largest=about(float(may[free].max()), "cny", self.language),
        )

    def _cheapest(self, conflict: Conflict, unit: str) -> Iterator[str]:
        """Say if not even the cheapest candidate fits."""
        demand, may = conflict.demands[0], self.case.problem.allowed.ravel()
        weights = np.zeros(len(may))
        weights[demand.index] = demand.weight
        if not may.any():
            return
        if (least := float(weights[may].min())) > float(str(conflict.about["amount"])):
            cheapest = spoken(Decimal(str(round(least, 2))), unit, self.language)
            yield self._say("ceiling_cheapest", cheapest=cheapest)
