"""Faults that towns make in their returns, planted where the truth is known."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

from tests.returns.layouts import FACTORS, MAIN, Line, Return
from tests.returns.truth import Enterprise, Rng, World, whole

SLIP, GREAT_SLIP = Decimal(10_000), Decimal(100_000_000)
PEERS = ("employees", "patents", "land_used_mu")
"""States of which the register may hold nothing yet: only other towns show that they are odd."""
SMALL = ("new_enterprises",)
"""Counts so small that twice as many is nothing odd."""
ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
Place = tuple[Line, str]


@dataclass
class Fault:
    """Something wrong; places: the lines and fields, the first one tells where. beside: cells that
    are right, but whose reader would rightly wonder. leaves_out: the truth has no such value.
    """

    kind: str
    ret: Return
    places: list[Place]
    correctable: bool
    beside: list[Place] = field(default_factory=list)
    leaves_out: bool = False

    @property
    def line(self) -> Line:
        """The line it is in."""
        return self.places[0][0]


@dataclass
class Pen:
    """What faults are written with: the return of one town, and which lines have one already."""

    world: World
    ret: Return
    rng: Rng
    returns: list[Return]
    used: set[Line] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    total_off: int = 0

    def free(self, form: str, test: Callable[[Line], bool]) -> list[Line]:
        """Lines of a form without a fault that pass the test, in random order."""
        lines = [x for x in self.ret.lines[form] if x not in self.used and test(x)]
        return [lines[i] for i in self.rng.permutation(len(lines))]

    def flow(self, test: Callable[[Line], bool] = lambda _: True) -> Line | None:
        """An amount of the quarter, of a project or (one in three) of the town."""
        forms = ("investment", "figure") if whole(self.rng, 0, 2) else ("figure", "investment")
        for form in forms:
            for line in self.free(form, lambda x: _is_flow(x) and test(x)):
                return line
        return None

    def mark(self, kind: str, places: list[Place], *, correctable: bool) -> bool:
        """Note a fault; other amounts of its lines are beside it."""
        lines = [line for line, _ in places]
        self.used.update(lines)
        amounts = ("amount_cny", "year_to_date_cny", "housing_cny", "value", "year_to_date", "unit")
        beside = [(x, n) for x in lines for n in (x.shown if x.extra else amounts)]
        self.faults.append(
            Fault(kind, self.ret, places, correctable, [b for b in beside if b not in places])
        )
        return True


def _is_flow(line: Line) -> bool:
    return line.extent == "during" and line.true.get("metric") not in SMALL


def plant(world: World, returns: list[Return], rng: Rng) -> list[Fault]:
    """Plant two to four faults in about three of four returns, all kinds about equally often."""
    kinds = deque(PLANTERS)
    faults = []
    for number in rng.permutation(len(returns)):
        ret = returns[number]
        pen = Pen(world, ret, rng, returns)
        ret.totals = _totals(ret)
        if whole(rng, 1, 100) <= 76:
            for _ in range(whole(rng, 2, 4)):
                _one(pen, kinds)
        _close(pen)
        faults += pen.faults
    return faults


def _one(pen: Pen, kinds: deque[str]) -> None:
    """Plant the kind that has waited longest and can be planted here."""
    for kind in list(kinds):
        if PLANTERS[kind](pen):
            kinds.remove(kind)
            kinds.append(kind)
            return


def unit_slip_1e4(pen: Pen) -> bool:
    """Write 元 where 万元 is asked, or the reverse."""
    line = pen.flow()
    if not line:
        return False
    name, unit = pen.ret.main(line), pen.ret.unit_of(line)
    up = unit in ("亿元", "万人次") or (unit == "万元" and whole(pen.rng, 0, 1) == 1)
    value = _value(line, name)
    line.shown[name] = value * SLIP if up else value / SLIP
    return pen.mark("unit_slip_1e4", [(line, name)], correctable=True)


def _value(line: Line, name: str) -> Decimal:
    value = line.true[name]
    assert isinstance(value, Decimal)
    return value


def unit_slip_1e8(pen: Pen) -> bool:
    """Write 元 where 亿元 is asked, or the reverse."""
    unit = pen.ret.layout.unit
    line = pen.flow(lambda x: pen.ret.unit_of(x) == unit) if unit in ("元", "亿元") else None
    if not line:
        return False
    name, value = pen.ret.main(line), _value(line, pen.ret.main(line))
    line.shown[name] = value * GREAT_SLIP if unit == "亿元" else value / GREAT_SLIP
    return pen.mark("unit_slip_1e8", [(line, name)], correctable=True)


def cumulative_as_quarter(pen: Pen) -> bool:
    """Report the year so far as the quarter: of one line, or of all where no year is asked."""
    if pen.ret.layout.cumulative:
        return False
    if pen.ret.has("investment", "year_to_date_cny"):
        line = pen.flow(lambda x: _has_past(x) and pen.ret.has(x.form, MAIN[x.form][1]))
        lines = [line] if line else []
    else:
        lines = pen.free("investment", _has_past)
    places = []
    for each in lines:
        quarter, year = MAIN[each.form]
        each.shown[quarter] = each.true[year]
        places.append((each, quarter))
    return bool(places) and pen.mark("cumulative_as_quarter", places, correctable=True)


def quarter_as_cumulative(pen: Pen) -> bool:
    """Report the quarter as the year so far."""
    line = pen.flow(lambda x: _has_past(x) and pen.ret.has(x.form, MAIN[x.form][1]))
    if not line:
        return False
    quarter, year = MAIN[line.form]
    line.shown[year] = line.true[quarter]
    return pen.mark("quarter_as_cumulative", [(line, year)], correctable=True)


def _has_past(line: Line) -> bool:
    return line.past is not None and line.past[1] > 0 and line.form != "total"


def total_not_sum(pen: Pen) -> bool:
    """Forget a row in the total."""
    totals = [x for x in pen.ret.totals if x.true["project"] == TOTAL]
    if not totals:
        return False
    name = pen.ret.main(totals[0])
    pen.total_off = whole(pen.rng, 8, 30)
    return pen.mark("total_not_sum", [(totals[0], name)], correctable=True)


def housing_included(pen: Pen) -> bool:
    """Count housing with the investment; its own column says how much."""
    if not pen.ret.has("investment", "housing_cny") or pen.ret.layout.cumulative:
        return False
    for line in pen.free("investment", lambda x: x.form == "investment"):
        part = _value(line, "amount_cny") * whole(pen.rng, 10, 40) / 100
        unit = FACTORS.get(pen.ret.unit_of(line), 1)
        part = (part / unit).quantize(Decimal("0.01")) * unit
        line.shown["housing_cny"] = part
        for name in ("amount_cny", "year_to_date_cny"):
            line.shown[name] = _value(line, name) + part
        return pen.mark("housing_included", [(line, "amount_cny")], correctable=True)
    return False


def housing_project(pen: Pen) -> bool:
    """List a project that is housing or a shopping mall."""
    words = ("住宅小区一期", "商业综合体", "商品房二期", "购物中心")
    name = pen.ret.town.place + words[whole(pen.rng, 0, len(words) - 1)]
    return _foreign(pen, name, "housing_project")


def project_twice(pen: Pen) -> bool:
    """List a project of another town."""
    other = _other(pen)
    names = [p.name for p in pen.world.projects[other.town.town_id] if p.known]
    return _foreign(pen, names[whole(pen.rng, 0, len(names) - 1)], "project_twice")


def _foreign(pen: Pen, name: str, kind: str) -> bool:
    """Add a line that should not be there, else like the first one."""
    model = pen.ret.lines["investment"][0]
    amount = Decimal(whole(pen.rng, 1_501, 4_999)) * 10_001 // 100 * 100
    shown = {**model.true, "project": name, "amount_cny": amount, "year_to_date_cny": amount * 2}
    line = Line("investment", name, shown, extra=True, unit=model.unit)
    pen.ret.lines["investment"].append(line)
    return pen.mark(kind, [(line, "project")], correctable=True)


def enterprise_twice(pen: Pen) -> bool:
    """List an enterprise of another town."""
    other = _other(pen)
    known = [e for e in pen.world.enterprises[other.town.town_id] if e.known]
    found: Enterprise = known[whole(pen.rng, 0, len(known) - 1)]
    model = pen.ret.lines["admission"][0]
    names = {"enterprise": found.name, "credit_code": found.credit_code}
    line = Line("admission", found.credit_code, {**model.true, **names}, extra=True)
    pen.ret.lines["admission"].append(line)
    return pen.mark("enterprise_twice", [(line, "credit_code")], correctable=True)


def _other(pen: Pen) -> Return:
    others = [x for x in pen.returns if x is not pen.ret]
    return others[whole(pen.rng, 0, len(others) - 1)]


def out_of_scope(pen: Pen) -> bool:
    """Count the county, and say so."""
    has = [n for n in ("geography", "remark") if pen.ret.has("figure", n)]
    lines = pen.free("figure", lambda x: x.true["metric"] in ("employees", "output_cny", "patents"))
    if not has or not lines:
        return False
    line, name = lines[0], pen.ret.main(lines[0])
    line.shown[name] = _value(line, name) * whole(pen.rng, 3, 9)
    line.shown[has[0]] = "county" if has[0] == "geography" else "全县口径数据"
    pen.mark("out_of_scope", [(line, name)], correctable=True)
    pen.faults[-1].leaves_out = True
    return True


def jump_history(pen: Pen) -> bool:
    """Report several times what is usual, and say nothing of why."""
    line = pen.flow(lambda x: x.form == "figure" and x.true["metric"] != "tax_revenue_cny")
    if not line or pen.ret.layout.cumulative:
        return False
    line.shown["value"] = _value(line, "value") * whole(pen.rng, 40, 90) / 10
    if line.true.get("year_to_date") is not None and line.past:
        line.shown["year_to_date"] = line.past[1] + _shown(line, "value")
    return pen.mark("jump_history", [(line, "value")], correctable=False)


def jump_peers(pen: Pen) -> bool:
    """Report far more than any other town, where nothing was ever reported before."""
    lines = pen.free("figure", lambda x: x.true["metric"] in PEERS)
    if not lines:
        return False
    line = lines[0]
    line.shown["value"] = _value(line, "value") * whole(pen.rng, 15, 60)
    pen.world.forgotten.add((pen.ret.town.town_id, str(line.true["metric"])))
    return pen.mark("jump_peers", [(line, "value")], correctable=False)


def tax_above_output(pen: Pen) -> bool:
    """Report more tax than output."""
    if pen.ret.layout.cumulative:
        return False
    lines = {x.true["metric"]: x for x in pen.ret.lines["figure"] if x not in pen.used}
    if not {"tax_revenue_cny", "output_cny"} <= lines.keys():
        return False
    tax, output = lines["tax_revenue_cny"], lines["output_cny"]
    unit = FACTORS.get(pen.ret.unit_of(tax), 1)
    value = _value(output, "value") * whole(pen.rng, 105, 180) / 100
    tax.shown["value"] = (value / unit).quantize(Decimal("0.01")) * unit
    if tax.past:
        tax.shown["year_to_date"] = tax.past[1] + _shown(tax, "value")
    pen.mark("tax_above_output", [(tax, "value")], correctable=False)
    pen.faults[-1].beside += [(output, "value"), (output, "year_to_date")]
    return True


def area_changed(pen: Pen) -> bool:
    """Report another planned area than was approved."""
    lines = pen.free("figure", lambda x: x.true["metric"] == "planned_area_km2")
    if not lines:
        return False
    area = _value(lines[0], "value") * whole(pen.rng, 105, 160) / 100
    lines[0].shown["value"] = area.quantize(Decimal("0.01"))
    return pen.mark("area_changed", [(lines[0], "value")], correctable=True)


def round_numbers(pen: Pen) -> bool:
    """Guess every project's investment."""
    lines = pen.free("investment", lambda x: not x.extra)
    if len(lines) < 6 or pen.ret.layout.cumulative or pen.used & set(lines):
        return False
    for line in lines:
        value = _value(line, "amount_cny")
        line.shown["amount_cny"] = Decimal(f"{value:.0e}")
        past = line.past[1] if line.past else Decimal(0)
        line.shown["year_to_date_cny"] = past + _shown(line, "amount_cny")
    places = [(line, "amount_cny") for line in lines]
    return pen.mark("round_numbers", places, correctable=False)


