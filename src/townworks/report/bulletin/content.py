"""What a bulletin says, in one language: sections with sentences, a chart and a table each."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

import polars as pl

from townworks.report.bulletin.towns import town_sections
from townworks.report.bulletin.writing import Section, Table, Writer
from townworks.report.charts import Spec, ahead_behind, programme_investment
from townworks.schema.bulletin import Bulletin, Goal, Levels, TownReturn
from townworks.schema.reading import Words

LEVELS = ("planned", "reported", "verified", "audited")
FULL = Decimal(100)


@dataclass(frozen=True)
class Document:
    """A bulletin in one language; lead: sentences under the title."""

    title: str
    lead: tuple[str, ...]
    sections: tuple[Section, ...]
    language: str


def document(bulletin: Bulletin, language: str) -> Document:
    """Write a bulletin's content."""
    w = Writer(language)
    title = w.say("title", programme=bulletin.title[language], quarter=w.quarter(bulletin.quarter))
    lead = [bulletin.authority[language], w.say("as_of", day=w.day(bulletin.as_of))]
    if bulletin.practice:
        lead.append(w.say("practice"))
    lead.append(w.say("levels"))
    sections = [
        _overview(bulletin, w),
        _quarter(bulletin, w),
        _groups(bulletin, w, "prefecture", lambda town: town.prefecture),
        _groups(bulletin, w, "sector", lambda town: town.sector),
        _pace(bulletin, w),
        _late(bulletin, w),
        _queried(bulletin, w),
        _goals(bulletin, w),
        _settled(bulletin, w),
        _published(bulletin, w),
        *town_sections(bulletin, w),
        _sources(bulletin, w),
    ]
    return Document(title, tuple(filter(None, lead)), tuple(sections), language)


def _overview(bulletin: Bulletin, w: Writer) -> Section:
    """Investment since the start, level by level, against the programme's straight path."""
    sums = {name: Decimal(0) for name in LEVELS}
    for level, amount in (
        bulletin.amounts.group_by("evidence").agg(pl.sum("amount_cny")).iter_rows()
    ):
        if level in sums and amount is not None:
            sums[level] = Decimal(amount)
    known = {name: value for name, value in sums.items() if value}
    lines = [w.say("overview.none")] if not known else []
    if bulletin.target_cny and bulletin.target_from and bulletin.target_to:
        lines.append(
            w.say(
                "overview.target", target=w.money(bulletin.target_cny), by=w.day(bulletin.target_to)
            )
        )
        lines.append(
            w.say("overview.path", due=w.money(path_due(bulletin)), on=w.day(bulletin.as_of))
        )
    target = bulletin.target_cny
    rows = [
        (w.level(name), w.amount(value), w.share(value / target) if target else w.none)
        for name, value in known.items()
    ]
    head = (w.say("evidence"), w.say("since_start", unit=w.unit("cny")), w.say("of_target"))
    chart = programme_investment(
        bulletin.amounts,
        target or 0,
        w.language,
        since=bulletin.target_from,
        until=bulletin.target_to,
    )
    table = Table(head, tuple(rows), frozenset({1, 2}))
    return Section("overview", w.say("overview.title"), tuple(lines), table, chart)


def path_due(bulletin: Bulletin) -> Decimal:
    """What the straight path to the target asks for by the day of the bulletin, in yuan."""
    first, last = bulletin.target_from, bulletin.target_to
    if not bulletin.target_cny or first is None or last is None:
        return Decimal(0)
    days, done = (last - first).days, (bulletin.as_of - first).days
    return bulletin.target_cny * min(max(done, 0), days) / days


def _quarter(bulletin: Bulletin, w: Writer) -> Section:
    towns = [town for town in bulletin.counted if town.state]
    total = Levels.total(town.quarter for town in bulletin.counted)
    counts = {
        "asked": len(towns),
        "in": sum(town.is_in for town in towns),
        "checked": sum(town.state in ("verified", "locked") for town in towns),
        "late": sum(town.days_late > 0 for town in towns),
        "queried": sum(bool(town.asked) for town in towns),
    }
    rows = [(w.say(f"count.{name}"), str(n)) for name, n in counts.items()]
    sums = {"reported": total.reported, "verified": total.verified}
    rows += [(w.say(f"quarter.{name}"), w.known(value, "cny")) for name, value in sums.items()]
    lines = () if towns else (w.say("quarter.none"),)
    head = (w.say("what"), w.say("value"))
    return Section(
        "quarter",
        w.say("quarter.title", quarter=w.quarter(bulletin.quarter)),
        lines,
        Table(head, tuple(rows), frozenset({1})),
    )


