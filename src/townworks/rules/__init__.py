"""Rules as data: dated policies and conditions → verdicts with reasons.

`load_rules` reads a programme's TOML; `judge` applies it; `combine` finds what may be held
together; `costs` and `compare` say what it costs whom; cases prove it. Pure: no file, no clock.
"""

from townworks.rules.book import Rule, RuleBook
from townworks.rules.budgets import allocate, budget_limit
from townworks.rules.cases import coverage, read_cases, run_cases
from townworks.rules.combining import combine
from townworks.rules.costs import compare, costs
from townworks.rules.facts import Subjects, input_type
from townworks.rules.load import load_rules
from townworks.rules.statements import statement
from townworks.rules.verdicts import judge, verdicts

__all__ = [
    "Rule",
    "RuleBook",
    "Subjects",
    "allocate",
    "budget_limit",
    "combine",
    "compare",
    "costs",
    "coverage",
    "input_type",
    "judge",
    "load_rules",
    "read_cases",
    "run_cases",
    "statement",
    "verdicts",
]
