"""Rules × subjects → verdicts: outcome, quantity, and the reason in both languages.

A rule is computed once for each distinct combination of the inputs it uses, then spread over the
subjects: the cost grows with what differs, not with the number of rows.
"""

from collections.abc import Iterator, Sequence
from datetime import date

import polars as pl

from townworks.errors import EvaluationError
from townworks.rules.book import AS_OF, Rule
from townworks.rules.compiling import compile_expression, date_columns, divisors
from townworks.rules.facts import SUBJECT_ID, Subjects
from townworks.rules.judgements import Judgement, Part
from townworks.rules.sentences import Telling, needs, sentences, thresholds
from townworks.schema.verdicts import OUTCOMES, Verdict

OUTCOME = pl.Enum(OUTCOMES)
COLUMNS = tuple(Verdict.column_names())


def judge(
    rules: Sequence[Rule], subjects: Subjects, as_of: date, part: Part = "eligible"
) -> pl.DataFrame:
    """Verdicts of all rules on all subjects on a day, as table `schema.Verdict`.

    part: "eligible" asks whether it is granted and how much; "continuing" whether what was granted
    may be kept, else how much is clawed back. Rules without such conditions give no rows then.
    Raises `DefinitionsError` if a parameter has no value on the day, `EvaluationError` if a
    quantity outgrows 38 digits.
    """
    frames = list(verdicts(rules, subjects, as_of, part))
    return pl.concat(frames) if frames else Verdict.create_empty().select(COLUMNS)


def verdicts(
    rules: Sequence[Rule], subjects: Subjects, as_of: date, part: Part = "eligible"
) -> Iterator[pl.DataFrame]:
    """Yield the same, one frame a rule, so that a long result can be written as it comes."""
    for rule in rules:
        if part == "eligible" or rule.continuing:
            yield _verdicts_of(Judgement.of(rule, subjects, as_of, part))


def outcomes(rules: Sequence[Rule], subjects: Subjects, as_of: date) -> pl.DataFrame:
    """Verdicts without their reasons: subject_id, rule_id, outcome, quantity, unit.

    For sums over many subjects and years; rules that are not in force give no rows.
    """
    cases = (Judgement.of(rule, subjects, as_of, "eligible") for rule in rules)
    frames = [_outcomes_of(case) for case in cases if case.in_force]
    return pl.concat(frames) if frames else Verdict.create_empty().select(LEAN)


LEAN = (SUBJECT_ID, "rule_id", "outcome", "quantity", "unit")


def _outcomes_of(case: Judgement) -> pl.DataFrame:
    decided = decide(case).select(*case.inputs, "outcome", "quantity")
    return _spread(case, decided).select(
        SUBJECT_ID,
        pl.lit(case.rule.id).cast(pl.Categorical).alias("rule_id"),
        "outcome",
        pl.when(pl.col("outcome") == "eligible").then("quantity").alias("quantity"),
        pl.lit(case.rule.unit, pl.String).cast(pl.Categorical).alias("unit"),
    )


def eligibility(rules: Sequence[Rule], subjects: Subjects, as_of: date) -> pl.DataFrame:
    """Plain yes (true), no (false) or open (null) of each rule in force, without reasons.

    Columns: subject_id, then one a rule, in one pass over the subjects: for counting and screening
    millions. Amounts play no part: a rule is eligible if its clauses hold.
    """
    cases = [Judgement.of(rule, subjects, as_of, "eligible") for rule in rules]
    in_force = [case for case in cases if case.in_force]
    names = dict.fromkeys(name for case in in_force for name in case.inputs)
    known = subjects.known(names)
    unknown = [subjects.unknown(name) for name in names if name not in known]
    day = pl.lit(as_of).alias(AS_OF)
    frame = subjects.frame.lazy().select(SUBJECT_ID, *known).with_columns(*unknown, day)
    dates: dict[str, pl.Expr] = {}
    flags = []
    for case in in_force:
        constants = {name: value.value for name, value in case.values.items()}
        clauses = tuple(clause.sql for clause in case.clauses)
        dates |= {column.meta.output_name(): column for column in date_columns(clauses, constants)}
        parts = [compile_expression(clause, constants) for clause in clauses]
        holds = pl.all_horizontal(*parts) if parts else pl.lit(value=True)
        flags.append(holds.alias(case.rule.id))
    return frame.with_columns(*dates.values()).select(SUBJECT_ID, *flags).collect()


