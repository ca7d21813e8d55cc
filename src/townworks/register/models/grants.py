"""Policies granted: what was entitled, approved, committed, paid and clawed back."""

from django.db import models
from django.db.models import Q

from townworks.register.fields import Exact, FixedPointField
from townworks.register.models.base import Case

PAYERS = ("province", "prefecture", "county", "town")


class BudgetLine(models.Model):
    """What a payer may commit in a year; place_code: its division (a town's: the town)."""

    title = models.CharField(max_length=120)
    payer = models.CharField(max_length=12)
    place_code = models.CharField(max_length=6, blank=True)
    town = models.ForeignKey("register.Town", models.PROTECT, null=True, blank=True)
    year = models.PositiveIntegerField()
    unit = models.CharField(max_length=10, default="cny")
    amount = FixedPointField()

    class Meta:
        """Never negative."""

        ordering = ("year", "pk")
        constraints = (
            models.CheckConstraint(condition=Q(amount__gte=0), name="budget_not_negative"),
        )

    def __str__(self) -> str:
        """Name the line."""
        return self.title


class Grant(Case):
    """One instrument granted to one enterprise in a town, or to the town itself.

    entitled: what the rules say on `judged_on` (quantities in `unit`: cny, mu, m2 …), with the
    verdict's words, inputs, thresholds and source, so that it can be checked by hand later.
    """

    KIND = "grant"

    town = models.ForeignKey("register.Town", models.PROTECT)
    admission = models.ForeignKey("register.Admission", models.PROTECT, null=True, blank=True)
    rule_id = models.CharField(max_length=80)
    title_en = models.CharField(max_length=200)
    title_zh = models.CharField(max_length=200)
    payer = models.CharField(max_length=12)
    unit = models.CharField(max_length=10)
    period = models.CharField(max_length=6)
    year = models.PositiveIntegerField()
    judged_on = models.DateField()
    entitled = FixedPointField()
    ceiling = models.BooleanField(default=False)
    inputs = models.JSONField(default=dict)
    thresholds = models.JSONField(default=dict)
    sentence_en = models.TextField()
    sentence_zh = models.TextField()
    source = models.TextField()
    programme_sha256 = models.CharField(max_length=64)
    approved: Exact = FixedPointField(null=True, blank=True)
    budget_line = models.ForeignKey(BudgetLine, models.PROTECT, null=True, blank=True)
    paid = FixedPointField(default=0)
    clawed_back = FixedPointField(default=0)

    class Meta:
        """Once a rule, year and enterprise; nothing beyond what was approved."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("admission", "rule_id", "year"),
                condition=~Q(state__in=("refused", "withdrawn")),
                name="grant_once",
            ),
            models.CheckConstraint(condition=Q(paid__gte=0), name="grant_paid_not_negative"),
            models.CheckConstraint(
                condition=Q(approved__isnull=True) | Q(approved__lte=models.F("entitled")),
                name="grant_within_entitlement",
            ),
            models.CheckConstraint(
                condition=Q(paid=0) | Q(paid__lte=models.F("approved")),
                name="grant_within_approval",
            ),
            models.CheckConstraint(
                condition=Q(clawed_back__lte=models.F("paid")), name="grant_within_payment"
            ),
        )


class Payment(models.Model):
    """An instalment, or what was clawed back (kind "claw_back")."""

    grant = models.ForeignKey(Grant, models.PROTECT)
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=12, default="payment")
    amount = FixedPointField()
    paid_on = models.DateField()
    paid_by = models.ForeignKey("register.Account", models.PROTECT, related_name="+")

    class Meta:
        """Numbered within a grant; always above zero."""

        ordering = ("grant", "number")
        constraints = (
            models.UniqueConstraint(fields=("grant", "number"), name="payment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_positive"),
        )

    def __str__(self) -> str:
        """Name the instalment."""
        return f"{self.grant_id}/{self.number}"
