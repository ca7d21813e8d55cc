"""What tables that arrive would change: each form, each thing that keeps a value out."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.register.arrivals.conftest import arrival, table

from townworks.register.arrivals import Change, carry_out, counts, plan
from townworks.register.audit import Act
from townworks.register.facts import Raised, raise_evidence
from townworks.register.models import (
    Account,
    Admission,
    Enterprise,
    Figure,
    Investment,
    Partnership,
    Project,
    Return,
    Town,
    TownApplication,
)
from townworks.register.practice import TOWN
from townworks.register.practice.cast import code_of

DAY = date(2016, 6, 1)
OTHER = "shaoxing-zhuji-socks"
KNOWN = "Robot pump works"


def kinds(changes: Iterable[Change]) -> list[tuple[str, str]]:
    return [(change.kind, change.field) for change in changes]


def why(changes: Iterable[Change]) -> list[str]:
    return [reason.key for change in changes for reason in change.why]


def done(records: Sequence[list[Any]], account: Account) -> list[Change]:
    changes = plan(table(*records), account, DAY)
    with transaction.atomic():
        carry_out(changes, Act(account, "import", DAY, "import 1"))
    return changes


def test_investment_of_a_new_project_adds_both(people: dict[str, Account]) -> None:
    record = arrival("investment", "二号楼", amount_cny=Decimal("12.50"), featured="false")
    changes = done([record], people["office"])
    assert kinds(changes) == [("added", "project"), ("added", "amount_cny")]
    project = Project.objects.get(name="二号楼")
    assert (project.featured, project.starts_on) == (False, date(2016, 1, 1))
    fact = Investment.objects.get(project=project)
    assert (fact.amount_cny, fact.quarter, fact.evidence) == (Decimal("12.5"), "2016Q1", "reported")
    assert fact.source == "a.xlsx#表!A4"


def test_the_same_again_changes_nothing(people: dict[str, Account]) -> None:
    records = [
        arrival("investment", "二号楼", amount_cny=100),
        arrival("figure", employees=30, output_cny=5_000),
        arrival("admission", code_of(700), credit_code=code_of(700), enterprise="新来公司"),
        arrival("target", "employees 2016", metric="employees", year="2016", target=80),
    ]
    first = done(records, people["office"])
    assert counts(first)["kept_out"] == 0
    assert {change.kind for change in plan(table(*records), people["office"], DAY)} == {"left"}


def test_another_value_supersedes_and_the_old_one_stays(people: dict[str, Account]) -> None:
    done([arrival("figure", patents=30)], people["office"])
    changes = done([arrival("figure", patents=31)], people["office"])
    assert [(c.kind, c.before, c.after) for c in changes] == [("changed", "30", "31")]
    rows = Figure.objects.filter(town=TOWN, metric="patents", period="2016Q1")
    assert [row.value for row in rows.known()] == [31]
    assert rows.count() == 2


def test_of_two_rows_the_first_counts_and_the_other_is_kept_out(
    people: dict[str, Account],
) -> None:
    two = [arrival("figure", patents=30), arrival("figure", patents=31)]
    changes = done(two, people["office"])
    assert kinds(changes) == [("added", "patents"), ("kept_out", "patents")]
    assert why(changes) == ["set_before"]


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (arrival("figure", town=None, patents=1), "town_unknown"),
        (arrival("investment", "x", town="nowhere", amount_cny=1), "town_unknown"),
        (arrival("figure", quarter="2016Q3", patents=1), "in_future"),
        (arrival("figure", quarter=None, patents=1), "bad_quarter"),
        (arrival("investment", "x", amount_cny=Decimal("0.001")), "no_fen"),
        (arrival("investment", "x", amount_cny=-1), "negative"),
        (arrival("admission", "abc", credit_code="abc", enterprise="x"), "code_length"),
        (arrival("partnership", "p", proposer=code_of(701), purpose="x"), "not_known_here"),
        (arrival("nonsense", x=1), "no_form"),
    ],
)
def test_what_is_kept_out_and_why(
    record: list[object], key: str, people: dict[str, Account]
) -> None:
    changes = plan(table(record), people["office"], DAY)
    assert key in why(changes)
    assert all(c.kind == "kept_out" for c in changes if c.why)


def test_a_town_brings_in_its_own_only(people: dict[str, Account]) -> None:
    mine, other = arrival("figure", patents=1), arrival("figure", town=OTHER, patents=1)
    changes = plan(table(mine, other), people["town"], DAY)
    assert [change.kind for change in changes] == ["added", "kept_out"]
    assert why(changes) == ["not_yours_to_report"]


@pytest.mark.parametrize("form", ["town", "enterprise"])
def test_what_belongs_to_no_town_is_the_offices(form: str, people: dict[str, Account]) -> None:
    fields = {"town_id": "new-town"} if form == "town" else {"credit_code": code_of(702)}
    record = arrival(form, "x", **fields, name_zh="新镇", name="新公司")
    assert why(plan(table(record), people["town"], DAY)) == ["office_only"]


def test_a_verified_return_is_closed(people: dict[str, Account], town: Town) -> None:
    days = {"state_since": DAY, "opened_on": DAY, "opened_by": people["office"], "version": 1}
    Return.objects.create(town=town, quarter="2015Q3", due_on=DAY, state="verified", **days)
    late = [
        arrival("figure", quarter="2015Q3", patents=1),
        arrival("investment", "新", quarter="2015Q3", amount_cny=1),
    ]
    assert why(plan(table(*late), people["office"], DAY)) == ["return_locked", "return_locked"]


def test_what_a_closed_return_says_already_may_arrive_again(people: dict[str, Account]) -> None:
    held = Investment.objects.filter(project__town=TOWN, quarter="2015Q4").known()
    fact = held.filter(evidence="reported").select_related("project")[0]
    record = arrival("investment", fact.project.name, quarter="2015Q4", amount_cny=fact.amount_cny)
    assert Return.objects.get(town=TOWN, quarter="2015Q4").state == "locked"
    assert {c.kind for c in plan(table(record), people["office"], DAY)} == {"left"}


def test_what_was_verified_is_not_changed(people: dict[str, Account]) -> None:
    done([arrival("figure", patents=30)], people["town"])
    fact = Figure.objects.filter(town=TOWN, metric="patents", period="2016Q1").known().get()
    raised = Raised("verified", Decimal(30), "seen")
    raise_evidence(fact, raised, Act(people["statistics"], "verify", DAY))
    changes = plan(table(arrival("figure", patents=31)), people["office"], DAY)
    assert why(changes) == ["rests_on_it"]


def test_an_import_opens_an_admission_and_admits_nobody(people: dict[str, Account]) -> None:
    record = arrival(
        "admission", code_of(703), credit_code=code_of(703), enterprise="新来公司", origin="new"
    )
    done([record], people["town"])
    admission = Admission.objects.get(enterprise__credit_code=code_of(703))
    assert (admission.state, admission.origin, admission.part) == ("draft", "new", "member")
    assert admission.enterprise.name == "新来公司"


def test_an_enterprise_is_changed_field_by_field(people: dict[str, Account]) -> None:
    code = code_of(1)
    before = Enterprise.objects.get(credit_code=code)
    record = arrival("enterprise", code, credit_code=code, name=before.name, activity="新业务")
    changes = done([record], people["office"])
    assert {c.field: c.kind for c in changes} == {
        "credit_code": "left",
        "name": "left",
        "activity": "changed",
    }
    assert Enterprise.objects.get(credit_code=code).activity == "新业务"


def test_a_new_town_is_on_no_list(people: dict[str, Account]) -> None:
    texts = {"name_zh": "新镇", "name_en": "New", "prefecture_zh": "杭州市", "sector": "finance"}
    texts |= {"prefecture_en": "Hangzhou", "industry_zh": "泵", "industry_en": "pumps"}
    done([arrival("town", "new-town", town_id="new-town", source="x", **texts)], people["office"])
    assert Town.objects.get(pk="new-town").listed_on is None


def test_applications_and_partnerships_open_once(people: dict[str, Account]) -> None:
    texts = dict.fromkeys(("county_zh", "industry_zh", "industry_en", "builder"), "x")
    texts |= dict.fromkeys(("concept_plan", "support_measures"), "x")
    application = arrival(
        "application", "新镇", county_code="331003", name_zh="新镇", name_en="New",
        sector="finance", planned_area_km2=3, planned_investment_cny=9, **texts,
    )  # fmt: skip
    partner = arrival("partnership", "p", proposer=code_of(1), partner="某大学", purpose="合作")
    assert {c.kind for c in done([application, partner], people["office"])} == {"added"}
    assert TownApplication.objects.get(name_zh="新镇").state == "draft"
    assert Partnership.objects.get(agency="某大学").state == "proposed"
    assert {c.kind for c in done([application, partner], people["office"])} == {"left"}


AMOUNTS = st.decimals(0, 10**12, places=2)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.lists(st.tuples(st.sampled_from("甲乙丙"), AMOUNTS), min_size=1, max_size=6))
def test_whatever_arrives_is_there_once_and_exact(
    values: list[tuple[str, Decimal]], people: dict[str, Account]
) -> None:
    """The first value of each project stands; every value is accounted for."""
    records = [arrival("investment", name, amount_cny=value) for name, value in values]
    with transaction.atomic():
        changes = done(records, people["office"])
        first: dict[str, Decimal] = {}
        for name, value in values:
            first.setdefault(name, value)
        held = Investment.objects.filter(project__name__in=first, quarter="2016Q1").known()
        assert {row.project.name: row.amount_cny for row in held} == first
        amounts = [change for change in changes if change.field == "amount_cny"]
        assert len(amounts) == len(values)
        transaction.set_rollback(True)
