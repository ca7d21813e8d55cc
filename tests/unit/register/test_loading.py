"""Every published row is in the register once, with its source, and none is lost on the way."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from django.test import override_settings

from townworks.register.audit import Act, state, write
from townworks.register.loading import load_registry, loader
from townworks.register.models import (
    Anchor,
    Assessment,
    Event,
    Figure,
    Programme,
    RegistryEntry,
    StatusChange,
    Step,
    Town,
)
from townworks.register.practice import TOWN, tell
from townworks.register.services.grants import Rules
from townworks.register.verification import verify_database
from townworks.workflow.register import load_published, opened, registry_rows

pytestmark = pytest.mark.django_db
DAY = date(2016, 6, 1)


def tables() -> dict[str, pl.DataFrame]:
    held = opened("zhejiang").tables
    return {
        "towns": held.towns,
        "figures": held.figures,
        "anchors": held.anchors,
        "grades": held.outcomes,
    }


def test_a_second_load_finds_everything_there() -> None:
    events = Event.objects.count()
    again = load_published("zhejiang", DAY, DAY)
    assert again.new == {}
    assert Event.objects.count() == events
    for name, frame in tables().items():
        read = again.known.get(name, 0) + again.left_out.get(name, 0)
        assert read == frame.height, name


def test_every_row_is_accounted_for() -> None:
    held = tables()
    published = Town.objects.filter(practice=False)
    assert published.count() == held["towns"].height
    assert Figure.objects.exclude(town=TOWN).count() == held["figures"].height
    assert Anchor.objects.count() == held["anchors"].height
    known = held["grades"].filter(pl.col("town_id").is_not_null())
    assert Assessment.objects.filter(published=True).count() == known.height
    again = load_published("zhejiang", DAY, DAY)
    assert again.left_out.get("grades", 0) == held["grades"].height - known.height


def test_what_is_missing_is_loaded_again_and_nothing_else() -> None:
    gone = Anchor.objects.order_by("pk")[0]
    key = (gone.town_id, gone.name_en)
    gone.delete()
    assert load_published("zhejiang", DAY, DAY).new == {"anchors": 1}
    assert Anchor.objects.filter(town_id=key[0], name_en=key[1]).count() == 1


def test_every_row_names_its_source() -> None:
    assert not Town.objects.filter(source="").exists()
    assert not Figure.objects.filter(source="").exists()
    assert not Anchor.objects.filter(source="").exists()
    assert not Assessment.objects.filter(published=True, source="").exists()
    assert not StatusChange.objects.exclude(town=TOWN).filter(source="").exists()


def test_values_are_those_of_the_source_to_the_last_digit() -> None:
    held = opened("zhejiang").tables.figures
    rows = Figure.objects.exclude(town=TOWN).values_list("metric", "value", "unit")
    theirs = held.select("metric", "value", "unit").rows()
    assert sorted(rows) == sorted(theirs)
    assert sum(value for _, value, _ in rows) == sum((v for _, v, _ in theirs), Decimal(0))


def test_published_grades_went_through_one_step_that_says_so() -> None:
    for assessment in Assessment.objects.filter(published=True):
        step = Step.objects.get(kind="assessment", case_id=str(assessment.pk))
        assert (step.step, step.to, step.account) == ("load", "effective", loader())
        assert assessment.state_since == date(assessment.year, 12, 31)


def test_the_loader_cannot_sign_in() -> None:
    account = loader()
    assert not account.is_active
    assert not account.has_usable_password()
    assert loader().pk == account.pk


def test_a_programme_that_changed_is_told() -> None:
    programme = Programme.objects.get()
    programme.title_en = "another"
    write(programme, Act(loader(), "change", DAY))
    events = Event.objects.count()
    load_published("zhejiang", DAY, DAY)
    assert Programme.objects.get().title_en != "another"
    assert Event.objects.count() == events + 1


def test_a_load_is_all_or_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from townworks.register import loading

    def broken(*_: object) -> None:
        raise RuntimeError("the disk is full")

    Anchor.objects.all().delete()
    events = Event.objects.count()
    monkeypatch.setattr(loading, "_load_outcomes", broken)
    with pytest.raises(RuntimeError):
        load_published("zhejiang", DAY, DAY)
    assert (Anchor.objects.count(), Event.objects.count()) == (0, events)


@override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])  # quick
def test_the_demo_told_twice_leaves_a_whole_register() -> None:
    """Only the passwords are new, and every change has its event."""
    programme, events = opened("zhejiang"), Event.objects.count()
    before = {row.pk: state(row) for row in Town.objects.all()}
    logins = tell(Rules(programme.book, programme.digest))
    assert len({login.password for login in logins}) == len(logins)
    told = Event.objects.filter(seq__gt=events)
    assert set(told.values_list("kind", flat=True)) == {"account"}
    assert {row.pk: state(row) for row in Town.objects.all()} == before
    assert verify_database().faults == ()


# The registry


def row(code: str, **values: object) -> dict[str, object]:
    return {"credit_code": code, "name": "某公司", "capital_cny": Decimal("1.23"), **values}


def test_a_registry_is_one_event_and_counts_every_row() -> None:
    events, held = Event.objects.count(), RegistryEntry.objects.count()
    loaded = load_registry(iter([row("A"), row("B"), row("")]), "older.parquet", DAY)
    assert (loaded.new, loaded.left_out) == ({"registry": 2}, {"registry": 1})
    load_registry(iter([row("A", name="新名")]), "registry.parquet", DAY)
    assert RegistryEntry.objects.count() == held + 2
    entry = RegistryEntry.objects.get(pk="A")
    assert (entry.name, entry.capital_cny) == ("新名", Decimal("1.23"))
    event = Event.objects.order_by("-seq")[0]
    assert (event.action, event.reason) == ("load_registry", "registry.parquet: 1 rows")
    assert Event.objects.count() == events + 2
    assert verify_database().faults == ()


def test_registry_rows_are_read_as_they_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "registry.parquet"
    columns = {
        "credit_code": ["A", "B"],
        "name": ["某公司", None],
        "registered_on": [date(2015, 1, 1), None],
        "capital": [Decimal("500000000000.01"), Decimal(5)],
        "capital_currency": ["CNY", "USD"],
        "county_code": ["330100", None],
        "activity": ["制造", None],
    }
    pl.DataFrame(columns).write_parquet(path)
    load_registry(registry_rows(path), path.name, DAY)
    first, second = (RegistryEntry.objects.get(pk=code) for code in "AB")
    assert (first.capital_cny, second.capital_cny) == (Decimal("500000000000.01"), None)
    assert (second.name, second.county_code, second.activity) == ("", "", "")
