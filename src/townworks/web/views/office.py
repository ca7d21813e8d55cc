"""The offices' desk: inbox, counties' applications, assessment rounds, budget lines, events."""

from collections.abc import Mapping
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from townworks.register.audit import Act
from townworks.register.clock import today
from townworks.register.facts import verifier_of
from townworks.register.inbox import inbox as waiting_for
from townworks.register.inbox import to_verify
from townworks.register.models import (
    Assessment,
    BudgetLine,
    Event,
    Figure,
    Programme,
    StatusAct,
    Town,
    TownApplication,
)
from townworks.register.permissions import visible
from townworks.register.services.assessments import open_round
from townworks.register.services.grants import add_budget_line, committed
from townworks.register.services.status_acts import possible_acts, propose_act
from townworks.register.services.towns import apply_for_town
from townworks.web.access import account_of, as_of, find, me, needs_account
from townworks.web.describing import title_of
from townworks.web.forms import (
    BudgetLineForm,
    RoundForm,
    StatusActForm,
    TownApplicationForm,
    form_page,
    posted,
)
from townworks.web.speech import say
from townworks.web.templatetags.speaking import own

FORM = require_http_methods(["GET", "HEAD", "POST"])
PAGE = 100
PAYER = {
    "programme_office": "province",
    "prefecture_office": "prefecture",
    "county_office": "county",
    "town_office": "town",
}


@require_safe
@needs_account()
def inbox(request: HttpRequest) -> HttpResponse:
    """What waits for me, the most urgent first."""
    account = me(request)
    items = [(item, title_of(item.case)) for item in waiting_for(account, today())]
    facts = [(f, "figure" if isinstance(f, Figure) else "investment") for f in to_verify(account)]
    context = {
        "items": Paginator(items, PAGE).get_page(request.GET.get("page")),
        "facts": facts[:PAGE],
        "facts_total": len(facts),
        "verifier": verifier_of,
    }
    return render(request, "townworks/inbox.html", context)


@require_safe
@needs_account("programme_office", "prefecture_office", "county_office", "auditor", "department")
def applications(request: HttpRequest) -> HttpResponse:
    """Counties' applications for towns, the refused ones as well."""
    rows = visible(account_of(request), TownApplication.objects.order_by("-opened_on", "-pk"))
    return render(request, "townworks/applications.html", {"rows": rows})


@FORM
@needs_account("county_office")
def new_application(request: HttpRequest) -> HttpResponse:
    """Apply for a town in one's county."""
    account = me(request)
    sectors = Programme.objects.get().sectors
    form = TownApplicationForm(posted(request), sectors=sectors, initial={"on": today()})

    def save(values: Mapping[str, Any]) -> str:
        county = Town.objects.filter(county_code=account.place_code).first()
        given = {n: v for n, v in values.items() if n not in ("yearly_plan", "on")}
        application = TownApplication(
            county_code=account.place_code,
            county_zh=county.county_zh if county else account.place_code,
            yearly_plan=_years(values["yearly_plan"]),
            **given,
        )
        act = Act(account, "open", values["on"] or today())
        apply_for_town(application, act, today())
        return reverse("case", args=["town_application", application.pk])

    return form_page(request, form, save)


def _years(text: str) -> list[dict[str, str]]:
    """Read a yearly plan: a line a year, "2016: roads and the first hall".

    >>> _years("2016: roads")
    [{'year': '2016', 'plan': 'roads'}]
    """
    rows = [line.replace("：", ":").partition(":") for line in text.splitlines() if line.strip()]
    return [
        {"year": year.strip(), "plan": plan.strip()} if sep else {"year": "", "plan": year.strip()}
        for year, sep, plan in rows
    ]


@require_safe
def assessments(request: HttpRequest) -> HttpResponse:
    """A year's assessments: where each stands, and grades as far as they are public."""
    account, day = account_of(request), as_of(request)
    rows = visible(account, Assessment.objects.filter(opened_on__lte=day))
    years = sorted(set(rows.values_list("year", flat=True)), reverse=True)
    year = request.GET.get("year", "")
    chosen = int(year) if year.isdigit() and int(year) in years else (years[0] if years else None)
    shown = rows.filter(year=chosen).select_related("town").order_by("town__prefecture_en", "town")
    counts: dict[str, int] = {}
    for row in shown:
        if row.grade and row.state in ("notice", "effective"):
            counts[row.grade] = counts.get(row.grade, 0) + 1
    context = {"years": years, "year": chosen, "rows": shown, "counts": counts, "day": day}
    return render(request, "townworks/assessments.html", context)


@FORM
@needs_account("programme_office")
def new_round(request: HttpRequest) -> HttpResponse:
    """Open the assessment of a year for every town on a list."""
    form = RoundForm(posted(request), initial={"year": today().year - 1})

    def save(values: Mapping[str, Any]) -> str:
        open_round(values["year"], Act(me(request), "open", today()), today())
        return reverse("assessments") + f"?year={values['year']}"

    return form_page(request, form, save)


@FORM
@needs_account("programme_office")
def new_status_act(request: HttpRequest, town_id: str) -> HttpResponse:
    """Propose to name a town, to move it to another list, or to let it withdraw."""
    town = find(request, Town, pk=town_id)
    form = StatusActForm(posted(request), acts=possible_acts(town))

    def save(values: Mapping[str, Any]) -> str:
        proposal = StatusAct(town=town, act=values["status_act"], source=values["source"])
        propose_act(proposal, Act(me(request), "propose", today()), today())
        return reverse("case", args=["status_act", proposal.pk])

    return form_page(request, form, save, intro=own(town))


@require_safe
@needs_account(
    "programme_office", "prefecture_office", "county_office", "town_office", "department", "auditor"
)
def budget(request: HttpRequest) -> HttpResponse:
    """Budget lines with what is committed and free."""
    rows = visible(account_of(request), BudgetLine.objects.order_by("-year", "pk"))
    told = [(line, taken := committed(line), line.amount - taken) for line in rows]
    return render(request, "townworks/budget.html", {"rows": told})


@FORM
@needs_account(*PAYER)
def new_line(request: HttpRequest) -> HttpResponse:
    """Add a budget line of one's own level and place."""
    account = me(request)

    def save(values: Mapping[str, Any]) -> str:
        line = BudgetLine(
            title=values["title_of_line"],
            payer=PAYER[account.role],
            place_code=account.place_code,
            town=account.town,
            **{name: values[name] for name in ("year", "unit", "amount")},
        )
        add_budget_line(line, Act(account, "add", today()))
        return reverse("budget")

    form = BudgetLineForm(posted(request), initial={"year": today().year})
    return form_page(request, form, save)


@require_safe
@needs_account("auditor", "programme_office")
def events(request: HttpRequest) -> HttpResponse:
    """Who did what, when and why: the whole chain, or that of one record."""
    wanted = {name: request.GET.get(name, "") for name in ("kind", "record", "account")}
    rows = Event.objects.order_by("-seq")
    if wanted["kind"]:
        rows = rows.filter(kind=wanted["kind"])
    if wanted["record"]:
        rows = rows.filter(record_id=wanted["record"])
    if wanted["account"]:
        rows = rows.filter(Q(account=wanted["account"]))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "wanted": wanted, "title": say("events.title")}
    return render(request, "townworks/events.html", context)
