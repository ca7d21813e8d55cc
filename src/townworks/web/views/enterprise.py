"""An enterprise: its record, which town suits it, what it would get, and applying for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import polars as pl
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from townworks.errors import RequestError
from townworks.register.audit import Act
from townworks.register.clock import today
from townworks.register.codes import read_credit_code
from townworks.register.models import (
    Account,
    Admission,
    Contract,
    Enterprise,
    Grant,
    Partnership,
    Programme,
    Town,
)
from townworks.register.permissions import sees_private, visible
from townworks.register.refusals import RefusalError
from townworks.register.services.admissions import look_up
from townworks.register.services.grants import Rules, Wish, apply_for_grant
from townworks.register.services.status import machine, statuses
from townworks.web.access import account_of, find, me, needs_account
from townworks.web.drawing import definitions, support_for
from townworks.web.speech import language, say
from townworks.workflow.finding import Support

SHOWN_TOWNS = 12


@require_safe
def enterprises(request: HttpRequest) -> HttpResponse:
    """Enterprises in the towns, as far as the asker may see them."""
    account, text = account_of(request), request.GET.get("q", "").strip()
    rows = visible(account, Admission.objects.filter(enterprise__name__icontains=text))
    rows = rows.select_related("enterprise", "town").order_by("enterprise__name", "pk")
    context = {"rows": rows[:500], "total": rows.count(), "q": text}
    return render(request, "townworks/enterprises.html", context)


@require_safe
def enterprise(request: HttpRequest, credit_code: str) -> HttpResponse:
    """The record of an enterprise: admissions, grants, partners, contracts."""
    account = account_of(request)
    found = Enterprise.objects.filter(credit_code=credit_code).first()
    if found is None or not _known_to(account, found):
        raise Http404
    admissions = visible(account, Admission.objects.filter(enterprise=found))
    partners = Partnership.objects.filter(proposer=found) | Partnership.objects.filter(
        partner=found
    )
    context = {
        "enterprise": found,
        "private": sees_private(account, found),
        "admissions": admissions.select_related("town"),
        "grants": visible(account, Grant.objects.filter(admission__enterprise=found)),
        "partnerships": visible(account, partners.select_related("proposer", "partner")),
        "contracts": visible(account, Contract.objects.filter(enterprise=found)),
        "in_towns": [a for a in admissions if a.state == "effective"],
        "may_act": account is not None
        and (account.enterprise_id == found.pk or account.role == "town_office"),
    }
    return render(request, "townworks/enterprise.html", context)


def _known_to(account: Account | None, found: Enterprise) -> bool:
    """Whether somebody may see that an enterprise is here: its record, or an admission."""
    own_record = visible(account, Enterprise.objects.filter(pk=found.pk)).exists()
    return own_record or visible(account, Admission.objects.filter(enterprise=found)).exists()


@require_POST
@needs_account("town_office", "enterprise")
def lookup(request: HttpRequest) -> HttpResponse:
    """Look a credit code up while it is typed (htmx): the name, or what is wrong with it."""
    context: dict[str, object] = {}
    try:
        code = read_credit_code(request.POST.get("credit_code", ""))
        context = {"found": look_up(code), "code": code}
    except RefusalError as error:
        context = {"wrong": error.messages(language())[0][1]}
    return render(request, "parts/lookup.html", context)


@dataclass(frozen=True)
class Question:
    """An input that rules ask for, with what was answered; choices: of yes/no and lists."""

    name: str
    label: str
    unit: str
    kind: str
    answer: str
    choices: tuple[tuple[str, str], ...]


def questions(
    answers: Mapping[str, str],
    day: date,
    town: Town | None = None,
    known: Mapping[str, str] | None = None,
) -> list[Question]:
    """Inputs that instruments for enterprises ask for on a day (in a town), in their order.

    known: what the register knows by itself, which nobody is asked.
    """
    book = definitions().book
    names: dict[str, None] = {}
    told = known or {}
    for rule in book.instruments("enterprise"):
        in_force = rule.first <= day and (rule.last is None or day <= rule.last)
        here = town is None or rule.scheme.covers(town.pk, town.county_code or None)
        if in_force and here:
            names |= dict.fromkeys(n for n in rule.names() if n in book.inputs and n not in told)
    return [_question(book.inputs[name], answers.get(name, "")) for name in names]


def _question(entry: Any, answer: str) -> Question:
    offered: tuple[tuple[str, str], ...] = ()
    if entry.type == "boolean":
        offered = (("", say("finder.unknown")), ("yes", say("yes")), ("no", say("no")))
    elif entry.values:
        offered = (("", say("finder.unknown")), *((v, v) for v in entry.values))
    unit = "" if entry.unit in ("1", "count", "text") else entry.unit
    return Question(entry.name, entry.label[language()], unit, entry.type, answer, offered)


def _answers(request: HttpRequest, account: Account | None) -> dict[str, str]:
    """What was typed; what the register knows of one's own enterprise stands in."""
    inputs = definitions().book.inputs
    typed = {n: request.GET[n].strip() for n in request.GET if n in inputs}
    own_record = account.enterprise if account else None
    if own_record is not None and not typed:
        known = {
            "registered_on": own_record.registered_on,
            "capital_cny": own_record.capital_cny,
        }
        typed = {n: str(v) for n, v in known.items() if v is not None and n in inputs}
    return typed


