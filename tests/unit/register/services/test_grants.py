"""Policies granted: entitlement, two persons, budget lines, money that always adds up."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from townworks.register.models import (
    Admission,
    BudgetLine,
    Grant,
    Payment,
    Town,
)
from townworks.register.practice.cast import code_of
from townworks.register.practice.story import Stage
from townworks.register.refusals import RefusalError
from townworks.register.services.grants import (
    Rules,
    Wish,
    add_budget_line,
    apply_for_grant,
    committed,
    fits,
)

DAY = date(2016, 6, 1)
Refused = Callable[..., AbstractContextManager[None]]
RETOOL = {
    "equipment_investment_cny": Decimal(6_000_000),
    "cheapest_machine_cny": Decimal(600_000),
}
IMPORT = {"imported_equipment_cny": Decimal(5_000_000), "on_duty_free_list": True}
BIG_IMPORT = {"imported_machine_cny": Decimal(90_000_000)}


def member(number: int, town: Town) -> Admission:
    return Admission.objects.get(enterprise__credit_code=code_of(number), town=town)


@pytest.fixture
def grant(town: Town) -> Grant:
    """The practice grant that was checked by the county and waits for approval: 240,000."""
    return Grant.objects.get(admission=member(2, town))


@pytest.fixture
def line(stage: Stage) -> BudgetLine:
    """A line of 300,000 of the county."""
    new = BudgetLine(title="x", payer="county", place_code="331003", year=2016)
    new.amount = Decimal(300_000)
    return add_budget_line(new, stage.act("county", "add", DAY))


def apply(
    stage: Stage, rules: Rules, admission: Admission, rule: str, inputs: Mapping[str, object]
) -> Grant:
    wish = Wish(admission, rule, inputs)
    return apply_for_grant(wish, rules, stage.act("town", "apply", DAY), DAY)


def test_the_whole_way_of_a_grant(stage: Stage, town: Town, rules: Rules, line: BudgetLine) -> None:
    case = apply(stage, rules, member(3, town), "mould-retool", RETOOL)
    assert (case.state, case.entitled, case.payer, case.year) == (
        "applied", Decimal(240_000), "county", 2016,
    )  # fmt: skip
    way: tuple[tuple[str, str, dict[str, object]], ...] = (
        ("check", "county", {}),
        ("approve", "county.head", {"quantity": "200000"}),
        ("commit", "county", {"budget_line": line.pk}),
        ("pay", "finance", {"amount": "120000.50"}),
        ("pay", "county", {"amount": "79999.50"}),
        ("finish", "finance", {}),
    )
    for step, who, values in way:
        case = stage.step(case, step, who, DAY, **values)  # type: ignore[assignment]
    assert case.state == "paid"
    assert case.approved == case.paid == 200_000
    assert [p.number for p in Payment.objects.filter(grant=case)] == [1, 2]
    assert committed(line) == 200_000
    case = stage.step(case, "claw_back", "county.head", DAY, amount=50_000)  # type: ignore[assignment]
    assert (case.state, committed(line)) == ("clawed_back", Decimal(150_000))
    assert case.clawed_back == 50_000


def test_who_may_apply_and_when(stage: Stage, town: Town, rules: Rules, refused: Refused) -> None:
    wish = Wish(member(2, town), "mould-import", IMPORT)
    for who in ("enterprise", "county", "office", "finance", "auditor", "loader"):
        with refused("not_your_enterprise"):
            apply_for_grant(wish, rules, stage.act(who, "apply", DAY), DAY)
    with refused("not_in_town", "admission"):
        apply(stage, rules, member(7, town), "mould-retool", RETOOL)
    came = member(3, town).admitted_on
    assert came is not None
    for day, key in ((came - timedelta(1), "before_state"), (DAY + timedelta(1), "in_future")):
        act = stage.act("town", "apply", day)
        with refused(key, "on"):
            apply_for_grant(Wish(member(3, town), "mould-retool", RETOOL), rules, act, DAY)
    stale = member(3, town)
    Admission.objects.filter(pk=stale.pk).update(state="left", left_on=DAY)
    with refused("not_in_town", "admission"):
        apply(stage, rules, stale, "mould-retool", RETOOL)


@pytest.mark.parametrize(
    ("rule", "inputs", "key"),
    [
        ("no-such-rule", {}, "no_rule"),
        ("mould-public", {}, "no_rule"),
        ("dream-voucher", {}, "rule_elsewhere"),
        ("mould-retool", {}, "not_entitled"),
        ("mould-retool", {**RETOOL, "equipment_investment_cny": Decimal(1)}, "not_entitled"),
        ("mould-retool", {"equipment_investment_cny": Decimal(9_000_000)}, "not_entitled"),
    ],
)
def test_what_the_rules_do_not_grant_is_not_opened(  # noqa: PLR0913, PLR0917 (a table)
    rule: str, inputs: Mapping[str, object], key: str, stage: Stage, town: Town, rules: Rules,
    refused: Refused,
) -> None:  # fmt: skip
    with refused(key, "rule_id"):
        apply(stage, rules, member(3, town), rule, inputs)


def test_what_the_register_knows_stands_before_what_is_declared(
    stage: Stage, town: Town, rules: Rules
) -> None:
    told = {**RETOOL, "county_code": "330108", "capital_cny": Decimal(1)}
    case = apply(stage, rules, member(3, town), "mould-retool", told)
    assert case.inputs.get("county_code") in (None, "331003")


def test_once_a_year_even_in_two_towns(
    stage: Stage, town: Town, rules: Rules, refused: Refused
) -> None:
    with refused("broken.grant_once"):
        apply(stage, rules, member(2, town), "mould-retool", RETOOL)
    twin = Town.objects.create(
        town_id="twin", name_zh="双", name_en="Twin", county_code="331003", sector=town.sector
    )
    first = member(2, town)
    second = Admission.objects.create(
        enterprise=first.enterprise, town=twin, origin="branch", activity="x", state="effective",
        state_since=DAY, opened_on=DAY, admitted_on=DAY, version=1,
    )  # fmt: skip
    stage.people["town"].town = twin
    stage.people["town"].save()
    with refused("broken.grant_once"):
        apply(stage, rules, second, "mould-retool", RETOOL)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("mould-import", IMPORT), ("mould-import-big", BIG_IMPORT)),
        (("mould-import-big", BIG_IMPORT), ("mould-import", IMPORT)),
        (("mould-import", IMPORT), ("mould-import-big", {**BIG_IMPORT, **IMPORT})),
    ],
)
def test_one_grant_excludes_another_whatever_is_declared_of_it(
    first: tuple[str, Mapping[str, object]], second: tuple[str, Mapping[str, object]],
    stage: Stage, town: Town, rules: Rules, refused: Refused,
) -> None:  # fmt: skip
    """Also where the second is worth more, and where nothing is said about the first any more."""
    case = apply(stage, rules, member(3, town), *first)
    with refused("excluded", "rule_id"):
        apply(stage, rules, member(3, town), *second)
    stage.step(case, "withdraw", "town", DAY)
    assert apply(stage, rules, member(3, town), *second).state == "applied"


def test_a_cap_is_shared_with_what_is_held_already(stage: Stage, town: Town, rules: Rules) -> None:
    """By hand: a cap of 300,000 over two rules, 240,000 of it held, leaves 60,000."""
    cap = rules.book.caps[0]
    both = frozenset({"mould-retool", "mould-import"})
    name = "rent_cap_cny"
    parameter = cap.parameters[name]
    value = replace(parameter.values[0], first=date(2015, 1, 1), value=Decimal(300_000))
    stated = {name: replace(parameter, values=(value,))}
    capped = replace(cap, rules=both, parameters=stated)
    book = replace(rules.book, caps=(capped,))
    case = apply(stage, Rules(book, "x"), member(2, town), "mould-import", IMPORT)
    assert case.entitled == 60_000
    alone = apply(stage, rules, member(3, town), "mould-import", IMPORT)
    assert alone.entitled == 300_000


@pytest.mark.parametrize(
    ("quantity", "key"),
    [
        ("240000.01", "over_entitlement"),
        ("1e12", "over_entitlement"),
        ("0", "not_positive"),
        ("-1", "not_positive"),
        ("", "not_positive"),
        (None, "not_positive"),
        ("many", "no_number"),
        ("NaN", "no_number"),
        ("0.001", "broken.other"),
    ],
)
def test_no_more_is_approved_than_the_rules_entitle_to(
    quantity: object, key: str, grant: Grant, stage: Stage, refused: Refused
) -> None:
    with refused(key, None if key.startswith("broken") else "quantity"):
        stage.step(grant, "approve", "county.head", DAY, quantity=quantity)


@pytest.fixture
def approved(grant: Grant, stage: Stage) -> Grant:
    case = stage.step(grant, "approve", "county.head", DAY, quantity=240_000)
    assert isinstance(case, Grant)
    return case


@pytest.mark.parametrize("chosen", [None, "", 0, 10**9, "1; DROP", "-1", "²"])
def test_a_line_must_be_there(
    chosen: object, approved: Grant, stage: Stage, refused: Refused
) -> None:
    with refused("no_line", "budget_line"):
        stage.step(approved, "commit", "county", DAY, budget_line=chosen)


@pytest.mark.parametrize(
    "other", [{"payer": "town"}, {"place_code": "330108"}, {"year": 2015}, {"unit": "mu"}]
)
def test_a_line_must_fit(
    other: dict[str, object], approved: Grant, line: BudgetLine, stage: Stage, refused: Refused
) -> None:
    BudgetLine.objects.filter(pk=line.pk).update(**other)
    with refused("no_line", "budget_line"):
        stage.step(approved, "commit", "county", DAY, budget_line=line.pk)


def test_a_line_of_a_town_is_for_that_town(approved: Grant, line: BudgetLine, town: Town) -> None:
    line.town = Town.objects.exclude(pk=town.pk)[0]
    assert not fits(line, approved)
    line.town = town
    assert fits(line, approved)


def test_a_line_that_is_short_is_refused(
    approved: Grant, line: BudgetLine, stage: Stage, refused: Refused
) -> None:
    BudgetLine.objects.filter(pk=line.pk).update(amount=Decimal("239999.99"))
    with refused("line_short", "budget_line"):
        stage.step(approved, "commit", "county", DAY, budget_line=line.pk)


@pytest.fixture
def due(approved: Grant, line: BudgetLine, stage: Stage) -> Grant:
    case = stage.step(approved, "commit", "county", DAY, budget_line=line.pk)
    assert isinstance(case, Grant)
    return case


@pytest.mark.parametrize(
    ("amount", "key"),
    [("240000.01", "over_approval"), ("0", "not_positive"), ("-5", "not_positive"),
     ("x", "no_number"), (None, "not_positive")],
)  # fmt: skip
def test_no_more_is_paid_than_was_approved(
    amount: object, key: str, due: Grant, stage: Stage, refused: Refused
) -> None:
    with refused(key, "amount"):
        stage.step(due, "pay", "finance", DAY, amount=amount)


def test_the_last_instalment_ends_where_the_approval_ends(
    due: Grant, stage: Stage, refused: Refused
) -> None:
    stage.step(due, "pay", "finance", DAY, amount=200_000)
    with refused("not_paid_up"):
        stage.step(due, "finish", "finance", DAY)
    with refused("over_approval", "amount"):
        stage.step(due, "pay", "finance", DAY, amount="40000.01")
    stage.step(due, "pay", "finance", DAY, amount=40_000)
    assert stage.step(due, "finish", "finance", DAY).state == "paid"


def test_who_approved_does_not_pay(due: Grant, stage: Stage, refused: Refused) -> None:
    with refused("second_person"):
        stage.step(due, "pay", "county.head", DAY, amount=1)


@pytest.mark.parametrize(("amount", "key"), [("100.01", "over_paid"), ("-1", "not_positive")])
def test_no_more_is_clawed_back_than_was_paid(
    amount: str, key: str, due: Grant, stage: Stage, refused: Refused
) -> None:
    stage.step(due, "pay", "finance", DAY, amount=100)
    with refused(key, "amount"):
        stage.step(due, "claw_back", "county", DAY, amount=amount)


def test_what_was_suspended_before_its_commitment_takes_a_line_to_go_on(
    approved: Grant, line: BudgetLine, stage: Stage, refused: Refused
) -> None:
    """Neither stuck for ever, nor committed past the budget."""
    case = stage.step(approved, "suspend", "county", DAY)
    with refused("no_line"):
        stage.step(case, "resume", "county.head", DAY)
    with refused("second_person"):
        stage.step(case, "resume", "county", DAY, budget_line=line.pk)
    stage.step(case, "resume", "county.head", DAY, budget_line=line.pk)
    assert committed(line) == 240_000


def test_a_line_is_added_by_who_pays_for_its_own_place(
    stage: Stage, town: Town, refused: Refused
) -> None:
    def line(payer: str, place: str = "", of: Town | None = None, amount: int = 1) -> BudgetLine:
        return BudgetLine(
            title="x", payer=payer, place_code=place, town=of, year=2016, amount=Decimal(amount)
        )

    other = Town.objects.exclude(pk=town.pk)[0]
    allowed = [
        ("office", line("province")),
        ("prefecture", line("prefecture", "3310")),
        ("county", line("county", "331003")),
        ("town", line("town", of=town)),
    ]
    for who, good in allowed:
        assert add_budget_line(good, stage.act(who, "add", DAY)).pk
    wrong = [
        ("county", line("county", "330108")),
        ("county", line("province")),
        ("county", line("county", "331003", of=town)),
        ("prefecture", line("county", "331003")),
        ("town", line("town", of=other)),
        ("town", line("town")),
        *(
            (who, line("county", "331003"))
            for who in ("finance", "auditor", "enterprise", "office")
        ),
    ]
    for who, bad in wrong:
        with refused("not_your_line"):
            add_budget_line(bad, stage.act(who, "add", DAY))
    with refused("negative", "amount"):
        add_budget_line(line("county", "331003", amount=-1), stage.act("county", "add", DAY))
    stage.people["county"].is_active = False
    with refused("not_your_line"):
        add_budget_line(line("county", "331003"), stage.act("county", "add", DAY))


STEPS = st.tuples(
    st.sampled_from(["approve", "commit", "pay", "pay", "pay", "suspend", "resume", "claw_back"]),
    st.sampled_from(["county", "county.head", "finance"]),
    st.integers(-1, 300_000_00).map(lambda fen: Decimal(fen) / 100),
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(STEPS, min_size=4, max_size=14))
def test_money_always_adds_up(
    steps: list[tuple[str, str, Decimal]], stage: Stage, grant: Grant, line: BudgetLine
) -> None:
    with transaction.atomic():
        for step, who, amount in steps:
            values = {"quantity": amount, "amount": amount, "budget_line": line.pk}
            try:
                stage.step(grant, step, who, DAY, **values)
            except RefusalError:
                continue
        _check_money(Grant.objects.get(pk=grant.pk), line)
        transaction.set_rollback(True)


def _check_money(case: Grant, line: BudgetLine) -> None:
    assert case.clawed_back <= case.paid <= (case.approved or 0) <= case.entitled
    sums = Payment.objects.filter(grant=case).values("kind").annotate(sum=Sum("amount"))
    by_kind = {row["kind"]: row["sum"] for row in sums}
    assert by_kind.get("payment", 0) == case.paid
    assert by_kind.get("claw_back", 0) == case.clawed_back
    assert committed(line) <= line.amount
    if case.state != "clawed_back" and case.budget_line_id:
        assert committed(line) == case.approved


def test_fen_are_kept(stage: Stage, town: Town, rules: Rules) -> None:
    """Four per cent of 6,000,000.33 by hand: 240,000.0132, in fen 240,000.01."""
    spent = {**RETOOL, "equipment_investment_cny": Decimal("6000000.33")}
    case = apply(stage, rules, member(3, town), "mould-retool", spent)
    assert case.entitled == Decimal("240000.01")
