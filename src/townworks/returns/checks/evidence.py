"""What a return is compared with: its own other values, the quarters before, other towns."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from statistics import median
from typing import Any, NamedTuple

import polars as pl

from townworks.returns.resolving import QUARTER, YEAR, Earlier
from townworks.schema.reading import Words

Row = Mapping[str, Any]
INVESTMENT, FIGURE = "investment", "figure"
OWN_INVESTMENT = "fixed_asset_investment_cny"


class Key(NamedTuple):
    """What an amount is of, whenever: town, form, subject and field."""

    town: str
    form: str
    subject: str
    name: str


@dataclass(frozen=True)
class Background:
    """What is known besides the files: tables `Past` and `Presence`; titles of towns by id."""

    past: pl.DataFrame
    presence: pl.DataFrame
    titles: Mapping[str, Words] = field(default_factory=dict)


@dataclass(frozen=True)
class Amount:
    """One amount of a quarter as a return gives it: for the quarter, the year so far, or as it is.

    prior: sum of the year's earlier quarters; None: not all of them are known. history: values of
    earlier quarters, the oldest first.
    """

    key: Key
    period: str
    rows: Mapping[str, Row]
    prior: Decimal | None
    history: tuple[tuple[str, Decimal], ...]

    @property
    def usual(self) -> Decimal | None:
        """Median of the earlier values that are not nought; None: there are none."""
        values = [value for _, value in self.history if value > 0]
        return median(values) if values else None


class Evidence:
    """Values of a reading, as they are now: proposals made so far are taken as accepted.

    A value has one proposal at most; what is left out counts for nothing in later checks. settled:
    entries with a finding; unanswered: those of them without a proposal.
    """

    def __init__(self, entries: pl.DataFrame, known: Background) -> None:
        """Take the table of entries and what is known besides."""
        self.known = known
        self.rows: list[Row] = list(entries.iter_rows(named=True))
        self.now: dict[int, Decimal | None] = {row["entry"]: row["value"] for row in self.rows}
        self.settled: set[int] = set()
        self.unanswered: set[int] = set()
        self.dropped: set[int] = set()

    def value(self, row: Row | None) -> Decimal | None:
        """Value of an entry as it is now; None: there is none, or it is left out."""
        if row is None or row["record"] in self.dropped:
            return None
        return self.now[row["entry"]]

    def of_form(self, *forms: str) -> Iterator[Row]:
        """Entries of some forms that have a value, a town and a quarter."""
        for row in self.rows:
            counts = row["value"] is not None and row["record"] not in self.dropped
            if row["form"] in forms and counts:
                yield row

    @cached_property
    def records(self) -> Mapping[int, list[Row]]:
        """Entries by their record."""
        found: dict[int, list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row["record"]].append(row)
        return found

    @cached_property
    def amounts(self) -> list[Amount]:
        """Every amount of projects and of towns, once; of a row that stands twice the first."""
        found: dict[tuple[Key, str], dict[str, Row]] = {}
        for row in self.of_form(INVESTMENT, FIGURE):
            if row["basis"] in ("quarter", "year", "at") and row["town_id"] and row["quarter"]:
                name = QUARTER if row["field"] == YEAR else row["field"]
                key = Key(row["town_id"], row["form"], row["subject"], name)
                found.setdefault((key, row["quarter"]), {}).setdefault(row["basis"], row)
        return [self._amount(key, period, rows) for (key, period), rows in found.items()]

    def _amount(self, key: Key, period: str, rows: Mapping[str, Row]) -> Amount:
        prior = None
        if "at" not in rows:
            prior = self.earlier.before(key.town, period, key.subject, key.name)
        history = tuple(each for each in self.histories.get(key, ()) if each[0] < period)
        return Amount(key, period, rows, prior, history)

    @cached_property
    def earlier(self) -> Earlier:
        """Sums of the year's earlier quarters."""
        return Earlier.of(self.known.past)

    @cached_property
    def histories(self) -> Mapping[Key, list[tuple[str, Decimal]]]:
        """Values of earlier quarters by what they are of, the oldest first."""
        found: dict[Key, dict[str, Decimal]] = defaultdict(dict)
        for row in self.known.past.sort("quarter", "evidence").iter_rows(named=True):
            key = Key(row["town_id"], row["form"], row["subject"], row["field"])
            found[key][row["quarter"]] = row["value"]
        return {key: sorted(values.items()) for key, values in found.items()}

    def implied(self, amount: Amount) -> Decimal | None:
        """What the town's own figure leaves for one project beside all its others."""
        if amount.key.form != INVESTMENT:
            return None
        total = self.figures.get((amount.key.town, amount.period))
        others = [a for a in self.projects[(amount.key.town, amount.period)] if a is not amount]
        values = [self.value(other.rows.get("quarter")) for other in others]
        if total is None or None in values:
            return None
        return total - sum((value for value in values if value is not None), Decimal(0))

    @cached_property
    def projects(self) -> Mapping[tuple[str, str], list[Amount]]:
        """Investment by project, of each town and quarter."""
        found: dict[tuple[str, str], list[Amount]] = defaultdict(list)
        for amount in self.amounts:
            if amount.key.form == INVESTMENT and amount.key.name == QUARTER:
                found[(amount.key.town, amount.period)].append(amount)
        return found

    @cached_property
    def figures(self) -> Mapping[tuple[str, str], Decimal]:
        """Investment of the quarter that each town gives as its own figure."""
        return {
            (amount.key.town, amount.period): amount.rows["quarter"]["value"]
            for amount in self.amounts
            if amount.key.name == OWN_INVESTMENT and "quarter" in amount.rows
        }

    @cached_property
    def peers(self) -> Mapping[tuple[str, str, str], list[tuple[str, Decimal]]]:
        """Values of a form, field and basis as all towns wrote them, with the town."""
        found: dict[tuple[str, str, str], list[tuple[str, Decimal]]] = defaultdict(list)
        for amount in self.amounts:
            for basis, row in amount.rows.items():
                if row["value"] > 0:
                    key = (amount.key.form, amount.key.name, basis)
                    found[key].append((amount.key.town, row["value"]))
        return found

    def title(self, town: str) -> Words:
        """Name of a town in both languages; its id where it has none."""
        return self.known.titles.get(town, {"en": town, "zh": town})
