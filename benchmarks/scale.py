"""Seconds and memory of `discover` with both engines, on the registry and on it repeated.

usage: python benchmarks/scale.py ../shared/data/zhejiang-registry.parquet [--out scale.md]

Needs the extra `townworks[spark]` and Java. Each run is a process of its own and its seconds count
from the call of `discover` on, so Spark's start is in them. Memory is the largest sum, over the
process and all that it started (Java, Python workers), of the proportional set size, looked at
four times a second. The large file is that of `speed.py`. A last line tells whether both engines
gave the same tables.
"""

import json
import platform
import subprocess
import sys
import time
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from speed import TIMES, repeat

RUN = """
import json, sys, time
from datetime import date
from pathlib import Path
from townworks.workflow import DiscoverOptions, ReadOptions, discover
start = time.perf_counter()
read = ReadOptions(as_of=date(2020, 1, 1))
found = discover([Path(sys.argv[1])], DiscoverOptions(engine=sys.argv[2], read=read))
seconds = time.perf_counter() - start
hashes = [int(t.hash_rows().sum()) for t in (found.counts.cells, found.specialisation)]
print(json.dumps([found.tally.read, seconds, str(found.tally), hashes]))
"""


def main(registry: Path) -> str:
    """Run both engines on both files."""
    machine = f"{platform.machine()}, {cpu_count()} processors, Python {platform.python_version()}"
    lines = [f"{machine}, Polars {pl.__version__}", ""]
    lines += ["| file | engine | rows | seconds | peak MB |", "|---|---|--:|--:|--:|"]
    same = True
    with TemporaryDirectory() as folder:
        large = Path(folder, "large.parquet")
        repeat(registry, large)
        for name, path in (("once", registry), (f"{TIMES} times", large)):
            results = []
            for engine in ("local", "spark"):
                (rows, seconds, *result), peak = run(path, engine)
                results.append(result)
                lines.append(f"| {name} | {engine} | {rows:,} | {seconds:.1f} | {peak:,.0f} |")
            same &= results[0] == results[1]
    return "\n".join([*lines, "", f"Same tables and accounts: {'yes' if same else 'NO'}."])


def run(path: Path, engine: str) -> tuple[list[float], float]:
    """Run `discover` in a fresh process: what it prints, and the peak megabytes of its tree."""
    command = [sys.executable, "-c", RUN, str(path), engine]
    peak = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            peak = max(peak, sum(_megabytes(pid) for pid in _tree(process.pid)))
            time.sleep(0.25)
        said = process.stdout.read() if process.stdout else ""
    return json.loads(said), peak


def _tree(pid: int) -> list[int]:
    try:
        tasks = Path(f"/proc/{pid}/task").iterdir()
        children = [int(c) for task in tasks for c in (task / "children").read_text().split()]
    except OSError:
        return []
    return [pid, *(p for child in children for p in _tree(child))]


def _megabytes(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")) / 1e3


if __name__ == "__main__":
    told = main(Path(sys.argv[1]))
    if "--out" in sys.argv:
        head = "# Both engines, one machine\n\nCommand: `python benchmarks/scale.py " + sys.argv[1]
        note = "`. Two-core virtual machine, other work running beside it: ±30 %.\n\n"
        Path(sys.argv[sys.argv.index("--out") + 1]).write_text(head + note + told + "\n")
    print(told)
