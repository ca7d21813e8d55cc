"""Enterprises, their admission to a town, and the premises they sit in."""

from django.db import models
from django.db.models import F, Q

from townworks.register.fields import Exact, FixedPointField
from townworks.register.models.base import Case, Fact

ORIGINS = ("new", "relocated", "branch", "already_there")
PARTS = ("anchor", "member", "service")


class RegistryEntry(models.Model):
    """A row of an imported business registry: where a credit code is looked up."""

    credit_code = models.CharField(max_length=18, primary_key=True)
    name = models.CharField(max_length=200, db_index=True)
    registered_on = models.DateField(null=True, blank=True)
    capital_cny: Exact = FixedPointField(null=True, blank=True)
    county_code = models.CharField(max_length=6, blank=True)
    activity = models.TextField(blank=True)
    imported_from = models.CharField(max_length=200)

    def __str__(self) -> str:
        """Name the enterprise."""
        return self.name


class Enterprise(models.Model):
    """An enterprise, known by its unified social credit code (GB 32100).

    contact_name, contact_phone: personal, shown to its own account and the offices only.
    """

    credit_code = models.CharField(max_length=18, unique=True)
    name = models.CharField(max_length=200)
    registered_on = models.DateField(null=True, blank=True)
    capital_cny: Exact = FixedPointField(null=True, blank=True)
    county_code = models.CharField(max_length=6, blank=True)
    activity = models.TextField(blank=True)
    sector = models.CharField(max_length=40, blank=True)
    contact_name = models.CharField(max_length=60, blank=True)
    contact_phone = models.CharField(max_length=30, blank=True)
    source = models.TextField()
    practice = models.BooleanField(default=False)

    class Meta:
        """By name."""

        ordering = ("name", "pk")

    def __str__(self) -> str:
        """Name the enterprise."""
        return self.name


class Anchor(models.Model):
    """An enterprise that a source names as a town's anchor, without its credit code."""

    town = models.ForeignKey("register.Town", models.PROTECT)
    name_en = models.CharField(max_length=200)
    name_zh = models.CharField(max_length=200, blank=True)
    source = models.TextField()

    class Meta:
        """Once a town."""

        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("town", "name_en"), name="anchor_once"),)

    def __str__(self) -> str:
        """Name the anchor."""
        return self.name_en


class Admission(Case):
    """An enterprise's way into a town and out of it.

    origin: new, relocated (from where), a branch, or already there. part: anchor, member, service.
    admitted_on, left_on: when it was in the town. notice_until: last day of the public notice.
    """

    KIND = "admission"

    enterprise = models.ForeignKey(Enterprise, models.PROTECT)
    town = models.ForeignKey("register.Town", models.PROTECT)
    origin = models.CharField(max_length=20)
    relocated_from = models.CharField(max_length=120, blank=True)
    part = models.CharField(max_length=20, default="member")
    activity = models.TextField()
    area_wanted_m2: Exact = FixedPointField(null=True, blank=True)
    jobs_planned = models.PositiveIntegerField(null=True, blank=True)
    investment_planned_cny: Exact = FixedPointField(null=True, blank=True)
    notice_until = models.DateField(null=True, blank=True)
    admitted_on = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    source = models.TextField(blank=True)

    class Meta:
        """An enterprise is in a town, or on its way there, once."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("enterprise", "town"),
                condition=~Q(state__in=("left", "refused", "withdrawn")),
                name="admission_open_once",
            ),
            models.CheckConstraint(condition=Q(origin__in=ORIGINS), name="admission_origin"),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("admitted_on")),
                name="admission_order",
            ),
        )


class Premises(models.Model):
    """A building or part of one in a town, with the floor that can be let."""

    town = models.ForeignKey("register.Town", models.PROTECT)
    name = models.CharField(max_length=120)
    floor_area_m2 = FixedPointField()

    class Meta:
        """Once a town."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("town", "name"), name="premises_once"),
            models.CheckConstraint(condition=Q(floor_area_m2__gt=0), name="premises_area"),
        )

    def __str__(self) -> str:
        """Name the premises."""
        return self.name


class Occupancy(Fact):
    """How much of which premises an enterprise holds, and when."""

    premises = models.ForeignKey(Premises, models.PROTECT)
    admission = models.ForeignKey(Admission, models.PROTECT)
    area_m2 = FixedPointField()

    def __str__(self) -> str:
        """Name both sides."""
        return f"{self.admission_id} in {self.premises_id}"
