"""Candidates: the place × speciality pairs with evidence worth a town."""

import polars as pl

ENTERPRISES, LQ_LOW, RANK = 10, 2.0, 5
"""Evidence worth a town: ten enterprises, surely twice the usual share, among its first five."""


def shortlist(specialisation: pl.DataFrame, recent_share: float) -> pl.DataFrame:
    """Return the pairs with evidence worth a town, strongest first (table `schema.Candidate`).

    specialisation: table of that name. recent_share: share of all dated enterprises that were
    registered in the recent years; a pair is `new` if the whole 95 % interval of its own share
    (Wilson 1927) lies above it, `established` if below, else `steady`.
    Evidence speaks for or against an application; it never decides one.

    >>> found = pl.DataFrame({
    ...     "place_code": ["330681"] * 2, "speciality": ["袜子", "泵"], "rank": [1, 2],
    ...     "lq_low": [7.0] * 2, "enterprises": [60, 6], "recent_share": [0.9] * 2})
    >>> shortlist(found, 0.3).select("speciality", "age").rows()
    [('袜子', 'new')]
    """
    share, n, z2 = pl.col("recent_share"), pl.col("enterprises").cast(pl.Float64), 1.96**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = 1.96 * (share * (1 - share) / n + z2 / (4 * n * n)).sqrt() / (1 + z2 / n)
    age = (
        pl.when(centre - half > recent_share)
        .then(pl.lit("new"))
        .when(centre + half < recent_share)
        .then(pl.lit("established"))
        .otherwise(pl.lit("steady"))
    )
    return (
        specialisation.filter(n >= ENTERPRISES, pl.col("lq_low") >= LQ_LOW, pl.col("rank") <= RANK)
        .with_columns(age=age.cast(pl.Enum(["new", "steady", "established"])))
        .sort("lq_low", "place_code", "speciality", descending=[True, False, False])
    )
