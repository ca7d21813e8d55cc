"""The page of `townworks chain`: both languages, no script, nothing loaded, read by axe."""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from townworks.cli import main


@pytest.fixture(scope="module")
def page_file(synthetic_registry: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("chain") / "out"
    words = ["chain", str(synthetic_registry), "--chain", "hosiery", "--place", "330681"]
    assert main([*words, "--rounds", "19", "--out", str(out)]) == 0
    return out / "chain.html"


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
    page.locator("svg.chain a").nth(1).click()
    assert "#stage-" in page.url
    assert told == [page_file.as_uri()]
    page.close()
