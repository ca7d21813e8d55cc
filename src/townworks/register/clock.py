"""The register's day: the calendar's, or the one a practice register stands at."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings

from townworks.register.audit import Act, write
from townworks.register.models import Account, Programme
from townworks.register.refusals import refuse


def today() -> date:
    """Day of the register: a practice register's own, else the calendar's in its time zone."""
    stands_at = Programme.objects.values_list("practice_day", flat=True).first()
    return stands_at or datetime.now(ZoneInfo(settings.TIME_ZONE)).date()


def move_to(day: date, account: Account) -> None:
    """Move a practice register's calendar on; never back, and never in a register in earnest."""
    programme = Programme.objects.get()
    if programme.practice_day is None:
        raise refuse("no_practice")
    if day < programme.practice_day:
        raise refuse("calendar_back", "day", today=programme.practice_day)
    programme.practice_day = day
    write(programme, Act(account, "move_calendar", day))
