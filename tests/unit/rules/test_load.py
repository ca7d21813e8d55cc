"""Every fault of a rule book is found at once, with file and key."""

import re
from collections.abc import Callable
from contextlib import suppress
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.errors import DefinitionsError
from townworks.rules import RuleBook, Subjects, judge, load_rules

Load = Callable[..., RuleBook]
SECOND = """
[rules.{id}]
title = {{ en = "Other", zh = "其他" }}
what = {{ en = "Other.", zh = "其他。" }}
subject = "enterprise"
unit = "cny"
eligible = [{{ sql = "{sql}", en = "x", zh = "x" }}]
{more}
"""


def second(sql: str = "is_startup", more: str = "", name: str = "other") -> str:
    """Another rule of the file."""
    return SECOND.format(id=name, sql=sql, more=more)


def faults(load: Load, *changes: tuple[str, str], more: str = "") -> list[tuple[str, str, str]]:
    """Faults of the book after some changes."""
    with pytest.raises(DefinitionsError) as caught:
        load(*changes, more=more)
    return list(caught.value.faults)


def test_the_small_book_is_sound(load: Load) -> None:
    book = load()
    rule = book.rules["rent"]
    assert [clause.number for clause in rule.clauses] == [1, 2]
    assert rule.names()[:3] == ("is_startup", "admitted_on", "as_of")
    assert book.instruments("enterprise") == (rule,)
    assert not book.instruments("town")
    assert not book.conditions()


@pytest.mark.parametrize(
    ("old", "new", "key", "problem"),
    [
        ("most_m2) * rate", "most_sqm) * rate", "rules.rent.amount", "did you mean most_m2?"),
        ('unit = "cny/m2"', 'unit = "cny/m3"', "parameters.rate.unit", "no unit 'm3'"),
        ('unit = "cny/m2"', 'unit = "cny"', "rules.rent.amount", "yields a number in cny*m2"),
        (
            'unit = "cny"\nperiod',
            'unit = "mu"\nperiod',
            "rules.rent.amount",
            "where a number in mu",
        ),
        ('period = "year"', 'period = "yaer"', "rules.rent.period", "did you mean 'year'?"),
        ('zh = "初创企业"', 'zh = " "', "rules.rent.eligible[1].zh", "translation is missing"),
        ("value = 365", "value = true", "parameters.rate.values[1].value", "is True, which is no"),
        ("value = 365", "value = inf", "parameters.rate.values[1].value", "which is no value"),
        ("value = 365", "value = 1e30", "parameters.rate.values[1].value", "which is no value"),
        (
            "from = 2018-01-01, value = 3 ",
            "value = 3 ",
            "parameters.age_limit.values[1].from",
            "is",
        ),
        (
            "value = 200 }",
            "value = 200, to = 2019-06-01 }",
            "parameters.most_m2.values",
            "has a gap",
        ),
        ("value = 200 }", "value = 200, to = 2019-07-05 }", "parameters.most_m2.values", "overlap"),
        ("from = 2019-07-01", "from = 2018-01-01", "parameters.most_m2.values", "two values from"),
        (
            "value = 200 }",
            "value = 200, to = 2017-01-01 }",
            "parameters.most_m2.values[1].to",
            "is",
        ),
        (
            'subject = "enterprise"\nunit',
            'subject = "town"\nunit',
            "rules.rent",
            "'is_startup' is of",
        ),
        ("{age_limit} years", "{age_limt} years", "rules.rent.eligible[2].en", "is no parameter"),
        ("payer", "payr", "scheme.payr", "did you mean payer?"),
        ("eligible = [", "eligable = [", "rules.rent.eligable", "did you mean eligible?"),
        ('payer = "county"', 'payer = "state"', "scheme.payer", "is 'state'"),
        (
            "[rules.rent]",
            '[rules.rent]\nexcludes = ["rent"]',
            "rules.rent.excludes",
            "the rule itself",
        ),
        (
            "[rules.rent]",
            '[rules.rent]\nexcludes = ["x"]',
            "rules.rent.excludes",
            "names 'x', which",
        ),
        (
            "[rules.rent]",
            "[rules.rent]\nfrom = 2017-01-01",
            "parameters.age_limit.values",
            "begins on",
        ),
        ("value = 3 }", "value = 3, to = 2019-01-01 }", "parameters.age_limit.values", "ends on"),
        ("[rules.rent]", '[rules.rent]\nclawback = "rate"', "rules.rent.clawback", "yields"),
        (
            "[rules.rent]",
            '[rules.rent]\nclawback = "rent_cny"',
            "rules.rent.clawback",
            "needs cont",
        ),
        (
            "LEAST(floor_m2, most_m2) * rate",
            "rate * floor_m2 / 0",
            "rules.rent.amount",
            "divides by",
        ),
        ("[rules.rent]", "[[rules.rent]]", "rules.rent", "must be a table"),
        ('sql = "is_startup"', 'sql = "rate > 0"', "rules.rent.eligible[1]", "looks at nothing"),
        ('sql = "is_startup"', 'sql = "staff"', "rules.rent.eligible[1].sql", "where yes or no"),
    ],
)
def test_a_fault_names_its_key(load: Load, old: str, new: str, key: str, problem: str) -> None:
    found = faults(load, (old, new))
    assert any(at == key and problem in said for _, at, said in found), found
    assert {file for file, _, _ in found} == {"policies/lake.toml"}


