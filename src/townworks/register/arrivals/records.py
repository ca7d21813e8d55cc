"""Enterprises, admissions, partnerships, applications and towns that arrive.

An import never admits an enterprise and never puts a town on the list: it opens the matter, and
people take the steps that need two of them.
"""

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from townworks.register.arrivals.changes import Arriving, Change, Made
from townworks.register.arrivals.known import FINAL, Known
from townworks.register.audit import Act, write
from townworks.register.cases import open_case
from townworks.register.codes import read_credit_code
from townworks.register.models import (
    Admission,
    Enterprise,
    Partnership,
    Town,
    TownApplication,
)
from townworks.register.permissions import answers_for
from townworks.register.refusals import Reason, RefusalError

OFFICE = ("programme_office",)
"""Who may bring in what belongs to no single town."""
DAYS = frozenset({"registered_on", "listed_on"})
NUMBERS = frozenset({"capital_cny", "planned_area_km2", "planned_investment_cny"})


def enterprise(record: Arriving, known: Known) -> Iterator[Change]:
    """An enterprise by its credit code."""
    made, code = Made(record), _code(record, "credit_code")
    if isinstance(code, Reason):
        yield made.out("credit_code", code)
    elif known.account.role not in OFFICE:
        yield made.out("credit_code", Reason("office_only"))
    else:
        fields = _given(record, Enterprise)
        yield from _set(made, known.enterprises.get(code), fields, partial(_add_enterprise, known))


def _add_enterprise(known: Known, fields: Mapping[str, Any], source: str, act: Act) -> Enterprise:
    found = write(Enterprise(**fields, source=source), act)
    known.enterprises[found.credit_code] = found
    return found


def town(record: Arriving, known: Known) -> Iterator[Change]:
    """A town's own row; one that is new stands on no list until it is put there."""
    made = Made(record)
    if known.account.role not in OFFICE:
        yield made.out("town_id", Reason("office_only"))
        return
    fields = _given(record, Town)
    found = known.towns.get(record.word("town_id"))
    yield from _set(made, found, fields, lambda given, _source, act: write(Town(**given), act))


def admission(record: Arriving, known: Known) -> Iterator[Change]:
    """An enterprise of a town: one that the register has not there applies, as a draft."""
    made, code = Made(record), _code(record, "credit_code")
    if record.town_id not in known.towns:
        yield made.out("credit_code", Reason("town_unknown", "town", {"town": record.word("town")}))
    elif record.town_id not in known.own:
        yield made.out("credit_code", Reason("not_yours_to_report"))
    elif isinstance(code, Reason):
        yield made.out("credit_code", code)
    elif (record.town_id, code) in known.admissions:
        yield made.change("left", "credit_code", (code, code))
    else:
        writing = partial(_apply, record, known, code)
        yield made.change("added", "credit_code", ("", code), write=writing)


def _apply(record: Arriving, known: Known, code: str, act: Act) -> Admission:
    found = _enterprise(record, known, code, act)
    jobs = record.value("jobs_planned")
    wanted = Admission(
        enterprise=found,
        town_id=str(record.town_id),
        origin=record.word("origin") or "already_there",
        relocated_from=record.word("relocated_from"),
        part=record.word("part") or "member",
        activity=record.word("activity") or found.activity or found.name,
        jobs_planned=None if jobs is None else int(jobs),
        source=record.source,
    )
    opened = open_case(wanted, act, known.today)
    known.admissions[(str(record.town_id), code)] = opened
    return opened


def _enterprise(record: Arriving, known: Known, code: str, act: Act) -> Enterprise:
    """Return the enterprise of a code: as the register has it, else the registry, else the file."""
    found = known.enterprises.get(code)
    if found is not None:
        return found
    entry = known.registry(code)
    fresh = Enterprise(
        credit_code=code,
        name=entry.name if entry else record.word("enterprise"),
        registered_on=entry.registered_on if entry else None,
        capital_cny=entry.capital_cny if entry else None,
        county_code=entry.county_code if entry else "",
        activity=entry.activity if entry else record.word("activity"),
        source=entry.imported_from if entry else record.source,
    )
    known.enterprises[code] = write(fresh, act)
    return fresh


