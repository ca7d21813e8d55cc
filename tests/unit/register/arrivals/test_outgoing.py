"""The register's records as forms: out and in again, nothing is new and nothing is lost."""

from datetime import date
from pathlib import Path

import pytest
from tests.unit.register.conftest import DAY

from townworks.io.templates import write_template
from townworks.register.arrivals.outgoing import form_tables, known_of
from townworks.register.models import Account, Admission, Enterprise, Investment, Town
from townworks.register.practice import TOWN
from townworks.schema.forms import forms
from townworks.workflow.giving_out import known_of_town, template_bytes, wanted_forms
from townworks.workflow.returns import Order, look


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_went_out_changes_nothing_when_it_comes_in(
    language: str, people: dict[str, Account], tmp_path: Path
) -> None:
    path = tmp_path / "forms.xlsx"
    write_template(tuple(forms()), language, path, form_tables())
    found = look(Order([path]), people["office"], DAY)
    assert found.counts["error"] == 0
    other = [
        (c.form, c.subject, c.field, c.before, c.after) for c in found.changes if c.kind != "left"
    ]
    assert not other
    assert found.counts["left"] > 1_000


def test_every_record_is_in_its_form() -> None:
    tables = form_tables()
    assert set(tables) == set(forms())
    for name, table in tables.items():
        assert table.columns == list(forms()[name].fields)
    reported = Investment.objects.filter(evidence="reported").known().count()
    assert tables["investment"].height == reported
    assert tables["town"].height == Town.objects.count()
    assert tables["enterprise"].height == Enterprise.objects.count()


def test_of_one_town_and_quarter_only() -> None:
    tables = form_tables(TOWN, "2016Q1")
    assert set(tables["investment"]["quarter"]) == {"2016Q1"}
    assert set(tables["town"]["town_id"]) == {TOWN}


@pytest.mark.django_db
def test_a_towns_template_begins_with_what_is_known(
    people: dict[str, Account], tmp_path: Path
) -> None:
    path = tmp_path / "return.xlsx"
    path.write_bytes(template_bytes(["return"], "zh", known_of_town(TOWN, "2016Q2")))
    found = look(Order([path]), people["town"], date(2016, 7, 10))
    assert set(found.reading.towns.values()) == {TOWN}
    assert set(found.reading.quarters.values()) == {"2016Q2"}
    told = found.reading.entries.filter(form="admission", field="credit_code")
    coming = Admission.objects.filter(town=TOWN).exclude(state__in=("left", "refused", "withdrawn"))
    assert told.height == coming.count() == known_of(TOWN)["admission"].height
    assert found.counts["added"] == 0


def test_names_of_forms() -> None:
    assert wanted_forms([]) == wanted_forms(["return"]) == ("investment", "figure", "admission")
    assert wanted_forms(["all"]) == tuple(forms())
    assert wanted_forms(["return", "figure", "target"])[-1] == "target"


pytestmark = pytest.mark.django_db
