"""The database itself refuses to change or delete an event, a step or a change of status."""

from typing import Any

from django.db import migrations

TABLES = ("register_event", "register_step", "register_statuschange")
SQLITE = """
CREATE TRIGGER {table}_no_{verb_} BEFORE {verb} ON {table}
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
KEYS = {
    "register_event": "seq = NEW.seq OR hash = NEW.hash",
    "register_step": "id = NEW.id OR (kind, case_id, number) = (NEW.kind, NEW.case_id, NEW.number)",
    "register_statuschange": "id = NEW.id",
}
REPLACED = """
CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table}
WHEN EXISTS (SELECT 1 FROM {table} WHERE {key})
BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END
"""
"""INSERT OR REPLACE deletes a row without firing the trigger of a deletion."""
POSTGRESQL = """
CREATE OR REPLACE FUNCTION register_append_only() RETURNS trigger AS $$
BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$ LANGUAGE plpgsql
"""
TRIGGER = """
CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
FOR EACH ROW EXECUTE FUNCTION register_append_only()
"""


def forwards(apps: object, editor: Any) -> None:
    if editor.connection.vendor == "postgresql":
        editor.execute(POSTGRESQL)
        for table in TABLES:
            editor.execute(TRIGGER.format(table=table))
    else:
        for table in TABLES:
            for verb in ("UPDATE", "DELETE"):
                editor.execute(SQLITE.format(table=table, verb=verb, verb_=verb.lower()))
            editor.execute(REPLACED.format(table=table, key=KEYS[table]))


def backwards(apps: object, editor: Any) -> None:
    for table in TABLES:
        if editor.connection.vendor == "postgresql":
            editor.execute(f"DROP TRIGGER {table}_append_only ON {table}")
        else:
            for verb in ("update", "delete", "replace"):
                editor.execute(f"DROP TRIGGER {table}_no_{verb}")


class Migration(migrations.Migration):
    dependencies = [("register", "0001_initial")]
    operations = [migrations.RunPython(forwards, backwards)]
