"""Build the tables of `src/townworks/definitions/zhejiang/` from a folder of published facts.

    python scripts/build_zhejiang.py [FACTS [OUT]]

FACTS (default: `../shared/facts` beside the checkout) holds `towns.csv`, `figures.csv`,
`aggregates.csv` and `assessments.csv`: what was read, one row a fact, with its source. The same
facts give the same bytes. Rules:

- the unit follows from the metric's ending, the evidence from the kind of the fact, the bound from
  a quoted word of its note ('over'), first and last day from its period;
- amounts that flow are meant during their period, or as a sum where it spans years; else a state;
- what the columns do not say (who or what is counted, and where) stands in `zhejiang-scopes.csv`,
  a row a fact; a name, period or value `*` there stands for any, and an empty name for the
  programme. A row of it that meets no fact is an error;
- awards (`status` "award") are left out: they are no grade of an assessment, and no naming;
- numbers of towns entering a list come from `aggregates.csv` and from the notes of namings; those
  after 2021 are left out, for the lists have no published stock there.
"""

import csv
import re
import sys
from calendar import monthrange
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from townworks.schema.programme import Anchor, Count, Figure, Naming, Outcome, Tally, Town

ROOT = Path(__file__).parents[1]
OUT = ROOT / "src" / "townworks" / "definitions" / "zhejiang"
FACTS = ROOT.parent / "shared" / "facts"
SCOPES = Path(__file__).with_name("zhejiang-scopes.csv")
Row = dict[str, str]

TABLES = {
    "towns": Town,
    "anchors": Anchor,
    "figures": Figure,
    "outcomes": Outcome,
    "tallies": Tally,
    "namings": Naming,
    "counts": Count,
}
SILIU = "https://siliu.net/p/9x20mr5l8v.html"
IN_EN = "https://in-en.com/article/html/energy-2275466.shtml"
HUANGYAN = "http://bbs.0576qq.com/thread-720153-1-1.html"
LUQIAO = "http://hanfengnongye.com/07tztk/system/2016/03/27/020304134.shtml"
ANCHORS = (
    ("hangzhou-xihu-yunqi", "Alibaba Cloud", "阿里云", SILIU),
    ("hangzhou-xihu-yunqi", "DtDream", "数梦工场", SILIU),
    ("huzhou-deqing-geoinformation", "SuperMap", "超图软件", IN_EN),
    ("huzhou-deqing-geoinformation", "Chang Guang Satellite", "长光卫星", IN_EN),
    ("huzhou-deqing-geoinformation", "Qianxun", "千寻位置", IN_EN),
    ("taizhou-huangyan-mould", "Jingcheng Mould", "精诚模具", HUANGYAN),
    ("taizhou-huangyan-mould", "Xingtai Plastic Mould", "星泰塑料模具", HUANGYAN),
    ("taizhou-luqiao-volvo", "Geely Auto", "吉利汽车", LUQIAO),
)
"""Enterprises that a page names inside the town; towns whose pages name none have none."""

ON_THE_DAY = {
    "taizhou-yuhuan-fashion-home": {"county_zh": "玉环市", "county_code": "331083"},
}
"""Counties that the facts name as they were before the day of listing; Yuhuan: a city in 2017."""

UNITS = (
    (r"_per_mu_cny$", "cny/mu"),
    (r"_cny$", "cny"),
    (r"_km2$", "km2"),
    (r"_m2$", "m2"),
    (r"_mu$", "mu"),
    (r"_share$|^share_", "share"),
    (r"_per_year$", "count/year"),
    (r"_pairs$", "pair"),
)
FLOW = re.compile(
    r"^new_|^share_|^visitors$|^socks_pairs$|^brushes$|_eliminated$|revenue|tax_|output|sales|trade_"
    r"|investment|spending|growth|market_share|featured_share|land_quota|_change$|_closed$|_per_year$"
)
EVIDENCE = {
    "actual": "reported",
    "planned": "planned",
    "target": "target",
    "estimate": "estimated",
}
BOUNDS = (
    (r"'(over|exceeding|more than)\b|; or more$", "over"),
    (r"'(nearly|up to)\b", "nearly"),
    (r"'about'|^about\b|; about$", "about"),
)
AGGREGATE_EVIDENCE = (
    (r"^target of|; target", "target"),
    (r"derived", "estimated"),
    (r"^planned", "planned"),
)
STOCKS = ("creation_towns", "named_towns", "cultivation_towns")
AREAS = {"(all towns)": "programme", "(Wenzhou towns)": "温州市"}


