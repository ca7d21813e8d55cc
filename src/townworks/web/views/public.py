"""What anybody may look at: the programme, its towns, its decisions."""

import json
from datetime import date
from typing import Any

import polars as pl
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from townworks.register import overviews
from townworks.register.facts import may_verify
from townworks.register.models import (
    Admission,
    Anchor,
    Figure,
    Grant,
    Investment,
    Partnership,
    Premises,
    Programme,
    Project,
    StatusChange,
    Town,
)
from townworks.register.permissions import answers_for, visible
from townworks.register.services.admissions import free_area_m2, waiting
from townworks.register.services.attachments import evidence_of
from townworks.register.services.plans import plan_on
from townworks.register.services.status import machine, statuses
from townworks.register.services.towns import boundary_on, is_office_of
from townworks.register.tracking import line_of, line_path, plan_path, tracking
from townworks.web.access import account_of, as_of, find
from townworks.web.drawing import offered_policies, places, requirement_of, requirements_of
from townworks.web.speech import language, word
from townworks.web.templatetags.speaking import own
from townworks.web.views.plans import numbers, planned_features
from townworks.workflow.town_chain import chain_of_town

SHOWN = 200


@require_safe
def programme(request: HttpRequest) -> HttpResponse:
    """Where the programme stands, in ten seconds."""
    day = as_of(request)
    of = Programme.objects.first()
    standings = overviews.standings(day)
    amounts = overviews.programme_investment(day)
    lists = overviews.listed(standings)
    ahead, behind = _ahead_behind(standings, day)
    tracked = tracking(day, account_of(request), amounts, known=False)
    context = {
        **numbers(tracked, day),
        "of": of,
        "day": day,
        "lists": [
            (name, lists[name]) for name in ("creation", "cultivation", "named") if lists[name]
        ],
        "on_lists": sum(lists.values()),
        "done": overviews.best_known(amounts),
        "levels": overviews.by_level(amounts),
        "amounts": amounts,
        "share": _share(overviews.best_known(amounts), of),
        "sectors": _sectors(standings, of),
        "decisions": overviews.latest_decisions(day),
        "ahead": ahead,
        "behind": behind,
        "unplaced": len(standings) - len(places([each.town for each in standings])),
        "unknown": len(standings) - len(ahead) - len(behind),
    }
    return render(request, "townworks/programme.html", context)


def _share(done: object, of: Programme | None) -> float | None:
    if of is None or not of.investment_target_cny:
        return None
    return round(100 * float(str(done)) / float(of.investment_target_cny), 1)