def _groups(
    bulletin: Bulletin, w: Writer, name: str, group: Callable[[TownReturn], Words]
) -> Section:
    """Sums by prefecture or sector, the largest first, and the total."""
    found: dict[str, list[TownReturn]] = {}
    for town in bulletin.counted:
        found.setdefault(group(town)[w.language], []).append(town)
    order = sorted(found, key=lambda key: (-_size(found[key]), key))
    rows = [_group_row(key, found[key], w) for key in order]
    if rows:
        rows.append(_group_row(w.say("total"), bulletin.counted, w))
    unit = w.unit("cny")
    head = (
        w.say(f"by.{name}"), w.say("towns"), w.say("count.in"),
        w.say("head.quarter_reported", unit=unit), w.say("head.quarter_verified", unit=unit),
        w.say("head.year_reported", unit=unit), w.say("head.year_verified", unit=unit),
    )  # fmt: skip
    table = Table(head, tuple(rows), frozenset(range(1, 7)), total=bool(rows))
    return Section(name, w.say(f"by.{name}.title"), (), table, empty=w.say("no_towns"))


def _size(towns: Iterable[TownReturn]) -> Decimal:
    return Levels.total(town.year for town in towns).reported or Decimal(0)


def _group_row(name: str, towns: Sequence[TownReturn], w: Writer) -> tuple[str, ...]:
    quarter = Levels.total(town.quarter for town in towns)
    year = Levels.total(town.year for town in towns)
    amounts = (quarter.reported, quarter.verified, year.reported, year.verified)
    counted = (str(len(towns)), str(sum(town.is_in for town in towns)))
    return (name, *counted, *(w.amount(value) for value in amounts))


def _pace(bulletin: Bulletin, w: Writer) -> Section:
    """Towns by what they have reached of what is required by now."""
    known = [
        (town, town.reached_cny / town.required_cny)
        for town in bulletin.counted
        if town.reached_cny is not None and town.required_cny
    ]
    known.sort(key=lambda pair: (-pair[1], pair[0].name[w.language]))
    rows = [
        (
            town.name[w.language],
            w.amount(town.reached_cny),
            w.amount(town.required_cny),
            w.share(share),
        )
        for town, share in known
    ]
    unknown = len(bulletin.counted) - len(known)
    lines = [w.say("pace.unknown", n=unknown)] if unknown else []
    unit = w.unit("cny")
    head = (
        w.say("town"),
        w.say("head.reached", unit=unit),
        w.say("head.required", unit=unit),
        w.say("head.share"),
    )
    table = Table(head, tuple(rows), frozenset({1, 2, 3}))
    return Section(
        "pace",
        w.say("pace.title"),
        tuple(lines),
        table,
        _pace_chart(known, w),
        empty=w.say("pace.none"),
    )


def _pace_chart(known: Sequence[tuple[TownReturn, Decimal]], w: Writer) -> Spec | None:
    rows = [(town.name[w.language], town.reached_cny, town.required_cny) for town, _ in known]
    money = pl.Decimal(38, 2)
    schema = pl.Schema({"town": pl.String(), "reached_cny": money, "required_cny": money})
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    return ahead_behind(frame.unique("town", maintain_order=True), w.language)


def _late(bulletin: Bulletin, w: Writer) -> Section:
    late = sorted(
        (t for t in bulletin.towns if t.days_late), key=lambda t: (-t.days_late, t.town_id)
    )
    rows = [
        (w.town(town), town.prefecture[w.language], w.day(town.due_on), str(town.days_late))
        for town in late
    ]
    head = (w.say("town"), w.say("by.prefecture"), w.say("head.due"), w.say("head.days_late"))
    return Section(
        "late",
        w.say("late.title"),
        (),
        Table(head, tuple(rows), frozenset({3})),
        empty=w.say("late.none"),
    )


