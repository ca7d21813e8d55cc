"""The best legal combination: what excludes what, and what is capped together.

Rules that exclude each other, or share a cap, are weighed against each other in one group; every
way of taking as many as may stand together is tried, and the one worth most money in the first
year is kept. What a source grants without an amount counts as nothing and is still kept. A cap on
a lifetime is applied to the first year alone: what was paid before is not known here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import polars as pl

from townworks.errors import RequestError
from townworks.rules.book import Limit, Rule, RuleBook
from townworks.rules.compiling import compile_expression
from townworks.rules.facts import SUBJECT_ID
from townworks.rules.parameters import values_on
from townworks.schema.verdicts import Entitlement

IN_A_YEAR = {"once": 1, "year": 1, "month": 12}
MOST_WAYS = 4096
"""Combinations tried in one group; more exclusions than that nobody can read."""
AMOUNT = pl.Decimal(38, 2)


def combine(book: RuleBook, verdicts: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Entitlements of the eligible verdicts of instruments, as table `schema.Entitlement`.

    verdicts: table `schema.Verdict` of one day. Ties go to the combination whose rules come first
    in the book. Raises `RequestError` where a group has too many exclusions to try them all.
    """
    granted = verdicts.filter(pl.col("outcome") == "eligible", pl.col("unit").is_not_null())
    names = set(granted["rule_id"].cast(pl.String).unique())
    frames = [
        _chosen(group, granted, as_of)
        for group in groups(book)
        if names & {rule.id for rule in group.rules}
    ]
    if not frames:
        return Entitlement.create_empty()
    return _ranked(pl.concat(frames), book)


@dataclass(frozen=True)
class Group:
    """Rules that are weighed against each other, in the order of the book, and their caps."""

    rules: tuple[Rule, ...]
    caps: tuple[Limit, ...]
    currency: str

    def excluded(self, one: Rule, other: Rule) -> bool:
        """Whether two rules may not stand together; said on either side."""
        return other.id in one.excludes or one.id in other.excludes

    def ways(self) -> list[tuple[Rule, ...]]:
        """Every set of rules that may stand together and to which none can be added."""
        found: list[tuple[Rule, ...]] = []
        for way in self._grow((), self.rules, ()):
            found.append(way)
            if len(found) > MOST_WAYS:
                first = self.rules[0]
                raise RequestError(
                    f"{first.scheme.file}: the exclusions around {first.key} allow more than"
                    f" {MOST_WAYS:,} combinations",
                    "Split the scheme, or exclude in groups.",
                )
        return sorted(found, key=lambda way: [self.rules.index(rule) for rule in way])

    def _grow(
        self, taken: tuple[Rule, ...], left: tuple[Rule, ...], done: tuple[Rule, ...]
    ) -> Iterator[tuple[Rule, ...]]:
        """Maximal independent sets (Bron and Kerbosch 1973, on the complement)."""
        if not left and not done:
            yield taken
        for rule in left:
            beside = tuple(r for r in left if r is not rule and not self.excluded(r, rule))
            behind = tuple(r for r in done if not self.excluded(r, rule))
            yield from self._grow((*taken, rule), beside, behind)
            left = tuple(r for r in left if r is not rule)
            done = (*done, rule)


def _links(book: RuleBook) -> dict[str, set[str]]:
    """Rules that each rule excludes, or shares a cap with, both ways."""
    links = {rule.id: set(rule.excludes) for rule in book.instruments()}
    for cap in book.caps:
        for member in cap.rules & links.keys():
            links[member] |= cap.rules
    for rule, others in list(links.items()):
        for other in others & links.keys():
            links[other].add(rule)
    return links


def groups(book: RuleBook) -> list[Group]:
    """Split the instruments into groups that do not touch each other."""
    links = _links(book)
    seen: set[str] = set()
    found = []
    for rule in book.instruments():
        if rule.id not in seen:
            members = _connected(rule.id, links)
            seen |= members
            rules = tuple(r for r in book.instruments() if r.id in members)
            caps = tuple(cap for cap in book.caps if cap.rules & members)
            found.append(Group(rules, caps, _weighed_in(rules, book.currency)))
    return found


def _weighed_in(rules: tuple[Rule, ...], currency: str) -> str:
    """Unit in which a group is weighed: the currency, or where it grants none, its first unit."""
    units = [str(rule.unit) for rule in rules]
    return currency if currency in units else units[0]


def _connected(start: str, links: dict[str, set[str]]) -> set[str]:
    members, edge = {start}, [start]
    while edge:
        new = (links[edge.pop()] & links.keys()) - members
        members |= new
        edge.extend(new)
    return members


def _chosen(group: Group, granted: pl.DataFrame, as_of: date) -> pl.DataFrame:
    ids = [rule.id for rule in group.rules]
    rows = granted.with_columns(pl.col("rule_id").cast(pl.String)).filter(
        pl.col("rule_id").is_in(ids)
    )
    wide = _wide(rows, group)
    best = _best(group, wide, as_of)
    long = [_of_rule(group, number, best) for number in range(len(ids))]
    return pl.concat(long).sort(SUBJECT_ID, "rule_id")


def _wide(rows: pl.DataFrame, group: Group) -> pl.DataFrame:
    """One row a subject; for each rule what it yields in a year (0: none stated), null: nothing."""
    columns = []
    for number, rule in enumerate(group.rules):
        mine = pl.col("rule_id") == rule.id
        held = pl.col("quantity").filter(mine).fill_null(0).first().cast(AMOUNT)
        held = (held * IN_A_YEAR[rule.period]).cast(AMOUNT)
        stated = pl.col("quantity").filter(mine).first()
        columns += [held.alias(f"held:{number}"), stated.alias(f"stated:{number}")]
    return rows.group_by(SUBJECT_ID, maintain_order=True).agg(columns)


