"""Which town suits: entitlements where a subject is, else where it would receive most."""

from collections.abc import Sequence
from datetime import date

import polars as pl

from townworks.rules import combine
from townworks.schema.verdicts import Entitlement
from townworks.workflow.programmes import Programme
from townworks.workflow.subjects import MONEY, Part, covers

IN_A_YEAR = {"once": 1, "year": 1, "month": 12}
TOWNS: dict[str, pl.DataType | type[pl.DataType]] = {
    "subject_id": pl.String,
    "town_id": pl.String,
    "name_en": pl.String,
    "name_zh": pl.String,
    "entitled": MONEY,
    "rules": pl.String,
}


def entitlements(
    programme: Programme, cut: Sequence[Part], eligible: pl.DataFrame, on: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the entitlements of all subjects, and what each town would give those without one.

    Towns under the same schemes are weighed once; where two give the same, the first by id counts.
    """
    ids = [part.subjects.frame.select("subject_id") for part in cut if part.town_id is not None]
    mine = eligible.join(pl.concat(ids), on="subject_id", how="semi") if ids else eligible.clear()
    found: list[pl.DataFrame] = [combine(programme.book, mine, on)]
    towns = [pl.DataFrame(schema=TOWNS)]
    for part in cut:
        if part.town_id is None:
            best, offers = _anywhere(programme, part, eligible, on)
            found.append(best)
            towns.append(offers)
    return pl.concat(found), pl.concat(towns)


def _anywhere(
    programme: Programme, part: Part, eligible: pl.DataFrame, on: date
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Combine the rules of each set of towns; keep for each subject the set worth most."""
    combined, offers = [Entitlement.create_empty().with_columns(pl.lit("").alias("set"))], []
    of_part = eligible.join(part.subjects.frame.select("subject_id"), on="subject_id", how="semi")
    for held, town_ids in _same_rules(programme, part).items():
        rows = of_part.filter(pl.col("rule_id").cast(pl.String).is_in(held))
        found = combine(programme.book, rows, on)
        name = pl.lit(town_ids[0]).alias("set")
        combined.append(found.with_columns(name))
        sums = _worth(found, programme.book.currency).with_columns(name)
        offers.append(sums.join(pl.DataFrame({"town_id": town_ids}), how="cross"))
    every = pl.concat(offers) if offers else pl.DataFrame(schema={**TOWNS, "set": pl.String})
    every = every.sort("subject_id", "entitled", "town_id", descending=[False, True, False])
    best = every.group_by("subject_id", maintain_order=True).first().select("subject_id", "set")
    kept = pl.concat(combined).join(best, on=["subject_id", "set"], how="semi").drop("set")
    names = programme.tables.towns.select("town_id", "name_en", "name_zh")
    named = every.join(names, on="town_id", how="left", maintain_order="left")
    return kept, named.select(*TOWNS)


def _same_rules(programme: Programme, part: Part) -> dict[tuple[str, ...], list[str]]:
    same: dict[tuple[str, ...], list[str]] = {}
    for town in programme.tables.towns.sort("town_id").iter_rows(named=True):
        held = tuple(rule.id for rule in part.rules if covers(rule, town))
        same.setdefault(held, []).append(str(town["town_id"]))
    return same


def _worth(entitled: pl.DataFrame, currency: str) -> pl.DataFrame:
    """Money of the first year of each subject, and the rules it comes from."""
    times = pl.col("period").cast(pl.String).replace_strict(IN_A_YEAR, return_dtype=pl.Int64)
    taken = entitled.filter(pl.col("standing") != "excluded")
    money = pl.when(pl.col("unit") == currency).then(pl.col("entitled") * times).otherwise(0)
    return taken.group_by("subject_id", maintain_order=True).agg(
        money.sum().cast(MONEY).alias("entitled"), pl.col("rule_id").str.join(", ").alias("rules")
    )
