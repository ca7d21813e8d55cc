"""The verbs of the register: migrate, load, verify, serve, demo."""

import os
import socket
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from townworks.errors import RequestError
from townworks.register.starting import (
    check_migrated,
    first_office,
    make_home,
    migrate,
    set_up,
    verify,
)
from townworks.workflow.bringing_in import who
from townworks.workflow.planned import PlanOrder, load_plan_file, shipped_plan
from townworks.workflow.register import load_published, opened, registry_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from townworks.register.chain_files import Verdict
    from townworks.register.loading import Loaded
    from townworks.register.practice import Login
    from townworks.register.services.plans import LoadedPlan

APPLICATION = "townworks.web.wsgi:application"
PRACTICE_DAY = date(2016, 6, 1)
LISTED = "79 towns of lists 1 and 2 · 前两批79个小镇"
"""Title of the plan that a practice register follows."""
PRACTICE_DAY = date(2016, 6, 1)
"""Day that the demo's calendar starts at: 79 towns are announced, the first year is assessed."""


def migrate_register(home: Path) -> list[str]:
    """Make or upgrade the register's database; returns what was applied."""
    make_home(home)
    set_up(home)
    return migrate()


@dataclass(frozen=True)
class LoadOptions:
    """What to load: a programme, a registry file for looking up codes, a first office account.

    plan: to be put into force in the name of `username` (""; the only office account).
    """

    programme: str | None
    registry: Path | None = None
    office: str | None = None
    plan: PlanOrder | None = None
    username: str = ""


@dataclass(frozen=True)
class LoadResult:
    """What was loaded; password: of the first office account, shown once."""

    programme: "Loaded | None"
    registry: "Loaded | None"
    password: str | None
    plan: "LoadedPlan | None" = None


def load_register(home: Path, options: LoadOptions) -> LoadResult:
    """Load a programme's published record, or a plan, into a register in earnest."""
    if not any((options.programme, options.registry, options.office, options.plan)):
        problem = "There is nothing to load"
        raise RequestError(problem, "Name a programme (zhejiang), or a plan with --plan plan.csv.")
    set_up(home)
    check_migrated()
    from townworks.register.clock import today
    from townworks.register.loading import load_registry

    day = today()
    loaded = load_published(options.programme, day, None) if options.programme else None
    registry = None
    if options.registry is not None:
        rows = registry_rows(options.registry)
        registry = load_registry(rows, options.registry.name, day)
    password = first_office(options.office, day) if options.office else None
    plan = None
    if options.plan is not None:
        plan = _put_into_force(home, options.plan, options.username or options.office or "")
    return LoadResult(loaded, registry, password, plan)


def _put_into_force(home: Path, order: PlanOrder, username: str) -> "LoadedPlan":
    from townworks.register.models import Programme

    if not Programme.objects.exists():
        problem = "The register holds no programme yet"
        raise RequestError(problem, "Load it first: townworks load zhejiang")
    account, day = who(home, username)
    return load_plan_file(order, account, day)


def verify_register(home: Path, anchors: Path | None) -> "Verdict":
    """Verify chain, tables and the rule of two persons."""
    set_up(home)
    check_migrated()
    return verify(anchors)


def prepare_demo(home: Path) -> "Sequence[Login]":
    """Make a practice register, or take the one that is there; returns the accounts."""
    os.environ.setdefault("TOWNWORKS_REQUIRE_TOTP", "0")
    migrate_register(home)
    from townworks.register.models import Programme
    from townworks.register.practice import tell
    from townworks.register.services.grants import Rules

    if not Programme.objects.exists():
        load_published("zhejiang", PRACTICE_DAY, PRACTICE_DAY)
    if Programme.objects.get().practice_day is None:
        problem = f"{home} holds a register in earnest"
        raise RequestError(problem, "Name another folder with --home.")
    definitions = opened("zhejiang")
    logins = tell(Rules(definitions.book, definitions.digest))
    _practise_plan()
    return logins


def _practise_plan() -> None:
    """Put the plan that ships with the programme into force, if one does and none is."""
    from townworks.register.clock import today
    from townworks.register.models import Account, Plan

    path = shipped_plan("zhejiang")
    if path is not None and not Plan.objects.exists():
        load_plan_file(PlanOrder(path, LISTED), Account.objects.get(username="office"), today())


@dataclass(frozen=True)
class ServeOptions:
    """Where to listen, and with how many processes."""

    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 2


def serve_register(home: Path, options: ServeOptions) -> None:
    """Serve until stopped (Granian, threads in `workers` processes); the home must be migrated."""
    check_port(options)
    set_up(home)
    check_migrated()
    import multiprocessing

    from granian import Granian
    from granian.constants import Interfaces

    multiprocessing.set_start_method("spawn", force=True)  # Polars does not survive a fork
    Granian(
        APPLICATION,
        address=options.host,
        port=options.port,
        interface=Interfaces.WSGI,
        workers=options.workers,
        blocking_threads=4,
        websockets=False,
        log_enabled=False,
    ).serve()


def check_port(options: ServeOptions) -> None:
    """Refuse an address that cannot be listened on, before any work."""
    with socket.socket(socket.AF_INET6 if ":" in options.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((options.host, options.port))
        except (OSError, OverflowError) as error:
            problem = f"{options.host}:{options.port} cannot be listened on ({error})"
            raise RequestError(problem, "Name another one with --port.") from None
