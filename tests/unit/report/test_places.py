from dataclasses import replace

import polars as pl

from townworks.report.facts import DiscoveryFacts
from townworks.report.places import place_tables
from townworks.schema import Specialisation


def test_counties_belong_to_their_prefecture(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    places = place_tables(table, facts)
    assert places.table.height == 21
    row = places.table.row(by_predicate=pl.col("code") == "330327", named=True)
    assert (row["name"], row["context"], row["area"]) == ("苍南县", "温州市", "温州市")


def test_townships_share_their_countys_seat(facts: DiscoveryFacts) -> None:
    named = (("330324100", "甲镇"), ("330324101", "乙镇"))
    places = place_tables(Specialisation.create_empty(), replace(facts, places=named))
    assert places.seats["name"].to_list() == ["永嘉县"]
    assert places.table["context"].to_list() == ["温州市永嘉县"] * 2


def test_a_code_of_old_days_stands_at_the_seat_of_its_heir(facts: DiscoveryFacts) -> None:
    places = place_tables(
        Specialisation.create_empty(), replace(facts, places=(("330621", "绍兴县"),))
    )
    assert places.table["county"].to_list() == ["330603"]
    assert places.known == 1


def test_places_without_a_position_are_kept_and_get_none(facts: DiscoveryFacts) -> None:
    places = place_tables(
        Specialisation.create_empty(), replace(facts, places=(("990101", "虚构县"),))
    )
    assert places.seats.select("name", "lon").rows() == [("虚构县", None)]
    assert places.table["context"].to_list() == [""]
    assert not places.has_map


def test_no_map_is_drawn_from_too_few_positions(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    assert place_tables(table, facts).has_map
    unknown = tuple((f"9901{n:02d}", f"虚构{n}县") for n in range(20))
    assert not place_tables(table, replace(facts, places=unknown)).has_map


def test_seats_lie_in_zhejiang(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    known = place_tables(table, facts).seats.drop_nulls("lon")
    assert known["lon"].is_between(118, 123).all()
    assert known["lat"].is_between(27, 31.3).all()
