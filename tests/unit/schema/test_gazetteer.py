"""The gazetteer: any code or name ever used leads to a place of the vintage."""

import time
from importlib.resources import files

import polars as pl
import pytest

from townworks.errors import RequestError
from townworks.schema.gazetteer import Gazetteer, load_gazetteer, prefecture_of, stem_of

CHANGES = {
    "330621": "330603",  # 绍兴县 → 柯桥区, another name
    "330682": "330604",
    "330185": "330112",
    "330283": "330213",
    "331021": "331083",
    "330322": "330305",
    "330327": "330327",
    "330183": "330111",
    "330127": "330127",
    "330103": "330105",  # merged: known by its townships
    "330104": "330102",  # split: the larger share
    "330204": "330212",
    "330109": "330109",
    "330110": "330110",
    "320684": "320614",
    "410728": "410783",
    "371202": "370116",  # the prefecture ended too
    "320502": "320508",
    "130534": "130534",
    "360124": "360124",
    "371721": "371721",
    "441900": "441900",  # a city without counties
}


@pytest.fixture(scope="module")
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def test_loading_keeps_to_its_time() -> None:
    load_gazetteer.cache_clear()
    best = 9.0
    for _ in range(3):
        load_gazetteer.cache_clear()
        start = time.perf_counter()
        load_gazetteer()
        best = min(best, time.perf_counter() - start)
    assert best < 0.6  # 0.12 s on a quiet machine with two cores


@pytest.mark.parametrize(("old", "new"), CHANGES.items())
def test_codes_lead_to_the_newest_county(gazetteer: Gazetteer, old: str, new: str) -> None:
    assert gazetteer.codes.filter(pl.col("code") == old)["county"].to_list() == [new]


@pytest.mark.parametrize("code", ["330100", "330201", "330701", "330501", "331001"])
def test_codes_of_a_whole_city_name_no_county(gazetteer: Gazetteer, code: str) -> None:
    city = gazetteer.codes.filter(pl.col("code") == code[:4] + "00")
    assert city["county"].to_list() == [None]
    assert city["prefecture"].to_list() == [code[:4] + "00"]
    assert gazetteer.codes.filter(pl.col("code") == code)["county"].drop_nulls().is_empty()


def test_every_code_leads_to_places_that_exist(gazetteer: Gazetteer) -> None:
    codes, places = gazetteer.codes, gazetteer.places["code"].implode()
    assert codes["code"].is_unique().all()
    assert codes["county"].drop_nulls().is_in(places).all()
    # 4290, 4690 and their like are no cities: their counties stand directly under the province
    cities = codes["prefecture"].drop_nulls().unique()
    assert cities.filter(~cities.str.slice(2, 2).is_in(["90"])).is_in(places).all()


def test_an_older_vintage_has_the_older_county() -> None:
    codes = load_gazetteer(2010).codes
    for new, old in (("330603", "330621"), ("330113", "330110"), ("330383", "330327")):
        assert codes.filter(pl.col("code") == new)["county"].to_list() == [old]


@pytest.mark.parametrize("vintage", [2010, 2015, 2020, 2024])
def test_townships_are_one_place_each(vintage: int) -> None:
    table = load_gazetteer(vintage)
    townships = table.townships
    assert townships["code"].is_unique().all()
    assert townships["code"].str.contains(r"^\d{9}$").all()
    assert table.township_names["township"].is_in(townships["code"].implode()).all()
    if vintage == 2024:
        known = table.places["code"].implode()
        assert townships["county"].is_in(known).all()
        assert (townships["code"].str.slice(0, 6) != townships["county"]).sum() < 30


@pytest.mark.parametrize(
    ("scope", "name", "code", "newest"),
    [
        ("330324", "瓯北镇", None, None),
        ("330110", "临平街道", "330113001", "临平街道"),  # the county was split
        ("330212", "古林镇", "330203", "古林镇"),  # it went to the county next door
        ("330327", "龙港镇", "330383", "龙港镇"),  # it rose to a county
        ("330783", "横店镇", "330783", "横店镇"),
    ],
)
def test_townships_are_found_under_their_old_county(
    gazetteer: Gazetteer, scope: str, name: str, code: str | None, newest: str | None
) -> None:
    names = gazetteer.township_names
    found = names.filter(pl.col("scope") == scope, pl.col("name") == name)
    if code is None:
        assert found.is_empty()
        return
    assert found["township"].item().startswith(code)
    town = gazetteer.townships.filter(pl.col("code") == found["township"].item())
    assert town["name"].item() == newest


def test_a_year_unknown_is_refused() -> None:
    with pytest.raises(RequestError, match=r"knows no year 1979\. Ask for one from 1980 to 2024"):
        load_gazetteer(1979)


def test_one_gazetteer_per_year() -> None:
    assert load_gazetteer() is load_gazetteer()


def test_files_are_small_sorted_and_sourced() -> None:
    folder = files("townworks.definitions") / "gazetteer"
    for name in ("counties", "prefectures", "successions", "townships"):
        content = (folder / f"{name}.csv").read_bytes()
        assert len(content) <= 2_000_000
        keys = [line.split(b",")[0] for line in content.splitlines()[1:]]
        assert keys == sorted(keys)
    assert 'licence = "WTFPL"' in (folder / "SOURCES.toml").read_text("utf-8")


def test_stems_and_prefectures() -> None:
    frame = pl.DataFrame(
        {
            "n": ["镇海乡", "金星满族乡", "城镇", "五一农场"],
            "c": ["330211", "500231", "110101", "429004"],
        }
    )
    assert frame.select(stem_of(pl.col("n")))["n"].to_list() == ["镇海", "金星", "城", "五一农场"]
    areas = frame.select(prefecture_of(pl.col("c")))["c"].to_list()
    assert areas == ["330200", "500000", "110000", "429000"]
