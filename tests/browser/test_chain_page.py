"""The page of `townworks chain`: both languages, no script, nothing loaded, read by axe."""

from pathlib import Path

import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from townworks.cli import main


@pytest.fixture(scope="module")
def page_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the page of a chain that has filled, missing and unknown stages."""
    folder = tmp_path_factory.mktemp("chain")
    goods = ["袜子制造", "袜子销售", "锦纶丝制造", "包覆纱制造", "纸盒制造", "染色加工"]
    rows = [
        (f"诸暨第{n}厂", goods[n % 3], "浙江省诸暨市东路1号")
        if n % 2
        else (f"义乌第{n}厂", goods[n // 2 % 6], "浙江省义乌市东路1号")
        for n in range(400)
    ]
    header = ["企业名称", "经营范围", "注册地址"]
    pl.DataFrame(rows, schema=header, orient="row").write_csv(folder / "r.csv")
    words = ["chain", str(folder / "r.csv"), "--chain", "hosiery", "--place", "330681"]
    assert main([*words, "--rounds", "19", "--out", str(folder / "out")]) == 0
    return folder / "out" / "chain.html"


def test_the_page_switches_languages_and_passes_axe(browser: Browser, page_file: Path) -> None:
    page = browser.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text))
    page.on("request", lambda request: told.append(request.url))
    page.goto(page_file.as_uri())
    expect(page.locator("h1")).to_contain_text("Hosiery")
    expect(page.locator("h2").first).to_have_text("The chain", use_inner_text=True)
    page.click("label[for=speak-zh]")
    expect(page.locator("h2").first).to_have_text("产业链", use_inner_text=True)
    found = Axe().run(page).response["violations"]
    assert not [v["id"] for v in found if v["impact"] in ("serious", "critical")]
    for state in ("filled", "missing", "not_known"):
        expect(page.locator(f"svg.chain a.{state}").first).to_be_visible()
    named = page.locator("svg.chain a.filled title").first.text_content() or ""
    assert "诸暨第101厂" in named
    assert named.endswith(" … (66)")
    page.locator("svg.chain a").nth(1).click()
    assert "#stage-" in page.url
    assert told == [page_file.as_uri()]
    page.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_phone_scrolls_only_downwards(browser: Browser, page_file: Path, language: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(page_file.as_uri())
    page.click(f"label[for=speak-{language}]")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.close()
