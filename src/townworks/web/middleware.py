"""What stands before every page: sign-in finished, refusals as pages instead of faults."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse

from townworks.register.models import Account
from townworks.register.refusals import ConflictError, NotAllowedError, RefusalError
from townworks.web.speech import language

Answer = Callable[[HttpRequest], HttpResponse]
ALWAYS = frozenset({"sign_in", "sign_out", "language"})
"""Pages that open whatever is missing."""
THERE = {"second_factor": {"second_factor"}, "enrol": {"enrol", "qr"}, "password": {"password"}}
"""Pages that mend what is missing; until then no other opens, also not the one for passwords."""
NO_SECOND_FACTOR = frozenset({"enterprise"})
"""Roles that may sign in with a password alone: they decide nothing for others."""


class RefusalMiddleware:
    """Turn what the register refuses into a page: 403, 404, 409 or 400, in both languages."""

    def __init__(self, answer: Answer) -> None:
        """Take what answers."""
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass on."""
        return self.answer(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer a refusal; everything else is a fault of ours and stays one."""
        if not isinstance(error, RefusalError):
            return None
        status = 400
        if isinstance(error, NotAllowedError):
            hidden = any(reason.key == "not_there" for reason in error.reasons)
            status = 404 if hidden else 403
        if isinstance(error, ConflictError):
            status = 409
        texts = [text for _, text in error.messages(language())]
        return render(
            request, "townworks/refused.html", {"texts": texts, "status": status}, status=status
        )


class SignInMiddleware:
    """Let nobody on who has not finished signing in: second factor, password to be changed."""

    def __init__(self, answer: Answer) -> None:
        """Take what answers."""
        self.answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Send to what is missing, or on."""
        missing = self._missing(request)
        if missing is not None and not self._opens(request, missing):
            return redirect(reverse(missing))
        return self.answer(request)

    def _opens(self, request: HttpRequest, missing: str) -> bool:
        try:
            name = resolve(request.path_info).url_name
        except Resolver404:
            return False
        return name in ALWAYS or name in THERE[missing]

    def _missing(self, request: HttpRequest) -> str | None:
        user = request.user
        if not isinstance(user, Account) or request.path_info.startswith(f"/{settings.STATIC_URL}"):
            return None
        if not request.user.is_verified():  # type: ignore[union-attr]
            from django_otp import user_has_device

            if user_has_device(user):
                return "second_factor"
            if settings.REQUIRE_TOTP and user.role not in NO_SECOND_FACTOR:
                return "enrol"
        return "password" if user.must_change_password else None
