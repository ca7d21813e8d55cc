"""Towns, where they lie, and the counties' applications for them."""

from django.db import models
from django.db.models import Q

from townworks.register.fields import Exact, FixedPointField
from townworks.register.models.base import Case


class Programme(models.Model):
    """What the register is of: one row, loaded from a programme's folder.

    name: the shipped programme's name, or the folder's path. machine: text of its `status.toml`.
    practice_day: day that a practice register stands at (None: a register in earnest).
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    name = models.TextField()
    title_en = models.CharField(max_length=120)
    title_zh = models.CharField(max_length=120)
    authority_en = models.CharField(max_length=120)
    authority_zh = models.CharField(max_length=120)
    starts_on = models.DateField()
    division = models.CharField(max_length=6)
    currency = models.CharField(max_length=3)
    sectors = models.JSONField()
    towns_target = models.PositiveIntegerField(null=True, blank=True)
    investment_target_cny: Exact = FixedPointField(null=True, blank=True)
    target_from = models.DateField(null=True, blank=True)
    target_to = models.DateField(null=True, blank=True)
    area_most_km2: Exact = FixedPointField(null=True, blank=True, places=6)
    machine = models.TextField()
    sha256 = models.CharField(max_length=64)
    practice_day = models.DateField(null=True, blank=True)

    class Meta:
        """One row only."""

        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="programme_once"),)

    def __str__(self) -> str:
        """Name the programme."""
        return f"{self.title_zh} {self.title_en}"


class Town(models.Model):
    """A town: one industry, one county that answers for it. `practice`: invented, for trying out.

    Its status on a day is the last `StatusChange` until then.
    """

    town_id = models.SlugField(max_length=60, primary_key=True)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=120)
    name_en_source = models.TextField(blank=True)
    prefecture_zh = models.CharField(max_length=30)
    prefecture_en = models.CharField(max_length=60)
    county_zh = models.CharField(max_length=30, blank=True)
    county_en = models.CharField(max_length=60, blank=True)
    county_code = models.CharField(max_length=6, blank=True)
    batch = models.CharField(max_length=12, blank=True)
    listed_on = models.DateField(null=True, blank=True)
    sector = models.CharField(max_length=40)
    sector_source = models.TextField(blank=True)
    industry_zh = models.CharField(max_length=60)
    industry_en = models.CharField(max_length=120)
    planned_area_km2: Exact = FixedPointField(null=True, blank=True, places=6)
    source = models.TextField()
    practice = models.BooleanField(default=False)

    class Meta:
        """By their name."""

        ordering = ("town_id",)

    def __str__(self) -> str:
        """Name the town."""
        return f"{self.name_zh} {self.name_en}"


class Boundary(Case):
    """A town's boundary, proposed and approved; the one in force has no `valid_to`.

    geojson: a polygon in WGS 84 (RFC 7946). area_km2: geodesic, holes taken off.
    """

    KIND = "boundary"

    town = models.ForeignKey(Town, models.PROTECT)
    geojson = models.TextField()
    area_km2 = FixedPointField(places=6)
    datum_given = models.CharField(max_length=10, default="wgs84")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.TextField()

    class Meta:
        """One boundary of a town is in force."""

        constraints = (
            models.UniqueConstraint(
                fields=("town",),
                condition=Q(state="approved", valid_to__isnull=True),
                name="boundary_in_force_once",
            ),
        )


class TownApplication(Case):
    """A county's application for a town: what, where, by whom built, how supported.

    Refused and withdrawn ones stay, with score and reasons: they are who a programme is compared
    with later.
    """

    KIND = "town_application"

    county_code = models.CharField(max_length=6)
    county_zh = models.CharField(max_length=30)
    name_zh = models.CharField(max_length=60)
    name_en = models.CharField(max_length=120)
    sector = models.CharField(max_length=40)
    industry_zh = models.CharField(max_length=60)
    industry_en = models.CharField(max_length=120)
    planned_area_km2 = FixedPointField(places=6)
    planned_investment_cny = FixedPointField()
    builder = models.CharField(max_length=120)
    concept_plan = models.TextField()
    yearly_plan = models.JSONField(default=list)
    support_measures = models.TextField()
    score: Exact = FixedPointField(null=True, blank=True)
    town = models.OneToOneField(Town, models.PROTECT, null=True, blank=True)

    class Meta:
        """Newest last."""

        ordering = ("pk",)
