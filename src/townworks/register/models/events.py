"""The audit: events in a chain, append-only, and its head."""

from django.db import models


class Event(models.Model):
    """Who did what to which record, when and why, with the record before and after.

    `seq` counts from 1 without a gap. `before` and `after` are JSON texts (empty: there was none).
    The database refuses to change or delete a row (triggers of migration 0002).
    """

    seq = models.BigIntegerField(primary_key=True)
    recorded_at = models.DateTimeField(db_index=True)
    on = models.DateField()
    account = models.CharField(max_length=60)
    role = models.CharField(max_length=60)
    action = models.CharField(max_length=60)
    kind = models.CharField(max_length=30)
    record_id = models.CharField(max_length=60)
    reason = models.TextField(blank=True)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    prev_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64, unique=True)

    class Meta:
        """Looked up by record."""

        ordering = ("seq",)
        indexes = (models.Index(fields=("kind", "record_id"), name="event_record"),)

    def __str__(self) -> str:
        """Name the event."""
        return f"{self.seq} {self.action} {self.kind} {self.record_id}"


class Head(models.Model):
    """The chain's last event: one row, locked by whoever appends the next."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    seq = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    class Meta:
        """One row only."""

        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="head_once"),)

    def __str__(self) -> str:
        """Name number and hash."""
        return f"{self.seq} {self.hash}"
