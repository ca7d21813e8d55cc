"""The registry of enterprises: a file brought in while one looks on, paused, gone on with."""

from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from townworks.errors import TownworksError
from townworks.register.models import RegistryImport
from townworks.register.refusals import RefusalError
from townworks.register.services.registry import is_alive, latest, pause
from townworks.schema.messages import catalogue, message
from townworks.web.access import me, needs_account
from townworks.web.forms import EvidenceForm, posted
from townworks.web.speech import language
from townworks.web.uploads import too_large
from townworks.workflow import background

COUNTS = ("total", "new", "changed", "same", "merged", "without_code", "rejected")
PREFIX = "registry."


@require_http_methods(["GET", "HEAD", "POST"])
@needs_account("programme_office")
def registry(request: HttpRequest) -> HttpResponse:
    """Say how far the registry is, and take a newer file."""
    form = EvidenceForm(posted(request), request.FILES or None)
    if request.method == "POST":
        dropped = too_large(request)
        if dropped is not None:
            form.errors.pop("file", None)
            form.add_error("file", dropped)
        elif form.is_valid() and _begun(request, form):
            return redirect("registry")
    found = latest()
    alive = found is not None and is_alive(found)
    context = {
        "form": form,
        "found": found,
        "alive": alive,
        "words": _words(),
        "state": message(f"{PREFIX}state.{found.state}", language()) if found else "",
        "progress": _progress(found),
        "counts": _counts(found),
    }
    part = "parts/registry.html" if request.headers.get("HX-Request") else "townworks/registry.html"
    return render(request, part, context, status=422 if form.errors else 200)


def _begun(request: HttpRequest, form: EvidenceForm) -> bool:
    """Keep the file and start; what is wrong with it is said at its field."""
    file = form.cleaned_data["file"]
    with NamedTemporaryFile(suffix=Path(file.name).suffix) as kept:
        for chunk in file.chunks():
            kept.write(chunk)
        kept.flush()
        try:
            background.start(Path(kept.name), Path(file.name).name, me(request))
        except RefusalError as error:
            form.add_error("file", " ".join(text for _, text in error.messages(language())))
        except TownworksError as error:
            form.add_error("file", str(error))
    return not form.errors


def _words() -> dict[str, str]:
    """Texts of the page, by the names that the template asks for."""
    return {
        key.removeprefix(PREFIX).replace(".", "_"): texts[language()]
        for key, texts in catalogue().items()
        if key.startswith(PREFIX)
    }


def _progress(found: RegistryImport | None) -> str:
    if found is None:
        return ""
    if not found.rows_total:
        return message(f"{PREFIX}counting", language())
    values = {"done": found.rows_done, "total": found.rows_total}
    return message(f"{PREFIX}progress", language(), **values)


def _counts(found: RegistryImport | None) -> list[tuple[str, Any]]:
    if found is None:
        return []
    return [
        (message(f"{PREFIX}rows.{name}", language()), getattr(found, f"rows_{name}"))
        for name in COUNTS
    ]


@require_POST
@needs_account("programme_office")
def registry_step(request: HttpRequest, step: str) -> HttpResponse:
    """Pause the import, or go on with it."""
    found, account = latest(), me(request)
    if found is not None and step == "pause":
        pause(found, account)
    elif found is not None and step == "resume":
        background.resume(found, account)
    return redirect("registry")
