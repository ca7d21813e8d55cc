"""What waits for whom: written from who must act next, with deadlines and what blocks."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from townworks.register.audit import Act
from townworks.register.cases import Taking, take
from townworks.register.facts import Raised, raise_evidence, record
from townworks.register.inbox import inbox, to_verify
from townworks.register.models import (
    Account,
    Admission,
    Assessment,
    Case,
    Figure,
    Grant,
    Investment,
    Partnership,
    Query,
    Return,
    Town,
)
from townworks.register.practice.cast import code_of
from townworks.register.services.assessments import object_to

DAY = date(2016, 6, 1)


def step(case: Case, name: str, account: Account, **values: object) -> Case:
    return take(case, Taking(name, account, DAY, None, "because", None, values))


def admission(number: int, town: Town) -> Admission:
    return Admission.objects.get(enterprise__credit_code=code_of(number), town=town)


def waiting(account: Account, day: date = DAY) -> dict[tuple[str, int], bool]:
    """Matters in the inbox: kind and number → whether another person must act."""
    return {(i.case.KIND, i.case.pk): i.blocked is not None for i in inbox(account, day)}


@pytest.fixture
def matters(town: Town) -> dict[str, tuple[str, int]]:
    """What is under way in the practice town, by a word."""
    grants = {g.state: ("grant", g.pk) for g in Grant.objects.filter(town=town)}
    return {
        "submitted": ("admission", admission(7, town).pk),
        "reviewed": ("admission", admission(8, town).pk),
        "partnership": ("partnership", Partnership.objects.get(state="proposed").pk),
        "assessment": ("assessment", Assessment.objects.get(town=town, year=2015).pk),
        "query": ("query", Query.objects.get(town_return__town=town).pk),
        "return": ("return", Return.objects.get(town=town, state="submitted").pk),
        **grants,
    }


@pytest.mark.parametrize(
    ("who", "open_", "blocked"),
    [
        ("town", {"submitted", "query"}, {"reviewed"}),
        ("town.head", {"submitted", "reviewed", "query"}, set()),
        ("enterprise", {"partnership"}, set()),
        ("county", {"committed"}, {"checked"}),
        ("county.head", {"checked", "committed"}, set()),
        ("finance", {"committed"}, set()),
        ("statistics", {"assessment", "return"}, set()),
        ("tax", set(), set()),
        ("resources", set(), set()),
        ("prefecture", set(), set()),
        ("office", set(), set()),
        ("auditor", set(), set()),
        ("loader", set(), set()),
    ],
)
def test_what_waits_for_whom(
    who: str, open_: set[str], blocked: set[str], matters: dict[str, tuple[str, int]],
    people: dict[str, Account],
) -> None:  # fmt: skip
    wanted = {matters[w]: False for w in open_} | {matters[w]: True for w in blocked}
    assert waiting(people[who]) == wanted


def test_nothing_waits_for_strangers_and_closed_accounts(town: Town) -> None:
    other = Town.objects.exclude(pk=town.pk)[0]
    strangers = [
        Account.objects.create(username="1", name="1", role="town_office", town=other),
        Account.objects.create(username="2", name="2", role="county_office", place_code="330108"),
        Account.objects.create(
            username="3", name="3", role="town_office", town=town, is_active=False
        ),
        Account.objects.create(
            username="4", name="4", role="department", department="finance", place_code="3301"
        ),
    ]
    assert [waiting(each) for each in strangers] == [{}, {}, {}, {}]


def test_it_follows_the_matter(people: dict[str, Account], town: Town) -> None:
    """The round of an assessment: statistics, then the programme office, then its second person."""
    case: Case = Assessment.objects.get(town=town, year=2015)
    key = ("assessment", case.pk)
    case = step(case, "verify", people["statistics"])
    assert key not in waiting(people["statistics"])
    assert waiting(people["office"])[key] is False
    case = step(case, "lock", people["office"])
    case = step(case, "grade", people["office"], grade="good", score="80")
    assert waiting(people["office"])[key] is True
    assert waiting(people["office.head"])[key] is False
    case = step(case, "publish", people["office.head"])
    assert waiting(people["office.head"])[key] is False
    assert isinstance(case, Assessment)
    objection = object_to(case, "x", Act(people["town"], "file", DAY), DAY)
    assert waiting(people["office"])[("objection", objection.pk)] is False
    assert ("objection", objection.pk) not in waiting(people["town"])


@pytest.mark.parametrize(
    ("day", "urgency"),
    [
        (date(2016, 5, 23), "open"),
        (date(2016, 5, 24), "open"),
        (date(2016, 5, 25), "soon"),
        (date(2016, 5, 28), "soon"),
        (date(2016, 5, 29), "overdue"),
    ],
)
def test_a_deadline_comes_near_and_passes(
    day: date, urgency: str, people: dict[str, Account], town: Town
) -> None:
    """Handed in on 23 May, five days to look whether it is complete: due on 28 May."""
    Admission.objects.filter(pk=admission(7, town).pk).update(state_since=date(2016, 5, 23))
    (item,) = (i for i in inbox(people["town"], day) if i.case.pk == admission(7, town).pk)
    assert (item.due, item.urgency) == (date(2016, 5, 28), urgency)


def test_the_most_urgent_stands_first_and_what_is_blocked_last(people: dict[str, Account]) -> None:
    for account in people.values():
        items = inbox(account, DAY)
        order = [(i.blocked is not None, i.due or date.max) for i in items]
        assert order == sorted(order)


def figure(town: Town, metric: str, by: Account, **rest: object) -> Figure:
    fields = {
        "value": Decimal(9), "unit": "count", "extent": "during", "evidence": "reported",
        "valid_from": date(2016, 1, 1), "valid_to": date(2016, 3, 31), "source": "x",
    }  # fmt: skip
    row = Figure(town=town, metric=metric, **{**fields, **rest})
    return record(row, Act(by, "report", DAY), DAY)


def test_figures_wait_for_the_department_in_charge(people: dict[str, Account], town: Town) -> None:
    by = people["town"]
    wanted = {
        "statistics": figure(town, "visitors_count", by),
        "tax": figure(town, "tax_paid_cny", by),
        "resources": figure(town, "land_used_mu", by),
    }
    figure(town, "planned_count", by, evidence="planned")
    for who, row in wanted.items():
        found = [f for f in to_verify(people[who]) if isinstance(f, Figure)]
        assert row in found
        assert not {*wanted.values()} - {row} & {*found}
    for who in ("finance", "office", "town", "auditor", "county"):
        assert to_verify(people[who]) == []


@pytest.mark.parametrize("who", ["town", "county", "office"])
def test_figures_wait_whoever_reported_them(
    who: str, people: dict[str, Account], town: Town
) -> None:
    """An assessment cannot go on while one is unverified: none may be out of sight."""
    row = figure(town, "visitors_count", people[who])
    assert row in to_verify(people["statistics"])


def test_what_is_verified_or_corrected_waits_no_longer(
    people: dict[str, Account], town: Town
) -> None:
    from townworks.register.facts import correct

    first = figure(town, "visitors_count", people["town"])
    raised = Raised("verified", Decimal(8), "ledger")
    raise_evidence(first, raised, Act(people["statistics"], "verify", DAY))
    second = figure(town, "events_count", people["town"])
    fresh = correct(second, {"value": Decimal(7)}, Act(people["town"], "correct", DAY, "typo"))
    found = to_verify(people["statistics"])
    assert first not in found
    assert second not in found
    assert fresh in found


def test_investment_waits_for_statistics(people: dict[str, Account]) -> None:
    found = {f for f in to_verify(people["statistics"]) if isinstance(f, Investment)}
    assert found
    assert {f.evidence for f in found} == {"reported"}
    elsewhere = Account.objects.create(
        username="s", name="s", role="department", department="statistics", place_code="3301"
    )
    assert to_verify(elsewhere) == []


def test_a_day_later_is_a_day_less(people: dict[str, Account]) -> None:
    for account in people.values():
        today, later = inbox(account, DAY), inbox(account, DAY + timedelta(1))
        assert [i.due for i in today] == [i.due for i in later]
