"""The round of a quarter: opened, late, handed in, queried, verified, locked, reopened."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal

import pytest
from tests.unit.register.arrivals.conftest import arrival, table

from townworks.register.arrivals import carry_out, plan
from townworks.register.cases import Taking
from townworks.register.inbox import inbox
from townworks.register.models import Account, Figure, Query, Return, Town
from townworks.register.practice import TOWN
from townworks.register.practice.story import Stage
from townworks.register.services.queries import ask, ask_about, open_queries, value_of
from townworks.register.services.returns import (
    figures_of,
    hand_in,
    investment_of,
    late,
    listed_at,
    open_returns,
)
from townworks.register.verification import verify_database

DAY = date(2016, 6, 1)
QUARTER = "2015Q2"
DUE = date(2015, 7, 20)
Refused = Callable[..., AbstractContextManager[None]]


@pytest.fixture
def due(stage: Stage) -> Return:
    """The practice town's return of the first quarter, nothing in it yet."""
    act = stage.act("office", "open", date(2015, 7, 1))
    return open_returns(QUARTER, act, DAY, only=[TOWN])[0]


@pytest.fixture
def submitted(due: Return, stage: Stage, people: dict[str, Account]) -> Return:
    arrivals = table(
        arrival("investment", "二号楼", quarter=QUARTER, amount_cny=100),
        arrival("figure", quarter=QUARTER, patents=30, tax_revenue_cny=9),
    )
    carry_out(plan(arrivals, people["town"], DAY), stage.act("town", "import", DAY, "import 1"))
    found = stage.step(due, "submit", "town", DAY)
    assert isinstance(found, Return)
    return found


def test_opened_for_every_town_on_a_list_once(stage: Stage) -> None:
    act = stage.act("office", "open", date(2015, 7, 1))
    found = open_returns(QUARTER, act, DAY)
    assert [row.town_id for row in found] == listed_at(date(2015, 6, 30))
    assert {row.due_on for row in found} == {DUE}
    assert open_returns(QUARTER, act, DAY) == []


@pytest.mark.parametrize(
    ("who", "quarter", "due_on", "key"),
    [
        ("town", QUARTER, None, "office_only"),
        ("office", "2016Q2", None, "quarter_runs"),
        ("office", QUARTER, date(2015, 6, 30), "due_too_early"),
        ("office", "2016Q5", None, "bad_quarter"),
    ],
)
def test_what_is_not_opened(
    who: str, quarter: str, due_on: date | None, key: str, stage: Stage, refused: Refused
) -> None:
    with refused(key):
        open_returns(quarter, stage.act(who, "open", DAY), DAY, due_on)


def test_late_is_counted_from_the_day_after(due: Return) -> None:
    assert late(QUARTER, DUE) == []
    assert [(row.town_return, row.days) for row in late(QUARTER, date(2015, 7, 30))] == [(due, 10)]


def test_the_inbox_reminds_with_the_returns_own_day(
    due: Return, people: dict[str, Account]
) -> None:
    items = {item.case: item for item in inbox(people["town"], DAY)}
    assert items[due].due == DUE


def test_an_empty_return_is_not_handed_in(due: Return, stage: Stage, refused: Refused) -> None:
    with refused("return_empty"):
        stage.step(due, "submit", "town", DAY)


def test_what_was_brought_in_is_in_it(submitted: Return) -> None:
    assert [fact.amount_cny for fact in investment_of(submitted)] == [100]
    assert [fact.metric for fact in figures_of(submitted)] == ["patents", "tax_revenue_cny"]
    assert submitted.submitted_on == DAY


def test_the_department_verifies_what_is_its_own(submitted: Return, stage: Stage) -> None:
    """Tax stays reported: another department vouches for it."""
    stage.step(submitted, "verify", "statistics", DAY, reason="seen")
    rows = Figure.objects.filter(town=TOWN, period=QUARTER, evidence="verified").known()
    assert [row.metric for row in rows] == ["patents"]
    found = stage.step(submitted, "lock", "office", DAY)
    assert found.state == "locked"
    assert verify_database().faults == ()


