"""What a plan may be fed with, of the real programme: terms, realised plans, effects."""

from decimal import Decimal
from math import log

import polars as pl
import pytest

from townworks.schema.plan_sources import terms_of
from townworks.workflow import Programme, open_programme


@pytest.fixture(scope="module")
def programme() -> Programme:
    return open_programme("zhejiang")


def test_every_town_of_lists_1_and_2_has_its_words_or_is_tourism(programme: Programme) -> None:
    terms = programme.tables.industry_terms
    listed = programme.tables.towns.filter(pl.col("batch").is_in(["1", "2"]))
    assert set(terms["town_id"]) == set(listed["town_id"])
    assert terms.height == 79
    for row in terms.iter_rows(named=True):
        assert (row["kind"] == "tourism") == (terms_of(row["terms"]) == ()), row["town_id"]
    assert set(terms["source"]) == {"judgement"}


def test_towns_of_one_industry_have_the_same_words(programme: Programme) -> None:
    """The words are written from the industry alone, so that no verdict could shape them."""
    both = programme.tables.towns.join(programme.tables.industry_terms, on="town_id")
    several = both.filter(pl.col("kind") != "tourism").group_by("industry_zh")
    words = several.agg(pl.col("terms").n_unique(), towns=pl.len())
    assert set(words["terms"]) == {1}
    assert words["towns"].max() == 2


def test_a_township_is_in_the_town_s_own_name(programme: Programme) -> None:
    both = programme.tables.towns.join(programme.tables.industry_terms, on="town_id")
    named = both.drop_nulls("township_zh")
    assert named.height == 5
    assert all(row["township_zh"] in row["name_zh"] for row in named.iter_rows(named=True))


def test_only_yuhuan_published_plan_and_fulfilment_of_the_same_years(
    programme: Programme,
) -> None:
    table = programme.tables.realised
    (row,) = table.filter("comparable").iter_rows(named=True)
    assert row["town_id"] == "taizhou-yuhuan-fashion-home"
    figures = programme.tables.figures.filter(pl.col("town_id") == row["town_id"])
    share = figures.filter(pl.col("metric") == "investment_plan_completion_share")["value"].item()
    assert share == Decimal("1.164")
    assert abs(row["realised_cny"] / row["planned_cny"] - share) < Decimal("1e-9")


def test_realised_amounts_are_those_of_the_published_record(programme: Programme) -> None:
    """Every sum done stands among the figures, with one of the row's sources."""
    metric = pl.col("metric") == "fixed_asset_investment_cny"
    for row in programme.tables.realised.iter_rows(named=True):
        same = programme.tables.figures.filter(metric, pl.col("value") == row["realised_cny"])
        assert set(same["source"]) & set(row["source"].split()), row["name"]


def test_sectors_of_realised_towns_are_their_own(programme: Programme) -> None:
    both = programme.tables.realised.drop_nulls("town_id").join(
        programme.tables.towns, on="town_id"
    )
    assert both["sector"].to_list() == both["sector_right"].to_list()
    assert both["name"].to_list() == both["name_zh"].to_list()


def test_effects_say_what_they_rest_on(programme: Programme) -> None:
    book = programme.effects
    assert book is not None
    assert book.displacement.settings == (0.0, 0.4, 1.0)
    assert book.displacement.alpha / (book.displacement.alpha + book.displacement.beta) == 0.4
    found = {e.id: (e.mean, e.sd, e.tag, e.sd_tag) for e in book.effects}
    assert found["sichuan-2025-growth"] == (0.0357, 0.0213, "found", "found")
    assert found["judged-jobs"] == (0.2, 0.2, "judgement", "judgement")
    assert {e.tag for e in book.effects if e.id.startswith(("lu-", "busso-"))} == {"memory"}
    for name, share in (
        ("zheng-2017-jobs", 0.41),
        ("lu-2019-jobs", 0.471),
        ("lu-2019-growth", 0.553),
        ("lu-2019-enterprises", 0.233),
        ("alder-2016-growth", 0.20),
    ):
        assert found[name][0] == pytest.approx(log(1 + share), abs=6e-4), name


def test_nobody_found_an_effect_on_tax_or_patents(programme: Programme) -> None:
    assert programme.effects
    assert {e.outcome for e in programme.effects.effects} == {"growth_cny", "jobs", "enterprises"}
