"""Ends of registered names."""

import polars as pl
import pytest

from townworks.enterprises.names import TAIL_CHARS, is_branch, name_tail
from townworks.schema.language import activity_language

LANGUAGE = activity_language()


def of(name: str, expression: pl.Expr) -> object:
    return pl.DataFrame({"name": [name]}).select(expression).item()


@pytest.mark.parametrize(
    ("name", "end"),
    [
        ("甲县大明阀门有限公司", "阀门"),
        ("甲县大明袜业有限责任公司", "袜"),
        ("甲县大明电器厂（普通合伙）", "电器"),
        ("甲县大明果蔬专业合作社", "果蔬"),
        ("大明", "大明"),
    ],
)
def test_industry_stands_at_the_end(name: str, end: str) -> None:
    tail = of(name, name_tail(pl.col("name"), LANGUAGE))
    assert str(tail).endswith(end)
    assert len(str(tail)) <= TAIL_CHARS


@pytest.mark.parametrize(
    ("name", "branch"),
    [
        ("某银行甲县支行", True),
        ("某石油有限公司甲县城东加油站", True),
        ("某公司甲县分公司（筹）", True),
        ("甲县支架有限公司", False),
        ("甲县大明阀门厂", False),
    ],
)
def test_branches_are_told_by_their_ends(name: str, branch: bool) -> None:  # noqa: FBT001
    assert of(name, is_branch(pl.col("name"), LANGUAGE)) is branch
