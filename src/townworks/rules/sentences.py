"""Why a verdict is what it is: sentences in both languages, thresholds, what is missing."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

import polars as pl

from townworks.rules.book import AS_OF, Clause, Value
from townworks.rules.facts import json_column, value_json
from townworks.rules.judgements import Judgement
from townworks.rules.wording import filled, number_words
from townworks.schema.messages import LANGUAGES, message
from townworks.schema.units import CURRENCIES, spoken
from townworks.schema.verdicts import OUTCOMES

COMMAS = {"en": ", ", "zh": "、"}
SEMICOLONS = {"en": "; ", "zh": "；"}


class Telling:
    """What is said without looking at the subjects."""

    @staticmethod
    def out_of_force(case: Judgement) -> dict[str, pl.Expr]:
        """Columns of a verdict on a day on which the rule does not hold."""
        early = case.as_of < case.rule.first
        key, day = ("too_early", case.rule.first) if early else ("too_late", case.rule.last)
        told = {
            f"sentence_{language}": pl.lit(message(f"rules.{key}", language, day=day))
            for language in LANGUAGES
        }
        return told | {
            "outcome": pl.lit("not_eligible", pl.Enum(OUTCOMES)),
            "clause": pl.lit(None, pl.UInt8),
            "quantity": pl.lit(None, pl.Decimal(38, 2)),
            "needs": pl.lit(None, pl.String),
            "inputs": pl.lit("{}"),
        }


def thresholds(case: Judgement) -> str:
    """JSON of every parameter in use: value, unit, first day, the clauses it serves, source."""
    return "{" + ", ".join(_threshold(case, n, value) for n, value in case.values.items()) + "}"


def _threshold(case: Judgement, name: str, value: Value) -> str:
    found = value.value
    listed = found if isinstance(found, tuple) else None
    told = {
        "value": json.dumps(listed, ensure_ascii=False) if listed else value_json(found),
        "unit": value_json(case.rule.parameters[name].unit),
        "from": value_json(value.first),
        "clauses": str([c.number for c in case.clauses if name in c.sql.names]),
        "source": value_json(value.source),
    }
    return f'"{name}": {{' + ", ".join(f'"{key}": {text}' for key, text in told.items()) + "}"


def needs(case: Judgement) -> pl.Expr:
    """Names of the inputs whose absence leaves a verdict open; null where it is not open."""
    missing = []
    for name in case.inputs:
        unknown = [
            pl.col(f"clause:{c.number}").is_null() for c in case.clauses if name in c.sql.names
        ]
        if case.quantity is not None and name in case.quantity.names:
            unknown.append(pl.col("quantity").is_null() & pl.col("clause").is_null())
        flag = pl.col(name).is_null() & pl.any_horizontal(*unknown, pl.lit(value=False))
        missing.append(pl.when(flag).then(pl.lit(name)))
    joined = _joined(missing, ", ")
    return pl.when(pl.col("outcome") == "undecided").then(joined).alias("needs")


def sentences(case: Judgement, decided: pl.DataFrame) -> pl.DataFrame:
    """Add `sentence_en`, `sentence_zh` and `inputs` to the decided combinations.

    Rows that say the same kind of thing are taken together, so that each sentence is put together
    once and for nothing else.
    """
    frame = decided.with_columns(_inputs(case))
    names = frame.columns
    told = [_told(case, frame.filter(rows), facts, say) for rows, facts, say in _groups(case)]
    kept = ("outcome", "clause", "quantity", "needs", "inputs")
    texts = [f"sentence_{language}" for language in LANGUAGES]
    return pl.concat([t.select(*names, *texts) for t in told]).select(*case.inputs, *kept, *texts)


Say = Callable[[Judgement, str], pl.Expr]


def _groups(case: Judgement) -> Iterator[tuple[pl.Expr, tuple[str, ...], Say]]:
    """Rows that say the same kind of thing, the inputs they speak of, and what they say."""
    outcome, is_open = pl.col("outcome"), pl.col("needs") != ""
    yield outcome == "eligible", case.inputs, _granted
    for clause in case.clauses:
        rows = (outcome == "not_eligible") & (pl.col("clause") == clause.number)
        yield rows, clause.sql.names, partial(_against, clause)
    yield (outcome == "undecided") & is_open, (), _undecided
    yield (outcome == "undecided") & ~is_open, case.inputs, _division


def _told(case: Judgement, frame: pl.DataFrame, facts: tuple[str, ...], say: Say) -> pl.DataFrame:
    """Put one kind of sentence together for its rows."""
    for name in facts:
        if name in case.inputs:
            frame = frame.join(case.subjects.words(name), on=name, how="left", nulls_equal=True)
    for language in LANGUAGES:
        frame = _with_quantity(case, frame, language)
    return frame.with_columns(say(case, lang).alias(f"sentence_{lang}") for lang in LANGUAGES)


def _inputs(case: Judgement) -> pl.Expr:
    parts = [
        pl.concat_str(pl.lit(f'"{name}": '), json_column(name, case.subjects.inputs[name]))
        for name in case.inputs
    ]
    return pl.concat_str(pl.lit("{"), _joined(parts, ", "), pl.lit("}")).alias("inputs")


def _granted(case: Judgement, language: str) -> pl.Expr:
    key = "kept" if case.part == "continuing" else "met"
    if case.part == "eligible" and case.rule.unit is not None:
        key = "eligible" if case.quantity is not None else "eligible_unstated"
    facts = _facts(case, case.inputs, language)
    return filled(f"rules.{key}", language, quantity=_quantity(case, language), facts=facts)


def _against(clause: Clause, case: Judgement, language: str) -> pl.Expr:
    key = "not_eligible" if case.rule.unit is not None else "not_met"
    if case.part == "continuing":
        key = "clawed_back" if case.quantity is not None else "not_met"
    names = [f"`{n}`" for n in clause.sql.names if n in case.values]
    listed = COMMAS[language].join(names)
    parameters = message("rules.parameter_list", language, names=listed) if names else ""
    return filled(
        f"rules.{key}",
        language,
        quantity=_quantity(case, language),
        facts=_facts(case, clause.sql.names, language),
        clause=pl.lit(clause_words(clause, case.values, case, language)),
        n=pl.lit(str(clause.number)),
        parameters=pl.lit(parameters),
    )


def clause_words(
    clause: Clause, values: Mapping[str, Value], case: Judgement, language: str
) -> str:
    """Words of a clause with the parameters' values put in."""
    said = {
        n: parameter_words(v, case.rule.parameters[n].unit, language) for n, v in values.items()
    }
    return clause.words[language].format(**said)


