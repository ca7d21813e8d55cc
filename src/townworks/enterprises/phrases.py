"""The distinct phrases of a registry and who lists them: all that is kept of its texts.

A registry of millions of rows is read once, batch by batch; of each batch only this remains. A
phrase is kept once, under a 64-bit hash; a listing is 14 bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from townworks.enterprises.clauses import clauses
from townworks.enterprises.names import name_tail
from townworks.schema.language import ActivityLanguage

SEED = 4754
"""Seed of the hash; any number would do, the same everywhere."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """Distinct phrases of a registry and who lists them.

    texts: `phrase` (UInt64, hash), `text` (String), distinct. listings: `enterprise` (UInt32),
    `phrase`, `role` (UInt8), `main` (Boolean), one row per clause. tails: `enterprise`, `tail`
    (String, the end of the name), one row per enterprise.
    """

    texts: pl.DataFrame
    listings: pl.DataFrame
    tails: pl.DataFrame


def read_phrases(enterprises: pl.DataFrame, language: ActivityLanguage) -> Phrases:
    """Read the phrases of one batch: columns `enterprise` (UInt32), `name`, `activity`.

    >>> from townworks.schema.language import activity_language
    >>> rows = {"enterprise": [0], "name": ["大唐袜业有限公司"], "activity": ["袜子制造、销售"]}
    >>> read = read_phrases(pl.DataFrame(rows), activity_language())
    >>> read.texts["text"].to_list(), read.tails["tail"].to_list()
    (['袜子'], ['大唐袜'])
    """
    listed = clauses(enterprises.select("enterprise", "activity"), language)
    listed = listed.rename({"phrase": "text"}).with_columns(phrase=pl.col("text").hash(SEED))
    return Phrases(
        texts=listed.select("phrase", "text").unique(),
        listings=listed.select("enterprise", "phrase", "role", "main"),
        tails=enterprises.select("enterprise", tail=name_tail(pl.col("name"), language)),
    )


def join_phrases(batches: Sequence[Phrases]) -> Phrases:
    """Put batches of one registry together; their enterprises must not overlap.

    Raises `OverflowError` should two texts share a hash (for ten million phrases the odds are
    one in 370,000), rather than count them as one.
    """
    texts = pl.concat([batch.texts for batch in batches]).unique()
    if texts["phrase"].n_unique() != texts.height:
        message = "two phrases share a 64-bit hash; change SEED in enterprises/phrases.py"
        raise OverflowError(message)
    return Phrases(
        texts=texts,
        listings=pl.concat([batch.listings for batch in batches]),
        tails=pl.concat([batch.tails for batch in batches]),
    )


def sample_phrases(phrases: Phrases, most: int) -> Phrases:
    """Every k-th enterprise, with k the least that leaves at most `most` of them.

    What terms a language has shows in some hundred thousand enterprises; learning from all of
    them would cost more and tell no more.
    """
    step = -(-phrases.tails.height // most)
    if step <= 1:
        return phrases
    chosen = pl.col("enterprise") % step == 0
    listings = phrases.listings.filter(chosen)
    return Phrases(
        texts=phrases.texts.join(listings.select("phrase").unique(), on="phrase", how="semi"),
        listings=listings,
        tails=phrases.tails.filter(chosen),
    )
