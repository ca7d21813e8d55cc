"""Partnerships between enterprises and agencies, and service contracts."""

from django.db import models

from townworks.register.fields import Exact, FixedPointField
from townworks.register.models.base import Case, Fact


class Partnership(Case):
    """What two do together; in force once both have confirmed.

    proposer and partner: enterprises; agency: the partner's name where it is no enterprise here
    (its confirmation is then recorded by the town's office). joint_projects: so far.
    """

    KIND = "partnership"

    town = models.ForeignKey("register.Town", models.PROTECT)
    proposer = models.ForeignKey("register.Enterprise", models.PROTECT, related_name="proposed")
    partner = models.ForeignKey(
        "register.Enterprise", models.PROTECT, null=True, blank=True, related_name="invited"
    )
    agency = models.CharField(max_length=120, blank=True)
    purpose = models.TextField()
    contract_value_cny: Exact = FixedPointField(null=True, blank=True)
    joint_projects = models.PositiveIntegerField(default=0)
    confirmed_on = models.DateField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)

    class Meta:
        """With an enterprise or with an agency, never with itself."""

        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(partner__isnull=False, agency="")
                | (models.Q(partner__isnull=True) & ~models.Q(agency="")),
                name="partnership_with_one",
            ),
            models.CheckConstraint(
                condition=~models.Q(partner=models.F("proposer")), name="partnership_with_another"
            ),
        )


class Contract(Fact):
    """A service contract of an enterprise with an agency; valid: its term."""

    town = models.ForeignKey("register.Town", models.PROTECT)
    enterprise = models.ForeignKey("register.Enterprise", models.PROTECT)
    agency = models.CharField(max_length=120)
    service = models.CharField(max_length=200)
    value_cny = FixedPointField()

    class Meta:
        """Never negative."""

        ordering = ("pk",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(value_cny__gte=0), name="contract_not_negative"
            ),
        )

    def __str__(self) -> str:
        """Name the service."""
        return self.service