def _best(group: Group, wide: pl.DataFrame, as_of: date) -> pl.DataFrame:
    """Add `way` (its number), and for each rule what it yields in that way."""
    ways = group.ways()
    limits = [_limit(cap, as_of) for cap in group.caps]
    tried = [_yields(group, way, limits) for way in ways]
    worth = [_worth(group, yields).alias(f"worth:{n}") for n, yields in enumerate(tried)]
    frame = wide.with_columns(worth)
    best = pl.max_horizontal(*(f"worth:{n}" for n in range(len(ways))))
    numbered = [pl.when(pl.col(f"worth:{n}") == best).then(n) for n in range(len(ways))]
    frame = frame.with_columns(pl.coalesce(*numbered).alias("way"))
    columns = []
    for number in range(len(group.rules)):
        value = pl.lit(None, AMOUNT)
        for n, yields in enumerate(tried):
            if number in yields:
                value = pl.when(pl.col("way") == n).then(yields[number]).otherwise(value)
        columns.append(value.alias(f"entitled:{number}"))
    return frame.with_columns(columns).with_columns(
        pl.col("way").replace_strict(
            {n: ", ".join(rule.id for rule in way) for n, way in enumerate(ways)},
            return_dtype=pl.String,
        )
    )


def _yields(group: Group, way: tuple[Rule, ...], limits: list[Decimal]) -> dict[int, pl.Expr]:
    """Quantity of each rule of a way after the caps: the rule that comes first is cut last."""
    found = {n: pl.col(f"held:{n}") for n, rule in enumerate(group.rules) if rule in way}
    for cap, limit in zip(group.caps, limits, strict=True):
        room = pl.lit(limit, AMOUNT)
        for number, part in found.items():
            if group.rules[number].id in cap.rules:
                taken = pl.min_horizontal(part, room)
                found[number] = pl.when(pl.col(f"held:{number}").is_not_null()).then(taken)
                room = room - found[number].fill_null(0)
    return found


def _worth(group: Group, yields: dict[int, pl.Expr]) -> pl.Expr:
    """Sum of the first year in the unit the group is weighed in; other units count as nothing."""
    parts = [
        part.fill_null(0)
        for number, part in yields.items()
        if group.rules[number].unit == group.currency
    ]
    return pl.sum_horizontal(pl.lit(Decimal(0), AMOUNT), *parts)


def _limit(cap: Limit, as_of: date) -> Decimal:
    values = values_on(cap.parameters, cap.limit.names, as_of, (cap.file, f"caps.{cap.id}.limit"))
    expression = compile_expression(cap.limit, {n: v.value for n, v in values.items()})
    found = pl.select(expression.cast(AMOUNT)).item()
    return Decimal(found)


def _of_rule(group: Group, number: int, best: pl.DataFrame) -> pl.DataFrame:
    rule = group.rules[number]
    caps = ", ".join(cap.id for cap in group.caps if rule.id in cap.rules)
    entitled, held = pl.col(f"entitled:{number}"), pl.col(f"held:{number}")
    standing = (
        pl.when(entitled.is_null())
        .then(pl.lit("excluded"))
        .when(entitled < held)
        .then(pl.lit("capped"))
        .otherwise(pl.lit("taken"))
    )
    because = pl.when(entitled.is_null()).then("way").when(entitled < held).then(pl.lit(caps))
    return best.filter(held.is_not_null()).select(
        SUBJECT_ID,
        pl.lit(rule.id).alias("rule_id"),
        standing.alias("standing"),
        because.alias("because"),
        pl.col(f"stated:{number}").alias("quantity"),
        _of_period(entitled, rule).alias("entitled"),
    )


def _of_period(in_a_year: pl.Expr, rule: Rule) -> pl.Expr:
    """Turn a year's amount back into that of the rule's period; a cut one is rounded down."""
    whole = in_a_year.fill_null(0)
    if IN_A_YEAR[rule.period] == 1:
        return whole.cast(AMOUNT)
    fen = (whole * 100).cast(pl.Decimal(38, 0)).cast(pl.Int128)
    return (fen // IN_A_YEAR[rule.period]).cast(pl.Decimal(38, 0)).cast(AMOUNT) / 100


def _ranked(rows: pl.DataFrame, book: RuleBook) -> pl.DataFrame:
    """Add what the rule says, and rank by money of the first year, then by the book's order."""
    rules = pl.DataFrame(
        [
            (r.id, r.scheme.payer, r.unit, r.period, r.ceiling, n, IN_A_YEAR[r.period])
            for n, r in enumerate(book.instruments())
        ],
        schema=["rule_id", "payer", "unit", "period", "ceiling", "order", "times"],
        orient="row",
    )
    money = pl.when(pl.col("unit") == book.currency).then(pl.col("entitled") * pl.col("times"))
    ordered = rows.join(rules, on="rule_id", how="left").with_columns(money.alias("money"))
    ordered = ordered.sort(
        SUBJECT_ID, "money", "order", descending=[False, True, False], nulls_last=True
    )
    rank = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32).over(SUBJECT_ID)
    return Entitlement.cast(ordered.with_columns(rank.alias("rank")))
