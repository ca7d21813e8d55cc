"""Who asks, and whether the record they ask for is theirs to see."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode

from townworks.register.clock import today
from townworks.register.models import Account
from townworks.register.permissions import visible
from townworks.register.refusals import NotAllowedError, Reason

M = TypeVar("M", bound=Model)
P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def account_of(request: HttpRequest) -> Account | None:
    """Return the account that is signed in, or None for the public."""
    user = getattr(request, "user", None)
    if not isinstance(user, Account) or not user.is_active:
        return None
    found = getattr(user, "_wrapped", user)  # the account itself, not what loads it late
    return found if isinstance(found, Account) else None


def needs_account(*roles: str) -> Callable[[View[P]], View[P]]:
    """Ask for a sign-in, and for one of the roles where some are named."""

    def wrapper(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            account = account_of(request)
            if account is None:
                return redirect(
                    f"{reverse('sign_in')}?{urlencode({'next': request.get_full_path()})}"
                )
            if roles and account.role not in roles:
                raise NotAllowedError([Reason("not_for_role")])
            return view(request, *args, **kwargs)

        return guarded  # type: ignore[return-value]

    return wrapper


def me(request: HttpRequest) -> Account:
    """Return the account of a guarded view."""
    account = account_of(request)
    if account is None:
        raise NotAllowedError([Reason("not_for_role")])
    return account


def find(request: HttpRequest, model: type[M], **where: Any) -> M:
    """Return a record that the asker may see; 404 for all others, whether they are there or not."""
    rows = visible(account_of(request), model._default_manager.filter(**where))  # noqa: SLF001
    found = rows.first()
    if found is None:
        raise Http404
    return found  # type: ignore[no-any-return]


def as_of(request: HttpRequest) -> date:
    """Day that a page is asked for (?as_of=2016-06-01); the register's day where it is none."""
    now = today()
    try:
        asked = date.fromisoformat(request.GET.get("as_of", ""))
    except ValueError:
        return now
    return min(asked, now)
