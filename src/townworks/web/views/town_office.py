"""What a town's office enters: enterprises, premises, projects, investment, figures, boundary."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from townworks.register.audit import Act
from townworks.register.clock import today
from townworks.register.facts import Raised, correct, may_verify, raise_evidence, record
from townworks.register.models import (
    Admission,
    Boundary,
    Contract,
    Enterprise,
    Fact,
    Figure,
    Investment,
    Occupancy,
    Partnership,
    Premises,
    Programme,
    Project,
    Town,
)
from townworks.register.quarters import quarter_days
from townworks.register.refusals import NotAllowedError, Reason
from townworks.register.services.admissions import (
    add_premises,
    apply_for_admission,
    occupy,
    take_in,
)
from townworks.register.services.attachments import attach
from townworks.register.services.partnerships import propose
from townworks.register.services.projects import add_project
from townworks.register.services.towns import propose_boundary
from townworks.web.access import find, me, needs_account
from townworks.web.drawing import places
from townworks.web.forms import (
    AdmissionForm,
    BoundaryForm,
    ContractForm,
    CorrectForm,
    FigureForm,
    InvestmentForm,
    OccupancyForm,
    PartnershipForm,
    PremisesForm,
    ProjectForm,
    VerifyForm,
    form_page,
    posted,
)
from townworks.web.speech import language, money, say
from townworks.web.templatetags.speaking import map_texts, own

FORM = require_http_methods(["GET", "HEAD", "POST"])
FACTS: dict[str, type[Figure] | type[Investment]] = {"figure": Figure, "investment": Investment}


def act(request: HttpRequest, action: str, reason: str = "") -> Act:
    """Return what the asker does today."""
    return Act(me(request), action, today(), reason)


@FORM
@needs_account("town_office", "enterprise")
def new_admission(request: HttpRequest, town_id: str) -> HttpResponse:
    """Apply for an enterprise's admission: the town for any, an enterprise for itself."""
    town = find(request, Town, pk=town_id)
    account = me(request)
    form = AdmissionForm(posted(request), initial={"part": "member"})
    if account.role == "enterprise" and account.enterprise is not None:
        form.fields["credit_code"].initial = account.enterprise.credit_code
        form.fields["credit_code"].widget.attrs["readonly"] = True

    def save(values: Mapping[str, Any]) -> str:
        enterprise = _enterprise(request, values["credit_code"], values["name"])
        own_fields = {n: v for n, v in values.items() if n not in ("credit_code", "name")}
        admission = Admission(enterprise=enterprise, town=town, **own_fields)
        apply_for_admission(admission, act(request, "open"), today())
        return reverse("case", args=["admission", admission.pk])

    return form_page(request, form, save, intro=own(town), lookup=True)


def _enterprise(request: HttpRequest, code: str, name: str) -> Enterprise:
    account = me(request)
    if account.role == "enterprise" and account.enterprise is not None:
        return account.enterprise
    return take_in(code, act(request, "take_in"), name)


def _own_town(request: HttpRequest, town_id: str) -> Town:
    """Return the town if it is the asker's own."""
    town = find(request, Town, pk=town_id)
    if me(request).town_id != town.pk:
        raise NotAllowedError([Reason("not_your_town")])
    return town


@FORM
@needs_account("town_office")
def new_premises(request: HttpRequest, town_id: str) -> HttpResponse:
    """Add premises."""
    town = _own_town(request, town_id)

    def save(values: Mapping[str, Any]) -> str:
        add_premises(Premises(town=town, **values), act(request, "add"))
        return reverse("town", args=[town.pk]) + "#premises"

    return form_page(request, PremisesForm(posted(request)), save, intro=own(town))


@FORM
@needs_account("town_office")
def new_occupancy(request: HttpRequest, number: int) -> HttpResponse:
    """Give an admitted enterprise room."""
    admission = find(request, Admission, pk=number)
    form = OccupancyForm(
        posted(request),
        initial={"area_m2": admission.area_wanted_m2, "valid_from": today()},
    )
    form.fields["premises"].queryset = Premises.objects.filter(town=me(request).town_id)  # type: ignore[attr-defined]

    def save(values: Mapping[str, Any]) -> str:
        held = Occupancy(admission=admission, source="town office", **values)
        occupy(held, act(request, "occupy"), today())
        return reverse("town", args=[admission.town_id]) + "#premises"

    return form_page(request, form, save, intro=admission.enterprise.name)


@FORM
@needs_account("town_office")
def new_project(request: HttpRequest, town_id: str) -> HttpResponse:
    """Add an investment project."""
    town = _own_town(request, town_id)
    form = ProjectForm(posted(request))
    members = Enterprise.objects.filter(admission__town=town, admission__state="effective")
    form.fields["enterprise"].queryset = members.distinct()  # type: ignore[attr-defined]

    def save(values: Mapping[str, Any]) -> str:
        project = add_project(Project(town=town, **values), act(request, "add"))
        return reverse("project", args=[project.pk])

    return form_page(request, form, save, intro=own(town))


@FORM
@needs_account("town_office")
def new_investment(request: HttpRequest, project_id: int) -> HttpResponse:
    """Report a quarter of a project, planned or done, with a file it rests on."""
    project = find(request, Project, pk=project_id)

    def save(values: Mapping[str, Any]) -> str:
        first, last = quarter_days(values["quarter"])
        row = Investment(
            project=project,
            quarter=values["quarter"].replace(" ", "").upper(),
            valid_from=first,
            valid_to=last,
            **{name: values[name] for name in ("evidence", "amount_cny", "source")},
        )
        record(row, act(request, "report"), today())
        if values["file"]:
            file = values["file"]
            attach(row, file.name, file.file, file.size, act(request, "attach"))
        return reverse("project", args=[project.pk])

    form = InvestmentForm(posted(request), request.FILES or None)
    return form_page(request, form, save, intro=project.name)


