"""A land-quota ledger and a fiscal-return statement, worked out by hand."""

from datetime import date
from decimal import Decimal

import polars as pl

from townworks.rules import Subjects, load_rules, statement

BOOK = {
    "inputs.toml": """
[quota_used_mu]
subject = "town"
type = "number"
unit = "mu"
label = { en = "quota used", zh = "使用指标" }
[rewarded_mu]
subject = "town"
type = "number"
unit = "mu"
label = { en = "quota rewarded", zh = "已奖励指标" }
[target_met]
subject = "town"
type = "boolean"
label = { en = "target met", zh = "完成目标" }
[revenue_cny]
subject = "town"
type = "number"
unit = "cny"
label = { en = "revenue", zh = "财政收入" }
[base_cny]
subject = "town"
type = "number"
unit = "cny"
label = { en = "base year", zh = "基数" }
""",
    "policies/land.toml": """
[scheme]
title = { en = "Land", zh = "用地" }
grantor = { en = "Province", zh = "省" }
payer = "province"
source = "s"
from = 2015-01-01
[parameters.reward]
title = { en = "reward", zh = "奖励比例" }
unit = "share"
values = [{ from = 2015-01-01, value = 0.5 }]
[parameters.times]
title = { en = "times", zh = "倍数" }
unit = "count"
values = [{ from = 2015-01-01, value = 2 }]
[rules.land]
title = { en = "Reward", zh = "奖励" }
what = { en = "Land.", zh = "用地。" }
subject = "town"
unit = "mu"
eligible = [{ sql = "target_met", en = "the target was met", zh = "完成目标" }]
amount = "quota_used_mu * reward"
continuing = [{ sql = "target_met", en = "the target was met", zh = "完成目标" }]
clawback = "rewarded_mu * times"
[rules.return]
title = { en = "Return", zh = "返还" }
what = { en = "Fiscal.", zh = "财政。" }
subject = "town"
unit = "cny"
amount = "GREATEST(revenue_cny - base_cny, 0) * reward"
""",
}


def test_ledger_and_statement_with_running_balance() -> None:
    book = load_rules(BOOK)
    years = pl.DataFrame(
        {
            "subject_id": ["t 2015", "t 2016", "t 2017", "u 2015"],
            "town_id": ["t", "t", "t", "u"],
            "year_ends": [date(year, 12, 31) for year in (2015, 2016, 2017, 2015)],
            "quota_used_mu": [100.5, 40.0, None, 10.0],
            "rewarded_mu": [0.0, 50.25, 70.25, 0.0],
            "target_met": [True, True, False, None],
            "revenue_cny": ["900.01", "1000.01", None, "1"],
            "base_cny": ["950", "950", "950", "1"],
        }
    )
    subjects = Subjects.of(years, book.inputs)
    land = statement(book, years, subjects, "mu")
    told = land.select(
        "town_id", "year_ends", "outcome", "granted", "clawed_back", "balance"
    ).rows()
    assert told == [
        ("t", date(2015, 12, 31), "eligible", Decimal("50.25"), 0, Decimal("50.25")),
        ("t", date(2016, 12, 31), "eligible", 20, 0, Decimal("70.25")),
        ("t", date(2017, 12, 31), "not_eligible", 0, 0, Decimal("70.25")),
        ("t", date(2017, 12, 31), "not_eligible", 0, Decimal("140.50"), Decimal("-70.25")),
        ("u", date(2015, 12, 31), "undecided", 0, 0, 0),
    ]
    money = statement(book, years, subjects, "cny")
    assert money["granted"].to_list() == [0, Decimal("25.01"), 0, 0]
    assert money["sentence_en"][2] == "Cannot be decided: needs revenue."


def test_no_years_is_an_empty_ledger() -> None:
    book = load_rules(BOOK)
    years = pl.DataFrame(
        schema={"subject_id": pl.String, "town_id": pl.String, "year_ends": pl.Date}
    )
    found = statement(book, years, Subjects.of(years, book.inputs), "mu")
    assert found.is_empty()
    assert "balance" in found.columns
