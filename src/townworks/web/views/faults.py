"""Pages for what went wrong: not there, not allowed, not understood, our fault."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from townworks.web.speech import say


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Nothing is there, or nothing for the asker."""
    return _fault(request, 404)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Refuse what is not allowed."""
    return _fault(request, 403)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001
    """Refuse what is no request."""
    return _fault(request, 400)


def our_fault(request: HttpRequest) -> HttpResponse:
    """Own up."""
    return _fault(request, 500)


def _fault(request: HttpRequest, status: int) -> HttpResponse:
    texts = [say(f"fault.{status}")]
    return render(
        request, "townworks/refused.html", {"texts": texts, "status": status}, status=status
    )
