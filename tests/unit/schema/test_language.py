"""The registrars' vocabulary as regular expressions."""

import re
import tomllib
from dataclasses import asdict
from importlib.resources import files
from itertools import combinations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.schema.language import activity_language, alternation

LANGUAGE = activity_language()
DATA = tomllib.loads(
    (files("townworks.definitions") / "registry" / "activity_zh.toml").read_text(encoding="utf-8")
)
ROLES: dict[str, list[str]] = DATA["roles"]


@given(
    st.lists(st.text("ab.*(|", min_size=1, max_size=4), min_size=1), st.text("ab.*(|", max_size=8)
)
def test_alternation_takes_the_longest_word(words: list[str], text: str) -> None:
    beginnings = [word for word in words if text.startswith(word)]
    found = re.match(alternation(words), text)
    assert (found and found.group()) == (max(beginnings, key=len) if beginnings else None)


@given(st.permutations(["分厂", "厂", "总厂", "厂"]))
def test_order_and_repetition_of_words_do_not_matter(words: list[str]) -> None:
    assert alternation(words) == "(?:分厂|总厂|厂)"


@pytest.mark.parametrize("name", sorted(asdict(LANGUAGE)))
def test_polars_takes_every_expression(name: str) -> None:
    assert pl.Series(["琉璃"]).str.contains(getattr(LANGUAGE, name)).to_list() == [False]


@pytest.mark.parametrize("role", ["make", "trade", "service"])
def test_verbs_are_found_by_their_role_and_as_verbs(role: str) -> None:
    for word in ROLES[role]:
        for expression in (getattr(LANGUAGE, role), LANGUAGE.verb, LANGUAGE.around):
            assert re.fullmatch(expression, word), word
        assert re.fullmatch(LANGUAGE.around_backwards, word[::-1]), word


def test_no_verb_has_two_roles() -> None:
    for one, other in combinations(ROLES.values(), 2):
        assert not set(one) & set(other)


def test_no_word_is_written_twice() -> None:
    lists = [*ROLES.values(), DATA["filler"]["words"], DATA["headings"]["words"]]
    lists += [
        DATA["boilerplate"]["words"],
        *(DATA["names"][k] for k in ("legal_forms", "branches")),
    ]
    for words in lists:
        assert len(set(words)) == len(words)
        assert all(words)


def test_services_that_name_an_industry_stay() -> None:
    bare = set(DATA["bare"]["words"])
    assert bare <= set(ROLES["service"])
    for word in ROLES["service"]:
        assert bool(re.fullmatch(LANGUAGE.beside, word)) == (word in bare), word


@pytest.mark.parametrize(
    ("name", "industry"),
    [
        ("大唐袜业有限公司", "大唐袜业"),
        ("大唐袜业有限责任公司", "大唐袜业"),
        ("大唐袜厂(普通合伙)", "大唐袜"),
        ("大唐袜业有限公司（筹）", "大唐袜业"),
        ("大唐袜业有限公司经营部", "大唐袜业"),
        ("大唐袜业", "大唐袜业"),
    ],
)
def test_legal_form_ends_a_name(name: str, industry: str) -> None:
    assert re.sub(LANGUAGE.legal_form, "", name) == industry


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("大唐袜业有限公司诸暨分公司", True),
        ("农村商业银行大唐支行(筹)", True),
        ("大唐袜业有限公司", False),
        ("分公司服务有限公司", False),
    ],
)
def test_branches_are_told_by_their_end(name: str, *, is_one: bool) -> None:
    assert bool(re.search(LANGUAGE.branch, name)) == is_one