def _queried(bulletin: Bulletin, w: Writer) -> Section:
    rows = [
        (
            w.town(town),
            each.about[w.language],
            each.question[w.language],
            each.state[w.language],
            w.day(each.since),
        )
        for town in bulletin.towns
        for each in town.asked
    ]
    head = tuple(w.say(f"head.{name}") for name in ("town", "about", "question", "state", "since"))
    return Section(
        "queried", w.say("queried.title"), (), Table(head, tuple(rows)), empty=w.say("queried.none")
    )


def _goals(bulletin: Bulletin, w: Writer) -> Section:
    """Targets of the year, and the path towards them: the share of the year that is over."""
    quarters = int(bulletin.quarter[-1])
    rows = [
        (
            w.town(town), goal.metric[w.language], w.known(goal.target, goal.unit),
            w.known(goal.so_far.reported, goal.unit), w.known(goal.so_far.verified, goal.unit),
            _reached(goal, w),
        )
        for town in bulletin.towns
        for goal in town.goals
    ]  # fmt: skip
    names = ("town", "figure", "target", "so_far_reported", "so_far_verified", "share")
    head = tuple(w.say(f"head.{name}") for name in names)
    lines = (w.say("goals.path", share=w.share(Decimal(quarters) / 4)),)
    table = Table(head, tuple(rows), frozenset({2, 3, 4, 5}))
    return Section(
        "goals", w.say("goals.title"), lines if rows else (), table, empty=w.say("goals.none")
    )


def _reached(goal: Goal, w: Writer) -> str:
    if goal.so_far.reported is None or not goal.target:
        return w.none
    return w.share(goal.so_far.reported / goal.target)


def _settled(bulletin: Bulletin, w: Writer) -> Section:
    rows = [
        (
            clause.title[w.language], str(clause.grants), w.known(clause.entitled, clause.unit),
            w.known(clause.paid, clause.unit), w.known(clause.clawed_back, clause.unit),
            w.known(clause.paid - clause.clawed_back, clause.unit),
        )
        for clause in bulletin.clauses
    ]  # fmt: skip
    names = ("clause", "grants", "entitled", "paid", "clawed_back", "net")
    head = tuple(w.say(f"head.{name}") for name in names)
    table = Table(head, tuple(rows), frozenset(range(1, 6)))
    lines = (w.say("settled.how"),)
    more = (_statements(bulletin, w),)
    empty = w.say("settled.none")
    return Section("settled", w.say("settled.title"), lines, table, empty=empty, more=more)


def _statements(bulletin: Bulletin, w: Writer) -> Section:
    """What the clauses for towns come to for the last year: land quota and fiscal return."""
    rows = [
        (
            each.title[w.language], str(each.year), str(each.towns),
            w.known(each.granted, each.unit), w.known(each.clawed_back, each.unit),
            str(each.undecided),
        )
        for each in bulletin.statements
    ]  # fmt: skip
    names = ("clause", "year", "entitled_towns", "granted", "clawed_back", "undecided")
    head = tuple(w.say(f"head.{name}") for name in names)
    table = Table(head, tuple(rows), frozenset(range(1, 6)))
    title, empty = w.say("statements.title"), w.say("statements.none")
    return Section("statements", title, (w.say("statements.how"),), table, empty=empty)


def _published(bulletin: Bulletin, w: Writer) -> Section:
    """Published totals beside what towns add up to; a sum beyond its total cannot be right."""
    rows = [
        (
            each.metric[w.language], each.period, each.population[w.language],
            w.known(each.total, each.unit), w.known(each.summed, each.unit), str(each.towns),
            w.known(each.beyond, each.unit) if each.beyond else w.none,
        )
        for each in bulletin.published
    ]  # fmt: skip
    names = ("figure", "period", "population", "published", "summed", "counted", "beyond")
    head = tuple(w.say(f"head.{name}") for name in names)
    wrong = sum(each.beyond > 0 for each in bulletin.published)
    lines = (w.say("published.how"), *((w.say("published.beyond", n=wrong),) if wrong else ()))
    table = Table(head, tuple(rows), frozenset({3, 4, 5, 6}))
    empty = w.say("published.none")
    return Section("published", w.say("published.title"), lines, table, empty=empty)


def _sources(bulletin: Bulletin, w: Writer) -> Section:
    lines = (w.say("sources.what"), *bulletin.sources)
    return Section("sources", w.say("sources.title"), lines)
