"""A small plan of real towns and invented ones, as files that `townworks load --plan` takes."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from townworks.io import write_table
from townworks.schema.plans import PlanLine, PlanTotal, PlanYear

BN = 10**9
RUNNING, EARLY = "hangzhou-xihu-yunqi", "hangzhou-yuhang-dream"
TOTALS = ("quantity", "year", "unit", "planned", "least", "most")
Case = tuple[str, str, str, str, int | None, int, str]


def line(case: Case) -> dict[str, Any]:
    """A line: id, name, English name, county code, start (None: refused), bn a year, reason."""
    key, name, name_en, county_code, start, bn, reason = case
    amount = Decimal(3 * bn * BN if start else bn * BN)
    why = {"en": f"{name_en or name}: because", "zh": f"{name}：因为"}
    return {
        "candidate_id": key,
        "name": name,
        "name_en": name_en or None,
        "county_code": county_code or None,
        "sector": "high_end_equipment",
        "industry": "轴承",
        "origin": "application" if start else "discovered",
        "standing": "open",
        "evidence": "supports",
        "chosen": start is not None,
        "start_year": start,
        "value_cny": Decimal("120000000.50"),
        "value_low_cny": Decimal(1),
        "value_high_cny": Decimal(2),
        "value_basis": "claim",
        "investment_cny": amount,
        "public_investment_cny": amount / 5,
        "fiscal_return_cny": amount / 50,
        "land_mu": Decimal(1500),
        "inclusion": 0.93456789,
        "score": 71.5,
        "score_rank": 3,
        "on_list": True,
        "reason": reason,
        "reason_en": why["en"],
        "reason_zh": why["zh"],
    }


def years(case: Case) -> list[dict[str, Any]]:
    """Return three years from the start, a fifth of the money public."""
    key, _, _, _, start, bn, _ = case
    return [
        {
            "candidate_id": key,
            "year": start + n,
            "private_investment_cny": Decimal(bn * BN) * 4 / 5,
            "public_investment_cny": Decimal(bn * BN) / 5,
            "fiscal_return_cny": Decimal(bn * BN) / 50,
            "land_mu": Decimal(500),
        }
        for n in range(3)
        if start is not None
    ]


CASES: tuple[Case, ...] = (
    (RUNNING, "西湖云栖小镇", "", "330106", 2015, 2, "worth"),
    (EARLY, "余杭梦想小镇", "", "330110", 2017, 1, "committed"),
    ("a-1", "新昌轴承小镇", "Xinchang Bearing Town", "330624", 2015, 1, "worth"),
    ("a-2", "永康五金小镇", "Yongkang Hardware Town", "330784", 2016, 1, "worth"),
    ("a-3", "乐清电器小镇", "Yueqing Electrical Town", "330382", 2017, 2, "must"),
    ("d-1", "温岭泵业", "Wenling Pumps", "331081", None, 1, "outweighed"),
)


def tables(cases: tuple[Case, ...] = CASES) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return both tables."""
    schemas = PlanLine.create_empty().schema, PlanYear.create_empty().schema
    lines = pl.DataFrame([line(case) for case in cases], schema=dict(schemas[0]))
    amounts = [row for case in cases for row in years(case)]
    return lines, pl.DataFrame(amounts, schema=dict(schemas[1]))


def write_plan(folder: Path, cases: tuple[Case, ...] = CASES, *, record: bool = True) -> Path:
    """Write a plan, its years, and what was asked; return the plan's place."""
    path = folder / "plan.csv"
    lines, amounts = tables(cases)
    write_table(lines, path)
    write_table(amounts, folder / "plan.years.csv")
    if record:
        totals = pl.DataFrame(
            [
                ("towns", None, "count", Decimal(5), Decimal(5), Decimal(5)),
                ("investment", None, "cny", Decimal(21 * BN), Decimal(500 * BN), None),
                *(("towns", year, "count", Decimal(1), None, None) for year in (2015, 2016, 2017)),
            ],
            schema={n: t for n, t in PlanTotal.create_empty().schema.items() if n in TOTALS},
            orient="row",
        )
        write_table(totals, folder / "plan.totals.csv")
        run = {"made_on": date(2015, 3, 1).isoformat(), "gap": 0.004, "proven": False, "seed": 1}
        place = folder / "plan.csv.run.json"
        place.write_text(json.dumps(run), encoding="utf-8")
    return path


def plan_about() -> dict[str, Any]:
    """Return what the files of a plan say of it, for a plan that was never written."""
    return {
        "title": "",
        "made_on": None,
        "file_name": "plan.csv",
        "sha256": "a" * 64,
        "years_sha256": "a" * 64,
        "first_year": 2015,
        "years": 3,
        "towns_asked": None,
        "investment_target_cny": None,
        "summary": {},
    }
