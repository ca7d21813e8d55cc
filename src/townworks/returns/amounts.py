"""Amounts as people write them in returns, exact and in the register's unit.

Money becomes yuan, land mu, area km² or m², everything counted a plain number. What is no amount is
a fault with a key of the catalogue (`workbooks.…`), never a guess and never a zero.
"""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from townworks.schema.grids import Cell

WAN, YI = Decimal(10_000), Decimal(100_000_000)


@dataclass(frozen=True)
class Scale:
    """A unit: what it is in the register's unit, and as it was written."""

    unit: str
    factor: Decimal
    symbol: str


@dataclass(frozen=True)
class Amount:
    """What a cell holds. value: in `unit`, None where there is none; factor: what it was times.

    fault: key of the catalogue with its values; missing: the cell says that there is nothing;
    approximate: "about", "over".
    """

    value: Decimal | None
    unit: str = ""
    factor: Decimal = Decimal(1)
    fault: str = ""
    values: Mapping[str, object] = field(default_factory=dict)
    missing: bool = False
    approximate: bool = False


ONE = Decimal(1)
_UNITS: tuple[tuple[str, str, Decimal], ...] = (
    ("亿元", "cny", YI),
    ("百万元", "cny", Decimal(1_000_000)),
    ("千万元", "cny", Decimal(10_000_000)),
    ("万元", "cny", WAN),
    ("千元", "cny", Decimal(1_000)),
    ("元", "cny", ONE),
    ("亿美元", "usd", YI),
    ("万美元", "usd", WAN),
    ("美元", "usd", ONE),
    ("usd", "usd", ONE),
    ("亿欧元", "eur", YI),
    ("万欧元", "eur", WAN),
    ("欧元", "eur", ONE),
    ("亿港元", "hkd", YI),
    ("万港元", "hkd", WAN),
    ("港元", "hkd", ONE),
    ("万平方米", "m2", WAN),
    ("万㎡", "m2", WAN),
    ("万m2", "m2", WAN),
    ("平方米", "m2", ONE),
    ("㎡", "m2", ONE),
    ("m2", "m2", ONE),
    ("平方公里", "km2", ONE),
    ("平方千米", "km2", ONE),
    ("km2", "km2", ONE),
    ("km²", "km2", ONE),
    ("公顷", "mu", Decimal(15)),
    ("hectares", "mu", Decimal(15)),
    ("万亩", "mu", WAN),
    ("亩", "mu", ONE),
    ("mu", "mu", ONE),
    ("万人次", "count", WAN),
    ("人次", "count", ONE),
    ("万人", "count", WAN),
    ("人", "count", ONE),
    ("家", "count", ONE),
    ("个", "count", ONE),
    ("件", "count", ONE),
    ("户", "count", ONE),
    ("项", "count", ONE),
    ("persons", "count", ONE),
    ("10,000 visits", "count", WAN),
    ("visits", "count", ONE),
    ("%", "share", Decimal("0.01")),
    ("‰", "share", Decimal("0.001")),
    ("亿", "", YI),
    ("万", "", WAN),
)
_BY_SYMBOL = {symbol: (unit, factor) for symbol, unit, factor in _UNITS}
_LONGEST = sorted(_BY_SYMBOL, key=len, reverse=True)
_ENGLISH = (
    (r"(?:cny|rmb|yuan)[^a-z0-9]*(?:10,?000|wan)|10,?000\s*(?:cny|rmb|yuan)", "cny", WAN),
    (r"(?:cny|rmb|yuan)[^a-z0-9]*100\s*m(?:illio)?n|100\s*million\s*(?:cny|rmb|yuan)", "cny", YI),
    (r"(?:cny|rmb|yuan)\s*(?:bn|billion)|billion\s*(?:cny|rmb|yuan)", "cny", Decimal(10) ** 9),
    (r"(?:cny|rmb|yuan)\s*(?:mn?|million)\b|million\s*(?:cny|rmb|yuan)", "cny", Decimal(10) ** 6),
    (r"(?:usd|us\$|dollars?)[^a-z0-9]*10,?000|10,?000\s*(?:usd|us\$)", "usd", WAN),
    (r"(?:usd|us\$)\s*(?:mn?|million)\b|million\s*usd", "usd", Decimal(10) ** 6),
    (r"\b(?:usd|us\$|dollars?)\b", "usd", Decimal(1)),
    (r"\b(?:cny|rmb|yuan)\b", "cny", Decimal(1)),
    (r"10,?000\s*(?:persons?|visits?|visitors?)", "count", WAN),
    (r"\b(?:persons?|number|visits?|count)\b", "count", Decimal(1)),
    (r"\bkm\s*[2²]", "km2", Decimal(1)),
    (r"\bm\s*[2²]", "m2", Decimal(1)),
    (r"\bmu\b", "mu", Decimal(1)),
)
_NOTE = re.compile(
    r"(?:计量单位|金额单位|单位|unit)\s*(?:[:：]|为|是)\s*([^\s,，;；)）]+(?:\s*[\d,]+(?:\s*\w+)?)?)",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"[(（\[【]([^()（）\[\]【】]*)[)）\]】]")
