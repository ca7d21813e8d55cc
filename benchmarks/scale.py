"""Seconds and memory of `discover` with both engines, on the registry and on it repeated.

usage: python benchmarks/scale.py ../shared/data/zhejiang-registry.parquet [--out scale.md]

Needs the extra `townworks[spark]` and Java. Each run is a process of its own and its seconds count
from the call of `discover` on, so Spark's start is in them. Over the process and all that it
started (Java, Python workers), looked at once a second: processor seconds, all told, and the
largest sum of proportional set sizes. Processor seconds change least with what else runs. The
large file is that of `speed.py`. A last line tells whether both engines gave the same tables.
"""

import json
import platform
import subprocess
import sys
import time
from os import cpu_count, sysconf
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
    lines += ["| file | engine | rows | seconds | processor seconds | peak MB |"]
    lines += ["|---|---|--:|--:|--:|--:|"]
    same = True
    with TemporaryDirectory() as folder:
        large = Path(folder, "large.parquet")
        repeat(registry, large)
        for name, path in (("once", registry), (f"{TIMES} times", large)):
            results = []
            for engine in ("local", "spark"):
                (rows, seconds, *result), spent, peak = run(path, engine)
                results.append(result)
                times = f"{seconds:.1f} | {spent:.0f}"
                lines.append(f"| {name} | {engine} | {rows:,} | {times} | {peak:,.0f} |")
            same &= results[0] == results[1]
    return "\n".join([*lines, "", f"Same tables and accounts: {'yes' if same else 'NO'}."])


def run(path: Path, engine: str) -> tuple[list[float], float, float]:
    """Run `discover` in a fresh process: what it prints, processor seconds, peak megabytes."""
    command = [sys.executable, "-c", RUN, str(path), engine]
    spent: dict[int, float] = {}
    peak = 0.0
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        while process.poll() is None:
            tree = _tree(process.pid)
            spent |= {pid: max(_seconds(pid), spent.get(pid, 0.0)) for pid in tree}
            peak = max(peak, sum(_megabytes(pid) for pid in tree))
            time.sleep(1)
        said = process.stdout.read() if process.stdout else ""
    return json.loads(said), sum(spent.values()), peak


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / sysconf("SC_CLK_TCK")


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
