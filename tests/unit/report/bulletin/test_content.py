"""What a bulletin says: sums that keep levels apart, towns that are missing, both languages."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.report.bulletin.sample import HOSTILE, TOWNS, bulletin, town

from townworks.report.bulletin.content import Document, document, path_due
from townworks.report.bulletin.writing import Section, Writer
from townworks.schema.bulletin import Levels

LANGUAGES = ("en", "zh")


def section(name: str, language: str = "en", towns: tuple = TOWNS) -> Section:  # type: ignore[type-arg]
    found = document(bulletin(towns), language)
    return next(each for each in found.sections if each.id == name)


def rows(found: Section) -> tuple[tuple[str, ...], ...]:
    return found.table.rows if found.table else ()


def test_levels_are_summed_apart_and_the_invented_town_is_in_no_total() -> None:
    assert rows(section("prefecture")) == (
        ("Hangzhou", "2", "2", "20.0000001", "11", "38", "11"),
        ("Ningbo", "1", "0", "–", "–", "–", "–"),
        ("All", "3", "2", "20.0000001", "11", "38", "11"),
    )


def test_what_nobody_reported_is_a_dash_and_never_nought() -> None:
    nobody = (town("Alpha"), town("Beta"))
    assert rows(section("sector", towns=nobody))[-1] == ("All", "2", "2", "–", "–", "–", "–")
    told = {row[0]: row[1] for row in rows(section("quarter", towns=nobody))}
    assert told["Investment of the quarter, reported"] == "not reported"


def test_the_quarter_counts_who_is_in() -> None:
    told = {row[0]: row[1] for row in rows(section("quarter"))}
    counts = ("Returns asked for", "Handed in", "Verified", "Late", "With open queries")
    assert [told[name] for name in counts] == ["3", "2", "0", "1", "1"]


def test_ahead_late_queried_targets_and_clauses() -> None:
    assert rows(section("pace")) == (("Alpha", "0.00015", "0.0001", "150.0 %"),)
    assert rows(section("late")) == (("Beta", "Ningbo", "20 July 2016", "12"),)
    assert rows(section("queried"))[0][0] == HOSTILE
    assert rows(section("goals"))[0][2:] == ("4,000", "3,200", "not reported", "80.0 %")
    assert section("goals").lines == ("50.0 % of the year is over.",)
    settled = section("settled", "zh")
    assert rows(settled) == (("用地", "2", "20亩", "15亩", "5亩", "10亩"),)
    assert rows(settled.more[0])[0][1:] == ("2015", "1", "0.123456 万元", "0 万元", "36")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_town_with_a_return_has_a_page(language: str) -> None:
    pages = [s for s in document(bulletin(), language).sections if s.own_page]
    assert len(pages) == len(TOWNS)
    assert any("12" in line for line in pages[1].lines)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_programme_says_so_everywhere(language: str) -> None:
    found: Document = document(bulletin(()), language)
    for each in found.sections:
        assert rows(each) or each.empty or each.lines, each.id
        assert each.chart is None


def texts(found: Document) -> str:
    parts = [found.title, *found.lead]
    for each in (*found.sections, *(part for s in found.sections for part in s.more)):
        parts += [each.title, *each.lines, each.empty]
        parts += each.table.head if each.table else ()
    return " ".join(parts)


def test_each_language_is_itself() -> None:
    english = texts(
        document(bulletin(tuple(replace(t, name={"en": "x", "zh": "x"}) for t in TOWNS)), "en")
    )
    assert not re.findall(r"[\u4e00-\u9fff]", english)
    chinese = texts(document(bulletin(), "zh"))
    assert not re.findall(r"\b(?:the|of|reported|town)\b", chinese.replace(HOSTILE, ""))


def test_the_path_is_straight() -> None:
    assert path_due(replace(bulletin(), as_of=date(2014, 1, 1))) == 0
    assert path_due(replace(bulletin(), as_of=date(2019, 1, 1))) == 500_000_000_000
    half = path_due(replace(bulletin(), as_of=date(2016, 7, 2)))
    assert abs(half / Decimal(500_000_000_000) - Decimal("0.5")) < Decimal("0.001")


@given(st.lists(st.tuples(*[st.none() | st.decimals(-(10**12), 10**12, places=2)] * 2)))
def test_totals_are_exact(parts: list[tuple[Decimal | None, Decimal | None]]) -> None:
    total = Levels.total(Levels(*part) for part in parts)
    for n, found in enumerate((total.reported, total.verified)):
        known = [part[n] for part in parts if part[n] is not None]
        assert found == (sum(known) if known else None)  # type: ignore[arg-type]


@given(st.decimals(-(10**15), 10**15, places=2))
def test_no_digit_of_an_amount_is_lost(value: Decimal) -> None:
    for language, scale in (("en", 10**6), ("zh", 10**4)):
        shown = Writer(language).amount(value)
        assert Decimal(shown.replace(",", "")) * scale == value