@FORM
@needs_account("town_office", "county_office", "programme_office")
def new_figure(request: HttpRequest, town_id: str) -> HttpResponse:
    """Report a figure of a town."""
    town = find(request, Town, pk=town_id)

    def save(values: Mapping[str, Any]) -> str:
        figure = Figure(town=town, evidence="reported", period="", **values)
        record(figure, act(request, "report"), today())
        return reverse("town", args=[town.pk]) + "#figures"

    return form_page(request, FigureForm(posted(request)), save, intro=own(town))


@FORM
@needs_account("department", "programme_office")
def verify_fact(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """Confirm what was reported, or put the verified value beside it."""
    fact = find(request, FACTS.get(kind, Figure), pk=number)
    level = "audited" if me(request).role == "programme_office" else "verified"
    if not may_verify(fact, level, me(request)):
        raise NotAllowedError([Reason("not_yours_to_verify")])
    form = VerifyForm(posted(request), initial={"value": _value(fact)})

    def save(values: Mapping[str, Any]) -> str:
        raised = Raised(level, values["value"], values["source"])
        raise_evidence(fact, raised, act(request, "verify"))
        return reverse("inbox")

    return form_page(request, form, save, intro=_said(fact))


@FORM
@needs_account("town_office")
def correct_fact(request: HttpRequest, kind: str, number: int) -> HttpResponse:
    """Correct what was reported; the old figure stays in the record."""
    fact = find(request, FACTS.get(kind, Figure), pk=number)
    form = CorrectForm(posted(request), initial={"value": _value(fact), "source": fact.source})

    def save(values: Mapping[str, Any]) -> str:
        name = "value" if isinstance(fact, Figure) else "amount_cny"
        changes = {name: values["value"], "source": values["source"]}
        fresh = correct(fact, changes, act(request, "correct", values["reason"]))
        return _page_of(fresh)

    return form_page(request, form, save, intro=_said(fact))


def _value(fact: Fact) -> object:
    return fact.value if isinstance(fact, Figure) else getattr(fact, "amount_cny", None)


def editor(town: Town) -> dict[str, str]:
    """Attributes by which the map's script makes an editor of the field."""
    spot = places([town]).get(town.pk)
    most = Programme.objects.get().area_most_km2
    return {
        "data-basemap": reverse("basemap"),
        "data-language": language(),
        "data-label": say("form.boundary"),
        "data-texts": map_texts(),
        "data-datum": "#id_datum",
        **({"data-at": f"{spot[0]},{spot[1]}"} if spot else {}),
        **({"data-max-km2": str(most.normalize())} if most is not None else {}),
    }


def _said(fact: Fact) -> str:
    if isinstance(fact, Investment):
        return f"{fact.project.name} · {fact.quarter} · {money(fact.amount_cny)}"
    return str(fact)


def _page_of(fact: Fact) -> str:
    if isinstance(fact, Investment):
        return reverse("project", args=[fact.project_id])
    return reverse("town", args=[getattr(fact, "town_id", "")]) + "#figures"


@FORM
@needs_account("town_office", "county_office")
def new_boundary(request: HttpRequest, town_id: str) -> HttpResponse:
    """Propose a boundary, drawn on the map or pasted as GeoJSON."""
    town = find(request, Town, pk=town_id)

    def save(values: Mapping[str, Any]) -> str:
        names = ("geojson", "valid_from", "source")
        boundary = Boundary(town=town, **{name: values[name] for name in names})
        propose_boundary(boundary, values["datum"], act(request, "propose"), today())
        return reverse("case", args=["boundary", boundary.pk])

    form = BoundaryForm(posted(request), initial={"valid_from": today()})
    form.fields["geojson"].widget.attrs |= editor(town)
    return form_page(request, form, save, intro=own(town), draws=town)


@FORM
@needs_account("town_office", "enterprise")
def new_partnership(request: HttpRequest, credit_code: str, town_id: str) -> HttpResponse:
    """Propose a partnership of an enterprise."""
    proposer = find(request, Enterprise, credit_code=credit_code)
    town = find(request, Town, pk=town_id)

    def save(values: Mapping[str, Any]) -> str:
        code = values["partner_code"]
        partner = take_in(code, act(request, "take_in")) if code else None
        names = ("agency", "purpose", "contract_value_cny")
        fields = {name: values[name] for name in names}
        partnership = Partnership(
            town=town,
            proposer=proposer,
            partner=partner,
            joint_projects=values["joint_projects"] or 0,
            **fields,
        )
        propose(partnership, act(request, "propose"), today())
        return reverse("case", args=["partnership", partnership.pk])

    suggested = {"partner_code": request.GET.get("partner_code", "")}
    form = PartnershipForm(posted(request), initial=suggested)
    return form_page(request, form, save, intro=proposer.name)


@FORM
@needs_account("town_office", "enterprise")
def new_contract(request: HttpRequest, credit_code: str, town_id: str) -> HttpResponse:
    """Record a service contract of an enterprise."""
    enterprise = find(request, Enterprise, credit_code=credit_code)
    town = find(request, Town, pk=town_id)

    def save(values: Mapping[str, Any]) -> str:
        contract = Contract(enterprise=enterprise, town=town, **values)
        record(contract, act(request, "report"), today())
        return reverse("enterprise", args=[enterprise.credit_code])

    return form_page(request, ContractForm(posted(request)), save, intro=enterprise.name)
