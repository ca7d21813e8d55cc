"""Locating: synthetic addresses all over China, properties, and the real registry's shares."""

import time
from collections.abc import Sequence
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.enterprises.locate import CONFIDENCE, locate
from townworks.schema.gazetteer import Gazetteer, load_gazetteer

TEXTS = ("credit_code", "name", "address", "province", "prefecture", "county", "township")
NEWEST = load_gazetteer()


def rows(**columns: Sequence[str | None]) -> pl.DataFrame:
    """Frame with all columns that `locate` takes, the unnamed ones null."""
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String)).with_columns(
        pl.lit(None, pl.String).alias(name) for name in TEXTS if name not in columns
    )


def place(address: str | None = None, code: str | None = None, **others: str) -> dict[str, object]:
    """What `locate` says of one enterprise."""
    given_columns = {name: [value] for name, value in others.items()}
    credit = None if code is None else f"91{code}MA00000000"
    frame = rows(address=[address], credit_code=[credit], **given_columns)
    return locate(frame, NEWEST).row(0, named=True)


@pytest.mark.parametrize(
    ("address", "code", "county", "township"),
    [
        ("浙江省温州市永嘉县桥头镇桥头街1号", "330324", "330324", "桥头镇"),
        ("永嘉县瓯北镇某某工业区", "330324", "330324", "瓯北街道"),
        ("江苏省南通市海门市某某家纺城", "320684", "320614", None),
        ("河北省邢台市清河县葛仙庄镇", "130534", "130534", "葛仙庄镇"),
        ("保定市高碑店市白沟镇", "130684", "130684", "白沟镇"),
        ("长垣县恼里镇", "410728", "410783", "恼里镇"),
        ("江西省南昌市进贤县文港镇", "360124", "360124", "文港镇"),
        ("曹县庄寨镇", "371721", "371721", "庄寨镇"),
        ("东莞市虎门镇北栅社区", "441900", "441900", "虎门镇"),
        ("上海市南汇区惠南镇", "310119", "310115", "惠南镇"),
        ("重庆市江北区观音桥步行街", "500105", "500105", "观音桥街道"),
        ("酉阳县龙潭镇", "500242", "500242", "龙潭镇"),
        ("湖北省仙桃市彭场镇", "429004", "429004", "彭场镇"),
        ("新疆伊犁州霍尔果斯市", "654004", "654004", None),
        ("昆山市千灯镇", None, "320583", "千灯镇"),
        ("杭州市余杭区临平街道", "330110", "330113", "临平街道"),
        ("苍南县龙港镇", "330327", "330383", "龙港镇"),
        ("宁波市江东区福明街道", "330204", "330212", "福明街道"),
    ],
)
def test_old_and_new_places_all_over_china(
    address: str, code: str | None, county: str, township: str | None
) -> None:
    found = place(address, code)
    assert found["county_code"] == county
    assert found["township"] == township


@pytest.mark.parametrize(
    ("city", "code"), [("南京", "320106"), ("徐州", "320302"), ("福州", "350102")]
)
def test_a_name_of_many_counties_is_taken_within_the_city(city: str, code: str) -> None:
    assert place(f"{city}市鼓楼区中山路1号", None)["county_code"] == code


@pytest.mark.parametrize(
    ("address", "code", "expected"),
    [
        ("温州路88号", "370202", "370202"),  # a road
        ("西湖大道5号", "330102", "330102"),
        ("江北村三组", "330782", "330782"),  # a village
        ("海门街道1号", "331002", "331002"),  # a township bears a county's name
        ("江东街道东洲路2号", "330782", "330782"),
        ("上海路3号", "320106", "320106"),
    ],
)
def test_roads_and_villages_are_no_counties(address: str, code: str, expected: str) -> None:
    assert place(address, code)["county_code"] == expected


