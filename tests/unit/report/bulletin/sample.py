"""A bulletin of invented towns, with everything that can be missing, missing somewhere."""

from datetime import date
from decimal import Decimal

import polars as pl

from townworks.schema.bulletin import (
    Asked,
    Bulletin,
    Clause,
    Goal,
    Levels,
    Line,
    Settled,
    TownReturn,
)
from townworks.schema.reading import Words

HOSTILE = "<script>alert(1)</script> & =cmd"


def both(en: str, zh: str = "") -> Words:
    return {"en": en, "zh": zh or en}


def town(called: str, **more: object) -> TownReturn:
    given: dict[str, object] = {
        "town_id": called.lower(),
        "name": both(called, f"{called}小镇"),
        "prefecture": both("Hangzhou", "杭州市"),
        "sector": both("finance", "金融"),
        "status": both("creation", "创建"),
        "state": "submitted",
        "state_words": both("submitted", "已报送"),
        "due_on": date(2016, 7, 20),
        **more,
    }
    return TownReturn(**given)  # type: ignore[arg-type]


ASKED = both("asked", "待答复")
TOWNS = (
    town(
        "Alpha",
        quarter=Levels(Decimal("12000000.10"), Decimal(11_000_000)),
        year=Levels(Decimal(30_000_000), Decimal(11_000_000)),
        reached_cny=Decimal(150),
        required_cny=Decimal(100),
        projects=(Line(both("一号楼"), Levels(Decimal(12_000_000), Decimal(11_000_000)), "cny"),),
        figures=(Line(both("Jobs", "从业人员数"), Levels(Decimal(3200)), "count"),),
        goals=(Goal(both("Jobs", "从业人员数"), "count", Decimal(4000), Levels(Decimal(3200))),),
    ),
    town("Beta", prefecture=both("Ningbo", "宁波市"), state="due", days_late=12),
    town(
        "Gamma",
        name=both(HOSTILE),
        quarter=Levels(Decimal(8_000_000)),
        year=Levels(Decimal(8_000_000)),
        asked=(Asked(both("Tax", "税收"), both("Why?", "为何？"), ASKED, date(2016, 7, 22)),),
    ),
    town("Delta", practice=True, quarter=Levels(Decimal(10**12))),
)  # fmt: skip


def bulletin(towns: tuple[TownReturn, ...] = TOWNS) -> Bulletin:
    amounts = [
        (date(2015, 12, 31), "reported", Decimal(47_790_000_000)),
        (date(2016, 6, 30), "reported", Decimal(20_000_000)),
        (date(2016, 6, 30), "verified", Decimal(11_000_000)),
    ]
    schema = pl.Schema(
        {"period_end": pl.Date(), "evidence": pl.String(), "amount_cny": pl.Decimal(38, 2)}
    )
    return Bulletin(
        title=both("Invented programme", "虚构项目"),
        authority=both("Office", "办公室"),
        quarter="2016Q2",
        on=date(2016, 6, 30),
        as_of=date(2016, 8, 1),
        target_cny=Decimal(500_000_000_000),
        target_from=date(2015, 1, 1),
        target_to=date(2017, 12, 31),
        amounts=pl.DataFrame(amounts if towns else [], schema=schema, orient="row"),
        towns=towns,
        clauses=(Clause(both("Land", "用地"), "mu", 2, Decimal(20), Decimal(15), Decimal(5), "x"),)
        if towns
        else (),
        statements=(
            Settled(both("Return", "返还"), 2015, "cny", 1, Decimal("1234.56"), Decimal(0), 36),
        )
        if towns
        else (),
        practice=True,
    )
