"""A plan whose numbers are made up: real counties, invented towns; same seed, same plan."""

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from townworks.report.plans import PlanFacts
from townworks.schema.gazetteer import load_gazetteer
from townworks.schema.plans import (
    UNITS,
    FrontierPoint,
    OverrideRecord,
    PlanLine,
    PlanPair,
    PlanSummary,
    PlanTotal,
    PlanYear,
    Sensitivity,
    ShadowValue,
)

SECTORS = {
    "information_economy": {"en": "information economy", "zh": "信息经济"},
    "environmental_protection": {"en": "environmental protection", "zh": "环保"},
    "health": {"en": "health", "zh": "健康"},
    "tourism": {"en": "tourism", "zh": "旅游"},
    "fashion": {"en": "fashion", "zh": "时尚"},
    "finance": {"en": "finance", "zh": "金融"},
    "high_end_equipment": {"en": "high-end equipment", "zh": "高端装备制造"},
    "historical_classics": {"en": "historical classics", "zh": "历史经典产业"},
}
TRADES = {
    "information_economy": ("云计算", "cloud computing"),
    "environmental_protection": ("节能环保", "clean technology"),
    "health": ("生物医药", "biomedicine"),
    "tourism": ("山水旅游", "mountain tourism"),
    "fashion": ("袜艺", "hosiery"),
    "finance": ("基金", "funds"),
    "high_end_equipment": ("泵阀", "pumps and valves"),
    "historical_classics": ("青瓷", "celadon"),
}
HOSTILE = '<script>alert("1")</script>&<img src=x onerror=alert(1)>'
FIRST = 2015
YEARS = (2015, 2016, 2017)


def dec(value: float) -> Decimal:
    return Decimal(f"{value:.2f}")


def plan_facts(n: int = 60, towns: int = 20, seed: int = 7, *, hostile: bool = False) -> PlanFacts:
    """A plan with every table filled."""
    rng = np.random.default_rng(seed)
    lines = _lines(rng, n, towns)
    if hostile:
        lines[0]["name"] = HOSTILE
        lines[0]["name_en"] = None
        lines[0]["reason_en"] = HOSTILE
    table = pl.DataFrame(lines, schema=PlanLine.create_empty().schema)
    chosen = table.filter(pl.col("chosen"))
    years = _years(chosen)
    return PlanFacts(
        title={"en": "Featured towns of Zhejiang", "zh": "浙江省特色小镇"},
        summary=_summary(chosen),
        lines=table,
        years=years,
        totals=_totals(chosen, years),
        pairs=_pairs(rng, chosen, table),
        frontier=_frontier(chosen, towns),
        sensitivity=_sensitivity(chosen, towns),
        shadow=_shadow(),
        overrides=_overrides(table, hostile=hostile),
        requested={
            "en": (f"Choose {towns} towns, to start in 2015 to 2017.",
                   "Mobilise CNY 90 bn by 2019: a target to reach, not a budget.",
                   "No two towns of one industry in one county."),
            "zh": (f"选择{towns}个小镇，2015至2017年启动。",
                   "到2019年带动投资900亿元（目标，非预算）。", "同一县不设两个同产业小镇。"),
        },
        as_of=date(2016, 1, 29),
        version="0.1.0",
        inputs=("candidates.csv 5ea1c0de", "request.toml 0ddba11a"),
        sectors=SECTORS,
    )  # fmt: skip


def empty_facts() -> PlanFacts:
    """A plan with towns but nothing beside them: no pairs, no frontier, nobody refused, no map."""
    full = plan_facts(12, 12)
    lines = full.lines.with_columns(
        county_code=pl.lit(None, pl.String), lon=pl.lit(None, pl.Float64),
        lat=pl.lit(None, pl.Float64), next_best=pl.lit(None, pl.String),
        regret_share=pl.lit(None, pl.Float64), needed_value_cny=pl.lit(None, pl.Decimal(20, 2)),
    )  # fmt: skip
    parts: dict[str, Any] = {name: getattr(full, name) for name in PlanFacts.__slots__}
    summary = PlanSummary(**{
        name: getattr(full.summary, name) for name in PlanSummary.__slots__
    } | {"target_probability": None, "is_proven": False, "risk_aversion": 0.0,
         "displaced": {}})  # fmt: skip
    return PlanFacts(**parts | {
        "lines": lines, "summary": summary, "years": PlanYear.create_empty(),
        "totals": PlanTotal.create_empty(), "pairs": PlanPair.create_empty(),
        "frontier": FrontierPoint.create_empty(), "sensitivity": Sensitivity.create_empty(),
        "shadow": ShadowValue.create_empty(), "overrides": OverrideRecord.create_empty(),
        "requested": {"en": (), "zh": ()}, "inputs": (), "sectors": {},
    })  # fmt: skip


