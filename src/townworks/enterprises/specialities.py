"""Which specialities an enterprise has: clauses and name → terms of the learned vocabulary.

An enterprise has a speciality if a phrase of its scope contains the term, or the end of its name
does: 铜阀门配件 counts for 阀门. Terms that are one thing are counted as one. Its *main*
specialities are those of the first thing in the text (where registrars write the main business)
and of the name.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from townworks.enterprises.phrases import Phrases, sample_phrases
from townworks.enterprises.synonyms import merge_synonyms
from townworks.enterprises.vocabulary import learn_vocabulary, occurrences

LEARN_FROM = 400_000
"""Enterprises that the vocabulary is learned from, at most."""
CHUNK = 500_000
"""Enterprises whose mentions are held at once; memory stays flat whatever the registry's size."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The specialities of a registry and where they are said.

    names: the terms that stand for classes, sorted; a speciality is an index into them.
    inside: `phrase` (UInt64), `speciality` (UInt32), `alone` (the phrase is the term itself),
    distinct by the first two. merged: term → the term that
    stands for it, for those that differ. terms: all terms, with `speciality`.
    """

    names: tuple[str, ...]
    merged: dict[str, str]
    terms: pl.DataFrame
    inside: pl.DataFrame


def learn_lexicon(phrases: Phrases) -> Lexicon:
    """Learn the vocabulary of a registry and merge the terms that are one thing."""
    sample = sample_phrases(phrases, LEARN_FROM)
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
    inside = (
        occurrences(phrases.texts, terms, "text")
        .join(table, on="term")
        .join(phrases.texts, on="phrase")
        .group_by("phrase", "speciality")
        .agg(alone=(pl.col("term") == pl.col("text")).any())
    )
    return Lexicon(names, merged, table, inside)


def mentions(phrases: Phrases, lexicon: Lexicon) -> Iterator[pl.DataFrame]:
    """Yield who has which speciality, chunk by chunk of enterprises.

    Columns: `enterprise`, `speciality` (UInt32), `role` (UInt8, the bits of `clauses` or-ed; 0
    where only the name or an ungoverned clause says it), `main` and `alone` (Boolean: a phrase is
    the term itself); one row per pair.
    """
    last = phrases.tails["enterprise"].max()
    for start in range(0, int(str(last or 0)) + 1, CHUNK):
        here = pl.col("enterprise").is_between(start, start + CHUNK - 1)
        listed = (
            phrases.listings.filter(here)
            .join(lexicon.inside, on="phrase")
            .select("enterprise", "speciality", "role", "main", "alone")
        )
        named = occurrences(phrases.tails.filter(here), lexicon.terms["term"].to_list(), "tail")
        borne = named.join(lexicon.terms, on="term").select(
            "enterprise",
            "speciality",
            role=pl.lit(0, pl.UInt8),
            main=pl.lit(value=True),
            alone=pl.lit(value=False),
        )
        yield (
            pl.concat([listed, borne])
            .group_by("enterprise", "speciality")
            .agg(pl.col("role").bitwise_or(), pl.any("main", "alone"))
        )
