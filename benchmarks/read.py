"""How fast registry files are read, and how much memory that takes: ``python benchmarks/read.py``.

Each case runs in a process of its own, so that its peak memory is its own. Rows are synthetic, of
the lengths of a real registry; with a Parquet file as argument, its rows are repeated instead.
"""

import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import polars as pl

SMALL, TIMES = 190_000, 16


def make_rows(count: int) -> pl.DataFrame:
    """Make rows of a made-up registry; every hundredth scope of business is quoted in CSV."""
    i = pl.int_range(count, dtype=pl.Int64, eager=True).alias("i").to_frame()
    scope = pl.lit("塑料制品、五金配件制造、加工、销售；货物进出口、技术进出口。" * 2)
    return i.select(
        企业名称=pl.format("云和县第{}玩具有限公司", "i"),
        统一社会信用代码=pl.format("91331125{}", pl.col("i").cast(pl.String).str.zfill(10)),
        注册日期=pl.lit("2001-02-03"),
        企业类型=pl.lit("有限责任公司"),
        注册资金=pl.lit("50(万元人民币)"),
        经营范围=pl.when(pl.col("i") % 100 == 0).then(scope + ",\n等").otherwise(scope),
        所在省份=pl.lit("浙江"),
        地区=pl.lit("丽水"),
        注册地址=pl.format("浙江省丽水市云和县凤凰山街道中山路{}号", "i"),
    )


def measure(path: Path) -> None:
    """Read one file and print seconds, rows and peak memory."""
    from townworks.io import read_filings

    start, read, kept = perf_counter(), 0, 0
    for batch in read_filings([path]):
        read, kept = read + batch.n_read, kept + batch.filings.height
    seconds = perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    size = path.stat().st_size / 1e6
    print(
        f"| {path.name} | {size:,.0f} | {read:,} | {read - kept:,} | {seconds:.2f} | {peak:,.0f} |"
    )


def main() -> None:
    """Write the files, and read each in a process of its own."""
    rows = pl.read_parquet(sys.argv[1]) if len(sys.argv) > 1 else make_rows(SMALL)
    print(
        "| file | MB | rows | refused | seconds | peak MB |\n|---|---|---|---|---|---|", flush=True
    )
    with TemporaryDirectory() as folder:
        for name, frame in (("small", rows), ("large", pl.concat([rows] * TIMES))):
            for suffix in ("parquet", "csv"):
                path = Path(folder, f"{name}.{suffix}")
                frame.write_parquet(path) if suffix == "parquet" else frame.write_csv(path)
                command = [sys.executable, __file__, "--one", str(path)]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    measure(Path(sys.argv[2])) if sys.argv[1:2] == ["--one"] else main()