def test_faults_of_all_files_come_together(load: Load) -> None:
    found = faults(
        load, ('type = "date"', 'type = "day"'), ("value = 365", "value = 'x'"), ("payer", "payr")
    )
    assert {"inputs.toml", "policies/lake.toml"} == {file for file, _, _ in found}
    assert len(found) >= 4


def test_no_toml_is_one_fault_with_its_line(load: Load) -> None:
    assert faults(load, ("[scheme]", "[scheme")) == [
        (
            "policies/lake.toml",
            "the file",
            "is no TOML: Expected ']' at the end of a table declaration (at line 2, column 8)",
        )
    ]


def test_two_rules_that_exclude_each_other_both_ways(load: Load) -> None:
    more = second(more='excludes = ["rent"]')
    found = faults(load, ("[rules.rent]", '[rules.rent]\nexcludes = ["other"]'), more=more)
    assert found == [
        (
            "policies/lake.toml",
            "rules.other.excludes",
            "names 'rent', and policies/lake.toml: rules.rent.excludes names it back; keep one",
        )
    ]


def test_ids_are_unique_over_files(load: Load, files: dict[str, str]) -> None:
    twice = {**files, "policies/second.toml": files["policies/lake.toml"]}
    with pytest.raises(DefinitionsError, match=r"rules.rent: stands in policies/lake.toml too"):
        load_rules(twice)
    assert load()


def test_unused_parameters_are_faults(load: Load) -> None:
    more = '[parameters.idle]\ntitle = { en = "i", zh = "i" }\nunit = "m2"\n'
    more += "values = [{ from = 2018-01-01, value = 1 }]"
    assert faults(load, more=more)[0][1:] == (
        "parameters.idle",
        "is used by no rule of the file; remove it",
    )


@pytest.mark.parametrize(
    ("part", "key", "problem"),
    [
        ('rules = ["rnt"]\nlimit = "rate"', "caps.c.rules", "names 'rnt', which is no rule"),
        ('rules = ["rent"]\nlimit = "most_m2"', "caps.c.limit", "is in m2, but rent is in cny"),
        ('rules = ["rent"]\nlimit = "staff"', "caps.c.limit", "a limit uses parameters only"),
        ('rules = []\nlimit = "rate"', "caps.c.rules", "is empty"),
    ],
)
def test_faults_of_caps(load: Load, part: str, key: str, problem: str) -> None:
    more = f'[caps.c]\ntitle = {{ en = "c", zh = "c" }}\nper = "year"\n{part}'
    assert any(at == key and problem in said for _, at, said in faults(load, more=more))


def test_a_parameter_value_may_end_if_the_rule_does(load: Load) -> None:
    book = load(
        ("value = 3 }", "value = 3, to = 2020-12-31 }"),
        ("[rules.rent]", "[rules.rent]\nto = 2020-12-31"),
    )
    assert str(book.rules["rent"].last) == "2020-12-31"


TOKENS = (
    *('""', '"x"', "1", "-1.5", "true", "2015-01-01", "[]", "{}", "[[1]]", "nan", "inf", "1e400"),
    *('"{"', '"NULL"', '"NULL = NULL"', '"CASE WHEN NULL THEN 1 ELSE 0 END"', '"LEAST(0)"'),
    *('"GREATEST()"', '"COALESCE(NULL, NULL)"', '"is_startup IN (NULL)"', '"--"', '"TRUE"'),
    *('"floor_m2 * NULL"', '"as_of = as_of"', '"(is_startup"', '["a"]', "{ a = 1 }"),
)


@settings(max_examples=150)
@given(data=st.data())
def test_whatever_is_written_is_sound_or_a_list_of_faults(
    files: dict[str, str], data: st.DataObject
) -> None:
    changed = dict(files)
    for _ in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(sorted(changed)))
        values = list(re.finditer(r'= (".*?"|\d[\w\-.]*|true|\[.*?\]|\{.*?\})', changed[path]))
        if values:
            spot = data.draw(st.sampled_from(values))
            token = data.draw(st.sampled_from(TOKENS))
            text = changed[path]
            changed[path] = text[: spot.start(1)] + token + text[spot.end(1) :]
    with suppress(DefinitionsError):
        book = load_rules(changed)
        nobody = Subjects.of(pl.DataFrame({"subject_id": ["a"]}), book.inputs)
        assert judge(book.instruments(), nobody, date(2019, 1, 1)).height == len(book.rules)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('en = "a start-up"', 'en = "a { start-up"', "has a brace that does not belong"),
        ('en = "a start-up"', 'en = "a {0} start-up"', "which is no parameter of the file"),
        ('"is_startup"', '"NULL = NULL"', "EQ has nothing but NULL"),
    ],
)
def test_words_and_nulls_that_mean_nothing(load: Load, old: str, new: str, problem: str) -> None:
    assert any(problem in said for _, _, said in faults(load, (old, new)))


@pytest.mark.parametrize("name", ["as_of", "outcome", "quantity", "subject_id", "town_id", "order"])
def test_names_that_mean_something_else_are_refused(load: Load, name: str) -> None:
    found = faults(load, ("[staff]", f"[{name}]"))
    assert ("inputs.toml", name, "is a name that has a meaning of its own; use another") in found
