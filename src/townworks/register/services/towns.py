"""Counties' applications for towns, and the towns' boundaries."""

import re
from datetime import date, timedelta

from django.db.models import Q

from townworks.register.audit import Act, write
from townworks.register.boundaries import BoundaryError, Datum, parse_boundary
from townworks.register.cases import Taking, effect, lock, open_case
from townworks.register.models import Account, Boundary, Case, Programme, Town, TownApplication
from townworks.register.permissions import answers_for
from townworks.register.refusals import NotAllowedError, Reason, RefusalError, refuse
from townworks.register.services.status import change_status
from townworks.rules.status import Event

SEVERAL = re.compile(r"[、，,;；/+＋]|\s&\s")
"""Marks between two industries; "and" within one name ("bags and suitcases") is none."""
ENTRIES = ("enter_creation", "enter_cultivation")


def industry_reasons(industry_zh: str, industry_en: str) -> list[Reason]:
    """Why a text is no single industry: a town has exactly one.

    >>> [reason.field for reason in industry_reasons("袜业、泵业", "socks")]
    ['industry_zh']
    """
    texts = {"industry_zh": industry_zh, "industry_en": industry_en}
    return [
        Reason("second_industry", name, {"text": text})
        for name, text in texts.items()
        if SEVERAL.search(text.strip())
    ]


def apply_for_town(application: TownApplication, act: Act, today: date) -> TownApplication:
    """File a county's application as a draft; raises `RefusalError` with every reason."""
    if act.account.role != "county_office" or not answers_for(act.account, application):
        raise NotAllowedError([Reason("not_your_county")])
    reasons = _application_reasons(application, Programme.objects.get(), act.on)
    if reasons:
        raise RefusalError(reasons)
    return open_case(application, act, today)


def _application_reasons(
    application: TownApplication, programme: Programme, day: date
) -> list[Reason]:
    reasons = industry_reasons(application.industry_zh, application.industry_en)
    if day < programme.starts_on:
        values = {"day": day, "start": programme.starts_on}
        reasons.append(Reason("before_programme", "on", values))
    if application.sector not in programme.sectors:
        reasons.append(Reason("no_sector", "sector", {"sector": application.sector}))
    most = programme.area_most_km2
    area = application.planned_area_km2
    if area <= 0:
        reasons.append(Reason("not_positive", "planned_area_km2"))
    elif most is not None and area > most:
        sizes = {"area": f"{area.normalize():f}", "most": f"{most.normalize():f}"}
        reasons.append(Reason("area_over", "planned_area_km2", sizes))
    if application.planned_investment_cny <= 0:
        reasons.append(Reason("not_positive", "planned_investment_cny"))
    return reasons + _name_reasons(application)


def _name_reasons(application: TownApplication) -> list[Reason]:
    """Why no town can have this name: one has it, or the English name gives no id."""
    slug = _slug(application.name_en)
    taken = Town.objects.filter(Q(name_zh=application.name_zh) | Q(town_id=slug)).exists()
    if taken or not slug:
        shown = application.name_zh if slug else application.name_en
        return [Reason("name_taken", "name_zh" if slug else "name_en", {"name": shown})]
    return []


@effect("town_application", "review")
def _score(case: Case, taking: Taking) -> None:
    application = _application(case)
    score = taking.number("score")
    if score is None or not 0 <= score <= 100:  # noqa: PLR2004 (points out of 100)
        raise refuse("score", "score")
    application.score = score


@effect("town_application", "approve")
def _found(case: Case, taking: Taking) -> None:
    """Make the town, and put it on the list that the decision names.

    Another application for a town of this name may have been approved since this one was filed:
    the programme is locked, so that of two only one makes the town.
    """
    application = _application(case)
    lock(Programme.objects.get())
    reasons = _name_reasons(application)
    if reasons:
        raise RefusalError(reasons)
    entry = str(taking.values.get("act") or ENTRIES[0])
    if entry not in ENTRIES:
        raise refuse("no_entry", "act")
    town = _town_of(application, taking.day)
    act = Act(taking.account, "found", taking.day, taking.reason)
    write(town, act)
    source = f"application {application.pk}"
    change_status(town, Event(entry, taking.day, source=source), act, None)
    application.town = town


