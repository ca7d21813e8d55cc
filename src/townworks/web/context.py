"""What every page knows: who looks, in which language, on which day, what waits for them."""

from datetime import date

from django.core.cache import cache
from django.http import HttpRequest

from townworks.register.clock import today
from townworks.register.inbox import inbox, to_verify
from townworks.register.models import Account, Head, Programme
from townworks.web.access import account_of
from townworks.web.speech import language


def page(request: HttpRequest) -> dict[str, object]:
    """Values for the frame around every page."""
    account, day = account_of(request), today()
    return {
        "account": account,
        "language": language(),
        "today": day,
        "programme": Programme.objects.first(),
        "waiting": _waiting(account, day) if account else 0,
        "here": request.path,
    }


def _waiting(account: Account, day: date) -> int:
    """Count what waits for an account; counted anew only after something was recorded."""
    head = Head.objects.values_list("seq", flat=True).first()
    key = f"waiting:{account.pk}:{head}:{day}"
    known = cache.get(key)
    if known is None:
        known = sum(1 for item in inbox(account, day) if item.blocked is None)
        known += len(to_verify(account))
        cache.set(key, known, 3600)
    return int(known)
