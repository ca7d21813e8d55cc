"""What made-up towns really did: projects, figures and enterprises, quarter by quarter.

Nothing here knows of workbooks or faults. Amounts are whole granules of the town's own unit, as a
town that reports in 亿元 with four decimals has no fen.
"""

from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import numpy as np

from tests.conftest import credit_code

Row = dict[str, Any]
Rng = np.random.Generator

FIRST, SECOND = "青白云石竹松梅兰荷桐", "溪澜湾浦塘岭洲桥"
TRADES = [
    "丝绸",
    "袜艺",
    "水泵",
    "皮革",
    "云算",
    "智造",
    "黄酒",
    "木雕",
    "青瓷",
    "茶香",
    "游艇",
    "光伏",
    "模具",
    "画艺",
    "毛衫",
    "沉香",
]
PREFECTURES = {
    "杭州市": "330109",
    "宁波市": "330206",
    "温州市": "330302",
    "嘉兴市": "330421",
    "湖州市": "330502",
    "绍兴市": "330602",
    "金华市": "330702",
    "衢州市": "330802",
    "舟山市": "330902",
    "台州市": "331002",
    "丽水市": "331102",
}
FEATURED = [
    "智能车间",
    "展示中心",
    "研发楼",
    "标准厂房",
    "检测中心",
    "孵化器",
    "设计工坊",
    "培训基地",
    "数据机房",
]
OTHER = ["物流园", "污水处理站", "游客中心", "供热管网", "停车楼"]
BRANDS = "大明新华东方永兴宏远金龙三和百合"
BUSINESS = ["制造", "科技", "贸易", "机械", "设计", "新材料", "物流"]

METRICS = {
    "fixed_asset_investment_cny": ("cny", "during"),
    "featured_investment_cny": ("cny", "during"),
    "enterprises_count": ("count", "at"),
    "new_enterprises": ("count", "during"),
    "employees": ("count", "at"),
    "output_cny": ("cny", "during"),
    "operating_revenue_cny": ("cny", "during"),
    "tax_revenue_cny": ("cny", "during"),
    "rd_spending_cny": ("cny", "during"),
    "visitors": ("count", "during"),
    "land_used_mu": ("mu", "at"),
    "planned_area_km2": ("km2", "at"),
    "built_area_km2": ("km2", "at"),
    "patents": ("count", "at"),
}
"""Unit and extent of every figure of definitions/returns/metrics.toml."""
SHARES = {
    "operating_revenue_cny": (92, 108),
    "tax_revenue_cny": (4, 8),
    "rd_spending_cny": (2, 5),
}
"""Per cent of the output in the first quarter."""


@dataclass(frozen=True)
class Town:
    """A town as the register holds it."""

    town_id: str
    name_zh: str
    prefecture_zh: str
    county_code: str
    planned_area_km2: Decimal

    @property
    def place(self) -> str:
        """The name without 小镇, for names of its projects and enterprises."""
        return self.name_zh.removesuffix("小镇")


@dataclass(frozen=True)
class Enterprise:
    """An enterprise; known: the register holds it before the quarter of the return."""

    town_id: str
    credit_code: str
    name: str
    admitted_on: date
    activity: str
    known: bool


@dataclass(frozen=True)
class Project:
    """A project; amounts: CNY of each quarter without housing; known as of enterprises."""

    town_id: str
    name: str
    builder: Enterprise
    featured: bool
    starts_on: date
    planned_total_cny: Decimal
    amounts: dict[str, Decimal]
    known: bool


@dataclass
class World:
    """Everything that is true. figures: town → metric → quarter → value.

    forgotten: (town, metric) of which the register holds no earlier value.
    """

    quarter: str
    towns: list[Town]
    projects: dict[str, list[Project]] = field(default_factory=dict)
    enterprises: dict[str, list[Enterprise]] = field(default_factory=dict)
    figures: dict[str, dict[str, dict[str, Decimal]]] = field(default_factory=dict)
    forgotten: set[tuple[str, str]] = field(default_factory=set)


def quarters_until(quarter: str) -> list[str]:
    """Quarters from the first of the year before.

    >>> quarters_until("2016Q2")
    ['2015Q1', '2015Q2', '2015Q3', '2015Q4', '2016Q1', '2016Q2']
    """
    year, number = int(quarter[:4]), int(quarter[5])
    before = [f"{year - 1}Q{n}" for n in range(1, 5)]
    return before + [f"{year}Q{n}" for n in range(1, number + 1)]


def quarter_zh(quarter: str) -> str:
    """Name a quarter.

    >>> quarter_zh("2016Q2")
    '2016年二季度'
    """
    return f"{quarter[:4]}年{'一二三四'[int(quarter[5]) - 1]}季度"


def year_to_date(amounts: dict[str, Decimal], quarter: str) -> Decimal:
    """Sum of the year until the end of the quarter."""
    return sum((v for q, v in amounts.items() if quarter[:4] == q[:4] and q <= quarter), Decimal(0))


