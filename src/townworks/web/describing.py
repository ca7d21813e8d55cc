"""What a matter's page tells: label and value pairs, private ones only to whom they concern."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import singledispatch

from django.db.models import Model
from django.urls import reverse

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
from townworks.register.permissions import sees_private
from townworks.web.drawing import input_label
from townworks.web.speech import day, language, money, say, trimmed, word
from townworks.web.templatetags.speaking import exact, own


@dataclass(frozen=True)
class Line:
    """One label with its value; url: where it leads."""

    label: str
    value: str
    url: str = ""


def title_of(case: Case) -> str:
    """Headline of a matter."""
    return say(f"case.{case.KIND}", number=case.pk, name=_name(case))


def _name(case: Case | None) -> str:
    match case:
        case Admission():
            name = f"{case.enterprise.name} → {own(case.town)}"
        case Grant():
            who = case.admission.enterprise.name if case.admission else own(case.town)
            name = f"{own(case, 'title')} · {who}"
        case Assessment():
            name = f"{own(case.town)} · {case.year}"
        case Partnership():
            name = f"{case.proposer.name} · {case.partner.name if case.partner else case.agency}"
        case Objection():
            name = _name(case.assessment or case.admission)
        case StatusAct():
            name = f"{own(case.town)} · {word('cause', case.act)}"
        case Boundary():
            name = own(case.town)
        case Return() | Query() | Import():
            name = _name_of_return(case)
        case _:
            name = own(case)
    return name


def _name_of_return(case: Return | Query | Import) -> str:
    if isinstance(case, Import):
        return ", ".join(str(file["name"]) for file in case.files[:2])
    if isinstance(case, Query):
        what = case.subject or word("metric", case.field)
        return f"{_name_of_return(case.town_return)} · {what}"
    return f"{own(case.town)} · {case.quarter}"


def lines(case: Case, account: Account | None) -> list[Line]:
    """What the page of a matter shows to somebody."""
    return [line for line in _lines(case, sees_private(account, case)) if line.value]


@singledispatch
def _lines(_: Model, private: bool) -> Iterator[Line]:  # noqa: FBT001, ARG001 (dispatch on the first)
    yield from ()


def _line(name: str, value: object, url: str = "") -> Line:
    return Line(word("field", name), "" if value is None else str(value), url)


def _town(town: Town) -> Line:
    return _line("town", own(town), reverse("town", args=[town.pk]))


def _enterprise(enterprise: Enterprise) -> Line:
    url = reverse("enterprise", args=[enterprise.credit_code])
    return _line("enterprise", enterprise.name, url)


@_lines.register
def _admission(case: Admission, private: bool) -> Iterator[Line]:  # noqa: FBT001
    yield _enterprise(case.enterprise)
    yield _town(case.town)
    moved = f" ({case.relocated_from})" if case.relocated_from else ""
    yield _line("origin", word("origin", case.origin) + moved)
    yield _line("part", word("part", case.part))
    yield _line("activity", case.activity)
    yield _line("admitted_on", day(case.admitted_on) if case.admitted_on else None)
    yield _line("left_on", day(case.left_on) if case.left_on else None)
    yield _line("notice_until", day(case.notice_until) if case.notice_until else None)
    if private:
        area = case.area_wanted_m2
        yield _line("area_wanted_m2", None if area is None else f"{exact(area)} m²")
        yield _line("jobs_planned", case.jobs_planned)
        planned = case.investment_planned_cny
        yield _line("investment_planned_cny", None if planned is None else money(planned))
        contact = f"{case.enterprise.contact_name} {case.enterprise.contact_phone}".strip()
        yield _line("contact", contact)


@_lines.register
def _grant(case: Grant, private: bool) -> Iterator[Line]:  # noqa: FBT001
    if case.admission:
        yield _enterprise(case.admission.enterprise)
    yield _town(case.town)
    yield _line("instrument", own(case, "title"))
    yield _line("payer", word("payer", case.payer))
    yield _line("entitled", money(case.entitled, case.unit))
    yield _line("approved", None if case.approved is None else money(case.approved, case.unit))
    yield _line("paid", money(case.paid, case.unit) if case.paid else None)
    yield _line("clawed_back", money(case.clawed_back, case.unit) if case.clawed_back else None)
    yield _line("judged_on", day(case.judged_on))
    yield _line("source", case.source, case.source if case.source.startswith("http") else "")
    if private:
        yield _line("why", case.sentence_zh if language() == "zh" else case.sentence_en)
        told = "; ".join(f"{input_label(name)}: {value}" for name, value in case.inputs.items())
        yield _line("inputs", told)
        line = case.budget_line
        yield _line("budget_line", line.title if line else None)


@_lines.register
def _assessment(case: Assessment, private: bool) -> Iterator[Line]:  # noqa: FBT001
    yield _town(case.town)
    yield _line("year", case.year)
    yield _line("on_list", word("list", case.on_list))
    public = case.state in ("notice", "effective")
    if public or private:
        yield _line("grade", word("grade", case.grade) if case.grade else None)
        yield _line("score", None if case.score is None else trimmed(case.score, 2))
    yield _line("notice_until", day(case.notice_until) if case.notice_until else None)
    yield _line("source", case.source, case.source if case.source.startswith("http") else "")


@_lines.register
def _application(case: TownApplication, private: bool) -> Iterator[Line]:  # noqa: FBT001, ARG001
    yield _line("county_code", f"{case.county_zh} {case.county_code}")
    yield _line("industry", own(case, "industry"))
    yield _line("planned_area_km2", f"{exact(case.planned_area_km2)} km²")
    yield _line("planned_investment_cny", money(case.planned_investment_cny))
    yield _line("builder", case.builder)
    yield _line("concept_plan", case.concept_plan)
    plans = [f"{row.get('year', '')}: {row.get('plan', '')}" for row in case.yearly_plan]
    yield _line("yearly_plan", "; ".join(plans))
    yield _line("support_measures", case.support_measures)
    yield _line("score", None if case.score is None else trimmed(case.score, 2))
    if case.town:
        yield _town(case.town)


@_lines.register
def _boundary(case: Boundary, private: bool) -> Iterator[Line]:  # noqa: FBT001, ARG001
    yield _town(case.town)
    yield _line("area_km2", f"{exact(case.area_km2)} km²")
    yield _line("valid_from", day(case.valid_from))
    yield _line("valid_to", day(case.valid_to) if case.valid_to else None)
    yield _line("datum", word("datum", case.datum_given))
    yield _line("source", case.source)


@_lines.register
def _status_act(case: StatusAct, private: bool) -> Iterator[Line]:  # noqa: FBT001, ARG001
    yield _town(case.town)
    yield _line("status_act", word("cause", case.act))
    yield _line("source", case.source, case.source if case.source.startswith("http") else "")


@_lines.register
def _partnership(case: Partnership, private: bool) -> Iterator[Line]:  # noqa: FBT001
    yield _enterprise(case.proposer)
    if case.partner:
        url = reverse("enterprise", args=[case.partner.credit_code])
        yield _line("partner", case.partner.name, url)
    yield _line("agency", case.agency)
    yield _town(case.town)
    yield _line("purpose", case.purpose)
    yield _line("confirmed_on", day(case.confirmed_on) if case.confirmed_on else None)
    yield _line("joint_projects", case.joint_projects or None)
    if private:
        value = case.contract_value_cny
        yield _line("contract_value_cny", None if value is None else money(value))


@_lines.register
def _objection(case: Objection, private: bool) -> Iterator[Line]:  # noqa: FBT001, ARG001
    against = case.assessment or case.admission
    if against is not None:
        yield _line("against", title_of(against), reverse("case", args=[against.KIND, against.pk]))
    yield _line("grounds", case.grounds)
    yield _line("answer", case.answer)


@_lines.register
def _return(case: Return, private: bool) -> Iterator[Line]:  # noqa: FBT001, ARG001
    yield _town(case.town)
    yield _line("quarter", case.quarter)
    yield _line("due_on", day(case.due_on))
    yield _line("submitted_on", day(case.submitted_on) if case.submitted_on else None)


@_lines.register
def _query(case: Query, private: bool) -> Iterator[Line]:  # noqa: FBT001
    if not private:
        return
    found = case.town_return
    yield _line("record", title_of(found), reverse("case", args=["return", found.pk]))
    yield _line("subject", case.subject)
    yield _line("metric", word("metric", case.field))
    place = " · ".join(filter(None, (case.file, case.sheet, case.cell)))
    yield _line("cell", place)
    yield _line("written", case.written)
    yield _line("question", case.question_zh if language() == "zh" else case.question_en)
    yield _line("reply", case.reply)
    yield _line("corrected", None if case.corrected is None else exact(case.corrected))


@_lines.register
def _import(case: Import, private: bool) -> Iterator[Line]:  # noqa: FBT001
    if private:
        yield _line("files", ", ".join(str(file["name"]) for file in case.files))
        yield _line("record", title_of(case), reverse("import", args=[case.pk]))
        yield _line("quarter", case.quarter)
        if case.town:
            yield _town(case.town)
