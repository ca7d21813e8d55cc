"""The Spark engine: the same result as the local one, row for row; and what it says without Spark.

The tests that run Spark need the extra (`pip install -e '.[spark]'`) and Java; CI has neither and
skips them, saying so. The kernels are tested without them in `test_kernels.py`.
"""

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from townworks.enterprises import specialities
from townworks.errors import MissingColumnsError, RequestError, UnreadableInputError
from townworks.workflow import DiscoverOptions, Discovery, ReadOptions, discover, spark

READ = ReadOptions(as_of=date(2020, 1, 1))
OPTIONS = DiscoverOptions(read=READ)


def missing() -> list[str]:
    gone = [name for name in ("pyspark", "pyarrow", "pandas") if find_spec(name) is None]
    java = shutil.which("java") or "JAVA_HOME" in os.environ
    return gone if java else [*gone, "Java"]


needs_spark = pytest.mark.skipif(
    bool(missing()),
    reason=f"not installed: {', '.join(missing())} (pip install -e '.[spark]', and Java 17)",
)


@pytest.fixture(autouse=True)
def _two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(spark.MASTER, "local[2]")


@pytest.fixture
def _small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the input and what comes after it into many parts."""
    monkeypatch.setattr(spark, "PART", 400)
    monkeypatch.setattr(spark, "BATCH", 700)


def run_both(paths: list[Path], options: DiscoverOptions) -> tuple[Discovery, Discovery]:
    return discover(paths, options), discover(paths, replace(options, engine="spark"))


def assert_same(local: Discovery, distributed: Discovery) -> None:
    assert_frame_equal(distributed.counts.cells, local.counts.cells)
    assert_frame_equal(distributed.counts.places, local.counts.places)
    assert distributed.counts.years == local.counts.years
    assert_frame_equal(distributed.specialisation, local.specialisation, check_exact=True)
    assert_frame_equal(distributed.candidates, local.candidates, check_exact=True)
    assert distributed.tally == local.tally
    assert list(distributed.tally.reasons.items()) == list(local.tally.reasons.items())
    for name in ("counted", "branches", "outside", "files", "as_of"):
        assert getattr(distributed, name) == getattr(local, name)


@needs_spark
@pytest.mark.usefixtures("_small_parts")
@pytest.mark.parametrize(
    "options",
    [
        OPTIONS,
        replace(OPTIONS, by="township", activity="make"),
        replace(OPTIONS, since=date(2004, 1, 1), until=date(2010, 12, 31)),
    ],
    ids=["county", "makers by township", "period"],
)
def test_same_result_row_for_row(mixed_registry: list[Path], options: DiscoverOptions) -> None:
    local, distributed = run_both(mixed_registry, options)
    assert local.specialisation.height > 0
    assert_same(local, distributed)


@needs_spark
@pytest.mark.usefixtures("_small_parts")
def test_rejects_in_reading_order(mixed_registry: list[Path], tmp_path: Path) -> None:
    first, second = tmp_path / "local.csv", tmp_path / "spark.csv"
    local = discover(mixed_registry, replace(OPTIONS, read=replace(READ, rejects=first)))
    there = replace(OPTIONS, engine="spark", read=replace(READ, rejects=second))
    seen: list[int] = []
    distributed = discover(mixed_registry, there, seen.append)
    assert seen == [4505]
    assert distributed.tally.reasons == local.tally.reasons
    assert local.tally.rejected == 3
    assert second.read_bytes() == first.read_bytes()


@needs_spark
@pytest.mark.usefixtures("_small_parts")
def test_same_sample_teaches_the_vocabulary(
    mixed_registry: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (specialities, spark):
        monkeypatch.setattr(module, "LEARN_FROM", 80)
    sampled, distributed = run_both(mixed_registry, OPTIONS)
    assert_same(sampled, distributed)
    monkeypatch.undo()
    whole = discover(mixed_registry, OPTIONS)
    assert not sampled.counts.cells.equals(whole.counts.cells)


@needs_spark
def test_faults_are_those_of_the_local_engine(mixed_registry: list[Path], tmp_path: Path) -> None:
    other, damaged = tmp_path / "other.parquet", tmp_path / "damaged.csv"
    pl.DataFrame({"a": ["x"]}).write_parquet(other)
    damaged.write_bytes("企业名称,经营范围,注册地址\n甲,乙,丙\n".encode("utf-16-le"))
    faults = ((other, MissingColumnsError, "It has: a"), (damaged, UnreadableInputError, "UTF-16"))
    for path, error, says in faults:
        for engine in ("local", "spark"):
            with pytest.raises(error, match=says):
                discover([*mixed_registry, path], replace(OPTIONS, engine=engine))


@needs_spark
def test_a_session_that_runs_is_used_and_left_as_it_was(synthetic_registry: Path) -> None:
    with spark._session() as session:
        session.conf.set("spark.sql.shuffle.partitions", "17")
        session.range(3).createOrReplaceTempView("counts")
        local, distributed = run_both([synthetic_registry], OPTIONS)
        assert_same(local, distributed)
        assert session.conf.get("spark.sql.shuffle.partitions") == "17"
        assert session.table("counts").count() == 3


@needs_spark
def test_without_java_it_says_what_to_do(synthetic_registry: Path, tmp_path: Path) -> None:
    code = "import sys; from townworks.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "discover", str(synthetic_registry), "--engine", "spark"]
    environment = {**os.environ, "JAVA_HOME": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("townworks: Spark cannot start on local[2]: ")
    assert "bin/java: No such file or directory. Install townworks[spark]" in done.stderr
    assert "Java 17 or newer" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@needs_spark
def test_is_quiet(synthetic_registry: Path) -> None:
    code = "import sys; from townworks.cli import main; sys.exit(main())"
    command = [sys.executable, "-W", "error", "-c", code, "discover", str(synthetic_registry)]
    done = subprocess.run(
        [*command, "--engine", "spark"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "read 1,500 = kept 1,500 + rejected 0" in done.stdout


def test_without_pyspark_it_says_what_to_install(
    synthetic_registry: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda name: None if name == "pyspark" else object())
    says = (
        r"--engine spark needs pyspark, which is not installed\. "
        r"Install townworks\[spark\] with pip and Java 17 or newer, or leave out --engine spark\."
    )
    with pytest.raises(RequestError, match=says):
        discover([synthetic_registry], replace(OPTIONS, engine="spark"))


def test_the_local_engine_loads_no_spark(synthetic_registry: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from townworks.workflow import *;"
        f"discover([Path({str(synthetic_registry)!r})], DiscoverOptions());"
        "print([name for name in sys.modules if name.split('.')[0] in ('pyspark', 'py4j')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_parts_are_read_by_every_worker_or_told(tmp_path: Path) -> None:
    path = tmp_path / "here.csv"
    path.write_text("企业名称,经营范围,注册地址\n甲厂,鞋,温州\n", encoding="utf-8")
    with pytest.raises(UnreadableInputError, match="not by a worker, which says: gone"):
        spark._meet_fault(path, "gone", OPTIONS)


@needs_spark
@pytest.mark.shared
def test_same_result_on_the_real_registry(registry_path: Path) -> None:
    assert_same(*run_both([registry_path], OPTIONS))