def made_up_towns(count: int = 79) -> list[Town]:
    """Towns of invented names."""
    names = list(product(FIRST, SECOND))
    prefectures = list(PREFECTURES.items())
    towns = []
    for n in range(count):
        prefecture, county = prefectures[n % len(prefectures)]
        name = "".join(names[n % len(names)]) + TRADES[n % len(TRADES)] + "小镇"
        area = Decimal(281 + n * 37 % 116) / 100
        towns.append(Town(f"returns-town-{n + 1:02}", name, prefecture, county, area))
    return towns


def given_towns(rows: list[Row]) -> list[Town]:
    """Towns of the register; where it knows no area or county, these are made up."""
    towns = []
    for row, spare in zip(rows, made_up_towns(len(rows)), strict=True):
        known = {k: row.get(k) or v for k, v in asdict(spare).items()}
        known["planned_area_km2"] = Decimal(str(known["planned_area_km2"]))
        towns.append(Town(**known))
    return towns


def make_world(towns: list[Town], quarter: str, seed: int, granules: dict[str, Decimal]) -> World:
    """Make up what the towns did until a quarter; granules: smallest amount of each town, CNY."""
    world = World(quarter, towns)
    for number, town in enumerate(towns):
        rng = np.random.default_rng([seed, number])
        world.enterprises[town.town_id] = _enterprises(rng, town, number, quarter)
        world.projects[town.town_id] = _projects(rng, town, world, granules[town.town_id])
        world.figures[town.town_id] = _figures(rng, town, world, granules[town.town_id])
    return world


def day_in(rng: Rng, quarter: str) -> date:
    """Some day of a quarter that is not its first."""
    first = date(int(quarter[:4]), int(quarter[5]) * 3 - 2, 1)
    return first + timedelta(days=int(rng.integers(1, 88)))


def whole(rng: Rng, low: int, high: int) -> int:
    """A number from low to high, both included."""
    return int(rng.integers(low, high + 1))


def natural(number: int) -> int:
    """The number, with a last digit that is not 0: nothing is round by accident."""
    return number if number % 10 else number + 1 + number // 10 % 9


def _enterprises(rng: Rng, town: Town, number: int, quarter: str) -> list[Enterprise]:
    """47 to 60, of which 4 or 5 came in each quarter: the new ones of any quarter are no jump."""
    days = [day_in(rng, q) for q in quarters_until(quarter) for _ in range(whole(rng, 4, 5))]
    size = whole(rng, 47, 60)
    early = [day_in(rng, f"{whole(rng, 2009, 2014)}Q3") for _ in range(size - len(days))]
    pairs = list(product(BRANDS, BRANDS))
    brands = rng.permutation(len(pairs))
    made = []
    for n, day in enumerate(early + days):
        brand, business = "".join(pairs[brands[n]]), BUSINESS[whole(rng, 0, len(BUSINESS) - 1)]
        code = credit_code(town.county_code, (number * 1000 + n) * 9973)
        name = f"{town.place}{brand}{business}有限公司"
        known = day < date(int(quarter[:4]), int(quarter[5]) * 3 - 2, 1)
        made.append(Enterprise(town.town_id, code, name, day, business, known))
    return made


def _projects(rng: Rng, town: Town, world: World, granule: Decimal) -> list[Project]:
    """8 to 14, and in some towns one that began in the quarter of the return."""
    owners = [e for e in world.enterprises[town.town_id] if e.known]
    featured = [FEATURED[i] for i in rng.permutation(len(FEATURED))[: whole(rng, 6, 9)]]
    others = [OTHER[i] for i in rng.permutation(len(OTHER))[: whole(rng, 2, 5)]]
    kinds = featured + others + (["二期扩建"] if whole(rng, 0, 9) < 4 else [])
    quarters = quarters_until(world.quarter)
    made = []
    for kind in kinds:
        known = kind != "二期扩建"
        first = Decimal(whole(rng, 1900, 6400) if known else whole(rng, 800, 1200)) * 10_000
        amounts = _walk(rng, first / granule, quarters if known else [world.quarter], (70, 140))
        money = {q: v * granule for q, v in amounts.items()}
        day = day_in(rng, f"2014Q{whole(rng, 1, 4)}" if known else world.quarter)
        total = natural(int(first / granule) * whole(rng, 12, 19)) * granule
        owner = owners[whole(rng, 0, len(owners) - 1)]
        name = f"{town.place}{kind}项目"
        made.append(Project(town.town_id, name, owner, kind not in OTHER, day, total, money, known))
    return made


