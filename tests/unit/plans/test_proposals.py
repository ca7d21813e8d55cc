"""From what was published to rows of candidates."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from townworks.plans.proposals import flows, published_claims, published_plans
from townworks.schema.programme import Figure

LISTED = pl.DataFrame(
    {"town_id": ["a"], "listed_on": [date(2015, 6, 4)], "ends_on": [date(2018, 6, 4)]}
)


def figures(*changes: Mapping[str, object]) -> pl.DataFrame:
    """Figures of a town: the same published plan, each time with changes."""
    sound: dict[str, object] = {
        "town_id": "a",
        "metric": "fixed_asset_investment_cny",
        "value": Decimal(5),
        "unit": "cny",
        "bound": "exact",
        "geography": "town",
        "geography_name": None,
        "population": "all",
        "extent": "cumulative",
        "period": "2015..2017",
        "period_from": date(2015, 1, 1),
        "period_to": date(2017, 12, 31),
        "evidence": "planned",
        "contradicts": False,
        "source": "https://example.org",
    }
    rows = [{**sound, **change} for change in changes]
    return Figure.validate(pl.DataFrame(rows, infer_schema_length=None), cast=True)


def test_a_plan_counts_if_its_years_are_those_of_the_creation_period() -> None:
    plans = published_plans(figures({}), LISTED)
    assert plans.select("planned_cny", "counts").rows() == [(Decimal(5), True)]
    for change in (
        {"period_to": None, "period_from": None, "period": "plan"},
        {"period_to": date(2019, 12, 31)},
        {"period_to": date(2015, 1, 31)},
    ):
        assert published_plans(figures(change), LISTED)["counts"].to_list() == [False], change


def test_what_is_no_plan_of_the_whole_town_is_none() -> None:
    for change in (
        {"evidence": "reported"},
        {"geography": "site"},
        {"population": "government_projects"},
        {"extent": "during"},
        {"metric": "signed_investment_cny"},
        {"town_id": "b"},
    ):
        assert published_plans(figures(change), LISTED).is_empty(), change


def test_of_several_plans_the_one_that_counts_is_taken() -> None:
    several = figures(
        {"value": Decimal(32), "period_to": None, "period": "plan"},
        {"value": Decimal(6)},
        {"value": Decimal(7)},
        {"value": Decimal(4), "period_to": date(2016, 12, 31)},
    )
    for order in (several, several.reverse()):
        assert published_plans(order, LISTED)["planned_cny"].to_list() == [Decimal(7)]


def test_claims_are_targets_of_a_year_and_never_output() -> None:
    said = figures(
        {"metric": "tax_revenue_cny", "extent": "during", "evidence": "target"},
        {"metric": "tax_revenue_cny", "extent": "during", "value": Decimal(9)},
        {"metric": "employees", "extent": "at", "value": Decimal(700), "unit": "count"},
        {"metric": "output_cny", "extent": "during", "town_id": "b"},
        {"metric": "tax_revenue_cny", "extent": "during", "evidence": "reported", "town_id": "c"},
    )
    found = published_claims(said)
    assert found.select("town_id", "tax_cny", "jobs").rows() == [
        ("a", Decimal(9), Decimal(700)),
        ("b", None, None),
    ]


@given(
    st.lists(
        st.tuples(
            st.one_of(st.none(), st.decimals(0, 10**12, places=2)),
            st.one_of(st.none(), st.integers(1, 10)),
        ),
        max_size=5,
    ),
    st.decimals(0, 1, places=4),
)
def test_flows_add_up_to_the_fen(
    rows: list[tuple[Decimal | None, int | None]], share: Decimal
) -> None:
    amounts, years = [row[0] for row in rows], [row[1] for row in rows]
    columns = flows(amounts, years, share)
    for place, (amount, n) in enumerate(rows):
        cells = [column[place] for column in columns.values()]
        if amount is None or n is None:
            assert all(cell is None for cell in cells)
        else:
            known = [cell for cell in cells if cell is not None]
            assert len(known) == len(cells)
            assert sum(known, start=Decimal(0)) == amount
            assert all(
                cell == 0
                for name, cell in zip(columns, cells, strict=True)
                if int(name.split("_")[2]) > n
            )