def parameter_words(value: Value, unit: str, language: str) -> str:
    """Write a parameter's value inside a sentence: money and shares with words, others bare."""
    found = value.value
    if isinstance(found, tuple):
        return COMMAS[language].join(found)
    if not hasattr(found, "as_tuple"):
        return str(found)
    bare = unit if unit in {*CURRENCIES, "share"} else "count"
    return spoken(found, bare, language)  # type: ignore[arg-type]


def _undecided(case: Judgement, language: str) -> pl.Expr:
    labels = {name: case.subjects.inputs[name].label[language] for name in case.inputs}
    comma = COMMAS[language]
    listed = (
        pl.col("needs").str.split(", ").list.eval(pl.element().replace(labels)).list.join(comma)
    )
    return filled("rules.undecided", language, needs=listed)


def _division(case: Judgement, language: str) -> pl.Expr:
    amount, clause = (message(f"rules.part_{p}", language) for p in ("amount", "clause"))
    flags = [pl.col(f"clause:{c.number}").is_null() for c in case.clauses]
    part = pl.when(pl.any_horizontal(*flags, pl.lit(value=False))).then(pl.lit(clause))
    facts = _facts(case, case.inputs, language)
    return filled(
        "rules.undecided_division", language, part=part.otherwise(pl.lit(amount)), facts=facts
    )


def _facts(case: Judgement, names: Iterable[str], language: str) -> pl.Expr:
    """Join the words of the inputs used, and the day where it matters."""
    used = list(names)
    parts = [pl.col(f"{name}:{language}") for name in used if name in case.inputs]
    if AS_OF in used:
        parts.append(pl.lit(message("rules.as_of", language, value=case.as_of)))
    if not parts:
        return pl.lit(message("rules.no_facts", language))
    return _joined(parts, SEMICOLONS[language])


def _quantity(case: Judgement, language: str) -> pl.Expr:
    return pl.col(f"quantity:{language}") if case.quantity is not None else pl.lit("")


def _with_quantity(case: Judgement, frame: pl.DataFrame, language: str) -> pl.DataFrame:
    """Add the quantity as people read it: with unit, period and "up to"."""
    if case.quantity is None:
        return frame
    said = number_words(pl.col("quantity"), case.rule.unit or "count", language)
    if case.part == "eligible":
        said = filled(f"rules.per.{case.rule.period}", language, quantity=said)
    if case.part == "eligible" and case.rule.ceiling:
        said = filled("rules.ceiling", language, quantity=said)
    words = frame.select("quantity").unique().with_columns(said.alias(f"quantity:{language}"))
    return frame.join(words, on="quantity", how="left", nulls_equal=True)


def _joined(parts: Sequence[pl.Expr], between: str) -> pl.Expr:
    if not parts:
        return pl.lit("")
    return pl.concat_str(*parts, separator=between, ignore_nulls=True)
