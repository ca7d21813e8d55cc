"""Who has which speciality."""

from itertools import combinations

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from townworks.enterprises import specialities
from townworks.enterprises.clauses import MAKE, TRADE
from townworks.enterprises.phrases import Phrases, read_phrases
from townworks.enterprises.specialities import Lexicon, learn_lexicon, mentions
from townworks.schema.language import activity_language

NAMES = ("泵", "袜子", "阀门")


def lexicon(names: tuple[str, ...] = NAMES, merged: dict[str, str] | None = None) -> Lexicon:
    """Lexicon made by hand: terms, and others that count as one of them."""
    merged = merged or {}
    terms = sorted([*names, *merged])
    table = {"term": terms, "speciality": [names.index(merged.get(term, term)) for term in terms]}
    schema = {"term": pl.String, "speciality": pl.UInt32}
    return Lexicon(names, merged, pl.DataFrame(table, schema=schema))


def phrases(rows: list[tuple[str, str | None]]) -> Phrases:
    schema = {"name": pl.String, "activity": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_row_index("enterprise")
    return read_phrases(frame, activity_language())


def said(rows: list[tuple[str, str | None]], words: Lexicon) -> list[tuple[object, ...]]:
    """(enterprise, name of speciality, role, main, alone), sorted."""
    found = pl.concat(list(mentions(phrases(rows), words)))
    return sorted((who, words.names[what], *rest) for who, what, *rest in found.rows())


def test_columns_have_the_types_said() -> None:
    [chunk] = mentions(phrases([("甲厂", "泵")]), lexicon())
    assert chunk.columns == ["enterprise", "speciality", "role", "main", "alone"]
    assert chunk.dtypes == [pl.UInt32, pl.UInt32, pl.UInt8, pl.Boolean, pl.Boolean]


@pytest.mark.parametrize(
    ("name", "activity", "expected"),
    [
        ("甲厂", "制造、销售：阀门", [("阀门", MAKE | TRADE, True, True)]),
        ("甲厂", "铜阀门配件制造", [("阀门", MAKE, True, False)]),
        ("甲厂", "杂件批发；阀门制造", [("阀门", MAKE, False, True)]),
        ("甲厂", "阀门制造；阀门配件批发", [("阀门", MAKE | TRADE, True, True)]),
        ("甲厂", "杂件；铜阀门批发、阀门制造", [("阀门", MAKE | TRADE, False, True)]),
        ("永嘉阀门有限公司", None, [("阀门", 0, True, False)]),
        ("永嘉阀门有限公司", "杂件、阀门批发", [("阀门", TRADE, True, True)]),
        ("永嘉泵业有限公司", "", [("泵", 0, True, False)]),
        ("泵友商行", "泵房保洁", []),
        ("甲厂", "水泵", [("泵", 0, True, False)]),
        ("阀门永嘉甲乙丙丁戊己有限公司", None, []),
        ("甲厂", "袜子、阀门", [("袜子", 0, True, True), ("阀门", 0, False, True)]),
    ],
)
def test_scope_and_name_tell(
    name: str, activity: str | None, expected: list[tuple[str, int, bool, bool]]
) -> None:
    assert said([(name, activity)], lexicon()) == [(0, *row) for row in expected]


def test_merged_terms_count_as_one() -> None:
    rows = [("甲厂", "座垫制造、坐垫销售"), ("甲坐垫厂", None), ("甲厂", "汽车座垫")]
    words = lexicon(("坐垫",), {"座垫": "坐垫"})
    assert said(rows, words) == [
        (0, "坐垫", MAKE | TRADE, True, True),
        (1, "坐垫", 0, True, False),
        (2, "坐垫", 0, True, False),
    ]


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["永嘉泵阀门厂", "大唐袜子有限公司", "甲商行"]),
        st.sampled_from(
            ["袜子制造、袜子机销售", "批发：水泵、阀门；泵", None, "阀门泵；铜阀门制造", "杂件"]
        ),
    ),
    max_size=9,
)


@pytest.mark.parametrize("chunk", [1, 2, 5, 500_000])
@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None
)
@given(rows=ROWS)
def test_one_row_per_pair_whatever_the_chunk(
    monkeypatch: pytest.MonkeyPatch, chunk: int, rows: list[tuple[str, str | None]]
) -> None:
    alone = [(i, *row[1:]) for i, row_ in enumerate(rows) for row in said([row_], lexicon())]
    with monkeypatch.context() as patch:
        patch.setattr(specialities, "CHUNK", chunk)
        together = said(rows, lexicon())
        parts = list(mentions(phrases(rows), lexicon()))
    assert together == alone
    pairs = [row[:2] for row in together]
    assert len(set(pairs)) == len(pairs)
    assert len(parts) == max(1, -(-len(rows) // chunk))
    for number, part in enumerate(parts):
        assert set(part["enterprise"] // chunk) <= {number}


def test_nobody_says_nothing() -> None:
    assert said([], lexicon()) == []
    assert said([("甲厂", "泵")], lexicon(())) == []


BRANDS = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳午未申酉"
BESIDE = list(combinations(("拉链", "花边", "商标", "线带"), 2))
"""What makers of buttons list besides, in pairs."""


def test_learned_lexicon_is_sorted_and_points_into_itself() -> None:
    rows: list[tuple[str, str | None]] = [
        (f"甲县{brand}{product}有限公司", f"{product}制造")
        for product in ("琉璃灯", "竹扇")
        for brand in BRANDS
    ]
    rows += [(f"丙地{i}号商行", "日用百货零售") for i in range(60)]
    words = learn_lexicon(phrases(rows))
    assert words.names == ("琉璃灯", "竹扇")
    assert words.merged == {}
    assert words.terms.rows() == [("琉璃灯", 0), ("竹扇", 1)]


def test_two_spellings_are_learned_as_one_speciality() -> None:
    """钮扣 and 纽扣 stand in one company and never together; 皮扣 stands in another."""
    makes: list[tuple[str, ...]] = [("钮扣", *BESIDE[i % 6]) for i in range(60)]
    makes += [("纽扣", *BESIDE[i % 6]) for i in range(30)]
    makes += [("皮扣", "水泵", "阀门")] * 60
    makes += [(f"{a}{b}",) for b in "袢饰具料座盒环夹针" for a in "钮纽"]
    rows: list[tuple[str, str | None]] = [
        (f"甲{i}厂", f"{'、'.join(things)}的制造") for i, things in enumerate(makes)
    ]
    words = learn_lexicon(phrases(rows))
    assert words.merged == {"纽扣": "钮扣"}
    assert set(words.names) == {"商标", "拉链", "水泵", "皮扣", "线带", "花边", "钮扣", "阀门"}
    found = said(rows, words)
    assert sum(row[1] == "钮扣" for row in found) == 90
