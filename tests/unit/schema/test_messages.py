import re
from string import Formatter

import pytest

from townworks.errors import RequestError
from townworks.schema.messages import LANGUAGES, catalogue, message

KEYS = sorted(catalogue())
SAME = {"report.english", "report.chinese"}
"""Names that languages have for themselves."""
SAME |= {key for key in KEYS if re.fullmatch(r"templates\.sample\.\w+_(zh|en)", key)}
"""Examples of values that are in one language, whichever the page is in."""


@pytest.mark.parametrize("key", KEYS)
def test_every_message_is_in_every_language(key: str) -> None:
    texts = catalogue()[key]
    assert texts.keys() == set(LANGUAGES)
    joins = key.endswith(".comma")  # ", " ends in a blank
    assert all(text and (joins or text.strip() == text) for text in texts.values())


@pytest.mark.parametrize("key", KEYS)
def test_every_language_takes_the_same_values(key: str) -> None:
    fields = {
        language: {name for _, name, _, _ in Formatter().parse(text) if name is not None}
        for language, text in catalogue()[key].items()
    }
    assert fields["en"] == fields["zh"]


@pytest.mark.parametrize("key", sorted(set(KEYS) - SAME))
def test_english_has_no_chinese_and_chinese_some(key: str) -> None:
    texts, han = catalogue()[key], re.compile(r"[\u4e00-\u9fff]")
    assert not han.search(texts["en"])
    bare = re.sub(r"\{\w+\}", "", texts["zh"])
    assert han.search(bare) or not re.search(r"[a-z]", bare)


def test_values_go_in() -> None:
    assert message("report.places.township", "zh", n=1419) == "1,419个乡镇（街道）"


def test_unknown_language_is_refused_with_those_there_are() -> None:
    with pytest.raises(RequestError, match=r"no messages in 'fr'\. Ask for en or zh\."):
        message("report.search", "fr")


def test_unknown_key_and_missing_value_are_our_fault() -> None:
    with pytest.raises(KeyError):
        message("report.no_such_key", "en")
    with pytest.raises(KeyError):
        message("report.places.county", "en")
