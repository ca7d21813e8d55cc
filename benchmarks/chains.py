"""Chains on a real registry: home counties, prediction of hidden enterprises, speed.

    python benchmarks/chains.py ../shared/data/zhejiang-registry.parquet

1. The rank of each home county's excess completeness in its own chain, and the first three.
2. A fifth of the enterprises of every stage is hidden, at random and by time (the newest), and
   the ten likeliest counties of each hidden one are named. hit@10: how often its own is among
   them. Ours: the stage's remaining enterprises, and those of the stages that are linked with it,
   each spread over distance. Beside it: relatedness density (Hidalgo et al. 2007) over all stages
   of all chains, distance alone (to the stage's remaining enterprises), and the remaining counts.
3. Seconds for all chains at all counties, and for the leads of one gap.
"""

import sys
import time
from pathlib import Path

import numpy as np
import polars as pl

from townworks.chains import Area, Map, measure, stage_slices
from townworks.measures import great_circle_km, proximity, relatedness_density
from townworks.schema.gazetteer import load_gazetteer
from townworks.schema.seats import seats
from townworks.workflow.chain_map import find_place, survey
from townworks.workflow.chain_registry import ChainRegistry, read_chain_registry
from townworks.workflow.chains import SEED, ChainOptions, examine, open_chains, question
from townworks.workflow.reading import ReadOptions

HOMES = {
    "hosiery": "330681",
    "knitwear": "330483",
    "leather": "330481",
    "moulds": "331003",
    "pumps": "331081",
    "low-voltage": "330382",
    "valves": "330324",
    "neckties": "330683",
}
NEAR_KM, LINKED, HIDDEN, COUNTY_DIGITS = 20.0, 0.3, 0.2, 6
"""How far enterprises speak for their neighbours; weight of linked stages; share hidden."""


class Ground:
    """Located members by county and stage."""

    def __init__(self, registry: ChainRegistry) -> None:
        """Number the counties of the province."""
        placed = registry.enterprises.filter(pl.col("county_code").str.starts_with("33"))
        self.codes = sorted(placed["county_code"].unique())
        number = pl.DataFrame({"county_code": self.codes}).with_row_index("county")
        self.members = (
            registry.members.join(
                placed.select("enterprise", "county_code", "registered_on"), on="enterprise"
            )
            .join(number, on="county_code")
            .select("stage", "county", "registered_on")
        )
        own = placed.select("county_code").join(number, on="county_code")
        self.size = np.bincount(own["county"].to_numpy())
        spots = pl.DataFrame({"code": self.codes}).join(seats(), on="code", how="left")
        self.km = great_circle_km(spots["lon"].to_numpy(), spots["lat"].to_numpy())
        self.km = np.where(np.isnan(self.km), np.nanmax(self.km), self.km)
        np.fill_diagonal(self.km, 0.0)
        self.n_stages = sum(len(chain.stages) for chain in registry.chains)
        self.link = np.zeros((self.n_stages, self.n_stages))
        for chain, own in zip(registry.chains, stage_slices(registry.chains), strict=True):
            at = {stage: own.start + n for n, stage in enumerate(chain.stage_ids)}
            for each in chain.links:
                self.link[at[each.source], at[each.target]] = each.weight
                self.link[at[each.target], at[each.source]] = each.weight

    def count(self, members: pl.DataFrame) -> np.ndarray:
        """Return members by county and stage."""
        counts = np.zeros((len(self.codes), self.n_stages))
        np.add.at(counts, (members["county"].to_numpy(), members["stage"].to_numpy()), 1)
        return counts

    def scores(self, known: np.ndarray) -> dict[str, np.ndarray]:
        """Return (counties, stages) scores of each way to predict."""
        share = known / np.maximum(known.sum(axis=0), 1)
        linked = share @ self.link / np.maximum(self.link.sum(axis=0), 1e-9)
        spread = np.exp(-self.km / NEAR_KM)
        spread /= spread.sum(axis=1, keepdims=True)
        expected = self.size[:, None] * known.sum(axis=0) / self.size.sum()
        has = (known > expected).astype(float)
        return {
            "chains (ours)": share + LINKED * (spread @ linked) + 0.1 * spread @ share,
            "remaining counts": share,
            "relatedness density": relatedness_density(has, proximity(has)),
            "distance alone": -(self.km @ share),
            "size of the county": np.repeat(self.size[:, None], self.n_stages, axis=1).astype(
                float
            ),
        }


