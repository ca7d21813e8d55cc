"""A registry brought in by a process of its own, while the web goes on serving.

The process stands on its own feet: a worker of the web that ends, or is replaced, does not end it.
How far it is stands in the table `RegistryImport`, for every worker to read.
"""

import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from townworks.io.drafts import Draft
from townworks.register.starting import set_up
from townworks.workflow.registry import describe, digest, import_registry

if TYPE_CHECKING:
    from townworks.register.models import Account
    from townworks.register.models.imports import RegistryImport


def start(path: Path, name: str, account: "Account") -> "RegistryImport":
    """Keep a file in the register's home and begin to bring it in; returns at once.

    name: what the file is called, where `path` is a temporary one. Goes on with an import that was
    paused or killed; does nothing for one that is done or at work. Raises `RefusalError`.
    """
    from townworks.register.services import registry

    opened = registry.open_import(replace(describe(path), name=name), account)
    place = _place(opened)
    if not place.is_file() or digest(place) != opened.sha256:
        draft = Draft(place)
        with draft.guarded(), path.open("rb") as source:
            shutil.copyfileobj(source, draft.file)
        draft.publish()
    return resume(opened, account)


def resume(found: "RegistryImport", account: "Account") -> "RegistryImport":
    """Start the process for an import whose file is kept; nothing where it is done or at work."""
    from townworks.register.services import registry

    if found.state != "done" and not registry.is_alive(found):
        _launch(_place(found), account)
    return found


def _place(found: "RegistryImport") -> Path:
    """Where the file of an import is kept: by its content, with the ending it came with."""
    from townworks.register.services import registry

    return registry.kept_in(found.sha256 + "".join(Path(found.file_name).suffixes[-2:]))


def _launch(path: Path, account: "Account") -> None:
    """Start the process in a session of its own; what it says goes to a file beside its input."""
    home = str(path.parent.parent)
    command = [sys.executable, "-m", __name__, home, str(path), account.username]
    with path.with_suffix(".log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 (our own program)
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    # Waited for, or it would stay a zombie when it ends, and look alive.
    Thread(target=process.wait, daemon=True).start()


def main(home: Path, path: Path, username: str) -> int:
    """Bring a file in, in the name of an account; the exit code is 1 where it was not done."""
    set_up(home)
    from townworks.errors import TownworksError
    from townworks.register.models import Account

    try:
        import_registry(path, Account.objects.get(username=username))
    except TownworksError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
