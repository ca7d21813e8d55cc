"""Every role against every address: what opens, what is refused, what does not exist for them."""

from datetime import date

import pytest
from django.test import Client
from django.urls import URLPattern
from tests.unit.register.planning import plan_about, tables
from tests.unit.web.conftest import Window

from townworks.register.models import (
    Account,
    Admission,
    Enterprise,
    Grant,
    Import,
    Investment,
    Return,
    Town,
)
from townworks.register.services.plans import PlanFile, load_plan
from townworks.web.urls import urlpatterns

DAY = date(2016, 5, 2)
pytestmark = pytest.mark.django_db
EVERYBODY = (
    *("", "office", "office.head", "prefecture", "county", "county.head", "statistics", "tax"),
    *("finance", "resources", "town", "town.head", "enterprise", "auditor"),
)
SIGNED_IN = frozenset(EVERYBODY[1:])
OFFICES = frozenset({"office", "office.head"})
COUNTIES = frozenset({"county", "county.head"})
TOWNS = frozenset({"town", "town.head"})
DEPARTMENTS = frozenset({"statistics", "tax", "finance", "resources"})
PUBLIC = frozenset(EVERYBODY)
T = "practice-pump-town"
ALLOWED: dict[str, tuple[str, frozenset[str]]] = {
    "programme": ("/", PUBLIC),
    "programme_chart": ("/charts/investment.json", PUBLIC),
    "charts_bundle": ("/charts.js", PUBLIC),
    "basemap": ("/basemap.geojson", PUBLIC),
    "towns_geojson": ("/towns.geojson", PUBLIC),
    "towns": ("/towns/", PUBLIC),
    "town": (f"/towns/{T}/", PUBLIC),
    "town_chart": (f"/towns/{T}/charts/investment.json", PUBLIC),
    "town_chain": (f"/towns/{T}/chain/", PUBLIC),
    "chain_style": ("/chain.css", PUBLIC),
    "decisions": ("/decisions/", PUBLIC),
    "plan": ("/plan/", PUBLIC),
    "plan_line": ("/plan/lines/{line}/town/", OFFICES),
    "discovery_geojson": ("/discovery.geojson", PUBLIC),
    "discovery": ("/discovery/county/", PUBLIC),
    "finder": ("/finder/", PUBLIC),
    "enterprises": ("/enterprises/", PUBLIC),
    "enterprise": ("/enterprises/{code}/", PUBLIC),
    "assessments": ("/assessments/", PUBLIC),
    "case": ("/cases/admission/1/", PUBLIC),
    "sign_in": ("/sign-in/", PUBLIC),
    "new_admission": (f"/towns/{T}/admissions/new/", TOWNS | {"enterprise"}),
    "new_premises": (f"/towns/{T}/premises/new/", TOWNS),
    "new_project": (f"/towns/{T}/projects/new/", TOWNS),
    "new_figure": (f"/towns/{T}/figures/new/", TOWNS | COUNTIES | OFFICES),
    "new_boundary": (f"/towns/{T}/boundary/new/", TOWNS | COUNTIES),
    "new_status_act": (f"/towns/{T}/status/new/", OFFICES),
    "project": ("/projects/1/", SIGNED_IN - {"nobody"}),
    "new_investment": ("/projects/1/investment/new/", TOWNS),
    "new_occupancy": ("/admissions/5/room/", TOWNS),
    "apply": ("/admissions/1/apply/", TOWNS | {"enterprise"}),
    "verify_fact": ("/facts/investment/{reported}/verify/", OFFICES | {"statistics"}),
    "correct_fact": ("/facts/investment/{reported}/correct/", TOWNS),
    "new_partnership": ("/enterprises/{code}/" + T + "/partnerships/new/", TOWNS | {"enterprise"}),
    "new_contract": ("/enterprises/{code}/" + T + "/contracts/new/", TOWNS | {"enterprise"}),
    "inbox": ("/inbox/", SIGNED_IN),
    "applications": (
        "/applications/",
        OFFICES | COUNTIES | DEPARTMENTS | {"prefecture", "auditor"},
    ),
    "new_application": ("/applications/new/", COUNTIES),
    "new_round": ("/assessments/new/", OFFICES),
    "returns": ("/returns/", SIGNED_IN - {"enterprise"}),
    "new_returns": ("/returns/new/", OFFICES),
    "new_query": ("/returns/{returned}/ask/", OFFICES | {"statistics"}),
    "registry": ("/registry/", OFFICES),
    "template": ("/template/return.xlsx", SIGNED_IN - {"enterprise"}),
    "exports": ("/exports/", OFFICES | {"auditor"}),
    "export": ("/exports/csv/", OFFICES | {"auditor"}),
    "bulletin": ("/bulletin/2016Q1/", SIGNED_IN - {"enterprise"}),
    "bulletin_file": ("/bulletin/2016Q1/docx/", SIGNED_IN - {"enterprise"}),
    "imports": ("/imports/", OFFICES | TOWNS | {"auditor"}),
    "new_import": ("/imports/new/", OFFICES | TOWNS),
    "import": ("/imports/{brought}/", OFFICES | TOWNS | {"auditor"}),
    "import_file": ("/imports/{brought}/findings.csv", OFFICES | TOWNS | {"auditor"}),
    "budget": ("/budget/", SIGNED_IN - {"enterprise"}),
    "new_line": ("/budget/new/", OFFICES | COUNTIES | TOWNS | {"prefecture"}),
    "events": ("/events/", OFFICES | {"auditor"}),
    "upload": ("/cases/admission/1/files/new/", SIGNED_IN),
    "new_objection": ("/cases/admission/1/object/", SIGNED_IN),
    "second_factor": ("/second-factor/", SIGNED_IN),
    "enrol": ("/second-factor/new/", SIGNED_IN),
    "own_account": ("/account/", SIGNED_IN),
    "password": ("/account/password/", SIGNED_IN),
    "accounts": ("/accounts/", OFFICES | {"auditor"}),
    "new_account": ("/accounts/new/", OFFICES),
    "calendar": ("/calendar/", SIGNED_IN),
}
"""Address of each page, and who may open it."""
POSTED = {
    "step",
    "import_step",
    "registry_step",
    "lookup",
    "sign_out",
    "switch_account",
    "language",
    "qr",
    "evidence",
}
"""Addresses that answer no plain reading: tried below, or by the services' own tests."""


