"""Who sees what: every kind of record, one's own, a neighbour's, another town's, and the public.

Six records of each kind where it has public states, three where it has none. Letters: A, B of the
enterprise in the town, C, D of its neighbour in the same town, E, F of an enterprise of another
town; A, C, E are private (draft, applied for, open), B, D, F public (in force, paid).
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db.models import Model

from townworks.register.models import (
    Account,
    Admission,
    Assessment,
    Boundary,
    BudgetLine,
    Contract,
    Enterprise,
    Event,
    Evidence,
    Figure,
    Grant,
    Investment,
    Objection,
    Occupancy,
    Partnership,
    Payment,
    Premises,
    Project,
    RegistryEntry,
    StatusAct,
    Step,
    Town,
    TownApplication,
)
from townworks.register.permissions import answers_for, may_see, sees_private, visible
from townworks.register.practice.cast import code_of

DAY, MOMENT = date(2016, 1, 4), datetime(2016, 1, 4, tzinfo=UTC)
ALL, NONE = "ABCDEF", ""
GROUPS = {
    "public": (None,),
    "all": ("office", "office.head", "auditor"),
    "province": ("statistics", "tax", "finance", "resources"),
    "here": ("prefecture", "county", "county.head"),
    "town": ("town", "town.head"),
    "enterprise": ("enterprise",),
    "neighbour": ("neighbour",),
    "there": ("prefecture 3301", "county 330108", "statistics 330108"),
    "other town": ("town elsewhere",),
    "other enterprise": ("enterprise elsewhere",),
    "closed": ("closed office", "closed town", "closed enterprise", "closed auditor"),
    "blank": ("county without a code",),
}
"""Accounts that must see the same."""


def _seen(**letters: str) -> dict[str, str]:
    """Letters a group sees: `others` wherever it is not named."""
    others = letters.pop("others")
    return {group: letters.get(group.replace(" ", "_"), others) for group in GROUPS}


OFFICES_OF_THE_AREA = {
    "all": ALL,
    "province": ALL,
    "here": "ABCDF",
    "town": "ABCDF",
    "there": "BDEF",
    "other_town": "BDEF",
}
STATED = _seen(
    **OFFICES_OF_THE_AREA,
    enterprise="ABDF",
    neighbour="BCDF",
    other_enterprise="BDEF",
    others="BDF",
)
"""Has public states, and an enterprise that it belongs to."""
OF_THE_TOWN = _seen(**OFFICES_OF_THE_AREA, others="BDF")
"""Has public states; belongs to a town alone."""
PRIVATE = {
    "all": "ACE",
    "province": "ACE",
    "here": "AC",
    "town": "AC",
    "there": "E",
    "other_town": "E",
}
EXPECTED: dict[type[Model], dict[str, str]] = {
    Admission: STATED,
    Grant: STATED,
    Partnership: STATED,
    Assessment: OF_THE_TOWN,
    Boundary: OF_THE_TOWN,
    StatusAct: OF_THE_TOWN,
    Contract: _seen(**PRIVATE, enterprise="A", neighbour="C", other_enterprise="E", others=NONE),
    Project: _seen(**PRIVATE, enterprise="A", neighbour="C", other_enterprise="E", others=NONE),
    Investment: _seen(**PRIVATE, enterprise="A", neighbour="C", other_enterprise="E", others=NONE),
    Occupancy: _seen(**PRIVATE, enterprise="A", neighbour="C", other_enterprise="E", others=NONE),
    Enterprise: _seen(**PRIVATE, enterprise="A", neighbour="C", other_enterprise="E", others=NONE),
    Objection: _seen(**PRIVATE, enterprise="A", neighbour="C", other_enterprise="E", others=NONE),
    Premises: _seen(**PRIVATE, others=NONE),
    BudgetLine: _seen(**PRIVATE, others=NONE),
    TownApplication: _seen(**{**PRIVATE, "town": NONE, "other_town": NONE}, others=NONE),
    Figure: _seen(others="ACE"),
    Town: _seen(others="ACE"),
    Account: _seen(all="ACE", others=NONE),
    Evidence: _seen(all="ACE", others=NONE),
    Payment: _seen(all="ACE", others=NONE),
    Step: _seen(all="ACE", others=NONE),
    Event: _seen(all="ACE", others=NONE),
    RegistryEntry: _seen(all="ACE", others=NONE),
}


@pytest.fixture
def viewers(people: dict[str, Account], town: Town) -> dict[str | None, Account | None]:
    found: dict[str | None, Account | None] = {None: None}
    found.update(people)
    there = _town_there()

    def add(name: str, role: str, **rest: Any) -> None:
        found[name] = Account.objects.create(username=name, name=name, role=role, **rest)

    add("neighbour", "enterprise", enterprise=_enterprise(2))
    add("prefecture 3301", "prefecture_office", place_code="3301")
    add("county 330108", "county_office", place_code="330108")
    add("statistics 330108", "department", department="statistics", place_code="330108")
    add("town elsewhere", "town_office", town=there)
    add("enterprise elsewhere", "enterprise", enterprise=_enterprise(70))
    add("closed office", "programme_office", is_active=False)
    add("closed auditor", "auditor", is_active=False)
    add("closed town", "town_office", town=town, is_active=False)
    add("closed enterprise", "enterprise", enterprise=_enterprise(1), is_active=False)
    add("county without a code", "county_office")
    return found


def _town_there() -> Town:
    found = Town.objects.filter(county_code="330108").first()
    assert found is not None
    return found


def _enterprise(number: int) -> Enterprise:
    code = code_of(number)
    return Enterprise.objects.get_or_create(
        credit_code=code, defaults={"name": code, "source": "test", "county_code": "330108"}
    )[0]


Rows = dict[type[Model], dict[str, Any]]


@pytest.fixture
def rows(viewers: Mapping[str | None, Account | None], town: Town) -> Rows:
    """Write the records, past the services: only who sees them is asked."""
    assert viewers.keys() >= {"town"}
    loader = Account.objects.get(username="loader")
    found: Rows = {model: {} for model in EXPECTED}
    places = ((town, 1, "AB"), (town, 2, "CD"), (_town_there(), 70, "EF"))
    for place, number, letters in places:
        _write(found, place, number, letters, loader)
    Enterprise.objects.filter(pk=_enterprise(70).pk).update(county_code="331003")
    return found


def _write(found: Rows, town: Town, number: int, letters: str, by: Account) -> None:
    enterprise, private = _enterprise(number), letters[0]
    opened = {"state_since": DAY, "opened_on": DAY, "opened_by": by, "version": 1}
    fact = {"recorded_at": MOMENT, "recorded_by": by, "source": "test"}
    for letter, public in zip(letters, (False, True), strict=True):
        for model, case in _cases(town, enterprise, letter, public=public).items():
            found[model][letter] = model._default_manager.create(**case, **opened)
    admission, grant = found[Admission][private], found[Grant][private]
    project = Project.objects.create(town=town, enterprise=enterprise, name=private, starts_on=DAY)
    premises = Premises.objects.create(town=town, name=private, floor_area_m2=9)
    money = {"quarter": "2016Q1", "evidence": "planned", "amount_cny": 5}
    value = {"metric": "x", "value": 1, "unit": "cny", "extent": "at", "evidence": "planned"}
    paper = {"agency": "x", "service": "x", "value_cny": 9}
    made: dict[type[Model], dict[str, Any]] = {
        Contract: {"town": town, "enterprise": enterprise, **paper, **fact},
        Investment: {"project": project, **money, **fact},
        Occupancy: {"premises": premises, "admission": admission, "area_m2": 1, **fact},
        Figure: {"town": town, **value, **fact},
        Objection: {"admission": admission, "grounds": "x", "state": "filed", **opened},
        BudgetLine: _line(town),
        TownApplication: _application(town) | opened,
        Payment: {"grant": grant, "number": 1, "amount": 1, "paid_on": DAY, "paid_by": by},
    }
    for model, values in made.items():
        found[model][private] = model._default_manager.create(**values)
    found[Project][private], found[Premises][private] = project, premises
    found[Enterprise][private] = enterprise
    found[Town][private] = _written_town(town, private)
    _write_rest(found, private, grant, by)


def _write_rest(found: Rows, letter: str, grant: Grant, by: Account) -> None:
    """Records that are seen through another record only."""
    file = {"name": "x", "media_type": "x", "size_bytes": 1, "sha256": "x", "uploaded_at": MOMENT}
    found[Evidence][letter] = Evidence.objects.create(
        kind="grant", record_id=str(grant.pk), uploaded_by=by, **file
    )
    steps = list(Step.objects.order_by("pk")[:3])
    found[Step][letter] = steps["ACE".index(letter)]
    found[Event][letter] = list(Event.objects.order_by("seq")[:3])["ACE".index(letter)]
    found[RegistryEntry][letter] = RegistryEntry.objects.order_by("pk")["ACE".index(letter)]
    found[Account][letter] = Account.objects.order_by("pk")["ACE".index(letter)]


def _cases(
    town: Town, enterprise: Enterprise, letter: str, *, public: bool
) -> dict[type[Model], dict[str, Any]]:
    """Matters of a town and an enterprise; a second admission stands for one that has left."""
    sums = {"entitled": 9, "approved": 5 if public else None, "paid": 2 if public else 0}
    words = dict.fromkeys(("rule_id", "title_en", "title_zh", "sentence_en", "sentence_zh"), letter)
    area = {"geojson": "{}", "area_km2": 1, "valid_from": DAY, "valid_to": DAY, "source": "x"}
    return {
        Admission: {
            "town": town,
            "enterprise": enterprise,
            "origin": "new",
            "activity": "x",
            "state": "left" if public else "withdrawn",
            "admitted_on": DAY if public else None,
        },
        Grant: {
            "town": town,
            "admission": Admission.objects.filter(enterprise=enterprise).last()
            or Admission.objects.create(
                town=town, enterprise=enterprise, origin="new", state_since=DAY, opened_on=DAY
            ),
            "year": 2016,
            "judged_on": DAY,
            "state": "paid" if public else "applied",
            **sums,
            **words,
        },
        Partnership: {
            "town": town,
            "proposer": enterprise,
            "agency": "x",
            "purpose": "x",
            "state": "ended" if public else "refused",
        },
        Assessment: {
            "town": town,
            "year": 1900 + ord(letter),
            "on_list": "creation",
            "state": "effective" if public else "graded",
        },
        StatusAct: {
            "town": town,
            "act": "name",
            "source": "x",
            "state": "effective" if public else "dropped",
        },
        Boundary: {"town": town, **area, "state": "approved" if public else "checked"},
    }


def _written_town(town: Town, letter: str) -> Town:
    """Another town of the county: a town stands for itself alone."""
    names = {"name_zh": letter, "name_en": letter, "sector": "x", "source": "x"}
    return Town.objects.create(town_id=f"t-{letter}".lower(), county_code=town.county_code, **names)


def _line(town: Town) -> dict[str, Any]:
    return {"title": "x", "payer": "town", "town": town, "year": 2016, "amount": 9}


def _application(town: Town) -> dict[str, Any]:
    sums = {"planned_area_km2": 3, "planned_investment_cny": 1}
    return {"county_code": town.county_code, "state": "draft", **sums}


@pytest.mark.parametrize("model", EXPECTED, ids=lambda model: model.__name__)
def test_visible(
    model: type[Model], viewers: Mapping[str | None, Account | None], rows: Rows
) -> None:
    letters = {record.pk: letter for letter, record in rows[model].items()}
    assert set(letters.values()) in ({*"ABCDEF"}, {*"ACE"})
    wrong = []
    for group, names in GROUPS.items():
        for name in names:
            mine = model._default_manager.filter(pk__in=letters)
            seen = "".join(sorted(letters[r.pk] for r in visible(viewers[name], mine)))
            if seen != EXPECTED[model][group]:
                wrong.append(f"{name}: sees {seen!r}, not {EXPECTED[model][group]!r}")
    assert not wrong


def test_the_table_names_every_group_once(people: dict[str, Account]) -> None:
    named = [name for names in GROUPS.values() for name in names]
    assert len(named) == len(set(named))
    assert set(people) - {"loader"} <= set(named)


def test_one_record_is_seen_as_in_a_list(
    viewers: Mapping[str | None, Account | None], rows: Rows
) -> None:
    for model in EXPECTED.keys() - {Evidence}:
        record = rows[model]["A"]
        for viewer in viewers.values():
            listed = visible(viewer, model._default_manager.filter(pk=record.pk)).exists()
            assert may_see(viewer, record) == listed


def test_whoever_answers_for_a_record_sees_it(
    viewers: Mapping[str | None, Account | None], rows: Rows
) -> None:
    """To see personal and commercial fields one must see the record: no way round by its number."""
    asked = EXPECTED.keys() - {Evidence, Payment, Step, Event, Account, RegistryEntry}
    for model in asked:
        for letter, record in rows[model].items():
            for name, viewer in viewers.items():
                private = sees_private(viewer, record)
                assert not private or may_see(viewer, record), (model, letter, name)


CONCERNING = (Admission, Grant, Partnership, Contract, Investment, Occupancy, Enterprise)


@pytest.mark.parametrize("model", CONCERNING, ids=lambda model: model.__name__)
def test_commercial_fields_are_for_whom_they_concern(
    model: type[Model], viewers: Mapping[str | None, Account | None], rows: Rows
) -> None:
    concerned = {"office", "auditor", "statistics", "prefecture", "county", "town", "enterprise"}
    strangers = {None, "neighbour", "county 330108", "town elsewhere", "enterprise elsewhere"}
    record = rows[model]["A"]
    assert all(sees_private(viewers[name], record) for name in concerned)
    assert not any(sees_private(viewers[name], record) for name in strangers)
    closed = [name for name in viewers if name and name.startswith("closed")]
    assert not any(sees_private(viewers[name], record) for name in closed)


def test_a_payment_is_answered_for_with_its_grant(
    viewers: Mapping[str | None, Account | None], rows: Rows
) -> None:
    own, other = viewers["enterprise"], viewers["neighbour"]
    assert own is not None
    assert other is not None
    assert answers_for(own, rows[Payment]["A"])
    assert not answers_for(other, rows[Payment]["A"])
