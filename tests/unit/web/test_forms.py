"""Bad input on forms: a clear message at the field, nothing half-saved."""

import json
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.unit.web.conftest import Window

from townworks.register.models import Boundary, Evidence, Investment, TownApplication

pytestmark = pytest.mark.django_db
T = "practice-pump-town"
GOOD_CODE = "91339900MA00000018"


def rows() -> int:
    models = apps.get_app_config("register").get_models()
    return sum(model._default_manager.count() for model in models)


ADMISSION = {
    "credit_code": GOOD_CODE,
    "origin": "new",
    "part": "member",
    "activity": "pumps",
    "area_wanted_m2": "10",
}
APPLICATION = {
    "name_zh": "测试小镇",
    "name_en": "Trial Town",
    "sector": "fashion",
    "industry_zh": "袜业",
    "industry_en": "socks",
    "planned_area_km2": "3",
    "planned_investment_cny": "5000000000",
    "builder": "somebody",
    "concept_plan": "a plan",
    "yearly_plan": "2016: roads",
    "support_measures": "support",
    "on": "2016-05-30",
}


def square(side: float) -> str:
    """Return a square near Huangyan, of a side in degrees."""
    west, south = 121.2, 28.6
    ring = [[west, south], [west + side, south], [west + side, south + side], [west, south + side]]
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


BOWTIE = json.dumps(
    {
        "type": "Polygon",
        "coordinates": [
            [[121.2, 28.6], [121.21, 28.61], [121.21, 28.6], [121.2, 28.61], [121.2, 28.6]]
        ],
    }
)
BOUNDARY = {
    "geojson": square(0.015),
    "datum": "wgs84",
    "valid_from": "2016-05-01",
    "source": "survey",
}
MONEY = {"quarter": "2016Q2", "evidence": "reported", "amount_cny": "1", "source": "books"}
BAD: list[tuple[str, str, Mapping[str, str], Mapping[str, str], tuple[str, str]]] = [
    (
        "town",
        f"/towns/{T}/admissions/new/",
        ADMISSION,
        {"credit_code": "123"},
        ("credit_code", "18 characters"),
    ),
    (
        "town",
        f"/towns/{T}/admissions/new/",
        ADMISSION,
        {"credit_code": GOOD_CODE[:-1] + ("5" if GOOD_CODE[-1] != "5" else "6")},
        ("credit_code", "check character"),
    ),
    (
        "town",
        f"/towns/{T}/admissions/new/",
        ADMISSION,
        {"origin": "relocated"},
        ("relocated_from", "moves from"),
    ),
    (
        "town",
        f"/towns/{T}/admissions/new/",
        ADMISSION,
        {"area_wanted_m2": "-1"},
        ("area_wanted_m2", "negative"),
    ),
    (
        "county",
        "/applications/new/",
        APPLICATION,
        {"industry_zh": "袜业、泵业"},
        ("industry_zh", "exactly one industry"),
    ),
    (
        "county",
        "/applications/new/",
        APPLICATION,
        {"planned_area_km2": "30"},
        ("planned_area_km2", "more than the 4.8 km²"),
    ),
    (
        "county",
        "/applications/new/",
        APPLICATION,
        {"planned_investment_cny": "-5"},
        ("planned_investment_cny", "more than zero"),
    ),
    (
        "county",
        "/applications/new/",
        APPLICATION,
        {"on": "2014-01-01"},
        ("on", "when the programme began"),
    ),
    ("county", "/applications/new/", APPLICATION, {"on": "2031-01-01"}, ("on", "has not come yet")),
    ("town", f"/towns/{T}/boundary/new/", BOUNDARY, {"geojson": square(0.06)}, ("geojson", "km²")),
    ("town", f"/towns/{T}/boundary/new/", BOUNDARY, {"geojson": BOWTIE}, ("geojson", "cross")),
    ("town", f"/towns/{T}/boundary/new/", BOUNDARY, {"geojson": "{"}, ("geojson", "")),
    (
        "town",
        f"/towns/{T}/boundary/new/",
        BOUNDARY,
        {"valid_from": "2010-01-01"},
        ("valid_from", "when the programme began"),
    ),
    ("town", "/projects/1/investment/new/", MONEY, {"amount_cny": "-1"}, ("amount_cny", "")),
    ("town", "/projects/1/investment/new/", MONEY, {"amount_cny": "1.005"}, ("amount_cny", "")),
    ("town", "/projects/1/investment/new/", MONEY, {"quarter": "2016Q5"}, ("quarter", "2016Q2")),
    (
        "town",
        "/projects/1/investment/new/",
        MONEY,
        {"quarter": "2019Q1"},
        ("valid_from", "has not come"),
    ),
]


