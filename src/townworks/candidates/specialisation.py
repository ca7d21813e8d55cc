"""Place × speciality: how much more of it than elsewhere, how sure, and which comes first.

For place c and speciality i, with n_ci enterprises, expected E_ci = n_c n_i / n:

(1) location quotient θ_ci | n_ci ~ Gamma(α_i + n_ci, α_i/m_i + E_ci)   (Clayton & Kaldor 1987)
(2) z_ci(k) = z(k, rest of the source) + REGION z(k, rest of the region)
(3) score s_ci = 2 / (1/z_ci(all) + 1/z_ci(main)), 0 unless both are positive

z is the log-odds ratio with an informative Dirichlet prior over its standard error (Monroe,
Colaresi & Quinn 2008): k = all counts every enterprise that has the speciality, k = main those
whose main business it is. The harmonic mean asks for both: what half the county lists in passing
(植保 in every co-operative's scope) is no speciality, nor is what three enterprises are named
after. The region is there because registrars of one prefecture share their wording: what all its
counties call 五金件 sets none apart.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from townworks.candidates.counts import Counts
from townworks.measures import fit_gamma_poisson_sparse, log_odds, posterior
from townworks.schema import Specialisation

PRIOR_ENTERPRISES = 200.0
REGION = 0.25
_KINDS = ("enterprises", "main")
LEAST = 3
"""Enterprises below which a speciality is not listed for a place."""
KIN = 0.8
"""Share of the family head's score within which the more often listed word gives the name."""
DIGITS = 6
"""Significant digits of a result: more than anybody can use, fewer than machines differ in."""
ROUNDING = 1e-9
"""A z this small is zero: the last bits of a sum must not make a speciality."""
DEPTH = 6
"""Rows looked at per row wanted: families hide the rest."""


def specialise(counts: Counts, top: int) -> pl.DataFrame:
    """Return the `top` specialities of each place, in the columns of `schema.Specialisation`.

    Places where no speciality stands out have no rows: that is "not known", not "none".
    """
    scored = _scored(counts)
    ranked = scored.filter(
        pl.col("place_code").is_not_null(),
        pl.col("enterprises") >= LEAST,
        pl.col("score") > 0,
    ).sort("place_code", "score", "speciality", descending=[False, True, False])
    heads = _heads(ranked.group_by("place_code", maintain_order=True).head(top * DEPTH), top)
    return (
        heads.with_columns(_posterior(counts, heads))
        .select(
            "place_code",
            "place",
            "speciality",
            "rank",
            "enterprises",
            "expected",
            "lq",
            "lq_low",
            "lq_high",
            "probability",
            "first_year",
            recent_share=pl.when(pl.col("dated") > 0).then(pl.col("recent") / pl.col("dated")),
        )
        .with_columns(pl.selectors.float().round_sig_figs(DIGITS))
        .cast(Specialisation.create_empty().schema)
    )


def _scored(counts: Counts) -> pl.DataFrame:
    """Cells with place, totals, `expected` and `score`."""
    total = int(counts.places["enterprises"].sum())
    places = counts.places.rename({"enterprises": "of_place"}).with_columns(
        of_region=pl.col("of_place").sum().over("region")
    )
    cells = counts.cells.join(places, on="place_code", nulls_equal=True).with_columns(
        listed=pl.col("enterprises").sum().over("speciality"),
        **{f"{k}_source": pl.col(k).sum().over("speciality") for k in _KINDS},
        **{f"{k}_region": pl.col(k).sum().over("region", "speciality") for k in _KINDS},
    )
    listed, main = (_z(cells, kind, total) for kind in _KINDS)
    both = (listed > ROUNDING) & (main > ROUNDING)
    score = np.zeros(len(listed))
    score[both] = 2 / (1 / listed[both] + 1 / main[both])
    return cells.with_columns(
        expected=pl.col("of_place").cast(pl.Float64) * pl.col("listed") / total,
        score=pl.Series(score),
    )