def _application(case: Case) -> TownApplication:
    if not isinstance(case, TownApplication):
        raise TypeError(case)
    return case


def _town_of(application: TownApplication, day: date) -> Town:
    county = Town.objects.filter(county_code=application.county_code).first()
    prefecture = Town.objects.filter(county_code__startswith=application.county_code[:4]).first()
    return Town(
        town_id=_slug(application.name_en),
        name_zh=application.name_zh,
        name_en=application.name_en,
        prefecture_zh=prefecture.prefecture_zh if prefecture else "",
        prefecture_en=prefecture.prefecture_en if prefecture else "",
        county_zh=application.county_zh,
        county_en=county.county_en if county else "",
        county_code=application.county_code,
        listed_on=day,
        sector=application.sector,
        industry_zh=application.industry_zh,
        industry_en=application.industry_en,
        planned_area_km2=application.planned_area_km2,
        source=f"application {application.pk}",
    )


def _slug(name: str) -> str:
    """Return a town's id from its English name.

    >>> _slug("Dream Town (2)")
    'dream-town-2'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]


def propose_boundary(boundary: Boundary, datum: Datum, act: Act, today: date) -> Boundary:
    """Propose a town's boundary: valid, in the province, within the area that the programme allows.

    boundary: with town, geojson as typed, valid_from, source. Raises `RefusalError` with every
    fault of the polygon at the field `geojson`.
    """
    roles = ("town_office", "county_office")
    if act.account.role not in roles or not answers_for(act.account, boundary.town):
        raise NotAllowedError([Reason("not_your_town")])
    programme = Programme.objects.get()
    try:
        found = parse_boundary(
            boundary.geojson,
            datum,
            max_km2=_limit(programme),
            within=PROVINCES.get(programme.division),
        )
    except BoundaryError as error:
        words = {language: " ".join(error.messages(language)) for language in ("en", "zh")}
        raise RefusalError([Reason("boundary", "geojson", {"why": words})]) from None
    if boundary.valid_from < programme.starts_on:
        values = {"day": boundary.valid_from, "start": programme.starts_on}
        raise RefusalError([Reason("before_programme", "valid_from", values)])
    boundary.geojson, boundary.datum_given = found.geojson, datum
    boundary.area_km2 = f"{found.area_km2:.6f}"
    return open_case(boundary, act, today)


PROVINCES = {"33": (117.9, 26.9, 123.6, 31.3)}
"""Box of a province (west, south, east, north), with a margin: coordinates outside are mistakes."""


def _limit(programme: Programme) -> float | None:
    return None if programme.area_most_km2 is None else float(programme.area_most_km2)


@effect("boundary", "approve")
def _replace(case: Case, taking: Taking) -> None:
    """End the boundary that was in force the day before the new one begins."""
    if not isinstance(case, Boundary):
        raise TypeError(case)
    lock(case.town)
    old = Boundary.objects.filter(town=case.town, state="approved", valid_to__isnull=True).first()
    if old is None:
        return
    if old.valid_from >= case.valid_from:
        raise refuse("boundary_order", "valid_from", start=old.valid_from)
    old.valid_to = case.valid_from - timedelta(days=1)
    write(old, Act(taking.account, "end", taking.day, taking.reason))


def boundary_on(town: Town, day: date) -> Boundary | None:
    """Boundary of a town that is in force on a day."""
    lasting = Q(valid_to__isnull=True) | Q(valid_to__gte=day)
    found = Boundary.objects.filter(lasting, town=town, state="approved", valid_from__lte=day)
    return found.order_by("-valid_from").first()


def is_office_of(account: Account | None, town: Town) -> bool:
    """Whether an account is the office of a town."""
    return account is not None and account.role == "town_office" and account.town_id == town.pk
