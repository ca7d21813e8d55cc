"""Setting up Django from the outside: a home folder, a database, the published record."""

import os
import secrets
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from townworks.errors import OutputError, RequestError

if TYPE_CHECKING:
    from townworks.register.chain_files import Verdict

SETTINGS = "townworks.web.settings"
KEY = "secret-key"


def set_up(home: Path) -> Path:
    """Point Django to a home and start it; returns the home. Once a process.

    The database is SQLite in the home, or what `TOWNWORKS_DATABASE_URL` says.
    """
    folder = home.resolve()
    os.environ["TOWNWORKS_HOME"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", SETTINGS)
    import django

    django.setup()
    return folder


def make_home(home: Path) -> None:
    """Make the home and its secret key, which only its owner may read."""
    try:
        home.mkdir(parents=True, exist_ok=True)
        key = home / KEY
        if not key.exists():
            key.touch(mode=0o600)
            key.write_text(secrets.token_urlsafe(48), encoding="ascii")
    except OSError as error:
        raise OutputError(home, error.strerror or str(error)) from None


def migrate() -> list[str]:
    """Bring the tables up to date; returns the names of what was applied."""
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.recorder import MigrationRecorder

    recorder = MigrationRecorder(connection)
    before = set(recorder.applied_migrations())
    call_command("migrate", verbosity=0, interactive=False)
    applied = set(MigrationRecorder(connection).applied_migrations()) - before
    return [f"{app} {name}" for app, name in sorted(applied)]


def check_migrated() -> None:
    """Refuse to go on with a database whose tables are missing or old."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor
    from django.db.utils import OperationalError

    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except OperationalError as error:
        problem = f"The database cannot be reached: {str(error).splitlines()[0]}"
        raise RequestError(problem, "Check TOWNWORKS_DATABASE_URL, or --home.") from None
    if missing:
        problem = f"The database lacks {len(missing)} migrations"
        raise RequestError(problem, "Run: townworks migrate")


def first_office(username: str, today: date) -> str:
    """Make the first account of a programme office, and return its password, shown this once."""
    from townworks.register.audit import Act
    from townworks.register.loading import loader
    from townworks.register.models import Account
    from townworks.register.services.accounts import Secret, create_account

    if Account.objects.filter(role="programme_office").exists():
        problem = "The register has an account of the programme office"
        raise RequestError(problem, "It makes further accounts, on the page Accounts.")
    password = secrets.token_urlsafe(15)
    account = Account(
        username=username, name=username, role="programme_office", must_change_password=True
    )
    create_account(account, Secret(password), Act(loader(), "create", today))
    return password


def verify(anchors: Path | None) -> "Verdict":
    """Verify the database at hand; a sound head is added to the file of anchors."""
    from townworks.register.chain_files import keep_anchor, read_anchors
    from townworks.register.verification import verify_database

    verdict = verify_database(read_anchors(anchors) if anchors else ())
    if anchors is not None and not verdict.faults:
        keep_anchor(anchors, verdict.head)
    return verdict
