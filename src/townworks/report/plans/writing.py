"""Words and numbers of a plan's page, always in both languages at once.

A text by language is a mapping (`Words`); only here does it become HTML, of which CSS shows one.
"""

from collections.abc import Mapping

from markupsafe import Markup

from townworks.report.charts.amounts import Number, unit_for
from townworks.schema.messages import LANGUAGES, catalogue, message
from townworks.schema.plans import UNITS

Words = Mapping[str, str]
NOTHING = "–"
_ALL, _NONE = 0.995, 0.005
_WHOLE_FROM = 99.95


def words(key: str, **values: object) -> dict[str, str]:
    """Return a message of plans.toml by language; values that are `Words` are put in by language.

    >>> words("candidates", n=3)["en"], words("of", name=words("chosen"), value=3)["zh"]
    ('3 candidates', '入选：3')
    """
    return {
        lang: message(
            f"plans.{key}",
            lang,
            **{k: v[lang] if isinstance(v, Mapping) else v for k, v in values.items()},
        )
        for lang in LANGUAGES
    }


def both(key: str, **values: object) -> Markup:
    """Return a message in both languages as HTML; the page shows one of them."""
    return of(words(key, **values))


def of(texts: Words) -> Markup:
    """Return a text in both languages as HTML, in few bytes; once if both agree.

    >>> print(of({"en": "< 1%", "zh": "< 1%"}))
    &lt; 1%
    >>> print(of({"en": "a", "zh": "甲"}))
    <span lang=en>a</span><span lang=zh>甲</span>
    """
    if len({texts[lang] for lang in LANGUAGES}) == 1:
        return Markup("{}").format(texts[LANGUAGES[0]])
    return Markup("<span lang=en>{en}</span><span lang=zh>{zh}</span>").format(**texts)


def known(prefix: str, code: str) -> Words:
    """Return the words of a code, as "sector" and "fashion"; of an unknown one, the code itself.

    >>> known("quantity", "land")["zh"], known("quantity", "water_use")["en"]
    ('用地指标', 'water use')
    """
    if f"plans.{prefix}.{code}" in catalogue():
        return words(f"{prefix}.{code}")
    return dict.fromkeys(LANGUAGES, code.replace("_", " "))


def money(amount_cny: Number | None) -> Words:
    """Return an amount as it is read, in a unit that suits it; None is a dash.

    >>> money(-512345678901)
    {'en': '−CNY 512.3 bn', 'zh': '−5,123.5亿元'}
    """
    if amount_cny is None:
        return dict.fromkeys(LANGUAGES, NOTHING)
    if not amount_cny:
        return words("zero")
    is_less = amount_cny < 0
    size = -amount_cny if is_less else amount_cny
    texts = {lang: unit_for(size, lang).text(size) for lang in LANGUAGES}
    return {lang: f"−{text}" if is_less else text for lang, text in texts.items()}


def limit(code: str) -> Words:
    """Return the words of a quantity that is limited, perhaps in one year.

    >>> limit("land 2016")["en"], limit("investment_target")["zh"]
    ('Land quota, 2016', '投资目标')
    """
    name, _, year = code.partition(" ")
    found = known("quantity", name)
    return words("year_of", name=found, year=year) if year else found


def changed(value: Number | None, name: str) -> Words:
    """Return a change of a quantity, with its sign.

    >>> changed(0.5e9, "value")["en"], changed(-20, "land")["zh"]
    ('+CNY 500 m', '−20亩')
    """
    sign = "+" if value is not None and value > 0 else ""
    return {lang: sign + text for lang, text in quantity(value, name).items()}


def quantity(value: Number | None, name: str) -> Words:
    """Return a value of a quantity (see `UNITS`) with its unit.

    >>> quantity(1200, "land")["en"], quantity(None, "towns")["zh"]
    ('1,200 mu', '–')
    """
    bare = name.partition(" ")[0]
    unit = "cny" if bare.startswith("investment") else UNITS.get(bare, "count")
    if value is None or unit == "cny":
        return money(value)
    if unit == "count":
        return dict.fromkeys(LANGUAGES, number(value))
    return {
        lang: message(
            "rules.quantity",
            lang,
            value=number(value),
            unit=message(f"rules.unit.{unit}", lang),
        )
        for lang in LANGUAGES
    }


def number(value: Number) -> str:
    """Return a number with as many decimals as help: none from 100 on, no idle zeros.

    >>> number(1234.5), number(12.30), number(-0.256)
    ('1,234', '12.3', '−0.26')
    """
    size = abs(float(value))
    digits = 0 if size >= _WHOLE_FROM else 1 if size >= 1 else 2
    text = f"{value:,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return ("0" if text in {"-0", ""} else text).replace("-", "−")


def percent(share: float | None) -> str:
    """Return a share without false certainty: what is not all is never 100%.

    >>> [percent(x) for x in (0.427, 0.998, 1.0, 0.001, 0.0, None)]
    ['43%', '>99%', '100%', '<1%', '0%', '–']
    """
    if share is None:
        return NOTHING
    if _ALL <= share < 1:
        return ">99%"
    if 0 < share < _NONE:
        return "<1%"
    return f"{share:.0%}".replace("-", "−")


def part(share: float | None) -> str:
    """Return a small share, as of a gap or a regret: with a decimal below ten per cent.

    >>> [part(x) for x in (0.0042, 0.31, 0.00004, 0.0)]
    ['0.4%', '31%', '<0.1%', '0%']
    """
    if share is None:
        return NOTHING
    size = abs(share)
    if 0 < size < _NONE / 10:
        return "<0.1%"
    text = f"{size:.0%}" if size >= 0.0995 or not size else f"{size:.1%}"  # noqa: PLR2004  ten per cent
    return text if share >= 0 else f"−{text}"
