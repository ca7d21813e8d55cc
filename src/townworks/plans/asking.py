"""A request from TOML: every entry checked, every fault at once."""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from typing import Any

from townworks.errors import DefinitionsError
from townworks.plans.request import Assumptions, Limit, Override, PlanRequest, Quota
from townworks.schema.reading import Faults, Table, read_toml

_WHOLE = ("first_year", "years", "towns", "scenarios", "seed")
_REAL = ("apart_km", "risk_aversion", "tail", "gap", "seconds")
_MONEY = ("investment_target_cny", "investment_limit_cny")
_SETS = ("must", "must_not")
_TABLES = ("limit", "quota", "override", "starts", "weights", "assumptions")


def read_request(
    text: str, file: str, aim: Mapping[str, Any], given: Mapping[str, Any]
) -> PlanRequest:
    r"""Read a request. aim, given: fields of `PlanRequest` that stand behind and before its own.

    Raises `DefinitionsError` with every entry that cannot be read. Whether the numbers make sense
    is for `request_faults` to say.

    >>> read_request("towns = 3\n[starts]\n2016 = 2", "r.toml", {"first_year": 2015}, {}).starts
    {2016: 2}
    >>> read_request("town = 3", "r.toml", {"first_year": 2015}, {})
    Traceback (most recent call last):
    townworks.errors.DefinitionsError: The definitions have 1 fault; nothing of them was used.
      r.toml: town: is not known here; did you mean towns?
    """
    faults = Faults()
    table = Table(read_toml(text, file, faults), file, "", faults)
    table.only(*_WHOLE, *_REAL, *_MONEY, *_SETS, *_TABLES, "counts", "apart", "open_ended")
    found = {**aim, **_entries(table), **_tables(table)}
    typed = given.get("limits", ())
    found |= {**given, "limits": _limits(found.get("limits", ()), typed)}
    if "first_year" not in found:
        table.fault("first_year", "is missing")
    if faults.found:
        raise DefinitionsError(faults.found)
    return PlanRequest(**found)


def _entries(table: Table) -> dict[str, Any]:
    """Entries that are no tables, as the fields they are."""
    found: dict[str, Any] = {name: table.whole(name) for name in _there(table, _WHOLE)}
    found |= {name: float(table.number(name)) for name in _there(table, _REAL)}
    found |= {name: table.number(name) for name in _there(table, _MONEY)}
    found |= {name: frozenset(table.texts(name)) for name in _there(table, _SETS)}
    if "counts" in table.content:
        found["counts"] = table.choice("counts", ("planned", "expected"))
    if "apart" in table.content:
        found["apart"] = table.choice("apart", ("county", "none"))
    if table.flag("open_ended"):
        found["towns"] = None
    return found


def _limits(own: tuple[Limit, ...], typed: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """Put typed limits in the place of the file's for the same resource and year."""
    again = {(limit.resource, limit.year) for limit in typed}
    return (*(one for one in own if (one.resource, one.year) not in again), *typed)


def _there(table: Table, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if name in table.content]


def _tables(table: Table) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "limit" in table.content:
        found["limits"] = tuple(_limit(row) for row in table.rows("limit"))
    if "quota" in table.content:
        found["quotas"] = tuple(_quota(row) for row in table.rows("quota"))
    if "override" in table.content:
        found["overrides"] = tuple(_override(row) for row in table.rows("override"))
    if "starts" in table.content:
        found["starts"] = _starts(table.table("starts"))
    if "weights" in table.content:
        weights = table.table("weights")
        found["weights"] = {name: weights.number(name) for name in weights.content}
    if "assumptions" in table.content:
        found["assumptions"] = _assumptions(table.table("assumptions"))
    return found


def _limit(row: Table) -> Limit:
    row.only("resource", "most", "year")
    year = row.whole("year") if "year" in row.content else None
    return Limit(row.text("resource"), row.number("most"), year)


def _quota(row: Table) -> Quota:
    row.only("prefecture", "sector", "least", "most")
    kinds = [kind for kind in ("prefecture", "sector") if kind in row.content]
    if len(kinds) != 1:
        row.fault("", "names a prefecture or a sector, one of them")
    least = row.whole("least") if "least" in row.content else 0
    most = row.whole("most") if "most" in row.content else None
    if kinds == ["prefecture"]:
        return Quota("prefecture", row.text("prefecture"), least, most)
    return Quota("sector", row.text("sector", ""), least, most)


def _override(row: Table) -> Override:
    row.only("out", "into", "by", "why")
    return Override(row.text("out"), row.text("into"), row.text("by"), row.text("why"))


def _starts(table: Table) -> dict[int, int]:
    found = {}
    for name in table.content:
        if name.isdigit():
            found[int(name)] = table.whole(name)
        else:
            table.fault(name, "is no year; write 2016 = 20")
    return found


def _assumptions(table: Table) -> Assumptions:
    names = [field.name for field in fields(Assumptions)]
    table.only(*names)
    values = {name: float(table.number(name)) for name in names if name in table.content}
    return Assumptions(**values)


def parse_weights(text: str) -> dict[str, Decimal]:
    """Read weights as they are typed; what is no number is NaN, and a fault later.

    >>> parse_weights("growth_cny=1, jobs=50000")
    {'growth_cny': Decimal('1'), 'jobs': Decimal('50000')}
    """
    found = {}
    for part in filter(str.strip, text.split(",")):
        name, _, weight = part.partition("=")
        try:
            found[name.strip()] = Decimal(weight.strip())
        except ArithmeticError:
            found[name.strip()] = Decimal("NaN")
    return found
