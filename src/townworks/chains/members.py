"""Who is in which stage of which chain: by words of scope or name in its role, and by codes."""

from collections.abc import Iterable, Sequence

import polars as pl

from townworks.schema.chains import ROLES, Chain

ROLE_BITS = {role: 1 << place for place, role in enumerate(ROLES)}
"""As in the tables of words: make 1, trade 2, service 4."""
_ANY = sum(ROLE_BITS.values())
_NAMED, _MAIN, _ALONE = 8, 16, 32
_WORDS = {"word": pl.String, "group": pl.String}


def scope_words(chains: Iterable[Chain]) -> pl.DataFrame:
    """Words to look for in scopes of business: `word`, `group` (the chain's id).

    The words that the chain leaves out are among them: where the longest is one of those, the
    phrase belongs to no stage.
    """
    pairs = {
        (word, chain.chain_id)
        for chain in chains
        for word in (*chain.excluded, *(term for stage in chain.stages for term in stage.terms))
    }
    return pl.DataFrame(sorted(pairs), schema=_WORDS, orient="row")


def name_words(chains: Iterable[Chain]) -> pl.DataFrame:
    """Words to look for at the end of names: `word`, `group` (the chain's id)."""
    pairs = {
        (word, chain.chain_id)
        for chain in chains
        for word in (*chain.excluded, *(name for stage in chain.stages for name in stage.names))
    }
    return pl.DataFrame(sorted(pairs), schema=_WORDS, orient="row")


def stage_table(chains: Sequence[Chain]) -> pl.DataFrame:
    """All stages of all chains: `stage` (UInt32, their number), `chain_id`, `stage_id`, roles."""
    rows = [
        (chain.chain_id, stage.stage_id, sum(ROLE_BITS[role] for role in stage.roles))
        for chain in chains
        for stage in chain.stages
    ]
    schema = {"chain_id": pl.String, "stage_id": pl.String, "roles": pl.UInt8}
    return pl.DataFrame(rows, schema=schema, orient="row").with_row_index("stage")


def members(headings: pl.DataFrame, codes: pl.DataFrame, chains: Sequence[Chain]) -> pl.DataFrame:
    """Return who is in which stage and what says so.

    headings: `enterprise`, `group` (chain), `word`, `signs` (bits of `enterprises.heads`). codes:
    `enterprise`, `code` (digits of GB/T 4754). Returned, one row per pair: `enterprise`, `stage`
    (number in `stage_table`), `words` (those that say so, 、 between), `fit` (0–1: how surely it is
    its business). A word without a verb counts for a stage of makers unless the stage asks for
    trade or service only.
    """
    stages = stage_table(chains)
    said = _said(headings, chains, stages)
    coded = _coded(codes, chains, stages)
    return (
        pl.concat([said, coded])
        .group_by("enterprise", "stage")
        .agg(
            words=pl.col("word").unique().sort().str.join("、"),
            signs=pl.col("signs").bitwise_or(),
        )
        .with_columns(fit=_fit(pl.col("signs")))
        .drop("signs")
        .sort("stage", "enterprise")
    )


def _said(headings: pl.DataFrame, chains: Sequence[Chain], stages: pl.DataFrame) -> pl.DataFrame:
    by_term = _words_of(chains, stages, "terms")
    by_name = _words_of(chains, stages, "names")
    roles = pl.col("signs") & _ANY
    agrees = ((roles & pl.col("roles")) > 0) | ((roles == 0) & ((pl.col("roles") & 1) > 0))
    named = (pl.col("signs") & _NAMED) > 0
    scope = headings.filter(pl.col("signs") != _NAMED)
    columns = ("enterprise", "stage", "word", "signs")
    listed = scope.join(by_term, on=["group", "word"]).filter(agrees).select(*columns)
    borne = headings.filter(named).join(by_name, on=["group", "word"]).select(*columns)
    return pl.concat([listed, borne])


def _words_of(chains: Sequence[Chain], stages: pl.DataFrame, kind: str) -> pl.DataFrame:
    rows = [
        (chain.chain_id, stage.stage_id, word)
        for chain in chains
        for stage in chain.stages
        for word in (stage.terms if kind == "terms" else stage.names)
    ]
    schema = {"group": pl.String, "stage_id": pl.String, "word": pl.String}
    return pl.DataFrame(rows, schema=schema, orient="row").join(
        stages, left_on=["group", "stage_id"], right_on=["chain_id", "stage_id"]
    )


def _coded(codes: pl.DataFrame, chains: Sequence[Chain], stages: pl.DataFrame) -> pl.DataFrame:
    rows = [
        (chain.chain_id, stage.stage_id, prefix)
        for chain in chains
        for stage in chain.stages
        for prefix in stage.codes
    ]
    schema = {"chain_id": pl.String, "stage_id": pl.String, "prefix": pl.String}
    prefixes = pl.DataFrame(rows, schema=schema, orient="row").join(
        stages, on=["chain_id", "stage_id"]
    )
    lengths = prefixes["prefix"].str.len_chars().unique().sort().to_list()
    found = [
        codes.with_columns(prefix=pl.col("code").str.head(length)).join(prefixes, on="prefix")
        for length in lengths
    ]
    columns = {"enterprise": pl.UInt32, "stage": pl.UInt32, "word": pl.String, "signs": pl.UInt8}
    nobody = pl.DataFrame(schema=columns)
    coded = [
        each.select("enterprise", "stage", word="prefix", signs=pl.lit(_MAIN, pl.UInt8))
        for each in found
    ]
    return pl.concat([nobody, *coded])


def _fit(signs: pl.Expr) -> pl.Expr:
    """How surely the stage is its business: half for the word, more for each stronger sign.

    The first thing of the scope, a word by itself, and the name each add; the weights are a
    judgement and stand in `docs/chains.md`.
    """
    return (
        0.4
        + 0.25 * ((signs & _MAIN) > 0).cast(pl.Float64)
        + 0.25 * ((signs & _NAMED) > 0).cast(pl.Float64)
        + 0.1 * ((signs & _ALONE) > 0).cast(pl.Float64)
    )
