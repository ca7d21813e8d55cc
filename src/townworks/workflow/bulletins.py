"""The register's quarter → the bulletin, as a page and as a document."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from townworks.errors import RequestError
from townworks.io.drafts import Draft
from townworks.register.starting import check_migrated, set_up
from townworks.report.bulletin import bulletin_docx, bulletin_html, style_of
from townworks.schema.bulletin import Bulletin, TownReturn
from townworks.workflow.register import opened
from townworks.workflow.requirements import Requirement, requirements
from townworks.workflow.settlement import settled as statements_of


def bulletin_of(quarter: str, day: date) -> Bulletin:
    """Gather a quarter's bulletin as of a day (Django must be set up)."""
    from townworks.register.models import Programme
    from townworks.register.overviews import programme_investment
    from townworks.register.quarterly import published_totals, settled, town_returns
    from townworks.register.quarters import quarter_days

    _, last = quarter_days(quarter)
    if last >= day:
        problem = f"{quarter} is not over by {day}"
        raise RequestError(problem, "Name a quarter that is, or another day with --as-of.")
    programme = Programme.objects.get()
    amounts = [(a.period_end, a.evidence, a.amount_cny) for a in programme_investment(day)]
    practice = programme.practice_day is not None
    return Bulletin(
        title={"en": programme.title_en, "zh": programme.title_zh},
        authority={"en": programme.authority_en, "zh": programme.authority_zh},
        quarter=quarter,
        on=last,
        as_of=day,
        target_cny=programme.investment_target_cny,
        target_from=programme.target_from,
        target_to=programme.target_to,
        amounts=pl.DataFrame(amounts, schema=AMOUNTS, orient="row"),
        towns=tuple(_paced(town_returns(quarter, day), last)),
        clauses=tuple(settled(day, practice=practice)),
        statements=statements_of(day),
        published=published_totals(day),
        practice=practice,
    )


FEN = Decimal("0.01")
__all__ = ["bulletin_of", "rendered", "style_of", "write_bulletin"]
AMOUNTS = pl.Schema(
    {"period_end": pl.Date(), "evidence": pl.String(), "amount_cny": pl.Decimal(38, 2)}
)


def _paced(towns: list[TownReturn], last: date) -> list[TownReturn]:
    """Add what each town has reached since its start, and what is required by the quarter's end."""
    from townworks.register.models import Programme, Town
    from townworks.register.overviews import reached

    rows = {row.pk: row for row in Town.objects.filter(pk__in=[town.town_id for town in towns])}
    known = reached(rows.values(), last)
    listed = [(t.pk, t.sector, t.county_code) for t in rows.values() if t.listed_on]
    frame = pl.DataFrame(listed, schema=["town_id", "sector", "county_code"], orient="row")
    programme = opened(Programme.objects.get().name)
    asked = requirements(programme, last, frame) if listed else {}
    return [
        replace(
            town,
            reached_cny=known.get(town.town_id),
            required_cny=_due(asked.get(town.town_id), rows[town.town_id].listed_on, last),
        )
        for town in towns
    ]


def _due(asked: Requirement | None, listed_on: date | None, last: date) -> Decimal | None:
    due = asked.by(last, listed_on) if asked else None
    return None if due is None else due.quantize(FEN)


def rendered(bulletin: Bulletin, language: str, kind: str) -> bytes:
    """Write a bulletin as "html" or "docx"."""
    if kind == "docx":
        return bulletin_docx(bulletin, language)
    return bulletin_html(bulletin, language).encode()


def write_bulletin(home: Path, quarter: str, out: Path, language: str, as_of: date | None) -> Path:
    """Write the bulletin of a register's quarter to an .html or .docx file."""
    kind = out.suffix.lower().removeprefix(".")
    if kind not in ("html", "docx"):
        problem = f"{out} is neither a page nor a document"
        raise RequestError(problem, "Name a file that ends in .html or .docx.")
    set_up(home)
    check_migrated()
    from townworks.register.clock import today

    content = rendered(bulletin_of(quarter, as_of or today()), language, kind)
    draft = Draft(out)
    with draft.guarded():
        draft.file.write(content)
    draft.publish()
    return out
