from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from townworks.report import DiscoveryCounts, DiscoveryFacts
from townworks.schema import Specialisation

SYNTHETIC = Path(__file__).parent / "synthetic.csv"
COUNTS = DiscoveryCounts(
    read=4000, kept=3900, rejected=100, merged=40, with_county=3850, with_township=3100
)
FACTS = DiscoveryFacts(
    source="a synthetic sample",
    source_zh="合成样本",
    level="county",
    as_of=date(2026, 11, 23),
    years=(2005, 2006, 2008, 2009),
    counts=COUNTS,
    version="0.1.0",
    input_hash="5ea1" * 16,
    licence="Made for tests",
    places=(("330327", "苍南县"),),
)


@pytest.fixture
def table() -> pl.DataFrame:
    """Sixty rows, three for each of twenty counties; every number is made up."""
    schema = Specialisation.create_empty().schema
    return pl.read_csv(SYNTHETIC, schema=schema)


@pytest.fixture
def facts() -> DiscoveryFacts:
    return replace(FACTS)
