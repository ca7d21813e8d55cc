"""Registry files that were brought in, and how far: progress that outlives the process."""

from django.db import models
from django.db.models import Q

STATES = ("paused", "running", "done", "failed")


class RegistryImport(models.Model):
    """A registry file on its way into `RegistryEntry`; it is known by its content (sha256).

    as_of, version: the day and program that it is read with; both decide what is rejected, so a
    file that is gone on with is read with the same. rows_total: rows of the file, 0 while they
    are being counted. Every row is rejected, merged (its credit code came before in the file),
    without a code, new, changed, or the same as it was. holder: the process at work ("": none);
    heartbeat_at: when it last said so. message: why it stopped.
    """

    file_name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size_bytes = models.PositiveBigIntegerField()
    as_of = models.DateField()
    version = models.CharField(max_length=40)
    rows_total = models.PositiveBigIntegerField(default=0)
    rows_rejected = models.PositiveBigIntegerField(default=0)
    rows_merged = models.PositiveBigIntegerField(default=0)
    rows_without_code = models.PositiveBigIntegerField(default=0)
    rows_new = models.PositiveBigIntegerField(default=0)
    rows_changed = models.PositiveBigIntegerField(default=0)
    rows_same = models.PositiveBigIntegerField(default=0)
    state = models.CharField(max_length=10, default="paused")
    by = models.ForeignKey("register.Account", models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    holder = models.CharField(max_length=120, blank=True)
    message = models.TextField(blank=True)

    class Meta:
        """Oldest first; one at a time, whatever the processes: the database sees to it."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("state",), condition=Q(state="running"), name="registry_import_one_runs"
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="registry_import_state"),
        )

    def __str__(self) -> str:
        """Name the file and how far it is."""
        return f"{self.file_name}: {self.rows_done} of {self.rows_total} rows ({self.state})"

    @property
    def rows_written(self) -> int:
        """Rows with a credit code of their own, each now an entry: where work goes on from."""
        return self.rows_new + self.rows_changed + self.rows_same

    @property
    def rows_done(self) -> int:
        """Rows of the file that something has become of."""
        beside = self.rows_rejected + self.rows_merged + self.rows_without_code
        return self.rows_written + beside
