"""A register with the practice town in it, made once; each test has a transaction of its own."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as django_settings

from townworks.register.models import Account, Town
from townworks.register.practice import TOWN, tell
from townworks.register.services.grants import Rules
from townworks.workflow.register import load_published, opened

DAY = date(2016, 6, 1)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: object) -> None:  # noqa: ARG001
    """Fill the test database once with the published record and the practice town."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        fill()


def fill() -> None:
    """Load what `townworks demo` loads."""
    load_published("zhejiang", DAY, DAY)
    programme = opened("zhejiang")
    tell(Rules(programme.book, programme.digest))


@pytest.fixture
def rules() -> Rules:
    programme = opened("zhejiang")
    return Rules(programme.book, programme.digest)


@pytest.fixture
def people(db: None) -> dict[str, Account]:  # noqa: ARG001
    """Accounts of the practice register by their user names."""
    return {account.username: account for account in Account.objects.all()}


@pytest.fixture
def town(db: None) -> Town:  # noqa: ARG001
    return Town.objects.get(pk=TOWN)


@pytest.fixture(autouse=True)
def evidence_folder(tmp_path: Path) -> Iterator[Path]:
    """Keep uploaded files out of the working folder."""
    before = django_settings.MEDIA_ROOT
    django_settings.MEDIA_ROOT = tmp_path
    yield tmp_path
    django_settings.MEDIA_ROOT = before
