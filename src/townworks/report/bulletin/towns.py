"""A page of the bulletin for each town."""

from townworks.report.bulletin.writing import Section, Table, Writer
from townworks.schema.bulletin import Bulletin, Line, TownReturn


def town_sections(bulletin: Bulletin, w: Writer) -> list[Section]:
    """Pages of the towns that have a return, or something reported, in the quarter."""
    told = [town for town in bulletin.towns if town.state or town.projects or town.figures]
    return [_town(town, w) for town in told]


def _town(town: TownReturn, w: Writer) -> Section:
    lines = [
        w.say(
            "page.where",
            prefecture=town.prefecture[w.language],
            sector=town.sector[w.language],
            status=town.status[w.language],
        ),
        w.say("page.return", state=town.state_words[w.language])
        if town.state
        else w.say("page.no_return"),
    ]
    if town.days_late:
        lines.append(w.say("page.late", n=town.days_late, due=w.day(town.due_on)))
    if town.reached_cny is not None and town.required_cny:
        share = w.share(town.reached_cny / town.required_cny)
        reached, required = w.money(town.reached_cny), w.money(town.required_cny)
        lines.append(w.say("page.pace", reached=reached, required=required, share=share))
    more = [
        _lines("projects", town.projects, w),
        _lines("figures", town.figures, w),
    ]
    if town.asked:
        rows = tuple(
            (a.about[w.language], a.question[w.language], a.state[w.language]) for a in town.asked
        )
        head = tuple(w.say(f"head.{name}") for name in ("about", "question", "state"))
        more.append(Section(f"{town.town_id}-asked", w.say("queried.title"), (), Table(head, rows)))
    return Section(
        f"town-{town.town_id}", w.town(town), tuple(lines), own_page=True, more=tuple(more)
    )


def _lines(name: str, lines: tuple[Line, ...], w: Writer) -> Section:
    rows = tuple(
        (
            line.name[w.language],
            w.known(line.value.reported, line.unit),
            w.known(line.value.verified, line.unit) if line.value.verified is not None else w.none,
        )
        for line in lines
    )
    head = (w.say(f"head.{name}"), w.level("reported"), w.level("verified"))
    table = Table(head, rows, frozenset({1, 2}))
    return Section(name, w.say(f"page.{name}"), (), table, empty=w.say(f"page.no_{name}"))
