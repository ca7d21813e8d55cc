"""The plan on the web: tracked on the programme's page, line by line on its own; read by axe."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.site import Site, demo_site, visitor
from tests.unit.register.planning import write_plan

PROGRAM = Path(sys.executable).with_name("townworks")
PAGES = ("/", "/plan/", "/towns/hangzhou-xihu-yunqi/")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The practice register, with a plan that takes the place of the shipped one."""
    folder = tmp_path_factory.mktemp("plan")
    home, plan = folder / "home", write_plan(folder)
    words = ["--plan", str(plan), "--as", "office", "--since", "2016-06-01"]
    for command in (["demo", "--no-serve"], ["load", *words]):
        subprocess.run(
            [str(PROGRAM), *command, "--home", str(home)], check=True, capture_output=True
        )
    with demo_site(home) as served:
        yield served


def check(page: Page) -> None:
    """Nothing serious for axe, and nothing wider than the window."""
    found = Axe().run(page).response["violations"]
    assert not [v["id"] for v in found if v["impact"] in ("serious", "critical")]
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pages_pass_axe_wide_and_narrow(browser: Browser, site: Site, language: str) -> None:
    with visitor(browser, site, language) as public:
        for path in PAGES:
            public.go(path)
            for width in (1280, 390):
                public.page.set_viewport_size({"width": width, "height": 900})
                check(public.page)


def test_the_office_follows_the_plan_by_keyboard(browser: Browser, site: Site) -> None:
    """From the programme to a late town, from there to which town it became."""
    with visitor(browser, site, "en", "office") as office:
        page = office.page
        office.go("/")
        late = page.locator("section.plan").get_by_role("link", name="Xinchang Bearing Town")
        late.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/plan/?as_of=2016-06-01#line-*")
        row = page.locator("tr:target")
        expect(row).to_contain_text("Xinchang Bearing Town: because")
        expect(row.locator(".tag")).to_have_text("late")
        row.get_by_role("link", name="Which town is it?").press("Enter")
        page.locator("#id_town").select_option("shaoxing-zhuji-socks")
        page.locator("#id_reason").fill("it was renamed")
        page.keyboard.press("Enter")
        page.wait_for_url("**/plan/#line-*")
        expect(page.locator("tr:target .tag")).to_have_text("on a list")
        check(page)


def test_a_planned_town_is_a_hollow_mark_until_it_has_come(browser: Browser, site: Site) -> None:
    with visitor(browser, site, "en") as public:
        public.go("/")
        mark = public.page.locator('.map-town-icon[aria-label^="Yueqing Electrical Town"]')
        expect(mark).to_have_attribute(
            "aria-label",
            r"Yueqing Electrical Town, high-end equipment,"
            " planned, on no list yet",
        )
        expect(mark.locator(".hollow.planned")).to_have_count(1)
        mark.press("Enter")
        public.page.get_by_role("link", name="Yueqing Electrical Town").first.click()
        public.page.wait_for_url("**/plan/#line-*")
