import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.errors import DefinitionsError, EvaluationError
from townworks.rules import RuleBook, Subjects, judge, load_rules
from townworks.schema.verdicts import Verdict

Load = Callable[..., RuleBook]
Know = Callable[..., Subjects]
DAY = date(2018, 6, 1)


def verdict(book: RuleBook, subjects: Subjects, day: date = DAY, **more: str) -> dict[str, object]:
    """Judge the first subject by the rule `rent`."""
    found = judge([book.rules["rent"]], subjects, day, **more)  # type: ignore[arg-type]
    Verdict.validate(found)
    return found.row(0, named=True)


def test_yes_with_the_amount_and_every_fact(load: Load, know: Know) -> None:
    book = load()
    given = {"is_startup": True, "admitted_on": date(2018, 1, 1), "floor_m2": 300}
    row = verdict(book, know(book, given))
    assert (row["outcome"], row["quantity"], row["clause"]) == ("eligible", Decimal(73000), None)
    assert row["sentence_en"] == (
        "Eligible: CNY 73,000 a year (start-up: yes; admitted 2018-01-01; floor area 300 m²)."
    )
    assert row["sentence_zh"] == (
        "符合条件：每年7.3万元（初创：是；入驻日期2018-01-01；建筑面积300平方米）。"
    )
    assert json.loads(str(row["inputs"])) == {
        "is_startup": True,
        "admitted_on": "2018-01-01",
        "floor_m2": 300,
    }


def test_no_names_clause_parameter_and_what_was_found(load: Load, know: Know) -> None:
    book = load()
    given = {"is_startup": True, "admitted_on": date(2014, 3, 1), "floor_m2": 300}
    row = verdict(book, know(book, given))
    assert (row["outcome"], row["clause"], row["quantity"]) == ("not_eligible", 2, None)
    assert row["sentence_en"] == (
        "Not eligible: admitted 2014-03-01; as of 2018-06-01; required: less than 3 years"
        " (clause 2, `age_limit`)."
    )
    assert row["sentence_zh"] == (
        "不符合条件：入驻日期2014-03-01；截至2018-06-01；要求：未满3年（第2项，`age_limit`）。"
    )


def test_missing_is_an_answer_of_its_own(load: Load, know: Know) -> None:
    book = load()
    row = verdict(book, know(book, {"is_startup": True, "admitted_on": date(2018, 1, 1)}))
    assert (row["outcome"], row["needs"]) == ("undecided", "floor_m2")
    assert row["sentence_en"] == "Cannot be decided: needs floor area."
    assert row["sentence_zh"] == "无法判定：缺少建筑面积。"


def test_a_clause_that_fails_decides_whatever_else_is_missing(load: Load, know: Know) -> None:
    book = load()
    row = verdict(book, know(book, {"is_startup": False}))
    assert (row["outcome"], row["clause"], row["needs"]) == ("not_eligible", 1, None)


def test_what_is_missing_and_does_not_matter_is_not_asked_for(load: Load, know: Know) -> None:
    book = load(('sql = "is_startup"', 'sql = "is_startup OR staff > 0"'))
    row = verdict(book, know(book, {"is_startup": True}))
    assert row["needs"] == "admitted_on, floor_m2"


def test_thresholds_carry_day_clause_and_source(load: Load, know: Know) -> None:
    book = load()
    row = verdict(book, know(book, {}), date(2019, 8, 1))
    found = json.loads(str(row["thresholds"]))
    assert found["most_m2"] == {
        "value": 300,
        "unit": "m2",
        "from": "2019-07-01",
        "clauses": [],
        "source": "notice 2",
    }
    assert found["age_limit"]["clauses"] == [2]
    assert found["rate"]["source"] == "notice 1"


def test_old_values_stay_what_they_were(load: Load, know: Know) -> None:
    book = load()
    given = {"is_startup": True, "admitted_on": date(2018, 1, 1), "floor_m2": 400}
    amounts = [verdict(book, know(book, given), day)["quantity"] for day in (DAY, date(2019, 7, 1))]
    assert amounts == [200 * 365, 300 * 365]


def test_out_of_force_says_from_when_or_until_when(load: Load, know: Know) -> None:
    book = load(("[rules.rent]", "[rules.rent]\nto = 2020-12-31"))
    early = verdict(book, know(book, {}), date(2017, 12, 31))
    late = verdict(book, know(book, {}), date(2021, 1, 1))
    assert early["sentence_en"] == "Not eligible: in force from 2018-01-01 only."
    assert late["sentence_zh"] == "不符合条件：已于2020-12-31到期。"


def test_division_by_zero_is_told(load: Load, know: Know) -> None:
    book = load(
        ("LEAST(floor_m2, most_m2) * rate", "rate * floor_m2 * floor_m2 / (floor_m2 - most_m2)")
    )
    given = {"is_startup": True, "admitted_on": date(2018, 1, 1), "floor_m2": 200}
    row = verdict(book, know(book, given))
    assert (row["outcome"], row["needs"]) == ("undecided", "")
    assert str(row["sentence_en"]).startswith("Cannot be decided: the amount divides by zero (")


