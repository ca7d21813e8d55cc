"""How towns lay out their returns: which columns, headings, units, days and totals."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from tests.returns.truth import METRICS, Rng, Town, World, quarter_zh, quarters_until, year_to_date
from townworks.schema.forms import metrics

FORMS = ("investment", "figure", "admission")
MONEY = ("planned_total_cny", "amount_cny", "year_to_date_cny", "housing_cny")
FACTORS = {
    "元": 1,
    "万元": 10_000,
    "亿元": 100_000_000,
    "万美元": 10_000,
    "万人次": 10_000,
    "人次": 1,
}
"""What one of a unit is in the canonical one (万美元: in dollars); all others 1."""
THREE_SHEETS = (
    ("项目投资", ("investment",)),
    ("小镇指标", ("figure",)),
    ("入驻企业", ("admission",)),
)
ONE_SHEET = (("Sheet1", FORMS),)
DAYS = ("iso", "slash", "zh", "compact", "month", "excel")


class Raw(str):
    """A text that is written as it is."""

    __slots__ = ()


Shown = Decimal | str | date | bool | None


@dataclass(eq=False)
class Line:
    """A line of a return. true: what is right; shown: what is written, in canonical units.

    extra: the line should not be there at all. unit: of this line alone ("" as in the layout).
    past: value of the quarter before and of its year until then, where there is one.
    """

    form: str
    subject: str
    true: dict[str, Shown]
    shown: dict[str, Shown] = field(default_factory=dict)
    extra: bool = False
    unit: str = ""
    extent: str = "during"
    past: tuple[Decimal, Decimal] | None = None

    def __post_init__(self) -> None:
        """Show what is true until told otherwise."""
        self.shown = self.shown or dict(self.true)


@dataclass(frozen=True)
class Layout:
    """A way to fill in the return; columns: fields, or number, unit, remark, contact.

    unit_at: heading, note, column or cell. town_at: column, title, cell or file. totals: none,
    total or subtotals. kind: xlsx or the encoding of a CSV. granule_cny: smallest amount.
    """

    name: str
    investment: str
    figure: str
    admission: str = "number enterprise credit_code admitted_on"
    words: str = "usual"
    unit: str = "万元"
    unit_at: str = "heading"
    sheets: tuple[tuple[str, tuple[str, ...]], ...] = THREE_SHEETS
    town_at: str = "title"
    totals: str = "total"
    kind: str = "xlsx"
    granule_cny: Decimal = Decimal(100)
    options: tuple[str, ...] = ()

    def columns(self, form: str) -> list[str]:
        """Columns of a form from left to right."""
        given = {"investment": self.investment, "figure": self.figure, "admission": self.admission}
        return given[form].split()

    @property
    def cumulative(self) -> bool:
        """Whether only the year until now is asked, not the quarter."""
        return "amount_cny" not in self.columns("investment")


BOTH = "amount_cny year_to_date_cny"
LAYOUTS = (
    Layout(
        "template",
        "town quarter project credit_code enterprise featured starts_on planned_total_cny "
        f"{BOTH} housing_cny",
        "town quarter metric unit value year_to_date geography",
        "town credit_code enterprise admitted_on activity",
        words="label",
        town_at="column",
        totals="none",
    ),
    Layout(
        "english",
        f"town quarter project credit_code featured starts_on {BOTH} housing_cny",
        "town quarter metric unit value year_to_date geography",
        "town credit_code enterprise admitted_on",
        words="english",
        unit="元",
        town_at="column",
        totals="none",
        sheets=(
            ("Investment", ("investment",)),
            ("Figures", ("figure",)),
            ("Enterprises", ("admission",)),
        ),
        granule_cny=Decimal("0.01"),
    ),
    Layout(
        "titled",
        f"number project enterprise credit_code starts_on {BOTH} housing_cny",
        "number metric unit value year_to_date",
        unit_at="note",
        options=("title", "footer"),
    ),
    Layout(
        "two_rows",
        f"number project enterprise credit_code featured starts_on {BOTH} housing_cny",
        "number metric unit value year_to_date",
        words="short",
        town_at="cell",
        options=("title", "two_rows"),
    ),
    Layout(
        "yi",
        f"number project enterprise credit_code starts_on planned_total_cny {BOTH}",
        "number metric unit value year_to_date remark",
        unit="亿元",
        unit_at="note",
        town_at="cell",
        options=("side_note",),
        granule_cny=Decimal(10_000),
    ),
    Layout(
        "mixed_units",
        "number project enterprise credit_code unit amount_cny housing_cny starts_on",
        "number metric unit value",
        unit_at="column",
        totals="none",
        options=("title",),
    ),
    Layout(
        "full_width",
        f"number project enterprise starts_on {BOTH} housing_cny",
        "number metric value year_to_date",
        unit_at="cell",
        town_at="file",
        words="short",
    ),
    Layout(
        "one_sheet",
        f"number project enterprise credit_code {BOTH} housing_cny starts_on",
        "number metric unit value year_to_date remark",
        sheets=ONE_SHEET,
        totals="subtotals",
        options=("title", "footer"),
    ),
    Layout(
        "cumulative",
        "number project credit_code enterprise starts_on year_to_date_cny",
        "metric unit year_to_date value",
        town_at="cell",
    ),
    Layout(
        "wide",
        f"number project enterprise credit_code featured starts_on {BOTH} housing_cny",
        "town metric",
        unit="亿元",
        words="short",
        options=("wide",),
        granule_cny=Decimal(10_000),
    ),
    Layout(
        "hidden_year",
        f"number project enterprise credit_code starts_on {BOTH} housing_cny",
        "number metric unit value year_to_date",
        sheets=(("2016年二季度投资", ("investment",)), ("2016年二季度指标", FORMS[1:])),
        options=("title", "hidden"),
    ),
    Layout(
        "csv_gb18030",
        f"project enterprise credit_code starts_on {BOTH} housing_cny",
        "metric unit value year_to_date",
        unit="元",
        town_at="cell",
        kind="gb18030",
        sheets=(("", FORMS),),
    ),
    Layout(
        "shuffled",
        "contact credit_code enterprise starts_on housing_cny year_to_date_cny amount_cny "
        "remark project number",
        "remark year_to_date value unit metric",
        "contact admitted_on credit_code remark enterprise",
        words="short",
        town_at="file",
    ),
    Layout(
        "csv_utf8",
        f"town quarter project credit_code enterprise featured starts_on {BOTH}",
        "town quarter metric unit value year_to_date geography",
        "town credit_code enterprise admitted_on",
        words="label",
        town_at="column",
        totals="none",
        kind="utf-8-sig",
        sheets=(("", FORMS),),
    ),
)


@dataclass
class Return:
    """What a town hands in. days: how it writes them. follows: totals add up what is written."""

    town: Town
    layout: Layout
    quarter: str
    file: str
    days: str
    follows: bool
    lines: dict[str, list[Line]]
    totals: list[Line]

    def unit_of(self, line: Line) -> str:
        """Unit that the amounts of a line are written in."""
        if line.unit:
            return line.unit
        if line.form == "figure" and line.true["metric"] in metrics():
            metric = str(line.true["metric"])
            if METRICS[metric][0] != "cny":
                usual = metrics()[metric].usual
                return "人次" if usual == "万人次" and self.layout.unit == "元" else usual
        return self.layout.unit

    def main(self, line: Line) -> str:
        """Field that says what the quarter brought, in this layout."""
        quarter, year = MAIN[line.form]
        if line.extent != "at" and self.layout.cumulative:
            return year
        return quarter

    def has(self, form: str, name: str) -> bool:
        """Whether the layout has a column for the field."""
        return name in self.layout.columns(form)


MAIN = {"investment": ("amount_cny", "year_to_date_cny"), "figure": ("value", "year_to_date")}
"""Fields of the quarter and of the year until now."""


def make_return(world: World, town: Town, layout: Layout, rng: Rng) -> Return:
    """Build a return without any fault."""
    number = world.towns.index(town) + 1
    named = layout.town_at == "file" or rng.integers(3) == 0
    stem = f"{town.name_zh}{quarter_zh(world.quarter)}报表" if named else f"报表{number:02}"
    styles = DAYS[:-1] if layout.kind != "xlsx" else DAYS
    days = styles[int(rng.integers(len(styles)))]
    ret = Return(
        town,
        layout,
        world.quarter,
        stem + (".xlsx" if layout.kind == "xlsx" else ".csv"),
        days,
        bool(rng.integers(2)),
        lines_of(world, town, world.quarter),
        [],
    )
    if layout.unit_at == "column":
        money = [x for f in FORMS[:2] for x in ret.lines[f] if ret.unit_of(x) == layout.unit]
        for n, line in enumerate(money):
            line.unit = ("万元", "元", "万元", "亿元")[n % 4]
    if layout.cumulative:
        for line in ret.lines["figure"]:
            if line.extent == "during":
                line.shown["value"] = None
    return ret


def lines_of(world: World, town: Town, quarter: str) -> dict[str, list[Line]]:
    """Lines of a quarter, all of them true."""
    before = quarters_until(quarter)[-2]
    common: dict[str, Shown] = {"town": town.name_zh, "quarter": quarter}
    investment, figure, admission = [], [], []
    for p in sorted(world.projects[town.town_id], key=lambda p: not p.featured):
        if quarter in p.amounts:
            values: dict[str, Shown] = {
                "project": p.name,
                "enterprise": p.builder.name,
                "credit_code": p.builder.credit_code,
                "featured": p.featured,
                "starts_on": p.starts_on,
                "planned_total_cny": p.planned_total_cny,
                "amount_cny": p.amounts[quarter],
                "year_to_date_cny": year_to_date(p.amounts, quarter),
            }
            investment.append(Line("investment", p.name, common | values))
            investment[-1].past = _past(p.amounts, before)
    for metric, amounts in world.figures[town.town_id].items():
        during = METRICS[metric][1] == "during"
        values = {
            "metric": metric,
            "value": amounts[quarter],
            "year_to_date": year_to_date(amounts, quarter) if during else None,
            "geography": "town",
        }
        figure.append(Line("figure", "", common | values, extent=METRICS[metric][1]))
        figure[-1].past = _past(amounts, before)
    for e in world.enterprises[town.town_id]:
        values = {
            "enterprise": e.name,
            "credit_code": e.credit_code,
            "admitted_on": e.admitted_on,
            "activity": e.activity,
        }
        admission.append(Line("admission", e.credit_code, common | values))
    return {"investment": investment, "figure": figure, "admission": admission}


def _past(amounts: dict[str, Decimal], before: str) -> tuple[Decimal, Decimal] | None:
    if before not in amounts:
        return None
    return amounts[before], year_to_date(amounts, before)