@pytest.mark.parametrize(("user", "path", "good", "wrong", "told"), BAD)
def test_a_mistake_is_said_at_its_field_and_nothing_is_saved(
    window: Window,
    user: str,
    path: str,
    good: Mapping[str, str],
    wrong: Mapping[str, str],
    told: tuple[str, str],
) -> None:
    before, (field, says) = rows(), told
    answer = window(user).post(path, {**good, **wrong})
    assert answer.status_code == 422
    form = answer.context["form"]
    texts = " ".join(" ".join(each) for each in form.errors.values())
    assert field in form.errors or "__all__" in form.errors, form.errors
    assert says in texts
    assert rows() == before


def test_the_same_forms_take_good_input(window: Window) -> None:
    assert window("county").post("/applications/new/", APPLICATION).status_code == 302
    assert TownApplication.objects.get().yearly_plan == [{"year": "2016", "plan": "roads"}]
    assert window("town").post(f"/towns/{T}/boundary/new/", BOUNDARY).status_code == 302
    assert 2 < float(Boundary.objects.get().area_km2) < 3
    assert window("town").post("/projects/1/investment/new/", MONEY).status_code == 302
    assert Investment.objects.filter(quarter="2016Q2").exists()


ZIP = b"PK\x03\x04" + bytes(100)
FILES = [
    ("page.html", b"<!doctype html><script>alert(1)</script>"),
    ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
    ("picture.png", b"<svg onload=alert(1)>"),
    ("bundle.zip", ZIP),
    ("sheet.xlsx", ZIP),
    ("invoice.pdf", b"MZ\x90\x00 this program cannot be run"),
    ("empty.pdf", b""),
    ("note.pdf.html", b"%PDF-1.4"),
]


@pytest.mark.parametrize(("name", "content"), FILES)
def test_a_dangerous_file_is_refused_at_its_field(
    window: Window, evidence_folder: Path, name: str, content: bytes
) -> None:
    before = rows()
    file = SimpleUploadedFile(name, content)
    answer = window("town").post("/cases/admission/1/files/new/", {"file": file})
    assert answer.status_code == 422
    assert answer.context["form"].errors["file"]
    assert rows() == before
    assert not [path for path in evidence_folder.rglob("*") if path.is_file()]


def test_a_good_file_is_kept_and_only_ever_downloaded(window: Window) -> None:
    content = b"%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF"
    file = BytesIO(content)
    file.name = "证明.pdf"
    answer = window("town").post("/cases/admission/1/files/new/", {"file": file})
    assert answer.status_code == 302
    kept = Evidence.objects.get()
    got = window("town").get(f"/evidence/{kept.pk}/")
    assert got.content == content
    assert got["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in got["Content-Security-Policy"]
    assert window("").get(f"/evidence/{kept.pk}/").status_code == 302
    assert window("auditor").get(f"/evidence/{kept.pk}/").status_code == 200
    assert window("auditor").post("/cases/admission/1/files/new/", {}).status_code in (403, 422)


def test_who_looked_at_an_older_state_is_told_who_was_first(window: Window) -> None:
    first = window("town.head").post(
        "/cases/admission/8/admit/", {"seen": 5, "reason": "of the industry"}
    )
    version = first.status_code
    assert version in (302, 409)
    from townworks.register.models import Admission

    now = Admission.objects.get(pk=8)
    if now.state == "reviewed":
        seen = now.version
        data = {"seen": seen, "reason": "of the industry"}
        assert window("town.head").post("/cases/admission/8/admit/", data).status_code == 302
    late = window("town").post("/cases/admission/8/publish/", {"seen": 1, "reason": ""})
    assert late.status_code == 409
    assert "was first" in late.content.decode()


def test_a_file_that_is_too_large_is_dropped_on_the_way_and_said_at_its_field(
    window: Window, evidence_folder: Path, settings: object
) -> None:
    settings.UPLOAD_MOST_BYTES = 1_000_000  # type: ignore[attr-defined]
    file = SimpleUploadedFile("ledger.pdf", b"%PDF-1.4" + bytes(3_000_000))
    answer = window("town").post("/cases/admission/1/files/new/", {"file": file})
    assert answer.status_code == 422
    assert "larger than 1 MB" in answer.context["form"].errors["file"][0]
    assert not [path for path in evidence_folder.rglob("*") if path.is_file()]


def test_what_a_later_part_refuses_takes_the_earlier_parts_back(window: Window) -> None:
    before = rows()
    picture = SimpleUploadedFile("ledger.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    answer = window("town").post("/projects/1/investment/new/", {**MONEY, "file": picture})
    assert answer.status_code == 422
    new = {**ADMISSION, "credit_code": "91350100M000100Y43", "name": "新来", "area_wanted_m2": "-1"}
    assert window("town").post(f"/towns/{T}/admissions/new/", new).status_code == 422
    assert rows() == before


def test_what_an_enterprise_declared_is_not_public(window: Window) -> None:
    public = window("").get("/cases/grant/1/").content.decode()
    assert "CNY 320,000" in public
    assert "CNY 8 m" not in public
    assert "CNY 8 m" in window("county").get("/cases/grant/1/").content.decode()
