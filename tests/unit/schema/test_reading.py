from datetime import date
from decimal import Decimal

import pytest

from townworks.schema.reading import Faults, Table, read_toml

TEXT = """
name = "x"
empty = " "
count = 3
share = 0.5
day = 2015-06-04
moment = 2015-06-04T01:02:03
yes = true
list = ["a", "b"]
rows = [{ n = 1 }, { n = 2 }]
[words]
en = "w"
zh = "词"
[half]
en = "w"
[inner.deep]
n = 1
"""


@pytest.fixture
def top() -> Table:
    """The text as a table that keeps its faults."""
    faults = Faults()
    return Table(read_toml(TEXT, "f.toml", faults), "f.toml", "", faults)


def test_what_is_there_is_returned(top: Table) -> None:
    assert top.text("name") == "x"
    assert top.number("share") == Decimal("0.5")
    assert top.whole("count") == 3
    assert top.day("day") == date(2015, 6, 4)
    assert top.flag("yes")
    assert top.texts("list") == ("a", "b")
    assert [row.whole("n") for row in top.rows("rows")] == [1, 2]
    assert top.words("words") == {"en": "w", "zh": "词"}
    assert [(name, table.key) for name, table in top.tables("inner")] == [("deep", "inner.deep")]
    assert not top.faults.found


def test_what_is_missing_has_a_stand_in(top: Table) -> None:
    assert top.text("other", "default") == "default"
    assert top.day("other") is None
    assert not top.flag("other")
    assert top.texts("other") == ()
    assert top.rows("other") == []
    assert not top.faults.found


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (lambda t: t.text("missing"), ("missing", "is missing")),
        (lambda t: t.text("empty"), ("empty", "must be a text that is not empty")),
        (lambda t: t.text("count"), ("count", "must be a text that is not empty")),
        (lambda t: t.number("name"), ("name", "is 'x'; write a number")),
        (lambda t: t.number("yes"), ("yes", "is True; write a number")),
        (lambda t: t.whole("share"), ("share", "is 0.5; write a whole number")),
        (lambda t: t.day("name"), ("name", "is 'x'; write a date such as 2015-06-04, without")),
        (lambda t: t.day("moment"), ("moment", "write a date such as 2015-06-04")),
        (lambda t: t.flag("count"), ("count", "must be true or false")),
        (lambda t: t.texts("count"), ("count", "must be a list of texts")),
        (lambda t: t.texts("rows"), ("rows", "must be a list of texts")),
        (lambda t: t.rows("list"), ("list", "must be a list of tables")),
        (lambda t: t.table("name"), ("name", "must be a table")),
        (lambda t: t.words("half"), ("half.zh", "translation is missing")),
        (lambda t: t.choice("name", ("xy", "z")), ("name", "is 'x'; did you mean 'xy'?")),
        (lambda t: t.rows("rows")[1].text("m"), ("rows[2].m", "is missing")),
    ],
)
def test_every_fault_has_its_key(top: Table, call: object, fault: tuple[str, str]) -> None:
    call(top)  # type: ignore[operator]
    (file, key, problem) = top.faults.found[0]
    assert (file, key) == ("f.toml", fault[0])
    assert fault[1] in problem


def test_unknown_names_are_never_ignored(top: Table) -> None:
    top.only("name", "empty", "count", "share", "day", "moment", "yes", "list", "rows", "word")
    found = {key: problem for _, key, problem in top.faults.found}
    assert found["words"] == "is not known here; did you mean word?"
    assert set(found) == {"words", "half", "inner"}


def test_no_toml_is_one_fault() -> None:
    faults = Faults()
    assert read_toml("a = ", "f.toml", faults) == {}
    assert read_toml("a = " + "[" * 5000, "g.toml", faults) == {}
    assert [file for file, _, _ in faults.found] == ["f.toml", "g.toml"]
