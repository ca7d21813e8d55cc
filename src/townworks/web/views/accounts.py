"""Signing in with password and second factor, one's own account, and the accounts of others."""

from collections.abc import Mapping
from typing import Any

import segno
from django.conf import settings
from django.contrib.auth import authenticate, login, logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import (
    require_GET,
    require_http_methods,
    require_POST,
    require_safe,
)
from django_otp import devices_for_user
from django_otp import login as otp_login
from django_otp.plugins.otp_totp.models import TOTPDevice

from townworks.register.audit import Act, append, state
from townworks.register.clock import move_to, today
from townworks.register.models import Account
from townworks.register.services.accounts import (
    Secret,
    change_password,
    create_account,
    set_active,
)
from townworks.register.services.admissions import take_in
from townworks.web.access import account_of, me, needs_account
from townworks.web.forms import (
    AccountForm,
    CalendarForm,
    PasswordForm,
    SignInForm,
    TokenForm,
    form_page,
    posted,
)
from townworks.web.speech import say

FORM = require_http_methods(["GET", "HEAD", "POST"])


def _next(request: HttpRequest) -> str:
    """Page to go on to: one of ours, never another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if safe else reverse(settings.LOGIN_REDIRECT_URL)


@FORM
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for user name and password; five failures lock a name for a quarter of an hour."""
    form = SignInForm(posted(request))
    if request.method == "POST" and form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if isinstance(user, Account):
            login(request, user)
            return redirect(_next(request))
        if getattr(request, "axes_locked_out", False):
            return locked_out(request, {})
        form.add_error(None, say("sign_in.wrong"))
    context = {"form": form, "title": say("form.sign_in"), "next": request.GET.get("next", "")}
    return render(request, "townworks/sign_in.html", context, status=401 if form.errors else 200)


def locked_out(request: HttpRequest, _: Mapping[str, Any], *__: object) -> HttpResponse:
    """Say that a name is locked, and for how long."""
    minutes = int(settings.AXES_COOLOFF_TIME * 60)
    texts = [say("sign_in.locked", minutes=minutes)]
    return render(request, "townworks/refused.html", {"texts": texts, "status": 429}, status=429)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect(settings.LOGOUT_REDIRECT_URL)


@FORM
@needs_account()
def second_factor(request: HttpRequest) -> HttpResponse:
    """Ask for the six digits of the account's authenticator."""
    form = TokenForm(posted(request))
    if request.method == "POST" and form.is_valid():
        for device in devices_for_user(me(request)):
            if device.verify_token(form.cleaned_data["token"]):
                otp_login(request, device)
                return redirect(_next(request))
        form.add_error("token", say("sign_in.wrong_token"))
    context = {"form": form, "title": say("form.token")}
    return render(request, "townworks/form.html", context, status=401 if form.errors else 200)


@FORM
@needs_account()
def enrol(request: HttpRequest) -> HttpResponse:
    """Show the key of a new authenticator, and confirm it by its first six digits."""
    account = me(request)
    if TOTPDevice.objects.filter(user=account, confirmed=True).exists():
        return redirect("own_account")
    device, _ = TOTPDevice.objects.get_or_create(user=account, confirmed=False, name="totp")
    form = TokenForm(posted(request))
    if request.method == "POST" and form.is_valid():
        if device.verify_token(form.cleaned_data["token"]):
            device.confirmed = True
            device.save()
            before = state(account)
            append(Act(account, "enrol_second_factor", today()), account, before, before)
            otp_login(request, device)
            return redirect(_next(request))
        form.add_error("token", say("sign_in.wrong_token"))
    context = {"form": form, "key": device.bin_key.hex(), "secret": _base32(device)}
    return render(request, "townworks/enrol.html", context, status=401 if form.errors else 200)


def _base32(device: TOTPDevice) -> str:
    from base64 import b32encode

    return b32encode(device.bin_key).decode().rstrip("=")


@require_GET
@needs_account()
def qr(request: HttpRequest) -> HttpResponse:
    """Draw the code that an authenticator scans; only until it is confirmed."""
    device = get_object_or_404(TOTPDevice, user=me(request), confirmed=False)
    picture = segno.make(device.config_url, error="m").svg_inline(scale=5, border=2)
    answer = HttpResponse(picture.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))
    answer["Content-Type"] = "image/svg+xml"
    answer["Cache-Control"] = "no-store"
    return answer


@FORM
@sensitive_post_parameters("password", "old_password")
@needs_account()
def password(request: HttpRequest) -> HttpResponse:
    """Change one's own password."""
    account = me(request)
    form = PasswordForm(posted(request))

    def save(values: Mapping[str, Any]) -> str:
        act = Act(account, "change_password", today())
        update_session_auth_hash(request, change_password(account, Secret(values["password"]), act))
        return reverse("own_account")

    asked = request.method == "POST" and form.is_valid()
    if asked and not account.check_password(form.cleaned_data["old_password"]):
        form.add_error("old_password", say("sign_in.wrong"))
    return form_page(request, form, save)


@require_safe
@needs_account()
def own_account(request: HttpRequest) -> HttpResponse:
    """Who one is here, and how one signs in."""
    has_factor = TOTPDevice.objects.filter(user=me(request), confirmed=True).exists()
    return render(request, "townworks/own_account.html", {"has_factor": has_factor})


@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie, and with the account where there is one."""
    code = "zh-hans" if request.POST.get("language") == "zh" else "en"
    answer = HttpResponseRedirect(_back(request))
    answer.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=31_536_000,
        samesite="Lax",
        httponly=True,
        secure=settings.HTTPS,
    )
    return answer


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if safe else reverse("programme")


@require_safe
@needs_account("programme_office", "auditor")
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account, for those who make them and those who audit."""
    rows = Account.objects.exclude(role="system").select_related("town", "enterprise")
    return render(request, "townworks/accounts.html", {"rows": rows})


@FORM
@sensitive_post_parameters("password")
@needs_account("programme_office")
def new_account(request: HttpRequest) -> HttpResponse:
    """Make an account; its first password must be changed at the first sign-in."""
    act = Act(me(request), "create", today())

    def save(values: Mapping[str, Any]) -> str:
        code = values["credit_code"]
        account = Account(
            **{n: values[n] for n in ("username", "name", "role", "department", "place_code")},
            town=values["town"] if values["role"] == "town_office" else None,
            enterprise=take_in(code, act) if code and values["role"] == "enterprise" else None,
            must_change_password=True,
        )
        create_account(account, Secret(values["password"]), act)
        return reverse("accounts")

    return form_page(request, AccountForm(posted(request)), save)


@require_POST
@needs_account("programme_office")
def switch_account(request: HttpRequest, account_id: int) -> HttpResponse:
    """Close an account, or open it again."""
    found = get_object_or_404(Account, pk=account_id)
    action = "close" if found.is_active else "open"
    set_active(found, not found.is_active, Act(me(request), action, today()))
    return redirect("accounts")


@FORM
@needs_account()
def calendar(request: HttpRequest) -> HttpResponse:
    """Move a practice register's calendar on."""
    form = CalendarForm(posted(request), initial={"day": today()})

    def save(values: Mapping[str, Any]) -> str:
        move_to(values["day"], me(request))
        return _next(request)

    return form_page(request, form, save)


def is_signed_in(request: HttpRequest) -> bool:
    """Whether somebody is signed in."""
    return account_of(request) is not None
