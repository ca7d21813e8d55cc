"""A town's chain on the web: who sees what, what if somebody enters, a proposal begun from it."""

from datetime import date

import pytest
from django.urls import reverse
from tests.unit.web.conftest import Window

from townworks.register.models import Admission, Partnership, RegistryEntry
from townworks.register.practice.cast import code_of
from townworks.schema.messages import message

pytestmark = pytest.mark.django_db
PATH = "/towns/practice-pump-town/chain/"
MOTORS = "91330000MA00000001"
COUNTIES = ("331003", "331081", "330324")


@pytest.fixture
def registrations() -> None:
    """Give the register 300 registrations of pumps and what they need."""
    things = ("水泵制造", "电机制造", "机械密封件制造", "铸件制造", "水泵销售", "日用百货零售")
    RegistryEntry.objects.bulk_create(
        RegistryEntry(
            credit_code=f"91330000MA{number:08d}",
            name=f"测试{number}有限公司",
            registered_on=date(2010, 1, 1),
            county_code=COUNTIES[number % 3],
            activity=things[number % 6],
            imported_from="test",
        )
        for number in range(300)
    )


@pytest.mark.usefixtures("registrations")
def test_everybody_sees_the_picture_only_offices_see_leads(window: Window) -> None:
    public = window("").get(PATH).content.decode()
    assert "<svg" in public
    assert message("web.chain.leads", "en") not in public
    assert "虚构" not in public
    office = window("office").get(PATH).content.decode()
    for name in ("leads", "partners", "entrants", "adds"):
        assert message(f"web.chain.{name}", "en") in office
    assert "号<mark>电机</mark>有限公司" in office
    part = window("").get(f"{PATH}?picture=1").content.decode()
    assert part.count("<svg") == 1
    assert "<html" not in part


def test_a_register_without_a_registry_says_not_known(window: Window) -> None:
    page = window("office").get("/towns/taizhou-wenling-pump/chain/").content.decode()
    assert page.count(f"<td>{message('web.chain_state.not_known', 'en')}</td>") == 9
    assert page.count('<td class="n">0</td>') == 27, "the invented are counted for a real town"


def test_the_practice_town_shows_each_state_with_its_interval(window: Window) -> None:
    page = window("").get(PATH).content.decode()
    for state in ("thin", "missing", "not_known"):
        assert f"<td>{message(f'web.chain_state.{state}', 'en')}" in page
    assert '<td class="n">1 <span class="note">0–5</span></td>' in page
    assert "complete (" in page
    adds = window("").get(PATH, HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    assert message("web.chain.adds", "zh") in adds


@pytest.mark.usefixtures("registrations")
def test_what_if_an_enterprise_enters(window: Window) -> None:
    clerk = window("town")
    page = clerk.get(f"{PATH}?with=91330000MA00000001").content.decode()
    assert "With 测试1有限公司: from " in page
    assert page.count('<svg class="chain"') == 2
    assert "<title>测试1有限公司、" in page
    unknown = window("office").get(f"/towns/taizhou-wenling-pump/chain/?with={MOTORS}")
    assert "is not known, with 测试1有限公司" in unknown.content.decode()
    nobody = clerk.get(f"{PATH}?with=<b>X").content.decode()
    assert "no enterprise with the code &lt;b&gt;X" in nobody


@pytest.mark.usefixtures("registrations")
def test_an_enterprise_in_the_town_changes_nothing(window: Window) -> None:
    inside = Admission.objects.filter(town="practice-pump-town", state="effective").first()
    assert inside is not None
    code = inside.enterprise.credit_code
    page = window("town").get(f"{PATH}?with={code}").content.decode()
    assert "is in the town already" in page


def test_who_works_together_already_is_not_suggested_anew(window: Window) -> None:
    """The motors have proposed already what the castings have not."""
    page = window("town").get(PATH).content.decode()
    case = Partnership.objects.get(purpose__startswith="电机配套")
    assert f'<a class="tag" href="/cases/partnership/{case.pk}/">proposed</a>' in page
    for number, suggested in ((2, False), (4, True)):
        path = reverse("new_partnership", args=[code_of(number), "practice-pump-town"])
        assert (f'"{path}?partner_code={code_of(1)}"' in page) == suggested


def test_a_suggestion_becomes_a_proposal(window: Window) -> None:
    path = reverse("new_partnership", args=[code_of(4), "practice-pump-town"])
    clerk = window("town")
    answer = clerk.post(path, {"partner_code": code_of(1), "purpose": "泵体供货"})
    case = Partnership.objects.get(purpose="泵体供货")
    assert answer.status_code == 302
    assert (case.state, case.proposer.credit_code) == ("proposed", code_of(4))
    assert f"/cases/partnership/{case.pk}/" in clerk.get(PATH).content.decode()


def test_a_town_without_a_chain_has_no_such_page(window: Window) -> None:
    assert window("").get("/towns/hangzhou-binjiang-internet/chain/").status_code == 404


def test_a_suggestion_fills_in_the_partner(window: Window) -> None:
    inside = Admission.objects.filter(town="practice-pump-town").first()
    assert inside is not None
    code = inside.enterprise.credit_code
    path = f"/enterprises/{code}/practice-pump-town/partnerships/new/?partner_code=91330000MA1"
    page = window("town").get(path).content.decode()
    assert 'value="91330000MA1"' in page


def test_the_style_is_served(window: Window) -> None:
    answer = window("").get("/chain.css")
    assert answer["Content-Type"].startswith("text/css")
    assert b"svg.chain" in answer.content
