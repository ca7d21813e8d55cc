"""Returns of towns, the files they came in, and what the towns were asked about them."""

from typing import TYPE_CHECKING

from django.db import models

from townworks.register.fields import DecimalTextField
from townworks.register.models.base import Case

if TYPE_CHECKING:
    from decimal import Decimal


class Return(Case):
    """What a town hands in for a quarter: due, submitted, verified, locked.

    Its figures and investment are facts of their own; the return says how far they have come.
    """

    KIND = "return"

    town = models.ForeignKey("register.Town", models.PROTECT)
    quarter = models.CharField(max_length=6)
    due_on = models.DateField()
    submitted_on = models.DateField(null=True, blank=True)

    class Meta:
        """Once a town and quarter."""

        ordering = ("quarter", "town_id")
        constraints = (models.UniqueConstraint(fields=("town", "quarter"), name="return_once"),)


class Import(Case):
    """Files brought in together: looked at first, then applied whole, and undone whole.

    files: name, sha256 and size_bytes of each, kept by content like evidence. town: whose they are;
    none: of several towns. accepted: what was decided about findings, as [file, sheet, cell,
    check, choice]. counts: what was read and written.
    """

    KIND = "import"

    town = models.ForeignKey("register.Town", models.PROTECT, null=True, blank=True)
    quarter = models.CharField(max_length=6, blank=True)
    files = models.JSONField(default=list)
    accepted = models.JSONField(default=list)
    counts = models.JSONField(default=dict)

    class Meta:
        """Newest last."""

        ordering = ("pk",)


class Query(Case):
    """What a town is asked about one value of a return, and what it answers.

    The value is named by form, subject (project, credit code; "" the town) and field; file, sheet
    and cell say where it stood. corrected: what the town says it should be.
    """

    KIND = "query"

    town_return = models.ForeignKey(Return, models.PROTECT)
    form = models.CharField(max_length=30)
    subject = models.CharField(max_length=200, blank=True)
    field = models.CharField(max_length=80)
    file = models.CharField(max_length=200)
    sheet = models.CharField(max_length=100, blank=True)
    cell = models.CharField(max_length=12, blank=True)
    written = models.CharField(max_length=200, blank=True)
    check_id = models.CharField(max_length=60, blank=True)
    question_en = models.TextField()
    question_zh = models.TextField()
    reply = models.TextField(blank=True)
    corrected: "DecimalTextField[Decimal | int | str | None, Decimal | None]" = DecimalTextField(
        null=True, blank=True
    )

    class Meta:
        """Oldest first."""

        ordering = ("pk",)


class Heading(models.Model):
    """How a town's workbooks name a column: remembered when somebody said what it means."""

    town = models.ForeignKey("register.Town", models.PROTECT)
    form = models.CharField(max_length=30)
    heading = models.CharField(max_length=200)
    field = models.CharField(max_length=80)

    class Meta:
        """One meaning of a heading in a form of a town."""

        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("town", "form", "heading"), name="heading_once"),
        )

    def __str__(self) -> str:
        """Name both sides."""
        return f"{self.heading} → {self.field}"
