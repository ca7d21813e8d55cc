"""The database itself refuses to change what was recorded, and migrations say what models say."""

from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

TABLES = ("register_event", "register_step", "register_statuschange")
VERBS = (
    "UPDATE {table} SET {column} = {column}",
    "DELETE FROM {table}",
)

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("verb", VERBS)
def test_what_was_recorded_is_neither_changed_nor_deleted(table: str, verb: str) -> None:
    column = "reason" if table != "register_statuschange" else "source"
    with pytest.raises(DatabaseError, match=f"{table} is append-only"), transaction.atomic():
        run(verb.format(table=table, column=column))
    assert count(table) > 0


@pytest.mark.parametrize("table", TABLES)
def test_what_is_refused_leaves_every_row(table: str) -> None:
    before = count(table)
    with pytest.raises(DatabaseError), transaction.atomic():
        run(f"DELETE FROM {table} WHERE 1 = 1")  # noqa: S608
    assert count(table) == before


def test_an_upsert_is_a_change_as_well() -> None:
    """ON CONFLICT DO UPDATE fires the trigger of the update."""
    columns = '"seq", "recorded_at", "on", "account", "role", "action", "kind", "record_id"'
    columns += ', "reason", "before", "after", "prev_hash", "hash"'
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run(
            f"INSERT INTO register_event ({columns}) SELECT {columns} FROM register_event"  # noqa: S608
            " WHERE seq = 5 ON CONFLICT (seq) DO UPDATE SET reason = 'forged'"
        )


def test_a_replacement_is_a_change_as_well() -> None:
    """SQLite's INSERT OR REPLACE deletes the old row without firing the trigger of a deletion."""
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite has it")
    with pytest.raises(DatabaseError), transaction.atomic():
        run("INSERT OR REPLACE INTO register_event SELECT * FROM register_event WHERE seq = 5")


def test_models_have_no_change_without_a_migration() -> None:
    told = StringIO()
    call_command("makemigrations", "register", check=True, dry_run=True, stdout=told)
    assert "No changes detected" in told.getvalue()


def test_the_triggers_can_be_taken_off_and_put_back() -> None:
    """Migration 0002 backwards and forwards, inside this test's transaction."""
    from importlib import import_module

    module = import_module("townworks.register.migrations.0002_append_only")
    editor = SimpleNamespace(connection=connection, execute=run)
    module.backwards(None, editor)
    run("UPDATE register_step SET reason = reason")
    module.forwards(None, editor)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        run("UPDATE register_step SET reason = reason")


def test_every_migration_of_the_register_is_applied() -> None:
    executor = MigrationExecutor(connection)
    assert executor.migration_plan(executor.loader.graph.leaf_nodes()) == []


def run(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])
