"""A quarter as the register has it: each town's return, what it says, what was asked."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from townworks.register.models import Figure, Grant, Investment, Payment, Programme, Query, Return
from townworks.register.overviews import INVESTMENT, Standing, standings
from townworks.register.processes import processes
from townworks.register.quarters import quarter_days
from townworks.register.reconciling import totals
from townworks.register.services.returns import OPEN
from townworks.schema.bulletin import Asked, Clause, Goal, Levels, Line, Published, TownReturn
from townworks.schema.forms import metrics
from townworks.schema.messages import catalogue
from townworks.schema.reading import Words

CHECKED = ("verified", "audited")
NOTHING: Words = {"en": "", "zh": ""}
Values = Mapping[str, dict[str, Levels]]
"""Town → subject → what is known of it."""


def town_returns(quarter: str, day: date) -> list[TownReturn]:
    """Every town on a list at the quarter's end, or with a return of it; by prefecture and name.

    day: the day that the bulletin stands for: who is late by then, which questions are open.
    """
    _, last = quarter_days(quarter)
    returns = {row.town_id: row for row in Return.objects.filter(quarter=quarter)}
    found = [
        each for each in standings(last, practice=True) if each.on_list or each.town.pk in returns
    ]
    parts = _Parts(quarter, [each.town.pk for each in found])
    rows = [_town(each, returns.get(each.town.pk), parts, day) for each in found]
    return sorted(rows, key=lambda row: (row.practice, row.prefecture["en"], row.name["en"]))


class _Parts:
    """What is needed of all towns, read once each."""

    def __init__(self, quarter: str, towns: list[str]) -> None:
        year = [f"{quarter[:4]}Q{n}" for n in range(1, int(quarter[-1]) + 1)]
        self.quarter, self.towns = quarter, towns
        self.projects = _projects(towns, [quarter])
        self.year_projects = _projects(towns, year)
        self.figures = {name: _figures(towns, name) for name in year}
        self.targets = _targets(towns, quarter[:4])
        self.asked = _asked(quarter)
        programme = Programme.objects.first()
        self.sectors: Mapping[str, Words] = programme.sectors if programme else {}


def _town(each: Standing, found: Return | None, parts: _Parts, day: date) -> TownReturn:
    town = each.town
    late = (day - found.due_on).days if found and found.state == "due" else 0
    state = processes()["return"].states[found.state].title if found else NOTHING
    return TownReturn(
        town_id=town.pk,
        name={"en": town.name_en or town.name_zh, "zh": town.name_zh},
        prefecture={"en": town.prefecture_en, "zh": town.prefecture_zh},
        sector=parts.sectors.get(town.sector, {"en": town.sector, "zh": town.sector}),
        status=_word(f"web.status.{each.status}", each.status),
        state=found.state if found else "",
        state_words=state,
        due_on=found.due_on if found else None,
        days_late=max(late, 0),
        quarter=_investment(town.pk, [parts.quarter], parts),
        year=_investment(town.pk, list(parts.figures), parts),
        projects=_project_lines(parts.projects.get(town.pk, {})),
        figures=_figure_lines(parts.figures[parts.quarter].get(town.pk, {})),
        goals=tuple(_goals(town.pk, parts)),
        asked=parts.asked.get(town.pk, ()),
        practice=town.practice,
    )


def _word(key: str, code: str) -> Words:
    return catalogue().get(key, {"en": code, "zh": code})


def _investment(town: str, quarters: Iterable[str], parts: _Parts) -> Levels:
    """Investment of some quarters: of the projects, else the figure of the town itself."""
    found = []
    for quarter in quarters:
        projects = parts.projects if quarter == parts.quarter else parts.year_projects
        own = [
            level for key, level in projects.get(town, {}).items() if key.endswith(f"|{quarter}")
        ]
        figure = parts.figures[quarter].get(town, {}).get(INVESTMENT)
        found.append(Levels.total(own) if own else figure or Levels())
    return Levels.total(found)


def _projects(towns: list[str], quarters: list[str]) -> Values:
    """Investment by project and quarter ("name|quarter")."""
    rows = Investment.objects.filter(
        project__town__in=towns, quarter__in=quarters, project__withdrawn=False
    ).known()
    names = ("project__town_id", "project__name", "quarter", "evidence", "amount_cny")
    found: dict[str, dict[str, Levels]] = defaultdict(dict)
    for town, name, quarter, level, amount in rows.order_by("pk").values_list(*names):
        key = f"{name}|{quarter}"
        found[town][key] = _with(found[town].get(key, Levels()), level, amount)
    return found


def _figures(towns: list[str], period: str) -> Values:
    """Figures of the towns themselves in a period, by metric."""
    rows = Figure.objects.filter(
        town__in=towns, period=period, geography="town", population="all"
    ).known()
    found: dict[str, dict[str, Levels]] = defaultdict(dict)
    for town, metric, level, value in rows.order_by("pk").values_list(
        "town_id", "metric", "evidence", "value"
    ):
        found[str(town)][metric] = _with(found[str(town)].get(metric, Levels()), level, value)
    return found


def _with(levels: Levels, level: str, value: Decimal) -> Levels:
    if level == "reported":
        return Levels(value, levels.verified)
    return Levels(levels.reported, value) if level in CHECKED else levels


def _project_lines(values: Mapping[str, Levels]) -> tuple[Line, ...]:
    names = {key: key.rpartition("|")[0] for key in values}
    return tuple(
        Line({"en": names[key], "zh": names[key]}, values[key], "cny")
        for key in sorted(values)
        if values[key] != Levels()
    )


def _figure_lines(values: Mapping[str, Levels]) -> tuple[Line, ...]:
    known = {key: levels for key, levels in values.items() if levels != Levels()}
    order = [key for key in metrics() if key in known]
    return tuple(Line(metrics()[key].label, known[key], metrics()[key].unit) for key in order)


def _targets(towns: list[str], year: str) -> dict[str, list[tuple[str, Decimal]]]:
    rows = Figure.objects.filter(town__in=towns, period=year, evidence="target").known()
    found: dict[str, list[tuple[str, Decimal]]] = defaultdict(list)
    for town, metric, value in rows.order_by("metric").values_list("town_id", "metric", "value"):
        if metric in metrics():
            found[str(town)].append((metric, value))
    return found


def _goals(town: str, parts: _Parts) -> Iterable[Goal]:
    for metric, target in parts.targets.get(town, []):
        of = metrics()[metric]
        by_quarter = [values.get(town, {}).get(metric) for values in parts.figures.values()]
        known = [levels for levels in by_quarter if levels is not None]
        if metric == INVESTMENT:
            so_far = _investment(town, list(parts.figures), parts)
        elif of.extent == "at":
            so_far = known[-1] if known else Levels()
        else:
            so_far = Levels.total(known)
        yield Goal(of.label, of.unit, target, so_far)


def _asked(quarter: str) -> dict[str, tuple[Asked, ...]]:
    """Open questions about a quarter, by town."""
    rows = Query.objects.filter(town_return__quarter=quarter, state__in=OPEN)
    states = processes()["query"].states
    found: dict[str, list[Asked]] = defaultdict(list)
    for row in rows.select_related("town_return").order_by("pk"):
        label = metrics()[row.field].label if row.field in metrics() else None
        about = {n: row.subject or (label[n] if label else row.field) for n in ("en", "zh")}
        question = {"en": row.question_en, "zh": row.question_zh}
        asked = Asked(about, question, states[row.state].title, row.state_since)
        found[row.town_return.town_id].append(asked)
    return {town: tuple(asked) for town, asked in found.items()}


def settled(day: date, *, practice: bool = False) -> list[Clause]:
    """What each clause settled until a day: grants under way or done, and their payments."""
    grants = Grant.objects.filter(opened_on__lte=day).exclude(state__in=("refused", "withdrawn"))
    if not practice:
        grants = grants.filter(town__practice=False)
    found: dict[tuple[str, str], list[Grant]] = defaultdict(list)
    for grant in grants.order_by("rule_id", "pk"):
        found[(grant.rule_id, grant.unit)].append(grant)
    paid = {kind: _paid(kind, day) for kind in ("payment", "claw_back")}
    clauses = []
    for (_, unit), rows in found.items():
        sums = {
            kind: sum((paid[kind].get(g.pk, Decimal(0)) for g in rows), Decimal(0)) for kind in paid
        }
        clauses.append(
            Clause(
                {"en": rows[0].title_en, "zh": rows[0].title_zh},
                unit,
                len(rows),
                sum((grant.entitled for grant in rows), Decimal(0)),
                sums["payment"],
                sums["claw_back"],
                rows[0].source,
            )
        )
    return clauses


def _paid(kind: str, day: date) -> dict[int, Decimal]:
    rows = Payment.objects.filter(kind=kind, paid_on__lte=day).values("grant")
    return {row["grant"]: row["sum"] for row in rows.annotate(sum=Sum("amount")).order_by("grant")}


def published_totals(day: date) -> tuple[Published, ...]:
    """Published totals beside the sums of what their towns say."""
    rows = []
    for row in totals(day):
        label = metrics()[row.metric].label if row.metric in metrics() else None
        metric = label or _word(f"web.metric.{row.metric}", row.metric)
        population = _word(f"bulletin.population.{row.population}", row.population)
        sums = (row.unit, row.published, row.summed, row.towns)
        rows.append(Published(metric, row.period, population, *sums))
    return tuple(rows)
