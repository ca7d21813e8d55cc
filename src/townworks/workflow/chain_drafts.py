"""The verb `draft-chain`: a chain proposed from the registry, for a person to edit."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

import polars as pl

from townworks.chains.drafting import companions, draft_chain
from townworks.errors import RequestError
from townworks.workflow.discovery import (
    DiscoverOptions,
    find_mentions,
    load_registry,
    registry_places,
)
from townworks.workflow.reading import Progress, ReadOptions


def propose_chain(
    paths: Sequence[Path], focus: str, options: ReadOptions, progress: Progress | None = None
) -> tuple[str, pl.DataFrame]:
    """Return TOML of a draft around a product, and the table it rests on.

    Raises `RequestError` where the registry does not know the product, with the nearest it knows.
    """
    registry = load_registry(paths, DiscoverOptions(read=options), progress)
    found = find_mentions(registry)
    if focus not in found.names:
        near = get_close_matches(focus, found.names, n=5, cutoff=0.3)
        near += [name for name in found.names if focus in name][:5]
        hint = f"Did you mean {', '.join(near)}?" if near else "Try townworks discover first."
        raise RequestError(f"No product of this registry is called '{focus}'", hint)
    pairs = pl.concat([chunk.select("enterprise", "speciality") for chunk in found.chunks])
    places = registry_places(registry, "county")[0]["place_code"]
    table = companions(pairs.unique(), places, found.names, focus)
    return draft_chain(table, focus), table
