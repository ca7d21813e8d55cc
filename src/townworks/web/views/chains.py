"""A town's industry chain: what it has, what it lacks, who could come, who could work together."""

from functools import partial
from typing import Any

import polars as pl
from django.db.models import Count, Max, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from townworks.register.models import (
    Account,
    Admission,
    Enterprise,
    Partnership,
    RegistryEntry,
    Town,
)
from townworks.register.models.imports import RegistryImport
from townworks.register.permissions import answers_for, visible
from townworks.register.practice import SOURCE
from townworks.register.services.towns import is_office_of
from townworks.schema.chains import Chain
from townworks.web.access import account_of, as_of, find
from townworks.web.speech import language
from townworks.workflow.chain_map import Place
from townworks.workflow.town_chain import (
    COLUMNS,
    Rows,
    TownChain,
    chain_of_town,
    mark,
    picture_style,
    registry_of,
    town_chain,
)

SHOWN = 20
"""Rows of a list."""
_FIELDS = ["credit_code" if name == "enterprise_id" else name for name in COLUMNS]


@require_safe
def chain(request: HttpRequest, town_id: str) -> HttpResponse:
    """Show the chain of a town; ``?picture=1`` gives the picture alone, for the town's page.

    Leads and partners are shown to who answers for the town; ``?with=<credit code>`` asks what if
    that enterprise entered.
    """
    town = find(request, Town, pk=town_id)
    account = account_of(request)
    entrant = request.GET.get("with", "").strip()
    found = _found(request, town, entrant)
    speaks = language()
    context: dict[str, Any] = {
        "town": town,
        "found": found,
        "picture": found.picture(speaks),
        "then": found.picture_then(speaks),
        "title": found.chain.title[speaks],
        "stages": [row | {"title": row[f"stage_{speaks}"]} for row in found.gaps.to_dicts()],
        "answers": account is not None and answers_for(account, town),
        "is_office": is_office_of(account, town),
        "leads": _leads(found, speaks),
        "enterprises": _titled(found, found.enterprises.head(SHOWN), speaks),
        "entrants": _titled(found, found.entrants.head(SHOWN), speaks),
        "partners": _partners(found, speaks, _live(account, town)),
        "asked": entrant,
        "entrant_stages": [t[speaks] for t in found.entrant.titles] if found.entrant else [],
    }
    name = "parts/chain_picture.html" if request.GET.get("picture") else "townworks/chain.html"
    return render(request, name, context)


def _found(request: HttpRequest, town: Town, entrant: str) -> TownChain:
    """Ask the workflow, with the admissions that count on the day of the page."""
    day = as_of(request)
    effective = Admission.objects.filter(town=town, state="effective", admitted_on__lte=day)
    codes = list(effective.values_list("enterprise__credit_code", flat=True))
    registry = registry_of(_mark(town.practice), Rows(partial(_read, practice=town.practice)))
    place = Place(town.pk, town.name_zh, town.county_code, town.county_zh)
    return town_chain(registry, _chain_of(town), place, codes, day, entrant)


def _chain_of(town: Town) -> Chain:
    """Return the chain of the town's industry; 404 where it has none."""
    found = chain_of_town(town.pk, town.industry_zh)
    if found is None:
        raise Http404
    return found


def _mark(practice: bool) -> tuple[object, ...]:  # noqa: FBT001  part of the mark
    """Return what changes when an enterprise is taken in or a registry is imported."""
    imports = RegistryImport.objects.aggregate(
        last=Max("pk"), new=Sum("rows_new"), changed=Sum("rows_changed")
    )
    own = Enterprise.objects.aggregate(n=Count("pk"), last=Max("pk"))
    return (practice, *imports.values(), *own.values(), RegistryEntry.objects.count())


def _read(*, practice: bool) -> list[tuple[object, ...]]:
    """Read all registrations, and what the register has beside them; invented only if asked for."""
    entries = RegistryEntry.objects.all()
    if not practice:
        entries = entries.exclude(imported_from=SOURCE)
    known = entries.order_by("pk").values_list(*_FIELDS)
    allowed = Q(practice=False) | Q(practice=practice)
    beside = Enterprise.objects.filter(allowed).exclude(
        credit_code__in=RegistryEntry.objects.values("credit_code")
    )
    return [*known, *beside.order_by("pk").values_list(*_FIELDS)]


def _leads(found: TownChain, speaks: str) -> dict[str, list[dict[str, Any]]]:
    leads: dict[str, list[dict[str, Any]]] = {}
    for row in found.leads.to_dicts():
        marked = mark(row["name"], row["terms"].split("、"))
        said = {"marked": marked, "reason": row[f"reason_{speaks}"]}
        leads.setdefault(row["stage_id"], []).append(row | said)
    return leads


def _titled(found: TownChain, table: pl.DataFrame, speaks: str) -> list[dict[str, Any]]:
    """Return rows with the titles of their stages."""
    titles = {stage.stage_id: stage.title[speaks] for stage in found.chain.stages}
    return [
        row | {"titles": [titles[stage] for stage in row["stages"].split("、")]}
        for row in table.to_dicts()
    ]


def _partners(
    found: TownChain, speaks: str, live: dict[frozenset[str], Partnership]
) -> list[dict[str, Any]]:
    """Return whom to bring together, and beside them what they do together already (`case`)."""
    titles = {stage.stage_id: stage.title[speaks] for stage in found.chain.stages}
    return [
        row
        | {"from": titles[row["source"]], "to": titles[row["target"]]}
        | {"case": live.get(frozenset((row["supplier_code"], row["buyer_code"])))}
        for row in found.partners.head(SHOWN).to_dicts()
    ]


def _live(account: Account | None, town: Town) -> dict[frozenset[str], Partnership]:
    """Partnerships of the town that are proposed or in force, by the codes of the two."""
    rows = Partnership.objects.filter(
        town=town, partner__isnull=False, state__in=("proposed", "confirmed")
    ).select_related("proposer", "partner")
    return {
        frozenset((each.proposer.credit_code, each.partner.credit_code)): each
        for each in visible(account, rows)
        if each.partner
    }


@require_safe
@cache_control(public=True, max_age=86_400)
def style(_: HttpRequest) -> HttpResponse:
    """CSS of the picture of a chain, the same as in the page that `townworks chain` writes."""
    return HttpResponse(picture_style(), content_type="text/css; charset=utf-8")