def _counties() -> list[dict[str, Any]]:
    places = load_gazetteer().places.filter(pl.col("province") == "330000")
    names = dict(places.select("code", "name").iter_rows())
    counties = places.filter(~pl.col("code").str.ends_with("00")).sort("code")
    return [r | {"area": names.get(r["prefecture"], "")} for r in counties.iter_rows(named=True)]


def _lines(rng: np.random.Generator, n: int, towns: int) -> list[dict[str, Any]]:
    counties = _counties()
    value = np.sort(rng.lognormal(19.6, 0.55, n))[::-1]
    value = value * rng.lognormal(0, 0.12, n)
    plain = np.argsort(np.argsort(-(np.log(value) + rng.normal(0, 0.35, n)))) + 1
    order = np.argsort(-value)
    first = set(order[:towns].tolist())
    return [
        _line(rng, k, (n, towns), county=counties[int(rng.integers(len(counties)))],
              found=(float(value[k]), int(plain[k]), k in first))
        for k in range(n)
    ]  # fmt: skip


def _line(
    rng: np.random.Generator, k: int, size: tuple[int, int], *, county: dict[str, Any],
    found: tuple[float, int, bool],
) -> dict[str, Any]:  # fmt: skip
    """found: worth, rank on the plain list, whether it is chosen."""
    (n, towns), (value, rank, is_in) = size, found
    sector = list(SECTORS)[int(rng.integers(len(SECTORS)))]
    zh, en = TRADES[sector]
    year = YEARS[int(rng.integers(3))] if is_in else None
    inclusion = float(np.clip((0.93 if is_in else 0.18) + rng.normal(0, 0.16), 0, 1))
    evidence = ("supports", "silent", "contradicts")[int(rng.choice(3, p=(0.45, 0.42, 0.13)))]
    committed = is_in and k % 17 == 0
    short = county["name"].rstrip("市县区")
    other = f"town-{(k + 7) % n:03d}"
    place = rng.random() < 0.6
    reason = "committed" if committed else "worth" if is_in else "outweighed"
    return {
        "candidate_id": f"town-{k:03d}", "name": f"{short}{zh}小镇",
        "name_en": f"{short} {en} town" if k % 3 else None, "prefecture": county["area"],
        "county_code": county["code"], "county": county["name"], "sector": sector,
        "industry": zh, "origin": "discovered" if k % 9 == 0 else "application",
        "standing": "committed" if committed else "open",
        "lon": 120.1 + float(rng.normal(0, 0.7)) if place and k % 4 == 0 else None,
        "lat": 29.3 + float(rng.normal(0, 0.5)) if place and k % 4 == 0 else None,
        "evidence": evidence,
        "enterprises": None if evidence == "silent" else int(rng.integers(4, 900)),
        "lq": None if evidence == "silent" else float(rng.lognormal(1, 0.8)),
        "lq_low": None if evidence == "silent" else 0.9, "lq_high": 12.0,
        "evidence_note": None, "source": "application of 2015", "chosen": is_in,
        "start_year": year,
        "value_claimed_cny": None if k % 11 == 3 else dec(value * float(rng.uniform(1, 1.9))),
        "value_cny": dec(value), "value_low_cny": dec(value * 0.55),
        "value_high_cny": dec(value * 1.6),
        "value_basis": "sector" if k % 11 == 3 else "claim", "investment_cny": dec(value * 11),
        "public_investment_cny": dec(value * 2.4), "fiscal_return_cny": dec(value * 0.3),
        "land_mu": dec(float(rng.uniform(200, 1500))), "inclusion": inclusion,
        "score": float(np.clip(96 - 70 * rank / n, 0, 100)), "score_rank": rank,
        "on_list": rank <= towns, "next_best": other,
        "regret_share": None if committed else float(rng.uniform(0.0004, 0.02)),
        "needed_value_cny": None if is_in else dec(value * float(rng.uniform(1.1, 2.4))),
        "reason": reason,
        **_reasons(value, inclusion, None if is_in else other),
    }  # fmt: skip


