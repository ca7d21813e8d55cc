"""Who and what the practice town is made of: invented names, in an invented division."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from stdnum.cn import uscc

DIVISION = "339900"
"""No county of the province has this code: an enterprise registered there is invented."""


def code_of(number: int) -> str:
    """Credit code of the practice enterprise of a number, with its check character.

    >>> code_of(1)
    '91339900MA00000018'
    """
    base = f"91{DIVISION}MA{number:07d}"
    return base + str(uscc.calc_check_digit(base))


@dataclass(frozen=True)
class Player:
    """A practice enterprise; days are when it applied and came in (None: it is on its way)."""

    number: int
    name: str
    activity: str
    capital_cny: Decimal
    origin: str
    part: str
    applied_on: date
    came_on: date | None
    area_m2: Decimal


def _player(number: int, name: str, activity: str, rest: tuple[object, ...]) -> Player:
    capital, origin, part, applied, came, area = rest
    return Player(
        number,
        f"{name}（练习）",
        activity,
        Decimal(str(capital)),
        str(origin),
        str(part),
        applied,  # type: ignore[arg-type]
        came,  # type: ignore[arg-type]
        Decimal(str(area)),
    )


_A, _N = date, None
PLAYERS = (
    _player(
        1,
        "示例泵业有限公司",
        "水泵制造",
        (80_000_000, "already_there", "anchor", _A(2015, 6, 8), _A(2015, 7, 1), 6200),
    ),
    _player(
        2,
        "样板电机有限公司",
        "电机制造",
        (30_000_000, "new", "member", _A(2015, 7, 6), _A(2015, 8, 3), 2400),
    ),
    _player(
        3,
        "范例密封件有限公司",
        "机械密封件制造",
        (12_000_000, "relocated", "member", _A(2015, 8, 10), _A(2015, 9, 7), 900),
    ),
    _player(
        4,
        "演示铸造有限公司",
        "泵体铸造",
        (25_000_000, "already_there", "member", _A(2015, 6, 15), _A(2015, 7, 13), 5100),
    ),
    _player(
        5,
        "习作检测技术有限公司",
        "泵及真空设备检测服务；水泵检测服务",
        (5_000_000, "new", "service", _A(2015, 10, 12), _A(2015, 11, 9), 300),
    ),
    _player(
        6,
        "试用智控科技有限公司",
        "智能水泵控制器研发",
        (10_000_000, "branch", "member", _A(2016, 1, 11), _A(2016, 2, 15), 650),
    ),
    _player(
        7, "模拟叶轮有限公司", "叶轮加工", (8_000_000, "new", "member", _A(2016, 5, 16), _N, 1200)
    ),
    _player(
        8,
        "练习阀门有限公司",
        "阀门制造",
        (60_000_000, "relocated", "member", _A(2016, 5, 23), _N, 3000),
    ),
    _player(
        9, "虚设物流有限公司", "货物仓储", (2_000_000, "new", "service", _A(2016, 3, 14), _N, 8000)
    ),
)

PROJECTS = (
    ("智能泵生产线", 1, True, (("2015Q3", 60, 58), ("2015Q4", 120, 131), ("2016Q1", 150, 149))),
    ("高效电机车间", 2, True, (("2015Q4", 80, 66), ("2016Q1", 90, 94))),
    ("小镇客厅", None, False, (("2016Q1", 40, 35),)),
)
"""Project, enterprise, featured, and for each quarter the planned and the reported million."""
QUARTERS = ("2015Q3", "2015Q4", "2016Q1", "2016Q2", "2016Q3", "2016Q4", "2017Q1", "2017Q2")
