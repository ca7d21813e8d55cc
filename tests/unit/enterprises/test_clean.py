"""Every row is kept or rejected, with all that is wrong with it."""

import json
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.enterprises.clean import Cleaned, clean
from townworks.enterprises.dates import EARLIEST
from townworks.schema import FILING_FIELDS, Enterprise, Filing, Reject

AS_OF = date(2015, 6, 3)
CODE = "91350100M000100Y43"
"""The example of GB 32100-2015."""
GOOD = {
    "name": "大唐袜业有限公司",
    "credit_code": CODE,
    "registered_on": "2012-07-26",
    "capital": "50(万元人民币)",
    "activity": "袜子制造",
    "address": "诸暨市大唐镇",
    "county": "诸暨市",
}


def filings(*rows: dict[str, str | None]) -> pl.DataFrame:
    """Rows as received, each on its own line."""
    columns = {field: [row.get(field) for row in rows] for field in FILING_FIELDS}
    places = {"file": ["r.csv"] * len(rows), "line": range(2, len(rows) + 2)}
    return pl.DataFrame({**places, **columns}, schema=Filing.create_empty().schema)


def one(**changes: str | None) -> Cleaned:
    return clean(filings({**GOOD, **changes}), AS_OF)


def kept(**changes: str | None) -> dict[str, object]:
    return one(**changes).enterprises.row(0, named=True)


def rejected(**changes: str | None) -> dict[str, str]:
    cleaned = one(**changes)
    assert cleaned.enterprises.is_empty()
    return cleaned.rejects.row(0, named=True)


def test_good_row_is_understood() -> None:
    assert kept() == {
        "enterprise_id": CODE,
        "credit_code": CODE,
        "name": "大唐袜业有限公司",
        "registered_on": date(2012, 7, 26),
        "enterprise_type": None,
        "capital": Decimal("500000.00"),
        "capital_currency": "CNY",
        "activity": "袜子制造",
        "industry_code": None,
        "province": None,
        "prefecture": None,
        "county": "诸暨市",
        "township": None,
        "address": "诸暨市大唐镇",
        "file": "r.csv",
        "line": 2,
    }
    assert one().rejects.is_empty()


WORDS = st.one_of(st.none(), st.text("袜ａA1 　、（）-/年", max_size=12))
SPOILT = st.fixed_dictionaries(
    {},
    optional={
        "name": WORDS,
        "credit_code": st.one_of(WORDS, st.sampled_from([CODE[:-1], "330681000012345", CODE])),
        "registered_on": st.one_of(WORDS, st.dates().map(str)),
        "capital": WORDS,
        "activity": WORDS,
        "address": WORDS,
    },
)


@settings(deadline=None)
@given(st.lists(SPOILT, max_size=12))
def test_every_row_is_kept_or_rejected(changes: list[dict[str, str | None]]) -> None:
    received = filings(*({**GOOD, **change} for change in changes))
    cleaned = clean(received, AS_OF)
    both = pl.concat(
        [frame.select("file", "line") for frame in (cleaned.enterprises, cleaned.rejects)]
    )
    assert both.sort("line").equals(received.select("file", "line"))
    Reject.validate(cleaned.rejects)
    assert cleaned.enterprises["line"].is_sorted()
    assert cleaned.rejects["line"].is_sorted()
    days = cleaned.enterprises["registered_on"].drop_nulls().to_list()
    assert all(EARLIEST <= day <= AS_OF for day in days)
    said = received.filter(pl.col("line").is_in(cleaned.enterprises["line"].to_list()))["capital"]
    lost = said.is_not_null() & cleaned.enterprises["capital"].is_null()
    assert cleaned.unreadable["capital"] == lost.sum()


@settings(deadline=None)
@given(st.lists(SPOILT, max_size=8), st.integers(0, 8))
def test_each_row_is_understood_as_if_alone(changes: list[dict[str, str | None]], cut: int) -> None:
    received = filings(*({**GOOD, **change} for change in changes))
    whole, parts = (
        clean(received, AS_OF),
        [clean(received[:cut], AS_OF), clean(received[cut:], AS_OF)],
    )
    assert pl.concat([part.enterprises for part in parts]).equals(whole.enterprises)
    assert pl.concat([part.rejects for part in parts]).equals(whole.rejects)
    assert sum((part.unreadable for part in parts), Counter()) == whole.unreadable


@pytest.mark.parametrize(
    ("changes", "reason", "field", "detail"),
    [
        ({"name": None}, "missing_name", "name", "no name"),
        ({"name": " \u3000"}, "missing_name", "name", "no name"),
        (
            {"credit_code": "91350100M000100Y44"},
            "bad_credit_code",
            "credit_code",
            "“91350100M000100Y44” has a wrong check character",
        ),
        (
            {"credit_code": "无"},
            "bad_credit_code",
            "credit_code",
            "“无” has 1 characters, not 18",
        ),
        (
            {"credit_code": "330681000012345"},
            "bad_credit_code",
            "credit_code",
            "“330681000012345” is a registration number from before 2015",
        ),
        (
            {"credit_code": "3306810000123"},
            "bad_credit_code",
            "credit_code",
            "“3306810000123” is a registration number from before 2015",
        ),
        (
            {"credit_code": "33068100001234"},
            "bad_credit_code",
            "credit_code",
            "“33068100001234” has 14 characters, not 18",
        ),
        (
            {"registered_on": "2011-02-29"},
            "bad_date",
            "registered_on",
            "“2011-02-29” is no day from 1949-10-01 to 2015-06-03",
        ),
        (
            {"registered_on": "2999-01-01"},
            "bad_date",
            "registered_on",
            "“2999-01-01” is no day from 1949-10-01 to 2015-06-03",
        ),
        (
            {"registered_on": "1912", "credit_code": "x"},
            "bad_credit_code",
            "credit_code",
            "“X” has 1 characters, not 18; “1912” is no day from 1949-10-01 to 2015-06-03",
        ),
        (
            {"name": None, "registered_on": "?", "credit_code": "x"},
            "missing_name",
            "name",
            "no name; “X” has 1 characters, not 18; “?” is no day from 1949-10-01 to 2015-06-03",
        ),
    ],
)
def test_first_fault_is_the_reason_and_all_are_told(
    changes: dict[str, str | None], reason: str, field: str, detail: str
) -> None:
    row = rejected(**changes)
    assert (row["reason"], row["field"], row["detail"]) == (reason, field, detail)


