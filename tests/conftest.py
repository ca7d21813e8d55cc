"""Fixtures for all tests."""

import os
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("house")
"""A slow machine is no fault; CI draws the same examples each time, a developer new ones."""


@pytest.fixture(scope="session")
def registry_path() -> Path:
    """Path of the real registry beside the checkout, or skip: it is never committed."""
    path = Path(__file__).parents[2] / "shared" / "data" / "zhejiang-registry.parquet"
    if not path.exists():
        pytest.skip(f"the real registry is not there: {path}")
    return path


@pytest.fixture(scope="session")
def oracles_path() -> Path:
    """Path of data with published results beside the checkout, or skip: not all may be copied."""
    path = Path(__file__).parents[2] / "shared" / "data" / "oracles"
    if not path.exists():
        pytest.skip(f"the data with published results are not there: {path}")
    return path


PLANTED = {
    "上海市青浦区朱家角镇": "琉璃灯",
    "江苏省昆山市周庄镇": "藤编椅",
    "山东省曲阜市尼山镇": "竹扇",
    "河南省长垣市恼里镇": "铜锣",
    "广东省鹤山市共和镇": "蜡笔",
}
"""Places of five provinces, and a speciality that the tests give to each."""
CODES = ("310118", "320583", "370881", "410783", "440784")
ELSEWHERE = ("日用百货", "建筑材料", "五金交电", "钢材", "茶叶", "水果")


def credit_code(division: str, number: int) -> str:
    """Make up a valid unified social credit code of a division (GB 32100-2015)."""
    alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    body = f"91{division}{number:09d}"
    total = sum(alphabet.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + alphabet[-total % 31]


@pytest.fixture(scope="session")
def synthetic_registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a registry of 1,500 made-up enterprises in which five places have a speciality each."""
    rng = np.random.default_rng(2015)
    brands = "大明新华东方永兴宏远金龙三和百合飞跃红日"
    rows = []
    for number in range(1_500):
        place = int(rng.integers(5))
        address, product = list(PLANTED.items())[place]
        brand = "".join(rng.choice(list(brands), 2))
        if rng.random() < 0.3:
            name, scope = f"{brand}{product}有限公司", f"{product}制造、加工、销售。"
        else:
            goods = [
                *rng.choice(ELSEWHERE, 3, replace=False),
                *rng.choice(list(PLANTED.values()), 1),
            ]
            name, scope = (
                f"{brand}{goods[0]}有限公司",
                f"批发、零售：{'、'.join(goods[: 3 + (number % 5 == 0)])}。",
            )
        rows.append(
            {
                "企业名称": name,
                "统一社会信用代码": credit_code(CODES[place], number),
                "注册日期": f"{rng.integers(2000, 2016)}-{rng.integers(1, 13):02}-15",
                "注册资金": f"{rng.integers(1, 500)}(万元人民币)",
                "经营范围": scope,
                "注册地址": f"{address}人民路{number}号",
            }
        )
    path = tmp_path_factory.mktemp("registry") / "registry.csv"
    pl.DataFrame(rows).write_csv(path)
    return path


@pytest.fixture(scope="session")
def planted() -> dict[str, str]:
    """County code → the speciality that the synthetic registry gives to it."""
    return dict(zip(CODES, PLANTED.values(), strict=True))
