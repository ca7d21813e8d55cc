"""A town's industry chain: what it has, what it lacks, who could come, who could work together."""

from functools import partial
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from townworks.register.models import Admission, Enterprise, RegistryEntry, Town
from townworks.register.models.imports import RegistryImport
from townworks.register.permissions import answers_for
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
    picture_style,
    registry_of,
    town_chain,
)

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
        "title": found.chain.title[speaks],
        "stages": [row | {"title": row[f"stage_{speaks}"]} for row in found.gaps.to_dicts()],
        "names": {stage: node.names for stage, node in found.nodes.items()},
        "answers": account is not None and answers_for(account, town),
        "is_office": is_office_of(account, town),
        "leads": _leads(found, speaks),
        "partners": _partners(found, speaks),
        "asked": entrant,
        "entrant_stages": [t[speaks] for t in (found.entrant or {}).get("titles", [])],  # type: ignore[attr-defined]
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
    known = RegistryEntry.objects.order_by("pk").values_list(*_FIELDS)
    allowed = Q(practice=False) | Q(practice=practice)
    beside = Enterprise.objects.filter(allowed).exclude(
        credit_code__in=RegistryEntry.objects.values("credit_code")
    )
    return [*known, *beside.order_by("pk").values_list(*_FIELDS)]


def _leads(found: TownChain, speaks: str) -> dict[str, list[dict[str, Any]]]:
    leads: dict[str, list[dict[str, Any]]] = {}
    for row in found.leads.to_dicts():
        leads.setdefault(row["stage_id"], []).append(row | {"reason": row[f"reason_{speaks}"]})
    return leads


def _partners(found: TownChain, speaks: str) -> list[dict[str, Any]]:
    titles = {stage.stage_id: stage.title[speaks] for stage in found.chain.stages}
    return [
        row | {"from": titles[row["source"]], "to": titles[row["target"]]}
        for row in found.partners.head(20).to_dicts()
    ]


@require_safe
@cache_control(public=True, max_age=86_400)
def style(_: HttpRequest) -> HttpResponse:
    """CSS of the picture of a chain, the same as in the page that `townworks chain` writes."""
    return HttpResponse(picture_style(), content_type="text/css; charset=utf-8")
