"""`townworks import`: files brought in from the command line, looked at, applied, undone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from townworks.errors import RequestError
from townworks.io.writers import check_suffix, encode_csv, write_table
from townworks.register.starting import check_migrated, set_up
from townworks.workflow.returns import (
    Looked,
    Order,
    headings_to_remember,
    listed,
    look,
    look_with_proposals,
    open_import,
    rejected,
)

if TYPE_CHECKING:
    from townworks.register.models import Account, Import


@dataclass(frozen=True)
class Wish:
    """What the command was asked for.

    proposals: take everything that is proposed. dry: look only. ask: ask the towns about what is
    doubtful. findings, rejects: files for them (None: none).
    """

    paths: Sequence[Path]
    username: str
    town_id: str = ""
    quarter: str = ""
    proposals: bool = False
    dry: bool = False
    ask: bool = False
    findings: Path | None = None
    rejects: Path | None = None


@dataclass(frozen=True)
class BroughtIn:
    """What came of it; number: of the import (None: only looked at); asked: queries to towns."""

    looked: Looked
    number: int | None
    asked: int = 0


def bring_in(home: Path, wish: Wish) -> BroughtIn:
    """Read files, and apply what they say unless it is only to be looked at."""
    for path in filter(None, (wish.findings, wish.rejects)):
        check_suffix(path)
    account, day = who(home, wish.username)
    order = Order(wish.paths, wish.town_id, wish.quarter)
    looked = look(order, account, day)
    if wish.proposals:
        looked, order = look_with_proposals(order, account, day)
    for out, table in ((wish.findings, looked.findings), (wish.rejects, rejected(looked))):
        if out is not None:
            write_table(table, out)
    if wish.dry or not any(looked.counts[kind] for kind in ("added", "changed")):
        return BroughtIn(looked, None)
    case = open_import(order, account, day)
    apply(case, looked, order, account)
    asked = ask_all(looked, order, account, day) if wish.ask else 0
    return BroughtIn(looked, case.pk, asked)


def apply(case: "Import", looked: Looked, order: Order, account: "Account") -> "Import":
    """Write what was looked at, and remember headings that were confirmed."""
    from townworks.register.cases import Taking
    from townworks.register.clock import today
    from townworks.register.services import imports

    day = today()
    if order.choices:
        case = imports.accept(case, listed(order.choices), Taking("accept", account, day))
    headings = headings_to_remember(looked, order.choices)
    values = {"headings": headings, "read": looked.counts}
    taking = Taking("apply", account, day, values=values)
    return imports.apply(case, looked.arrivals, looked.digest, taking)


def ask_all(looked: Looked, order: Order, account: "Account", day: date) -> int:
    """Ask towns about every finding that nobody decided; returns how many were asked.

    Notes are not asked about, nor what belongs to a quarter whose returns are not open.
    """
    from townworks.register.services.queries import ask_about

    cells = {(row[0], row[1], row[2], row[3]) for row in order.choices}
    wanted = [
        row
        for row in looked.findings.iter_rows(named=True)
        if row["severity"] != "note"
        and (row["file"], row["sheet"], row["cell"], row["check"]) not in cells
    ]
    texts = dict(looked.entries.entries.select("entry", "text").iter_rows())
    rows = [{**row, "text": texts.get(row["entry"], "")} for row in wanted]
    return ask_about(rows, account, day)


def undo(home: Path, number: int, username: str, reason: str) -> "Import":
    """Take back a whole import."""
    account, day = who(home, username)
    from townworks.register.cases import Taking
    from townworks.register.models import Import
    from townworks.register.services import imports

    case = Import.objects.filter(pk=number).first()
    if case is None:
        raise RequestError(f"There is no import {number}", "`townworks import` prints its number.")
    return imports.undo(case, Taking("undo", account, day, reason=reason))


def who(home: Path, username: str) -> tuple["Account", date]:
    """Account in whose name the command acts; the only office account where none is named."""
    set_up(home)
    check_migrated()
    from townworks.register.clock import today
    from townworks.register.models import Account

    offices = Account.objects.filter(role="programme_office", is_active=True)
    found = list(Account.objects.filter(username=username) if username else offices)
    if len(found) != 1:
        names = ", ".join(sorted(offices.values_list("username", flat=True)))
        problem = f"There is no account {username!r}" if username else "Say in whose name"
        raise RequestError(problem, f"Name an account with --as; the office's are: {names}.")
    return found[0], today()


def as_csv(table: pl.DataFrame) -> bytes:
    """Encode a table for spreadsheets: with a byte-order mark, and no cell that runs."""
    return encode_csv(table)
