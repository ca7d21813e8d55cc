"""The five journeys through the register, in both languages, each page without a console fault."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.browser.site import Site, demo_site, visitor
from townworks.schema.messages import message

LANGUAGES = ("en", "zh")
SHOTS = os.environ.get("TOWNWORKS_SHOTS")
TOWN = "practice-pump-town"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with demo_site(tmp_path_factory.mktemp("site") / "home") as found:
        yield found


def look(page: Page, name: str) -> None:
    """Check a page with axe, and keep a picture where somebody wants to look at it."""
    if SHOTS:
        page.wait_for_timeout(800)
        page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    serious = [
        f"{v['id']}: {v['nodes'][0]['html'][:160]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]
    assert not serious, (name, serious)


def say(key: str, language: str, **values: object) -> str:
    return message(f"web.{key}", language, **values)


def move_calendar(browser: Browser, site: Site, day: str) -> None:
    with visitor(browser, site, "en", "town") as clerk:
        clerk.go("/calendar/")
        clerk.page.fill("#id_day", day)
        clerk.page.click("main form button")
        clerk.page.wait_for_url("**/inbox/")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_public_looks_at_a_town(browser: Browser, site: Site, language: str) -> None:
    with visitor(browser, site, language) as public:
        public.go("/")
        assert public.page.locator(".numbers b").first.inner_text() == "79"
        expect(public.page.locator(".map-town-icon").first).to_be_visible()
        expect(public.page.locator("figure.chart[data-state=drawn]").first).to_be_visible()
        look(public.page, f"programme-{language}")
        public.page.click(f"nav >> text={say('nav.towns', language)}")
        public.page.fill("#q", "袜" if language == "zh" else "socks")
        expect(public.page.locator("table.list tbody tr")).to_have_count(1)
        public.page.click("table.list tbody a")
        assert "诸暨袜艺小镇" in public.page.content() or "Socks" in public.page.content()
        look(public.page, f"town-{language}")
        public.page.fill("#as_of", "2015-05-20")
        public.page.click(".as-of button")
        assert say("status.proposed", language) in public.page.locator(".lead").inner_text()


@pytest.mark.parametrize(
    ("language", "town"), [("en", "taizhou-wenling-pump"), ("zh", "shaoxing-zhuji-socks")]
)
def test_an_enterprise_finds_a_town_and_applies(
    browser: Browser, site: Site, language: str, town: str
) -> None:
    with visitor(browser, site, language, "enterprise") as tang:
        tang.go("/finder/")
        tang.page.select_option("#q-is_headquarters", "yes")
        tang.page.click("main form button")
        assert "CNY" in tang.page.content() or "万元" in tang.page.content()
        look(tang.page, f"finder-{language}")
        tang.go(f"/finder/?town={town}&is_headquarters=yes&capital_cny=80000000")
        granted = tang.page.locator(".advice li.eligible")
        expect(granted.first).to_be_visible()
        tang.page.click(f"text={say('town.apply', language)}")
        tang.page.select_option("#id_origin", "branch")
        tang.page.fill("#id_activity", "泵的装配 assembly of pumps")
        tang.page.fill("#id_area_wanted_m2", "-5")
        tang.page.click("main form button")
        expect(tang.page.locator(".field.wrong")).to_have_count(1)
        tang.page.fill("#id_area_wanted_m2", "500")
        tang.page.click("main form button")
        tang.page.wait_for_url("**/cases/admission/**")
        look(tang.page, f"admission-{language}")
        tang.step("submit")
        assert tang.state() in ("submitted", "已提交")


@pytest.mark.parametrize(("language", "number"), [("en", 8), ("zh", 7)])
def test_the_town_admits_it(browser: Browser, site: Site, language: str, number: int) -> None:
    page = f"/cases/admission/{number}/"
    with visitor(browser, site, language, "town") as clerk:
        clerk.go(page)
        if number == 7:
            clerk.step("complete")
            clerk.step("review", reason="属于水泵产业链")
        clerk.go(page)
        expect(clerk.page.locator(".blocked").first).to_be_visible()
    with visitor(browser, site, language, "town.head") as head:
        head.go(page)
        head.step("admit", reason="of the industry")
    with visitor(browser, site, language, "town") as clerk:
        clerk.go(page)
        clerk.step("publish")
        clerk.step("make_effective")
        expect(clerk.page.locator(".faults")).to_be_visible()
    move_calendar(browser, site, "2016-06-20" if number == 8 else "2016-07-10")
    with visitor(browser, site, language, "town") as clerk:
        clerk.go(page)
        clerk.step("make_effective")
        assert clerk.state() in ("in the town", "已入驻")
        clerk.go(f"/towns/{TOWN}/")
        look(clerk.page, f"own-town-{language}")
        clerk.page.locator("#premises ol a").first.click()
        clerk.page.select_option("#id_premises", index=1)
        clerk.page.fill("#id_area_m2", "900000")
        clerk.page.click("main form button")
        expect(clerk.page.locator(".field.wrong")).to_have_count(1)
        clerk.page.fill("#id_area_m2", "100")
        clerk.page.click("main form button")
        clerk.page.wait_for_url("**#premises")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_office_approves_a_grant_and_pays(browser: Browser, site: Site, language: str) -> None:
    page = "/cases/grant/2/" if language == "en" else _applied(browser, site)
    if language == "zh":
        with visitor(browser, site, language, "county") as clerk:
            clerk.go(page)
            clerk.step("check", reason="发票已核")
    with visitor(browser, site, language, "county.head") as head:
        head.go(page)
        head.step("approve", quantity="99999999", reason="too much")
        expect(head.page.locator(".field.wrong")).to_have_count(1)
        head.step("approve", quantity="200000", reason="part of it")
    with visitor(browser, site, language, "county") as clerk:
        clerk.go(page)
        clerk.step("commit", budget_line="1")
        look(clerk.page, f"grant-{language}")
    with visitor(browser, site, language, "finance") as payer:
        payer.go(page)
        payer.step("pay", amount="150000")
        payer.step("pay", amount="60000")
        expect(payer.page.locator(".field.wrong")).to_have_count(1)
        payer.step("pay", amount="50000")
        payer.step("finish")
        assert payer.state() in ("paid in full", "已全额支付")


def _applied(browser: Browser, site: Site) -> str:
    """Apply for another instrument as the enterprise; returns the page of the grant."""
    with visitor(browser, site, "zh", "enterprise") as tang:
        tang.go("/admissions/1/apply/")
        tang.page.fill("#q-imported_equipment_cny", "6000000")
        tang.page.select_option("#q-on_duty_free_list", "yes")
        tang.page.click("section.panel button")
        look(tang.page, "apply-zh")
        tang.page.click('button[name="rule_id"][value="mould-import"]')
        tang.page.wait_for_url("**/cases/grant/**")
        return tang.path()


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_assessment_to_a_warning_and_an_objection(
    browser: Browser, site: Site, language: str
) -> None:
    if language == "zh":
        _open_second_round(browser, site)
    town = "Practice Pump Town" if language == "en" else "练习泵业小镇"
    with visitor(browser, site, language, "statistics") as mao:
        mao.go("/inbox/")
        look(mao.page, f"inbox-{language}")
        mao.page.click(f"text=/{town} · {2015 if language == 'en' else 2016}$/")
        mao.step("verify", reason="ledgers read")
        page = mao.path()
    with visitor(browser, site, language, "office") as fang:
        fang.go(page)
        fang.step("lock")
        fang.step("grade", grade="warning", score="58", reason="investment behind the path")
        expect(fang.page.locator(".blocked").first).to_be_visible()
    with visitor(browser, site, language, "office.head") as guo:
        guo.go(page)
        guo.step("publish")
        guo.step("make_effective")
        expect(guo.page.locator(".faults")).to_be_visible()
    _object_and_be_answered(browser, site, language, page)
    move_calendar(browser, site, "2016-08-01" if language == "en" else "2017-02-20")
    with visitor(browser, site, language, "office.head") as guo:
        guo.go(page)
        guo.step("make_effective")
        assert guo.state() in ("in force", "已生效")
        look(guo.page, f"assessment-{language}")
        guo.go(f"/towns/{TOWN}/")
        warned = say("status.creation_warned", language)
        assert warned in guo.page.locator(".lead").inner_text()


def _object_and_be_answered(browser: Browser, site: Site, language: str, page: str) -> None:
    with visitor(browser, site, language, "town") as ruan:
        ruan.go(page)
        ruan.page.click(f"text={say('form.objection', language)}")
        ruan.page.fill("#id_grounds", "第四季度投资未计入")
        ruan.page.click("main form button")
        ruan.page.wait_for_url("**/cases/objection/**")
        look(ruan.page, f"objection-{language}")
        objection = ruan.path()
    with visitor(browser, site, language, "office") as fang:
        fang.go(objection)
        answer = fang.page.request.post(
            f"{site.address}{objection}reject/",
            form={"seen": "1", "reason": "x", "csrfmiddlewaretoken": token(fang.page)},
            headers={"Referer": site.address},
        )
        assert answer.status == 403  # who graded does not answer
    with visitor(browser, site, language, "office.head") as guo:
        guo.go(objection)
        guo.step("reject", reason="it is counted")


def token(page: Page) -> str:
    return page.locator("[name=csrfmiddlewaretoken]").first.input_value()


def _open_second_round(browser: Browser, site: Site) -> None:
    """Go to the next year: the office opens the round, the town reports, a department verifies."""
    move_calendar(browser, site, "2017-01-10")
    with visitor(browser, site, "zh", "office") as fang:
        fang.go("/assessments/new/")
        fang.page.fill("#id_year", "2016")
        fang.page.click("main form button")
        fang.page.wait_for_url("**/assessments/**2016")
        fang.page.click("text=练习泵业小镇")
        page = fang.path()
    with visitor(browser, site, "zh", "town") as ruan:
        ruan.go(f"/towns/{TOWN}/figures/new/")
        entries = {"metric": "enterprises_count", "value": "8", "unit": "count"}
        days = {"valid_from": "2016-01-01", "valid_to": "2016-12-31", "source": "名册"}
        for name, value in {**entries, **days}.items():
            ruan.page.fill(f"#id_{name}", value)
        ruan.page.select_option("#id_extent", "at")
        ruan.page.click("main form button")
        ruan.page.wait_for_url("**#figures")
        ruan.go(page)
        ruan.step("submit")
    with visitor(browser, site, "zh", "statistics") as mao:
        mao.go("/inbox/")
        mao.page.click("text=企业数 · 2016")
        mao.page.fill("#id_source", "实地核查")
        mao.page.click("main form button")
        mao.page.wait_for_url("**/inbox/")


PAGES = (
    ("", "/towns/"),
    ("", "/decisions/"),
    ("", "/assessments/?year=2015"),
    ("", "/discovery/county/"),
    ("", "/sign-in/"),
    ("auditor", "/events/"),
    ("auditor", "/accounts/"),
    ("county", "/applications/new/"),
    ("county", "/budget/"),
    ("town", f"/towns/{TOWN}/boundary/new/"),
    ("town", "/projects/1/"),
    ("office", "/accounts/new/"),
    ("office", "/second-factor/new/"),
)


@pytest.mark.parametrize(("user", "path"), PAGES)
def test_pages_are_accessible_and_fit_a_phone(
    browser: Browser, site: Site, user: str, path: str
) -> None:
    name = path.strip("/").replace("/", "-").replace("?", "-")
    with visitor(browser, site, "zh", user) as who:
        who.go(path)
        look(who.page, name)
        who.page.set_viewport_size({"width": 390, "height": 800})
        wide = who.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"{path} is {wide} px wide on a phone"


def test_every_page_works_by_keyboard_and_says_where_one_is(browser: Browser, site: Site) -> None:
    with visitor(browser, site, "en") as public:
        public.go("/towns/")
        public.page.keyboard.press("Tab")
        assert public.page.evaluate("document.activeElement.className") == "skip"
        public.page.keyboard.press("Enter")
        assert public.page.evaluate("document.activeElement.id") == "content"
        assert public.page.locator("nav [aria-current=page]").inner_text() == "Towns"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_towns_chain_is_drawn_and_answers_what_if(
    browser: Browser, site: Site, language: str
) -> None:
    with visitor(browser, site, language, "town") as clerk:
        clerk.go(f"/towns/{TOWN}/")
        expect(clerk.page.locator("#chain svg.chain")).to_be_visible()
        clerk.page.click(f"text={say('chain.more', language)}")
        clerk.page.wait_for_url("**/chain/")
        look(clerk.page, f"chain-{language}")
        clerk.page.fill("#with", "91330000MA00000000")
        clerk.page.press("#with", "Enter")
        answer = say("chain.no_such", language, code="91330000MA00000000")
        expect(clerk.page.locator("[role=status]").last).to_have_text(answer)
        clerk.page.locator("svg.chain a").first.focus()
        clerk.page.keyboard.press("Enter")
        clerk.page.wait_for_url("**#stage-*")
