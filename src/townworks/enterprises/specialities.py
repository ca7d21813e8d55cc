"""Which specialities an enterprise has: clauses and name → terms of the learned vocabulary.

An enterprise has a speciality if a phrase of its scope contains the term, or the end of its name
does: 铜阀门配件 counts for 阀门. Terms that are one thing are counted as one. Its *main*
specialities are those of the first thing in the text (where registrars write the main business)
and of the name.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from townworks.enterprises.clauses import MAKE, SERVICE, TRADE
from townworks.enterprises.pairs import distinct_pairs
from townworks.enterprises.phrases import Phrases, sample_phrases
from townworks.enterprises.synonyms import merge_synonyms
from townworks.enterprises.vocabulary import learn_vocabulary, occurrences

LEARN_FROM = 400_000
"""Enterprises that the vocabulary is learned from, at most."""
_MAIN, _ALONE = 8, 16
"""Flags of a mention, above the bits of its role."""
CHUNK = 500_000
"""Enterprises whose mentions are held at once; memory stays flat whatever the registry's size."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The specialities of a registry.

    names: the terms that stand for classes, sorted; a speciality is an index into them. merged:
    term → the term that stands for it, for those that differ. terms: `term` (String, all of
    them), `speciality` (UInt32).
    """

    names: tuple[str, ...]
    merged: dict[str, str]
    terms: pl.DataFrame


def learn_lexicon(phrases: Phrases) -> Lexicon:
    """Learn the vocabulary of a registry and merge the terms that are one thing."""
    return learn_from(sample_phrases(phrases, LEARN_FROM))


def learn_from(sample: Phrases) -> Lexicon:
    """Learn from all of a sample (`phrases.sample_phrases`)."""
    terms = learn_vocabulary(sample)
    listings = (
        sample.listings.select("enterprise", "phrase")
        .join(sample.texts.rename({"text": "term"}), on="phrase")
        .join(pl.DataFrame({"term": terms}, schema={"term": pl.String}), on="term", how="semi")
        .select("enterprise", "term")
        .unique()
    )
    merged = merge_synonyms(listings, terms, sample.texts["text"].to_list())
    names = tuple(term for term in terms if term not in merged)
    index = {name: position for position, name in enumerate(names)}
    table = pl.DataFrame(
        {"term": terms, "speciality": [index[merged.get(term, term)] for term in terms]},
        schema={"term": pl.String, "speciality": pl.UInt32},
    )
    return Lexicon(names, merged, table)


def _inside(texts: pl.DataFrame, lexicon: Lexicon) -> pl.DataFrame:
    """`phrase`, `speciality`, `alone` (the phrase is the term itself), one row per pair."""
    return (
        occurrences(texts, lexicon.terms["term"].to_list(), "text")
        .join(lexicon.terms, on="term")
        .join(texts, on="phrase")
        .group_by("phrase", "speciality")
        .agg(alone=(pl.col("term") == pl.col("text")).any())
    )


def mentions(phrases: Phrases, lexicon: Lexicon) -> Iterator[pl.DataFrame]:
    """Yield who has which speciality, chunk by chunk of enterprises.

    Columns: `enterprise`, `speciality` (UInt32), `role` (UInt8, the bits of `clauses` or-ed; 0
    where only the name or an ungoverned clause says it), `main` and `alone` (Boolean: a phrase is
    the term itself); one row per pair.
    """
    inside = _inside(phrases.texts, lexicon)
    last = phrases.tails["enterprise"].max()
    for start in range(0, int(str(last or 0)) + 1, CHUNK):
        here = pl.col("enterprise").is_between(start, start + CHUNK - 1)
        listed = phrases.listings.filter(here).join(inside, on="phrase")
        tails = phrases.tails.filter(here).select("enterprise", "tail")
        named = occurrences(tails, lexicon.terms["term"].to_list(), "tail")
        borne = named.join(lexicon.terms, on="term")
        bits = pl.col("main").cast(pl.UInt8) * _MAIN + pl.col("alone").cast(pl.UInt8) * _ALONE
        yield _distinct(
            pl.concat(
                [
                    listed.select("enterprise", "speciality", flags=pl.col("role") + bits),
                    borne.select("enterprise", "speciality", flags=pl.lit(_MAIN, pl.UInt8)),
                ]
            )
        )


def _distinct(said: pl.DataFrame) -> pl.DataFrame:
    pairs = distinct_pairs(said["enterprise"], said["speciality"], said["flags"])
    return pl.DataFrame(
        {
            "enterprise": pairs.enterprise,
            "speciality": pairs.thing,
            "role": pairs.flags & (MAKE | TRADE | SERVICE),
            "main": (pairs.flags & _MAIN) > 0,
            "alone": (pairs.flags & _ALONE) > 0,
        }
    )
