"""What the register holds of the towns that something arrives for, read once."""

from collections.abc import Collection
from datetime import date
from functools import cached_property

from townworks.register.models import (
    Account,
    Admission,
    Enterprise,
    Figure,
    Investment,
    Project,
    RegistryEntry,
    Return,
    Town,
)
from townworks.register.permissions import answers_for

FINAL = ("left", "refused", "withdrawn")


class Known:
    """Records by what they are known by; each table is read when it is first asked for.

    What is added while an import is applied is put in here too, so that a second row finds it.
    """

    def __init__(self, account: Account, today: date, towns: Collection[str]) -> None:
        """Take who brings something in, the register's day, and the towns concerned."""
        self.account, self.today, self.town_ids = account, today, set(towns)

    @cached_property
    def towns(self) -> dict[str, Town]:
        """Every town by its id."""
        return {town.pk: town for town in Town.objects.all()}

    @cached_property
    def own(self) -> set[str]:
        """Towns that the account may bring something in for."""
        return {pk for pk, town in self.towns.items() if answers_for(self.account, town)}

    @cached_property
    def projects(self) -> dict[tuple[str, str], Project]:
        """Projects by town and name."""
        rows = Project.objects.filter(town__in=self.town_ids)
        return {(row.town_id, row.name): row for row in rows}

    @cached_property
    def investments(self) -> dict[tuple[int, str], Investment]:
        """What was reported of each project and quarter."""
        rows = Investment.objects.filter(
            project__town__in=self.town_ids, evidence="reported"
        ).known()
        return {(row.project_id, row.quarter): row for row in rows}

    @cached_property
    def raised(self) -> set[tuple[str, int]]:
        """Kind and key of facts that a higher level of evidence rests on."""
        found: set[tuple[str, int]] = set()
        for kind, model in (("figure", Figure), ("investment", Investment)):
            rows = model._default_manager.filter(  # noqa: SLF001 (Django's documented API)
                basis__isnull=False, superseded_at__isnull=True
            )
            found |= {(kind, key) for key in rows.values_list("basis_id", flat=True) if key}
        return found

    @cached_property
    def figures(self) -> dict[tuple[str, str, str, str], Figure]:
        """Figures of the town itself by town, metric, period and level of evidence."""
        rows = Figure.objects.filter(
            town__in=self.town_ids, geography="town", population="all"
        ).known()
        rows = rows.filter(evidence__in=("reported", "target"))
        return {(r.town_id or "", r.metric, r.period, r.evidence): r for r in rows.order_by("pk")}

    @cached_property
    def enterprises(self) -> dict[str, Enterprise]:
        """Enterprises of the register by their credit code."""
        return {row.credit_code: row for row in Enterprise.objects.all()}

    @cached_property
    def admissions(self) -> dict[tuple[str, str], Admission]:
        """Admissions under way or in force, by town and credit code."""
        rows = Admission.objects.filter(town__in=self.town_ids).exclude(state__in=FINAL)
        return {(r.town_id, r.enterprise.credit_code): r for r in rows.select_related("enterprise")}

    @cached_property
    def locked(self) -> set[tuple[str, str]]:
        """Town and quarter of returns that are verified or locked."""
        rows = Return.objects.filter(town__in=self.town_ids, state__in=("verified", "locked"))
        return set(rows.values_list("town_id", "quarter"))

    def registry(self, code: str) -> RegistryEntry | None:
        """Look an enterprise up in the imported registry."""
        return RegistryEntry.objects.filter(credit_code=code).first()
