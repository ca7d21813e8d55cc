"""Invented registrations of the practice town's industry, elsewhere: who could fill its chain.

They stand where a credit code is looked up, never in the list of enterprises, and no real town's
chain counts them.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import count

from townworks.register.models import RegistryEntry
from townworks.register.practice.cast import code_of

FIRST = 1001
"""Number of the first, above those of the players."""
COUNTIES = ("331081", "331003", "331002", "331004", "331083", "330324", "330281", "330681")
"""Wenling, Huangyan and its neighbours; Yongjia, Yuyao, Zhuji farther away."""
TRADES = (
    ("铸造", "铸件制造", 26),
    ("铸件", "铸件制造；水泵配件制造", 8),
    ("电磁线", "漆包线制造", 14),
    ("电机", "小型电机制造", 30),
    ("机电", "水泵电机制造；水泵销售", 9),
    ("密封件", "机械密封件制造", 18),
    ("轴承", "轴承制造", 16),
    ("泵业", "水泵制造", 52),
    ("泵业", "水泵制造；水泵销售", 21),
    ("清洗机", "清洗机制造", 6),
    ("检测", "水泵检测服务", 12),
    ("贸易", "水泵销售", 15),
    ("日用品", "日用百货零售", 60),
)
"""Word in the name, scope of business, how many; too few make cleaners for that to be known."""


def neighbours(day: date, source: str) -> Iterator[RegistryEntry]:
    """Yield the registrations, each older than `day`; the same each time."""
    number = count(FIRST)
    for word, activity, many in TRADES:
        for _ in range(many):
            own = next(number)
            yield RegistryEntry(
                credit_code=code_of(own),
                name=f"虚构{own - FIRST + 1}号{word}有限公司（练习）",
                registered_on=day - timedelta(days=200 + own * 37 % 5000),
                capital_cny=(1 + own * 7 % 50) * 1_000_000,
                county_code=COUNTIES[own % len(COUNTIES)],
                activity=activity,
                imported_from=source,
            )