@pytest.mark.parametrize(
    ("day", "stays"),
    [
        ("1949-09-30", False),
        ("1949-10-01", True),
        ("2015-06-03", True),
        ("2015-06-04", False),
        ("0012-07-26", False),
        (None, True),
    ],
)
def test_days_from_the_first_to_as_of_are_kept(day: str | None, *, stays: bool) -> None:
    assert one(registered_on=day).enterprises.height == stays


def test_raw_is_the_row_as_received() -> None:
    row = rejected(name=" ＡＢ（甲）", credit_code="9135 01x", registered_on=None)
    assert json.loads(row["raw"]) == {
        "name": " ＡＢ（甲）",
        "credit_code": "9135 01x",
        "registered_on": None,
        "activity": "袜子制造",
        "address": "诸暨市大唐镇",
    }


def test_detail_and_raw_are_shortened() -> None:
    row = rejected(credit_code="X" * 500, activity="袜" * 5_000)
    assert (len(row["detail"]), len(row["raw"])) == (200, 2_000)


@pytest.mark.parametrize(
    ("address", "identity"),
    [("诸暨市", "大唐袜业有限公司|诸暨市"), (None, "大唐袜业有限公司")],
)
def test_row_without_a_code_is_known_by_name_and_address(
    address: str | None, identity: str
) -> None:
    row = kept(credit_code=None, address=address)
    assert (row["enterprise_id"], row["credit_code"]) == (identity, None)


def test_code_is_kept_folded() -> None:
    assert kept(credit_code=" 91350100ｍ000100y43")["enterprise_id"] == CODE


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("ＡＢＣ１２３公司", "ABC123公司"),
        ("大唐 袜业\u3000有限公司\n", "大唐袜业有限公司"),
        ("恒达（浙江）有限公司", "恒达(浙江)有限公司"),
        ("恒达(浙江)有限公司", "恒达(浙江)有限公司"),
        ("《茶》、“酒”。商行", "《茶》、“酒”。商行"),
        ("大唐袜业", "大唐袜业"),
    ],
)
def test_names_are_folded_and_chinese_signs_stay(written: str, name: str) -> None:
    assert kept(name=written)["name"] == name


def test_unreadable_capital_is_counted_and_the_row_kept() -> None:
    rows = [{**GOOD, "capital": capital} for capital in ("三十万", "?", None, "5万")]
    rows.append({**GOOD, "capital": "?", "name": None})
    cleaned = clean(filings(*rows), AS_OF)
    assert cleaned.unreadable == Counter(capital=2)
    assert cleaned.enterprises["capital"].to_list() == [None, None, None, Decimal("50000.00")]


@pytest.mark.parametrize("rows", [[], [GOOD], [{**GOOD, "name": None}]])
def test_frames_have_the_types_of_their_tables(rows: list[dict[str, str | None]]) -> None:
    cleaned = clean(filings(*rows), AS_OF)
    types = Enterprise.create_empty().schema
    located = ("county_code", "township_code", "location_source", "location_confidence")
    assert set(types) - set(cleaned.enterprises.schema) == set(located)
    found = {name: kind for name, kind in cleaned.enterprises.schema.items() if name in types}
    assert found == {name: types[name] for name in found}
    assert cleaned.rejects.schema == Reject.create_empty().schema


@pytest.mark.shared
@pytest.mark.parametrize(
    ("as_of", "reasons"),
    [
        (date(2020, 1, 1), {"bad_credit_code": 6}),
        (date(2014, 12, 31), {"bad_credit_code": 6, "bad_date": 21_854}),
    ],
)
def test_real_rows_are_rejected_for_known_reasons(
    registry_path: Path, as_of: date, reasons: dict[str, int]
) -> None:
    headers = {"name": "企业名称", "credit_code": "统一社会信用代码", "registered_on": "注册日期"}
    received = pl.read_parquet(registry_path).select(
        pl.col(header).alias(field) for field, header in headers.items()
    )
    known = received.with_columns(file=pl.lit("r"), line=pl.int_range(pl.len(), dtype=pl.UInt64))
    empty = (pl.lit(None, pl.String).alias(f) for f in FILING_FIELDS if f not in headers)
    cleaned = clean(known.with_columns(empty), as_of)
    assert dict(cleaned.rejects["reason"].value_counts().rows()) == reasons
    assert cleaned.enterprises.height + cleaned.rejects.height == 190_219