def test_overflow_is_one_error_with_file_and_key(load: Load, know: Know) -> None:
    amount = "rent_cny * rent_cny * rent_cny / rent_cny / rent_cny + rate * most_m2"
    book = load(("LEAST(floor_m2, most_m2) * rate", amount))
    given = {"is_startup": True, "admitted_on": date(2018, 1, 1), "rent_cny": 10**15}
    with pytest.raises(
        EvaluationError, match=r"policies/lake.toml: rules.rent.eligible: cannot be"
    ):
        verdict(book, know(book, given))


def test_a_parameter_without_a_value_on_the_day_is_named(load: Load, know: Know) -> None:
    book = load()
    rule = replace(book.rules["rent"], first=date(2010, 1, 1))
    with pytest.raises(
        DefinitionsError, match=r"parameter age_limit has no value on 2016-01-01; it"
    ):
        judge([rule], know(book, {}), date(2016, 1, 1))


def test_a_condition_is_met_or_not(know: Know, files: dict[str, str]) -> None:
    rules = (
        "[scheme]"
        """
title = { en = "Standard", zh = "标准" }
grantor = { en = "Office", zh = "办公室" }
source = "s"
from = 2018-01-01
[parameters.least]
title = { en = "least", zh = "下限" }
unit = "person"
values = [{ from = 2018-01-01, value = 10 }]
[rules.jobs]
title = { en = "Jobs", zh = "就业" }
what = { en = "Jobs.", zh = "就业。" }
subject = "enterprise"
eligible = [{ sql = "staff >= least", en = "at least {least}", zh = "不少于{least}人" }]
"""
    )
    book = load_rules({"inputs.toml": files["inputs.toml"], "conditions/c.toml": rules})
    found = judge(book.conditions(), know(book, {"staff": 9}, {"staff": 10}, {}), DAY)
    assert found["sentence_en"].to_list() == [
        "Not met: staff 9 persons; required: at least 10 (clause 1, `least`).",
        "Met (staff 10 persons).",
        "Cannot be decided: needs staff.",
    ]
    assert found["quantity"].null_count() == 3


CLAWBACK = """
[rules.kept]
title = { en = "Kept", zh = "保留" }
what = { en = "Kept.", zh = "保留。" }
subject = "enterprise"
unit = "cny"
amount = "rent_cny"
eligible = [{ sql = "is_startup", en = "a start-up", zh = "初创" }]
continuing = [{ sql = "staff > 0", en = "someone works there", zh = "有员工" }]
clawback = "rent_cny + rent_cny"
"""


def test_clawback_is_owed_when_a_continuing_condition_fails(load: Load, know: Know) -> None:
    book = load(more=CLAWBACK)
    subjects = know(book, {"staff": 0, "rent_cny": "10.05"}, {"staff": 1}, {"rent_cny": 5})
    found = judge([book.rules["kept"]], subjects, DAY, "continuing")
    assert found["outcome"].to_list() == ["not_eligible", "eligible", "undecided"]
    assert found["quantity"].to_list() == [Decimal("20.10"), None, None]
    assert found["sentence_en"][0] == (
        "Owed back: CNY 20.1; staff 0 persons; required: someone works there (clause 1)."
    )
    assert (
        found["sentence_en"][1]
        == "Kept: the continuing conditions hold (staff 1 persons; rent not known)."
    )
    rent = judge([book.rules["rent"]], subjects, DAY, "continuing")
    assert rent.is_empty()


AREA = st.none() | st.decimals(0, 10**6, places=6, allow_nan=False)
GIVEN = st.fixed_dictionaries(
    {
        "is_startup": st.none() | st.booleans(),
        "admitted_on": st.none() | st.dates(date(2010, 1, 1), date(2018, 6, 1)),
        "floor_m2": AREA,
    }
)


@settings(max_examples=60)
@given(rows=st.lists(GIVEN, min_size=1, max_size=12))
def test_against_the_rule_written_out_in_python(
    files: dict[str, str], rows: list[dict[str, object]]
) -> None:
    book, subjects = _book_and(files, rows)
    found = judge([book.rules["rent"]], subjects, DAY)
    assert found.height == len(rows)
    for row, verdict_ in zip(rows, found.iter_rows(named=True), strict=True):
        outcome, quantity = _by_hand(row)
        assert (verdict_["outcome"], verdict_["quantity"]) == (outcome, quantity), row


def _by_hand(row: dict[str, object]) -> tuple[str, Decimal | None]:
    startup, admitted, floor = row["is_startup"], row["admitted_on"], row["floor_m2"]
    young = None
    if isinstance(admitted, date):
        young = 2018 - admitted.year - ((admitted.month, admitted.day) > (6, 1)) < 3
    if startup is False or young is False:
        return "not_eligible", None
    if startup is None or young is None or floor is None:
        return "undecided", None
    amount = min(Decimal(str(floor)), Decimal(200)) * 365
    return "eligible", amount.quantize(Decimal("0.01"), ROUND_HALF_UP)


def _book_and(files: dict[str, str], rows: list[dict[str, object]]) -> tuple[RuleBook, Subjects]:
    book = load_rules(files)
    frame = pl.DataFrame(
        {"subject_id": [str(n) for n in range(len(rows))]}
        | {name: [row[name] for row in rows] for name in rows[0]},
        schema={
            "subject_id": pl.String,
            "is_startup": pl.Boolean,
            "admitted_on": pl.Date,
            "floor_m2": pl.Decimal(38, 6),
        },
    )
    return book, Subjects.of(frame, book.inputs)
