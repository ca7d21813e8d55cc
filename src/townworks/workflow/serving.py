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
from townworks.workflow.register import load_published, opened, registry_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from townworks.register.chain_files import Verdict
    from townworks.register.loading import Loaded
    from townworks.register.practice import Login

APPLICATION = "townworks.web.wsgi:application"
PRACTICE_DAY = date(2016, 6, 1)
"""Day that the demo's calendar starts at: 79 towns are announced, the first year is assessed."""


def migrate_register(home: Path) -> list[str]:
    """Make or upgrade the register's database; returns what was applied."""
    make_home(home)
    set_up(home)
    return migrate()


@dataclass(frozen=True)
class LoadOptions:
    """What to load: a programme, a registry file for looking up codes, a first office account."""

    programme: str
    registry: Path | None = None
    office: str | None = None


@dataclass(frozen=True)
class LoadResult:
    """What was loaded; password: of the first office account, shown once."""

    programme: "Loaded"
    registry: "Loaded | None"
    password: str | None


def load_register(home: Path, options: LoadOptions) -> LoadResult:
    """Load a programme's published record into a register in earnest."""
    set_up(home)
    check_migrated()
    from townworks.register.clock import today
    from townworks.register.loading import load_registry

    day = today()
    loaded = load_published(options.programme, day, None)
    registry = None
    if options.registry is not None:
        rows = registry_rows(options.registry)
        registry = load_registry(rows, options.registry.name, day)
    password = first_office(options.office, day) if options.office else None
    return LoadResult(loaded, registry, password)


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
    return tell(Rules(definitions.book, definitions.digest))


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