def read(path: Path) -> list[Row]:
    """Rows of a CSV with a header; an empty cell is the empty text."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def first_match(text: str, rules: Iterable[tuple[str, str]], default: str) -> str:
    """Answer of the first pattern found in a text."""
    return next((answer for pattern, answer in rules if re.search(pattern, text)), default)


def source(text: str) -> str:
    """A source as declared: an address, or 'no-url: …'."""
    return text if text.startswith(("http", "no-url: ")) else f"no-url: {text}"


def days(part: str) -> tuple[date, date]:
    """First and last day of 2015, 2016-Q1, 2018-H1, 2016-03 or 2016-03-31."""
    year = int(part[:4])
    rest = part[5:]
    if not rest:
        first, last = 1, 12
    elif rest[0] in "QH":
        length = {"Q": 3, "H": 6}[rest[0]]
        last = int(rest[1]) * length
        first = last - length + 1
    elif len(rest) == len("01"):
        first = last = int(rest)
    else:
        day = date.fromisoformat(part)
        return day, day
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


def span(period: str) -> tuple[date | None, date | None]:
    """First and last day of a period as the facts write it; unknown where it is in words."""
    if not re.fullmatch(r"(\d{4}(-[QH0-9-]+)?)?(\.\.(\d{4}-)?[QH0-9-]+)?", period) or not period:
        return None, None
    start, dots, end = period.partition("..")
    if not dots:
        return days(start)
    if end[0] in "QH":  # 2018-Q1..Q3
        end = f"{start[:4]}-{end}"
    return days(start)[0] if start else None, days(end)[1]


def spans_years(period: str) -> bool:
    """Whether an amount of the period is a sum since a start, not the flow of one year."""
    start, dots, end = period.partition("..")
    in_words = period in {"plan", "3 years", "cumulative"}
    return in_words or bool(dots and end[0] not in "QH" and start[:4] != end[:4])


def extent(metric: str, period: str) -> str:
    """State, flow or sum."""
    if not FLOW.search(metric):
        return "at"
    return "cumulative" if spans_years(period) else "during"


class Scopes:
    """Hand-written scopes; each must meet a fact."""

    def __init__(self, path: Path) -> None:
        """Read them: key → overrides."""
        self.rules: dict[tuple[str, ...], Row] = {}
        for row in read(path):
            *key, overrides = row.values()
            pairs = (pair.partition("=") for pair in overrides.split("; "))
            if tuple(key) in self.rules:
                sys.exit(f"{path}: {key} stands there twice")
            self.rules[tuple(key)] = {name: value for name, _, value in pairs}
        self.unused = set(self.rules)

    def of(self, fact: Row) -> Row:
        """Overrides of one fact: those of its metric, then its own."""
        own = (fact["name_zh"], fact["metric"], fact["period"], fact["value"])
        keys = [("*", fact["metric"], "*", "*"), own]
        self.unused -= set(keys)
        return {k: v for key in keys for k, v in self.rules.get(key, {}).items()}


def figure(fact: Row, town_ids: Mapping[str, str], scopes: Scopes) -> Row:
    """One fact with its scope."""
    name, period, notes = fact["name_zh"], fact["period"], fact["notes"]
    own = scopes.of(fact)
    metric = own.get("metric", fact["metric"])
    first, last = span(period)
    by_kind = EVIDENCE.get(fact.get("kind", ""), "")
    return {
        "town_id": town_ids.get(name, ""),
        "value": fact["value"],
        "unit": first_match(metric, UNITS, "count"),
        "bound": first_match(notes, BOUNDS, "exact"),
        "geography": "town" if name else "programme",
        "geography_name": "" if name in town_ids else name,
        "population": "all",
        "extent": extent(metric, period),
        "period": period,
        "period_from": str(first or ""),
        "period_to": str(last or ""),
        "evidence": by_kind or first_match(notes, AGGREGATE_EVIDENCE, "reported"),
        "contradicts": str("contradicts" in notes).lower(),
        "source": source(fact["source_url"]),
        **own,
        "metric": metric,
    }


def figures(facts: Path, town_ids: Mapping[str, str]) -> list[Row]:
    """Every figure of a town and of the programme; none is left out."""
    scopes = Scopes(SCOPES)
    aggregates = [{"name_zh": "", **row} for row in read(facts / "aggregates.csv")]
    rows = [figure(row, town_ids, scopes) for row in read(facts / "figures.csv") + aggregates]
    if scopes.unused:
        sys.exit(f"{SCOPES}: no fact is met by {sorted(scopes.unused)}")
    return rows


def town(fact: Row) -> Row:
    """One town; what was inferred or translated has no source."""
    published = fact["name_en_status"] == "published"
    return {
        **{name: fact.get(name, "") for name in Town.column_names()},
        "town_id": fact["id"],
        "name_en_source": fact["name_en_source"] if published else "",
        "prefecture_zh": fact["city_zh"],
        "prefecture_en": fact["city_en"],
        "sector_source": fact["sector_source"].replace("inferred", ""),
        "source": source(fact["source_url"]),
        **ON_THE_DAY.get(fact["id"], {}),
    }


def outcome(fact: Row, town_ids: Mapping[str, str]) -> Row:
    """The grade of one town for one year."""
    return {
        **{name: fact.get(name, "") for name in Outcome.column_names()},
        "town_id": town_ids.get(fact["name_zh"], ""),
        "on_list": fact["status"],
        "source": source(fact["source_url"]),
    }


def tally(fact: Row) -> Row:
    """How many towns received a grade."""
    found = re.match(r"count=(\d+)", fact["notes"])
    if not found:
        sys.exit(f"assessments.csv: no count=… in the note of {fact}")
    return {
        "year": fact["year"],
        "area": AREAS[fact["name_zh"]],
        "on_list": fact["status"],
        "grade": fact["grade"],
        "towns": found[1],
        "source": source(fact["source_url"]),
    }


def naming(fact: Row, town_ids: Mapping[str, str]) -> Row:
    """A town named, with the days between which it was."""
    first, _, last = fact["year"].partition("|")
    batch = re.search(r"naming batch (\d)(?: or (\d))?|hence batch (\d)", fact["notes"])
    return {
        "name_zh": fact["name_zh"],
        "town_id": town_ids.get(fact["name_zh"], ""),
        "named_from": str(span(first)[0] or ""),
        "named_to": str(span(last or first)[1] or ""),
        "batch": "|".join(filter(None, batch.groups())) if batch else "",
        "source": source(fact["source_url"]),
    }


def counts(aggregates: list[Row], namings: list[Row]) -> list[Row]:
    """Numbers of towns on the lists and entering them, for the accounts."""
    rows = []
    for fact in aggregates:
        entry = re.fullmatch(r"creation_batch_(\d)_towns", fact["metric"])
        is_stock = fact["metric"] in STOCKS and "target" not in fact["notes"]
        if entry or is_stock:
            on_list = fact["metric"].partition("_")[0]
            rows.append(count(fact["period"], on_list, entry[1] if entry else "", fact["value"]))
            rows[-1]["source"] = source(fact["source_url"])
    seen: dict[str, Row] = {}
    for fact in namings:
        entry = re.match(r"naming batch (\d) \((\d+) towns\)", fact["notes"])
        if entry and "outside 2015-2021" not in fact["notes"] and entry[1] not in seen:
            seen[entry[1]] = count(fact["year"], "named", entry[1], entry[2])
            seen[entry[1]]["source"] = source(fact["source_url"])
    return rows + list(seen.values())


def count(period: str, on_list: str, batch: str, towns: str) -> Row:
    """One number of towns; an entry has a batch, a stock has none."""
    kind = "entry" if batch else "stock"
    day = str(span(period)[1])
    return {"day": day, "on_list": on_list, "kind": kind, "batch": batch, "towns": towns}


def tables(facts: Path) -> dict[str, list[Row]]:
    """All tables; a row is column → text."""
    towns = read(facts / "towns.csv")
    ids = {row["name_zh"]: row["id"] for row in towns}
    graded = [row for row in read(facts / "assessments.csv") if row["status"] != "award"]
    named = [row for row in graded if row["status"] == "naming"]
    in_all = [row for row in graded if row["name_zh"] in AREAS]
    single = [row for row in graded if row["status"] != "naming" and row["name_zh"] not in AREAS]
    anchor = ("town_id", "enterprise_en", "enterprise_zh", "source")
    return {
        "towns": [town(row) for row in towns],
        "anchors": [dict(zip(anchor, row, strict=True)) for row in ANCHORS],
        "figures": figures(facts, ids),
        "outcomes": [outcome(row, ids) for row in single],
        "tallies": [tally(row) for row in in_all],
        "namings": [naming(row, ids) for row in named],
        "counts": counts(read(facts / "aggregates.csv"), named),
    }


def write(path: Path, columns: list[str], rows: list[Row]) -> None:
    """Write rows sorted by all their columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(sorted(rows, key=lambda row: [row[name] for name in columns]))


def main(facts: Path, out: Path) -> None:
    """Write every table and say how many rows it has."""
    for name, rows in tables(facts).items():
        write(out / f"{name}.csv", TABLES[name].column_names(), rows)
        print(f"{name}: {len(rows)} rows")


if __name__ == "__main__":
    given = [Path(text) for text in sys.argv[1:]]
    main(*given, *(FACTS, OUT)[len(given) :])
