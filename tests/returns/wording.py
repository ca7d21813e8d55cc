"""How towns write what they report: headings, units, days, numbers."""

from datetime import date
from decimal import Decimal

from tests.returns.layouts import FACTORS, MONEY, Layout, Line, Raw, Return, Shown
from tests.returns.truth import quarter_zh
from townworks.schema.forms import forms, metrics

USUAL = {
    "number": "序号",
    "town": "特色小镇名称",
    "quarter": "报告期",
    "project": "建设项目名称",
    "investment.enterprise": "建设单位",
    "admission.enterprise": "企业名称",
    "credit_code": "统一社会信用代码",
    "featured": "是否特色产业",
    "starts_on": "开工时间",
    "planned_total_cny": "计划总投资",
    "amount_cny": "本季度完成投资",
    "year_to_date_cny": "自年初累计完成投资",
    "housing_cny": "其中：住宅",
    "metric": "指标名称",
    "unit": "计量单位",
    "value": "本季实际",
    "year_to_date": "本年累计",
    "geography": "统计口径",
    "admitted_on": "入驻时间",
    "activity": "主营业务",
    "remark": "备注",
    "contact": "联系人",
}
SHORT = USUAL | {
    "project": "项 目 名 称",
    "investment.enterprise": "业主单位",
    "admission.enterprise": "单位名称",
    "credit_code": "信用代码",
    "amount_cny": "本季投资额",
    "year_to_date_cny": "本年\n累计",
    "housing_cny": "其中：商品住宅",
    "metric": "指标",
    "value": "本期数",
    "year_to_date": "累计数",
    "admitted_on": "入驻日期",
}
METRIC_NAMES = {
    "fixed_asset_investment_cny": "完成固定资产投资",
    "featured_investment_cny": "其中：特色产业投资",
    "enterprises_count": "期末企业数",
    "new_enterprises": "新增企业数",
    "employees": "期末从业人员",
    "output_cny": "总产值",
    "operating_revenue_cny": "主营业务收入",
    "tax_revenue_cny": "入库税收",
    "rd_spending_cny": "研发投入",
    "visitors": "游客人次",
    "land_used_mu": "已用建设用地",
    "planned_area_km2": "规划面积",
    "built_area_km2": "建成面积",
    "patents": "拥有专利",
}
ENGLISH_UNITS = {
    "元": "CNY",
    "万元": "10,000 CNY",
    "亿元": "100 million CNY",
    "人次": "visits",
    "家": "enterprises",
    "人": "persons",
    "亩": "mu",
    "平方公里": "km2",
    "件": "patents",
}


def heading(layout: Layout, form: str, name: str) -> str:
    """Heading of a column, with its unit where the layout puts it there."""
    english = layout.words == "english"
    if layout.words in ("label", "english") and name in forms()[form].fields:
        text = forms()[form].fields[name].label["en" if english else "zh"]
    else:
        words = SHORT if layout.words == "short" else USUAL
        text = words.get(f"{form}.{name}") or words[name]
    if name in MONEY and layout.unit_at == "heading":
        return text + unit_suffix(layout, layout.unit)
    if form == "figure" and name == "value" and layout.cumulative:
        return "期末数"
    return text


def unit_suffix(layout: Layout, unit: str) -> str:
    """Unit in brackets."""
    return f" ({ENGLISH_UNITS[unit]})" if layout.words == "english" else f"（{unit}）"


def metric_name(layout: Layout, metric: str) -> str:
    """Name a figure as the layout does."""
    if layout.words in ("label", "english"):
        return metrics()[metric].label["en" if layout.words == "english" else "zh"]
    return METRIC_NAMES[metric]


def written(ret: Return, line: Line, name: str) -> Shown:
    """What stands in the cell of a field: a text, a Decimal in the cell's unit, a day, or None."""
    value = line.shown.get(name)
    layout = ret.layout
    if isinstance(value, Raw):
        return str(value)
    if isinstance(value, bool):
        yes, no = ("Yes", "No") if layout.words == "english" else ("是", "否")
        return yes if value else no
    if isinstance(value, date):
        return _day(value, ret.days)
    if isinstance(value, Decimal):
        return _amount(ret, line, value)
    return _word(ret, line, name)


def _word(ret: Return, line: Line, name: str) -> Shown:
    value, english = line.shown.get(name), ret.layout.words == "english"
    if name == "unit" and line.extent != "total":
        return ENGLISH_UNITS[ret.unit_of(line)] if english else ret.unit_of(line)
    if name == "metric" and line.form == "figure":
        return metric_name(ret.layout, str(value))
    if name == "geography" and not english:
        return PLACES.get(str(value), str(value))
    return quarter_zh(str(value)) if name == "quarter" and value and not english else value


PLACES = {"town": "小镇", "county": "全县"}


def _amount(ret: Return, line: Line, value: Decimal) -> Shown:
    unit = ret.unit_of(line)
    number = plain(value / FACTORS.get(unit, 1))
    if ret.layout.unit_at != "cell":
        return number
    text = f"{number:,f}" + unit
    order = ret.lines[line.form].index(line) if line in ret.lines[line.form] else 0
    return text if order % 2 else text.translate(FULL_WIDTH)


FULL_WIDTH = str.maketrans("0123456789,.-", "０１２３４５６７８９，．－")


def plain(number: Decimal) -> Decimal:
    """The number without needless zeros, never with an exponent.

    >>> plain(Decimal("1200.50")), plain(Decimal("3E+3"))
    (Decimal('1200.5'), Decimal('3000'))
    """
    short = number.normalize()
    return short.quantize(Decimal(1)) if short == short.to_integral() else short


def _day(day: date, style: str) -> Shown:
    styles: dict[str, Shown] = {
        "iso": f"{day:%Y-%m-%d}",
        "slash": f"{day.year}/{day.month}/{day.day}",
        "zh": f"{day.year}年{day.month}月{day.day}日",
        "compact": f"{day:%Y%m%d}",
        "month": f"{day.year}.{day.month}",
        "excel": day,
    }
    return styles[style]
