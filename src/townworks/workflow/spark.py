"""The distributed engine: the kernels through PySpark's `mapInArrow`, what spans parts in SQL.

1. Each task reads parts of the input with our own readers (`kernels.read_part`).
2. SQL keeps the first row of each enterprise and sums the account.
3. The driver learns the vocabulary from a sample, as the local engine does.
4. Each task counts its enterprises (`kernels.count_part`); SQL sums the counts.

The only door to PySpark; how far it carries and what it costs is in `docs/scale.md`.
"""

import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, TypeAlias

import polars as pl

from townworks.candidates import Counts
from townworks.candidates.counts import RECENT_YEARS, covered_years
from townworks.enterprises.phrases import sample_step
from townworks.enterprises.specialities import LEARN_FROM, learn_from
from townworks.errors import RequestError, UnreadableInputError
from townworks.io import RejectSink, find_files, read_filings
from townworks.io.slices import slices
from townworks.schema.gazetteer import prefecture_of
from townworks.workflow.discovery import Census, DiscoverOptions
from townworks.workflow.kernels import (
    CELL,
    OUTCOME,
    POSITIONS,
    REJECT,
    Counting,
    Part,
    count_part,
    read_part,
    unpack,
)
from townworks.workflow.reading import BATCH, Progress, Tally

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark import SparkConf
    from pyspark.java_gateway import JavaGateway
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

MASTER = "TOWNWORKS_SPARK_MASTER"
"""Environment variable that names the cluster; without it all processors of this machine."""
PART = BATCH
"""Rows of a Parquet file that one task reads."""
_NEEDED = ("pyspark", "pyarrow", "pandas")
_INSTALL = "Install townworks[spark] with pip and Java 17 or newer, or leave out --engine spark."

_UNIQUE = """
    SELECT position, enterprise.*
    FROM (SELECT position, enterprise, row_number() OVER
                 (PARTITION BY enterprise.enterprise_id ORDER BY position) AS nth
          FROM outcomes WHERE enterprise IS NOT NULL)
    WHERE nth = 1
"""
_ROWS = """
    SELECT coalesce(note.what, if(reject IS NULL, 'kept', 'reject')) AS what,
           coalesce(note.of, reject.reason, '') AS of,
           sum(coalesce(note.rows, 1)) AS n, min(position) AS position
    FROM outcomes GROUP BY ALL
"""
_ENTERPRISES = """
    SELECT count(*) AS enterprises, count_if(has_county) AS with_county,
           count_if(has_township) AS with_township, count_if(within AND NOT branch) AS counted,
           count_if(within AND branch) AS branches, count_if(NOT within) AS outside
    FROM enterprises
"""
_REJECTS = "SELECT reject.* FROM outcomes WHERE reject IS NOT NULL ORDER BY position"
_COUNTED = "SELECT * FROM enterprises WHERE within AND NOT branch"
_SAMPLE = "SELECT position, tail, draw, listings FROM counted WHERE draw % :step = 0"
_YEARS = "SELECT year, count(*) AS n FROM counted WHERE year IS NOT NULL GROUP BY year"
_PLACES = """
    SELECT place_code, min_by(place, position) AS place, count(*) AS enterprises
    FROM counted GROUP BY place_code
"""
_PACKED = "SELECT place_code, year, tail, draw, code, listings FROM counted"
_CELLS = """
    SELECT place_code, speciality, coded, sum(enterprises) AS enterprises, sum(main) AS main,
           sum(alone) AS alone, sum(recent) AS recent, sum(dated) AS dated,
           min(first_year) AS first_year
    FROM counts GROUP BY place_code, speciality, coded
"""

_Arrow: TypeAlias = "Iterator[pa.RecordBatch]"


def take_census_with_spark(
    paths: Sequence[Path], options: DiscoverOptions, progress: Progress | None = None
) -> Census:
    """Read and count on Spark; the same `Census` as the local engine's.

    `progress` is called once, when all is read. Raises `RequestError` if PySpark or Java is
    missing or Spark cannot start, and what the local engine raises for the same input.
    """
    as_of = options.read.as_of or datetime.now(tz=UTC).date()
    parts = [part for path in find_files(paths) for part in slices(path, PART)]
    numbered = [Part(number, part) for number, part in enumerate(parts)]
    with (
        RejectSink(options.read.rejects) as sink,
        _session() as session,
        _kept("outcomes", _read(session, numbered, options, as_of)),
    ):
        tally = _account(session, numbered, options)
        if options.read.rejects is not None:
            for rejects in _rejects(session):
                sink.add(rejects)
        if progress:
            progress(tally.read)
        _divide(session, tally.kept)
        with _kept("enterprises", session.sql(_UNIQUE)):
            row = _collect(session.sql(_ENTERPRISES)).row(0, named=True)
            counts = _count(session, row["counted"], options)
    tally.merged = tally.kept - row["enterprises"]
    tally.with_county, tally.with_township = row["with_county"], row["with_township"]
    return Census(counts, tally, row["counted"], row["branches"], row["outside"])


