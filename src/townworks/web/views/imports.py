"""Files brought in: handed over, looked at cell by cell, applied, undone."""

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from townworks.register.arrivals import Change
from townworks.register.arrivals.background import town_titles
from townworks.register.cases import Taking, take
from townworks.register.clock import today
from townworks.register.models import Account, Head, Import
from townworks.register.permissions import visible
from townworks.register.refusals import ConflictError, NotAllowedError, RefusalError
from townworks.register.services import imports as service
from townworks.schema.forms import forms, metrics
from townworks.web.access import find, me, needs_account
from townworks.web.forms import ImportForm, form_page, posted
from townworks.web.speech import language
from townworks.workflow import bringing_in
from townworks.workflow.returns import (
    Looked,
    Order,
    choices_of,
    listed,
    look_again,
    open_import,
    proposals,
    rejected,
)

OFFICES = ("programme_office", "town_office")
PAGE = 50
KEPT = 3
"""Readings kept in memory: to page through one is not to read the files again."""
CELL = ("file", "sheet", "cell", "check")


@require_safe
@needs_account(*OFFICES, "auditor")
def imports(request: HttpRequest) -> HttpResponse:
    """Every import, the newest first."""
    rows = visible(me(request), Import.objects.order_by("-pk")).select_related("opened_by", "town")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(request, "townworks/imports.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@needs_account(*OFFICES)
def new_import(request: HttpRequest) -> HttpResponse:
    """Hand files over; nothing of them is written yet."""
    account = me(request)
    quarter = {"quarter": request.GET.get("quarter", "")}
    form = ImportForm(posted(request), request.FILES or None, initial=quarter)
    if account.town_id:
        del form.fields["town"]

    def save(values: Mapping[str, Any]) -> str:
        with TemporaryDirectory() as folder:
            paths = [
                _kept(file, Path(folder, str(n))) for n, file in enumerate(values["workbooks"])
            ]
            town = values.get("town")
            order = Order(paths, town.pk if town else "", values["quarter"])
            case = open_import(order, account, today())
        return reverse("import", args=[case.pk])

    return form_page(request, form, save)


def _kept(file: Any, folder: Path) -> Path:
    folder.mkdir()
    path = folder / Path(file.name or "file").name
    path.write_bytes(file.read())
    return path


class _Memory:
    """The last readings of this process, by what they depend on."""

    def __init__(self) -> None:
        self.found: OrderedDict[tuple[object, ...], Looked] = OrderedDict()
        self.lock = Lock()

    def look(self, case: Import, account: Account) -> Looked:
        """Read an import's files again, unless neither it nor the register has changed since.

        An auditor sees what whoever brought the files in would see.
        """
        if account.role not in OFFICES:
            account = case.opened_by or account
        head = Head.objects.values_list("hash", flat=True).first()
        key = (case.pk, case.version, account.pk, head, today())
        with self.lock:
            if key not in self.found:
                self.found[key] = look_again(case, account, today())
                while len(self.found) > KEPT:
                    self.found.popitem(last=False)
            return self.found[key]


_MEMORY = _Memory()


@require_safe
@needs_account(*OFFICES, "auditor")
def import_page(request: HttpRequest, number: int) -> HttpResponse:
    """What an import would change, or has changed."""
    return _page(request, find(request, Import, pk=number))


def _page(request: HttpRequest, case: Import, error: RefusalError | None = None) -> HttpResponse:
    account = me(request)
    context: dict[str, Any] = {"case": case, "error": error and error.messages(language())}
    context["may"] = account.role in OFFICES
    if case.state == "previewed":
        looked = _MEMORY.look(case, account)
        context |= _told(request, case, looked)
    else:
        context["counts"] = case.counts
    return render(request, "townworks/import.html", context, status=422 if error else 200)


def _told(request: HttpRequest, case: Import, looked: Looked) -> dict[str, Any]:
    show = request.GET.get("show", "")
    choices = choices_of(case)
    rows = [_finding(row, choices) for row in looked.findings.iter_rows(named=True)]
    order = {"error": 0, "warning": 1, "note": 2}
    rows.sort(key=lambda row: order[row["severity"]])
    wanted = [row for row in rows if show in ("", row["severity"])]
    titles = town_titles()
    changes = [
        _change(each, titles) for each in looked.changes if each.kind in ("added", "changed")
    ]
    kept_out = [change for change in looked.changes if change.kind == "kept_out"]
    return {
        "looked": looked,
        "counts": looked.counts,
        "page": Paginator(wanted, PAGE).get_page(request.GET.get("page")),
        "changes": Paginator(changes, PAGE).get_page(request.GET.get("changes")),
        "kept_out": kept_out[:PAGE],
        "towns": sorted(looked.reading.towns.items()),
        "quarters": looked.reading.quarters,
        "undecided": looked.undecided(choices).height,
        "proposals": sum(1 for row in rows if row["action"] != "none" and not row["choice"]),
        "show": show,
    }


def _change(change: Change, titles: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """A change with the names that people know."""
    form, metric = forms().get(change.form), metrics().get(change.field)
    field = form.fields.get(change.field) if form else None
    label = metric.label if metric else (field.label if field else None)
    return {
        "town": titles.get(change.town_id or "", {}).get(language(), ""),
        "quarter": change.quarter or "",
        "subject": change.subject,
        "what": label[language()] if label else change.field,
        "before": change.before,
        "after": change.after,
        "source": change.source,
    }


def _finding(row: Mapping[str, Any], choices: Mapping[Any, str]) -> dict[str, Any]:
    cell = tuple(row[name] for name in CELL)
    message = row[f"message_{language()}"]
    decides = row["severity"] != "note" and (
        row["entry"] is not None or cell[3].endswith("guessed")
    )
    more = {"message": message, "choice": choices.get(cell, ""), "id": "\t".join(cell)}
    return {**row, **more, "decides": decides}


@require_POST
@needs_account(*OFFICES)
def import_step(request: HttpRequest, number: int, step: str) -> HttpResponse:
    """Decide on findings, apply, discard or undo."""
    case = find(request, Import, pk=number)
    if step not in _STEPS:
        raise Http404
    try:
        _STEPS[step](request, case)
    except (NotAllowedError, ConflictError):
        raise
    except RefusalError as error:
        return _page(request, find(request, Import, pk=number), error)
    return redirect("import", number)


def _accept(request: HttpRequest, case: Import) -> None:
    """Take over the choices of one page; others stay."""
    known = {
        tuple(row) for row in _MEMORY.look(case, me(request)).findings.select(CELL).iter_rows()
    }
    choices: dict[Any, str] = dict(choices_of(case))
    for number, text in enumerate(request.POST.getlist("cell")):
        cell = tuple(text.split("\t"))
        choice = request.POST.get(f"choice-{number}", "")
        if cell in known:
            choices.pop(cell, None)
            if choice in ("take", "keep"):
                choices[cell] = choice
    service.accept(case, listed(choices), _taking(request, "accept"))


def _accept_all(request: HttpRequest, case: Import) -> None:
    looked = _MEMORY.look(case, me(request))
    choices = {**proposals(looked), **choices_of(case)}
    service.accept(case, listed(choices), _taking(request, "accept"))


def _apply(request: HttpRequest, case: Import) -> None:
    account = me(request)
    looked = _MEMORY.look(case, account)
    bringing_in.apply(case, looked, Order((), choices=choices_of(case)), account)
    if request.POST.get("ask"):
        order = Order((), choices=choices_of(case))
        bringing_in.ask_all(looked, order, account, today())


def _discard(request: HttpRequest, case: Import) -> None:
    take(case, _taking(request, "discard"))


def _undo(request: HttpRequest, case: Import) -> None:
    service.undo(case, _taking(request, "undo"))


def _taking(request: HttpRequest, step: str) -> Taking:
    seen = request.POST.get("seen", "")
    version = int(seen) if seen.isdigit() else None
    reason = request.POST.get("reason", "")[:2000]
    return Taking(step, me(request), today(), reason=reason, seen_version=version)


_STEPS = {
    "accept": _accept,
    "accept-all": _accept_all,
    "apply": _apply,
    "discard": _discard,
    "undo": _undo,
}


@require_safe
@needs_account(*OFFICES, "auditor")
def import_file(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """Send every finding, or every value kept out, as a table for a spreadsheet."""
    case = find(request, Import, pk=number)
    looked = _MEMORY.look(case, me(request))
    if name not in ("findings", "kept-out"):
        raise Http404
    table = looked.findings if name == "findings" else rejected(looked)
    answer = HttpResponse(bringing_in.as_csv(table), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="import-{number}-{name}.csv"'
    return answer
