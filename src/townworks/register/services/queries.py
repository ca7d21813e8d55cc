"""Questions to a town about a value of its return, the answer, and the correction that follows."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast

from django.db import transaction

from townworks.register.audit import Act
from townworks.register.cases import Taking, effect, open_case
from townworks.register.facts import correct
from townworks.register.models import Account, Case, Figure, Investment, Query, Return
from townworks.register.permissions import answers_for, is_closed
from townworks.register.refusals import NotAllowedError, Reason, refuse

ASKABLE = ("due", "submitted")
"""States of a return in which towns are asked about it."""
ASKERS = ("programme_office", "department:statistics")


def ask(query: Query, act: Act, today: date) -> Query:
    """Ask a town about a value; the same question is not asked twice while it is open."""
    account = act.account
    if account.title not in ASKERS or is_closed(account) or not answers_for(account, query):
        raise NotAllowedError([Reason("not_yours_to_ask")])
    if not query.question_en.strip() or not query.question_zh.strip():
        raise refuse("no_question", "question")
    with transaction.atomic():
        same = Query.objects.filter(
            town_return=query.town_return,
            form=query.form,
            subject=query.subject,
            field=query.field,
            check_id=query.check_id,
            state__in=("asked", "answered"),
        ).first()
        return same or open_case(query, act, today)


def ask_about(findings: Iterable[Mapping[str, Any]], account: Account, today: date) -> int:
    """Ask the towns about findings (rows of `schema.returns.Finding`, with `text`); says how many.

    Those of a town and quarter whose return is not open, or no longer, are passed over.
    """
    returns = {(row.town_id, row.quarter): row for row in Return.objects.filter(state__in=ASKABLE)}
    asked = 0
    act = Act(account, "ask", today)
    with transaction.atomic():
        for row in findings:
            town_return = returns.get((row["town_id"], row["quarter"]))
            if town_return is not None:
                query = ask(_query(row, town_return), act, today)
                asked += query.version == 1 and query.opened_on == today
    return asked


def _query(row: Mapping[str, Any], town_return: Return) -> Query:
    return Query(
        town_return=town_return,
        form=row["form"],
        subject=row["subject"],
        field=row["field"],
        file=row["file"],
        sheet=row["sheet"],
        cell=row["cell"],
        written=(row["text"] or "")[:200],
        check_id=row["check"],
        question_en=row["message_en"],
        question_zh=row["message_zh"],
    )


@effect("query", "answer")
def _answer(case: Case, taking: Taking) -> None:
    """Keep the reply; a corrected value corrects what the register holds, at once."""
    query = cast("Query", case)
    query.reply, query.corrected = taking.reason, taking.number("corrected")
    fact = value_of(query)
    if query.corrected is None or fact is None:
        return
    name = "value" if isinstance(fact, Figure) else "amount_cny"
    if getattr(fact, name) == query.corrected:
        return
    values = {name: query.corrected, "source": f"query {query.pk}: {taking.reason}"}
    correct(fact, values, Act(taking.account, "correct", taking.day, taking.reason))


def value_of(query: Query) -> Figure | Investment | None:
    """Find the reported value that a query is about; None: it was not taken over."""
    town_return = query.town_return
    if query.form == "investment":
        rows = Investment.objects.filter(
            project__town=town_return.town,
            project__name=query.subject,
            quarter=town_return.quarter,
            evidence="reported",
        )
        return rows.known().first()
    figures = Figure.objects.filter(
        town=town_return.town,
        metric=query.field,
        period=town_return.quarter,
        evidence="reported",
    )
    return figures.known().first()


def open_queries(town_return: Return) -> list[Query]:
    """Queries of a return that are not settled, the oldest first."""
    rows = Query.objects.filter(town_return=town_return, state__in=("asked", "answered"))
    return list(rows.order_by("pk"))
