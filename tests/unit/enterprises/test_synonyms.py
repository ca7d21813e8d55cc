"""Two spellings are one thing; two sisters are not."""

import numpy as np
import polars as pl

from townworks.enterprises.synonyms import look_alikes, merge_synonyms

SPELLINGS = [
    f"{a}{b}" for b in ("袢", "饰", "具", "料", "座", "盒", "环", "夹", "针") for a in "钮纽"
]


def listings(pairs: list[tuple[str, ...]]) -> pl.DataFrame:
    rows = [(number, term) for number, terms in enumerate(pairs) for term in terms]
    return pl.DataFrame(rows, {"enterprise": pl.UInt32, "term": pl.String}, orient="row")


def company(term: str, seed: int, n: int = 40) -> list[tuple[str, ...]]:
    """Enterprises that list the term beside the usual things of its trade."""
    rng = np.random.default_rng(seed)
    beside = ["拉链", "花边", "商标", "线带"]
    return [(term, *rng.choice(beside, 2, replace=False)) for _ in range(n)]


OTHERS: list[tuple[str, ...]] = [("水泵", "阀门", "管件")] * 60
TERMS = ["拉链", "花边", "商标", "线带", "水泵", "阀门", "管件", "钮扣", "纽扣", "皮扣"]


def test_two_spellings_are_merged_under_the_commoner() -> None:
    table = listings(company("钮扣", 1, 60) + company("纽扣", 2, 30) + OTHERS)
    assert merge_synonyms(table, TERMS, [*TERMS, *SPELLINGS]) == {"纽扣": "钮扣"}


def test_sisters_that_are_listed_together_stay_apart() -> None:
    both = [(*row, "纽扣") for row in company("钮扣", 1, 60)]
    table = listings(both + OTHERS)
    assert merge_synonyms(table, TERMS, [*TERMS, *SPELLINGS]) == {}


def test_terms_whose_characters_are_not_spellings_stay_apart() -> None:
    table = listings(company("钮扣", 1, 60) + company("皮扣", 2, 30) + OTHERS)
    assert (
        merge_synonyms(
            table, TERMS, [*TERMS, "皮鞋", "皮带", "皮革", "皮具", "皮包", "皮衣", "皮件"]
        )
        == {}
    )


def test_look_alikes_of_nothing() -> None:
    assert list(look_alikes([])) == []
    assert merge_synonyms(listings([("水泵",)]), ["水泵"], ["水泵"]) == {}
