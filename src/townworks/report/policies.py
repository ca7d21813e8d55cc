"""What `townworks policies` prints: entitlements with their reasons, towns, costs, changes."""

from collections.abc import Mapping
from decimal import Decimal

import polars as pl

from townworks.report.quantities import money
from townworks.schema.messages import message

SUBJECTS_SHOWN = 3
TOWNS_SHOWN = 10
Titles = Mapping[str, Mapping[str, str]]


def entitlements_outline(
    entitlements: pl.DataFrame, verdicts: pl.DataFrame, titles: Titles, language: str
) -> str:
    """List what the first subjects may hold together, the largest first, each with its sentence.

    entitlements: table `schema.Entitlement`; verdicts: table `Verdict`, of the eligible.
    """
    if entitlements.is_empty():
        return message("policies.nothing", language)
    subjects = entitlements["subject_id"].unique(maintain_order=True)
    if len(subjects) > SUBJECTS_SHOWN:
        return _by_rule(entitlements, titles, language)
    told = verdicts.select("subject_id", pl.col("rule_id").cast(pl.String), f"sentence_{language}")
    rows = entitlements.join(told, on=["subject_id", "rule_id"], how="left", maintain_order="left")
    lines = []
    for subject in subjects:
        lines += [str(subject)] if len(subjects) > 1 else []
        mine = rows.filter(pl.col("subject_id") == subject).sort("rank")
        for row in mine.iter_rows(named=True):
            lines += _entitlement(row, titles, language)
    return "\n".join(lines)


def _by_rule(entitlements: pl.DataFrame, titles: Titles, language: str) -> str:
    """List the rules by what they come to: subjects and sum, the largest first."""
    taken = entitlements.filter(pl.col("standing").cast(pl.String) != "excluded")
    sums = taken.group_by("rule_id", "unit", "period", "payer").agg(
        pl.len().alias("subjects"), pl.col("entitled").sum(), pl.col("ceiling").first()
    )
    lines = []
    for row in sums.sort("entitled", "rule_id", descending=[True, False]).iter_rows(named=True):
        quantity = money(row["entitled"], language, row["unit"])
        quantity = message(f"rules.per.{row['period']}", language, quantity=quantity)
        told = {
            "rule": titles[row["rule_id"]][language],
            "subjects": row["subjects"],
            "quantity": message("rules.ceiling", language, quantity=quantity)
            if row["ceiling"]
            else quantity,
            "payer": message(f"policies.payer.{row['payer']}", language),
        }
        lines.append(message("policies.rule_line", language, **told))
    return "\n".join(lines)


def _entitlement(row: Mapping[str, object], titles: Titles, language: str) -> list[str]:
    stated = row["quantity"] is not None
    quantity = money(row["entitled"], language, str(row["unit"]))
    if not stated:
        quantity = message("policies.not_stated", language)
    elif row["standing"] != "excluded":
        quantity = message(f"rules.per.{row['period']}", language, quantity=quantity)
        if row["ceiling"]:
            quantity = message("rules.ceiling", language, quantity=quantity)
    line = message(
        "policies.line",
        language,
        rank=row["rank"],
        rule=titles[str(row["rule_id"])][language],
        quantity=quantity,
        payer=message(f"policies.payer.{row['payer']}", language),
        sentence=row[f"sentence_{language}"],
    )
    if row["standing"] == "taken":
        return [line]
    because = ", ".join(_title(r, titles, language) for r in str(row["because"]).split(", "))
    said = message(f"policies.{row['standing']}", language, because=because)
    return [line, f"   {said}"]


def _title(name: str, titles: Titles, language: str) -> str:
    return titles[name][language] if name in titles else name


def towns_outline(towns: pl.DataFrame, currency: str, language: str) -> str:
    """List the towns that would give one subject most; empty for several subjects or none."""
    if towns.is_empty() or towns["subject_id"].n_unique() > 1:
        return ""
    head = message("policies.towns_title", language)
    return "\n".join(
        [
            head,
            *(
                _town(row, currency, language)
                for row in towns.head(TOWNS_SHOWN).iter_rows(named=True)
            ),
        ]
    )


def _town(row: Mapping[str, object], currency: str, language: str) -> str:
    worth = money(row["entitled"], language, currency)
    told = {"town": row[f"name_{language}"], "money": worth, "rules": row["rules"]}
    return "  " + message("policies.town_line", language, **told)


def costs_outline(costs: pl.DataFrame, language: str) -> str:
    """List the cost to each payer, a line a year; table `schema.Cost`."""
    if costs.is_empty():
        return ""
    ordered = costs.sort("payer", "unit", "year").iter_rows(named=True)
    return "\n".join(
        [message("policies.costs_title", language), *(_cost(row, language) for row in ordered)]
    )


def _cost(row: Mapping[str, object], language: str) -> str:
    unit = str(row["unit"])
    told = {
        "payer": message(f"policies.payer.{row['payer']}", language),
        "money": money(row["entitled"], language, unit),
        "ceiling": money(row["of_which_ceiling"], language, unit),
        **{name: row[name] for name in ("begins", "subjects", "undecided")},
    }
    return "  " + message("policies.cost_line", language, **told)


def changes_outline(changes: pl.DataFrame, currency: str, language: str) -> str:
    """Say how many gain and lose against another version; table `schema.Change`."""
    if changes.is_empty():
        return ""
    of_money = changes.filter(pl.col("unit") == currency)
    total = of_money["change"].sum() or Decimal(0)
    return message(
        "policies.changes_title",
        language,
        better=of_money.filter(pl.col("change") > 0).height,
        worse=of_money.filter(pl.col("change") < 0).height,
        change=money(total, language, currency),
    )