def test_whoever_submits_does_not_verify(due: Return, stage: Stage, refused: Refused) -> None:
    with refused("not_yours"):
        stage.step(due, "verify", "town", DAY, reason="x")


def test_a_query_holds_verification_up_until_it_is_settled(
    submitted: Return, stage: Stage, refused: Refused
) -> None:
    words = {"question_en": "Ten times last quarter?", "question_zh": "为何增加十倍？"}
    query = Query(town_return=submitted, form="figure", field="patents", **words)
    ask(query, stage.act("office", "ask", DAY), DAY)
    with refused("queries_open"):
        stage.step(submitted, "verify", "statistics", DAY, reason="x")
    fact = value_of(query)
    assert fact is not None
    stage.step(query, "answer", "town", DAY, reason="typing mistake", corrected=Decimal(3))
    held = Figure.objects.filter(town=TOWN, metric="patents", period=QUARTER).known().get()
    assert (held.value, held.source) == (Decimal(3), f"query {query.pk}: typing mistake")
    assert Figure.objects.get(pk=fact.pk).superseded_at is not None
    stage.step(query, "settle", "statistics", DAY)
    assert open_queries(submitted) == []
    stage.step(submitted, "verify", "statistics", DAY, reason="seen")


def test_an_answer_may_leave_the_value(submitted: Return, stage: Stage) -> None:
    words = {"question_en": "?", "question_zh": "？"}
    query = Query(
        town_return=submitted, form="investment", subject="二号楼", field="amount_cny", **words
    )
    ask(query, stage.act("statistics", "ask", DAY), DAY)
    stage.step(query, "answer", "town", DAY, reason="it is right")
    fact = value_of(query)
    assert fact is not None
    assert getattr(fact, "amount_cny", None) == 100


def test_the_same_question_is_asked_once(submitted: Return, people: dict[str, Account]) -> None:
    finding = {
        "town_id": TOWN, "quarter": QUARTER, "form": "figure", "subject": "", "field": "patents",
        "file": "a.xlsx", "sheet": "表", "cell": "C3", "check": "jump_history", "text": "30",
        "message_en": "Ten times.", "message_zh": "十倍。",
    }  # fmt: skip
    elsewhere = finding | {"town_id": "shaoxing-zhuji-socks"}
    assert ask_about([finding, elsewhere], people["office"], DAY) == 1
    ask_about([finding], people["office"], DAY)
    assert [query.written for query in Query.objects.filter(town_return=submitted)] == ["30"]


@pytest.mark.parametrize("who", ["town", "county", "enterprise", "tax"])
def test_who_does_not_ask(who: str, submitted: Return, stage: Stage, refused: Refused) -> None:
    query = Query(
        town_return=submitted, form="figure", field="patents", question_en="?", question_zh="？"
    )
    with refused("not_yours_to_ask"):
        ask(query, stage.act(who, "ask", DAY), DAY)


def test_a_revision_keeps_the_vintage(submitted: Return, stage: Stage, town: Town) -> None:
    """Reopened, corrected, verified again: what was believed before can still be asked for."""
    stage.step(submitted, "verify", "statistics", DAY, reason="seen")
    stage.step(submitted, "lock", "office", DAY)
    found = stage.step(submitted, "reopen", "office", DAY, reason="audit")
    assert found.state == "due"
    levels = Figure.objects.filter(town=town, period=QUARTER, metric="patents").known()
    assert sorted(row.evidence for row in levels) == ["reported", "verified"]


def test_hand_in_of_a_town_without_a_return_does_nothing(stage: Stage) -> None:
    hand_in("shaoxing-zhuji-socks", QUARTER, Taking("submit", stage.people["office"], DAY))
    assert not Return.objects.filter(town="shaoxing-zhuji-socks").exists()
