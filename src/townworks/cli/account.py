"""What a command says when it is done: the account of the rows, and the outline of a result."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from townworks.workflow import Tally


def account(tally: "Tally") -> str:
    """Say what became of each row; the sums are those of the tally."""
    lines = [
        f"read {tally.read:,} = kept {tally.kept:,} + rejected {tally.rejected:,}",
        f"enterprises {tally.enterprises:,} (merged {tally.merged:,} rows of known enterprises)",
    ]
    lines += [f"  rejected: {reason} {n:,}" for reason, n in tally.reasons.items()]
    lines += [
        f"  left empty: unreadable {name} {n:,}" for name, n in tally.unreadable.most_common()
    ]
    if tally.enterprises:
        county = tally.with_county / tally.enterprises
        township = tally.with_township / tally.enterprises
        lines.append(f"located: county {county:.1%}, township {township:.1%} of enterprises")
    return "\n".join(lines)


OUTLINE = 20
"""Lines of an outline; the whole table goes to a file."""


def outline(table: "pl.DataFrame") -> str:
    """Show the strongest first specialities, one line a place, and where to find the rest."""
    if table.is_empty():
        return "No place stands out. That is not known rather than no: see docs/discover.md."
    best = table.filter(table["rank"] == 1).sort("lq_low", "place_code", descending=[True, False])
    lines = [
        f"{place}: {speciality}  {n} enterprises, ×{lq:.1f} (×{low:.1f} to ×{high:.1f})"
        for place, speciality, n, lq, low, high in best.select(
            "place", "speciality", "enterprises", "lq", "lq_low", "lq_high"
        )
        .head(OUTLINE)
        .iter_rows()
    ]
    rest = best.height - len(lines)
    more = [f"… and {rest:,} more places; --out found.html shows all."] if rest else []
    return "\n".join(lines + more)