def _reasons(value: float, inclusion: float, other: str | None) -> dict[str, str]:
    m, yi = value / 1e6, value / 1e8
    en = f"Worth CNY {m:,.0f} m a year (95 %: CNY {m * 0.55:,.0f} m to CNY {m * 1.6:,.0f} m), "
    zh = f"年价值{yi:.1f}亿元（95%区间：{yi * 0.55:.1f}亿元至{yi * 1.6:.1f}亿元），"
    if other is None:
        en += f"its forecast, corrected; in the best plan of {inclusion:.0%} of the scenarios."
        zh += f"依据其预测并经修正；在{inclusion:.0%}的情景中入选最优方案。"
    else:
        en += f"its forecast, corrected. In place of {other} the plan would lose CNY 4.1 m a year; "
        en += f"worth CNY {m * 1.5:,.0f} m it would be chosen."
        zh += f"依据其预测并经修正。替代{other}将使方案每年损失410万元；"
        zh += f"若其年价值达到{yi * 1.5:.1f}亿元，即可入选。"
    return {"reason_en": en, "reason_zh": zh}


def _years(chosen: pl.DataFrame) -> pl.DataFrame:
    rows = [
        {"candidate_id": row["candidate_id"], "year": row["start_year"] + k,
         "private_investment_cny": dec(float(row["investment_cny"]) * 0.78 * share),
         "public_investment_cny": dec(float(row["investment_cny"]) * 0.22 * share),
         "fiscal_return_cny": dec(float(row["fiscal_return_cny"]) * share),
         "land_mu": dec(float(row["land_mu"]) * share)}
        for row in chosen.iter_rows(named=True)
        for k, share in enumerate((0.5, 0.3, 0.2))
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=PlanYear.create_empty().schema)


def _totals(chosen: pl.DataFrame, years: pl.DataFrame) -> pl.DataFrame:
    rows = []
    columns = {"private_investment": "private_investment_cny", "fiscal_return": "fiscal_return_cny",
               "public_investment": "public_investment_cny", "land": "land_mu"}  # fmt: skip
    for quantity, column in columns.items():
        for year in (*sorted(years["year"].unique()), None):
            part = years if year is None else years.filter(pl.col("year") == year)
            sum_ = float(part[column].sum())
            capped = quantity != "private_investment" and (year is None or year in YEARS)
            rows.append(_total(quantity, year, sum_, most=1.06 * sum_ if capped else None))
    for year in (*YEARS, None):
        count = chosen.filter(pl.col("start_year") == year).height if year else chosen.height
        rows.append(_total("towns", year, count, most=count + 2 if year else count))
    invested = float(chosen["investment_cny"].sum())
    rows.append(_total("investment", None, invested, least=invested * 0.97, expected=0.96))
    for name, size in (("growth_cny", 0.9), ("jobs", 3e-5), ("tax_cny", 0.2)):
        worth = float(chosen["value_cny"].sum()) * size
        rows.append(_total(name, None, 1.35 * worth, expected=0.74))
    rows.append(_total("value", None, float(chosen["value_cny"].sum()), expected=1.0))
    return pl.DataFrame(rows, schema=PlanTotal.create_empty().schema)


def _total(
    quantity: str, year: int | None, planned: float, *,
    least: float | None = None, most: float | None = None, expected: float | None = None,
) -> dict[str, Any]:  # fmt: skip
    unit = UNITS[quantity]
    return {
        "quantity": quantity, "year": year, "unit": unit, "planned": dec(planned),
        "least": None if least is None else dec(least),
        "most": None if most is None else dec(most),
        "expected": None if expected is None else planned * expected,
        "low": None if expected is None else planned * expected * 0.91,
        "high": None if expected is None else planned * expected * 1.09,
        "probability": None if expected is None or least is None else 0.41,
    }  # fmt: skip


