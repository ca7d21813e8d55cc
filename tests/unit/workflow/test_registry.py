"""A registry comes in whole, whatever happens on the way: killed, gone on with, brought twice.

`registry_script.py` plays the killing in processes of their own, with a database in a file or a
PostgreSQL from a package; here stands what must have come of it.
"""

import csv
import importlib.util
import io
import json
import os
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest
from django.conf import settings as django_settings

from townworks.errors import TownworksError
from townworks.register.loading import loader
from townworks.register.models import RegistryEntry
from townworks.register.models.imports import RegistryImport
from townworks.register.services import registry
from townworks.workflow import registry as importing
from townworks.workflow.registry import import_registry

HERE = Path(__file__).parent
SCRIPT = HERE / "registry_script.py"


@pytest.fixture(scope="module")
def faulty_registry(synthetic_registry: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write 1,505 rows: 1,499 good ones, and of each fault one."""
    path = tmp_path_factory.mktemp("faulty") / "registry.csv"
    text = synthetic_registry.read_text(encoding="utf-8")
    lines = text.splitlines()
    last = lines.pop().split(",")
    code = last[1]
    added = [
        lines[1].replace(lines[1].split(",")[0], "改名"),  # its code was there: merged
        ",".join(["", code, *last[2:]]),  # no name
        ",".join(["错码", code[:-1] + "!", *last[2:]]),  # no code of any kind
        ",".join(["错日", code, "2999-01-01", *last[3:]]),
        ",".join(["无码", "", *last[2:]]),  # kept by `read`, no entry
        ",".join(["长" * 201, code, *last[2:]]),  # no room
    ]
    path.write_text("\n".join([*lines, *added]) + "\n", encoding="utf-8")
    return path


# Killed


def _postgresql() -> ModuleType:
    """Load the helper beside the tests, wherever they are started from."""
    spec = importlib.util.spec_from_file_location("postgresql", HERE.parents[1] / "postgresql.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _play(path: Path, home: Path, url: str, kills: tuple[str, ...]) -> dict[str, Any]:
    env = {**os.environ, "TOWNWORKS_HOME": str(home), "TOWNWORKS_DATABASE_URL": url}
    source = str(HERE.parents[2] / "src")
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (source, env.get("PYTHONPATH", ""))))
    command = [sys.executable, str(SCRIPT), str(path), *kills]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_killed_and_gone_on_with_no_row_is_lost_or_doubled_on_sqlite(
    faulty_registry: Path, tmp_path: Path
) -> None:
    """One test of all, and not one a statement: each would play the scenes anew."""
    told = _play(faulty_registry, tmp_path, "", ("100", "400"))
    _whole(told)
    _brought_in_by_the_web(told)


def test_killed_and_gone_on_with_no_row_is_lost_or_doubled_on_postgresql(
    faulty_registry: Path, tmp_path: Path
) -> None:
    package = _postgresql()
    if package.missing():
        pytest.skip(package.missing())
    with package.database_url() as url:
        _whole(_play(faulty_registry, tmp_path, url, ("300",)))


def _whole(told: dict[str, Any]) -> None:
    """At each kill the count said what was in; in the end all is as if nothing had happened."""
    for kill in told["kills"]:
        assert kill["code"] == -9
        assert kill["refused"] == "registry_running", "a second process meanwhile"
        assert kill["counts"]["state"] == "running"
        assert kill["counts"]["written"] == kill["entries"] < 1_499
    assert told["pieces"]["resumed_at"] == told["kills"][-1]["entries"] >= 300
    for kind in ("counts", "entries", "rejects"):
        assert told["pieces"][kind] == told["whole"][kind]
    assert len(told["whole"]["entries"]) == 1_499
    assert told["again"]


def _brought_in_by_the_web(told: dict[str, Any]) -> None:
    """The table says how far it is, and that a second time there was nothing to change."""
    found = told["background"]
    assert (found["counts"]["state"], found["message"]) == ("done", "")
    assert (found["counts"]["new"], found["counts"]["changed"]) == (0, 0)
    assert found["counts"]["same"] == 1_499
    assert (found["name"], found["again"]) == ("名录.csv", True)
    before = [row[:-1] for row in told["whole"]["entries"]]
    assert [row[:-1] for row in told["after"]] == before
    assert {row[-1] for row in told["after"]} == {"名录.csv"}


# What comes in


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(django_settings, "HOME", tmp_path)
    monkeypatch.setattr(importing, "BATCH", 400)
    monkeypatch.setattr(importing, "PAUSE_S", 0)
    RegistryEntry.objects.all().delete()
    return tmp_path


@pytest.mark.django_db
def test_what_is_kept_of_a_row(home: Path, synthetic_registry: Path) -> None:
    """Compare with the file as another reader understands it."""
    import_registry(synthetic_registry, loader())
    there = {row.credit_code: row for row in RegistryEntry.objects.all()}
    with synthetic_registry.open(encoding="utf-8", newline="") as file:
        rows = {row["统一社会信用代码"]: row for row in csv.DictReader(file)}
    assert there.keys() == rows.keys()
    for code, row in rows.items():
        entry, made = there[code], code[2:8]
        assert (entry.name, entry.activity) == (row["企业名称"], row["经营范围"])
        assert entry.county_code == made
        year, month, day = map(int, row["注册日期"].split("-"))
        assert entry.registered_on == date(year, month, day)
        assert entry.capital_cny == Decimal(row["注册资金"].partition("(")[0]) * 10_000
        assert entry.imported_from == "registry.csv"
    assert home.exists()


@pytest.mark.django_db
def test_every_row_is_accounted_for_and_every_reject_says_why(
    home: Path, faulty_registry: Path
) -> None:
    seen: list[tuple[int, int]] = []
    done = import_registry(faulty_registry, loader(), lambda *rows: seen.append(rows))
    found = done.record
    assert (found.rows_total, found.rows_done, found.state) == (1_505, 1_505, "done")
    assert (found.rows_new, found.rows_merged, found.rows_without_code) == (1_499, 1, 1)
    assert RegistryEntry.objects.count() == 1_499
    rejects = list(csv.DictReader(io.StringIO(done.rejects.read_text(encoding="utf-8-sig"))))
    assert [row["reason"] for row in rejects] == [
        "missing_name",
        "bad_credit_code",
        "bad_date",
        "does_not_fit",
    ]
    assert [row["line"] for row in rejects] == ["1502", "1503", "1504", "1506"]
    assert "201 characters, at most 200" in rejects[-1]["detail"]
    assert found.rows_rejected == len(rejects)
    assert seen == sorted(seen)
    assert seen[-1] == (1_505, 1_505)
    assert done.rejects.parent == home / "registries"


@pytest.mark.django_db
def test_a_newer_file_changes_what_it_names_and_deletes_nothing(
    home: Path, synthetic_registry: Path
) -> None:
    import_registry(synthetic_registry, loader())
    newer = home / "newer.csv"
    table = pl.read_csv(synthetic_registry, infer_schema=False).head(500)
    odd = pl.int_range(pl.len()) % 2 == 1
    changed = pl.when(odd).then(pl.lit("12(万美元)")).otherwise("注册资金").alias("注册资金")
    table.with_columns(changed).write_csv(newer)
    found = import_registry(newer, loader()).record
    assert (found.rows_new, found.rows_changed, found.rows_same) == (0, 250, 250)
    assert RegistryEntry.objects.count() == 1_500
    assert RegistryEntry.objects.filter(capital_cny=None).count() == 250
    assert RegistryEntry.objects.filter(imported_from="newer.csv").count() == 500


@pytest.mark.django_db
def test_the_same_content_is_nothing_to_do_under_any_name(
    home: Path, synthetic_registry: Path
) -> None:
    import_registry(synthetic_registry, loader())
    other = home / "other.csv"
    other.write_bytes(synthetic_registry.read_bytes())
    for path in (synthetic_registry, other):
        assert import_registry(path, loader()).nothing_to_do
    assert RegistryImport.objects.count() == 1


# What goes wrong


class _StoppedError(Exception):
    pass


def _stop_at(rows: int, error: BaseException) -> Any:
    def progress(done: int, _: int) -> None:
        if done >= rows:
            raise error

    return progress


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("error", "state"), [(KeyboardInterrupt(), "paused"), (_StoppedError("disk"), "failed")]
)
def test_what_stops_it_is_told_and_it_goes_on_from_there(
    home: Path, faulty_registry: Path, error: BaseException, state: str
) -> None:
    with pytest.raises(type(error)):
        import_registry(faulty_registry, loader(), _stop_at(800, error))
    found = RegistryImport.objects.get()
    assert (found.state, found.rows_written, bool(found.message)) == (state, 800, True)
    assert not list((home / "registries").iterdir()), "half a reject file"
    done = import_registry(faulty_registry, loader())
    assert (done.resumed_at, done.record.rows_done, done.record.message) == (800, 1_505, "")
    assert RegistryEntry.objects.count() == 1_499


@pytest.mark.django_db
def test_a_file_that_changes_while_it_is_read_is_not_done(
    home: Path, synthetic_registry: Path
) -> None:
    path = home / "registry.csv"
    text = synthetic_registry.read_bytes()
    path.write_bytes(text)

    def change(*_: int) -> None:
        path.write_bytes(text + b"\n")

    with pytest.raises(TownworksError, match="changed while it was read"):
        import_registry(path, loader(), change)
    assert RegistryImport.objects.get().state == "failed"


@pytest.mark.django_db
def test_what_cannot_be_read_is_told(home: Path) -> None:
    path = home / "registry.csv"
    with pytest.raises(TownworksError, match="cannot be read"):
        import_registry(path, loader())
    path.write_text("甲,乙\n1,2\n", encoding="utf-8")
    with pytest.raises(TownworksError, match="lacks a column"):
        import_registry(path, loader())
    found = RegistryImport.objects.get()
    assert found.state == "failed"
    assert "lacks a column" in found.message


@pytest.mark.django_db
def test_a_pause_from_elsewhere_ends_it_before_the_next_batch(
    home: Path, synthetic_registry: Path
) -> None:
    def pause(*_: int) -> None:
        registry.pause(RegistryImport.objects.get(), loader())

    with pytest.raises(TownworksError, match="was paused"):
        import_registry(synthetic_registry, loader(), pause)
    found = RegistryImport.objects.get()
    assert (found.state, found.rows_written) == ("paused", 400)
    assert RegistryEntry.objects.count() == 400
    assert home.exists()
