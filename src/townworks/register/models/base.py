"""What records have in common: matters that take steps, and facts that hold for a time.

Two times are kept apart everywhere. *When it holds* is `on`, `valid_from` and `valid_to`; *when it
was written down* is `recorded_at`. What was once recorded stays: a correction supersedes a fact,
and a step is never taken back, only followed by another.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.db import models
from django.db.models import Q

if TYPE_CHECKING:
    from townworks.register.models.people import Account


class Case(models.Model):
    """A matter with a state: an application, a grant, an assessment.

    `version` grows by one with every change, so that whoever decides on what has changed since
    they looked is told. States and steps are those of `definitions/processes.toml`.
    """

    KIND: ClassVar[str]

    state = models.CharField(max_length=30)
    state_since = models.DateField()
    opened_on = models.DateField()
    opened_by = models.ForeignKey(
        "register.Account", models.PROTECT, null=True, blank=True, related_name="+"
    )
    version = models.PositiveIntegerField(default=0)

    class Meta:
        """Abstract: each kind of matter has its own table."""

        abstract = True

    def __str__(self) -> str:
        """Name kind, number and state."""
        return f"{self.KIND} {self.pk} ({self.state})"


M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class Step(models.Model):
    """One step of a matter: from which state to which, on which day, by whom and why."""

    kind = models.CharField(max_length=30)
    case_id = models.CharField(max_length=60)
    number = models.PositiveIntegerField()
    step = models.CharField(max_length=30)
    origin = models.CharField(max_length=30)
    to = models.CharField(max_length=30)
    on = models.DateField()
    recorded_at = models.DateTimeField()
    account = models.ForeignKey("register.Account", models.PROTECT, related_name="+")
    reason = models.TextField(blank=True)

    class Meta:
        """One step of a number a matter; read in order."""

        ordering = ("kind", "case_id", "number")
        constraints = (
            models.UniqueConstraint(fields=("kind", "case_id", "number"), name="step_once"),
        )

    def __str__(self) -> str:
        """Name the step."""
        return f"{self.kind} {self.case_id}: {self.step}"


class FactQuerySet(models.QuerySet[M_co]):
    """Facts by when they hold and by when they were known."""

    def known(self, at: datetime | None = None) -> Self:
        """Keep what was believed at a moment; None: now."""
        if at is None:
            return self.filter(superseded_at__isnull=True)
        later = Q(superseded_at__isnull=True) | Q(superseded_at__gt=at)
        return self.filter(later, recorded_at__lte=at)

    def as_of(self, day: date, at: datetime | None = None) -> Self:
        """Keep what holds on a day, as believed at a moment (None: now)."""
        lasting = Q(valid_to__isnull=True) | Q(valid_to__gte=day)
        starting = Q(valid_from__isnull=True) | Q(valid_from__lte=day)
        return self.known(at).filter(starting, lasting)


class Fact(models.Model):
    """Something that holds from a day to a day (both included; None: open), and its source."""

    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField()
    superseded_at = models.DateTimeField(null=True, blank=True)
    recorded_by = models.ForeignKey("register.Account", models.PROTECT, related_name="+")
    source = models.TextField()

    objects = FactQuerySet.as_manager()

    class Meta:
        """Abstract; a fact does not end before it begins."""

        abstract = True

    @property
    def is_current(self) -> bool:
        """Whether nothing has corrected it."""
        return self.superseded_at is None

    def by(self, account: "Account") -> bool:
        """Whether this account recorded it."""
        return self.recorded_by == account
