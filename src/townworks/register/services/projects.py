"""Investment projects of a town."""

from django.db import transaction

from townworks.register.audit import Act, write
from townworks.register.cases import unbroken
from townworks.register.models import Programme, Project
from townworks.register.permissions import answers_for
from townworks.register.refusals import NotAllowedError, Reason, RefusalError


def add_project(project: Project, act: Act) -> Project:
    """Add a project, by the town's office; raises `RefusalError` for days that cannot be."""
    if act.account.role != "town_office" or not answers_for(act.account, project):
        raise NotAllowedError([Reason("not_your_town")])
    reasons = []
    start = Programme.objects.get().starts_on
    if project.starts_on < start:
        values = {"day": project.starts_on, "start": start}
        reasons.append(Reason("before_programme", "starts_on", values))
    if project.ends_on is not None and project.ends_on < project.starts_on:
        values = {"start": project.starts_on, "end": project.ends_on}
        reasons.append(Reason("period_backwards", "ends_on", values))
    if reasons:
        raise RefusalError(reasons)
    with unbroken(), transaction.atomic():
        return write(project, act)
