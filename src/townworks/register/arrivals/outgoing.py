"""The register's records as forms: what an import would bring in, going out the same way."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import polars as pl

from townworks.register.arrivals.background import QUARTER
from townworks.register.arrivals.known import FINAL
from townworks.register.models import (
    Admission,
    Enterprise,
    Figure,
    Investment,
    Partnership,
    Project,
    Town,
    TownApplication,
)
from townworks.schema.forms import forms, metrics

Row = dict[str, Any]
Towns = Mapping[str, Town]


def form_tables(town_id: str = "", quarter: str = "") -> dict[str, pl.DataFrame]:
    """Records of every form, amounts in the register's units, a column a field.

    town_id, quarter: of these only ("": of all). Figures and investment are what was reported:
    what departments verified is not the towns' to bring in again.
    """
    towns = {town.pk: town for town in Town.objects.all() if town_id in ("", town.pk)}
    found = {}
    for name, rows in SOURCES.items():
        kept = [row for row in rows(towns) if quarter in ("", row.get("quarter", quarter))]
        found[name] = _table(name, kept)
    return found


def known_of(town_id: str) -> dict[str, pl.DataFrame]:
    """What a town's next return can begin with: its projects and enterprises, amounts empty."""
    town = Town.objects.get(pk=town_id)
    projects = [
        {name: row[name] for name in ("town", "project", "credit_code", "featured", "starts_on")}
        for row in _projects({town_id: town})
    ]
    admissions = list(_admissions({town_id: town}))
    return {
        "investment": _table("investment", projects),
        "figure": _table("figure", [{"town": town.name_zh, "metric": key} for key in metrics()]),
        "admission": _table("admission", admissions),
    }


def _table(form: str, rows: list[Row]) -> pl.DataFrame:
    types = {key: _type(field.type) for key, field in forms()[form].fields.items()}
    return pl.DataFrame(rows, schema=types)


def _type(name: str) -> pl.DataType:
    if name in ("money", "number"):
        return pl.Decimal(36, 10)
    return {"day": pl.Date(), "flag": pl.Boolean()}.get(name, pl.String())


def _investment(towns: Towns) -> Iterator[Row]:
    rows = Investment.objects.filter(
        project__town__in=towns, evidence="reported", project__withdrawn=False
    ).known()
    for row in rows.select_related("project__enterprise").order_by("quarter", "project", "pk"):
        yield {
            "town": towns[row.project.town_id].name_zh,
            "quarter": row.quarter,
            **_project(row.project),
            "amount_cny": row.amount_cny,
        }


def _project(project: Project) -> Row:
    builder = project.enterprise
    return {
        "project": project.name,
        "credit_code": builder.credit_code if builder else None,
        "featured": project.featured,
        "starts_on": project.starts_on,
    }


def _projects(towns: Towns) -> Iterator[Row]:
    rows = Project.objects.filter(town__in=towns, withdrawn=False).select_related("enterprise")
    for row in rows.order_by("pk"):
        yield {"town": towns[row.town_id].name_zh, **_project(row), "ends_on": row.ends_on}


def _figures(towns: Towns) -> Iterator[Row]:
    for row in _told(towns, "reported"):
        if QUARTER.fullmatch(row.period):
            whose = {"town": towns[str(row.town_id)].name_zh, "quarter": row.period}
            yield {**whose, "metric": row.metric, "unit": None, "value": row.value}


def _targets(towns: Towns) -> Iterator[Row]:
    for row in _told(towns, "target"):
        if not row.period.isdigit():
            continue
        whose = {"town": towns[str(row.town_id)].name_zh, "year": row.period}
        yield {**whose, "metric": row.metric, "unit": None, "target": row.value}


def _told(towns: Towns, evidence: str) -> Iterable[Figure]:
    rows = Figure.objects.filter(
        town__in=towns, geography="town", population="all", evidence=evidence, metric__in=metrics()
    ).known()
    return rows.order_by("period", "town", "metric", "pk")


def _admissions(towns: Towns) -> Iterator[Row]:
    rows = Admission.objects.filter(town__in=towns).exclude(state__in=FINAL)
    for row in rows.select_related("enterprise").order_by("pk"):
        jobs = row.jobs_planned
        yield {
            "town": towns[row.town_id].name_zh,
            "credit_code": row.enterprise.credit_code,
            "enterprise": row.enterprise.name,
            "admitted_on": row.admitted_on,
            "origin": row.origin,
            "relocated_from": row.relocated_from or None,
            "part": row.part,
            "activity": row.activity or None,
            "jobs_planned": None if jobs is None else Decimal(jobs),
        }


def _enterprises(_: Towns) -> Iterator[Row]:
    for row in Enterprise.objects.order_by("credit_code"):
        yield _same(row, ("credit_code", "name", "registered_on", "county_code", "activity")) | {
            "capital_cny": row.capital_cny
        }


def _partnerships(towns: Towns) -> Iterator[Row]:
    rows = Partnership.objects.filter(town__in=towns).exclude(state="refused")
    for row in rows.select_related("proposer", "partner").order_by("pk"):
        yield {
            "town": towns[str(row.town_id)].name_zh,
            "proposer": row.proposer.credit_code,
            "partner": row.partner.credit_code if row.partner else row.agency,
            "purpose": row.purpose,
            "contract_value_cny": row.contract_value_cny,
            "joint_projects": Decimal(row.joint_projects),
        }


def _applications(_: Towns) -> Iterator[Row]:
    names = tuple(key for key in forms()["application"].fields)
    for row in TownApplication.objects.order_by("pk"):
        yield _same(row, names)


def _towns(towns: Towns) -> Iterator[Row]:
    names = tuple(key for key in forms()["town"].fields if key not in ("town_id", "batch"))
    for key in sorted(towns):
        batch = getattr(towns[key], "batch", None)
        yield {"town_id": key, "batch": batch or None, **_same(towns[key], names)}


def _same(row: Any, names: Iterable[str]) -> Row:
    found = {name: getattr(row, name) for name in names}
    return {name: None if value == "" else value for name, value in found.items()}


SOURCES: Mapping[str, Callable[[Towns], Iterator[Row]]] = {
    "investment": _investment,
    "figure": _figures,
    "admission": _admissions,
    "enterprise": _enterprises,
    "project": _projects,
    "target": _targets,
    "partnership": _partnerships,
    "application": _applications,
    "town": _towns,
}
"""Form → its records."""
