"""A quarter's workbooks through the pages: handed over, decided on, applied, queried, verified."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.site import Site, demo_site, visitor
from tests.browser.test_journeys import look as look_at
from tests.browser.test_journeys import say

LANGUAGES = ("en", "zh")
TOWN = {"en": "Practice Pump Town", "zh": "练习泵业小镇"}
QUARTERS = {"en": ("2015Q2", "2015年二季度"), "zh": ("2015Q3", "2015年三季度")}
NARROW, WIDE = ViewportSize(width=390, height=800), ViewportSize(width=1280, height=900)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with demo_site(tmp_path_factory.mktemp("site") / "home") as found:
        yield found


def workbook(path: Path, quarter: str) -> Path:
    """Write projects as a town might: title, unit above, housing counted, a mall, a wrong total."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("项目投资")
    sheet.merge_range(0, 0, 0, 3, f"练习泵业小镇{quarter}投资报表")
    rows = [
        ("单位：万元",),
        ("序号", "建设项目名称", "本季度完成投资", "其中：住宅"),
        (1, "检测中心", 1250.5, None),
        (2, "人才公寓配套厂房", 800, 100),
        (3, "购物中心", 3000, None),
        ("", "合计", 9999, None),
    ]
    for number, row in enumerate(rows, 1):
        for column, value in enumerate(row):
            if value not in (None, ""):
                sheet.write(number, column, value)
    book.close()
    return path


def look(page: Page, name: str) -> None:
    """Check a page; in the other language only those that hold most of its words."""
    if not name.endswith("-zh") or name.startswith(("import-", "return-")):
        look_at(page, name)


def narrow(page: Page, path: str) -> None:
    """A page has no sideways scroll on a telephone."""
    page.set_viewport_size(NARROW)
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.set_viewport_size(WIDE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_from_a_workbook_to_a_locked_quarter(
    browser: Browser, site: Site, language: str, tmp_path: Path
) -> None:
    quarter, spoken = QUARTERS[language]
    found = _brought_in(browser, site, language, workbook(tmp_path / "报表.xlsx", spoken))
    query = _asked(browser, site, language, found)
    with visitor(browser, site, language, "town") as ruan:
        ruan.go("/inbox/")
        assert query in ruan.page.content()
        ruan.go(query)
        ruan.step("answer", reason="typing mistake 笔误", corrected="12000000")
        look(ruan.page, f"query-{language}")
    with visitor(browser, site, language, "statistics") as mao:
        mao.go(query)
        mao.step("settle")
        mao.go(found)
        mao.step("verify", reason="ledgers read 已核对台账")
        verified = mao.page.locator("tr", has_text="检测中心").locator(".level.verified")
        expect(verified).to_have_text({"en": "CNY 12 m", "zh": "1,200万元"}[language])
    with visitor(browser, site, language, "office") as fang:
        fang.go(found)
        fang.step("lock")
        assert fang.state() in ("locked", "已锁定")
        fang.go(f"/bulletin/{quarter}/")
        assert TOWN[language] in fang.page.content()
        look(fang.page, f"bulletin-{language}")


def _brought_in(browser: Browser, site: Site, language: str, path: Path) -> str:
    """The office opens the quarter and brings the workbook in; returns the return's page."""
    quarter, _ = QUARTERS[language]
    with visitor(browser, site, language, "office") as fang:
        page = fang.page
        fang.go("/returns/new/")
        page.fill("#id_quarter", quarter)
        page.fill("#id_due_on", "2015-11-20")
        page.click("main form button")
        page.wait_for_url(f"**/returns/?quarter={quarter}")
        expect(page.locator("table.list tbody tr").first).to_be_visible()
        look(page, f"returns-{language}")
        page.click(f"text={say('form.import', language)}")
        page.set_input_files("#id_workbooks", str(path))
        page.fill("#id_quarter", "")
        look(page, f"hand-over-{language}")
        page.click("main form button")
        page.wait_for_url("**/imports/*/")
        _applied(page, language)
        narrow(page, page.url)
        fang.go(f"/returns/?quarter={quarter}&show=submitted")
        page.click(f"text={TOWN[language]}")
        expect(page.locator(".level.reported")).to_have_count(2 if quarter == "2015Q2" else 3)
        look(page, f"return-{language}")
        found = fang.path()
        narrow(page, site.address + found)
    return found


def _applied(page: Page, language: str) -> None:
    """Look at what is doubtful, take every proposal, and write it."""
    expect(page.locator("tr.error")).to_have_count(3)
    look(page, f"import-{language}")
    page.click(f"text={say('imports.take_all', language, n=3)}")
    expect(page.locator('input[value="take"]:checked')).to_have_count(3)
    page.click(f"text={say('imports.apply', language)}")
    expect(page.locator(".tag.state")).to_have_text({"en": "applied", "zh": "已导入"}[language])
    look(page, f"applied-{language}")


def _asked(browser: Browser, site: Site, language: str, found: str) -> str:
    """Statistics asks about a value; returns the query's page."""
    with visitor(browser, site, language, "statistics") as mao:
        mao.go(found)
        row = mao.page.locator("tr", has_text="检测中心")
        row.locator(f"text={say('case.ask', language)}").click()
        mao.page.fill("#id_question", "Is the invoice there? 发票在吗？")
        look(mao.page, f"ask-{language}")
        mao.page.click("main form button")
        mao.page.wait_for_url("**/cases/query/**")
        return mao.path()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_import_is_taken_back_whole(
    browser: Browser, site: Site, language: str, tmp_path: Path
) -> None:
    with visitor(browser, site, language, "town") as ruan:
        page = ruan.page
        ruan.go("/imports/new/")
        page.set_input_files("#id_workbooks", str(workbook(tmp_path / "b.xlsx", "2016年一季度")))
        page.click("main form button")
        page.wait_for_url("**/imports/*/")
        page.click(f"text={say('imports.apply', language)}")
        expect(page.locator(".tag.state")).to_have_text({"en": "applied", "zh": "已导入"}[language])
        page.locator("details.step summary").click()
        page.fill("#why", "wrong quarter 季度有误")
        page.locator("details.step button").click()
        undone = {"en": "undone", "zh": "已撤销导入"}[language]
        expect(page.locator(".tag.state")).to_have_text(undone)
        ruan.go("/imports/")
        look(page, f"imports-{language}")


def test_a_file_that_is_none_is_said_at_its_field(
    browser: Browser, site: Site, tmp_path: Path
) -> None:
    (tmp_path / "a.xlsx").write_text("a,b\n1,2\n")
    with visitor(browser, site, "en", "office") as fang:
        fang.go("/imports/new/")
        fang.page.set_input_files("#id_workbooks", str(tmp_path / "a.xlsx"))
        fang.page.click("main form button")
        expect(fang.page.locator(".faults").first).to_be_visible()
        fang.go("/exports/")
        look(fang.page, "exports")
        with fang.page.expect_download() as download:
            fang.page.click(f"text={say('export.csv', 'en')}")
        assert download.value.suggested_filename.endswith("-csv.zip")