def _sectors(standings: list[overviews.Standing], of: Programme | None) -> list[tuple[str, int]]:
    names = of.sectors if of else {}
    counts: dict[str, int] = {}
    for each in standings:
        if each.on_list:
            counts[each.town.sector] = counts.get(each.town.sector, 0) + 1
    rows = [(names.get(s, {}).get(language(), s), n) for s, n in counts.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


Pace = tuple[Town, float]


def _ahead_behind(standings: list[overviews.Standing], day: date) -> tuple[list[Pace], list[Pace]]:
    """Towns with known investment, by the share of what is required of them by the day."""
    towns = [each.town for each in standings if each.on_list]
    reached = overviews.reached(towns, day)
    required = requirements_of(towns, day)
    paces = [
        (town, round(100 * float(reached[town.pk] / due), 1))
        for town in towns
        if town.pk in reached and (due := required[town.pk].by(day, town.listed_on))
    ]
    ordered = sorted(paces, key=lambda row: -row[1])
    return [r for r in ordered if r[1] >= 100], [r for r in ordered if r[1] < 100]  # noqa: PLR2004


@require_safe
def towns(request: HttpRequest) -> HttpResponse:
    """Every town, filtered by sector, status, prefecture or a word of its name."""
    day = as_of(request)
    rows = overviews.standings(day, practice=True)
    wanted = {name: request.GET.get(name, "") for name in ("sector", "status", "prefecture", "q")}
    kept = [row for row in rows if _fits(row, wanted)]
    of = Programme.objects.first()
    context = {
        "day": day,
        "rows": sorted(kept, key=lambda row: (row.town.practice, row.town.pk)),
        "total": len(rows),
        "wanted": wanted,
        "sectors": [(k, v[language()]) for k, v in (of.sectors if of else {}).items()],
        "statuses": sorted({row.status for row in rows}),
        "prefectures": sorted({own(row.town, "prefecture") for row in rows}),
    }
    template = "parts/towns.html" if getattr(request, "htmx", False) else "townworks/towns.html"
    return render(request, template, context)


def _fits(row: overviews.Standing, wanted: dict[str, str]) -> bool:
    town, text = row.town, wanted["q"].strip().lower()
    names = f"{town.name_zh} {town.name_en} {town.industry_zh} {town.industry_en}".lower()
    return (
        wanted["sector"] in ("", town.sector)
        and wanted["status"] in ("", row.status)
        and wanted["prefecture"] in ("", town.prefecture_zh, town.prefecture_en)
        and text in names
    )


@require_safe
def town(request: HttpRequest, town_id: str) -> HttpResponse:
    """One town: where, what, who, how much, and how it was assessed."""
    account, day = account_of(request), as_of(request)
    found = find(request, Town, pk=town_id)
    change = statuses(day, [town_id]).get(town_id)
    need = requirement_of(found, day)
    amounts = overviews.town_investment(found, day)
    seen = {
        "admissions": visible(account, Admission.objects.filter(town=found, opened_on__lte=day)),
        "grants": visible(account, Grant.objects.filter(town=found, opened_on__lte=day)),
        "partnerships": visible(
            account, Partnership.objects.filter(town=found, opened_on__lte=day)
        ),
    }
    context = {
        "town": found,
        "day": day,
        "status": change.to if change else "proposed",
        "change": change,
        "boundary": boundary_on(found, day),
        "presence": overviews.presence(found, day),
        "here": seen["admissions"].filter(state="effective").select_related("enterprise"),
        "coming": seen["admissions"].exclude(
            state__in=("effective", "left", "refused", "withdrawn")
        ),
        "grants": seen["grants"].select_related("admission__enterprise"),
        "partnerships": seen["partnerships"].select_related("proposer", "partner"),
        "anchors": Anchor.objects.filter(town=found),
        "figures": _figures(found, day),
        "history": StatusChange.objects.filter(town=found, on__lte=day).order_by("-on", "-pk"),
        "assessments": overviews.assessments_of(found, day),
        "amounts": amounts,
        "done": overviews.best_known(amounts) if amounts else None,
        "need": need,
        "due": need.by(day, found.listed_on),
        "offered": offered_policies(found, day),
        "planned": line_of(found, day, account),
        "outside": _is_outside(found, change, day),
        "is_office": is_office_of(account, found),
        "has_chain": chain_of_town(found.pk, found.industry_zh) is not None,
        "projects": visible(
            account, Project.objects.filter(town=found, withdrawn=False)
        ).select_related("enterprise"),
        "premises": [
            (p, free_area_m2(p, day)) for p in visible(account, Premises.objects.filter(town=found))
        ],
        "waiting_list": waiting(found.pk) if account and answers_for(account, found) else [],
    }
    return render(request, "townworks/town.html", context)


def _is_outside(town: Town, change: StatusChange | None, day: date) -> bool:
    """Whether a town runs while a plan is in force: one that does not hold it, if none says so."""
    on_list = change is not None and bool(machine().states[change.to].list)
    return on_list and not town.practice and plan_on(day) is not None


def _figures(town: Town, day: date) -> list[Figure]:
    rows = Figure.objects.filter(town=town).known()
    rows = rows.exclude(valid_to__gt=day, evidence__in=("reported", "verified", "audited"))
    return list(rows.order_by("metric", "valid_to", "pk"))


@require_safe
def decisions(request: HttpRequest) -> HttpResponse:
    """What was decided, the newest first."""
    day = as_of(request)
    context = {"day": day, "decisions": overviews.latest_decisions(day, SHOWN)}
    return render(request, "townworks/decisions.html", context)


@require_safe
def project(request: HttpRequest, project_id: int) -> HttpResponse:
    """A project's quarters at each level of evidence."""
    found = find(request, Project, pk=project_id)
    account = account_of(request)
    rows = visible(account, Investment.objects.filter(project=found)).order_by("quarter", "pk")
    marked = [
        (
            row,
            account is not None
            and row.is_current
            and may_verify(row, "verified", account)
            and row.evidence == "reported",
        )
        for row in rows.select_related("recorded_by")
    ]
    told = [(row, may, evidence_of(row, account)) for row, may in marked]
    context = {"project": found, "rows": told, "is_office": is_office_of(account, found.town)}
    return render(request, "townworks/project.html", context)


@require_safe
def towns_geojson(request: HttpRequest) -> JsonResponse:
    """Towns for the map: a boundary where one is in force, else a marker at the county's seat."""
    day = as_of(request)
    one = request.GET.get("town", "")
    rows = overviews.standings(day, practice=True)
    rows = [row for row in rows if not row.town.practice or row.town.pk == one]
    of = Programme.objects.first()
    sectors = list(of.sectors) if of else []
    spots = places([row.town for row in rows])
    features = [_feature(row, spots.get(row.town.pk), sectors, of, day) for row in rows]
    features += [] if one else planned_features(day, account_of(request), sectors, of)
    return JsonResponse({"type": "FeatureCollection", "features": features})


def _feature(
    row: overviews.Standing,
    spot: tuple[float, float] | None,
    sectors: list[str],
    of: Programme | None,
    day: date,
) -> dict[str, object]:
    town, boundary = row.town, boundary_on(row.town, day)
    point = {"type": "Point", "coordinates": spot} if spot else None
    words = of.sectors.get(town.sector, {}) if of else {}
    return {
        "type": "Feature",
        "geometry": json.loads(boundary.geojson) if boundary else point,
        "properties": {
            "id": town.pk,
            "name": own(town),
            "url": reverse("town", args=[town.pk]),
            "sector": town.sector,
            "sector_label": words.get(language(), town.sector),
            "status": row.status,
            "status_label": word("status", row.status),
            "industry": own(town, "industry"),
            "colour_index": sectors.index(town.sector) if town.sector in sectors else 8,
            "planned_area_km2": float(town.planned_area_km2) if town.planned_area_km2 else None,
            "exact": boundary is not None,
        },
    }


@require_safe
def programme_chart(request: HttpRequest, name: str) -> HttpResponse:
    """Return a chart of the programme: investment, sectors or pace."""
    from townworks.report import charts

    day, of = as_of(request), Programme.objects.get()
    if name == "investment":
        frame = _amount_frame(overviews.programme_investment(day))
        spec = charts.programme_investment(
            frame,
            of.investment_target_cny or 0,
            language(),
            since=of.target_from,
            until=of.target_to,
            plan=plan_path(day),
        )
    elif name == "sectors":
        spec = charts.towns_by_sector(_sector_frame(day, of), language())
    else:
        spec = charts.ahead_behind(_pace_frame(day), language())
    return JsonResponse(spec) if spec else HttpResponse(status=204)


def _amount_frame(rows: list[overviews.Amount]) -> pl.DataFrame:
    schema: dict[str, Any] = {
        "period_end": pl.Date,
        "evidence": pl.String,
        "amount_cny": pl.Decimal(38, 2),
    }
    values = [(r.period_end, r.evidence, r.amount_cny) for r in rows]
    return pl.DataFrame(values, schema=schema, orient="row")


def _sector_frame(day: date, of: Programme) -> pl.DataFrame:
    rows = [
        {
            "sector": of.sectors.get(s.town.sector, {}).get(language(), s.town.sector),
            "status": s.status,
            "status_title": word("status", s.status),
            "towns": 1,
        }
        for s in overviews.standings(day)
        if s.on_list
    ]
    schema: dict[str, Any] = {
        "sector": pl.String,
        "status": pl.String,
        "status_title": pl.String,
        "towns": pl.Int64,
    }
    return pl.DataFrame(rows, schema=schema)


def _pace_frame(day: date) -> pl.DataFrame:
    towns = [s.town for s in overviews.standings(day) if s.on_list]
    reached, required = overviews.reached(towns, day), requirements_of(towns, day)
    rows = [
        (own(t), reached[t.pk], required[t.pk].by(day, t.listed_on))
        for t in towns
        if t.pk in reached
    ]
    money_type = pl.Decimal(38, 2)
    schema: dict[str, Any] = {
        "town": pl.String,
        "reached_cny": money_type,
        "required_cny": money_type,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


@require_safe
def town_chart(request: HttpRequest, town_id: str, name: str) -> HttpResponse:
    """Return a chart of a town: investment or enterprises."""
    from townworks.report import charts

    found, day = find(request, Town, pk=town_id), as_of(request)
    if name == "investment":
        path = requirement_of(found, day).path(found.listed_on)
        schema: dict[str, Any] = {"on": pl.Date, "required_cny": pl.Decimal(38, 2)}
        frame = _amount_frame(overviews.town_investment(found, day))
        planned = line_of(found, day, None)
        spec = charts.town_investment(
            frame,
            pl.DataFrame(path, schema=schema, orient="row"),
            language(),
            plan=line_path(planned.line) if planned else (),
        )
    else:
        rows = [(p.period_end, p.origin, p.enterprises) for p in overviews.presence(found, day)]
        columns: dict[str, Any] = {
            "period_end": pl.Date,
            "origin": pl.String,
            "enterprises": pl.Int64,
        }
        frame = pl.DataFrame(rows, schema=columns, orient="row")
        spec = charts.enterprises_over_time(frame, language())
    return JsonResponse(spec) if spec else HttpResponse(status=204)
