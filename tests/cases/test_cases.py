"""Every case of the shipped programme and of the example holds, and they prove every clause."""

from pathlib import Path

import pytest

from townworks.rules import coverage, read_cases, run_cases
from townworks.workflow import check_programme, open_programme

EXAMPLE = Path(__file__).parents[2] / "examples" / "programme"
PROGRAMME = open_programme("zhejiang")
BOOK = PROGRAMME.book
TEXTS = {Path(p).name: t for p, t in PROGRAMME.texts.items() if p.startswith("cases/")}


@pytest.mark.parametrize("name", TEXTS)
def test_cases_hold(name: str) -> None:
    cases = read_cases({name: TEXTS[name]}, BOOK)
    assert cases
    failures = run_cases(BOOK, cases)
    assert not failures, "\n".join(map(str, failures))


def test_every_clause_is_turned_both_ways_and_every_parameter_noticed() -> None:
    proved = coverage(BOOK, read_cases(TEXTS, BOOK))
    assert proved.one_sided == ()
    assert proved.idle == ()
    assert proved.untested == ()
    assert proved.clauses > 100
    assert len(proved.beyond) == 9


def test_every_file_of_rules_has_its_cases() -> None:
    files = {Path(rule.scheme.file).name for rule in BOOK.rules.values()}
    assert set(TEXTS) == files


def test_at_least_thirty_instruments_ship() -> None:
    assert len(BOOK.instruments()) >= 50
    assert len(BOOK.conditions()) >= 25


def test_the_example_is_proved_too() -> None:
    checked = check_programme(EXAMPLE)
    assert not checked.failures
    assert checked.coverage.share == 1
    assert checked.coverage.idle == ()
