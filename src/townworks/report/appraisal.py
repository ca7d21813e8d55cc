"""What `townworks appraise` prints: verdicts by kind of industry, and the sum of the minima."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from townworks.schema.appraisal import InvestmentAccount
from townworks.schema.messages import message
from townworks.schema.plan_sources import KINDS
from townworks.schema.plans import EVIDENCE
from townworks.schema.units import spoken

ROUNDED = Decimal(10_000_000)
"""Sums are shown to 0.01 bn; the files hold every fen."""


def account_lines(
    rows: Mapping[str, int], on: date, years: Sequence[int], language: str
) -> list[str]:
    """Say how many towns, by how many enterprises, of which years, with how many places beside.

    rows: `towns`, `counted`, `shown`, `found`. years: that the registry covers, rising.

    >>> rows = {"towns": 2, "counted": 900, "shown": 1, "found": 4}
    >>> account_lines(rows, date(2016, 1, 29), [2012, 2013, 2015], "en")[1]
    'years that the registry covers: 2012 to 2015, but not 2014'
    """
    said = [message("appraisal.account.towns", language, on=on, **rows)]
    if years:
        lacking = [str(y) for y in range(years[0], years[-1]) if y not in set(years)]
        key = "years_but" if lacking else "years"
        told = {"first": years[0], "last": years[-1], "missing": ", ".join(lacking)}
        said.append(message(f"appraisal.account.{key}", language, **told))
    return [*said, message("appraisal.account.found", language, **rows)]


def evidence_lines(towns: pl.DataFrame, language: str) -> list[str]:
    """Count verdicts by kind of industry, beside what chance would give; none for no town.

    towns: `schema.appraisal.TownAppraisal`.

    >>> towns = pl.DataFrame({"kind": ["craft", "craft"], "evidence": ["supports", "silent"],
    ...                       "elsewhere": [0.125, None]})
    >>> evidence_lines(towns, "en")
    ['  craft: 1 supported, 0 contradicted, 1 not known; other counties: 12 % supported']
    """
    lines = []
    for kind in (*KINDS, "unknown"):
        of_kind = towns.filter(pl.col("kind") == kind)
        verdicts = of_kind["evidence"].to_list()
        counts = {verdict: verdicts.count(verdict) for verdict in EVIDENCE}
        shares = of_kind["elsewhere"].drop_nulls().to_list()
        title = message(f"appraisal.kind.{kind}", language)
        said = "  " + message("appraisal.account.kind", language, kind=title, **counts)
        if shares:
            mean = 100 * sum(shares) / len(shares)
            said += message("appraisal.account.elsewhere", language, share=f"{mean:.0f}")
        if verdicts:
            lines.append(said)
    return lines


def investment_lines(account: InvestmentAccount, last: date | None, language: str) -> list[str]:
    """Say what the minima come to, and what towns still to be named must bring."""

    def money(amount: Decimal | None) -> str:
        rounded = ((amount or Decimal(0)) / ROUNDED).quantize(Decimal(1), ROUND_HALF_UP) * ROUNDED
        return spoken(rounded, "cny", language)

    def say(key: str, **values: object) -> str:
        return message(f"appraisal.account.{key}", language, **values)

    low, high = money(account.minima_low), money(account.minima_high)
    lines = [say("minima", minima=money(account.minima), low=low, high=high)]
    if account.plans:
        lines.append(say("plans", plans=account.plans, counted=money(account.counted)))
    if last is not None:
        lines.append(say("due", last=last, due=money(account.due)))
    if account.target is None:
        return lines
    target = money(account.target)
    if account.each is None or account.missing is None or account.places is None:
        return [*lines, say("enough", target=target)]
    left = account.places - account.towns
    told = {"missing": money(account.missing), "each": money(account.each), "left": left}
    return [*lines, say("missing", target=target, **told)]