def _pairs(rng: np.random.Generator, chosen: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    ids = [*chosen["candidate_id"][:8], *table["candidate_id"][-3:]]
    rows = [
        {"one": a, "other": b, "value_cny": dec(float(rng.normal(8e6, 3e7))),
         "note": "supplier and buyer" if k % 2 else None}
        for k, (a, b) in enumerate(itertools.pairwise(ids))
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=PlanPair.create_empty().schema)


def _frontier(chosen: pl.DataFrame, towns: int) -> pl.DataFrame:
    worth = float(chosen["value_cny"].sum())
    land, public = (float(chosen[n].sum()) for n in ("land_mu", "public_investment_cny"))
    rows = [
        {"across": across, "limit": top * (0.5 + 0.1 * k),
         "value_cny": 1.06 * worth * (1 - 0.6 * (0.95 - 0.09 * k) ** 2),
         "bound_cny": 1.07 * worth * (1 - 0.6 * (0.95 - 0.09 * k) ** 2),
         "shared": int(towns * (0.6 + 0.05 * k))}
        for across, top in (("land", land), ("public_investment", public), ("jobs", 3e-5 * worth))
        for k in range(9)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FrontierPoint.create_empty().schema)


def _sensitivity(chosen: pl.DataFrame, towns: int) -> pl.DataFrame:
    worth = float(chosen["value_cny"].sum())
    cases = [
        ("forecasts", "as_claimed", 1.39 * worth, 1.44 * worth, towns - 4),
        ("forecasts", "error_half", 1.04 * worth, 1.045 * worth, towns - 1),
        ("forecasts", "error_double", 0.89 * worth, 0.9 * worth, towns - 2),
        ("pairs", "none", 0.98 * worth, 0.983 * worth, towns - 1),
        ("discount", "10%", 0.91 * worth, 0.92 * worth, towns),
        ("risk_aversion", "0.0", worth, 1.015 * worth, towns - 2),
        ("investment_counts", "expected", 0.97 * worth, None, None),
    ]
    rows = [
        dict(zip(("assumption", "setting", "value_cny", "best_cny", "shared"), case, strict=True))
        for case in cases
    ]
    return pl.DataFrame(rows, schema=Sensitivity.create_empty().schema)


def _shadow() -> pl.DataFrame:
    rows = [
        ("towns", 1.0, 1.6e8, 2.1e7),
        ("towns", -1.0, -1.9e8, 2.1e7),
        ("land 2016", 900.0, 5e6, 2.1e7),
        ("land 2016", -900.0, -6.2e7, 2.1e7),
        ("investment_target", 5e9, None, None),
    ]
    names = ("quantity", "change", "value_change_cny", "error_cny")
    return pl.DataFrame(
        [dict(zip(names, row, strict=True)) for row in rows],
        schema=ShadowValue.create_empty().schema,
    )


def _overrides(table: pl.DataFrame, *, hostile: bool) -> pl.DataFrame:
    ids = table["candidate_id"]
    row = {
        "out": ids[4], "into": ids[-2], "by": HOSTILE if hostile else "Office of the programme",
        "why": "The county has begun to build; stopping now would cost more.",
        "regret_cny": 3.4e7, "regret_share": 0.004,
    }  # fmt: skip
    return pl.DataFrame([row], schema=OverrideRecord.create_empty().schema)


def _summary(chosen: pl.DataFrame) -> PlanSummary:
    value = float(chosen["value_cny"].sum())
    claimed = float(chosen["value_claimed_cny"].drop_nulls().sum())
    return PlanSummary(
        first_year=FIRST, years=3, towns=chosen.height,
        weights={"growth_cny": Decimal("0.6"), "jobs": Decimal(20000), "tax_cny": Decimal("0.4")},
        risk_aversion=0.2, scenarios=200, seed=20150604, value_cny=value,
        value_low_cny=value * 0.87, value_high_cny=value * 1.14, bound_cny=value * 1.0042,
        gap=0.0042, is_proven=True, list_shared=chosen.filter(pl.col("on_list")).height,
        list_value_cny=value * 0.94, claimed_cny=claimed, shortfall_cny=claimed * 0.31,
        shortfall_corrected_cny=value * 0.03, displaced={0.0: value, 0.4: value * 0.6, 1.0: 0.0},
        target_probability=0.41,
    )  # fmt: skip
