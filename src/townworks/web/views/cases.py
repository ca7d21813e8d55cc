"""A matter: what it is, what happened, what can be done next; and its files."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from townworks.register.audit import Act
from townworks.register.cases import Offer, Taking, offers, process_of, steps_of, take
from townworks.register.clock import today
from townworks.register.evidence import EvidenceError, download_headers, open_stored
from townworks.register.inbox import KINDS
from townworks.register.models import (
    Admission,
    Assessment,
    BudgetLine,
    Case,
    Evidence,
    Grant,
    Objection,
    Payment,
    Query,
    Return,
)
from townworks.register.permissions import answers_for, sees_private, visible
from townworks.register.refusals import ConflictError, NotAllowedError, RefusalError, refuse
from townworks.register.services.assessments import figures_of, may_object, object_to
from townworks.register.services.attachments import (
    attach,
    evidence_of,
    folder,
    may_read,
)
from townworks.register.services.grants import committed, fits
from townworks.register.services.queries import ASKABLE, ASKERS
from townworks.register.services.returns import figures_of as town_figures
from townworks.register.services.returns import investment_of
from townworks.web.access import account_of, find, me, needs_account
from townworks.web.describing import lines, title_of
from townworks.web.forms import EvidenceForm, ObjectionForm, StepForm, form_page, posted
from townworks.web.speech import money

MODELS: dict[str, type[Case]] = {model.KIND: model for model in KINDS}


def case_of(request: HttpRequest, kind: str, number: int) -> Case:
    """Return a matter that the asker may see."""
    if kind not in MODELS:
        raise Http404
    return find(request, MODELS[kind], pk=number)


@require_safe
def case(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """Page of a matter."""
    found = case_of(request, kind, number)
    return _page(request, found, {})


def _page(
    request: HttpRequest, found: Case, refused: dict[str, StepForm], status: int = 200
) -> HttpResponse:
    account = account_of(request)
    forms = [
        (offer, refused.get(offer.rule.id) or _form(offer, found))
        for offer in offers(found, account)
    ]
    process = process_of(found)
    mine = account is not None and answers_for(account, found) and account.role != "auditor"
    context = {
        "case": found,
        "kind": found.KIND,
        "title": title_of(found),
        "state": process.states[found.state],
        "states": [s for s in process.states.values() if not s.final or s.id == found.state],
        "lines": lines(found, account),
        "steps": _told(found, account),
        "forms": forms,
        "files": evidence_of(found, account),
        "may_attach": mine,
        "may_object": _may_object(found, request),
        **_more(found, account),
    }
    return render(request, "townworks/case.html", context, status=status)


def _form(offer: Offer, found: Case) -> StepForm:
    rule = offer.rule
    form = StepForm(
        needs=rule.fields,
        reason=rule.needs_reason,
        initial=_initial(found, rule.fields, rule.id) | {"seen": found.version},
        auto_id=f"id_{rule.id}_%s",
    )
    _fill_choices(form, found)
    return form


def _initial(found: Case, names: tuple[str, ...], step: str) -> dict[str, Any]:
    if not isinstance(found, Grant):
        return {}
    left = (found.approved or 0) - found.paid
    if step == "claw_back":
        left = found.paid - found.clawed_back
    values = {"quantity": found.entitled, "amount": left}
    return {name: values[name] for name in names if name in values}


def _fill_choices(form: StepForm, found: Case) -> None:
    if "budget_line" in form.fields and isinstance(found, Grant):
        rows = [line for line in BudgetLine.objects.filter(year=found.year) if fits(line, found)]
        offered = [
            (line.pk, f"{line.title} · {money(line.amount - committed(line), line.unit)}")
            for line in rows
        ]
        form.fields["budget_line"].choices = offered  # type: ignore[attr-defined]


def _told(found: Case, account: Any) -> list[tuple[Any, Any, str]]:
    """Steps with their titles; reasons only for whom the matter concerns, or who audits."""
    process, private = process_of(found), sees_private(account, found)
    told = []
    for step in steps_of(found):
        rule = process.steps.get(step.step)
        told.append((step, rule.title if rule else None, step.reason if private else ""))
    return told


def _may_object(found: Case, request: HttpRequest) -> bool:
    account = account_of(request)
    if account is None or not isinstance(found, Assessment | Admission) or found.state != "notice":
        return False
    return may_object(found, Act(account, "file", today()))


def _more(found: Case, account: Any) -> dict[str, Any]:
    """What a kind of matter shows beside: figures of a year, instalments, objections."""
    if isinstance(found, Assessment):
        figures = figures_of(found) if sees_private(account, found) else []
        objections = Objection.objects.filter(assessment=found)
        return {"figures": figures, "objections": _seen(objections, account)}
    if isinstance(found, Admission):
        grants = Grant.objects.filter(admission=found)
        return {
            "grants": _seen(grants, account),
            "objections": _seen(Objection.objects.filter(admission=found), account),
        }
    if isinstance(found, Grant):
        return {"payments": Payment.objects.filter(grant=found)}
    if isinstance(found, Return):
        return _of_return(found, account)
    return {}


def _of_return(found: Return, account: Any) -> dict[str, Any]:
    """What a return says, value by value, at both levels of evidence; and its queries."""
    if not sees_private(account, found):
        return {}
    asks = account.title in ASKERS and found.state in ASKABLE
    rows = [
        {"form": "investment", "subject": fact.project.name, "field": "amount_cny", "fact": fact}
        for fact in investment_of(found)
    ]
    rows += [
        {"form": "figure", "subject": "", "field": fact.metric, "fact": fact}
        for fact in town_figures(found)
    ]
    told = [{**row, **_levels(row["fact"])} for row in rows]
    queries = Query.objects.filter(town_return=found).order_by("-pk")
    return {"values": told, "queries": _seen(queries, account), "asks": asks}


def _levels(fact: Any) -> dict[str, Any]:
    """Value and unit as reported, and the highest level that rests on it."""
    name = "value" if hasattr(fact, "value") else "amount_cny"
    higher = type(fact).objects.filter(basis=fact, superseded_at__isnull=True).first()
    return {
        "reported": getattr(fact, name),
        "unit": getattr(fact, "unit", "cny"),
        "verified": getattr(higher, name) if higher else None,
        "level": higher.evidence if higher else "",
    }


def _seen(rows: Any, account: Any) -> Any:
    return visible(account, rows)


@require_POST
@needs_account()
def step(request: HttpRequest, kind: str, number: int, step_id: str) -> HttpResponse:
    """Take a step; a refusal comes back to the page, at the field it concerns."""
    found = case_of(request, kind, number)
    rule = process_of(found).steps.get(step_id)
    if rule is None:
        raise Http404
    form = StepForm(
        request.POST, needs=rule.fields, reason=rule.needs_reason, auto_id=f"id_{step_id}_%s"
    )
    _fill_choices(form, found)
    if not form.is_valid():
        return _page(request, found, {step_id: form}, status=422)
    values = dict(form.cleaned_data)
    taking = Taking(
        step_id,
        me(request),
        today(),
        reason=values.pop("reason"),
        seen_version=values.pop("seen"),
        values=values,
    )
    try:
        take(found, taking)
    except (NotAllowedError, ConflictError):
        raise
    except RefusalError as error:
        form.refuse(error)
        return _page(request, found, {step_id: form}, status=422)
    return redirect("case", kind, number)


@require_http_methods(["GET", "HEAD", "POST"])
@needs_account()
def upload(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """Attach a file to a matter."""
    found = case_of(request, kind, number)

    def save(values: Any) -> str:
        file = values["file"]
        attach(found, file.name, file.file, file.size, Act(me(request), "attach", today()))
        return reverse("case", args=[kind, number])

    return form_page(request, EvidenceForm(posted(request), request.FILES or None), save)


@require_safe
@needs_account()
def evidence(request: HttpRequest, number: int) -> HttpResponse:
    """Send a file, always as a download that no browser runs."""
    found = get_object_or_404(Evidence, pk=number)
    if not may_read(account_of(request), found):
        raise Http404
    try:
        content = open_stored(folder(), found.sha256)
    except EvidenceError as error:
        words = {name: " ".join(error.messages(name)) for name in ("en", "zh")}
        raise refuse("bad_input", "file", why=words) from None
    answer = HttpResponse(content, content_type=found.media_type)
    for name, value in download_headers(found).items():
        answer[name] = value
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@needs_account()
def new_objection(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """Object to what is on notice."""
    found = case_of(request, kind, number)
    if not isinstance(found, Assessment | Admission):
        raise Http404

    def save(values: Any) -> str:
        act = Act(me(request), "file", today())
        objection = object_to(found, values["grounds"], act, today())
        return reverse("case", args=["objection", objection.pk])

    return form_page(request, ObjectionForm(posted(request)), save, intro=title_of(found))