def _z(cells: pl.DataFrame, kind: str, total: int) -> NDArray[np.float64]:
    """Equation (2) for one kind of count, (n_cells,); 0 for what all have, or nobody there."""

    def column(name: str) -> NDArray[np.float64]:
        return cells[name].cast(pl.Float64).to_numpy()

    local, size = column(kind), column("of_place")
    source, region = column(f"{kind}_source"), column(f"{kind}_region")
    prior = (PRIOR_ENTERPRISES * np.clip(source, 0.5, total - 0.5) / total, PRIOR_ENTERPRISES)
    against_source = log_odds((local, size), (source - local, total - size), prior)
    against_region = log_odds((local, size), (region - local, column("of_region") - size), prior)
    z = against_source.z + REGION * against_region.z
    return np.where((local > 0) & (source < total), z, 0.0)


def _heads(ranked: pl.DataFrame, top: int) -> pl.DataFrame:
    """One row per family of a place's specialities, ranked; a family shares a word (鞋, 皮鞋)."""
    rows: list[int] = []
    ranks: list[int] = []
    bounds = np.cumsum([0, *ranked["place_code"].rle().struct.field("len")]).tolist()
    names = ranked["speciality"].to_list()
    scores, alone = ranked["score"].to_list(), ranked["alone"].to_list()
    for begin, end in pairwise(bounds):
        chosen = _families(names[begin:end], scores[begin:end], alone[begin:end])
        for rank, offset in zip(range(1, top + 1), chosen, strict=False):
            rows.append(begin + offset)
            ranks.append(rank)
    return ranked[rows].with_columns(rank=pl.Series(ranks, dtype=pl.UInt32))


def _families(names: Sequence[str], scores: Sequence[float], alone: Sequence[int]) -> Iterator[int]:
    """Yield the head of each family in falling order of score.

    names: specialities of one place, best first. The best free one founds a family with all free
    ones that contain it or that it contains; the head is, of those with `KIN` of its score or
    more, the one listed alone most often: 汽车配件 rather than 汽车.

    >>> list(_families(["汽车", "汽车配件", "泵"], [9.0, 8.0, 7.0], [2, 40, 5]))
    [1, 2]
    """
    heads: list[str] = []
    for founder, name in enumerate(names):
        if _akin(name, heads):
            continue
        head = max(
            (
                k
                for k in range(founder, len(names))
                if scores[k] >= KIN * scores[founder]
                and _akin(names[k], [name])
                and not _akin(names[k], heads)
            ),
            key=lambda k: (alone[k], scores[k], -k),
        )
        heads.append(names[head])
        yield head


def _akin(name: str, others: Sequence[str]) -> bool:
    return any(name in other or other in name for other in others)


def _posterior(counts: Counts, heads: pl.DataFrame) -> list[pl.Series]:
    """Posterior of the location quotient of each row, with priors fitted over all places."""
    names = counts.cells["speciality"].unique().sort()
    index = pl.DataFrame({"speciality": names}).with_row_index("i")
    codes = counts.places.with_row_index("c")
    cells = counts.cells.join(index, on="speciality").join(
        codes.select("c", "place_code"), on="place_code", nulls_equal=True
    )
    prior = fit_gamma_poisson_sparse(
        cells["c"].to_numpy(),
        cells["i"].to_numpy(),
        cells["enterprises"].to_numpy(),
        codes["enterprises"].to_numpy(),
    )
    which = heads.join(index, on="speciality", maintain_order="left")["i"].to_numpy()
    estimate = posterior(
        heads["enterprises"].to_numpy(), heads["expected"].to_numpy(), prior.at(which)
    )
    return [
        pl.Series("lq", estimate.mean),
        pl.Series("lq_low", estimate.low),
        pl.Series("lq_high", estimate.high),
        pl.Series("probability", estimate.probability),
    ]
