"""Seconds and memory of `discover`, on the registry and on it repeated sixteen times.

usage: python benchmarks/speed.py ../shared/data/zhejiang-registry.parquet [--out speed.md]

Each run is a process of its own; seconds are counted after the imports, memory is its peak resident
set. The large file is the registry repeated with fresh, valid credit codes (made in a temporary
folder). A last line gives seconds per million rows of both, to see whether cost grows linearly.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl

from townworks.enterprises.credit_code import ALPHABET

TIMES = 16
CODE = "统一社会信用代码"
RUN = """
import json, resource, sys, time
from pathlib import Path
from townworks.workflow import DiscoverOptions, discover
start = time.perf_counter()
found = discover([Path(sys.argv[1])], DiscoverOptions(by=sys.argv[2]))
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([found.tally.read, found.tally.enterprises, seconds, peak]))
"""


def main(registry: Path) -> str:
    """Run on both files, by county and by township."""
    lines = ["| file | by | rows | enterprises | seconds | peak MB |", "|---|---|--:|--:|--:|--:|"]
    pace: dict[str, list[float]] = {"once": [], f"{TIMES} times": []}
    with TemporaryDirectory() as folder:
        large = Path(folder, "large.parquet")
        repeat(registry, large)
        for name, path in (("once", registry), (f"{TIMES} times", large)):
            for level in ("county", "township"):
                rows, enterprises, seconds, peak = run(path, level)
                pace[name].append(seconds / rows * 1e6)
                counts = f"{rows:,} | {enterprises:,}"
                lines.append(f"| {name} | {level} | {counts} | {seconds:.2f} | {peak:,.0f} |")
    told = ", ".join(f"{name} {np.mean(each):.1f}" for name, each in pace.items())
    return "\n".join([*lines, "", f"Seconds per million rows: {told}."])


def run(path: Path, level: str) -> tuple[int, int, float, float]:
    """Run `discover` in a fresh process: rows, enterprises, seconds, peak megabytes."""
    command = [sys.executable, "-c", RUN, str(path), level]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    rows, enterprises, seconds, peak = json.loads(done.stdout)
    return int(rows), int(enterprises), float(seconds), float(peak)


def repeat(registry: Path, out: Path) -> None:
    """Write the registry many times over, each row with a credit code of its own."""
    once = pl.read_parquet(registry)
    many = pl.concat([once] * TIMES)
    number = pl.int_range(many.height).cast(pl.String).str.zfill(9)
    body = many.select("91" + pl.col(CODE).str.slice(2, 6).str.zfill(6) + number).to_series()
    body = body.str.replace_all(r"[^0-9A-HJ-NPQRTUWXY]", "0")
    characters = np.frombuffer(body.str.join("").item().encode(), np.uint8).reshape(-1, 17)
    values = np.zeros(256, np.int64)
    values[np.frombuffer(ALPHABET.encode(), np.uint8)] = np.arange(len(ALPHABET))
    weights = np.array([pow(3, place, 31) for place in range(17)])
    check = np.array(list(ALPHABET))[-(values[characters] @ weights) % 31]
    many.with_columns((body + pl.Series(check)).alias(CODE)).write_parquet(out)


if __name__ == "__main__":
    text = main(Path(sys.argv[1]))
    print(text)
    if "--out" in sys.argv:
        Path(sys.argv[sys.argv.index("--out") + 1]).write_text(text + "\n", encoding="utf-8")
