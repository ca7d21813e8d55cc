"""The plan in force: every choice with its reason, and what became of it."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from townworks.register import overviews
from townworks.register.audit import Act
from townworks.register.clock import today
from townworks.register.models import Account, Plan, PlanLine, Programme, Town
from townworks.register.permissions import ALL_SEEING, may_plan
from townworks.register.services.plans import link_town
from townworks.register.tracking import STATES, Tracked, Tracking, tracking
from townworks.schema.seats import seats
from townworks.web.access import account_of, as_of, me, needs_account
from townworks.web.forms import SpokenForm, form_page, posted
from townworks.web.speech import day as spoken_day
from townworks.web.speech import language, say
from townworks.web.templatetags.speaking import own

PAGE = 200
CHOSEN = ("late", "due", "ended", "early", "running", "to_come")
NOT_YET = ("late", "due", "to_come")
"""States of a planned town that is none yet: a hollow mark on the map."""
SHOWS: Mapping[str, tuple[str, ...]] = {
    "chosen": CHOSEN,
    "refused": ("refused", "running_refused"),
    **{state: (state,) for state in STATES if state != "refused"},
}
"""Filters of the page, and the states that each shows."""


@require_safe
def plan(request: HttpRequest) -> HttpResponse:
    """Show every line of the plan in force, or those of a filter, and what became of each."""
    account, day = account_of(request), as_of(request)
    found = tracking(day, account, overviews.programme_investment(day))
    show = request.GET.get("show", "")
    states = SHOWS.get(show, STATES)
    rows = found.of(*states) if found else []
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        **numbers(found, day),
        "day": day,
        "page": page,
        "rows": page.object_list,
        "show": show if show in SHOWS else "",
        "filters": _filters(found),
        "others": [_other(each) for each in _others(found)],
        "may_plan": account is not None and may_plan(account),
        "sees_all": account is not None and account.role in ALL_SEEING,
    }
    return render(request, "townworks/plan.html", context)


def _others(found: Tracking | None) -> list[Plan]:
    plans = Plan.objects.known().order_by("-valid_from", "-pk")
    return [each for each in plans if found is None or each != found.plan]


def _other(plan: Plan) -> tuple[Plan, str, date | None]:
    """Return a plan, when it was in force, and a day on which it can be looked at."""
    first, last = spoken_day(plan.valid_from), spoken_day(plan.valid_to)
    if plan.valid_from is None or plan.valid_to is None:
        return plan, say("plan.since_day", first=first), plan.valid_from
    if plan.valid_to < plan.valid_from:
        return plan, say("plan.never", first=first), None
    return plan, say("plan.from_to", first=first, last=last), plan.valid_to


def _filters(found: Tracking | None) -> list[tuple[str, str, int]]:
    """Filters that show something: name, word, number of lines."""
    if found is None:
        return []
    told = []
    for name, states in SHOWS.items():
        n = sum(found.counts[state] for state in states)
        key = name if name in ("chosen", "refused") else f"state.{name}"
        if n:
            told.append((name, say(f"plan.{key}"), n))
    return told


def numbers(found: Tracking | None, day: date) -> dict[str, Any]:
    """What the section about the plan shows, on its own page and on the programme's."""
    if found is None:
        return {"plan": None}
    of = Programme.objects.get()
    target = found.plan.investment_target_cny or of.investment_target_cny
    return {
        "plan": found.plan,
        "tracked": found,
        "candidates": found.plan.lines.count(),
        "notes": _notes(found),
        "late": found.of("late"),
        "years": [(year, _share(year.known_cny, year.planned_cny)) for year in found.years],
        "this_year": day.year,
        "known_share": _share(found.known_cny, found.due_cny),
        "come_share": _share(Decimal(found.due_come), Decimal(found.due)),
        "target": target,
        "target_share": _share(found.planned_cny, target),
    }


def _notes(found: Tracking) -> list[str]:
    """Counts in words, what asks for attention first."""
    names = ("late", "due", "ended", "early", "to_come")
    told = [say(f"plan.n_{n}", n=found.counts[n]) for n in names if found.counts[n]]
    return told if found.counts["late"] or not found.due else [say("plan.all_in_time"), *told]


def _share(part: Decimal | None, whole: Decimal | None) -> float | None:
    """Percent, to one place; None where there is nothing to compare."""
    return round(float(100 * part / whole), 1) if whole and part is not None else None


class LinkForm(SpokenForm):
    """Which town a planned one became."""

    title = "plan_line"
    town = forms.ChoiceField(required=False)
    reason = forms.CharField()

    def __init__(self, *args: Any, towns: list[tuple[str, str]], **kwargs: Any) -> None:
        """Take the towns that may be chosen."""
        super().__init__(*args, **kwargs)
        field = self.fields["town"]
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "—"), *towns]


@require_http_methods(["GET", "HEAD", "POST"])
@needs_account("programme_office")
def plan_line(request: HttpRequest, number: int) -> HttpResponse:
    """Say which town a line of the plan became."""
    line = get_object_or_404(PlanLine.objects.select_related("town"), pk=number)
    towns = [(t.pk, own(t)) for t in Town.objects.filter(practice=False)]
    form = LinkForm(
        posted(request),
        towns=sorted(towns, key=lambda each: each[1]),
        initial={"town": line.town_id or ""},
    )

    def save(values: Mapping[str, Any]) -> str:
        town = Town.objects.filter(pk=values["town"]).first()
        link_town(line, town, Act(me(request), "link_town", today(), values["reason"]))
        return f"{reverse('plan')}#line-{line.pk}"

    intro = say("plan.which_help", name=line.name, county=line.county or line.county_code or "—")
    return form_page(request, form, save, intro=intro)


def planned_features(
    day: date, account: Account | None, sectors: list[str], of: Programme | None
) -> Iterator[dict[str, object]]:
    """Marks of planned towns that stand on no list yet, where their place is known."""
    found = tracking(day, account, [], known=False)
    known = {code: (lon, lat) for code, lon, lat in seats().iter_rows()}
    for each in found.of(*NOT_YET) if found else ():
        line = each.line
        exact = line.lon is not None and line.lat is not None
        spot = (
            (float(line.lon or 0), float(line.lat or 0)) if exact else known.get(line.county_code)
        )
        if spot is not None and each.standing is None:
            words = of.sectors.get(line.sector, {}) if of else {}
            label = str(words.get(language(), line.sector))
            yield _feature(each, spot, label, sectors)


def _feature(
    each: Tracked, spot: tuple[float, float], label: str, sectors: list[str]
) -> dict[str, object]:
    line = each.line
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": spot},
        "properties": {
            "id": f"plan-{line.pk}",
            "name": own(line),
            "url": f"{reverse('plan')}#line-{line.pk}",
            "sector": line.sector,
            "sector_label": label,
            "status": "planned",
            "status_label": say("plan.map.planned"),
            "industry": line.industry,
            "colour_index": sectors.index(line.sector) if line.sector in sectors else 8,
            "planned_area_km2": None,
            "exact": line.lon is not None,
        },
    }