def test_the_address_is_followed_where_the_registrar_differs() -> None:
    found = place("杭州市西湖区某某路9号", "330108")
    assert (found["county"], found["location_source"]) == ("西湖区", "address")
    assert found["location_confidence"] == CONFIDENCE["conflict"]


def test_agreement_is_both_even_after_the_township_moved() -> None:
    found = place("宁波市海曙区古林镇", "330212")
    assert (found["county_code"], found["location_source"]) == ("330203", "both")


def test_the_registrar_alone() -> None:
    found = place("工业区5号", "330782")
    assert (found["county"], found["location_source"]) == ("义乌市", "credit_code")


def test_a_township_found_once_in_its_city_names_the_county() -> None:
    found = place("湖州市练市镇朱家兜村", "330500")
    assert (found["county"], found["township"]) == ("南浔区", "练市镇")
    assert found["location_confidence"] == CONFIDENCE["township"]


def test_a_city_stands_in_where_nothing_says_more() -> None:
    found = place("台州市某某路9号", "331001")
    assert (found["county_code"], found["county"]) == ("331000", "台州市")
    assert found["location_confidence"] == CONFIDENCE["city"]


def test_an_address_in_another_city_keeps_the_registrar_out() -> None:
    found = place("北京市建国路1号", "330106")
    assert (found["county_code"], found["location_source"]) == ("110000", "address")


def test_the_name_fills_in_what_the_address_leaves_open() -> None:
    found = place("工业区", "330381", name="瑞安市塘下某某厂")
    assert found["township"] == "塘下镇"
    found = place("某某路2号", "330700", name="金华市婺城区某某模具加工厂")
    assert (found["county"], found["location_source"]) == ("婺城区", "name")


def test_a_headquarters_elsewhere_does_not_move_its_branch() -> None:
    found = place("嘉兴市某某苑5号", "330400", name="上海浦东某某食品有限公司嘉兴店")
    assert found["county_code"] == "330400"


def test_columns_are_believed_before_the_registrar() -> None:
    found = place(
        None, "330100", province="浙江", prefecture="杭州", county="萧山区", township="瓜沥"
    )
    assert (found["county"], found["township"]) == ("萧山区", "瓜沥镇")
    assert found["location_source"] in {"column", "address"}


def test_nothing_known_is_said_so() -> None:
    found = place()
    assert found["location_source"] == "none"
    assert found["location_confidence"] == 0.0
    assert found["county_code"] is None


def test_an_older_vintage_gives_the_county_of_that_year() -> None:
    frame = rows(address=["绍兴市柯桥区钱清镇"], credit_code=["91330621MA00000000"])
    found = locate(frame, load_gazetteer(2010)).row(0, named=True)
    assert (found["county_code"], found["county"]) == ("330621", "绍兴县")


def test_columns_and_types_of_the_result() -> None:
    frame = rows(address=["义乌市"]).with_columns(other=pl.lit(1))
    found = locate(frame, NEWEST)
    assert found.columns[-6:] == [
        "county_code",
        "county",
        "township_code",
        "township",
        "location_source",
        "location_confidence",
    ]
    assert "other" in found.columns
    assert found.schema["location_confidence"] == pl.Float64


def test_no_rows() -> None:
    assert locate(rows(address=[]), NEWEST).height == 0


WORDS = st.sampled_from(
    [
        "浙江省",
        "温州市",
        "永嘉县",
        "桥头镇",
        "温州路",
        "西湖",
        "鼓楼区",
        "市",
        "县",
        "路1号",
        "海门",
        "A座",
        " ",
    ]
)
ADDRESSES = st.none() | st.lists(WORDS, max_size=7).map("".join) | st.text(max_size=30)
CODES = st.none() | st.sampled_from(["330324", "330100", "330621", "999999", "1"]).map(
    lambda code: f"91{code}MA00000000"
)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(ADDRESSES, CODES, ADDRESSES), max_size=12))
def test_rows_keep_their_number_and_order_and_do_not_touch_each_other(
    cases: list[tuple[str | None, str | None, str | None]],
) -> None:
    frame = rows(
        address=[c[0] for c in cases], credit_code=[c[1] for c in cases], name=[c[2] for c in cases]
    )
    found = locate(frame, NEWEST)
    assert found.height == frame.height
    for name in ("address", "credit_code", "name"):
        assert found[name].equals(frame[name])
    known = NEWEST.places["code"].implode()
    assert found["county_code"].drop_nulls().is_in(known).all()
    assert (found["location_confidence"].is_between(0, 1)).all()
    backwards = locate(frame.reverse(), NEWEST).reverse()
    assert backwards.equals(found)