def _verdicts_of(case: Judgement) -> pl.DataFrame:
    if not case.in_force:
        return _finished(case, case.subjects.frame.select(SUBJECT_ID), Telling.out_of_force(case))
    return _finished(case, _spread(case, sentences(case, decide(case))), {})


def _spread(case: Judgement, told: pl.DataFrame) -> pl.DataFrame:
    """Give each subject what was found for its combination of inputs."""
    known = case.subjects.known(case.inputs)
    told = told.drop(name for name in case.inputs if name not in known)
    rows = case.subjects.frame.select(SUBJECT_ID, *known)
    if not known:
        return rows.join(told, how="cross")
    return rows.join(told, on=known, how="left", nulls_equal=True, maintain_order="left")


def decide(case: Judgement) -> pl.DataFrame:
    """Distinct inputs with `clause:1` …, `quantity`, `outcome`, `clause` and what is missing.

    For a rule that is in force; what a verdict says is added by `rules.sentences`.
    """
    distinct = case.subjects.distinct(case.inputs, case.as_of)
    constants = {name: value.value for name, value in case.values.items()}
    frame = distinct.with_columns(date_columns(case.expressions, constants))
    columns = [compile_expression(e, constants) for e in case.expressions]
    named = [c.alias(f"clause:{n}") for n, c in enumerate(columns[: len(case.clauses)], start=1)]
    amount = columns[-1] if case.quantity is not None else pl.lit(None, pl.Decimal(38, 2))
    zero = [d == 0 for e in case.expressions for d in divisors(e, constants)]
    quantity = amount.round(2, mode="half_away_from_zero").cast(pl.Decimal(38, 2))
    try:
        frame = frame.with_columns(
            *named,
            quantity.alias("quantity"),
            pl.any_horizontal(*zero, pl.lit(value=False)).alias("zero"),
        )
    except (pl.exceptions.ComputeError, pl.exceptions.InvalidOperationError) as error:
        key = f"{case.rule.key}.{case.part}"
        problem = f"cannot be computed: {str(error).splitlines()[0]}"
        raise EvaluationError(case.rule.scheme.file, key, problem) from None
    return frame.with_columns(_outcome(case)).with_columns(needs(case))


def _outcome(case: Judgement) -> list[pl.Expr]:
    """Outcome by three-valued logic, and the first clause that is false."""
    flags = [pl.col(f"clause:{clause.number}") for clause in case.clauses]
    holds = pl.all_horizontal(*flags) if flags else pl.lit(value=True)
    granted = pl.col("quantity").is_not_null() if _owes(case) else pl.lit(value=True)
    outcome = (
        pl.when(holds & granted)
        .then(pl.lit("eligible"))
        .when(~holds)
        .then(pl.lit("not_eligible"))
        .otherwise(pl.lit("undecided"))
    )
    numbered = [pl.when(~flag).then(n).cast(pl.UInt8) for n, flag in enumerate(flags, start=1)]
    first = pl.coalesce(*numbered) if numbered else pl.lit(None, pl.UInt8)
    return [outcome.cast(OUTCOME).alias("outcome"), first.alias("clause")]


def _owes(case: Judgement) -> bool:
    """Whether a positive verdict needs a quantity; what is kept owes nothing."""
    return case.part == "eligible" and case.quantity is not None


def _finished(case: Judgement, rows: pl.DataFrame, told: dict[str, pl.Expr]) -> pl.DataFrame:
    rule = case.rule
    paid = "eligible" if case.part == "eligible" else "not_eligible"
    constant = {
        "rule_id": pl.lit(rule.id).cast(pl.Categorical),
        "part": pl.lit(case.part, pl.Enum(["eligible", "continuing"])),
        AS_OF: pl.lit(case.as_of),
        "unit": pl.lit(rule.unit, pl.String).cast(pl.Categorical),
        "period": pl.lit(rule.period, pl.Enum(["once", "year", "month"])),
        "ceiling": pl.lit(rule.ceiling),
        "thresholds": pl.lit(thresholds(case)).cast(pl.Categorical),
        "source": pl.lit(rule.source).cast(pl.Categorical),
    }
    frame = rows.with_columns(**constant, **told)
    quantity = pl.when(pl.col("outcome") == paid).then("quantity")
    return frame.with_columns(quantity.alias("quantity")).select(COLUMNS)
