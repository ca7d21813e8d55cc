"""Fixtures for all tests."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def registry_path() -> Path:
    """Path of the real registry beside the checkout, or skip: it is never committed."""
    path = Path(__file__).parents[2] / "shared" / "data" / "zhejiang-registry.parquet"
    if not path.exists():
        pytest.skip(f"the real registry is not there: {path}")
    return path


@pytest.fixture(scope="session")
def oracles_path() -> Path:
    """Path of data with published results beside the checkout, or skip: not all may be copied."""
    path = Path(__file__).parents[2] / "shared" / "data" / "oracles"
    if not path.exists():
        pytest.skip(f"the data with published results are not there: {path}")
    return path
