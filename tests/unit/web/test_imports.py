"""Workbooks through the pages: handed over, decided on, applied, undone; and who may."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from townworks.register.models import Account, Import, Investment, Query, Return, Town
from townworks.register.practice import TOWN

DAY = date(2016, 6, 1)
Window = Callable[[str], Client]
HEADINGS = ("建设项目名称", "本季度完成投资（万元）", "其中：住宅")


def workbook(rows: list[tuple[object, ...]], quarter: str = "2015年二季度") -> SimpleUploadedFile:
    """Return a workbook of the practice town with one table of projects."""
    buffer = BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("项目投资")
    for r, row in enumerate([(f"示范泵业小镇{quarter}报表",), HEADINGS, *rows]):
        for c, value in enumerate(row):
            sheet.write(r, c, value)
    book.close()
    return SimpleUploadedFile("报表.xlsx", buffer.getvalue())


ROWS: list[tuple[object, ...]] = [
    ("一号厂房", 120, 20),
    ("住宅小区", 80, None),
    ("检测中心", 45.5, None),
]


def hand_over(client: Client, *files: SimpleUploadedFile, **more: str) -> Import:
    answer = client.post("/imports/new/", {"workbooks": list(files), "quarter": "2015Q2", **more})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return Import.objects.order_by("pk").last()  # type: ignore[return-value]


def step(client: Client, case: Import, step: str, **values: object) -> int:
    values.setdefault("seen", Import.objects.get(pk=case.pk).version)
    return int(client.post(f"/imports/{case.pk}/{step}/", values).status_code)


def test_the_whole_way(window: Window) -> None:
    office = window("office")
    case = hand_over(office, workbook(ROWS), town=TOWN)
    page = office.get(f"/imports/{case.pk}/").content.decode()
    assert "C4" not in page  # an empty cell is no matter
    assert "B3" in page
    assert not Investment.objects.filter(quarter="2015Q2").exists()
    assert step(office, case, "accept-all") == 302
    assert step(office, case, "apply") == 302
    held = Investment.objects.filter(quarter="2015Q2").known()
    assert {row.project.name: row.amount_cny for row in held} == {
        "一号厂房": Decimal(1_000_000),
        "检测中心": Decimal(455_000),
    }
    assert step(office, case, "undo", reason="wrong file") == 302
    assert not Investment.objects.filter(quarter="2015Q2").known().exists()
    assert office.get(f"/imports/{case.pk}/").status_code == 200


def test_an_error_nobody_decided_stays_out(window: Window) -> None:
    town = window("town")
    case = hand_over(town, workbook(ROWS))
    assert case.town_id == TOWN
    assert step(town, case, "apply") == 302
    held = Investment.objects.filter(quarter="2015Q2").known()
    assert [row.project.name for row in held] == ["检测中心"]


def test_one_finding_is_kept_as_written(window: Window) -> None:
    office = window("office")
    case = hand_over(office, workbook(ROWS), town=TOWN)
    cell = "报表.xlsx\t项目投资\tB3\thousing_included"
    assert (
        step(office, case, "accept", **{"cell": [cell, "made\tup\tA1\tx"], "choice-0": "keep"})
        == 302
    )
    assert Import.objects.get(pk=case.pk).accepted == [[*cell.split("\t"), "keep"]]
    step(office, case, "apply")
    held = Investment.objects.filter(quarter="2015Q2", project__name="一号厂房").known()
    assert held.get().amount_cny == 1_200_000


def test_what_was_looked_at_before_somebody_else_wrote_is_not_applied(window: Window) -> None:
    office, town = window("office"), window("town")
    mine, theirs = hand_over(office, workbook(ROWS), town=TOWN), hand_over(town, workbook(ROWS))
    office.get(f"/imports/{mine.pk}/")
    step(town, theirs, "apply")
    version = Import.objects.get(pk=mine.pk).version
    assert step(office, mine, "discard", seen=version + 1) == 409
    assert (
        step(office, mine, "apply", seen=version) == 302
    )  # looked at anew: nothing is left to add
    assert Import.objects.get(pk=mine.pk).counts["added"] == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"PK\x03\x04 broken", "damaged"),
        (b"a,b\n1,2\n", "XLSX"),
        (b"", ""),
    ],
)
def test_a_file_that_is_none_is_said_at_its_field(
    content: bytes, said: str, window: Window
) -> None:
    office = window("office")
    file = SimpleUploadedFile("报表.xlsx", content)
    answer = office.post("/imports/new/", {"workbooks": [file], "quarter": "2015Q2"})
    assert answer.status_code == 422
    assert said.lower() in answer.content.decode().lower()
    assert not Import.objects.exists()


def test_nothing_chosen(window: Window) -> None:
    answer = window("office").post("/imports/new/", {"quarter": "2015Q2"})
    assert answer.status_code == 422


def test_findings_and_kept_out_values_go_out_as_tables(window: Window) -> None:
    office = window("office")
    case = hand_over(office, workbook([*ROWS, ("=cmd|' /C calc'!A0", 5, None)]), town=TOWN)
    findings = office.get(f"/imports/{case.pk}/findings.csv").content.decode("utf-8-sig")
    kept_out = office.get(f"/imports/{case.pk}/kept-out.csv").content.decode("utf-8-sig")
    assert "housing_project" in findings
    assert "住宅小区" in kept_out
    assert not any(line.startswith(("=", "@", "+")) for line in findings.splitlines())
    assert office.get(f"/imports/{case.pk}/other.csv").status_code == 404


@pytest.mark.parametrize("who", ["", "county", "statistics", "enterprise", "auditor"])
def test_who_brings_nothing_in(who: str, window: Window) -> None:
    answer = window(who).get("/imports/new/")
    assert answer.status_code == (302 if not who else 403)


def test_a_towns_import_is_not_anothers(window: Window, people: dict[str, Account]) -> None:
    case = hand_over(window("office"), workbook(ROWS), town="hangzhou-yuhang-dream")
    assert window("town").get(f"/imports/{case.pk}/").status_code == 404
    assert window("auditor").get(f"/imports/{case.pk}/").status_code == 200
    assert people["town"].town_id == TOWN


def test_the_round_on_its_page(window: Window) -> None:
    office = window("office")
    answer = office.post("/returns/new/", {"quarter": "2016Q1", "due_on": "2016-04-20"})
    assert answer.status_code == 302
    page = office.get("/returns/?quarter=2016Q1&show=late").content.decode()
    assert Town.objects.get(pk="hangzhou-yuhang-dream").name_en in page
    assert Return.objects.filter(quarter="2016Q1").count() > 30
    mine = window("town").get("/returns/").content.decode()
    assert mine.count("<tr>") == 2
    for show in ("queried", "submitted", "nonsense"):
        assert office.get(f"/returns/?show={show}").status_code == 200
    assert window("enterprise").get("/returns/").status_code == 403


def test_a_town_is_asked_at_a_value_and_answers(window: Window, town: Town) -> None:
    office, mine = window("office"), window("town")
    office.post("/returns/new/", {"quarter": "2015Q2", "due_on": "2015-07-20"})
    case = hand_over(mine, workbook(ROWS))
    step(mine, case, "apply")
    found = Return.objects.get(town=town, quarter="2015Q2")
    assert found.state == "submitted"
    page = office.get(f"/cases/return/{found.pk}/").content.decode()
    assert "检测中心" in page
    address = f"/returns/{found.pk}/ask/?form=investment&field=amount_cny&subject=检测中心"
    assert "455,000" in office.get(address).content.decode()
    assert office.post(address, {"question": "Is it paid?"}).status_code == 302
    query = Query.objects.get(town_return=found)
    assert "Is it paid?" in mine.get(f"/cases/query/{query.pk}/").content.decode()
    values = {"reason": "typing mistake", "corrected": "400000", "seen": query.version}
    assert mine.post(f"/cases/query/{query.pk}/answer/", values).status_code == 302
    fact = Investment.objects.filter(project__name="检测中心").known().get()
    assert fact.amount_cny == 400_000
    assert "Is it paid?" not in window("").get(f"/cases/query/{query.pk}/").content.decode()


def test_open_findings_are_asked_with_the_import(window: Window) -> None:
    office = window("office")
    office.post("/returns/new/", {"quarter": "2015Q2", "due_on": "2015-07-20"})
    case = hand_over(office, workbook(ROWS), town=TOWN)
    step(office, case, "apply", ask="1")
    assert {q.check_id for q in Query.objects.filter(town_return__quarter="2015Q2")} == {
        "housing_included",
        "housing_project",
    }


def test_the_registry_comes_in_beside_the_web(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page keeps the file and starts a process; who looks on sees how far it is."""
    started: list[object] = []
    monkeypatch.setattr("townworks.workflow.background._launch", lambda *args: started.append(args))
    office = window("office")
    assert "No registry was brought in yet." in office.get("/registry/").content.decode()
    rows = "统一社会信用代码,企业名称,经营范围\n91350100M000100Y43,甲公司,水泵制造\n"
    file = SimpleUploadedFile("registry.csv", rows.encode())
    assert office.post("/registry/", {"file": file}).status_code == 302
    assert len(started) == 1
    page = office.get("/registry/").content.decode()
    assert "registry.csv" in page
    assert office.post("/registry/resume/").status_code == 302
    assert len(started) == 2
    part = office.get("/registry/", headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<div id="registry"')
    assert office.post("/registry/", {}).status_code == 422


def test_a_bulletin_shows_no_other_town_s_projects(window: Window) -> None:
    project, question = "小镇客厅", "Does this include the hotel?"
    for who, shown in (("office", True), ("town", True), ("auditor", True), ("statistics", True)):
        page = window(who).get("/bulletin/2016Q1/").content.decode()
        assert (project in page, question in page) == (shown, shown), who


def test_who_is_elsewhere_sees_totals_only(window: Window, people: dict[str, Account]) -> None:
    people["county"].place_code = "330110"
    people["county"].save()
    county = window("county")
    page = county.get("/bulletin/2016Q1/").content.decode()
    assert "Practice Pump Town" in page
    assert "小镇客厅" not in page
    assert "Does this include the hotel?" not in page
    assert county.get(f"/template/return.xlsx?town={TOWN}").status_code == 404
    assert county.get("/template/return.xlsx").status_code == 200


def test_an_auditor_sees_the_preview_as_it_was_brought_in(window: Window) -> None:
    case = hand_over(window("office"), workbook(ROWS), town=TOWN)
    page = window("auditor").get(f"/imports/{case.pk}/").content.decode()
    assert "<b>3</b>" in page
    assert "accept-all" not in page
