"""Who in a town could work with whom: supplier and buyer along a link of its chain.

A maximum-weight b-matching: each enterprise takes at most `capacity` partners on each side, and the
sum of the scores is as large as can be. Suppliers stand on one side and buyers on the other, so the
linear programme has whole solutions (its matrix is totally unimodular; Hoffman & Kruskal 1956).
"""

import numpy as np
import polars as pl

from townworks.schema.chains import Chain

CAPACITY = 3
"""Partners suggested to one enterprise on each side; more would be a list of neighbours."""
LOOKED_AT = 100
"""Buyers looked at for each supplier, those that score most: the work grows with the town."""


def suggest_partners(chain: Chain, members: pl.DataFrame, capacity: int = CAPACITY) -> pl.DataFrame:
    """Return whom to bring together: `supplier`, `buyer`, `source`, `target`, `score`.

    members: of one town: `enterprise`, `stage_id`, `fit`; one row per pair. A suggestion goes along
    a link of the chain, source → target; its score is weight × fit × fit. Nobody is suggested to
    itself, to who makes the thing itself, or to who does the next step already; each pair
    stands once, along the link that scores most. Best first.
    """
    pairs = _pairs(chain, members)
    if pairs.is_empty():
        return pairs
    kept = _matched(pairs, capacity)
    return pairs.filter(kept).sort("score", "supplier", "buyer", descending=[True, False, False])


def _pairs(chain: Chain, members: pl.DataFrame) -> pl.DataFrame:
    links = pl.DataFrame(
        [(link.source, link.target, link.weight) for link in chain.links],
        schema={"source": pl.String, "target": pl.String, "weight": pl.Float64},
        orient="row",
    )
    supply = members.select(source="stage_id", supplier="enterprise", own="fit")
    demand = members.select(target="stage_id", buyer="enterprise", other="fit")
    return (
        links.join(supply, on="source")
        .join(demand, on="target")
        .filter(pl.col("supplier") != pl.col("buyer"))
        .join(supply, left_on=["source", "buyer"], right_on=["source", "supplier"], how="anti")
        .join(demand, left_on=["target", "supplier"], right_on=["target", "buyer"], how="anti")
        .with_columns(score=pl.col("weight") * pl.col("own") * pl.col("other"))
        .sort("score", "supplier", "buyer", "source", descending=[True, False, False, False])
        .unique(["supplier", "buyer"], keep="first", maintain_order=True)
        .group_by("supplier", maintain_order=True)
        .head(LOOKED_AT)
        .select("supplier", "buyer", "source", "target", "score")
    )


def _matched(pairs: pl.DataFrame, capacity: int) -> pl.Series:
    """Which pairs the matching takes."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array

    n = pairs.height
    _, sells = np.unique(pairs["supplier"].to_numpy(), return_inverse=True)
    _, buys = np.unique(pairs["buyer"].to_numpy(), return_inverse=True)
    rows = np.concatenate([sells, sells.max() + 1 + buys])
    each = csr_array((np.ones(2 * n), (rows, np.tile(np.arange(n), 2))))
    score = pairs["score"].to_numpy()
    tie = 1e-9 * np.arange(n) / n
    room = np.full(each.shape[0], capacity)
    best = linprog(tie - score, A_ub=each, b_ub=room, bounds=(0, 1))  # type: ignore[call-overload]
    return pl.Series(np.rint(best.x) == 1)
