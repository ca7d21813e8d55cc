"""Signing in: password, second factor, lock-out, first password, and headers of every page."""

import pytest
from django.test import Client
from django_otp.oath import totp
from django_otp.plugins.otp_totp.models import TOTPDevice
from tests.unit.web.conftest import Window

from townworks.register.models import Account, Event

pytestmark = pytest.mark.django_db
SECRET = "a-long-password-of-nobody"  # noqa: S105


@pytest.fixture
def fang(people: dict[str, Account]) -> Account:
    account = people["office"]
    account.set_password(SECRET)
    account.save()
    return account


def enter(client: Client, password: str = SECRET) -> int:
    data = {"username": "office", "password": password}
    return client.post("/sign-in/", data).status_code


def test_a_wrong_password_says_nothing_about_the_name(fang: Account) -> None:
    client = Client()
    wrong = client.post("/sign-in/", {"username": fang.username, "password": "x"})
    nobody = client.post("/sign-in/", {"username": "nobody-here", "password": "x"})
    assert wrong.status_code == nobody.status_code == 401
    assert "User name or password do not fit" in nobody.content.decode()


def test_five_failures_lock_the_name_also_for_the_right_password(fang: Account) -> None:
    client = Client()
    statuses = [enter(client, "wrong") for _ in range(6)]
    assert statuses[:4] == [401] * 4
    assert statuses[5] == 429
    assert enter(Client()) == 429
    assert fang.is_active


def test_an_office_must_enrol_a_second_factor_and_then_use_it(
    fang: Account, settings: object
) -> None:
    settings.REQUIRE_TOTP = True  # type: ignore[attr-defined]
    client = Client()
    assert enter(client) == 302
    assert client.get("/inbox/").headers["Location"] == "/second-factor/new/"
    assert client.get("/second-factor/code.svg").status_code == 404
    assert client.get("/second-factor/new/").status_code == 200
    assert client.get("/second-factor/code.svg")["Content-Type"] == "image/svg+xml"
    device = TOTPDevice.objects.get(user=fang)
    assert client.post("/second-factor/new/", {"token": "000000"}).status_code == 401
    digits = f"{totp(device.bin_key):06d}"
    TOTPDevice.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
    assert client.post("/second-factor/new/", {"token": digits}).status_code == 302
    assert client.get("/inbox/").status_code == 200
    fresh = Client()
    assert enter(fresh) == 302
    assert fresh.get("/inbox/").headers["Location"] == "/second-factor/"
    for path in ("/accounts/new/", "/account/password/", "/second-factor/new/", "/nothing/"):
        assert fresh.get(path).headers["Location"] == "/second-factor/", path
    assert Event.objects.filter(action="enrol_second_factor").exists()


def test_a_first_password_must_be_changed(fang: Account, window: Window) -> None:
    fang.must_change_password = True
    fang.save()
    client = window("office")
    assert client.get("/inbox/").headers["Location"] == "/account/password/"
    weak = {"old_password": SECRET, "password": "short"}
    assert client.post("/account/password/", weak).status_code == 422
    wrong = {"old_password": "x", "password": "another-long-password-9"}
    assert client.post("/account/password/", wrong).status_code == 422
    good = {"old_password": SECRET, "password": "another-long-password-9"}
    assert client.post("/account/password/", good).status_code == 302
    assert client.get("/inbox/").status_code == 200


def test_nobody_is_sent_to_another_site(fang: Account) -> None:
    data = {"username": fang.username, "password": SECRET, "next": "https://evil.example/"}
    assert Client().post("/sign-in/", data).headers["Location"] == "/inbox/"
    language = Client().post("/language/", {"language": "zh", "next": "//evil.example/"})
    assert language.headers["Location"] == "/"


def test_a_closed_account_is_out_at_once(window: Window) -> None:
    office, county = window("office"), window("county")
    account = Account.objects.get(username="county")
    assert county.get("/inbox/").status_code == 200
    assert office.post(f"/accounts/{account.pk}/switch/").status_code == 302
    assert county.get("/inbox/").status_code == 302


def test_every_page_has_a_strict_policy(window: Window) -> None:
    answer = window("").get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