def copied_quarter(pen: Pen) -> bool:
    """Hand in last quarter's investment again."""
    lines = pen.free("investment", lambda x: _has_past(x) and not x.extra)
    if len(lines) < 6 or pen.ret.layout.cumulative:
        return False
    for line in lines:
        assert line.past is not None
        line.shown["amount_cny"] = line.past[0]
        line.shown["year_to_date_cny"] = line.past[1] + line.past[0]
    places = [(line, "amount_cny") for line in lines]
    return pen.mark("copied_quarter", places, correctable=False)


def copied_town(pen: Pen) -> bool:
    """Hand in another town's figures."""
    names = ("output_cny", "operating_revenue_cny", "rd_spending_cny", "visitors")
    lines = pen.free("figure", lambda x: x.true["metric"] in names)
    if len(lines) < len(names) or pen.ret.layout.cumulative:
        return False
    other = _other(pen)
    if other.layout.cumulative:
        return False
    given = {x.true["metric"]: x for x in other.lines["figure"]}
    for line in lines:
        line.shown["value"] = _shown(given[line.true["metric"]], "value")
        if line.past:
            line.shown["year_to_date"] = line.past[1] + _shown(line, "value")
    pen.mark("copied_town", [(line, "value") for line in lines], correctable=False)
    taxes = [x for x in pen.ret.lines["figure"] if x.true["metric"] == "tax_revenue_cny"]
    pen.faults[-1].beside += [(x, n) for x in taxes for n in ("value", "year_to_date")]
    return True