@require_safe
def finder(request: HttpRequest) -> HttpResponse:
    """Which town suits me, and what would I get there."""
    account, day = account_of(request), today()
    chosen = Town.objects.filter(pk=request.GET.get("town", "")).first()
    answers = _answers(request, account)
    sector = request.GET.get(
        "sector", account.enterprise.sector if account and account.enterprise else ""
    )
    context: dict[str, object] = {
        "questions": questions(answers, day, chosen),
        "sectors": [(k, v[language()]) for k, v in Programme.objects.get().sectors.items()],
        "sector": sector,
        "chosen": chosen,
        "day": day,
        "asked": bool(request.GET),
    }
    try:
        support = support_for(answers, day, _definition_town(chosen))
        context |= _answer(support, chosen, sector, day)
    except RequestError as error:
        context["wrong"] = say("finder.not_understood", detail=error)
    context["admission"] = _admission(account, chosen)
    return render(request, "townworks/finder.html", context)


def _definition_town(town: Town | None) -> str | None:
    """Return a town of the definitions; others are judged by their county's."""
    return town.pk if town is not None and not town.practice else None


@dataclass(frozen=True)
class Advice:
    """One instrument: what it grants, or why not, or what is missing to say."""

    rule_id: str
    title: str
    payer: str
    outcome: str
    quantity: Decimal | None
    unit: str
    period: str
    sentence: str
    standing: str
    source: str
    scheme: str


def _answer(support: Support, chosen: Town | None, sector: str, day: date) -> dict[str, object]:
    advice = _advice(support, chosen)
    context: dict[str, object] = {
        "granted": [a for a in advice if a.outcome == "eligible"],
        "open": [a for a in advice if a.outcome == "undecided"],
        "denied": [a for a in advice if a.outcome == "not_eligible"],
    }
    if chosen is None:
        context["towns"] = _towns(support, sector, day)
    return context


def _advice(support: Support, chosen: Town | None) -> list[Advice]:
    book, lang = definitions().book, language()
    best = {r["rule_id"]: r for r in support.entitlements.iter_rows(named=True)}
    found = []
    for row in support.verdicts.filter(pl.col("part") == "eligible").iter_rows(named=True):
        rule = book.rules[row["rule_id"]]
        if chosen and not rule.scheme.covers(chosen.pk, chosen.county_code or None):
            continue
        held = best.get(row["rule_id"])
        found.append(
            Advice(
                rule.id,
                rule.title[lang],
                rule.scheme.payer,
                row["outcome"],
                row["quantity"],
                row["unit"] or "",
                row["period"],
                row[f"sentence_{lang}"],
                held["standing"] if held else "",
                rule.source,
                rule.scheme.title[lang],
            )
        )
    return sorted(found, key=lambda a: -(a.quantity or 0) if a.unit == "cny" else 0)


def _towns(support: Support, sector: str, day: date) -> list[dict[str, object]]:
    """Towns of the industry that stand on a list, those that give most first."""
    worth = {r["town_id"]: r["entitled"] for r in support.towns.iter_rows(named=True)}
    states, changes = machine().states, statuses(day)
    listed = [key for key, change in changes.items() if states[change.to].list]
    rows = Town.objects.filter(pk__in=listed, practice=False)
    if sector:
        rows = rows.filter(sector=sector)
    ranked = sorted(rows, key=lambda t: (-(worth.get(t.pk) or 0), t.pk))
    return [
        {"town": t, "worth": worth.get(t.pk), "status": changes[t.pk].to}
        for t in ranked[:SHOWN_TOWNS]
    ]


def _admission(account: Account | None, town: Town | None) -> Admission | None:
    """One's own admission to a town, if it is in force: then one can apply for its policies."""
    if account is None or town is None or account.enterprise_id is None:
        return None
    rows = Admission.objects.filter(enterprise=account.enterprise_id, town=town)
    return rows.filter(state="effective").first()


@require_http_methods(["GET", "HEAD", "POST"])
@needs_account("enterprise", "town_office")
def apply(request: HttpRequest, number: int) -> HttpResponse:
    """Apply for a policy: what it grants is computed here and now from what is declared."""
    admission = find(request, Admission, pk=number)
    answers = {n: str(v).strip() for n, v in request.POST.items() if n in definitions().book.inputs}
    day = today()
    given = {n: v for n, v in answers.items() if v}
    known = _known(admission)
    context: dict[str, Any] = {
        "admission": admission,
        "questions": questions(answers, day, admission.town, known),
        "day": day,
    }
    status = 200
    try:
        support = support_for({**known, **given}, day)
        context["advice"] = _advice(support, admission.town)
        rule_id = request.POST.get("rule_id", "")
        if rule_id:
            with transaction.atomic():
                grant = _apply(request, Wish(admission, rule_id, support.inputs))
            return redirect("case", "grant", grant.pk)
    except RequestError as error:
        context["wrong"], status = [say("finder.not_understood", detail=error)], 422
    except RefusalError as error:
        context["wrong"], status = [text for _, text in error.messages(language())], 422
    return render(request, "townworks/apply.html", context, status=status)


def _known(admission: Admission) -> dict[str, str]:
    from townworks.register.services.grants import known_inputs

    return {n: str(v) for n, v in known_inputs(admission, definitions().book).items()}


def _apply(request: HttpRequest, wish: Wish) -> Grant:
    programme = definitions()
    rules = Rules(programme.book, programme.digest)
    return apply_for_grant(wish, rules, Act(me(request), "apply", today()), today())
