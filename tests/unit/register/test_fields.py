"""What goes in comes out, to the last fen; what does not fit is refused, never rounded."""

from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F, Sum
from hypothesis import given
from hypothesis import strategies as st

from townworks.register.fields import LARGEST, DecimalTextField, FixedPointField, exact
from townworks.register.models import Account, BudgetLine, Figure, Town

MONEY, AREA = FixedPointField(places=2), FixedPointField(places=6)
BILLIONS = Decimal("500000000000.01")

fen = st.integers(-LARGEST, LARGEST).map(lambda whole: Decimal(whole).scaleb(-2))
figures = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)


def lines(amounts: Iterable[Decimal]) -> list[int]:
    made = [
        BudgetLine(title="test", payer="county", year=2050, amount=amount) for amount in amounts
    ]
    return [line.pk for line in BudgetLine.objects.bulk_create(made)]


@pytest.mark.django_db
@given(fen.map(abs))
def test_money_comes_back_as_it_went_in(amount: Decimal) -> None:
    (key,) = lines([amount])
    assert BudgetLine.objects.get(pk=key).amount == amount
    assert BudgetLine.objects.get(amount=amount, pk=key).pk == key
    with connection.cursor() as cursor:
        cursor.execute("SELECT amount FROM register_budgetline WHERE id = %s", [key])
        assert cursor.fetchone() == (int(amount * 100),)


@given(fen)
def test_the_stored_number_is_the_whole_of_it(amount: Decimal) -> None:
    stored = MONEY.get_prep_value(amount)
    assert isinstance(stored, int)
    assert MONEY.from_db_value(stored) == amount


@pytest.mark.django_db
def test_sums_of_fen_are_exact_at_500_billion() -> None:
    keys = lines([BILLIONS] * 100 + [Decimal("0.01")] * 7)
    total = BudgetLine.objects.filter(pk__in=keys).aggregate(sum=Sum("amount"))["sum"]
    assert total == 100 * BILLIONS + 7 * Decimal("0.01") == Decimal("50000000000001.07")


@pytest.mark.django_db
@given(st.lists(fen.map(lambda amount: abs(amount) / 1_000), min_size=1, max_size=20))
def test_sums_are_those_of_decimals(amounts: list[Decimal]) -> None:
    whole = [amount.quantize(Decimal("0.01")) for amount in amounts]
    rows = BudgetLine.objects.filter(pk__in=lines(whole))
    assert rows.aggregate(sum=Sum("amount"))["sum"] == sum(whole)


@pytest.mark.django_db
def test_money_is_compared_and_added_to_as_money() -> None:
    (key,) = lines([BILLIONS])
    line = BudgetLine.objects.filter(pk=key)
    assert line.filter(amount__gt=BILLIONS - Decimal("0.01")).exists()
    assert not line.filter(amount__gt=BILLIONS).exists()
    assert line.filter(amount__lt="500000000000.02").exists()
    line.update(amount=F("amount") + F("amount"))
    assert line.get().amount == 2 * BILLIONS
    assert line.get().amount.as_tuple().exponent == -2


@given(st.integers(-LARGEST, LARGEST), st.integers(3, 60))
def test_too_many_places_are_refused_and_never_rounded(whole: int, places: int) -> None:
    amount = Decimal(f"{whole}.{'0' * (places - 1)}1")
    with pytest.raises(ValidationError, match=r"more than 2 places|too large"):
        MONEY.get_prep_value(amount)


@pytest.mark.parametrize(
    "value", ["92233720368547758.08", "-92233720368547758.08", "1e17", "1e999999", "1" * 60]
)
def test_what_does_not_fit_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="too large"):
        MONEY.get_prep_value(value)


@pytest.mark.parametrize("value", ["", "twelve", "NaN", "Infinity", "-inf", "1,000", "1e", True])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(ValidationError, match="is no number"):
        exact(value)


def test_places_are_the_fields_own() -> None:
    assert AREA.get_prep_value("3.000001") == 3_000_001
    assert MONEY.get_prep_value("3.10000000000000000000000000000000000000") == 310
    assert MONEY.get_prep_value("") is None is MONEY.from_db_value(None)
    assert AREA.deconstruct()[3]["places"] == 6
    form = MONEY.formfield()
    assert form.clean("500000000000.01") == BILLIONS
    with pytest.raises(ValidationError):
        form.clean("1.001")


@pytest.mark.django_db
@given(figures)
def test_published_figures_keep_every_digit(value: Decimal) -> None:
    text = DecimalTextField().get_prep_value(value) if len(f"{value:f}") <= 40 else None
    if text is None:
        with pytest.raises(ValidationError, match="too many digits"):
            DecimalTextField().get_prep_value(value)
        return
    figure = Figure.objects.create(
        town=Town.objects.first(),
        recorded_by=Account.objects.all()[0],
        recorded_at=datetime(2016, 6, 1, tzinfo=UTC),
        metric="test",
        value=value,
    )
    held = Figure.objects.get(pk=figure.pk).value
    assert held == value
    assert f"{held:f}" == f"{value:f}" == text


@pytest.mark.parametrize("value", ["1e40", "1e-39", "1e999999", "1." + "1" * 40])
def test_a_figure_that_no_column_holds_is_refused(value: str) -> None:
    with pytest.raises(ValidationError, match="too many digits"):
        DecimalTextField().get_prep_value(value)
