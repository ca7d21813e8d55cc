"""Members, gaps, leads, partners of a small chain, against what a person would say."""

from datetime import date
from itertools import combinations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks import chains as ch
from townworks.chains.requirements import requirements
from townworks.enterprises.heads import headings
from townworks.enterprises.phrases import read_phrases
from townworks.schema.chains import Chain, Gap, Lead
from townworks.schema.language import activity_language

SCOPES = [
    ("甲有限公司", "台灯制造；台灯销售"),
    ("乙玻璃厂", "日用百货零售"),
    ("丙有限公司", "灯机制造；玻璃销售"),
    ("丁有限公司", "车灯制造"),
    ("戊有限公司", None),
]


@pytest.fixture
def lamps(lamps_text: str) -> Chain:
    """The chain of lamps."""
    return ch.load_chains({"chains/lamps.toml": lamps_text})["lamps"]


def members_of(chain: Chain, codes: list[tuple[int, str]] | None = None) -> pl.DataFrame:
    rows = pl.DataFrame(
        [(n, *row) for n, row in enumerate(SCOPES)],
        schema={"enterprise": pl.UInt32, "name": pl.String, "activity": pl.String},
        orient="row",
    )
    said = headings(
        read_phrases(rows, activity_language()), ch.scope_words([chain]), ch.name_words([chain])
    )
    schema = {"enterprise": pl.UInt32, "code": pl.String}
    return ch.members(said, pl.DataFrame(codes or [], schema=schema, orient="row"), [chain])


def test_words_names_and_roles_tell_the_stage(lamps: Chain) -> None:
    found = members_of(lamps)
    pairs = [(e, lamps.stage_ids[s]) for e, s in found.select("enterprise", "stage").iter_rows()]
    assert sorted(pairs) == [
        (0, "making"),
        (0, "market"),
        (1, "glass"),
        (2, "glass"),
        (2, "machines"),
    ]
    assert found.filter(pl.col("enterprise") == 0)["words"].to_list() == ["台灯", "台灯"]
    assert found["fit"].is_between(0, 1).all()


def test_an_industry_code_tells_too(lamps: Chain) -> None:
    found = members_of(lamps, [(4, "3054"), (3, "1811")])
    assert (4, 0) in found.select("enterprise", "stage").rows()
    assert 3 not in found["enterprise"].to_list()


def test_a_stage_with_little_evidence_is_not_known(lamps: Chain) -> None:
    need = requirements(lamps, np.array([200, 500, 9, 40]))
    assert need.known.tolist() == [True, True, False, True]
    assert need.needed.tolist() == [20, 50, 3, 4]
    assert need.weights.round(4).tolist() == [
        [0.5556, 0, 0, 0.4444],
        [0.5, 0, 0, 0.5],
        [0.5556, 0, 0, 0.4444],
    ]


def test_gaps_say_filled_thin_missing_or_not_known(lamps: Chain) -> None:
    need = requirements(lamps, np.array([200, 500, 9, 40]))
    here, near = np.array([1, 60, 0, 0]), np.array([9, 60, 1, 7])
    counts = ch.Counts(here, here, near, np.array([200, 500, 9, 40]))
    table = Gap.validate(ch.gaps(lamps, "330681", counts, need), cast=True)
    states = dict(table.select("stage_id", "state").iter_rows())
    assert states == {
        "glass": "thin",
        "making": "filled",
        "machines": "not_known",
        "market": "missing",
    }
    fragile = dict(table.select("stage_id", "fragility").iter_rows())
    assert fragile["glass"] == "single_supplier"
    assert fragile["market"] == "outside"
    assert table["stage_id"][0] == "glass"
    assert table["gap"][0] == pytest.approx(0.5556 * 0.95, abs=1e-4)


def test_a_place_hardly_in_the_registry_is_not_judged(lamps: Chain) -> None:
    need = requirements(lamps, np.array([200, 500, 90, 40]))
    zero = np.zeros(4, dtype=np.int64)
    counts = ch.Counts(zero, zero, zero, np.array([200, 500, 90, 40]), is_known=False)
    assert set(ch.gaps(lamps, "330681", counts, need)["state"]) == {"not_known"}


def elsewhere() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "enterprise": [1, 2],
            "enterprise_id": ["b", "c"],
            "name": ["乙玻璃厂", "丙有限公司"],
            "county_code": ["330782", None],
            "county": ["义乌市", None],
            "distance_km": [40.0, None],
            "capital_cny": [None, None],
            "registered_on": [date(2010, 1, 1), None],
        },
        schema_overrides={
            "enterprise": pl.UInt32,
            "capital_cny": pl.Decimal(24, 2),
            "county_code": pl.String,
        },
    )


def test_leads_are_ranked_with_their_reason(lamps: Chain) -> None:
    asked = ch.Asked("lamps", "glass", 0, date(2020, 1, 1))
    found = ch.leads(members_of(lamps), elsewhere(), asked)
    table = Lead.validate(found, cast=True)
    assert table["rank"].to_list() == [1, 2]
    assert set(table["name"]) == {"乙玻璃厂", "丙有限公司"}
    reasons = dict(table.select("name", "reason_en").iter_rows())
    assert reasons["乙玻璃厂"] == "its own words: 玻璃; 40 km away; registered in 2010"
    assert reasons["丙有限公司"] == (
        "its own words: 玻璃; distance not known; already in this industry: 灯机"
    )
    assert table["score"].is_between(0, 1).all()


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["glass", "making", "market"])),
        max_size=8,
        unique=True,
    ),
    st.integers(1, 2),
)
def test_partners_are_the_best_matching_of_all(pairs: list[tuple[int, str]], capacity: int) -> None:
    from tests.unit.chains.conftest import LAMPS

    chain = ch.load_chains({"chains/lamps.toml": LAMPS})["lamps"]
    schema = {"enterprise": pl.Int64, "stage_id": pl.String}
    here = pl.DataFrame(pairs, schema=schema, orient="row").with_columns(fit=pl.lit(0.5))
    found = ch.suggest_partners(chain, here, capacity)
    every = ch.suggest_partners(chain, here, 10**6)
    assert (found["supplier"] != found["buyer"]).all()
    for side in ("supplier", "buyer"):
        assert found[side].value_counts()["count"].max() in (None, *range(1, capacity + 1))
    rows = every.select("supplier", "buyer", "score").rows()
    if len(rows) > 10:
        return
    best = 0.0
    for size in range(len(rows) + 1):
        for chosen in combinations(rows, size):
            ends = [[row[side] for row in chosen] for side in (0, 1)]
            if all(side.count(who) <= capacity for side in ends for who in side):
                best = max(best, sum(row[2] for row in chosen))
    assert float(found["score"].sum()) == pytest.approx(best)
