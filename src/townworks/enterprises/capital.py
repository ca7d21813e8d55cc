"""Registered capital as written (`50(万元人民币)`, `26(万美元)`) → an exact amount, a currency."""

import polars as pl

from townworks.schema.currencies import currency_names
from townworks.schema.language import alternation

SCALES = {"": 0, "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8}
"""Powers of ten that a unit stands for."""
HOME = "CNY"
"""Currency where none is named."""
LONGEST = 15
"""Digits before the point; a longer number is no capital."""


def parse_capital(texts: pl.Series) -> pl.DataFrame:
    """Return `capital` (Decimal, two places, half-up) and `capital_currency`, in the given order.

    The currency may stand after or before the amount. Both are null where the text is null, cannot
    be read, names two currencies, or says 10²² or more; nothing is ever guessed, and no floating
    point is involved. Each distinct text is read once.

    >>> texts = pl.Series(["1,000(万元人民币)", "美元 26万", "0.123456(万)", "三十万"])
    >>> for amount in parse_capital(texts).rows():
    ...     print(*amount)
    10000000.00 CNY
    260000.00 USD
    1234.56 CNY
    None None
    """
    text = texts.rename("text").to_frame()
    read = text.unique().with_columns(_parse(pl.col("text"))).unnest("capital")
    return text.join(read, on="text", how="left", maintain_order="left").drop("text")


def _parse(text: pl.Expr) -> pl.Expr:
    names = currency_names()
    plain = text.str.normalize("NFKC").str.replace_all(r"[\s,()]", "")
    scales = alternation([scale for scale in SCALES if scale])
    named = alternation(list(names))
    groups = plain.str.extract_groups(
        rf"^(?P<first>{named})?元?:?(?P<whole>\d{{1,{LONGEST}}})(?:\.(?P<part>\d*))?"
        rf"(?P<scale>{scales})?元?(?P<currency>{named})?元?整?$"
    )
    scale = groups.struct["scale"].fill_null("").replace_strict(SCALES, return_dtype=pl.Int64)
    places = scale + 3
    part = groups.struct["part"].fill_null("") + "0" * (max(SCALES.values()) + 3)
    tenths = (groups.struct["whole"] + part.str.head(places)).str.to_integer(
        dtype=pl.Int128, strict=False
    )
    minor = ((tenths + 5) // 10).cast(pl.String).str.pad_start(3, "0")
    amount = (minor.str.head(-2) + "." + minor.str.tail(2)).str.to_decimal(scale=2)
    amount = amount.cast(pl.Decimal(24, 2), strict=False)
    first, last = (
        groups.struct[side].replace_strict(names, default=None, return_dtype=pl.String)
        for side in ("first", "currency")
    )
    agree = amount.is_not_null() & (first.is_null() | last.is_null() | (first == last))
    currency = pl.coalesce(last, first, pl.lit(HOME))
    return pl.struct(
        capital=pl.when(agree).then(amount),
        capital_currency=pl.when(agree).then(currency),
    ).alias("capital")
