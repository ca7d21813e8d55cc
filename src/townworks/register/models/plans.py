"""Plans: which towns were decided on, with how much in which year; one is in force at a time."""

from django.db import models
from django.db.models import Q

from townworks.register.fields import Exact, FixedPointField
from townworks.register.models.base import Fact


class Plan(Fact):
    """A plan that the programme's office put into force; valid: from when until when it held.

    The one in force has no `valid_to`; a newer one ends it the day before it begins itself. It is
    known by what its two files held (sha256). made_on: when it was computed, if its record says so.
    towns_asked, investment_target_cny: what was asked of it. summary: the plan in a few numbers
    (`schema.plans.PlanSummary`), empty where no record came with it.
    """

    programme = models.ForeignKey("register.Programme", models.PROTECT)
    title = models.CharField(max_length=120, blank=True)
    made_on = models.DateField(null=True, blank=True)
    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    years_sha256 = models.CharField(max_length=64)
    first_year = models.PositiveIntegerField()
    years = models.PositiveIntegerField()
    towns_asked = models.PositiveIntegerField(null=True, blank=True)
    investment_target_cny: Exact = FixedPointField(null=True, blank=True)
    summary = models.JSONField(default=dict)

    class Meta:
        """In the order of their coming; one in force, whatever the processes."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("programme",),
                condition=Q(valid_to__isnull=True, superseded_at__isnull=True),
                name="plan_in_force_once",
            ),
        )

    def __str__(self) -> str:
        """Name it by its title, else by its years."""
        return self.title or f"{self.first_year}–{self.last_year}"

    @property
    def last_year(self) -> int:
        """Last calendar year in which a town of it may start."""
        return self.first_year + self.years - 1


class PlanLine(models.Model):
    """What a plan decided of one candidate, and why; a refused one has no start_year.

    Amounts are those of all its years. value_cny: expected worth a year. inclusion: share of
    scenarios whose best plan holds it. evidence: what the registry says of it. town: what it became
    in this register, known when the plan was loaded or said by the office later.
    """

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="lines")
    candidate_id = models.TextField()
    name = models.TextField()
    name_en = models.TextField(blank=True)
    prefecture = models.TextField(blank=True)
    county_code = models.CharField(max_length=6, blank=True)
    county = models.TextField(blank=True)
    sector = models.TextField()
    industry = models.TextField()
    origin = models.CharField(max_length=20)
    lon: Exact = FixedPointField(null=True, blank=True, places=6)
    lat: Exact = FixedPointField(null=True, blank=True, places=6)
    evidence = models.CharField(max_length=20)
    chosen = models.BooleanField()
    start_year = models.PositiveIntegerField(null=True, blank=True)
    investment_cny = FixedPointField()
    public_investment_cny = FixedPointField()
    fiscal_return_cny = FixedPointField()
    land_mu = FixedPointField()
    value_cny = FixedPointField()
    inclusion = FixedPointField(places=4)
    reason = models.CharField(max_length=20)
    reason_en = models.TextField()
    reason_zh = models.TextField()
    town = models.ForeignKey("register.Town", models.PROTECT, null=True, blank=True)

    class Meta:
        """A candidate once; chosen is who has a year; a town is one candidate's."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("plan", "candidate_id"), name="plan_line_once"),
            models.UniqueConstraint(
                fields=("plan", "town"), condition=Q(town__isnull=False), name="plan_line_town_once"
            ),
            models.CheckConstraint(
                condition=Q(chosen=True, start_year__isnull=False)
                | Q(chosen=False, start_year__isnull=True),
                name="plan_line_start",
            ),
        )

    def __str__(self) -> str:
        """Name the candidate."""
        return self.name

    @property
    def name_zh(self) -> str:
        """Name as its applicant writes it: what stands where no other language has one."""
        return self.name


class PlannedInvestment(models.Model):
    """What a chosen town is planned to invest and to receive in a calendar year."""

    line = models.ForeignKey(PlanLine, models.PROTECT, related_name="amounts")
    year = models.PositiveIntegerField()
    private_investment_cny = FixedPointField()
    public_investment_cny = FixedPointField()
    fiscal_return_cny = FixedPointField()
    land_mu = FixedPointField()

    class Meta:
        """Once a line and year."""

        ordering = ("line", "year")
        constraints = (
            models.UniqueConstraint(fields=("line", "year"), name="planned_investment_once"),
        )

    def __str__(self) -> str:
        """Name line and year."""
        return f"{self.line_id} {self.year}"
