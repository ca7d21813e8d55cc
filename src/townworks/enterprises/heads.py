"""Which of some words heads a phrase: Chinese compounds end in what they are.

针织袜机 is a machine (袜机), not a sock (袜); so the *longest* word that ends a phrase decides.
``手帕及领带`` is two things: a phrase is cut at 及, 和 and 与 first.
"""

import polars as pl

from townworks.enterprises.phrases import Phrases

_AND = "及其|及|和|与"
NAMED = 8
"""Bit of `signs` for a word that the name ends in, above the bits of a role."""
MAIN, ALONE = 16, 32
"""Bits of `signs`: the first thing of the scope; a phrase that is the word itself."""


def headed_by(texts: pl.DataFrame, words: pl.DataFrame, column: str) -> pl.DataFrame:
    """Return which words head which texts.

    texts: `column` (String) and any others. words: `word` (String), `group` (any; in one group the
    longest word wins). Returned: the other columns of `texts`, `group`, `word`, `alone` (the text
    is the word itself), distinct.

    >>> texts = pl.DataFrame({"phrase": [1, 2, 3], "text": ["针织袜机", "丝袜", "鞋及袜"]})
    >>> words = pl.DataFrame({"word": ["袜", "袜机"], "group": [0, 0]})
    >>> headed_by(texts, words, "text").select("phrase", "word").sort("phrase").rows()
    [(1, '袜机'), (2, '袜'), (3, '袜')]
    """
    parts = texts.with_columns(
        part=pl.col(column).str.replace_all(_AND, " ").str.split(" ")
    ).explode("part", empty_as_null=False, keep_nulls=False)
    distinct = parts.select("part").unique().filter(pl.col("part") != "")
    patterns = pl.Series([words["word"].unique().sort().to_list()], dtype=pl.List(pl.String))
    heads = (
        distinct.with_columns(word=pl.col("part").str.extract_many(patterns, overlapping=True))
        .explode("word", empty_as_null=False, keep_nulls=False)
        .filter(pl.col("part").str.ends_with(pl.col("word")))
        .unique()
        .join(words, on="word")
        .filter(
            pl.col("word").str.len_chars()
            == pl.col("word").str.len_chars().max().over("part", "group")
        )
    )
    return (
        parts.join(heads, on="part")
        .with_columns(alone=pl.col(column) == pl.col("word"))
        .drop(column, "part")
        .unique()
    )


def headings(phrases: Phrases, terms: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """Return which enterprise says which words, in its scope or at the end of its name.

    terms, names: `word`, `group`. Returned: `enterprise` (UInt32), `group`, `word`, `signs` (UInt8:
    the bits of `clauses` for roles, `NAMED`, `MAIN`, `ALONE`), one row per enterprise, group, word.
    """
    heads = headed_by(phrases.texts, terms, "text")
    flag = pl.col("main").cast(pl.UInt8) * MAIN + pl.col("alone").cast(pl.UInt8) * ALONE
    said = phrases.listings.join(heads, on="phrase").select(
        "enterprise", "group", "word", signs=pl.col("role") | flag
    )
    tails = phrases.tails.select("enterprise", "tail")
    borne = headed_by(tails, names, "tail").select(
        "enterprise", "group", "word", signs=pl.lit(NAMED, pl.UInt8)
    )
    return (
        pl.concat([said, borne])
        .group_by("enterprise", "group", "word")
        .agg(pl.col("signs").bitwise_or())
        .sort("group", "enterprise", "word")
    )
