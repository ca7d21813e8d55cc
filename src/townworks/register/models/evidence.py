"""Files that a record rests on."""

from django.db import models


class Evidence(models.Model):
    """A file kept by its content (SHA-256), attached to one record."""

    kind = models.CharField(max_length=30)
    record_id = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    media_type = models.CharField(max_length=100)
    size_bytes = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey("register.Account", models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        """Found by the record."""

        ordering = ("pk",)
        indexes = (models.Index(fields=("kind", "record_id"), name="evidence_record"),)

    def __str__(self) -> str:
        """Name the file."""
        return self.name
