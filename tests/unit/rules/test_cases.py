from collections.abc import Callable

import pytest

from townworks.errors import DefinitionsError
from townworks.rules import RuleBook, coverage, read_cases, run_cases

Load = Callable[..., RuleBook]
YES = """
[[case]]
name = "200 m² at most"
rule = "rent"
on = 2018-06-01
given = { is_startup = true, admitted_on = 2018-01-01, floor_m2 = 300 }
outcome = "eligible"
quantity = 73000
"""
NO = """
[[case]]
name = "after three years"
rule = "rent"
on = 2018-06-01
given = { is_startup = true, admitted_on = 2015-06-01, floor_m2 = 300 }
outcome = "not_eligible"
clause = 2
"""
FLOOR = """
[[case]]
name = "no floor"
rule = "rent"
on = 2018-06-01
given = { is_startup = true, admitted_on = 2018-01-01 }
outcome = "undecided"
needs = ["floor_m2"]
"""


def test_cases_that_hold(load: Load) -> None:
    book = load()
    assert run_cases(book, read_cases({"c.toml": YES + NO + FLOOR}, book)) == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "73000",
            "73001",
            "promised outcome eligible, quantity 73001, found outcome eligible, quan",
        ),
        ('outcome = "eligible"', 'outcome = "undecided"', "promised outcome undecided"),
        (
            "clause = 2",
            "clause = 1",
            "clause 1, found outcome not_eligible, clause 2. Not eligible",
        ),
        (
            'needs = ["floor_m2"]',
            "needs = []",
            "needs [], found outcome undecided, needs ['floor_m2']",
        ),
    ],
)
def test_a_case_that_does_not_hold_says_why(load: Load, old: str, new: str, said: str) -> None:
    book = load()
    failures = run_cases(book, read_cases({"c.toml": (YES + NO + FLOOR).replace(old, new)}, book))
    assert len(failures) == 1
    assert said in str(failures[0])
    assert str(failures[0]).startswith("c.toml: ")


def test_coverage_finds_what_no_case_proves(load: Load) -> None:
    book = load()
    found = coverage(book, read_cases({"c.toml": YES + NO + FLOOR}, book))
    assert found.clauses == 2
    assert found.one_sided == ("rent: eligible 1",)
    assert found.share == 0.5
    assert found.idle == ()
    assert found.untested == ()
    less = coverage(book, read_cases({"c.toml": NO}, book))
    assert less.untested == ("rent: no case is eligible",)
    assert less.beyond == ()
    assert less.idle == ("policies/lake.toml: most_m2", "policies/lake.toml: rate")
    assert coverage(book, []).share == 0


def test_faults_of_case_files_come_together(load: Load) -> None:
    text = (YES + NO).replace('rule = "rent"', 'rule = "rnt"', 1)
    text = text.replace(
        "is_startup = true, admitted_on = 2015", 'is_startup = "yes", admited_on = 2015'
    )
    with pytest.raises(DefinitionsError) as caught:
        read_cases({"c.toml": text}, load())
    assert [(key, problem.split(";")[0]) for _, key, problem in caught.value.faults] == [
        ("case[1].rule", "is 'rnt', which is no rule of the book"),
        ("case[2].given.admited_on", "is not known here"),
        ("case[2].given.is_startup", "is 'yes', where the input is a boolean"),
    ]
