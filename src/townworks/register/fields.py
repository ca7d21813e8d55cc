"""Exact numbers in columns: neither database rounds them, and none goes through a float."""

from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

if TYPE_CHECKING:
    from django.db.models import CharField as TextBase
    from django.db.models import Field as Base
    from typing_extensions import TypeVar

    _ST_contra = TypeVar("_ST_contra", contravariant=True, default=Decimal | int | str)
    _GT_co = TypeVar("_GT_co", covariant=True, default=Decimal)
else:
    _ST_contra = _GT_co = None

    class Base(models.Field):
        """A field that may be written with its types in brackets."""

        def __class_getitem__(cls, _: object) -> type:
            """Take the types; they are for the type checker."""
            return cls

    class TextBase(models.CharField):
        """The same of a text field."""

        def __class_getitem__(cls, _: object) -> type:
            """Take the types; they are for the type checker."""
            return cls


LARGEST = 2**63 - 1
UNROUNDED = Context(prec=60, traps=[Inexact, InvalidOperation, Overflow])
"""Arithmetic that raises where the usual one rounds to 28 digits; no number of ours has 60."""


def exact(value: object) -> Decimal:
    """Decimal of a number or text; raises `ValidationError` for what is none.

    >>> exact("1200.50")
    Decimal('1200.50')
    """
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        raise ValidationError(f"{value!r} is no number.", code="invalid") from None
    if not found.is_finite():
        raise ValidationError(f"{value!r} is no number.", code="invalid")
    return found


class FixedPointField(Base[_ST_contra, _GT_co]):
    """A decimal with `places` digits after the point, stored as a whole number of them.

    Money in yuan with two places is stored as fen. Values with more places, or beyond 64 bits, are
    refused, never rounded. (SQLite has no exact decimals: Django's own field is a float there.)
    """

    _pyi_private_set_type: Decimal | int | str
    _pyi_private_get_type: Decimal

    def __init__(self, *args: Any, places: int = 2, **kwargs: Any) -> None:
        """Take the number of places beside what every field takes."""
        self.places = places
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Say how the field is made, for migrations."""
        name, path, args, kwargs = super().deconstruct()
        return name, path, args, {**kwargs, "places": self.places}

    def get_internal_type(self) -> str:
        """Be a whole number in the database."""
        return "BigIntegerField"

    def from_db_value(self, value: int | None, *_: object) -> Decimal | None:
        """Turn the stored number into a decimal; sums come this way as well."""
        return None if value is None else UNROUNDED.scaleb(Decimal(value), -self.places)

    def to_python(self, value: Any) -> Decimal | None:
        """Read a number or text."""
        return None if value is None or value == "" else exact(value)

    def get_prep_value(self, value: Any) -> int | None:
        """Return the whole number that is stored."""
        found = self.to_python(value)
        if found is None:
            return None
        if found.adjusted() > len(str(LARGEST)):
            raise ValidationError(f"{found:.3g} is too large.", code="large")
        try:
            scaled = UNROUNDED.scaleb(found, self.places)
            whole = UNROUNDED.quantize(scaled, 1)
        except DecimalException:
            raise ValidationError(
                f"{found} has more than {self.places} places.", code="places"
            ) from None
        if abs(whole) > LARGEST:
            raise ValidationError(f"{found} is too large.", code="large")
        return int(whole)

    def formfield(self, *_: Any, **kwargs: Any) -> Any:
        """Return a decimal form field with as many places."""
        digits = len(str(LARGEST)) - 1
        defaults = {"form_class": forms.DecimalField, "decimal_places": self.places}
        return super().formfield(**{**defaults, "max_digits": digits, **kwargs})


Exact = FixedPointField["Decimal | int | str | None", "Decimal | None"]
"""A fixed-point column that may be empty."""


class DecimalTextField(TextBase[_ST_contra, _GT_co]):
    """A decimal kept as its text: published figures keep every digit they have; never summed."""

    _pyi_private_set_type: Decimal | int | str  # type: ignore[assignment]
    _pyi_private_get_type: Decimal  # type: ignore[assignment]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take what a text field takes; 40 characters hold every figure there is."""
        super().__init__(*args, **{"max_length": 40, **kwargs})
        self.most = self.max_length or 0

    def from_db_value(self, value: str | None, *_: object) -> Decimal | None:
        """Return the decimal."""
        return None if value is None else Decimal(value)

    def to_python(self, value: Any) -> Decimal | None:
        """Read a number or text."""
        return None if value is None or value == "" else exact(value)

    def get_prep_value(self, value: Any) -> str | None:
        """Write plain digits, no exponent; refused where they do not fit."""
        found = self.to_python(value)
        if found is None:
            return None
        if abs(found.adjusted()) > self.most or len(text := format(found, "f")) > self.most:
            raise ValidationError(f"{found:.3g} has too many digits.", code="large")
        return text
