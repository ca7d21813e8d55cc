"""The distinct phrases of a registry and who lists them: all that is kept of its texts.

A registry of millions of rows is read once, batch by batch; of each batch only this remains. A
phrase is kept once, under a 64-bit hash; a listing is 14 bytes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

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
    (String, the end of the name), `draw` (UInt32, CRC-32 of the name: the lot it drew for
    samples, the same whatever its number), one row per enterprise.
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
    draws = [crc32(name.encode()) for name in enterprises["name"]]
    return Phrases(
        texts=listed.select("phrase", "text").unique(),
        listings=listed.select("enterprise", "phrase", "role", "main"),
        tails=enterprises.select(
            "enterprise",
            tail=name_tail(pl.col("name"), language),
            draw=pl.Series(draws, dtype=pl.UInt32),
        ),
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


def keep(phrases: Phrases, chosen: pl.Series) -> Phrases:
    """Return the phrases of some enterprises; chosen: Boolean, one per row of `tails`."""
    tails = phrases.tails.filter(chosen)
    listings = phrases.listings.join(tails, on="enterprise", how="semi", maintain_order="left")
    return Phrases(
        texts=phrases.texts.join(listings.select("phrase").unique(), on="phrase", how="semi"),
        listings=listings,
        tails=tails,
    )


def sample_step(n_enterprises: int, most: int) -> int:
    """Return k: a sample of every k-th of so many enterprises has about `most` or fewer.

    >>> [sample_step(n, 400_000) for n in (0, 190_000, 400_000, 3_000_000)]
    [1, 1, 1, 8]
    """
    return max(1, -(-n_enterprises // most))


def sample_phrases(phrases: Phrases, most: int) -> Phrases:
    """Return about `most` enterprises or fewer: those whose `draw` is a multiple of `sample_step`.

    What terms a language has shows in some hundred thousand enterprises; learning from all of
    them would cost more and tell no more. The names decide, so the order of the files, their
    division and the engine do not.
    """
    step = sample_step(phrases.tails.height, most)
    if step == 1:
        return phrases
    return keep(phrases, phrases.tails["draw"] % step == 0)
