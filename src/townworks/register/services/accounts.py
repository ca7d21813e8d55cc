"""Accounts: made, closed and given new passwords by the programme office, never deleted."""

from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from townworks.register.audit import Act, write
from townworks.register.cases import lock, unbroken
from townworks.register.models import Account
from townworks.register.models.people import AREAS, DEPARTMENTS, ROLES
from townworks.register.permissions import is_closed
from townworks.register.refusals import NotAllowedError, Reason, RefusalError

DIGITS = {**{role: (n,) for role, n in AREAS.items()}, "department": (0, 2, 4, 6)}
"""Digits that a division code may have: a department is of the province (0 or 2) or of a part."""
HUMAN = tuple(role for role in ROLES if role != "system")


@dataclass(frozen=True)
class Secret:
    """A password that is never shown in a log or an error."""

    text: str

    def __repr__(self) -> str:
        """Hide it."""
        return "Secret(…)"


def create_account(account: Account, password: Secret, act: Act) -> Account:
    """Create an account; raises `RefusalError` with every reason (role, area, weak password).

    Raises `ValueError` for one that is there: it would be another person's.
    """
    if not account._state.adding:  # noqa: SLF001 (Django's documented API)
        raise ValueError(f"the account {account.username} is there already")
    _check_office(act)
    reasons = _account_reasons(account)
    reasons += _password_reasons(account, password)
    if reasons:
        raise RefusalError(reasons)
    account.set_password(password.text)
    with unbroken():
        return write(account, act)


def set_active(account: Account, active: bool, act: Act) -> Account:  # noqa: FBT001 (the state itself)
    """Close an account or open it again; nobody closes their own."""
    _check_office(act)
    if account.pk == act.account.pk or account.role == "system":
        raise NotAllowedError([Reason("own_account")])
    with transaction.atomic():
        locked = lock(account)
        locked.is_active = active
        write(locked, act)
    account.refresh_from_db()
    return account


def change_password(account: Account, password: Secret, act: Act) -> Account:
    """Set a password: one's own, or by the office, to be changed at the next sign-in.

    Nothing else of the account changes: one that was closed meanwhile stays closed.
    """
    own = act.account.pk == account.pk
    if not own:
        _check_office(act)
    if account.role == "system":
        raise NotAllowedError([Reason("own_account")])
    reasons = _password_reasons(account, password)
    if reasons:
        raise RefusalError(reasons)
    with transaction.atomic():
        locked = lock(account)
        locked.set_password(password.text)
        locked.must_change_password = not own
        write(locked, act)
    account.refresh_from_db()
    return account


def _check_office(act: Act) -> None:
    if act.account.role not in ("programme_office", "system") or is_closed(act.account):
        raise NotAllowedError([Reason("office_only")])


def _account_reasons(account: Account) -> list[Reason]:
    reasons = _place_reasons(account)
    if account.role not in HUMAN:
        reasons.append(Reason("no_role", "role"))
    if account.role == "department" and account.department not in DEPARTMENTS:
        reasons.append(Reason("no_department", "department"))
    if account.role == "town_office" and account.town_id is None:
        reasons.append(Reason("no_town", "town"))
    if account.role == "enterprise" and account.enterprise_id is None:
        reasons.append(Reason("no_enterprise", "enterprise"))
    return reasons


def _place_reasons(account: Account) -> list[Reason]:
    """Refuse a division code that is none, or of another level than the role's."""
    code, digits = account.place_code, DIGITS.get(account.role)
    is_number = code == "" or (code.isascii() and code.isdigit())
    if is_number and (digits is None or len(code) in digits):
        return []
    said = ", ".join(str(n) for n in digits or (0, 2, 4, 6))
    return [Reason("place_digits", "place_code", {"n": said})]


def _password_reasons(account: Account, password: Secret) -> list[Reason]:
    try:
        validate_password(password.text, account)
    except ValidationError as error:
        return [Reason("password", "password", {"why": " ".join(error.messages)})]
    return []
