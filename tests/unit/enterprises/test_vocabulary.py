"""Which phrases name an industry."""

import polars as pl
import pytest

from townworks.enterprises.phrases import Phrases, read_phrases
from townworks.enterprises.vocabulary import learn_vocabulary, least_listings, occurrences
from townworks.schema.language import activity_language


def phrases(rows: list[tuple[str, str]]) -> Phrases:
    names, activities = zip(*rows, strict=True)
    frame = pl.DataFrame({"name": names, "activity": activities}).with_row_index("enterprise")
    return read_phrases(frame, activity_language())


NOISE = [(f"丙地{i}号商贸有限公司", "日用百货零售") for i in range(60)]


def test_term_that_names_carry_is_learned() -> None:
    rows = [(f"甲县{brand}琉璃有限公司", "琉璃、凭单自办") for brand in "一二三四五六"]
    learned = learn_vocabulary(phrases(rows + NOISE))
    assert "琉璃" in learned
    assert "凭单自办" not in learned


def test_term_that_many_make_is_learned_without_names() -> None:
    rows = [(f"甲县{brand}工贸有限公司", "琉璃盏制造；杂件批发") for brand in "一二三四五六"]
    learned = learn_vocabulary(phrases(rows + NOISE))
    assert "琉璃盏" in learned
    assert "杂件" not in learned


def test_head_of_longer_terms_is_no_industry() -> None:
    rows = [
        (f"甲县{kind}部件有限公司", f"{kind}部件制造")
        for kind in ("水泵", "风扇", "电梯", "锅炉", "钟表", "门窗", "农机", "音箱")
        for _ in range(4)
    ]
    rows += [(f"乙县{i}有限公司", "部件制造") for i in range(3)]
    learned = learn_vocabulary(phrases(rows + NOISE))
    assert "水泵部件" in learned
    assert "部件" not in learned


def test_one_character_needs_names_and_makers() -> None:
    rows = [(f"甲县{brand}伞业有限公司", "伞制造") for brand in "一二三四五六"]
    rows += [(f"乙县{brand}年有限公司", "年") for brand in "一二三四五六"]
    learned = learn_vocabulary(phrases(rows + NOISE))
    assert "伞" in learned
    assert "年" not in learned


def test_learning_does_not_depend_on_row_order() -> None:
    rows = [(f"甲县{brand}琉璃有限公司", "琉璃制造、砖瓦销售") for brand in "一二三四五六"] + NOISE
    assert learn_vocabulary(phrases(rows)) == learn_vocabulary(phrases(rows[::-1]))


def test_one_character_counts_only_at_the_end() -> None:
    texts = pl.DataFrame({"phrase": [1, 2, 3], "text": ["布鞋", "鞋机", "鞋"]})
    assert occurrences(texts, ["鞋"], "text")["phrase"].sort().to_list() == [1, 3]


@pytest.mark.parametrize(("n", "least"), [(0, 3), (100, 3), (200_000, 10), (10**7, 30)])
def test_least_listings_grow_with_the_registry(n: int, least: int) -> None:
    assert least_listings(n) == least
