"""Every process, every step, every account: may take it, or is refused, as the issue words it.

The table is written from issue 4 (who applies, decides, verifies, pays, objects), not read from
`processes.toml`; a step or a process that is in one and not in the other fails.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import transaction
from tests.unit.register.planning import CASES, plan_about
from tests.unit.register.planning import tables as plan_tables

from townworks.register.audit import Act
from townworks.register.cases import Taking, take
from townworks.register.models import (
    Account,
    Admission,
    Assessment,
    Boundary,
    Case,
    Enterprise,
    Grant,
    Import,
    Objection,
    Partnership,
    Query,
    Return,
    StatusAct,
    Town,
    TownApplication,
)
from townworks.register.practice.cast import code_of
from townworks.register.processes import processes
from townworks.register.refusals import NotAllowedError, RefusalError
from townworks.register.services.plans import PlanFile, link_town, load_plan

DAY = date(2016, 6, 1)
ELSEWHERE = ("330108", "3301")
"""County and prefecture of another town."""
COUNTY, TOWN = frozenset({"county", "county.head"}), frozenset({"town", "town.head"})
OFFICE, PREFECTURE = frozenset({"office", "office.head"}), frozenset({"prefecture"})
ENTERPRISE, LAND = frozenset({"enterprise"}), frozenset({"resources"})
STATISTICS, FINANCE = frozenset({"statistics"}), frozenset({"finance"})

TOWN_APPLICATION = {
    "submit": COUNTY,
    "return": PREFECTURE | OFFICE,
    "endorse": PREFECTURE,
    "review": OFFICE,
    "approve": OFFICE,
    "refuse": OFFICE,
    "withdraw": COUNTY | OFFICE,  # the office takes back what it brought in by file
}
BOUNDARY = {"check": LAND, "approve": OFFICE, "refuse": LAND | OFFICE}
ADMISSION = {
    "submit": TOWN | ENTERPRISE,
    "withdraw": TOWN | ENTERPRISE | OFFICE,  # as above
    **dict.fromkeys(
        ("return", "complete", "review", "admit", "refuse", "publish", "make_effective", "leave"),
        TOWN,
    ),
}
PAYER_STEPS = ("check", "approve", "refuse", "commit", "suspend", "resume", "claw_back")


def _grant(payer: frozenset[str]) -> dict[str, frozenset[str]]:
    return {
        **dict.fromkeys(PAYER_STEPS, payer),
        **dict.fromkeys(("pay", "finish"), payer | FINANCE),
        "withdraw": TOWN | ENTERPRISE,
    }


ASSESSMENT = {
    "submit": TOWN,
    "return": STATISTICS,
    "verify": STATISTICS,
    **dict.fromkeys(("lock", "grade", "regrade", "publish", "make_effective"), OFFICE),
}
RETURN = {
    "submit": TOWN | OFFICE,
    "send_back": STATISTICS | OFFICE,
    "verify": STATISTICS,
    **dict.fromkeys(("lock", "reopen"), OFFICE),
}
QUERY = {
    "answer": TOWN,
    **dict.fromkeys(("settle", "ask_again", "drop"), STATISTICS | OFFICE),
}
IMPORT = ("accept", "apply", "undo", "discard")
EXPECTED: dict[str, dict[str, frozenset[str]]] = {
    "town_application": TOWN_APPLICATION,
    "boundary": BOUNDARY,
    "admission": ADMISSION,
    "grant of the county": _grant(COUNTY),
    "grant of the town": _grant(TOWN),
    "grant of the prefecture": _grant(PREFECTURE),
    "grant of the province": _grant(OFFICE),
    "partnership with an enterprise": {
        **dict.fromkeys(("confirm", "decline"), ENTERPRISE),
        "withdraw": ENTERPRISE | TOWN | OFFICE,
        "end": ENTERPRISE | TOWN,
    },
    "partnership with an agency": {
        **dict.fromkeys(("confirm", "decline"), TOWN),
        "withdraw": TOWN | ENTERPRISE | OFFICE,
        "end": TOWN | ENTERPRISE,
    },
    "assessment": ASSESSMENT,
    "return": RETURN,
    "query": QUERY,
    "import of the office": dict.fromkeys(IMPORT, OFFICE),
    "import of a town": dict.fromkeys(IMPORT, OFFICE | TOWN),
    "status_act": dict.fromkeys(("make_effective", "drop"), OFFICE),
    "objection to an assessment": {
        **dict.fromkeys(("uphold", "reject"), OFFICE),
        "withdraw": frozenset({"town"}),
    },
    "objection to an admission": {
        **dict.fromkeys(("uphold", "reject"), COUNTY),
        "withdraw": frozenset({"enterprise"}),
    },
}


@pytest.fixture
def everyone(people: dict[str, Account]) -> dict[str, Account]:
    """The practice accounts, and the same roles elsewhere, closed, and moved."""
    other = Town.objects.filter(county_code=ELSEWHERE[0]).first()
    strangers = Enterprise.objects.exclude(credit_code__in=[code_of(1), code_of(2)])
    found = dict(people)
    for name, account in people.items():
        twin = {
            "name": name,
            "role": account.role,
            "department": account.department,
            "place_code": _elsewhere(account),
            "town": other if account.town_id else None,
            "enterprise": strangers[0] if account.enterprise_id else None,
        }
        if account.role not in ("programme_office", "auditor", "system"):
            found[f"{name}, elsewhere"] = Account.objects.create(username=f"{name}.2", **twin)
        home = {"place_code": account.place_code, "town": account.town} | {
            "enterprise": account.enterprise
        }
        closed = {**twin, **home, "is_active": False, "username": f"{name}.3"}
        found[f"{name}, closed"] = Account.objects.create(**closed)
    blank = {"name": "blank", "role": "county_office", "username": "blank"}
    found["county, without a code"] = Account.objects.create(**blank)
    return found


def _elsewhere(account: Account) -> str:
    if account.role == "prefecture_office":
        return ELSEWHERE[1]
    return ELSEWHERE[0] if account.place_code or account.role == "department" else ""


def _opened(people: dict[str, Account], name: str = "loader") -> dict[str, object]:
    day = date(2016, 1, 4)
    return {"state_since": day, "opened_on": day, "opened_by": people[name], "version": 1}


def _matter(kind: str, people: dict[str, Account], town: Town) -> Case:
    opened = _opened(people)
    if kind == "town_application":
        texts = dict.fromkeys(("builder", "concept_plan", "support_measures"), "x")
        names = {"name_zh": "新镇", "name_en": "New Town", "industry_zh": "泵", "industry_en": "p"}
        sums = {"planned_area_km2": Decimal(3), "planned_investment_cny": Decimal(9)}
        return TownApplication.objects.create(
            county_code="331003",
            county_zh="黄岩",
            sector="finance",
            **texts,
            **names,
            **sums,
            **opened,
        )
    if kind == "status_act":
        return StatusAct.objects.create(town=town, act="name", source="x", **opened)
    return _of_town(kind, people, town)


def _of_town(kind: str, people: dict[str, Account], town: Town) -> Case:
    opened = _opened(people)
    first = Enterprise.objects.get(credit_code=code_of(1))
    if kind == "boundary":
        place = {"geojson": "{}", "area_km2": Decimal(1), "valid_from": date(2016, 1, 4)}
        return Boundary.objects.create(town=town, source="x", **place, **opened)
    if kind.split(maxsplit=1)[0] in ("return", "query", "import"):
        return _of_returns(kind, opened, town)
    if kind == "admission":
        return _forced(Admission.objects.get(enterprise=first, town=town))
    if kind.startswith("grant"):
        grant = Grant.objects.get(admission__enterprise=first)
        Grant.objects.filter(pk=grant.pk).update(payer=kind.rsplit(maxsplit=1)[-1])
        return _forced(grant)
    return _two_sided(kind, people, town)


def _of_returns(kind: str, opened: dict[str, object], town: Town) -> Case:
    if kind == "return":
        return Return.objects.create(town=town, quarter="2015Q2", due_on=DAY, **opened)
    if kind == "query":
        days = {"quarter": "2015Q2", "due_on": DAY}
        town_return = Return.objects.create(town=town, **days, **opened)
        asked = {"question_en": "why?", "question_zh": "为何？", "field": "employees"}
        return Query.objects.create(town_return=town_return, form="figure", **asked, **opened)
    return Import.objects.create(town=town if kind.endswith("town") else None, **opened)


def _two_sided(kind: str, people: dict[str, Account], town: Town) -> Case:
    first = Enterprise.objects.get(credit_code=code_of(1))
    if kind == "partnership with an enterprise":
        return _forced(Partnership.objects.get(partner=first))
    if kind == "partnership with an agency":
        return _forced(Partnership.objects.get(proposer=first))
    assessment = Assessment.objects.get(town=town, year=2015)
    if kind == "assessment":
        return _forced(assessment)
    if kind == "objection to an assessment":
        rest = _opened(people, "town")
        return Objection.objects.create(assessment=assessment, grounds="x", **rest)
    admission = Admission.objects.get(enterprise=first, town=town)
    rest = _opened(people, "enterprise")
    return Objection.objects.create(admission=admission, grounds="x", **rest)


def _forced(case: Case) -> Case:
    """Forget who took which step: here only role and area are asked for."""
    type(case)._default_manager.filter(pk=case.pk).update(state_since=date(2016, 1, 4))
    return case


def _outcome(case: Case, step: str, account: Account) -> str:
    """What the service says; whatever it does is taken back."""
    taking = Taking(step, account, DAY, None, "why", None, {"grade": "pass"})
    try:
        with transaction.atomic():
            take(case, taking)
            transaction.set_rollback(True)
    except NotAllowedError as error:
        return error.reasons[0].key
    except RefusalError:
        return "allowed"  # by role and area; something else is missing
    return "allowed"


def test_the_table_names_every_process_and_every_step() -> None:
    for kind, process in processes().items():
        tables = [table for name, table in EXPECTED.items() if name.split()[0] == kind]
        assert tables, kind
        for table in tables:
            assert set(table) == set(process.steps), kind


@pytest.mark.parametrize("kind", EXPECTED)
def test_who_may_take_which_step(
    kind: str, everyone: dict[str, Account], people: dict[str, Account], town: Town
) -> None:
    case = _matter(kind, people, town)
    steps = processes()[case.KIND].steps
    wrong = []
    for step, allowed in EXPECTED[kind].items():
        state = {"state": steps[step].origins[0]}
        type(case)._default_manager.filter(pk=case.pk).update(**state)
        for name, account in everyone.items():
            said = _outcome(case, step, account)
            may = said in ("allowed", "second_person")
            if may != (name in allowed):
                wrong.append(f"{name} {step}: {said}")
    assert not wrong


@pytest.mark.parametrize("kind", EXPECTED)
def test_what_nobody_may_see_is_not_said_to_be_there(
    kind: str, everyone: dict[str, Account], people: dict[str, Account], town: Town
) -> None:
    """A stranger who guesses a number learns nothing: as if there were no such record."""
    case = _matter(kind, people, town)
    step = next(iter(EXPECTED[kind]))
    state = processes()[case.KIND].steps[step].origins[0]
    type(case)._default_manager.filter(pk=case.pk).update(state=state)
    keys = {_outcome(case, step, a) for name, a in everyone.items() if name.endswith("elsewhere")}
    assert keys == {"not_there"}


def test_the_system_takes_no_step(people: dict[str, Account], town: Town) -> None:
    loader = people["loader"]
    Account.objects.filter(pk=loader.pk).update(is_active=True)
    for kind, table in EXPECTED.items():
        with transaction.atomic():
            case = _matter(kind, people, town)
            for step in table:
                assert _outcome(case, step, loader).startswith("not_"), (kind, step)
            transaction.set_rollback(True)


def _plan_outcome(act: Callable[[], object]) -> str:
    try:
        with transaction.atomic():
            act()
            transaction.set_rollback(True)
    except NotAllowedError as error:
        return error.reasons[0].key
    return "allowed"


def test_who_puts_a_plan_into_force_and_names_its_towns(
    everyone: dict[str, Account], people: dict[str, Account]
) -> None:
    """Not a matter with steps: what the office does here, nobody else may."""
    file = PlanFile(*plan_tables(), plan_about())
    line = load_plan(file, people["office"], DAY, None).plan.lines.filter(town=None)[0]
    other = PlanFile(*plan_tables(CASES[:2]), {**plan_about(), "sha256": "b" * 64})
    for name, account in everyone.items():
        expected = "allowed" if name in OFFICE else "plan_office_only"
        said = _plan_outcome(lambda account=account: load_plan(other, account, DAY, None))  # type: ignore[misc]
        assert said == expected, name
        act = Act(account, "link_town", DAY, "why")
        assert _plan_outcome(lambda act=act: link_town(line, None, act)) == expected, name  # type: ignore[misc]


Change = Callable[[Account], None]


def _to_auditor(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(role="auditor", town=None, enterprise=None)


def _closed(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(is_active=False)


def _moved(account: Account) -> None:
    other = Town.objects.filter(county_code=ELSEWHERE[0]).first()
    Account.objects.filter(pk=account.pk).update(town=other)


@pytest.mark.parametrize("change", [_to_auditor, _closed, _moved])
def test_a_stale_account_has_no_stale_rights(
    change: Change, people: dict[str, Account], town: Town
) -> None:
    """The account object in hand still says town office; the database says otherwise."""
    case = _matter("admission", people, town)
    Admission.objects.filter(pk=case.pk).update(state="submitted")
    assert _outcome(case, "complete", people["town"]) == "allowed"
    change(people["town"])
    assert _outcome(case, "complete", people["town"]) in ("not_yours", "not_there")


def test_an_auditor_does_not_withdraw_what_it_once_filed(
    people: dict[str, Account], town: Town
) -> None:
    case = _matter("objection to an assessment", people, town)
    Objection.objects.filter(pk=case.pk).update(state="filed")
    assert _outcome(case, "withdraw", people["town"]) == "allowed"
    _to_auditor(people["town"])
    assert _outcome(case, "withdraw", people["town"]) == "not_yours"
