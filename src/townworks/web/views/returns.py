"""The round of a quarter's returns: who is in, who is late, what was asked; and asking."""

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from townworks.register.audit import Act
from townworks.register.clock import today
from townworks.register.models import Investment, Query, Return
from townworks.register.permissions import visible
from townworks.register.quarters import quarter_days, quarter_of
from townworks.register.refusals import NotAllowedError, Reason
from townworks.register.services.queries import ASKERS, ask, value_of
from townworks.register.services.returns import DUE_DAYS, OPEN, open_returns
from townworks.web.access import find, me, needs_account
from townworks.web.describing import title_of
from townworks.web.forms import QueryForm, ReturnsForm, form_page, posted
from townworks.web.speech import money

FORM = require_http_methods(["GET", "HEAD", "POST"])
OFFICES = (
    "programme_office", "prefecture_office", "county_office", "town_office", "department", "auditor"
)  # fmt: skip
SHOWN = ("late", "queried", "due", "submitted", "verified", "locked")


@require_safe
@needs_account(*OFFICES)
def returns(request: HttpRequest) -> HttpResponse:
    """Where a quarter's returns stand, the late ones first."""
    mine = visible(me(request), Return.objects.all())
    quarters = sorted(set(mine.values_list("quarter", flat=True)), reverse=True)
    asked = request.GET.get("quarter", "")
    quarter = asked if asked in quarters else (quarters[0] if quarters else "")
    rows = _rows(mine.filter(quarter=quarter), quarter, today())
    counts = Counter(row["return"].state for row in rows)
    counts["late"] = sum(1 for row in rows if row["late"])
    counts["queried"] = sum(1 for row in rows if row["queries"])
    show = request.GET.get("show", "")
    context = {
        "quarters": quarters,
        "quarter": quarter,
        "rows": [row for row in rows if _is_shown(row, show)],
        "counts": [(name, counts[name]) for name in SHOWN],
        "all": len(rows),
        "show": show if show in SHOWN else "",
    }
    return render(request, "townworks/returns.html", context)


def _rows(mine: Any, quarter: str, day: date) -> list[dict[str, Any]]:
    open_ones = Count("query", filter=Q(query__state__in=OPEN))
    found = mine.select_related("town").annotate(open_queries=open_ones)
    sums = _investment(quarter)
    rows = []
    for row in found:
        late = (day - row.due_on).days if row.state == "due" and day > row.due_on else 0
        more = {"reported": sums.get((row.town_id, "reported"))}
        more["verified"] = sums.get((row.town_id, "verified"))
        rows.append({"return": row, "late": late, "queries": row.open_queries, **more})
    return sorted(rows, key=lambda row: (-row["late"], row["return"].town.name_zh))


def _investment(quarter: str) -> dict[tuple[str, str], Decimal]:
    """Investment of a quarter by town and level of evidence."""
    rows = Investment.objects.filter(quarter=quarter, project__withdrawn=False).known()
    found: dict[tuple[str, str], Decimal] = {}
    for town, level, amount in rows.values_list("project__town_id", "evidence", "amount_cny"):
        found[(town, level)] = found.get((town, level), Decimal(0)) + amount
    return found


def _is_shown(row: Mapping[str, Any], show: str) -> bool:
    if show in ("late", "queried"):
        return bool(row["late" if show == "late" else "queries"])
    return show not in SHOWN or row["return"].state == show


@FORM
@needs_account("programme_office")
def new_returns(request: HttpRequest) -> HttpResponse:
    """Open the returns of a quarter for every town on a list."""
    first, _ = quarter_days(quarter_of(today()))
    last = quarter_of(date.fromordinal(first.toordinal() - 1))
    form = ReturnsForm(posted(request), initial={"quarter": last, "due_on": _usual_day(last)})

    def save(values: Mapping[str, Any]) -> str:
        act = Act(me(request), "open", today())
        open_returns(values["quarter"], act, today(), values["due_on"])
        return reverse("returns") + f"?quarter={values['quarter']}"

    return form_page(request, form, save)


def _usual_day(quarter: str) -> date:
    _, last = quarter_days(quarter)
    return date.fromordinal(last.toordinal() + DUE_DAYS)


@FORM
@needs_account("programme_office", "department")
def new_query(request: HttpRequest, number: int) -> HttpResponse:
    """Ask a town about one value of its return."""
    town_return = find(request, Return, pk=number)
    if me(request).title not in ASKERS:
        raise NotAllowedError([Reason("not_yours_to_ask")])
    about = {name: request.GET.get(name, "")[:200] for name in ("form", "subject", "field")}
    query = Query(town_return=town_return, **about)
    found = value_of(query)

    def save(values: Mapping[str, Any]) -> str:
        query.question_en = query.question_zh = values["question"]
        query.written = "" if found is None else str(getattr(found, "value", None) or "")
        query.file = (found.source if found else "")[:200]
        asked = ask(query, Act(me(request), "ask", today(), values["question"]), today())
        return reverse("case", args=["query", asked.pk])

    amount = "" if found is None else _shown(found)
    intro = " · ".join(filter(None, (title_of(town_return), about["subject"], amount)))
    return form_page(request, QueryForm(posted(request)), save, intro=intro)


def _shown(fact: Any) -> str:
    if isinstance(fact, Investment):
        return money(fact.amount_cny)
    return money(fact.value, fact.unit)
