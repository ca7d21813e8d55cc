import re
from dataclasses import replace
from datetime import date
from importlib.resources import files

import polars as pl
import pytest

from townworks.report.facts import DiscoveryFacts
from townworks.report.texts import page_texts


def test_only_texts_of_the_script_have_open_values(
    table: pl.DataFrame, facts: DiscoveryFacts
) -> None:
    texts = page_texts(table, facts, (20, 21))
    assert texts["en"].keys() == texts["zh"].keys()
    for language in texts.values():
        assert [
            k for k, text in language.items() if "{" in text and not k.startswith("script.")
        ] == []


def test_every_text_that_page_and_script_ask_for_exists(
    table: pl.DataFrame, facts: DiscoveryFacts
) -> None:
    known = page_texts(table, facts, (20, 21))["en"]
    folder = files("townworks.report")
    asked: set[str] = set()
    for part in ("assets", "templates"):
        for path in (folder / part).iterdir():
            content = path.read_text(encoding="utf-8")
            asked |= set(re.findall(r"""\bt\(["']([a-z._]+[a-z])["']""", content))
            asked |= set(re.findall(r'data-t(?:-label|-placeholder)?="([a-z._]+)"', content))
    assert asked - known.keys() == set()
    assert len(asked) > 50


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (None, None, "any date"),
        (date(2001, 1, 1), None, "from 2001-01-01"),
        (None, date(2015, 6, 4), "until 2015-06-04"),
        (date(2001, 1, 1), date(2015, 6, 4), "from 2001-01-01 until 2015-06-04"),
    ],
)
def test_period_is_said_as_asked(
    table: pl.DataFrame, facts: DiscoveryFacts, since: date | None, until: date | None, said: str
) -> None:
    texts = page_texts(table, replace(facts, since=since, until=until), (1, 1))
    assert texts["en"]["origin.period.text"] == said


def test_undated_records_are_said_to_be_so(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    texts = page_texts(table, replace(facts, years=()), (1, 1))
    assert texts["en"]["method.sample.text"] == "The records bear no dates of registration."


def test_chinese_lists_have_chinese_commas(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    texts = page_texts(table, facts, (1, 1))
    assert "2005–2006、2008–2009年" in texts["zh"]["method.sample.text"]


def test_seed_is_told_where_there_is_one(table: pl.DataFrame, facts: DiscoveryFacts) -> None:
    texts = page_texts(table, replace(facts, seed=7), (1, 1))
    assert texts["zh"]["origin.seed.text"] == "7"
