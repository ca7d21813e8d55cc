"""Quarters of a year, as people write them: 2016Q2."""

import re
from datetime import date, timedelta

from townworks.register.refusals import refuse

PATTERN = re.compile(r"(\d{4})\s*[Qq]([1-4])")


def quarter_days(text: str) -> tuple[date, date]:
    """First and last day of a quarter; raises `RefusalError` for what is none.

    >>> quarter_days("2016Q2")
    (datetime.date(2016, 4, 1), datetime.date(2016, 6, 30))
    """
    found = PATTERN.fullmatch(text.strip())
    if found is None:
        raise refuse("bad_quarter", "quarter")
    year, quarter = int(found[1]), int(found[2])
    first = date(year, 3 * quarter - 2, 1)
    after = date(year + quarter // 4, 3 * quarter % 12 + 1, 1)
    return first, after - timedelta(days=1)


def quarter_of(day: date) -> str:
    """Quarter that a day lies in.

    >>> quarter_of(date(2016, 6, 1))
    '2016Q2'
    """
    return f"{day.year}Q{(day.month + 2) // 3}"
