"""What rules cost whom, year by year, and what another version of them would change."""

from calendar import isleap
from collections.abc import Sequence
from datetime import date

import polars as pl

from townworks.rules.book import Rule, RuleBook
from townworks.rules.combining import AMOUNT, IN_A_YEAR, combine
from townworks.rules.facts import SUBJECT_ID, Subjects
from townworks.rules.verdicts import outcomes
from townworks.schema.verdicts import Change, Cost


def anniversary(day: date, years: int) -> date:
    """Return the same day some years later; 29 February becomes 28 February.

    >>> anniversary(date(2016, 2, 29), 1)
    datetime.date(2017, 2, 28)
    """
    year = day.year + years
    late = (day.month, day.day) == (2, 29) and not isleap(year)
    return day.replace(year=year, day=28 if late else day.day)


def costs(
    book: RuleBook, rules: Sequence[Rule], subjects: Subjects, as_of: date, years: int
) -> pl.DataFrame:
    """Cost to each payer in each of the next years, as table `schema.Cost`.

    Every year is judged anew on its first day with the same inputs, so that stays grow longer and
    instruments begin and end; what is granted once is counted in the first year it is granted.
    """
    held: set[tuple[str, str]] = set()
    frames = []
    for number in range(years):
        day = anniversary(as_of, number)
        verdicts = outcomes(rules, subjects, day)
        yearly, once = _of_year(combine(book, verdicts, day), held)
        held |= once
        frames.append(_summed(yearly, verdicts, book, (number + 1, day)))
    return Cost.cast(pl.concat(frames)) if frames else Cost.create_empty()


def _of_year(
    entitled: pl.DataFrame, held: set[tuple[str, str]]
) -> tuple[pl.DataFrame, set[tuple[str, str]]]:
    """Drop what was granted once before; monthly sums become yearly ones."""
    keys = (
        pl.DataFrame(sorted(held), schema=[SUBJECT_ID, "rule_id"], orient="row") if held else None
    )
    once = pl.col("period") == "once"
    if keys is not None:
        again = entitled.filter(once).join(keys, on=[SUBJECT_ID, "rule_id"], how="semi")
        entitled = entitled.join(again, on=[SUBJECT_ID, "rule_id"], how="anti")
    new = entitled.filter(once, pl.col("entitled") > 0).select(SUBJECT_ID, "rule_id").rows()
    times = pl.col("period").cast(pl.String).replace_strict(IN_A_YEAR, return_dtype=pl.Int64)
    yearly = entitled.with_columns((pl.col("entitled") * times).cast(AMOUNT))
    return yearly, {(str(subject), str(rule)) for subject, rule in new}


def _summed(
    yearly: pl.DataFrame, verdicts: pl.DataFrame, book: RuleBook, when: tuple[int, date]
) -> pl.DataFrame:
    payers = {rule.id: rule.scheme.payer for rule in book.instruments()}
    units = {rule.id: rule.unit for rule in book.instruments()}
    rule = pl.col("rule_id").cast(pl.String)
    still_open = (
        verdicts.filter(pl.col("outcome") == "undecided", pl.col("unit").is_not_null())
        .group_by(
            rule.replace_strict(payers, return_dtype=pl.String).alias("payer"),
            rule.replace_strict(units, return_dtype=pl.String).alias("unit"),
        )
        .agg(pl.len().alias("undecided"))
    )
    amount, paid = pl.col("entitled"), pl.col("entitled") > 0
    sums = yearly.group_by(pl.col("payer").cast(pl.String), "unit").agg(
        amount.sum(),
        amount.filter(pl.col("ceiling")).sum().alias("of_which_ceiling"),
        pl.col(SUBJECT_ID).filter(paid).n_unique().alias("subjects"),
    )
    both = sums.join(still_open, on=["payer", "unit"], how="full", coalesce=True)
    year, begins = when
    filled = both.with_columns(
        pl.col("entitled", "of_which_ceiling").fill_null(0),
        pl.col("subjects", "undecided").fill_null(0),
        pl.lit(year).alias("year"),
        pl.lit(begins).alias("begins"),
    )
    return Cost.cast(filled).sort("payer", "unit")


def compare(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """Who wins and who loses between two tables of entitlements, as table `schema.Change`.

    Sums are of the first year (monthly × 12). Subjects whom nothing concerns either way are left
    out; the largest loss comes first.
    """
    sides = [_side(frame, name) for frame, name in ((before, "before"), (after, "after"))]
    joined = sides[0].join(sides[1], on=[SUBJECT_ID, "unit"], how="full", coalesce=True)
    joined = joined.with_columns(pl.col("before", "after").fill_null(0))
    rules = [pl.col(f"rules_{side}").fill_null([]) for side in ("before", "after")]
    joined = joined.with_columns(
        (pl.col("after") - pl.col("before")).alias("change"),
        rules[1].list.set_difference(rules[0]).list.sort().list.join(", ").alias("rules_gained"),
        rules[0].list.set_difference(rules[1]).list.sort().list.join(", ").alias("rules_lost"),
    )
    return Change.cast(joined).sort("change", SUBJECT_ID, "unit")


def _side(entitled: pl.DataFrame, name: str) -> pl.DataFrame:
    times = pl.col("period").cast(pl.String).replace_strict(IN_A_YEAR, return_dtype=pl.Int64)
    taken = entitled.filter(pl.col("standing") != "excluded")
    return taken.group_by(SUBJECT_ID, "unit").agg(
        (pl.col("entitled") * times).sum().cast(AMOUNT).alias(name),
        pl.col("rule_id").alias(f"rules_{name}"),
    )