def _walk(
    rng: Rng, first: Decimal, quarters: list[str], step: tuple[int, int]
) -> dict[str, Decimal]:
    """Values that go up and down by `step` per cent of the one before."""
    value, values = natural(int(first) * whole(rng, 971, 1029) // 1000), {}
    for quarter in quarters:
        values[quarter] = Decimal(value)
        value = natural(value * whole(rng, step[0] * 100, step[1] * 100) // 10_000)
    return values


def _figures(rng: Rng, town: Town, world: World, granule: Decimal) -> dict[str, dict[str, Decimal]]:
    """Figures of every quarter; investment and enterprises as the lists say."""
    quarters = quarters_until(world.quarter)
    made = _counted(world, town, quarters)
    output = Decimal(whole(rng, 16_000, 72_000)) * 10_000
    flows = {"output_cny": output}
    flows |= {m: output * whole(rng, *share) / 100 for m, share in SHARES.items()}
    for metric, first in flows.items():
        steps = _walk(rng, first / granule, quarters, (90, 112))
        made[metric] = {q: v * granule for q, v in steps.items()}
    visits = _walk(rng, Decimal(whole(rng, 900, 4_900)), quarters, (88, 115))
    made["visitors"] = {q: v * 100 for q, v in visits.items()}
    area = town.planned_area_km2
    for metric, first, unit in (
        ("employees", Decimal(whole(rng, 2_100, 8_800)), Decimal(1)),
        ("patents", Decimal(whole(rng, 110, 520)), Decimal(1)),
        ("land_used_mu", area * 1500 * whole(rng, 20, 45) / 10, Decimal("0.1")),
        ("built_area_km2", area * whole(rng, 250, 500) / 10, Decimal("0.01")),
    ):
        made[metric] = {q: v * unit for q, v in _walk(rng, first, quarters, (101, 104)).items()}
    made["planned_area_km2"] = dict.fromkeys(quarters, area)
    return {metric: made[metric] for metric in METRICS}


def _counted(world: World, town: Town, quarters: list[str]) -> dict[str, dict[str, Decimal]]:
    """Figures that follow from the lists of projects and enterprises."""
    projects = world.projects[town.town_id]
    days = [e.admitted_on for e in world.enterprises[town.town_id]]
    labels = [f"{d.year}Q{(d.month + 2) // 3}" for d in days]
    none = Decimal(0)
    return {
        "fixed_asset_investment_cny": {
            q: sum((p.amounts.get(q, none) for p in projects), none) for q in quarters
        },
        "featured_investment_cny": {
            q: sum((p.amounts.get(q, none) for p in projects if p.featured), none) for q in quarters
        },
        "enterprises_count": {q: Decimal(sum(n <= q for n in labels)) for q in quarters},
        "new_enterprises": {q: Decimal(labels.count(q)) for q in quarters},
    }


def history_rows(world: World) -> list[Row]:
    """What the register holds of the quarters before, shaped as `schema.returns.Past`."""
    rows = []
    for town, quarter in product(world.towns, quarters_until(world.quarter)[:-1]):
        base = {"town_id": town.town_id, "quarter": quarter, "evidence": "reported"}
        for p in world.projects[town.town_id]:
            if quarter in p.amounts:
                what = {"form": "investment", "subject": p.name, "field": "amount_cny"}
                worth = {"basis": "quarter", "value": p.amounts[quarter], "unit": "cny"}
                rows.append(base | what | worth)
        for metric, values in world.figures[town.town_id].items():
            if (town.town_id, metric) not in world.forgotten:
                unit, extent = METRICS[metric]
                what = {"form": "figure", "subject": "", "field": metric}
                basis = "quarter" if extent == "during" else "at"
                rows.append(base | what | {"basis": basis, "value": values[quarter], "unit": unit})
    return rows


def presence_rows(world: World) -> list[Row]:
    """Which known enterprise and project is where, shaped as `schema.returns.Presence`."""
    rows = []
    for town in world.towns:
        base = {"town_id": town.town_id}
        rows += [
            base | {"form": "admission", "subject": e.credit_code, "name": e.name}
            for e in world.enterprises[town.town_id]
            if e.known
        ]
        rows += [
            base | {"form": "project", "subject": p.name, "name": p.name}
            for p in world.projects[town.town_id]
            if p.known
        ]
    return rows


def project_rows(world: World) -> list[Row]:
    """What the register holds of the known projects."""
    return [
        {
            "town_id": p.town_id,
            "name": p.name,
            "credit_code": p.builder.credit_code,
            "featured": p.featured,
            "starts_on": p.starts_on,
        }
        for town in world.towns
        for p in world.projects[town.town_id]
        if p.known
    ]


def truth_rows(world: World) -> list[Row]:
    """What the quarter really was: town_id, form, subject, field, value in the canonical unit."""
    rows, q = [], world.quarter
    for town in world.towns:
        town_id = town.town_id
        projects, enterprises = world.projects[town_id], world.enterprises[town_id]
        rows += [_true(town_id, "investment", p.name, "amount_cny", p.amounts[q]) for p in projects]
        for metric, values in world.figures[town_id].items():
            rows.append(_true(town_id, "figure", "", metric, values[q]))
        rows += [
            _true(town_id, "admission", e.credit_code, "credit_code", None) for e in enterprises
        ]
    return rows


def _true(town_id: str, form: str, subject: str, name: str, value: Decimal | None) -> Row:
    return {"town_id": town_id, "form": form, "subject": subject, "field": name, "value": value}