def test_the_official_address_of_every_county_is_found() -> None:
    places = NEWEST.places
    is_zone = pl.col("code").str.contains("[67].$")  # names of development zones repeat the city
    counties = places.filter(~pl.col("code").str.ends_with("00"), ~is_zone)
    names = places.select("code", "name")
    address = (
        counties.join(
            names.rename({"code": "prefecture", "name": "city"}), on="prefecture", how="left"
        )
        .join(names.rename({"code": "province", "name": "land"}), on="province", how="left")
        .with_columns(
            city=pl.when(pl.col("city") != pl.col("land")).then("city").fill_null(""),
        )
        .with_columns(address=pl.concat_str("land", "city", "name"))
        .sort("code")
    )
    found = locate(rows(address=address["address"].to_list()), NEWEST)
    right = found["county_code"] == address["code"]
    assert right.fill_null(value=False).mean() == 1.0, (
        address.filter(~right.fill_null(value=False)).select("code", "address").rows()[:20]
    )


def share(flags: pl.Series) -> float:
    """Share of rows that are true; null is not."""
    return flags.fill_null(value=False).to_list().count(True) / flags.len()


@pytest.fixture(scope="module")
def registry(registry_path: Path) -> pl.DataFrame:
    columns = {
        "企业名称": "name",
        "统一社会信用代码": "credit_code",
        "所在省份": "province",
        "地区": "prefecture",
        "注册地址": "address",
    }
    table = pl.read_parquet(registry_path, columns=list(columns)).rename(columns)
    table = table.with_columns(pl.col(pl.String).replace({"N/A": None}))
    return table.with_columns(pl.lit(None, pl.String).alias(n) for n in ("county", "township"))


@pytest.mark.shared
def test_shares_of_the_real_registry(registry: pl.DataFrame) -> None:
    found = locate(registry, NEWEST)
    assert share(found["county_code"].is_not_null()) >= 0.99
    county = found["county_code"].is_not_null() & ~found["county_code"].str.ends_with("00")
    assert share(county) >= 0.96
    assert share(found["township"].is_not_null()) >= 0.70
    confidence = found["location_confidence"]
    agree, differ = (share(confidence == CONFIDENCE[kind]) for kind in ("both", "conflict"))
    assert agree / (agree + differ) >= 0.985


@pytest.mark.shared
def test_the_real_registry_keeps_to_its_time(registry: pl.DataFrame) -> None:
    best = 9.0
    for _ in range(3):
        start = time.perf_counter()
        locate(registry, NEWEST)
        best = min(best, time.perf_counter() - start)
    assert best < 2.0  # 0.6–0.8 s on two quiet cores


@pytest.mark.shared
def test_hiding_the_credit_code_changes_few_counties(
    registry: pl.DataFrame,
) -> None:
    sample = registry.sample(20_000, seed=7)
    whole = locate(sample, NEWEST)
    blind = locate(sample.with_columns(credit_code=pl.lit(None, pl.String)), NEWEST)
    both = pl.DataFrame({"a": whole["county_code"], "b": blind["county_code"]}).filter(
        ~pl.col("b").str.ends_with("00")
    )
    assert share(both["a"] == both["b"]) >= 0.985


def test_gazetteer_type_is_what_locate_takes() -> None:
    assert isinstance(NEWEST, Gazetteer)
