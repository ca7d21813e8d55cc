from collections.abc import Iterator
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from playwright.sync_api import Browser, sync_playwright

from townworks.report import DiscoveryCounts, DiscoveryFacts, discovery_page
from townworks.schema import Specialisation

CHROMIUM = Path("/usr/bin/chromium")
SYNTHETIC = Path(__file__).parents[1] / "unit" / "report" / "synthetic.csv"
FACTS = DiscoveryFacts(
    source="a synthetic sample",
    source_zh="合成样本",
    level="county",
    as_of=date(2026, 11, 23),
    years=(2005, 2006, 2008, 2009),
    counts=DiscoveryCounts(4000, 3900, 100, 40, 3850, 3100),
    version="0.1.0",
    input_hash="5ea1" * 16,
    licence="Made for tests",
    places=(("330327", "苍南县"), ("331083", "玉环市")),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = [item for item in items if item.path.parent == Path(__file__).parent]
    for item in here:
        item.add_marker(pytest.mark.browser)
        if not CHROMIUM.exists():
            item.add_marker(pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Open Chromium for one file of tests: while it is open, Django refuses its database here."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def discovery_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the synthetic table, one name of it hostile."""
    table = pl.read_csv(SYNTHETIC, schema=Specialisation.create_empty().schema)
    hostile = pl.lit("=</script><img src=x onerror=alert(1)>")
    first = pl.int_range(pl.len()) == 0
    table = table.with_columns(speciality=pl.when(first).then(hostile).otherwise("speciality"))
    path = tmp_path_factory.mktemp("page") / "discovery.html"
    path.write_text(discovery_page(table, FACTS), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("page") / "empty.html"
    path.write_text(discovery_page(Specialisation.create_empty(), FACTS), encoding="utf-8")
    return path