def _shown(line: Line, name: str) -> Decimal:
    value = line.shown[name]
    assert isinstance(value, Decimal)
    return value


TOTAL, FEATURED, OTHER = "合计", "小计（特色产业）", "小计（其他）"


def _totals(ret: Return) -> list[Line]:
    """Rows of totals as the layout has them; what they add up to is said in the end."""
    names = {"none": (), "total": (TOTAL,), "subtotals": (FEATURED, OTHER, TOTAL)}
    return [
        Line(
            "investment", "investment", {"project": name, **dict.fromkeys(AMOUNTS)}, extent="total"
        )
        for name in names[ret.layout.totals]
    ]


AMOUNTS = ("amount_cny", "year_to_date_cny", "housing_cny")


def _close(pen: Pen) -> None:
    """Add the totals up: what is written, or (half of the towns) what is true."""
    for line in pen.ret.totals:
        rows = [x for x in pen.ret.lines["investment"] if _counts(line, x)]
        for name in AMOUNTS:
            written = [x.shown.get(name) for x in rows]
            right = [None if x.extra else x.true.get(name) for x in rows]
            given = written if pen.ret.follows or name == "housing_cny" else right
            total = sum((v for v in given if isinstance(v, Decimal)), Decimal(0))
            line.true[name] = sum((v for v in right if isinstance(v, Decimal)), Decimal(0))
            line.shown[name] = total or None
        if (line, pen.ret.main(line)) in [f.places[0] for f in pen.faults]:
            name = pen.ret.main(line)
            off = _shown(line, name) * pen.total_off / 100
            unit = FACTORS.get(pen.ret.layout.unit, 1)
            line.shown[name] = _shown(line, name) - (off / unit).quantize(Decimal("0.01")) * unit


def _counts(total: Line, line: Line) -> bool:
    if total.true["project"] == TOTAL:
        return True
    return bool(line.shown["featured"]) == (total.true["project"] == FEATURED)


PLANTERS: dict[str, Callable[[Pen], bool]] = {
    planter.__name__: planter
    for planter in (
        unit_slip_1e4, unit_slip_1e8, cumulative_as_quarter, quarter_as_cumulative, total_not_sum,
        housing_included, housing_project, jump_history, jump_peers, tax_above_output,
        enterprise_twice, project_twice, out_of_scope, area_changed, round_numbers,
        copied_quarter, copied_town,
    )
}  # fmt: skip
