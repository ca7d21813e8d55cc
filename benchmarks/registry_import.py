"""Time that a registry takes to come in, and what those notice who work meanwhile.

usage: python benchmarks/registry_import.py ../shared/data/zhejiang-registry.parquet
       python tests/postgresql.py python benchmarks/registry_import.py …   (on PostgreSQL)

In one go, in the background, while somebody writes a record and looks a code up all the time; then
once more over what is there (a newer file); then killed at three moments and gone on with, and
every entry compared with those of the first time.
"""

import hashlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

LIMIT_S = 120
CODE = "91330100MA27W0WJ0T"
KILLED_AT = (0.2, 0.5, 0.8)


def main(path: Path, home: Path) -> None:
    """Measure, print."""
    from townworks.workflow.serving import migrate_register

    migrate_register(home)
    from django.db import connection

    from townworks.register.models import RegistryEntry
    from townworks.register.models.imports import RegistryImport

    print(f"{connection.vendor}: {path.name}, {path.stat().st_size:,} bytes")
    took_s = watched(lambda: child(path, home))
    print(f"in one go: {took_s:.1f} s (limit {LIMIT_S} s)  {said()}")
    whole, rows = fingerprint(), RegistryEntry.objects.count()
    RegistryImport.objects.all().delete()
    print(f"over what is there: {watched(lambda: child(path, home)):.1f} s  {said()}")
    RegistryEntry.objects.all().delete()
    RegistryImport.objects.all().delete()
    started = time.monotonic()
    for share in KILLED_AT:
        kill(child(path, home), int(share * rows))
    child(path, home).wait()
    print(f"killed 3 times: {time.monotonic() - started:.1f} s  {said()}")
    same = fingerprint() == whole
    print(f"{RegistryEntry.objects.count():,} entries, {'the same' if same else 'DIFFERENT'}")


def child(path: Path, home: Path) -> "subprocess.Popen[bytes]":
    """Start the process that the web starts."""
    command = [sys.executable, "-m", "townworks.workflow.background", str(home), str(path)]
    return subprocess.Popen([*command, "loader"])


def watched(start: Callable[[], "subprocess.Popen[bytes]"]) -> float:
    """Seconds until the process is done; prints what writing and looking up took meanwhile."""
    from townworks.register.audit import Act, now, write
    from townworks.register.loading import loader
    from townworks.register.models import RegistryEntry

    act = Act(loader(), "note", now().date())
    times: dict[str, list[float]] = {"a write": [], "a look-up": []}
    started = time.monotonic()
    process = start()
    while process.poll() is None:
        moments = [time.monotonic()]
        write(act.account, act)
        moments.append(time.monotonic())
        RegistryEntry.objects.filter(pk=CODE).first()
        moments.append(time.monotonic())
        for kind, before, after in zip(times, moments, moments[1:], strict=False):
            times[kind].append(after - before)
        time.sleep(0.05)
    took_s = time.monotonic() - started
    assert process.returncode == 0  # noqa: S101
    for kind, found in times.items():
        middle, most = statistics.median(found), max(found)
        late = statistics.quantiles(found, n=20)[-1]
        print(f"  {kind} ({len(found)}): median {middle:.3f}, 95 % {late:.3f}, most {most:.3f} s")
    return took_s


def kill(process: "subprocess.Popen[bytes]", rows: int) -> None:
    """Kill the process when so many rows are in, and see that the table says how many."""
    from townworks.register.models import RegistryEntry
    from townworks.register.services.registry import latest

    while process.poll() is None:
        found = latest()
        if found is not None and found.state == "running" and found.rows_written >= rows:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    found = latest()
    assert found is not None  # noqa: S101
    print(f"  killed: {found.rows_written:,} counted, {RegistryEntry.objects.count():,} there")


def said() -> str:
    """What the newest import says of its rows."""
    from townworks.register.services.registry import COUNTS, latest

    found = latest()
    counts = " + ".join(f"{getattr(found, f'rows_{name}'):,} {name}" for name in COUNTS)
    return f"{found.rows_total:,} rows = {counts}" if found else ""


def fingerprint() -> str:
    """Hash of every entry with every value, in the order of the codes."""
    from townworks.register.models import RegistryEntry

    found = hashlib.sha256()
    for row in RegistryEntry.objects.order_by("pk").values_list().iterator():
        found.update(repr(row).encode())
    return found.hexdigest()


if __name__ == "__main__":
    folder = Path(mkdtemp(prefix="townworks-registry-"))
    os.environ["TOWNWORKS_HOME"] = str(folder)
    try:
        main(Path(sys.argv[1]), folder)
    finally:
        shutil.rmtree(folder)
