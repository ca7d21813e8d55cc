"""Two plans beside each other, or a plan and what happened."""

import polars as pl

from townworks.schema.plans import PlanComparison


def compare_plans(first: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Return every candidate that one of two plans chose (`schema.PlanComparison`).

    first, second: `candidate_id`, `name`, `chosen`, `start_year`, `investment_cny`, as in
    `schema.PlanLine`; second may have a `note`. Those that both chose first, then by year.
    """
    left = _chosen(first, "first").select(pl.exclude("note"))
    joined = left.join(_chosen(second, "second"), on="candidate_id", how="full", coalesce=True)
    both = pl.col("first").is_not_null() & pl.col("second").is_not_null()
    kind = (
        pl.when(both)
        .then(pl.lit("both"))
        .when(pl.col("first").is_not_null())
        .then(pl.lit("first_only"))
        .otherwise(pl.lit("second_only"))
    )
    names = pl.Schema(PlanComparison.create_empty().schema)
    found = joined.with_columns(kind=kind.cast(names["kind"]), name=pl.coalesce("first", "second"))
    order = ["kind", pl.coalesce("first_year", "second_year"), "candidate_id"]
    return PlanComparison.validate(found.select(list(names)).cast(names).sort(order))


def _chosen(lines: pl.DataFrame, side: str) -> pl.DataFrame:
    note = pl.col("note") if "note" in lines.columns else pl.lit(None, pl.String)
    return lines.filter(pl.col("chosen")).select(
        "candidate_id",
        pl.col("name").alias(side),
        pl.col("start_year").alias(f"{side}_year"),
        pl.col("investment_cny").alias(f"{side}_investment_cny"),
        note.alias("note"),
    )
