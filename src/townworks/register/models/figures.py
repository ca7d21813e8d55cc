"""Figures and investment, each with its level of evidence and its source."""

from django.db import models

from townworks.register.fields import DecimalTextField, FixedPointField
from townworks.register.models.base import Fact

LADDER = ("planned", "reported", "verified", "audited")
"""Levels of evidence of what towns report, the weakest first."""
EVIDENCE = ("planned", "target", "estimated", "reported", "verified", "audited")


class Figure(Fact):
    """A figure with its scope, as in table `schema.programme.Figure`; valid: its period."""

    town = models.ForeignKey("register.Town", models.PROTECT, null=True, blank=True)
    metric = models.CharField(max_length=80)
    value = DecimalTextField()
    unit = models.CharField(max_length=30)
    bound = models.CharField(max_length=10, default="exact")
    geography = models.CharField(max_length=20, default="town")
    geography_name = models.CharField(max_length=120, blank=True)
    population = models.CharField(max_length=80, default="all")
    extent = models.CharField(max_length=12)
    period = models.CharField(max_length=40, blank=True)
    evidence = models.CharField(max_length=12)
    contradicts = models.BooleanField(default=False)
    basis = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="raised")

    class Meta:
        """Looked up by town and metric."""

        ordering = ("pk",)
        indexes = (models.Index(fields=("town", "metric"), name="figure_town_metric"),)

    def __str__(self) -> str:
        """Name metric and value."""
        return f"{self.metric} {self.value} {self.unit}"


class Project(models.Model):
    """An investment project in a town; featured: in the town's one industry.

    withdrawn: it came with an import that was undone, and counts for nothing.
    """

    town = models.ForeignKey("register.Town", models.PROTECT)
    name = models.CharField(max_length=120)
    enterprise = models.ForeignKey("register.Enterprise", models.PROTECT, null=True, blank=True)
    featured = models.BooleanField(default=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    withdrawn = models.BooleanField(default=False)

    class Meta:
        """Once a town."""

        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("town", "name"), name="project_once"),)

    def __str__(self) -> str:
        """Name the project."""
        return self.name


class Investment(Fact):
    """Fixed-asset investment of a project in a quarter, at one level of evidence.

    valid_from, valid_to: the quarter. basis: what was reported, for a figure that verifies it.
    """

    project = models.ForeignKey(Project, models.PROTECT)
    quarter = models.CharField(max_length=6)
    evidence = models.CharField(max_length=12)
    amount_cny = FixedPointField()
    basis = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="raised")

    class Meta:
        """One belief a project, quarter and level."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("project", "quarter", "evidence"),
                condition=models.Q(superseded_at__isnull=True),
                name="investment_once",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_cny__gte=0), name="investment_not_negative"
            ),
        )

    def __str__(self) -> str:
        """Name project and quarter."""
        return f"{self.project_id} {self.quarter} {self.evidence}"
