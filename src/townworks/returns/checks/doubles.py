"""The same enterprise or project in two towns, or twice in one return."""

from collections import defaultdict
from collections.abc import Iterator, Mapping

from townworks.returns.checks.doubts import Doubt, Term, Told, place_of, town_title, written
from townworks.returns.checks.evidence import INVESTMENT, Evidence, Row
from townworks.returns.headings import plain
from townworks.schema.checks import Check

REGISTER_FORMS = {INVESTMENT: "project", "admission": "admission"}
KEYS = {INVESTMENT: "project", "admission": "credit_code"}
"""Field that names a record."""
NAMED = ("town", "quarter")


def doubles(evidence: Evidence, check: Check) -> Iterator[Doubt]:
    """Find subjects of a form that another town reports, or that the register has elsewhere.

    Left out is proposed where the register has it in the other town and not in this one; the town
    in which alone the register has it is in the right, and not doubted.
    """
    form = check.parameters["form"]
    homes = _homes(evidence, REGISTER_FORMS[form])
    heads = _heads(evidence, form)
    by_subject: dict[str, dict[str, Row]] = defaultdict(dict)
    for row in heads:
        by_subject[plain(row["subject"])].setdefault(row["town_id"] or "", row)
    for row in heads:
        name, town = plain(row["subject"]), row["town_id"] or ""
        others = [each for other, each in by_subject[name].items() if other != town]
        here = homes.get(name, set())
        if name and (others or here - {town}) and here != {town}:
            yield _doubt(evidence, row, others, here)


def _homes(evidence: Evidence, form: str) -> Mapping[str, set[str]]:
    """Towns in which the register has each subject."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in evidence.known.presence.iter_rows(named=True):
        if row["form"] == form:
            found[plain(row["subject"])].add(row["town_id"])
    return found


def _heads(evidence: Evidence, form: str) -> list[Row]:
    """Entry that names each record of a form; where there is none, its first."""
    found: dict[int, Row] = {}
    for row in evidence.rows:
        if row["form"] == form and row["field"] not in NAMED and row["subject"]:
            first = found.setdefault(row["record"], row)
            if row["field"] == KEYS[form] and first["field"] != KEYS[form]:
                found[row["record"]] = row
    return list(found.values())


def _doubt(evidence: Evidence, row: Row, others: list[Row], homes: set[str]) -> Doubt:
    town = row["town_id"] or ""
    other = others[0]["town_id"] or "" if others else min(homes - {town})
    if town in homes:
        verdict = Term("checks.here")
    elif homes:
        verdict = Term("checks.elsewhere", {"town": town_title(evidence, min(homes))})
    else:
        verdict = Term("checks.nowhere")
    place: Told = place_of(others[0]) if others else Term("checks.the_register")
    values = written(row) | {"other": town_title(evidence, other), "where": place}
    drop = bool(homes) and town not in homes
    return Doubt(row, {**values, "verdict": verdict}, drop=drop)


def repeated(evidence: Evidence, _: Check) -> Iterator[Doubt]:
    """Find records that stand twice in the returns of one town and quarter."""
    for form in ("admission", INVESTMENT):
        seen: dict[tuple[str | None, str | None, str], Row] = {}
        for row in _heads(evidence, form):
            key = (row["town_id"], row["quarter"], plain(row["subject"]))
            first = seen.setdefault(key, row)
            if first is not row:
                yield Doubt(row, written(row) | {"where": place_of(first)}, drop=True)