def _read(
    session: "SparkSession", parts: Sequence[Part], options: DiscoverOptions, as_of: date
) -> "DataFrame":
    """One task per part: a table of `OUTCOME`."""

    def read(batches: _Arrow) -> _Arrow:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                for frame in read_part(parts[number], options, as_of):
                    yield from _to_arrow(frame, OUTCOME)

    numbers = session.range(0, len(parts), 1, numPartitions=max(len(parts), 1))
    return numbers.mapInArrow(read, _spark_schema(OUTCOME))


def _account(session: "SparkSession", parts: Sequence[Part], options: DiscoverOptions) -> Tally:
    """What became of the rows read; raises for the first part that could not be read."""
    rows = _collect(session.sql(_ROWS))
    faults = rows.filter(pl.col("what") == "fault").sort("position")
    for message, position in faults.select("of", "position").iter_rows():
        _meet_fault(parts[position // POSITIONS].source.path, message, options)
    tally = Tally()
    for what, of, n in rows.sort(-pl.col("n"), "of").select("what", "of", "n").iter_rows():
        match what:
            case "read":
                tally.read = n
            case "kept":
                tally.kept = n
            case "reject":
                tally.reasons[of] = n
            case _:
                tally.unreadable[of] = n
    return tally


def _meet_fault(path: Path, message: str, options: DiscoverOptions) -> None:
    """Read a file here that a worker could not read, for its error; raises in any case."""
    for _ in read_filings([path], options.read.columns or None):
        pass
    raise UnreadableInputError(
        path,
        f"can be read here, but not by a worker, which says: {message}",
        "Put it where every machine of the cluster sees it under the same path.",
    )


def _rejects(session: "SparkSession") -> Iterator[pl.DataFrame]:
    """Rejects in reading order, a batch at a time."""
    rows = session.sql(_REJECTS).toLocalIterator()
    schema = {field.name: field.dtype for field in REJECT.fields}
    while batch := [tuple(row) for row in islice(rows, BATCH)]:
        yield pl.DataFrame(batch, schema=schema, orient="row")


def _count(session: "SparkSession", n_counted: int, options: DiscoverOptions) -> Counts:
    """Learn on the driver, count in tasks, sum in SQL."""
    session.sql(_COUNTED).createOrReplaceTempView("counted")
    step = sample_step(n_counted, LEARN_FROM)
    sample = _collect(session.sql(_SAMPLE, args={"step": step}))
    lexicon = learn_from(unpack(sample.sort("position")))
    by_year = _collect(session.sql(_YEARS))
    years = covered_years(by_year.select(pl.col("year").repeat_by("n").explode()).to_series())
    by = Counting(lexicon, options.activity, years[-RECENT_YEARS:])

    def count(batches: _Arrow) -> _Arrow:
        for batch in batches:
            yield from _to_arrow(count_part(pl.DataFrame(batch), by), CELL)

    parts = session.sql(_PACKED).mapInArrow(count, _spark_schema(CELL))
    parts.createOrReplaceTempView("counts")
    cells, places = _collect(session.sql(_CELLS)), _collect(session.sql(_PLACES))
    return Counts(cells=_cells(cells), places=_places(places), years=years)


def _cells(summed: pl.DataFrame) -> pl.DataFrame:
    counts = ("enterprises", "main", "alone", "recent", "dated")
    return summed.sort("place_code", "speciality", "coded").select(
        "place_code", "speciality", pl.col(counts).cast(pl.UInt32), "first_year"
    )


def _places(summed: pl.DataFrame) -> pl.DataFrame:
    code = pl.col("place_code")
    return summed.sort(code).select(
        place=pl.when(code.is_not_null()).then("place"),
        region=prefecture_of(code),
        place_code=code,
        enterprises=pl.col("enterprises").cast(pl.UInt32),
    )


@contextmanager
def _kept(name: str, table: "DataFrame") -> Iterator[None]:
    """Name a table for SQL and keep it on the workers' disks, so that it is computed once.

    Not by `DataFrame.persist`: `session.sql(query, name=table)` makes a view for the query, and
    when that goes, Spark forgets what was kept of the table.
    """
    from pyspark import StorageLevel

    catalog = table.sparkSession.catalog
    table.createOrReplaceTempView(name)
    catalog.cacheTable(name, StorageLevel.DISK_ONLY)
    try:
        yield
    finally:
        catalog.dropTempView(name)


@contextmanager
def _session() -> "Iterator[SparkSession]":
    """A session of our own: within the one that runs already, else started and stopped here."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        problem = f"--engine spark needs {', '.join(missing)}, which is not installed"
        raise RequestError(problem, _INSTALL)
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    session = running.newSession() if running else _start()
    session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", BATCH)
    _divide(session, 0)
    try:
        yield session
    finally:
        if not running:
            session.stop()


def _divide(session: "SparkSession", n_rows: int) -> None:
    """Divide what comes next by the batch, and to every processor a part."""
    parts = max(session.sparkContext.defaultParallelism, -(-n_rows // BATCH))
    session.conf.set("spark.sql.shuffle.partitions", parts)


def _start() -> "SparkSession":
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    master = os.environ.get(MASTER, "local[*]")
    conf = SparkConf().setMaster(master).setAppName("townworks")
    conf.setAll(list(_settings(master).items()))
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with TemporaryFile() as log:
        try:
            context = SparkContext(conf=conf, gateway=_gateway(conf, log))
            context.setLogLevel("ERROR")
            return SparkSession(context)
        except (PySparkException, Py4JError, OSError) as error:
            problem = f"Spark cannot start on {master}: {_complaint(log, error)}"
            remedy = _INSTALL if master.startswith("local") else f"Does {MASTER} name the cluster?"
            raise RequestError(problem, remedy) from error


def _complaint(log: IO[bytes], error: Exception) -> str:
    """Say in one line what Java logged as an error, threw, or said before it gave up."""
    log.seek(0)
    lines = [line for line in log.read().decode(errors="replace").splitlines() if line.strip()]
    said = [*lines, *str(error).splitlines()]
    faults = [
        found[1] for line in said if (found := re.search(r"(?: ERROR |Exception: )(.*)", line))
    ]
    others = [line for line in said if "WARN" not in line]
    return [*faults, *others][0].strip().rstrip(".!")


def _settings(master: str) -> Mapping[str, str]:
    here = {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    return {
        "spark.executorEnv.POLARS_MAX_THREADS": "1",
        "spark.driver.maxResultSize": "0",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        **(here if master.startswith("local") else {}),
    }


_running: "list[JavaGateway]" = []
"""The Java process, one for the life of ours."""


def _gateway(conf: "SparkConf", log: IO[bytes]) -> "JavaGateway":
    """Start Java, or return it if it runs; what it says on standard error goes to a log."""
    from pyspark.java_gateway import launch_gateway

    if not _running:
        _running.append(launch_gateway(conf, {"stderr": log}))
    return _running[0]


def _collect(table: "DataFrame") -> pl.DataFrame:
    return pl.DataFrame(table.toArrow())


def _to_arrow(frame: pl.DataFrame, schema: pl.Schema) -> _Arrow:
    table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
    yield from table.cast(_arrow_schema(schema)).to_batches()


def _arrow_schema(schema: pl.Schema) -> "pa.Schema":
    import pyarrow as pa

    simple: dict[object, pa.DataType] = {
        pl.String: pa.string(),
        pl.Int64: pa.int64(),
        pl.Int32: pa.int32(),
        pl.Boolean: pa.bool_(),
    }

    def arrow(dtype: object) -> "pa.DataType":
        if isinstance(dtype, pl.List):
            return pa.list_(arrow(dtype.inner))
        if isinstance(dtype, pl.Struct):
            return pa.struct([(field.name, arrow(field.dtype)) for field in dtype.fields])
        return simple[dtype]

    return pa.schema([(name, arrow(dtype)) for name, dtype in schema.items()])


def _spark_schema(schema: pl.Schema) -> "StructType":
    from pyspark.sql.pandas.types import from_arrow_schema

    return from_arrow_schema(_arrow_schema(schema))
