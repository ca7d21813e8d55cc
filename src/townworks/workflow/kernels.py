"""What one worker does with one part of a registry: pure functions from table to table.

Both work on any part by itself, know no engine, and are the stages that the local engine runs:
`read_part` (files → outcomes of rows) and `count_part` (enterprises → counts). What must be seen
as a whole, duplicates and sums, is left to the engine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import polars as pl

from townworks.enterprises.clean import Cleaned, clean
from townworks.enterprises.industry_codes import coded_specialities
from townworks.enterprises.locate import locate
from townworks.enterprises.names import is_branch
from townworks.enterprises.phrases import SEED, Phrases, join_phrases, read_phrases
from townworks.enterprises.specialities import Lexicon
from townworks.errors import TownworksError
from townworks.io import FilingBatch
from townworks.io.slices import Slice, read_slice
from townworks.schema.gazetteer import Gazetteer, load_gazetteer
from townworks.schema.language import ActivityLanguage, activity_language
from townworks.workflow.discovery import (
    DiscoverOptions,
    Role,
    mentions_of,
    place_code,
    within_period,
)
from townworks.workflow.reading import BATCH, is_county

LISTINGS = pl.List(pl.Struct({"text": pl.String, "role": pl.Int32, "main": pl.Boolean}))
ENTERPRISE = pl.Struct(
    {
        "enterprise_id": pl.String,
        "has_county": pl.Boolean,
        "has_township": pl.Boolean,
        "within": pl.Boolean,
        "branch": pl.Boolean,
        "place_code": pl.String,
        "place": pl.String,
        "year": pl.Int32,
        "tail": pl.String,
        "draw": pl.Int64,
        "code": pl.String,
        "listings": LISTINGS,
    }
)
"""An enterprise as counting needs it; `tail` to `listings` only where it counts (`counts`)."""
REJECT = pl.Struct(
    {
        "file": pl.String,
        "line": pl.Int64,
        "reason": pl.String,
        "field": pl.String,
        "detail": pl.String,
        "raw": pl.String,
    }
)
NOTE = pl.Struct({"what": pl.String, "of": pl.String, "rows": pl.Int64})
"""What else became of rows: `read`, cells `unreadable` (of a field), a `fault` (its message)."""
_KINDS = {"enterprise": ENTERPRISE, "reject": REJECT, "note": NOTE}
OUTCOME = pl.Schema({"position": pl.Int64(), **_KINDS})
"""A row of what reading gives: one of the three is there, the others are null. By `position`,
rows stand in reading order (kept and rejected ones each for themselves)."""
CELL = pl.Schema(
    {
        "place_code": pl.String(),
        "speciality": pl.String(),
        "coded": pl.Boolean(),
        "enterprises": pl.Int64(),
        "main": pl.Int64(),
        "alone": pl.Int64(),
        "first_year": pl.Int32(),
        "recent": pl.Int64(),
        "dated": pl.Int64(),
    }
)
"""Counts of one part, as in `Counts.cells`; `coded`: the speciality is an industry code."""
POSITIONS = 1 << 40
"""Positions of a part: more than a file has rows."""


@dataclass(frozen=True, slots=True)
class Part:
    """A slice of the input and its number in reading order."""

    number: int
    source: Slice


def read_part(part: Part, options: DiscoverOptions, as_of: date) -> Iterator[pl.DataFrame]:
    """Read, clean and locate a part and keep what counting needs: frames of `OUTCOME`.

    What `read_filings` would raise becomes a note with `what` = "fault", the last of the part.
    """
    gazetteer, language = load_gazetteer(options.read.vintage), activity_language()
    first_kept = first_rejected = part.number * POSITIONS
    try:
        for batch in read_slice(part.source, options.read.columns or None, batch_rows=BATCH):
            cleaned = clean(batch.filings, as_of)
            enterprises = _enterprises(cleaned, gazetteer, language, options)
            rejects = pl.concat([batch.rejects, cleaned.rejects])
            yield _outcome("enterprise", enterprises, first_kept)
            yield _outcome("reject", rejects, first_rejected)
            yield _outcome("note", _notes(batch, cleaned), part.number * POSITIONS)
            first_kept += enterprises.height
            first_rejected += rejects.height
    except (TownworksError, pl.exceptions.PolarsError, OSError) as error:
        fault = pl.DataFrame({"what": ["fault"], "of": [str(error)], "rows": [0]})
        yield _outcome("note", fault, part.number * POSITIONS)


def _outcome(kind: str, rows: pl.DataFrame, first: int) -> pl.DataFrame:
    """Bring rows into the form of `OUTCOME`; the columns of the other kinds are null."""
    columns = {name: pl.lit(None, dtype) for name, dtype in OUTCOME.items()}
    fields = [field.name for field in _KINDS[kind].fields]
    columns[kind] = pl.struct(fields).cast(_KINDS[kind])
    columns["position"] = first + pl.int_range(pl.len(), dtype=pl.Int64)
    return rows.select(**columns)


def _notes(batch: FilingBatch, cleaned: Cleaned) -> pl.DataFrame:
    rows = [("read", "", batch.n_read)]
    rows += [("unreadable", name, n) for name, n in sorted(cleaned.unreadable.items())]
    return pl.DataFrame(rows, schema=["what", "of", "rows"], orient="row")


def _enterprises(
    cleaned: Cleaned, gazetteer: Gazetteer, language: ActivityLanguage, options: DiscoverOptions
) -> pl.DataFrame:
    located = (
        locate(cleaned.enterprises, gazetteer)
        .with_columns(
            within=within_period(options),
            branch=is_branch(pl.col("name"), language),
            year=pl.col("registered_on").dt.year(),
        )
        .with_row_index("enterprise")
    )
    counted = located.filter(counts())
    return (
        located.select(
            "enterprise",
            "enterprise_id",
            "within",
            "branch",
            "year",
            has_county=is_county(pl.col("county_code")),
            has_township=pl.col("township_code").is_not_null(),
            place_code=place_code(options.by),
            place=options.by,
        )
        .join(pack(read_phrases(counted, language)), on="enterprise", how="left")
        .join(
            coded_specialities(counted).rename({"name": "code"}),
            on="enterprise",
            how="left",
        )
        .sort("enterprise")
        .select(field.name for field in ENTERPRISE.fields)
    )


def counts() -> pl.Expr:
    """Whether an enterprise counts: in the period and no branch."""
    return pl.col("within") & ~pl.col("branch")


def pack(phrases: Phrases) -> pl.DataFrame:
    """Put phrases into one row per enterprise: `enterprise`, `tail`, `draw`, `listings`.

    >>> read = read_phrases(
    ...     pl.DataFrame({"enterprise": [0], "name": ["诸暨袜厂"], "activity": ["袜子制造"]}),
    ...     activity_language())
    >>> pack(read)["listings"].to_list()
    [[{'text': '袜子', 'role': 1, 'main': True}]]
    """
    listed = phrases.listings.join(phrases.texts, on="phrase", maintain_order="left")
    listings = listed.group_by("enterprise", maintain_order=True).agg(
        listings=pl.struct("text", "role", "main")
    )
    return phrases.tails.join(listings, on="enterprise", how="left", maintain_order="left")


def unpack(rows: pl.DataFrame) -> Phrases:
    """Take packed rows apart again; enterprises are numbered as they come."""
    numbered = rows.with_row_index("enterprise").with_columns(pl.col("listings").cast(LISTINGS))
    listed = (
        numbered.select("enterprise", "listings")
        .explode("listings", empty_as_null=False, keep_nulls=False)
        .unnest("listings")
        .with_columns(pl.col("role").cast(pl.UInt8), phrase=pl.col("text").hash(SEED))
    )
    phrases = Phrases(
        texts=listed.select("phrase", "text").unique(),
        listings=listed.select("enterprise", "phrase", "role", "main"),
        tails=numbered.select("enterprise", "tail", pl.col("draw").cast(pl.UInt32)),
    )
    return join_phrases([phrases])


@dataclass(frozen=True, slots=True)
class Counting:
    """What all parts are counted by: the lexicon, whom to count, the recent years."""

    lexicon: Lexicon
    role: Role
    recent: tuple[int, ...]


def count_part(enterprises: pl.DataFrame, by: Counting) -> pl.DataFrame:
    """Count a part of the enterprises that count: a frame of `CELL`.

    enterprises: `place_code`, `year`, `tail`, `draw`, `code`, `listings`, each enterprise once.
    """
    numbered = enterprises.with_row_index("enterprise")
    codes = numbered.select("enterprise", name="code").drop_nulls()
    found = mentions_of(unpack(enterprises), codes, by.lexicon, by.role)
    names = pl.DataFrame({"name": found.names}, schema={"name": pl.String})
    named = names.with_row_index("speciality").with_columns(
        coded=pl.col("speciality") >= len(by.lexicon.names)
    )
    year = pl.col("year")
    return (
        pl.concat(
            [chunk.select("enterprise", "speciality", "main", "alone") for chunk in found.chunks]
        )
        .join(numbered.select("enterprise", "place_code", "year"), on="enterprise")
        .join(named, on="speciality")
        .group_by("place_code", "coded", speciality="name")
        .agg(
            enterprises=pl.len(),
            main=pl.sum("main"),
            alone=pl.sum("alone"),
            first_year=year.min(),
            recent=year.is_in(by.recent).sum(),
            dated=year.is_not_null().sum(),
        )
        .select(*CELL)
        .cast(CELL)
    )
