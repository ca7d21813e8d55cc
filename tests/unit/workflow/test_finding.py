"""One enterprise asked by a page gets what the verb `policies` gives it."""

from datetime import date

import polars as pl
import pytest

from townworks.errors import RequestError
from townworks.workflow import PolicyOptions, open_programme, policies
from townworks.workflow.finding import find_support

DAY = date(2018, 6, 1)
FUND = {"capital_cny": "200000000", "is_private_equity_firm": "yes", "registered_on": "2015-05-01"}


def test_it_agrees_with_the_verb() -> None:
    programme = open_programme("zhejiang")
    for town in ("hangzhou-yuhang-dream", None):
        support = find_support(programme, FUND, DAY, town)
        verb = policies(FUND, PolicyOptions("zhejiang", DAY, town))
        assert support.entitlements.equals(verb.entitlements)
        assert support.towns.equals(verb.towns)
        eligible = support.verdicts.filter(pl.col("outcome") == "eligible")
        assert eligible["sentence_zh"].to_list() == verb.verdicts["sentence_zh"].to_list()


def test_what_is_denied_or_open_is_told_as_well() -> None:
    support = find_support(open_programme("zhejiang"), {}, DAY)
    assert set(support.verdicts["outcome"]) >= {"undecided"}
    assert support.inputs == {}


def test_a_value_that_cannot_be_understood_is_one_message() -> None:
    with pytest.raises(RequestError, match="capital_cny is 'much'"):
        find_support(open_programme("zhejiang"), {"capital_cny": "much"}, DAY)
