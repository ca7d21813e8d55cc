"""Columns of values as people read them: as `schema.units.spoken`, for millions at a time."""

import polars as pl

from townworks.rules.book import Input
from townworks.schema.messages import message
from townworks.schema.units import CURRENCIES, STEPS, unit_words

COUNTED = pl.Decimal(38, 0)


def fact_words(entry: Input, language: str) -> pl.Expr:
    """Label and value of an input, from the column of its name.

    >>> area = Input("a", "enterprise", "number", "m2", {"en": "floor area", "zh": "面积"}, ())
    >>> frame = pl.DataFrame({"a": ["300.5", None]}).cast(pl.Decimal(38, 6))
    >>> frame.select(fact_words(area, "en")).to_series().to_list()
    ['floor area 300.5 m²', 'floor area not known']
    """
    column, label = pl.col(entry.name), pl.lit(entry.label[language])
    if entry.type == "boolean":
        yes, no = (pl.lit(message(f"rules.{word}", language)) for word in ("yes", "no"))
        said = filled("rules.fact_boolean", language, label=label, value=_either(column, yes, no))
    else:
        value = column.cast(pl.String)
        if entry.type == "number":
            value = number_words(column, entry.unit, language)
        said = filled("rules.fact", language, label=label, value=value)
    unknown = pl.lit(message("rules.not_known", language))
    missing = filled("rules.fact", language, label=label, value=unknown)
    return pl.when(column.is_null()).then(missing).otherwise(said)


def number_words(value: pl.Expr, unit: str, language: str) -> pl.Expr:
    """Write decimals with their unit, without losing a digit; null stays null.

    >>> frame = pl.DataFrame({"a": ["73000.00", "5000000000"]}).cast(pl.Decimal(38, 2))
    >>> frame.select(number_words(pl.col("a"), "cny", "zh")).to_series().to_list()
    ['7.3万元', '50亿元']
    """
    if unit == "share":
        return filled("rules.unit.share", language, value=digits(value * 100))
    if unit in CURRENCIES:
        return _money(value, unit, language)
    words = unit_words(unit, language)
    if not words:
        return digits(value)
    return filled("rules.quantity", language, value=digits(value), unit=pl.lit(words))


def digits(value: pl.Expr) -> pl.Expr:
    """Digits of decimals with thousands separators and no idle zeros.

    >>> frame = pl.DataFrame({"a": ["-1234567.50", "0.00"]}).cast(pl.Decimal(38, 2))
    >>> frame.select(digits(pl.col("a"))).to_series().to_list()
    ['-1,234,567.5', '0']
    """
    text = value.cast(pl.String)
    whole = text.str.extract(r"^-?(\d+)", 1)
    part = text.str.extract(r"\.(\d*[1-9])0*$", 1)
    sign = pl.when(text.str.starts_with("-")).then(pl.lit("-")).otherwise(pl.lit(""))
    grouped = whole.str.reverse().str.replace_all(r"(\d{3})", "${1},")
    grouped = grouped.str.strip_chars_end(",").str.reverse()
    after = pl.when(part.is_null()).then(pl.lit("")).otherwise(pl.concat_str(pl.lit("."), part))
    return pl.concat_str(sign, grouped, after)


def filled(key: str, language: str, **parts: pl.Expr) -> pl.Expr:
    """Put expressions into a message of the catalogue."""
    marked = message(key, language, **{name: f"\0{name}\0" for name in parts})
    pieces = marked.split("\0")
    return pl.concat_str(
        *(parts[piece] if n % 2 else pl.lit(piece) for n, piece in enumerate(pieces)),
        ignore_nulls=True,
    )


def _money(value: pl.Expr, unit: str, language: str) -> pl.Expr:
    """The largest word (bn, m; 亿, 万) that shows the sum to its last digit.

    What is shown is chosen first, so that digits are made once.
    """
    before, after = (pl.lit(text) for text in _around("one", unit, language))
    shown = value.cast(pl.Decimal(38, 2))
    for size, step, word in reversed(STEPS[language][:-1]):
        fits = (value.abs() >= size) & (value % step == 0)
        steps = (value / step).cast(COUNTED, strict=False).cast(pl.Decimal(38, 2))
        scaled = (steps / (size // step)).cast(pl.Decimal(38, 2))
        texts = _around(word, unit, language)
        shown = pl.when(fits).then(scaled).otherwise(shown)
        before = pl.when(fits).then(pl.lit(texts[0])).otherwise(before)
        after = pl.when(fits).then(pl.lit(texts[1])).otherwise(after)
    said = pl.concat_str(before, digits(shown), after)
    return pl.when(value.is_not_null()).then(said)


def _around(word: str, unit: str, language: str) -> tuple[str, str]:
    """What stands before and after the digits of an amount."""
    name = unit_words(unit, language)
    before, _, after = message(f"rules.money.{word}", language, value="\0", name=name).partition(
        "\0"
    )
    return before, after


def _either(column: pl.Expr, yes: pl.Expr, no: pl.Expr) -> pl.Expr:
    return pl.when(column).then(yes).otherwise(no)