def hits(ground: Ground, hidden: pl.DataFrame, known: pl.DataFrame) -> dict[str, float]:
    """Return hit@10 of each way, over all hidden enterprises."""
    found = {}
    for name, score in ground.scores(ground.count(known)).items():
        order = np.argsort(-score, axis=0, kind="stable")[:10]
        top = np.zeros(score.shape, dtype=bool)
        np.put_along_axis(top, order, True, axis=0)  # noqa: FBT003  the value to put
        found[name] = float(top[hidden["county"].to_numpy(), hidden["stage"].to_numpy()].mean())
    return found


def predict(ground: Ground) -> None:
    """Print hit@10 for both ways to hide."""
    rng = np.random.default_rng(SEED)
    lots = ground.members.with_columns(lot=pl.Series(rng.random(ground.members.height)))
    dated = ground.members.drop_nulls("registered_on").with_columns(
        lot=1
        - pl.col("registered_on").rank("random", seed=1).over("stage") / pl.len().over("stage")
    )
    for title, table in (("at random", lots), ("the newest", dated)):
        hidden, known = table.filter(pl.col("lot") < HIDDEN), table.filter(pl.col("lot") >= HIDDEN)
        print(f"\nhidden {title}: {hidden.height:,} of {table.height:,} enterprises in stages")
        print(f"hit@10 of {len(ground.codes)} counties")
        for name, rate in hits(ground, hidden, known).items():
            error = 1.96 * (rate * (1 - rate) / hidden.height) ** 0.5
            print(f"  {name:22} {rate:.3f} ± {error:.3f}")


def homes(registry: ChainRegistry) -> None:
    """Print the rank of each home county, by each scheme of weights."""
    chains = {chain.chain_id: chain for chain in registry.chains}
    names = dict(load_gazetteer().places.select("code", "name").iter_rows())
    print("\nchain, home, rank by links/equal/way, completeness, chance, p, first three")
    for name, code in HOMES.items():
        options = ChainOptions("zhejiang", name, code, leads=1)
        table = examine(
            registry, chains[name], find_place(code, load_gazetteer()), options
        ).completeness
        counties = table.filter(
            (pl.col("catchment") == "place")
            & (pl.col("place_code").str.len_chars() == COUNTY_DIGITS)
        ).drop_nulls("excess")
        ranks = []
        for scheme in ("links", "equal", "requirements"):
            order = counties.filter(pl.col("weights") == scheme).sort("excess", descending=True)
            ranks.append(order["place_code"].to_list().index(code) + 1)
            if scheme == "links":
                first = [names[c] for c in order["place_code"].head(3)]
                row = order.row(ranks[0] - 1, named=True)
        said = f"{row['completeness']:.0%} ({row['low']:.0%}–{row['high']:.0%})"
        chance = f"{row['expected']:.0%}  {row['p_value']:.3f}"
        print(f"{name:12} {names[code]} {'/'.join(map(str, ranks))} {said} {chance} {first}")


def speed(registry: ChainRegistry) -> None:
    """Print seconds for everything, and for the leads of one gap."""
    started = time.perf_counter()
    ground = survey(registry.enterprises, find_place("330681", load_gazetteer()), 100.0)
    areas = tuple(
        Area(a.place_code, a.place, "place", a.within)
        for a in ground.map.areas
        if a.catchment == "place"
    )
    where = Map(ground.map.part, ground.map.n_parts, areas)
    measure(registry.chains, registry.members, where, np.random.default_rng(SEED))
    taken = time.perf_counter() - started
    print(f"\n{len(registry.chains)} chains × {len(areas)} counties, 999 rounds: {taken:.1f} s")
    chain = next(c for c in registry.chains if c.chain_id == "hosiery")
    asked = question(registry, chain, ground, registry.enterprises["registered_on"].max())  # type: ignore[arg-type]
    lacking = pl.DataFrame({"stage_id": ["fibre"], "state": ["thin"], "gap": [0.1]})
    started = time.perf_counter()
    leads = asked.leads(lacking, 50)
    taken = time.perf_counter() - started
    print(f"leads for one gap ({leads.height} of {asked.counts.registry[0]:,}): {taken:.2f} s")


def main() -> None:
    """Run all of it."""
    started = time.perf_counter()
    registry = read_chain_registry([Path(sys.argv[1])], open_chains("zhejiang"), ReadOptions())
    taken = time.perf_counter() - started
    print(f"read {registry.enterprises.height:,} enterprises, in {taken:.1f} s")
    speed(registry)
    homes(registry)
    predict(Ground(registry))


if __name__ == "__main__":
    main()
