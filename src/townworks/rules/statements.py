"""What a town's years add up to: its land-quota ledger and its fiscal-return statement.

Both are the town's verdicts of each year, put in order with a running balance. What a year's
verdict left open is listed as open and counts as nothing.
"""

from collections.abc import Sequence

import polars as pl

from townworks.rules.book import Rule, RuleBook
from townworks.rules.combining import AMOUNT, combine
from townworks.rules.facts import SUBJECT_ID, Subjects
from townworks.rules.verdicts import judge

YEAR_ENDS = "year_ends"


def statement(book: RuleBook, years: pl.DataFrame, subjects: Subjects, unit: str) -> pl.DataFrame:
    """Ledger of one unit over the years of towns: a line per town, year and rule.

    Instruments of subject "town" count, as far as they may stand together. years: `subject_id`
    (town and year), `town_id` and `year_ends`, the day each line is judged on. unit: "mu" for the
    land ledger, "cny" for fiscal return. Columns: town_id, year_ends, rule_id, outcome, granted,
    clawed_back, balance (running sum of both, by town), sentence_en, sentence_zh.
    """
    wanted = [rule for rule in book.instruments("town") if rule.unit == unit]
    days = sorted(years.get_column(YEAR_ENDS).unique())
    frames = [
        _of_day(book, wanted, subjects, years.filter(pl.col(YEAR_ENDS) == day)) for day in days
    ]
    lines = pl.concat(frames) if frames else _empty()
    order = [r.id for r in wanted]
    lines = lines.sort(
        "town_id",
        YEAR_ENDS,
        pl.col("rule_id").replace_strict(
            {name: n for n, name in enumerate(order)}, return_dtype=pl.Int64, default=0
        ),
    )
    balance = (pl.col("granted") - pl.col("clawed_back")).cum_sum().over("town_id")
    told = lines.with_columns(balance.cast(AMOUNT).alias("balance"))
    first = ("town_id", YEAR_ENDS, "rule_id", "outcome", "granted", "clawed_back", "balance")
    return told.select(*first, "sentence_en", "sentence_zh")


def _of_day(
    book: RuleBook, rules: Sequence[Rule], subjects: Subjects, mine: pl.DataFrame
) -> pl.DataFrame:
    """Lines of one day; what is excluded by another rule is granted nothing."""
    day = mine[YEAR_ENDS][0]
    rows = subjects.frame.join(mine.select(SUBJECT_ID), on=SUBJECT_ID, how="semi")
    of_day = Subjects(rows, subjects.inputs)
    first = judge(rules, of_day, day)
    entitled = combine(book, first, day).select(SUBJECT_ID, "rule_id", "entitled")
    both = pl.concat([first, judge(rules, of_day, day, "continuing")]).with_columns(
        pl.col("rule_id").cast(pl.String)
    )
    both = both.join(entitled, on=[SUBJECT_ID, "rule_id"], how="left", maintain_order="left")
    is_first = pl.col("part") == "eligible"
    zero = pl.lit(0).cast(AMOUNT)
    told = both.filter(is_first | (pl.col("outcome") == "not_eligible")).select(
        SUBJECT_ID,
        "rule_id",
        pl.col("outcome").cast(pl.String),
        pl.when(is_first).then(pl.col("entitled").fill_null(0)).otherwise(zero).alias("granted"),
        pl.when(~is_first)
        .then(pl.col("quantity").fill_null(0))
        .otherwise(zero)
        .alias("clawed_back"),
        "sentence_en",
        "sentence_zh",
    )
    return told.join(mine.select(SUBJECT_ID, "town_id", YEAR_ENDS), on=SUBJECT_ID).drop(SUBJECT_ID)


def _empty() -> pl.DataFrame:
    texts = ("rule_id", "outcome", "sentence_en", "sentence_zh", "town_id")
    schema: dict[str, pl.DataType | type[pl.DataType]] = dict.fromkeys(texts, pl.String)
    return pl.DataFrame(
        schema=schema | {"granted": AMOUNT, "clawed_back": AMOUNT, YEAR_ENDS: pl.Date}
    )
