from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from townworks.report.facts import DiscoveryCounts, DiscoveryFacts, gaps, spans


def test_enterprises_are_kept_less_merged_unless_counted() -> None:
    counts = DiscoveryCounts(10, 8, 2, 1, 7, 5)
    assert counts.enterprises == 7
    assert replace(counts, counted=3).enterprises == 3


def test_source_has_one_name_or_two(facts: DiscoveryFacts) -> None:
    assert facts.source_in("zh") == "合成样本"
    assert replace(facts, source_zh=None).source_in("zh") == "a synthetic sample"


@given(st.sets(st.integers(1980, 2030), min_size=1))
def test_spans_and_gaps_tell_all_years_between_once(years: set[int]) -> None:
    told: list[int] = []
    for text in (spans(tuple(years)), spans(gaps(tuple(years)))):
        for part in filter(None, text.split(", ")):
            first, _, last = part.partition("–")
            told.extend(range(int(first), int(last or first) + 1))
    assert sorted(told) == list(range(min(years), max(years) + 1))
