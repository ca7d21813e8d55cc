"""Files to take away: templates, the register's tables, its records as forms, the bulletin."""

import zipfile
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from csp.decorators import csp_update
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from townworks.register.clock import today
from townworks.register.models import Account, Town
from townworks.register.permissions import answers_for
from townworks.register.quarters import quarter_days, quarter_of
from townworks.schema.bulletin import Bulletin
from townworks.web.access import as_of, find, me, needs_account
from townworks.web.speech import language
from townworks.web.views.returns import OFFICES
from townworks.workflow import bulletins, giving_out

KINDS = ("csv", "xlsx", "parquet", "geojson")
TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "zip": "application/zip",
    "html": "text/html; charset=utf-8",
}


def _download(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type=TYPES[name.rpartition(".")[2]])
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@require_safe
@needs_account(*OFFICES)
def template(request: HttpRequest, name: str) -> HttpResponse:
    """Send a template; that of the return begins with what is known of the town."""
    if name not in ("return", "all"):
        raise Http404
    known = None
    account = me(request)
    wanted = account.town_id or request.GET.get("town", "")
    if wanted and name == "return":
        town = find(request, Town, pk=wanted)
        if not answers_for(account, town):
            raise Http404
        known = giving_out.known_of_town(town.pk, request.GET.get("quarter", ""))
    content = giving_out.template_bytes((name,), language(), known)
    return _download(content, f"{name}.xlsx")


@require_safe
@needs_account("programme_office", "auditor")
def exports(request: HttpRequest) -> HttpResponse:
    """Say what can be taken away."""
    return render(request, "townworks/exports.html", {"kinds": KINDS, "day": as_of(request)})


@require_safe
@needs_account("programme_office", "auditor")
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """Send every table as of a day, with its data package, as one archive; or the forms."""
    if kind == "forms":
        return _download(giving_out.form_bytes(language()), "forms.xlsx")
    if kind not in KINDS:
        raise Http404
    day = as_of(request)
    buffer = BytesIO()
    with TemporaryDirectory() as folder, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for path in giving_out.export_tables_of(Path(folder, "tables"), kind, day):
            file.write(path, path.name)
    return _download(buffer.getvalue(), f"townworks-{day.isoformat()}-{kind}.zip")


def _seen_by(account: Account, found: Bulletin) -> Bulletin:
    """Leave out what projects invested and what was asked in towns that are not the account's."""
    towns = Town.objects.in_bulk([town.town_id for town in found.towns])
    shown = (
        town if answers_for(account, towns[town.town_id]) else replace(town, projects=(), asked=())
        for town in found.towns
    )
    return replace(found, towns=tuple(shown))


@csp_update({"style-src": [bulletins.style_of()]})  # type: ignore[arg-type]
@require_safe
@needs_account(*OFFICES)
def bulletin(request: HttpRequest, quarter: str, kind: str = "page") -> HttpResponse:
    """Show the bulletin of a quarter that is over, or send it as a page or a document."""
    if quarter >= quarter_of(today()):
        raise Http404
    quarter_days(quarter)
    found = _seen_by(me(request), bulletins.bulletin_of(quarter, as_of(request)))
    if kind == "page":
        content = bulletins.rendered(found, language(), "html")
        return HttpResponse(content, content_type=TYPES["html"])
    return _download(bulletins.rendered(found, language(), kind), f"bulletin-{quarter}.{kind}")
