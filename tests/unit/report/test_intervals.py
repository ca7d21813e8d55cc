import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from townworks.report.intervals import HIGHEST, LOWEST, Scale, interval_svg, scale_for


@given(
    st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), max_size=20),
)
def test_scale_holds_one_and_ten_and_all_intervals_up_to_its_bounds(
    pairs: list[tuple[float, float]],
) -> None:
    lows, highs = [min(p) for p in pairs], [max(p) for p in pairs]
    table = pl.DataFrame(
        {"lq_low": lows, "lq_high": highs}, schema={"lq_low": pl.Float64, "lq_high": pl.Float64}
    )
    scale = scale_for(table)
    assert LOWEST <= scale.low < 1
    assert 10 <= scale.high <= HIGHEST
    assert all(scale.low <= max(low, LOWEST) * (1 + 1e-9) for low in lows)
    assert all(scale.high >= min(high, HIGHEST) * (1 - 1e-9) for high in highs)
    assert scale.ticks[0] == 1.0
    assert 2 <= len(scale.ticks) <= 3


def test_equal_factors_are_equal_steps() -> None:
    scale = Scale(0.5, 500)
    steps = [scale.percent(value) for value in (0.5, 5, 50, 500)]
    assert steps == pytest.approx([0, 100 / 3, 200 / 3, 100], abs=0.01)


def test_a_low_end_of_zero_runs_off_the_left_edge() -> None:
    svg = interval_svg(Scale(0.2, 100), 0.0, 3.0, 9.0)
    assert 'class="span" x1="-' in svg
