"""The register of tests/unit/register, and windows to it."""

from collections.abc import Callable

import pytest
from django.test import Client
from tests.unit.register.conftest import (
    django_db_setup,
    evidence_folder,
    people,
    rules,
    town,
)

from townworks.register.models import Account

__all__ = ["django_db_setup", "evidence_folder", "people", "rules", "town"]
Window = Callable[[str], Client]


@pytest.fixture
def window(people: dict[str, Account], settings: object) -> Window:
    """Return a function that opens a window for a user name ("": the public)."""
    settings.REQUIRE_TOTP = False  # type: ignore[attr-defined]

    def opened(username: str) -> Client:
        client = Client()
        if username:
            backend = "django.contrib.auth.backends.ModelBackend"
            client.force_login(people[username], backend=backend)
        return client

    return opened
