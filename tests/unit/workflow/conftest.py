"""A registry in several files, with every kind of row that the engines must agree on."""

from pathlib import Path

import polars as pl
import pytest


@pytest.fixture(scope="session")
def mixed_registry(
    synthetic_registry: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    """List files of 4,505 rows: later rows of known enterprises, branches, codes, faults."""
    folder = tmp_path_factory.mktemp("mixed")
    first = pl.read_csv(synthetic_registry, infer_schema=False)
    again = first.reverse().with_columns(
        pl.col("经营范围").reverse(), pl.col("注册地址").reverse(), 行业代码=pl.lit("C1951")
    )
    number = pl.int_range(pl.len())
    branch = pl.when(number % 20 == 0).then(pl.lit("分公司")).otherwise(pl.lit(""))
    new = first.with_columns(
        pl.col("企业名称") + number.cast(pl.String) + branch,
        统一社会信用代码=pl.lit(None, pl.String),
        行业代码=pl.when(number % 3 == 0).then(pl.lit("C1952")),
        注册日期=pl.when(number % 10 > 0).then("注册日期"),
        注册资金=pl.when(number % 50 == 0).then(pl.lit("三十")).otherwise("注册资金"),
    )
    again.write_parquet(folder / "b.parquet", row_group_size=500)
    new.write_parquet(folder / "c.parquet", row_group_size=700)
    faults = ["甲厂,91350100M000100Y44,,,鞋,温州", "乙厂,,2999-01-01,,鞋,温州", "丙厂,,2001-01-01"]
    header = "企业名称,统一社会信用代码,注册日期,注册资金,经营范围,注册地址"
    good = [
        "丁厂,,2001-01-01,,蜡笔制造,广东省鹤山市共和镇",
        "丁厂,,2002-01-01,,鞋,广东省鹤山市共和镇",
    ]
    text = "\n".join([header, faults[0], good[0], *faults[1:], good[1]]) + "\n"
    (folder / "d.csv").write_bytes(text.encode("gb18030"))
    return [synthetic_registry, folder]
