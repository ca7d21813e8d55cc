"""Which terms name an industry: learned from the registry itself, without a list of products.

A registrar's phrase (自销, 凭许可证, 货物) is written by clerks; an industry's name is also painted
on doors. So a phrase that stands alone in scopes of business is a term if enterprises that list it
carry it in their names far more often than others do, or if many say that they *make* it. Words
that mostly end longer terms (件, 设备, 配件) name no industry by themselves and are left out.

1. candidates: phrases of at most eight Han characters that at least `least` enterprises list;
2. named: three enterprises (two in a registry of under 70,000) or more both list and bear it, at
   `LIFT` times chance or more;
   made: at least five say so with a verb of making, in `MADE_SHARE` of the listings or more;
   what is neither made nor traded in `GOODS_SHARE` of the listings with a verb is a service, and
   must be borne by `SERVICE_NAMED_SHARE` of those who list it, at `SERVICE_LIFT` (影视, not 道路);
3. independent: it stands alone in `ALONE_SHARE` of the phrases it ends, or more;
4. one character (袜, 泵) names an industry only if it is both named, at the end, and made.
"""

from collections.abc import Sequence

import numpy as np
import polars as pl

from townworks.enterprises.clauses import MAKE, TRADE
from townworks.enterprises.pairs import distinct_pairs
from townworks.enterprises.phrases import Phrases

LONGEST = 8
NAMED_MOST, LIFT = 3, 8.0
MADE_AT_LEAST, MADE_SHARE = 5, 0.3
ALONE_SHARE = 0.2
GOODS_SHARE = 0.3
SERVICE_NAMED_SHARE, SERVICE_LIFT = 0.04, 20.0


def least_listings(n_enterprises: int) -> int:
    """How many enterprises must list a phrase for it to be a candidate: 1 in 20,000, 3 to 30.

    >>> [least_listings(n) for n in (1_000, 190_000, 3_000_000)]
    [3, 10, 30]
    """
    return max(3, min(30, round(n_enterprises / 20_000)))


def occurrences(texts: pl.DataFrame, terms: Sequence[str], column: str) -> pl.DataFrame:
    """Return which terms occur in which texts: the other columns of `texts`, and `term`, distinct.

    A term of one character counts only at the end of a text: 鞋 in 皮鞋, not in 鞋机.

    >>> shoes = pl.DataFrame({"phrase": [1, 2], "text": ["皮鞋", "鞋机"]})
    >>> occurrences(shoes, ["鞋", "皮鞋"], "text").sort("term").rows()
    [(1, '皮鞋'), (1, '鞋')]
    """
    patterns = pl.Series([list(terms)], dtype=pl.List(pl.String))
    found = (
        texts.with_columns(term=pl.col(column).str.extract_many(patterns, overlapping=True))
        .explode("term", empty_as_null=False, keep_nulls=False)
        .filter((pl.col("term").str.len_chars() > 1) | pl.col(column).str.ends_with(pl.col("term")))
    )
    return found.drop(column).unique()


def learn_vocabulary(phrases: Phrases) -> list[str]:
    """Return the terms that name an industry in this registry, sorted."""
    least = least_listings(phrases.tails.height)
    candidates = _candidates(phrases, least)
    evidence = _evidence(phrases, candidates)
    goods = pl.col("goods_share") >= GOODS_SHARE
    services = (pl.col("named") >= SERVICE_NAMED_SHARE * pl.col("listed")) & (
        pl.col("lift") >= SERVICE_LIFT
    )
    named = (
        (pl.col("named") >= min(NAMED_MOST, least - 1))
        & (pl.col("lift") >= LIFT)
        & (goods | services)
    )
    made = (pl.col("makers") >= MADE_AT_LEAST) & (pl.col("made_share") >= MADE_SHARE)
    one = pl.col("term").str.len_chars() == 1
    industry = (
        pl.when(one).then(named & (pl.col("makers") >= MADE_AT_LEAST)).otherwise(named | made)
    )
    kept = evidence.filter(industry & (pl.col("alone_share") >= ALONE_SHARE))
    return kept["term"].sort().to_list()


def _candidates(phrases: Phrases, least: int) -> pl.DataFrame:
    """`term`, `alone` (enterprises that list it), `makers`, `made_share`, `goods_share`."""
    made, goods = (pl.col("role") & MAKE) > 0, (pl.col("role") & (MAKE | TRADE)) > 0
    return (
        phrases.listings.group_by("phrase")
        .agg(
            alone=pl.col("enterprise").n_unique(),
            makers=made.sum(),
            made_share=made.mean(),
            goods_share=goods.filter(pl.col("role") > 0).mean().fill_null(1.0),
        )
        .filter(pl.col("alone") >= least)
        .join(phrases.texts, on="phrase")
        .filter(pl.col("text").str.contains(rf"^\p{{Han}}{{1,{LONGEST}}}$"))
        .select("alone", "makers", "made_share", "goods_share", term="text")
        .sort("term")
    )


def _evidence(phrases: Phrases, candidates: pl.DataFrame) -> pl.DataFrame:
    """Add `named`, `lift` and `alone_share` to the candidates."""
    candidates = candidates.with_row_index("id")
    terms = candidates["term"].to_list()
    inside = occurrences(phrases.texts, terms, "text").join(phrases.texts, on="phrase")
    ends = pl.col("text").str.ends_with(pl.col("term"))
    inside = inside.join(candidates, on="term").select("phrase", "id", ends=ends)
    said = phrases.listings.select("enterprise", "phrase").join(inside, on="phrase")
    listed = distinct_pairs(said["enterprise"], said["id"], said["ends"])
    tails = occurrences(phrases.tails.select("enterprise", "tail"), terms, "tail")
    tails = tails.join(candidates, on="term")
    borne = distinct_pairs(tails["enterprise"], tails["id"], pl.repeat(0, tails.height, eager=True))
    named = listed.thing[np.isin(listed.keys, borne.keys, assume_unique=True)]
    size, n = len(terms), phrases.tails.height
    return candidates.with_columns(
        listed=np.bincount(listed.thing, minlength=size),
        ended=np.bincount(listed.thing[listed.flags > 0], minlength=size),
        borne=np.bincount(borne.thing, minlength=size),
        named=np.bincount(named, minlength=size),
    ).with_columns(
        lift=pl.col("named") * n / (pl.col("listed") * pl.col("borne")).clip(lower_bound=1),
        alone_share=pl.col("alone") / pl.col("ended"),
    )