_NOTHING = re.compile(r"^(?:[-—–_/\\]+|无|暂无|没有|未统计|不详|n/?a|none|nil)$", re.IGNORECASE)
_ABOUT = re.compile(
    r"^(?:约|近|超|逾|大约|about|over|nearly|>|≥|~)|(?:余|多|左右|以上|\+)$", re.IGNORECASE
)
_NUMBER = re.compile(r"^([+-]?)(\d{1,3}(?:,\d{3})+|\d+)?(\.\d+)?$")


def read_unit(text: str) -> Scale | None:
    """Find the unit that a heading, note or unit column states; None: none.

    >>> read_unit("本季完成投资（万元）").factor, read_unit("单位：亿元").unit
    (Decimal('10000'), 'cny')
    >>> read_unit("项目名称") is None
    True
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    noted = _NOTE.search(plain)
    for part in (*([noted[1]] if noted else []), *_BRACKETED.findall(plain), plain):
        found = _unit_of(part.strip())
        if found is not None:
            return found
    return None


def _unit_of(text: str) -> Scale | None:
    lower = text.lower().removeprefix("人民币").removesuffix("人民币").strip()
    if lower in _BY_SYMBOL:
        unit, factor = _BY_SYMBOL[lower]
        return Scale(unit or "cny", factor, text)
    for pattern, unit, factor in _ENGLISH:
        if re.search(pattern, lower):
            return Scale(unit, factor, text)
    return None


def read_amount(cell: Cell, scale: Scale | None) -> Amount:
    """Read a cell as an amount; scale: the unit that its heading or sheet gives.

    A unit in the cell itself goes before it; 万 and 亿 alone multiply and keep the unit.

    >>> read_amount("１，２３４．５万元", None).value
    Decimal('12345000.0')
    >>> read_amount(Decimal("3.2"), Scale("cny", YI, "亿元")).value
    Decimal('320000000.0')
    >>> read_amount("约300", None).approximate, read_amount("——", None).missing
    (True, True)
    """
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        return Amount(None, missing=True)
    if isinstance(cell, bool | date):
        return Amount(None, fault="no_amount", values={"text": str(cell)})
    if isinstance(cell, Decimal):
        return _scaled(cell, scale, approximate=False)
    return _read_text(cell, scale)


def _read_text(text: str, scale: Scale | None) -> Amount:
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    plain = plain.replace("−", "-").lstrip("¥￥'").removeprefix("人民币").removeprefix("RMB")
    if _NOTHING.match(plain):
        return Amount(None, missing=True)
    if re.fullmatch(r"\([^()]+\)", plain):
        plain = "-" + plain[1:-1]
    approximate = bool(_ABOUT.search(plain))
    plain = _ABOUT.sub("", plain)
    own = next((s for s in _LONGEST if plain.lower().endswith(s)), "")
    body = plain[: len(plain) - len(own)] if own else plain
    if own and _ABOUT.search(body):
        approximate, body = True, _ABOUT.sub("", body)
    number = _decimal(body)
    if number is None:
        return Amount(None, fault="no_amount", values={"text": text.strip()[:60]})
    if own:
        unit, factor = _BY_SYMBOL[own]
        scale = Scale(unit or (scale.unit if scale else ""), factor, own)
    return _scaled(number, scale, approximate=approximate)


def _decimal(text: str) -> Decimal | None:
    if not _NUMBER.match(text) or not any(c.isdigit() for c in text):
        return None
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


LARGEST = Decimal(10) ** 17


def _scaled(number: Decimal, scale: Scale | None, *, approximate: bool) -> Amount:
    factor = scale.factor if scale else Decimal(1)
    value = number * factor
    if not value.is_finite() or abs(value) >= LARGEST:
        return Amount(None, fault="too_large", values={"text": str(number)[:60]})
    places = -int(value.normalize().as_tuple().exponent)
    if places > 6:  # noqa: PLR2004 (what the tables hold)
        value = value.quantize(Decimal("1E-10"))
        approximate = False
    return Amount(value, scale.unit if scale else "", factor, approximate=approximate)


def converted(amount: Amount, unit: str) -> Amount:
    """Bring an amount into the unit that a field wants; another dimension is a fault.

    m² and mu, m² and km² are converted exactly; money of another currency is not.

    >>> converted(Amount(Decimal(2000), "m2"), "mu").value
    Decimal('3')
    """
    if amount.value is None or amount.unit in ("", unit) or not unit:
        return amount
    ratio = _RATIOS.get((amount.unit, unit))
    if ratio is None:
        values = {"found": amount.unit, "wanted": unit, "value": amount.value}
        return Amount(None, amount.unit, fault="other_unit", values=values)
    return Amount(
        (amount.value * ratio[0] / ratio[1]).normalize(),
        unit,
        amount.factor,
        approximate=amount.approximate,
    )


_RATIOS = {
    ("m2", "mu"): (Decimal(3), Decimal(2000)),
    ("m2", "km2"): (Decimal(1), Decimal(1_000_000)),
    ("mu", "km2"): (Decimal(1), Decimal(1500)),
    ("km2", "mu"): (Decimal(1500), Decimal(1)),
    ("km2", "m2"): (Decimal(1_000_000), Decimal(1)),
}
