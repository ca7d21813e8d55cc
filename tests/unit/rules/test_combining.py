"""The best combination against trying every subset by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.errors import RequestError
from townworks.rules import RuleBook, Subjects, combine, judge, load_rules
from townworks.rules.combining import groups

Load = Callable[..., RuleBook]
Know = Callable[..., Subjects]
DAY = date(2018, 6, 1)
NAMES = "abcdef"
HEAD = """
[scheme]
title = { en = "T", zh = "题" }
grantor = { en = "G", zh = "府" }
payer = "town"
source = "s"
from = 2018-01-01
"""


def book_of(
    excludes: dict[str, list[str]], caps: list[tuple[list[str], int]], period: str = "year"
) -> RuleBook:
    """Rules a…f that each grant an input of their own, with exclusions and caps."""
    inputs, rules = "", HEAD
    for name in NAMES:
        inputs += f'[q_{name}]\nsubject = "enterprise"\ntype = "number"\nunit = "cny"\n'
        inputs += 'label = { en = "q", zh = "额" }\n'
        rules += f'[rules.{name}]\ntitle = {{ en = "{name}", zh = "{name}" }}\n'
        rules += 'what = { en = "w", zh = "w" }\nsubject = "enterprise"\nunit = "cny"\n'
        rules += f'period = "{period}"\namount = "q_{name}"\nexcludes = {excludes.get(name, [])}\n'
    for number, (members, limit) in enumerate(caps):
        rules += f'[parameters.limit_{number}]\ntitle = {{ en = "l", zh = "限" }}\nunit = "cny"\n'
        rules += f"values = [{{ from = 2018-01-01, value = {limit} }}]\n"
        rules += f'[caps.cap_{number}]\ntitle = {{ en = "c", zh = "限" }}\nper = "year"\n'
        rules += f'rules = {members}\nlimit = "limit_{number}"\n'
    return load_rules({"inputs.toml": inputs, "policies/p.toml": rules.replace("'", '"')})


def entitlements(book: RuleBook, amounts: dict[str, int]) -> pl.DataFrame:
    """Entitlements of one subject."""
    columns = {f"q_{name}": [Decimal(value)] for name, value in amounts.items()}
    frame = pl.DataFrame({"subject_id": ["s"], **columns})
    subjects = Subjects.of(frame, book.inputs)
    return combine(book, judge(book.instruments(), subjects, DAY), DAY)


PAIRS = st.sets(st.sampled_from(list(combinations(NAMES, 2))), max_size=7)
AMOUNTS = st.dictionaries(st.sampled_from(NAMES), st.integers(0, 50), min_size=1)
CAPS = st.none() | st.tuples(
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True), st.integers(0, 60)
)


@settings(max_examples=60)
@given(PAIRS, CAPS, AMOUNTS)
def test_no_subset_is_worth_more(
    pairs: set[tuple[str, str]], cap: tuple[list[str], int] | None, amounts: dict[str, int]
) -> None:
    excludes: dict[str, list[str]] = {}
    for one, other in sorted(pairs):
        excludes.setdefault(one, []).append(other)
    caps = [cap] if cap else []
    found = entitlements(book_of(excludes, caps), amounts)
    best = max(
        _worth(subset, amounts, cap)
        for size in range(len(amounts) + 1)
        for subset in combinations(sorted(amounts), size)
        if not any(pair in pairs for pair in combinations(subset, 2))
    )
    assert found["entitled"].sum() == best
    taken = set(found.filter(pl.col("standing") != "excluded")["rule_id"])
    assert not any({one, other} <= taken for one, other in pairs)
    assert set(found["rule_id"]) == set(amounts)


def _worth(
    subset: tuple[str, ...], amounts: dict[str, int], cap: tuple[list[str], int] | None
) -> int:
    members = set(cap[0]) if cap else set()
    capped = sum(amounts[name] for name in subset if name in members)
    free = sum(amounts[name] for name in subset if name not in members)
    return free + (min(capped, cap[1]) if cap else 0)


def test_the_reason_is_said() -> None:
    book = book_of({"a": ["b"]}, [(["a", "c"], 15)])
    found = entitlements(book, {"a": 10, "b": 3, "c": 9, "d": 1})
    rows = {r["rule_id"]: (r["standing"], r["because"], r["entitled"]) for r in found.to_dicts()}
    assert rows == {
        "a": ("taken", None, Decimal(10)),
        "b": ("excluded", "a, c", Decimal(0)),
        "c": ("capped", "cap_0", Decimal(5)),
        "d": ("taken", None, Decimal(1)),
    }
    assert found.sort("rank")["rule_id"].to_list() == ["a", "c", "d", "b"]


def test_months_are_weighed_as_a_year() -> None:
    book = book_of({"a": ["b"]}, [], period="month")
    assert entitlements(book, {"a": 1, "b": 2}).sort("rank")["entitled"].to_list() == [2, 0]


def test_ties_go_to_the_first_rule_of_the_book() -> None:
    found = entitlements(book_of({"b": ["a"]}, []), {"a": 7, "b": 7})
    assert found.filter(pl.col("standing") == "taken")["rule_id"].to_list() == ["a"]


def test_rules_that_do_not_touch_are_weighed_apart() -> None:
    found = groups(book_of({"a": ["b"], "c": ["d"]}, [(["d", "e"], 9)]))
    assert [[rule.id for rule in group.rules] for group in found] == [
        ["a", "b"],
        ["c", "d", "e"],
        ["f"],
    ]


def test_too_many_ways_is_one_clear_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("townworks.rules.combining.MOST_WAYS", 3)
    book = book_of({"a": ["b"], "c": ["d"], "e": ["f"]}, [(["a", "c", "e"], 9)])
    with pytest.raises(RequestError, match=r"policies/p.toml: the exclusions around rules.a allow"):
        entitlements(book, {"a": 1})


def test_nobody_eligible_is_an_empty_table(load: Load, know: Know) -> None:
    book = load()
    verdicts = judge(book.instruments(), know(book, {"is_startup": False}), DAY)
    assert combine(book, verdicts, DAY).is_empty()


def test_an_amount_not_stated_is_kept_and_counts_as_nothing(load: Load, know: Know) -> None:
    young = "YEARS_BETWEEN(admitted_on, as_of) < age_limit"
    small = f"{young} AND (floor_m2 IS NULL OR floor_m2 < most_m2 AND rate * floor_m2 > 0)"
    book = load(('amount = "LEAST(floor_m2, most_m2) * rate"', ""), (young, small))
    verdicts = judge(book.instruments(), know(book, {"is_startup": True, "admitted_on": DAY}), DAY)
    assert verdicts["sentence_en"][0].startswith("Eligible; the source states no amount (")
    row = combine(book, verdicts, DAY).row(0, named=True)
    assert (row["standing"], row["quantity"], row["entitled"]) == ("taken", None, Decimal(0))


def test_a_yearly_cap_cuts_monthly_grants_by_the_month() -> None:
    found = entitlements(book_of({}, [(["a", "b"], 100)], period="month"), {"a": 5, "b": 7})
    rows = {r["rule_id"]: (r["standing"], r["entitled"]) for r in found.to_dicts()}
    assert rows == {"a": ("taken", Decimal(5)), "b": ("capped", Decimal("3.33"))}


def test_a_group_without_money_is_weighed_in_its_own_unit() -> None:
    book = book_of({"a": ["b"]}, [])
    rules = {n: replace(r, unit="mu" if n in "ab" else "cny") for n, r in book.rules.items()}
    found = entitlements(replace(book, rules=rules), {"a": 1, "b": 2})
    assert found.filter(pl.col("standing") == "taken")["rule_id"].to_list() == ["b"]
