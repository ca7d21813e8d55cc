"""The plan on the web: its page, the programme's, a town's, the map; by role, day and language."""

from datetime import date

import pytest
from django.test import Client
from tests.unit.register.planning import CASES, RUNNING, plan_about, tables
from tests.unit.web.conftest import Window

from townworks.register.models import Account, Event, Plan
from townworks.register.services.plans import PlanFile, load_plan

pytestmark = pytest.mark.django_db
DAY, SINCE = date(2016, 6, 1), date(2015, 6, 5)
LINE = "/plan/lines/{}/town/"


@pytest.fixture
def plan(people: dict[str, Account]) -> Plan:
    file = PlanFile(*tables(), plan_about())
    return load_plan(file, people["office"], DAY, SINCE).plan


def text(client: Client, path: str, language: str = "en") -> str:
    answer = client.get(path, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_without_a_plan_the_pages_say_how_to_get_one(window: Window) -> None:
    for path in ("/", "/plan/"):
        assert "No plan was in force on this day." in text(window(""), path)
        assert "townworks load --plan plan.csv --as office" in text(window("office"), path)
        assert "当日无施行的规划" in text(window(""), path, "zh-hans")
    assert window("").get("/charts/investment.json").status_code == 200


def test_the_programme_says_how_far_the_plan_is(window: Window, plan: Plan) -> None:
    page = text(window(""), "/")
    assert "<b>1</b> <span>of 3 planned towns that are due stand on a list" in page
    assert "1 late · 1 due this year · 1 earlier than planned · 1 still to come" in page
    assert "Xinchang Bearing Town" in page
    assert "4.2 % of the target of CNY 500 bn" in page
    assert f"/plan/?as_of=2016-06-01#line-{plan.lines.get(candidate_id='a-1').pk}" in page
    assert "逾期1个" in text(window(""), "/", "zh-hans")


def test_days_before_know_nothing_of_it(window: Window, plan: Plan) -> None:  # noqa: ARG001
    for path in ("/", "/plan/"):
        assert "No plan was in force" in text(window(""), f"{path}?as_of=2015-06-04")
        assert "Xinchang" in text(window(""), f"{path}?as_of=2016-01-01")
    assert "late 1" not in text(window(""), "/plan/?as_of=2015-12-31")


def test_lines_are_told_to_whom_they_are_for_in_their_language(window: Window, plan: Plan) -> None:
    public, office = text(window(""), "/plan/"), text(window("office"), "/plan/")
    assert "Wenling Pumps" not in public
    assert "Candidates that were not chosen are told to the offices" in public
    assert "Wenling Pumps: because" in office
    assert "温岭泵业：因为" in text(window("office"), "/plan/", "zh-hans")
    assert "chosen out of 6 candidates" in office
    assert f'<code title="{plan.sha256}">' in public


@pytest.mark.parametrize(
    ("show", "names"),
    [
        ("late", {"a-1"}),
        ("chosen", {"a-1", "a-2", "a-3"}),
        ("refused", {"d-1"}),
        ("running", set()),
        ("nonsense", {"a-1", "a-2", "a-3", "d-1"}),
    ],
)
def test_filters_show_what_they_name(
    window: Window, plan: Plan, show: str, names: set[str]
) -> None:
    page = text(window("auditor"), f"/plan/?show={show}")
    shown = {
        line.candidate_id
        for line in plan.lines.filter(town=None)
        if f'<tr id="line-{line.pk}">' in page
    }
    assert shown == names


def test_a_town_stands_beside_its_plan(window: Window, plan: Plan) -> None:  # noqa: ARG001
    page = text(window(""), f"/towns/{RUNNING}/")
    assert "Planned for 2015 with CNY 6 bn, CNY 2.84 bn of it by this day." in page
    assert "Nothing is known of what was invested so far: that is not nothing." in page
    other = text(window(""), "/towns/shaoxing-zhuji-socks/")
    assert "The plan in force does not hold this town." in other
    assert "In the plan" not in text(window(""), f"/towns/{RUNNING}/?as_of=2015-06-04")
    assert "In the plan" not in text(window(""), "/towns/practice-pump-town/")


def test_planned_towns_are_on_the_map_until_they_have_come(
    window: Window, plan: Plan, people: dict[str, Account]
) -> None:
    def planned(path: str) -> list[str]:
        rows = window("").get(path).json()["features"]
        return [f["properties"]["name"] for f in rows if f["properties"]["status"] == "planned"]

    assert planned("/towns.geojson") == [
        "Xinchang Bearing Town",
        "Yongkang Hardware Town",
        "Yueqing Electrical Town",
    ]
    assert planned(f"/towns.geojson?town={RUNNING}") == []
    client, line = window("office"), plan.lines.get(candidate_id="a-1")
    answer = client.post(LINE.format(line.pk), {"town": "shaoxing-zhuji-socks", "reason": "so"})
    assert (answer.status_code, answer["Location"]) == (302, f"/plan/#line-{line.pk}")
    assert "Xinchang Bearing Town" not in planned("/towns.geojson")
    assert Event.objects.order_by("-seq")[0].account == people["office"].username


def test_a_line_is_linked_with_a_reason_and_once(window: Window, plan: Plan) -> None:
    client = window("office")
    first, second = (plan.lines.get(candidate_id=key) for key in ("a-1", "a-2"))
    assert client.post(LINE.format(first.pk), {"town": RUNNING}).status_code == 422
    refused = client.post(LINE.format(second.pk), {"town": RUNNING, "reason": "so"})
    assert refused.status_code == 422
    assert "became that town already" in refused.content.decode()
    assert client.get(LINE.format(10**6)).status_code == 404


def test_an_earlier_plan_stays_readable(
    window: Window, plan: Plan, people: dict[str, Account]
) -> None:
    newer = {**plan_about(), "sha256": "b" * 64, "title": "Second plan"}
    load_plan(PlanFile(*tables(CASES[:3]), newer), people["office"], DAY, DAY)
    page = text(window(""), "/plan/")
    assert "<h1>Second plan</h1>" in page
    assert '<a href="?as_of=2016-05-31">2015–2017</a>' in page
    before = text(window("office"), "/plan/?as_of=2016-05-31")
    assert "Ended on 2016-05-31" in before
    assert LINE.format(plan.lines.get(candidate_id="a-1").pk) not in before


def test_the_chart_has_the_path_of_the_plan(window: Window, plan: Plan) -> None:  # noqa: ARG001
    names = {
        row["series"]
        for row in window("").get("/charts/investment.json").json()["datasets"]["lines"]
    }
    assert "plan in force" in names
    before = window("").get("/charts/investment.json?as_of=2015-06-04")
    assert b"plan in force" not in before.content


def test_names_that_are_code_stay_text(window: Window, people: dict[str, Account]) -> None:
    evil = "<script>alert(1)</script>"
    case = ("x", evil, evil, "330624", 2015, 1, "worth")
    load_plan(PlanFile(*tables((case,)), plan_about()), people["office"], DAY, SINCE)
    for path in ("/", "/plan/"):
        page = text(window("office"), path)
        assert evil not in page
        assert "&lt;script&gt;alert" in page
