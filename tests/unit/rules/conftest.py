"""A small rule book that tests change a word at a time."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from townworks.rules import RuleBook, Subjects, load_rules
from townworks.rules.facts import input_type

INPUTS = """
[floor_m2]
subject = "enterprise"
type = "number"
unit = "m2"
label = { en = "floor area", zh = "建筑面积" }
[rent_cny]
subject = "enterprise"
type = "number"
unit = "cny"
label = { en = "rent", zh = "租金" }
[staff]
subject = "enterprise"
type = "number"
unit = "person"
label = { en = "staff", zh = "员工" }
[is_startup]
subject = "enterprise"
type = "boolean"
label = { en = "start-up", zh = "初创" }
[admitted_on]
subject = "enterprise"
type = "date"
label = { en = "admitted", zh = "入驻日期" }
[sector]
subject = "town"
type = "text"
values = ["finance", "health", "fashion"]
label = { en = "sector", zh = "产业" }
"""
SCHEME = """
[scheme]
title = { en = "Lake support", zh = "湖区扶持" }
grantor = { en = "Lake County", zh = "湖县" }
payer = "county"
source = "notice 1"
from = 2018-01-01
"""
PARAMETERS = """
[parameters.most_m2]
title = { en = "floor at most", zh = "面积上限" }
unit = "m2"
values = [
    { from = 2018-01-01, value = 200 },
    { from = 2019-07-01, value = 300, source = "notice 2" },
]
[parameters.rate]
title = { en = "rate", zh = "标准" }
unit = "cny/m2"
values = [{ from = 2018-01-01, value = 365 }]
[parameters.age_limit]
title = { en = "age limit", zh = "年限" }
unit = "year"
values = [{ from = 2018-01-01, value = 3 }]
"""
RULES = """
[rules.rent]
title = { en = "Rent subsidy", zh = "租金补贴" }
what = { en = "Part of the rent.", zh = "补贴部分租金。" }
subject = "enterprise"
unit = "cny"
period = "year"
eligible = [
    { sql = "is_startup", en = "a start-up", zh = "初创企业" },
    { sql = "%s", en = "less than {age_limit} years", zh = "未满{age_limit}年" },
]
amount = "LEAST(floor_m2, most_m2) * rate"
""".replace("%s", "YEARS_BETWEEN(admitted_on, as_of) < age_limit")
FILES = {"inputs.toml": INPUTS, "policies/lake.toml": SCHEME + PARAMETERS + RULES}


@pytest.fixture(scope="session")
def files() -> dict[str, str]:
    """Files of the small book."""
    return dict(FILES)


Load = Callable[..., RuleBook]


@pytest.fixture
def load() -> Load:
    """Load the small book with a few words replaced: load(("old", "new"), …, more=TOML)."""

    def with_changes(*changes: tuple[str, str], more: str = "") -> RuleBook:
        files = {**FILES, "policies/lake.toml": FILES["policies/lake.toml"] + more}
        for old, new in changes:
            assert any(old in text for text in files.values()), old
            files = {path: text.replace(old, new) for path, text in files.items()}
        return load_rules(files)

    return with_changes


Know = Callable[..., Subjects]


@pytest.fixture
def know() -> Know:
    """Make subjects of a book from mappings of inputs; ids are a, b, c …."""

    def subjects(book: RuleBook, *given: dict[str, object]) -> Subjects:
        columns = {
            name: pl.Series([_exact(row.get(name)) for row in given], dtype=input_type(entry))
            for name, entry in book.inputs.items()
        }
        ids = pl.Series([chr(97 + n) for n in range(len(given))])
        return Subjects.of(pl.DataFrame({"subject_id": ids, **columns}), book.inputs)

    return subjects


def _exact(value: object) -> object:
    plain = isinstance(value, int | str) and not isinstance(value, bool)
    if plain and str(value).replace(".", "", 1).isdigit():
        return Decimal(str(value))
    return value


DAY = date(2018, 6, 1)
