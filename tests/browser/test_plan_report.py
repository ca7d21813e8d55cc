"""The page of `townworks plan`: languages, search, order, map by keys, phones, paper; axe."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.unit.report.plan_sample import empty_facts, plan_facts
from townworks.report.plans import plan_page

Opener = Callable[..., Page]
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def plan_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("plan")
    pages = {"full": plan_facts(120, 30, hostile=True), "empty": empty_facts()}
    for name, facts in pages.items():
        (folder / f"{name}.html").write_text(plan_page(facts), encoding="utf-8")
    return {name: folder / f"{name}.html" for name in pages}


@pytest.fixture
def open_page(browser: Browser, plan_files: dict[str, Path]) -> Iterator[Opener]:
    """Open a page from disk; afterwards nothing may have failed, been logged or been fetched."""
    faults: list[str] = []
    contexts = []

    def opener(address: str = "", name: str = "full", **options: Any) -> Page:
        calm = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
        context = browser.new_context(**calm | options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda entry: faults.append(entry.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda request: None if request.url.startswith("file:") else faults.append(request.url),
        )
        page.goto(plan_files[name].as_uri() + address)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert faults == []


def shown_rows(page: Page) -> int:
    return page.locator("#table tbody tr:visible").count()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["full", "empty"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_axe_finds_nothing(open_page: Opener, name: str, language: str, scheme: str) -> None:
    page = open_page(name=name, color_scheme=scheme)
    page.click(f"label[for=speak-{language}]")
    for more in page.locator("details.more summary").all():
        more.click()
    found = Axe().run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []


def test_axe_finds_nothing_on_a_phone(open_page: Opener) -> None:
    found = Axe().run(open_page(viewport=PHONE)).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []


def test_language_changes_everything_shown(open_page: Opener) -> None:
    page = open_page()
    expect(page.locator("h1")).to_have_text("Featured towns of Zhejiang", use_inner_text=True)
    page.click("label[for=speak-zh]")
    expect(page.locator("h1")).to_have_text("浙江省特色小镇", use_inner_text=True)
    expect(page).to_have_title("规划 · 浙江省特色小镇")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    expect(page.locator("#choice option").first).to_have_text("全部")
    assert "Chosen" not in page.locator("main").inner_text()
    assert page.locator("[lang=en]:visible").count() == 1  # the way back to English


def test_long_tables_come_in_parts_and_filters_narrow_them(open_page: Opener) -> None:
    page = open_page()
    assert shown_rows(page) == 50
    expect(page.get_by_role("status")).to_have_text("120 of 120 candidates; 50 shown")
    page.get_by_role("button", name="Show all of them").click()
    assert shown_rows(page) == 120
    page.get_by_label("Choice").select_option("chosen")
    expect(page.get_by_role("status")).to_have_text("30 of 120 candidates; 30 shown")
    page.get_by_role("combobox", name="Registry").select_option("contradicts")
    assert shown_rows(page) == page.locator("#table tr.in .says.contradicts:visible").count()
    page.get_by_label("Find a town, county").fill("没有的东西")
    expect(page.locator("#nothing")).to_be_visible()
    page.locator("#clear").click()
    assert shown_rows(page) == 50


def test_table_sorts_by_click_and_says_so(open_page: Opener) -> None:
    page = open_page()
    page.get_by_role("button", name="Among the best").click()
    head = page.locator("th[data-column='2']")
    expect(head).to_have_attribute("aria-sort", "descending")
    chances = page.locator("#table .chance:visible").all_inner_texts()
    numbers = [float(text.strip().strip("<>%")) for text in chances]
    assert numbers == sorted(numbers, reverse=True)
    page.get_by_role("button", name="Among the best").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="Plain list").click()
    assert page.locator("[aria-sort]").count() == 1
    expect(page.locator("#table tbody tr").first).to_contain_text("no. 1")


def test_a_link_leads_to_a_row_that_was_not_shown(open_page: Opener) -> None:
    page = open_page("#candidate-town-119")
    expect(page.locator("#candidate-town-119")).to_be_focused()
    expect(page.locator("#candidate-town-119")).to_be_in_viewport()
    page.get_by_label("Choice").select_option("chosen")
    page.locator("#chances .tables a").last.click()
    expect(page.locator("#table tbody tr:focus")).to_be_in_viewport()


def test_a_director_finds_the_own_town(open_page: Opener) -> None:
    page = open_page()
    name = page.locator("#candidate-town-100 .self").text_content() or ""
    page.get_by_label("Where does a town stand?").fill(name[:4])
    page.keyboard.press("Enter")
    expect(page.locator("#table tbody tr:focus")).to_be_in_viewport()
    assert 1 <= shown_rows(page) < 50


def test_arrow_keys_walk_the_map_and_enter_opens_the_row(open_page: Opener) -> None:
    page = open_page()
    assert page.locator(".mark[tabindex='0']").count() == 1
    page.locator(".mark[tabindex='0']").focus()
    visited = [page.evaluate("document.activeElement.getAttribute('href')")]
    for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
        visited.append(page.evaluate("document.activeElement.getAttribute('href')"))
    assert all(href.startswith("#candidate-") for href in visited)
    assert len(set(visited)) > 1
    assert page.locator(".mark[tabindex='0']").count() == 1
    page.keyboard.press("Enter")
    expect(page.locator("#table tbody tr:focus")).to_be_in_viewport()


def test_a_sector_of_the_key_leaves_only_its_markers(open_page: Opener) -> None:
    page = open_page()
    page.locator(".hues label").nth(1).click()
    faint = page.evaluate(
        "[...document.querySelectorAll('.mark')].map((m) => [m.classList.contains('h0'),"
        " getComputedStyle(m).opacity === '1'])"
    )
    assert all(is_own == is_clear for is_own, is_clear in faint)


def test_hostile_names_stay_text(open_page: Opener) -> None:
    page = open_page()
    assert page.locator("img").count() == 0
    expect(page.locator("#candidate-town-000 .self")).to_contain_text("<script>alert")


def test_nothing_is_wider_than_a_phone(open_page: Opener) -> None:
    for name in ("full", "empty"):
        page = open_page(name=name, viewport=PHONE)
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        for language in ("zh", "en"):
            page.click(f"label[for=speak-{language}]")
            widest = page.evaluate(
                "Math.max(...[...document.querySelectorAll('main *:not(.scroll *)')]"
                ".filter((e) => e.checkVisibility() && !e.closest('svg') && !e.closest('.hidden'))"
                ".map((e) => e.getBoundingClientRect().right))"
            )
            assert widest <= PHONE["width"] + 1
    page = open_page(viewport=PHONE)
    label = page.evaluate(
        "getComputedStyle(document.querySelector('#table .worth'), '::before').content"
    )
    assert "Worth" in label


def test_page_tells_all_without_a_script(open_page: Opener) -> None:
    page = open_page(java_script_enabled=False)
    assert shown_rows(page) == 120
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#find")).to_be_hidden()
    page.click("label[for=speak-zh]")
    expect(page.locator("h1")).to_have_text("浙江省特色小镇", use_inner_text=True)


def test_paper_gets_every_row_and_no_controls(open_page: Opener) -> None:
    page = open_page()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert shown_rows(page) == 120
    for name in ("#filters", "#find", ".speak", ".contents"):
        expect(page.locator(name)).to_be_hidden()