def partnership(record: Arriving, known: Known) -> Iterator[Change]:
    """A partnership, as a proposal that the other side confirms."""
    made, code = Made(record), _code(record, "proposer")
    proposer = None if isinstance(code, Reason) else known.enterprises.get(code)
    if record.town_id not in known.own:
        yield made.out("proposer", Reason("town_unknown", "town", {"town": record.word("town")}))
    elif proposer is None:
        why = code if isinstance(code, Reason) else Reason("not_known_here", "proposer")
        yield made.out("proposer", why)
    else:
        wanted = _partnership(record, known, proposer)
        same = Partnership.objects.filter(
            town=record.town_id,
            proposer=proposer,
            partner=wanted.partner,
            agency=wanted.agency,
            purpose=wanted.purpose,
        ).exclude(state="refused")
        kind = "left" if same.exists() else "added"
        writing = partial(_open, wanted, known) if kind == "added" else None
        yield made.change(kind, "partner", ("", record.word("partner")), write=writing)


def _partnership(record: Arriving, known: Known, proposer: Enterprise) -> Partnership:
    partner = known.enterprises.get(record.word("partner"))
    joint = record.value("joint_projects")
    return Partnership(
        town_id=str(record.town_id),
        proposer=proposer,
        partner=partner,
        agency="" if partner else record.word("partner"),
        purpose=record.word("purpose"),
        contract_value_cny=record.value("contract_value_cny"),
        joint_projects=int(joint or 0),
    )


def application(record: Arriving, known: Known) -> Iterator[Change]:
    """A county's application for a town, as a draft."""
    made = Made(record)
    wanted = TownApplication(yearly_plan=[], **_given(record, TownApplication))
    mine = known.account.role in ("county_office", *OFFICE)
    if not mine or not answers_for(known.account, wanted):
        yield made.out("name_zh", Reason("not_your_county"))
        return
    same = TownApplication.objects.filter(
        county_code=wanted.county_code, name_zh=wanted.name_zh
    ).exclude(state__in=FINAL)
    kind = "left" if same.exists() else "added"
    writing = partial(_open, wanted, known) if kind == "added" else None
    yield made.change(kind, "name_zh", ("", wanted.name_zh), write=writing)


def _open(case: Any, known: Known, act: Act) -> Any:
    return open_case(case, act, known.today)


def _code(record: Arriving, name: str) -> str | Reason:
    try:
        return read_credit_code(record.word(name))
    except RefusalError as error:
        return error.reasons[0]


def _given(record: Arriving, model: type[Any]) -> dict[str, Any]:
    """Fields of the record that the model has, each in its type; text that is missing stays out."""
    names = {field.attname for field in model._meta.concrete_fields}  # noqa: SLF001
    found: dict[str, Any] = {}
    for name in record.cells:
        if name not in names:
            continue
        if name in NUMBERS:
            found[name] = record.value(name)
        elif name in DAYS:
            found[name] = record.day(name)
        else:
            found[name] = record.word(name)
    return found


def _set(made: Made, found: Any, fields: dict[str, Any], add: Any) -> Iterator[Change]:
    """Add a record that is new, or say field by field what changes in one that is there."""
    source = made.record.source
    if found is None:
        key = next(iter(fields))
        adding = partial(add, fields, source)
        yield made.change("added", key, ("", fields[key]), write=adding)
        return
    for name, value in fields.items():
        before = getattr(found, name)
        kind = "left" if before == value else "changed"
        writing = partial(_alter, found, name, value) if kind == "changed" else None
        yield made.change(kind, name, (before, value), write=writing)


def _alter(found: Any, name: str, value: Any, act: Act) -> Any:
    fresh = type(found).objects.select_for_update().get(pk=found.pk)
    setattr(fresh, name, value)
    return write(fresh, act)
