"""What is paid when a budget does not reach: first come first served, or the same share for all."""

from datetime import date
from decimal import ROUND_DOWN, Decimal

import polars as pl

from townworks.rules.book import Limit
from townworks.rules.combining import AMOUNT
from townworks.rules.compiling import compile_expression
from townworks.rules.facts import SUBJECT_ID
from townworks.rules.parameters import values_on

FEN = Decimal("0.01")


def budget_limit(budget: Limit, as_of: date) -> Decimal:
    """Return what the budget holds on a day; raises `DefinitionsError` without a value then."""
    where = (budget.file, f"budgets.{budget.id}.limit")
    values = values_on(budget.parameters, budget.limit.names, as_of, where)
    expression = compile_expression(budget.limit, {n: v.value for n, v in values.items()})
    return Decimal(pl.select(expression.cast(AMOUNT)).item())


def allocate(requests: pl.DataFrame, limit: Decimal, when_short: str) -> pl.DataFrame:
    """Add `paid` and `short` to requests: subject_id, rule_id, entitled, for a queue applied_on.

    queue: whoever applied first is paid first, in full while money lasts, the next in part, the
    rest nothing; equal days by subject, then rule. pro_rata: everyone the same share, rounded down
    to the fen, and the fen that remain to the largest remainders. Sums never exceed the limit;
    what is asked for below it is paid in full.

    >>> asked = pl.DataFrame({"subject_id": ["a", "b"], "rule_id": ["r", "r"],
    ...     "entitled": [Decimal("100.00"), Decimal("50.00")]})
    >>> allocate(asked, Decimal("100"), "pro_rata")["paid"].to_list()
    [Decimal('66.67'), Decimal('33.33')]
    """
    entitled = pl.col("entitled").cast(AMOUNT)
    total = requests.select(entitled.sum()).item() or Decimal(0)
    if total <= limit:
        paid = requests.with_columns(entitled.alias("paid"))
    elif when_short == "queue":
        paid = _queued(requests.with_columns(entitled), limit)
    else:
        paid = _shared(requests.with_columns(entitled), limit, Decimal(total))
    return paid.with_columns((entitled - pl.col("paid")).alias("short"))


def _queued(requests: pl.DataFrame, limit: Decimal) -> pl.DataFrame:
    order = ["applied_on"] if "applied_on" in requests.columns else []
    queue = requests.sort(*order, SUBJECT_ID, "rule_id", nulls_last=True)
    before = pl.col("entitled").cum_sum() - pl.col("entitled")
    left = pl.max_horizontal(pl.lit(limit, AMOUNT) - before, pl.lit(Decimal(0), AMOUNT))
    return queue.with_columns(pl.min_horizontal("entitled", left).cast(AMOUNT).alias("paid"))


def _shared(requests: pl.DataFrame, limit: Decimal, total: Decimal) -> pl.DataFrame:
    """Largest remainder (Hamilton): exact, in Python's decimals, for one budget at a time."""
    asked = [Decimal(value) for value in requests["entitled"]]
    exact = [value * limit / total for value in asked]
    paid = [value.quantize(FEN, ROUND_DOWN) for value in exact]
    left = int((limit - sum(paid)) / FEN)
    remainders = sorted(range(len(asked)), key=lambda n: (paid[n] - exact[n], n))
    for n in remainders[:left]:
        paid[n] += FEN
    return requests.with_columns(pl.Series("paid", paid, AMOUNT))
