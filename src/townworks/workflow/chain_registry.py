"""Registry files → the enterprises of chains: who they are, where, and in which stage."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from townworks.chains import members, name_words, scope_words
from townworks.enterprises.heads import headings
from townworks.enterprises.industry_codes import coded_specialities
from townworks.enterprises.names import is_branch
from townworks.enterprises.phrases import Phrases, join_phrases, read_phrases
from townworks.schema.chains import Chain
from townworks.schema.language import ActivityLanguage, activity_language
from townworks.workflow.pipeline import in_order
from townworks.workflow.reading import Progress, ReadOptions, Tally, is_county, read_enterprises

_GBT = "GB/T 4754 "


@dataclass(frozen=True, slots=True)
class ChainRegistry:
    """What is kept of a registry for its chains.

    enterprises: `enterprise` (their number), `enterprise_id`, `name`, `registered_on`,
    `capital_cny`, `county_code` (null where the county is not known), `county`, `township_code`,
    `township`; no branches. members: `enterprise`, `stage`, `words`, `fit` (`chains.members`), of
    `chains` in their order. silent: enterprises without a word of what they do.
    """

    chains: tuple[Chain, ...]
    enterprises: pl.DataFrame
    members: pl.DataFrame
    tally: Tally
    branches: int
    silent: int


@dataclass(frozen=True, slots=True)
class _Part:
    enterprises: pl.DataFrame
    phrases: Phrases
    codes: pl.DataFrame
    branches: int
    silent: int


def read_chain_registry(
    paths: Sequence[Path],
    chains: Mapping[str, Chain],
    options: ReadOptions,
    progress: Progress | None = None,
) -> ChainRegistry:
    """Read the files once and find who is in which stage of which chain.

    An enterprise without a scope of business may still be known by its name or code. Raises what
    `read_enterprises` does. Memory grows with the enterprises (about 150 bytes each) and distinct
    phrases, not with the texts.
    """
    language, tally, wanted = activity_language(), Tally(), tuple(chains.values())
    batches = _numbered(read_enterprises(paths, options, tally, progress), language)
    parts = list(in_order(lambda pair: _part(*pair, language), batches))
    phrases = join_phrases([part.phrases for part in parts])
    codes = pl.concat([part.codes for part in parts])
    said = headings(phrases, scope_words(wanted), name_words(wanted))
    return ChainRegistry(
        chains=wanted,
        enterprises=pl.concat([part.enterprises for part in parts]),
        members=members(said, codes, wanted),
        tally=tally,
        branches=sum(part.branches for part in parts),
        silent=sum(part.silent for part in parts),
    )


def of_frame(rows: pl.DataFrame, chains: Mapping[str, Chain]) -> ChainRegistry:
    """Find who is in which stage among enterprises that are in a table already.

    rows: columns of `ChainRegistry.enterprises` but its number, and `activity`.
    """
    language, wanted = activity_language(), tuple(chains.values())
    numbered = rows.with_row_index("enterprise")
    phrases = read_phrases(numbered.select("enterprise", "name", "activity"), language)
    said = headings(phrases, scope_words(wanted), name_words(wanted))
    nothing = pl.DataFrame(schema={"enterprise": pl.UInt32, "code": pl.String})
    return ChainRegistry(
        chains=wanted,
        enterprises=numbered.drop("activity"),
        members=members(said, nothing, wanted),
        tally=Tally(read=rows.height, kept=rows.height),
        branches=0,
        silent=rows["activity"].null_count(),
    )


def _numbered(
    batches: Iterator[pl.DataFrame], language: ActivityLanguage
) -> Iterator[tuple[pl.DataFrame, int]]:
    """Number those that are no branches; beside each batch how many branches it had."""
    first = 0
    for batch in batches:
        branch = batch.select(is_branch(pl.col("name"), language)).to_series()
        kept = batch.filter(~branch).with_row_index("enterprise", offset=first)
        first += kept.height
        yield kept, int(branch.sum())


def _part(batch: pl.DataFrame, branches: int, language: ActivityLanguage) -> _Part:
    county = is_county(pl.col("county_code"))
    enterprises = batch.select(
        "enterprise",
        "enterprise_id",
        "name",
        "registered_on",
        pl.when(pl.col("capital_currency") == "CNY").then("capital").alias("capital_cny"),
        pl.when(county).then("county_code").alias("county_code"),
        pl.when(county).then("county").alias("county"),
        "township_code",
        "township",
    )
    coded = coded_specialities(batch).filter(pl.col("name").str.starts_with(_GBT))
    return _Part(
        enterprises=enterprises,
        phrases=read_phrases(batch, language),
        codes=coded.select("enterprise", code=pl.col("name").str.extract(r"(\d+)")),
        branches=branches,
        silent=batch["activity"].null_count(),
    )
