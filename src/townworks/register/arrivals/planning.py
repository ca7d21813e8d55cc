"""What a table that arrives would change, and doing it: the same reading of it both times."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date

import polars as pl

from townworks.register.arrivals import amounts, records
from townworks.register.arrivals.changes import Arriving, Change, Made, records_of
from townworks.register.arrivals.known import Known
from townworks.register.audit import Act
from townworks.register.models import Account
from townworks.register.refusals import Reason

Planner = Callable[[Arriving, Known], Iterator[Change]]
PLANNERS: Mapping[str, Planner] = {
    "town": records.town,
    "enterprise": records.enterprise,
    "admission": records.admission,
    "project": amounts.project,
    "investment": amounts.investment,
    "figure": amounts.figure,
    "target": amounts.target,
    "partnership": records.partnership,
    "application": records.application,
}
"""How each form arrives, in the order in which they build on each other."""


def plan(arrivals: pl.DataFrame, account: Account, today: date) -> list[Change]:
    """Say what a table of `schema.returns.Arrival` would change; writes nothing.

    Of two records that set the same value the first counts, the second is kept out.
    """
    towns = set(arrivals["town_id"].drop_nulls())
    known = Known(account, today, towns)
    order = {form: number for number, form in enumerate(PLANNERS)}
    found = sorted(records_of(arrivals), key=lambda record: order.get(record.form, len(order)))
    return list(_once(_planned(found, known)))


def _planned(found: Iterable[Arriving], known: Known) -> Iterator[Change]:
    for record in found:
        planner = PLANNERS.get(record.form)
        if planner is None:
            yield Made(record).out("", Reason("no_form", "", {"form": record.form}))
        else:
            yield from planner(record, known)


def _once(changes: Iterable[Change]) -> Iterator[Change]:
    """Keep out what sets a value that an earlier row of the same import has set."""
    seen: dict[tuple[str | None, ...], Change] = {}
    for change in changes:
        key = (change.form, change.town_id, change.quarter, change.subject, change.field)
        first = seen.setdefault(key, change)
        if first is change or change.kind == "kept_out":
            yield change
        elif first.after == change.after:
            if change.field != "project":
                yield replace(change, kind="left", before=change.after, write=None)
        else:
            why = Reason("set_before", change.field, {"value": first.after, "where": first.source})
            yield replace(change, kind="kept_out", why=(why,), write=None)


def carry_out(changes: Iterable[Change], act: Act) -> None:
    """Write what is to be added and changed, in its order; must run in a transaction."""
    for change in changes:
        if change.write is not None:
            change.write(replace(act, reason=f"{act.reason}: {change.source}"))
