"""What the register knows that a return is read and checked with, as plain tables and names."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from townworks.register.arrivals.known import FINAL
from townworks.register.models import Admission, Figure, Heading, Investment, Project, Town
from townworks.register.quarters import quarter_of
from townworks.schema.reading import Words
from townworks.schema.returns import Past, Presence

QUARTER = re.compile(r"\d{4}Q[1-4]")
DONE = ("reported", "verified", "audited")


def town_names() -> dict[str, str]:
    """Every way to name a town → its id."""
    rows = Town.objects.values_list("pk", "name_zh", "name_en")
    return {name: pk for pk, *names in rows for name in (*names, pk) if name}


def town_titles() -> dict[str, Words]:
    """Names of every town in both languages, by its id."""
    rows = Town.objects.values_list("pk", "name_zh", "name_en")
    return {pk: {"zh": zh, "en": en or zh} for pk, zh, en in rows}


def remembered() -> dict[str, Mapping[tuple[str, str], str]]:
    """What headings mean that somebody explained: town → (form, heading) → field."""
    found: dict[str, dict[tuple[str, str], str]] = {}
    for town, form, heading, name in Heading.objects.values_list(
        "town_id", "form", "heading", "field"
    ):
        found.setdefault(town, {})[(form, heading)] = name
    return dict(found)


def past(towns: Iterable[str]) -> pl.DataFrame:
    """What is known of some towns' quarters, as `schema.returns.Past`.

    A planned area that only the town's own row states counts from the day it was listed.
    """
    chosen = set(towns)
    rows = [*_investments(chosen), *_figures(chosen), *_areas(chosen)]
    return _table(rows, Past.columns())


def _investments(towns: set[str]) -> Iterator[dict[str, Any]]:
    rows = Investment.objects.filter(
        project__town__in=towns, project__withdrawn=False, evidence__in=DONE
    ).known()
    names = ("project__town_id", "quarter", "project__name", "amount_cny", "evidence")
    for town, quarter, name, amount, evidence in rows.values_list(*names):
        if QUARTER.fullmatch(quarter):
            yield _past((town, quarter, "investment", name), "amount_cny", amount, evidence)


def _figures(towns: set[str]) -> Iterator[dict[str, Any]]:
    rows = Figure.objects.filter(
        town__in=towns, geography="town", population="all", evidence__in=DONE
    ).known()
    names = ("town_id", "period", "metric", "value", "unit", "extent", "evidence")
    for town, period, metric, value, unit, extent, evidence in rows.values_list(*names):
        if QUARTER.fullmatch(period):
            more = {"unit": unit, "basis": "at" if extent == "at" else "quarter"}
            yield _past((town or "", period, "figure", ""), metric, value, evidence) | more


def _areas(towns: set[str]) -> Iterator[dict[str, Any]]:
    rows = Town.objects.filter(pk__in=towns, planned_area_km2__isnull=False)
    for town, area, listed_on in rows.values_list("pk", "planned_area_km2", "listed_on"):
        if listed_on is not None:
            key = (town, quarter_of(listed_on), "figure", "")
            more = {"unit": "km2", "basis": "at"}
            yield _past(key, "planned_area_km2", area, "audited") | more


def _past(key: tuple[str, str, str, str], name: str, value: Any, evidence: str) -> dict[str, Any]:
    town, quarter, form, subject = key
    where = {"town_id": town, "quarter": quarter, "form": form, "subject": subject}
    what = {"field": name, "basis": "quarter", "value": value, "unit": "cny"}
    return {**where, **what, "evidence": evidence}


def presence() -> pl.DataFrame:
    """Which enterprise and project is in which town, as `schema.returns.Presence`."""
    admissions = Admission.objects.exclude(state__in=FINAL)
    names = ("enterprise__credit_code", "town_id", "enterprise__name")
    rows = [("admission", *row) for row in admissions.values_list(*names)]
    projects = Project.objects.filter(withdrawn=False)
    rows += [("project", *row) for row in projects.values_list("name", "town_id", "name")]
    columns = Presence.columns()
    return _table([dict(zip(columns, row, strict=True)) for row in rows], columns)


def _table(rows: list[dict[str, Any]], columns: Mapping[str, Any]) -> pl.DataFrame:
    types = {name: column.dtype for name, column in columns.items()}
    plain = {name: pl.String if isinstance(t, pl.Enum) else t for name, t in types.items()}
    frame: pl.DataFrame = pl.DataFrame(rows, schema=plain).cast(pl.Schema(types))
    return frame
