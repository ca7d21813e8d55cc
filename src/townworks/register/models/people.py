"""Accounts: one a person, with one role in one area."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

ROLES = (
    "programme_office",
    "prefecture_office",
    "county_office",
    "department",
    "town_office",
    "enterprise",
    "auditor",
    "system",
)
DEPARTMENTS = ("statistics", "tax", "finance", "natural_resources")
AREAS = {"prefecture_office": 4, "county_office": 6}
"""Digits of the division code that an office of a level answers for."""


class Account(AbstractBaseUser):
    """A person's account. `system` loads published records and cannot sign in.

    place_code: division code of an office or department (4 digits a prefecture, 6 a county, none
    the province). town: of a town's office. enterprise: of an enterprise.
    """

    username = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=30)
    department = models.CharField(max_length=30, blank=True)
    place_code = models.CharField(max_length=6, blank=True)
    town = models.ForeignKey("register.Town", models.PROTECT, null=True, blank=True)
    enterprise = models.ForeignKey("register.Enterprise", models.PROTECT, null=True, blank=True)
    language = models.CharField(max_length=5, default="zh")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]
    objects = BaseUserManager()

    class Meta:
        """A role has what it needs: a town its office, an enterprise its account."""

        ordering = ("username",)
        constraints = (
            models.CheckConstraint(condition=models.Q(role__in=ROLES), name="account_role"),
            models.CheckConstraint(
                condition=~models.Q(role="town_office") | models.Q(town__isnull=False),
                name="account_town",
            ),
            models.CheckConstraint(
                condition=~models.Q(role="enterprise") | models.Q(enterprise__isnull=False),
                name="account_enterprise",
            ),
            models.CheckConstraint(
                condition=~models.Q(role="department") | models.Q(department__in=DEPARTMENTS),
                name="account_department",
            ),
        )

    def __str__(self) -> str:
        """Name the person."""
        return self.name

    @property
    def title(self) -> str:
        """Role, with the department where there is one: "department:finance"."""
        return f"{self.role}:{self.department}" if self.department else self.role
