"""The unified social credit code: GB 32100-2015 done plainly, real codes, and every slip."""

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from townworks.enterprises.credit_code import is_valid_credit_code, normalise_credit_code

VALUES = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGHJKLMNPQRTUWXY", range(10, 31), strict=True)),
}
"""Table 2 of the standard: the characters of the code and their values."""
WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
"""Table 3 of the standard: the weight of each place."""


def check_character(body: str) -> str:
    """Find the check character as the standard words it: 31 less the remainder, 31 being 0."""
    remainder = sum(VALUES[c] * w for c, w in zip(body, WEIGHTS, strict=True)) % 31
    return {value: c for c, value in VALUES.items()}[(31 - remainder) % 31]


CHARACTERS = st.sampled_from(sorted(VALUES))
BODIES = st.text(CHARACTERS, min_size=17, max_size=17)
CODES = BODIES.map(lambda body: body + check_character(body))


def valid(*codes: str | None) -> list[bool | None]:
    return is_valid_credit_code(pl.Series(codes, dtype=pl.String)).to_list()


def normal(code: str | None) -> str | None:
    frame = pl.DataFrame({"code": [code]}, schema={"code": pl.String})
    text: str | None = frame.select(normalise_credit_code(pl.col("code"))).item()
    return text


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y43",  # the example of GB 32100-2015 itself
        "91110000600037341L",  # the example of python-stdnum, stdnum.cn.uscc
        "91310110666007217T",  # of the tests of Hutool, CreditCodeUtil
        "9144030071526726XG",  # 深圳市腾讯计算机系统有限公司
        "91330100799655058B",  # 阿里巴巴（中国）有限公司
        "914403001922038216",  # 华为技术有限公司
        "91110000802100433B",  # 北京百度网讯科技有限公司
        "91110108551385082Q",  # 小米科技有限责任公司
        "91100000100003962T",  # 中国工商银行股份有限公司
    ],
)
def test_published_codes_are_valid(code: str) -> None:
    assert valid(code) == [True]


@pytest.mark.parametrize(
    "code",
    [
        "91350211M00013FA1N",  # Hutool: issued before the standard, not of its form
        "91350100M000100Y4A",
        "9135010M000100Y43",
        "91350100M000100Y430",
        "I1350100M000100Y43",
        "91350100m000100y43",
        "330681000012345",
        "",
        "无",
    ],
)
def test_others_are_not(code: str) -> None:
    assert valid(code) == [False]


@settings(deadline=None)
@given(st.lists(st.one_of(CODES, BODIES, st.none(), st.text(max_size=20)), max_size=20))
def test_agrees_with_the_standard(codes: list[str | None]) -> None:
    def expected(code: str | None) -> bool | None:
        if code is None:
            return None
        formed = len(code) == 18 and set(code) <= set(VALUES)
        return formed and check_character(code[:17]) == code[17]

    assert valid(*codes) == [expected(code) for code in codes]


@settings(deadline=None)
@given(CODES)
def test_every_wrong_character_is_found(code: str) -> None:
    slips = [
        code[:place] + wrong + code[place + 1 :]
        for place in range(18)
        for wrong in VALUES
        if wrong != code[place]
    ]
    assert valid(code, *slips) == [True] + [False] * (18 * 30)


@settings(deadline=None)
@given(CODES)
def test_every_exchange_of_neighbours_is_found(code: str) -> None:
    slips = [
        code[:place] + b + a + code[place + 2 :]
        for place, (a, b) in enumerate(pairwise(code))
        if a != b
    ]
    assert not any(valid(*slips))


@pytest.mark.parametrize(
    ("codes", "expected"),
    [([], []), ([None], [None]), (["x", "无"], [False, False]), (["x", None], [False, None])],
)
def test_series_without_a_valid_code(codes: list[str | None], expected: list[bool | None]) -> None:
    assert valid(*codes) == expected


def test_keeps_the_name_of_the_series() -> None:
    assert is_valid_credit_code(pl.Series("mine", ["x"])).name == "mine"


FULL_WIDTH = {ord(c): ord(c) + 0xFEE0 for c in VALUES}


@settings(deadline=None)
@given(CODES, st.sampled_from([str.lower, lambda c: c.translate(FULL_WIDTH), " ".join, str]))
def test_case_width_and_spaces_are_folded(code: str, spoil: type[str]) -> None:
    assert normal(spoil(code)) == code


@settings(deadline=None)
@given(st.text("09AZaz-无 ａＺ０　\t", max_size=20))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert normal(normal(text)) == normal(text)


def test_full_width_lower_case_among_ideographic_spaces() -> None:
    assert normal("\u300091350100ｍ000100ｙ43\u3000\n") == "91350100M000100Y43"
    assert normal(None) is None


def organisation_digit(code: str) -> str:
    """Find the check digit of the organisation code, characters 9 to 16 (GB 11714)."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(c, 36) * w for c, w in zip(code[8:16], weights, strict=True))
    return "0123456789X"[-total % 11]


@pytest.mark.shared
def test_real_codes_fail_six_times_and_never_within(registry_path: Path) -> None:
    codes = pl.read_parquet(registry_path, columns=["统一社会信用代码"])
    normalised = codes.select(normalise_credit_code(pl.all())).to_series()
    found = is_valid_credit_code(normalised)
    assert (len(found), found.sum()) == (190_219, 190_213)
    right = normalised.filter(found).to_list()
    assert all(organisation_digit(code) == code[16] for code in right)
