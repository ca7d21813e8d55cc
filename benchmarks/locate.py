"""Compare townworks, cpca and cnloc on the same addresses in one run.

Each takes addresses and names counties. *Covered*: share of rows with a county. *Agree*: of the
rows where the credit code names one too (the registrar's, an independent source), the share where
both are the same place of 2024. Run it with an interpreter that has the peers; those that are
missing are said to be::

    python -m venv peers && peers/bin/pip install 'setuptools<81' cpca cnloc polars dataframely
    PYTHONPATH=src peers/bin/python benchmarks/locate.py ../shared/data/zhejiang-registry.parquet
"""

import importlib
import importlib.util
import platform
import sys
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from townworks.enterprises.counties import find_counties
from townworks.enterprises.locate import locate
from townworks.schema.gazetteer import Gazetteer, load_gazetteer

if TYPE_CHECKING:
    from collections.abc import Callable

NOTHING = pl.lit(None, pl.String)
COLUMNS = {
    "企业名称": "name",
    "统一社会信用代码": "credit_code",
    "所在省份": "province",
    "地区": "prefecture",
    "注册地址": "address",
}


def read(path: Path) -> pl.DataFrame:
    """Registry with our column names; county and township are not given in it."""
    table = pl.read_parquet(path, columns=list(COLUMNS)).rename(COLUMNS)
    return table.with_columns(
        pl.col(pl.String).replace({"N/A": None}), county=NOTHING, township=NOTHING
    )


def with_townworks(table: pl.DataFrame, gazetteer: Gazetteer, *hidden: str) -> pl.Series:
    """County codes by `locate`, with some columns hidden; cities are no counties."""
    found = locate(table.with_columns(NOTHING.alias(name) for name in hidden), gazetteer)
    code = pl.col("county_code")
    return found.select(pl.when(~code.str.ends_with("00")).then(code))["county_code"]


def with_search(table: pl.DataFrame, gazetteer: Gazetteer) -> pl.Series:
    """County codes by `find_counties` from the address: what the peers do, no townships."""
    texts = table.select(text="address", prefecture=NOTHING, province=NOTHING)
    return find_counties(texts, gazetteer)["county"]


def with_cpca(table: pl.DataFrame) -> pl.Series:
    """County codes by cpca."""
    cpca = importlib.import_module("cpca")
    codes = cpca.transform(table["address"].fill_null("").to_list())["adcode"]
    found = pl.Series("code", [c[:6] if isinstance(c, str) else None for c in codes], pl.String)
    return found.to_frame().select(pl.when(~pl.col("code").str.ends_with("00")).then("code"))[
        "code"
    ]


def with_cnloc(table: pl.DataFrame) -> pl.Series:
    """County codes by cnloc, short names allowed."""
    cnloc = importlib.import_module("cnloc")
    result = cnloc.getlocation(
        table["address"].fill_null("").to_list(), year=2024, county_short=True
    )
    codes = result["county_adcode"]
    return pl.Series("code", [c if isinstance(c, str) and c else None for c in codes], pl.String)


def measure(found: pl.Series, raw: pl.Series, gazetteer: Gazetteer) -> tuple[float, float, int]:
    """Coverage, agreement with the registrar, and the rows that this rests on.

    They agree if the registrar's code leads to the same county of the newest year, or to one that
    now holds a township which the code's county once held (余杭区 → 临平区): for every tool alike.
    """
    now = gazetteer.codes.select("code", "county")
    heirs = gazetteer.township_names.select(
        pl.col("scope").alias("registrar"), "county", heir=pl.lit(value=True)
    ).unique()
    pair = (
        pl.DataFrame({"code": found, "registrar": raw})
        .join(now, on="code", how="left", maintain_order="left")
        .join(now.select(registrar="code", theirs="county"), on="registrar", how="left")
        .drop_nulls(["county", "theirs"])
        .join(heirs, on=["registrar", "county"], how="left")
    )
    same = (pair["county"] == pair["theirs"]) | pair["heir"].fill_null(value=False)
    return (
        1 - found.null_count() / found.len(),
        float(same.cast(pl.UInt32).sum()) / pair.height,
        pair.height,
    )


def main(path: Path) -> None:
    """Print one line per tool."""
    warnings.simplefilter("ignore")
    table = read(path)
    start = time.perf_counter()
    gazetteer = load_gazetteer()
    loading = time.perf_counter() - start
    registrar = table["credit_code"].str.slice(2, 6)
    tools: dict[str, Callable[[], pl.Series]] = {
        "townworks, counties of addresses": lambda: with_search(table, gazetteer),
        "townworks, locate": lambda: with_townworks(table, gazetteer),
        "townworks, locate without credit code": lambda: with_townworks(
            table, gazetteer, "credit_code"
        ),
        "townworks, locate by address alone": lambda: with_townworks(
            table, gazetteer, "credit_code", "name", "prefecture", "province"
        ),
    }
    for peer, run in (("cpca", with_cpca), ("cnloc", with_cnloc)):
        if importlib.util.find_spec(peer) is None:
            print(f"{peer} is missing here: pip install 'setuptools<81' {peer}")
        else:
            tools[peer] = lambda run=run: run(table)  # type: ignore[misc]
    print(
        f"{platform.platform()}, {platform.machine()}, {pl.thread_pool_size()} threads,"
        f" Python {platform.python_version()}, Polars {pl.__version__}"
    )
    print(f"{table.height:,} rows; gazetteer loaded in {loading:.2f} s\n")
    print("| tool | seconds | rows/s | speed, ratio | covered, % | agree, % | of rows |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    base = 0.0
    for name, run_tool in tools.items():
        repeats = 1 if name == "cnloc" else 3
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            found = run_tool()
            times.append(time.perf_counter() - start)
        seconds = min(times)
        base = base or seconds
        covered, agree, height = measure(found, registrar, gazetteer)
        print(
            f"| {name} | {seconds:.2f} | {table.height / seconds:,.0f} | {base / seconds:.2f}"
            f" | {covered * 100:.2f} | {agree * 100:.2f} | {height:,} |"
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:  # noqa: PLR2004
        sys.exit("usage: python benchmarks/locate.py REGISTRY.parquet")
    main(Path(sys.argv[1]))
