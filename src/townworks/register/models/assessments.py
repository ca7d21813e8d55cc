"""The year's assessment of a town, objections, and what became of its status."""

from django.db import models
from django.db.models import Q

from townworks.register.fields import Exact, FixedPointField
from townworks.register.models.base import Case


class Assessment(Case):
    """One town, one year: submitted, verified, locked, graded, on notice, in force.

    figures: ids of the figures it was locked with; published: grades from sources, which came into
    the register with their source and went through no step here.
    """

    KIND = "assessment"

    town = models.ForeignKey("register.Town", models.PROTECT)
    year = models.PositiveIntegerField()
    on_list = models.CharField(max_length=12)
    grade = models.CharField(max_length=12, blank=True)
    score: Exact = FixedPointField(null=True, blank=True)
    rank = models.PositiveIntegerField(null=True, blank=True)
    figures = models.JSONField(default=list)
    notice_until = models.DateField(null=True, blank=True)
    published = models.BooleanField(default=False)
    source = models.TextField(blank=True)

    class Meta:
        """Once a town and year."""

        ordering = ("year", "pk")
        constraints = (models.UniqueConstraint(fields=("town", "year"), name="assessment_once"),)


class Objection(Case):
    """An objection to what is on notice: an assessment or an admission."""

    KIND = "objection"

    assessment = models.ForeignKey(Assessment, models.PROTECT, null=True, blank=True)
    admission = models.ForeignKey("register.Admission", models.PROTECT, null=True, blank=True)
    grounds = models.TextField()
    answer = models.TextField(blank=True)

    class Meta:
        """Against one thing."""

        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=Q(assessment__isnull=True, admission__isnull=False)
                | Q(assessment__isnull=False, admission__isnull=True),
                name="objection_to_one",
            ),
        )


class StatusAct(Case):
    """An act on a town's status that is no grade: named, moved to another list, withdrawn.

    Proposed by one person of the programme office, made effective by another.
    """

    KIND = "status_act"

    town = models.ForeignKey("register.Town", models.PROTECT)
    act = models.CharField(max_length=30)
    source = models.TextField()

    class Meta:
        """One proposal of a town at a time."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("town",), condition=Q(state="proposed"), name="status_act_once"
            ),
        )


class StatusChange(models.Model):
    """One change of a town's status, by the machine of `rules.status`; never altered."""

    town = models.ForeignKey("register.Town", models.PROTECT)
    origin = models.CharField(max_length=30)
    to = models.CharField(max_length=30)
    cause = models.CharField(max_length=30)
    on = models.DateField()
    year = models.PositiveIntegerField(null=True, blank=True)
    notice_ends = models.DateField(null=True, blank=True)
    objection_ends = models.DateField(null=True, blank=True)
    assessment = models.ForeignKey(Assessment, models.PROTECT, null=True, blank=True)
    recorded_at = models.DateTimeField()
    source = models.TextField(blank=True)

    class Meta:
        """In order of the days."""

        ordering = ("town", "on", "pk")

    def __str__(self) -> str:
        """Name the change."""
        return f"{self.town_id}: {self.origin} to {self.to}"