def address(path: str) -> str:
    enterprise = Enterprise.objects.get(name__startswith="示例泵业")
    reported = Investment.objects.filter(evidence="reported", quarter="2016Q1").first()
    assert reported is not None
    opened = {"state_since": DAY, "opened_on": DAY, "version": 1}
    opened["opened_by"] = Account.objects.get(username="town")
    returned, _ = Return.objects.get_or_create(
        town_id=T, quarter="2016Q1", defaults={"due_on": DAY, "state": "due", **opened}
    )
    brought, _ = Import.objects.get_or_create(
        town_id=T, defaults={"state": "previewed", "files": [], **opened}
    )
    numbers = {"reported": reported.pk, "returned": returned.pk, "brought": brought.pk}
    office = Account.objects.get(username="office")
    file = PlanFile(*tables(), plan_about())
    plan = load_plan(file, office, DAY, None).plan
    numbers["line"] = plan.lines.filter(town=None)[0].pk
    return path.format(code=enterprise.credit_code, **numbers)


def test_every_address_is_in_the_matrix() -> None:
    names = {str(p.name) for p in urlpatterns if isinstance(p, URLPattern)}
    assert names == set(ALLOWED) | POSTED


@pytest.mark.parametrize("username", EVERYBODY)
def test_a_role_opens_what_it_may_and_nothing_else(window: Window, username: str) -> None:
    client = window(username)
    wrong = {}
    for name, (path, allowed) in ALLOWED.items():
        status = client.get(address(path)).status_code
        opened = status in (200, 204)
        if opened != (username in allowed):
            wrong[name] = status
        elif not opened:
            assert status in (302, 403, 404), (name, status)
    assert not wrong


FOREIGN = (
    f"/towns/{T}/premises/new/",
    f"/towns/{T}/projects/new/",
    "/cases/admission/7/",
    "/cases/grant/2/",
    "/projects/1/",
    "/cases/assessment/{assessment}/",
)


@pytest.fixture
def strangers(people: dict[str, Account]) -> list[Account]:  # noqa: ARG001
    """The same roles in another place: another county, town, enterprise, department's area."""
    other = Town.objects.get(pk="hangzhou-yuhang-dream")
    firm = Enterprise.objects.get(name__startswith="样板电机")
    made = [
        Account(username="s1", name="s1", role="county_office", place_code="330110"),
        Account(username="s2", name="s2", role="prefecture_office", place_code="3301"),
        Account(username="s3", name="s3", role="town_office", town=other),
        Account(username="s4", name="s4", role="department", department="tax", place_code="3301"),
        Account(username="s5", name="s5", role="enterprise", enterprise=firm),
    ]
    for account in made:
        account.set_unusable_password()
        account.save()
    return made


def test_nobody_opens_records_of_another_place(strangers: list[Account]) -> None:
    from townworks.register.models import Assessment

    assessment = Assessment.objects.get(town=T)
    grant = Grant.objects.get(pk=2)
    for account in strangers:
        client = Client()
        client.force_login(account, backend="django.contrib.auth.backends.ModelBackend")
        for path in FOREIGN:
            place = path.format(assessment=assessment.pk)
            mine = account.role == "enterprise" and place.startswith("/cases/grant/2")
            status = client.get(place).status_code
            assert (status == 200) == mine, (account.role, place, status)
    assert grant.admission is not None


def test_a_page_tells_the_public_no_personal_or_commercial_field(window: Window) -> None:
    admission = Admission.objects.get(pk=1)
    for path in ("/cases/admission/1/", f"/enterprises/{admission.enterprise.credit_code}/"):
        page = window("").get(path).content.decode()
        assert admission.enterprise.contact_name not in page
        assert "000-0000000" not in page
    own = window("enterprise").get("/cases/admission/1/").content.decode()
    assert admission.enterprise.contact_name in own
    partner = window("").get("/cases/partnership/1/").content.decode()
    assert "1,200,000" not in partner
    assert "1.2 m" not in partner


STEPS = ("admit", "refuse", "make_effective", "leave")


@pytest.mark.parametrize("username", EVERYBODY)
def test_steps_are_taken_by_whom_they_are_for_only(window: Window, username: str) -> None:
    client = window(username)
    for step in STEPS:
        answer = client.post(f"/cases/admission/8/{step}/", {"seen": 5, "reason": "x"})
        assert answer.status_code in (302, 403, 404, 409, 422)
        before = Admission.objects.get(pk=8)
        if username != "town.head":
            assert before.state == "reviewed", (username, step)


def test_a_step_needs_a_token_against_forgery(people: dict[str, Account], settings: object) -> None:
    settings.REQUIRE_TOTP = False  # type: ignore[attr-defined]
    client = Client(enforce_csrf_checks=True)
    client.force_login(people["town.head"], backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/cases/admission/8/admit/", {"seen": 5, "reason": "x"})
    assert answer.status_code == 403
    assert Admission.objects.get(pk=8).state == "reviewed"
