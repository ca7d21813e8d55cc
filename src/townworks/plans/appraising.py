"""What a registry says of towns: for each, its industry in its county beside the overall share.

For n_c enterprises of a town's industry in its county, where E_c = N_c n / N would be expected, the
location quotient and its interval are those of `candidates` (Gamma-Poisson, Clayton & Kaldor 1987),
with a prior fitted over all places and the industries of all towns:

(1) supports      n_c ≥ LEAST and the 95 % interval lies above 1
(2) contradicts   E_c ≥ EXPECTED and the 95 % interval lies below 1
(3) silent        all else: too few to tell, or nothing that a registry could show

Silent is "not known", never "no". Contradicts speaks of what is registered there, not of what a
town could begin.
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from townworks.measures import fit_gamma_poisson_sparse, posterior
from townworks.schema.appraisal import InvestmentAccount

LEAST = 5
EXPECTED = 5.0
DECIMALS = 4
"""Decimals of a quotient: more than anybody can use, fewer than machines differ in."""


def quotients(cells: pl.DataFrame, places: pl.DataFrame, wanted: pl.DataFrame) -> pl.DataFrame:
    """Return how special each wanted place is in each wanted industry.

    cells: `place_code` (null: not known), `industry` (UInt32), `enterprises`, above zero, each pair
    once. places: `place_code`, `enterprises` of all industries. wanted: `place_code`, `industry`;
    returned with `enterprises`, `expected`, `overall` (of the industry everywhere), `lq`, `lq_low`,
    `lq_high`, `probability`, in their order.

    >>> places = pl.DataFrame({"place_code": ["a", "b", "c"], "enterprises": [100, 300, 600]})
    >>> cells = pl.DataFrame({"place_code": ["a", "b", "c"], "industry": [0] * 3,
    ...                       "enterprises": [40, 6, 4]})
    >>> wanted = pl.DataFrame({"place_code": ["a"], "industry": [0]})
    >>> quotients(cells, places, wanted).select("enterprises", "expected", "overall").rows()
    [(40, 5.0, 50)]
    """
    codes = places.sort("place_code").with_row_index("c")
    total = int(codes["enterprises"].sum())
    counts = cells.select("place_code", pl.col("industry").cast(pl.Int64), "enterprises")
    overall = counts.group_by("industry").agg(overall=pl.col("enterprises").sum())
    rows = (
        wanted.with_columns(pl.col("industry").cast(pl.Int64))
        .join(counts, on=["place_code", "industry"], how="left", maintain_order="left")
        .join(overall, on="industry", how="left", maintain_order="left")
        .join(
            codes.select("place_code", of_place="enterprises"),
            on="place_code",
            how="left",
            maintain_order="left",
        )
        .with_columns(pl.col("enterprises", "overall", "of_place").fill_null(0))
        .with_columns(
            expected=pl.col("of_place").cast(pl.Float64) * pl.col("overall") / max(total, 1)
        )
    )
    return rows.with_columns(_posterior(counts, codes, rows)).select(
        "place_code",
        "industry",
        pl.col("enterprises", "overall").cast(pl.UInt32),
        pl.col("expected", "lq", "lq_low", "lq_high", "probability").round(DECIMALS),
    )


def _posterior(counts: pl.DataFrame, codes: pl.DataFrame, rows: pl.DataFrame) -> list[pl.Series]:
    """Posterior of each row; an industry that nobody has anywhere gets what is typical."""
    cells = counts.join(codes.select("c", "place_code"), on="place_code", nulls_equal=True).sort(
        "industry", "c"
    )
    absent = [i for i in rows["industry"].unique().sort() if i not in set(cells["industry"])]
    place = [*cells["c"], *[0] * len(absent)]
    industry = [*cells["industry"], *absent]
    number = [*cells["enterprises"], *[0] * len(absent)]
    prior = fit_gamma_poisson_sparse(place, industry, number, codes["enterprises"].to_numpy())
    found = posterior(
        rows["enterprises"].to_numpy(),
        rows["expected"].to_numpy(),
        prior.at(rows["industry"].to_numpy()),
    )
    return [
        pl.Series("lq", found.mean),
        pl.Series("lq_low", found.low),
        pl.Series("lq_high", found.high),
        pl.Series("probability", found.probability),
    ]


def evidence() -> pl.Expr:
    """Return (1) to (3) from `enterprises`, `expected`, `lq_low`, `lq_high`; null: silent.

    >>> pl.DataFrame({"enterprises": [50, 4, 1, None], "expected": [9.0, 0.5, 9.0, None],
    ...               "lq_low": [4.0, 2.0, 0.0, None], "lq_high": [7.0, 9.0, 0.5, None]}).select(
    ...     e=evidence())["e"].to_list()
    ['supports', 'silent', 'contradicts', 'silent']
    """
    more = (pl.col("enterprises") >= LEAST) & (pl.col("lq_low") > 1)
    fewer = (pl.col("expected") >= EXPECTED) & (pl.col("lq_high") < 1)
    return (
        pl.when(more)
        .then(pl.lit("supports"))
        .when(fewer)
        .then(pl.lit("contradicts"))
        .otherwise(pl.lit("silent"))
    )


def uncovered(found: pl.DataFrame, covered: Mapping[str, Sequence[str]], top: int) -> pl.DataFrame:
    """Return the strongest pairs of a shortlist that no town of the same county covers.

    found: `schema.Candidate`, strongest first. covered: county code → words of the industries of
    its towns. A pair is covered if one of the words holds its speciality, or is held by it.

    >>> pairs = pl.DataFrame(
    ...     {"place_code": ["a", "a", "b"], "speciality": ["袜子", "珍珠", "袜子"]})
    >>> uncovered(pairs, {"a": ["袜"]}, 5).rows()
    [('a', '珍珠'), ('b', '袜子')]
    """
    free = [
        not any(word in name or name in word for word in covered.get(place, ()))
        for place, name in found.select("place_code", "speciality").iter_rows()
    ]
    return found.filter(pl.Series(free, dtype=pl.Boolean)).head(top)


def investment_account(
    towns: pl.DataFrame, places: int | None, target: Decimal | None
) -> InvestmentAccount:
    """Add up `schema.TownAppraisal`.

    >>> towns = pl.DataFrame({"minimum_cny": [Decimal(3), Decimal(5)], "due_cny": [Decimal(1)] * 2,
    ...     "sector_inferred": [True, False], "planned_cny": [None, Decimal(9)],
    ...     "investment_cny": [Decimal(3), Decimal(9)]})
    >>> account = investment_account(towns, 3, Decimal(20))
    >>> account.minima, account.minima_high, account.counted, account.each
    (Decimal('8'), Decimal('10'), Decimal('12'), Decimal('12.00'))
    """
    minima, counted = _sum(towns["minimum_cny"]), _sum(towns["investment_cny"])
    inferred = towns.filter("sector_inferred")["minimum_cny"].drop_nulls()
    known = towns["minimum_cny"].drop_nulls()
    least = min(known, default=Decimal(0))
    most = max(known, default=Decimal(0))
    left = None if places is None else places - towns.height
    missing = None if target is None else max(target - minima, Decimal(0))
    return InvestmentAccount(
        towns=towns.height,
        places=places,
        target=target,
        minima=minima,
        minima_low=minima - _sum(inferred) + len(inferred) * least,
        minima_high=minima - _sum(inferred) + len(inferred) * most,
        due=_sum(towns["due_cny"]),
        counted=counted,
        plans=towns.filter(pl.col("planned_cny") == pl.col("investment_cny")).height,
        missing=missing,
        each=None if missing is None or not left or left < 0 else _fen(missing / left),
    )


def _sum(amounts: pl.Series) -> Decimal:
    return sum(amounts.drop_nulls(), start=Decimal(0))


def _fen(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"), ROUND_HALF_UP)
