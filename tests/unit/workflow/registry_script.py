"""Kill an import again and again, on a real database; prints what came of it as JSON.

A process of its own with `TOWNWORKS_HOME` or `TOWNWORKS_DATABASE_URL` set: see `test_registry.py`.
`registry_script.py FILE 200 700` plays the scenes and kills after so many rows,
`registry_script.py child FILE` is what gets killed.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from townworks.workflow import registry as importing

HOME = Path(os.environ["TOWNWORKS_HOME"])
importing.BATCH, importing.PAUSE_S = 100, 0.0


def child(path: Path) -> None:
    """Import until killed: a second in many small batches, so that there is a middle."""
    from townworks.register.starting import set_up

    set_up(HOME)
    from townworks.register.loading import loader

    importing.BATCH, importing.PAUSE_S = 20, 0.01
    importing.import_registry(path, loader())


def entries() -> list[list[str]]:
    """Every entry with every value, as texts."""
    from townworks.register.models import RegistryEntry

    names = [field.name for field in RegistryEntry._meta.concrete_fields]
    rows = RegistryEntry.objects.order_by("pk").values_list(*names)
    return [[str(value) for value in row] for row in rows]


def counts() -> dict[str, Any]:
    """What the newest import says."""
    from townworks.register.services.registry import COUNTS, latest

    found = latest()
    assert found is not None
    numbers = {name: getattr(found, f"rows_{name}") for name in (*COUNTS, "total", "written")}
    return {**numbers, "state": found.state}


def killed(path: Path, rows: int) -> dict[str, Any]:
    """Start a child, and kill it when so many rows are in; say what it left."""
    from townworks.register.loading import loader
    from townworks.register.models import RegistryEntry
    from townworks.register.refusals import RefusalError
    from townworks.register.services.registry import latest

    process = subprocess.Popen([sys.executable, __file__, "child", str(path)])
    while process.poll() is None:
        found = latest()
        if found is not None and found.state == "running" and found.rows_written >= rows:
            break
        time.sleep(0.01)
    refused = ""
    try:
        importing.import_registry(path, loader())
    except RefusalError as error:
        refused = error.reasons[0].key
    time.sleep(random.uniform(0, 0.03))  # noqa: S311
    process.send_signal(signal.SIGKILL)
    return {
        "code": process.wait(),
        "refused": refused,
        "counts": counts(),
        "entries": RegistryEntry.objects.count(),
    }


def in_background(path: Path) -> dict[str, Any]:
    """Start the process that the web starts, and wait for what the table says."""
    from townworks.register.loading import loader
    from townworks.register.services.registry import latest
    from townworks.workflow.background import start

    started = time.monotonic()
    start(path, "名录.csv", loader())
    while counts()["state"] not in ("done", "failed") and time.monotonic() < started + 60:
        time.sleep(0.05)
    found = latest()
    assert found is not None
    again = start(path, "again.csv", loader()).pk == found.pk
    said = {"counts": counts(), "name": found.file_name, "again": again}
    return {**said, "message": found.message}


def scenes(path: Path, kills: list[int]) -> dict[str, Any]:
    """Killed and gone on with; then the same in one go; on SQLite, then in the background."""
    from django.db import connection

    from townworks.register.loading import loader
    from townworks.register.models import RegistryEntry
    from townworks.register.models.imports import RegistryImport

    told: dict[str, Any] = {"kills": [killed(path, rows) for rows in kills]}
    resumed = importing.import_registry(path, loader())
    pieces = {"counts": counts(), "entries": entries(), "resumed_at": resumed.resumed_at}
    pieces["rejects"] = resumed.rejects.read_text(encoding="utf-8-sig")
    again = importing.import_registry(path, loader())
    RegistryEntry.objects.all().delete()
    RegistryImport.objects.all().delete()
    whole = importing.import_registry(path, loader())
    one = {"counts": counts(), "entries": entries()}
    one["rejects"] = whole.rejects.read_text(encoding="utf-8-sig")
    told |= {"pieces": pieces, "again": again.nothing_to_do, "whole": one}
    if connection.vendor == "sqlite":
        RegistryImport.objects.all().delete()
        told |= {"background": in_background(path), "after": entries()}
    return told


def main(path: Path, kills: list[int]) -> None:
    """Make the database, play, print."""
    from townworks.workflow.serving import migrate_register

    migrate_register(HOME)
    sys.stdout.write(json.dumps(scenes(path, kills)))


if __name__ == "__main__":
    if sys.argv[1] == "child":
        child(Path(sys.argv[2]))
    else:
        main(Path(sys.argv[1]), [int(rows) for rows in sys.argv[2:]])
