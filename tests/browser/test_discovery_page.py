from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

Opener = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, discovery_file: Path) -> Iterator[Opener]:
    """Open the page from disk; afterwards nothing may have failed, been logged or been fetched."""
    faults: list[str] = []
    contexts = []

    def opener(address: str = "", path: Path = discovery_file, **options: Any) -> Page:
        calm = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}
        context = browser.new_context(**calm | options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda entry: faults.append(entry.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith(("file:", "blob:")) else faults.append(request.url)
            ),
        )
        page.goto(path.as_uri() + address)
        return page

    yield opener
    for context in contexts:
        context.close()
    assert faults == []


def first_column(page: Page, name: str) -> list[str]:
    return page.locator(f"#table td[data-name={name}]").all_inner_texts()


def multiples(page: Page) -> list[float]:
    return [float(text.strip("×").replace(",", "")) for text in first_column(page, "lq")]


def test_hostile_names_stay_text(open_page: Opener) -> None:
    page = open_page("#view=table")
    assert page.locator("img").count() == 0
    expect(page.locator("#table .what", has_text="onerror=alert(1)")).to_be_visible()


def test_table_sorts_by_click_and_says_so(open_page: Opener) -> None:
    page = open_page("#view=table")
    heads = page.locator("#table th[data-column]")
    assert multiples(page) == sorted(multiples(page), reverse=True)
    page.get_by_role("button", name="Times the average").click()
    assert multiples(page) == sorted(multiples(page))
    assert [heads.nth(n).get_attribute("aria-sort") for n in range(8)].count("ascending") == 1
    page.get_by_role("button", name="Enterprises", exact=True).click()
    counts = [int(text.replace(",", "")) for text in first_column(page, "enterprises")]
    assert counts == sorted(counts, reverse=True)


def test_unknown_years_stand_last_either_way(open_page: Opener) -> None:
    page = open_page("#view=table")
    for order in ("ascending", "descending"):
        page.get_by_role("button", name="First in").click()
        expect(page.locator("th[data-column=first]")).to_have_attribute("aria-sort", order)
        page.locator("#next").click()
        assert first_column(page, "first")[-1] == "not known"


def test_keyboard_reaches_search_sorting_map_and_place(open_page: Opener) -> None:
    page = open_page("#view=table")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.locator("[data-sort=expected]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[data-column=expected]")).to_have_attribute("aria-sort", "descending")
    expect(page.locator("[data-sort=expected]")).to_be_focused()
    page.locator(".mark[tabindex='0']").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_focus_is_visible_on_every_control(open_page: Opener) -> None:
    page = open_page("#view=table")
    for _ in range(24):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            """() => { const e = document.activeElement;
            const ring = e.matches('[type=radio]') ? e.parentElement
              : e.matches('.mark') ? e.querySelector('.ring') : e;
            const s = getComputedStyle(ring);
            if (ring.matches('.ring')) return s.display !== 'none';
            return parseFloat(s.outlineWidth) >= 2 }"""
        )
        assert seen, page.evaluate("document.activeElement.outerHTML")


def test_search_finds_places_and_products(open_page: Opener) -> None:
    page = open_page("#view=table")
    page.get_by_label("Place or speciality").fill("上城 样例")
    expect(page.get_by_role("status")).to_have_text("Specialities: 2 · places: 1")
    page.get_by_label("Place or speciality").fill("样例阀门")
    expect(page.locator("#table tbody tr").first).to_contain_text("样例阀门")
    assert set(first_column(page, "speciality")) == {"样例阀门"}
    assert page.locator(".mark:not(.dim)").count() <= page.locator("#table tbody tr").count()


def test_search_without_hits_says_not_known_and_offers_a_way_back(open_page: Opener) -> None:
    page = open_page()
    page.get_by_label("Place or speciality").fill("没有的东西")
    expect(page.locator("#nothing")).to_contain_text("“not known”, not “none”")
    expect(page.locator("#download")).to_be_disabled()
    page.get_by_role("button", name="Clear all choices").click()
    expect(page.locator(".card").first).to_be_visible()
    expect(page.get_by_label("Place or speciality")).to_be_focused()


def test_place_without_speciality_is_shown_as_not_known(open_page: Opener) -> None:
    page = open_page("#q=玉环")
    expect(page.locator(".card")).to_contain_text("No speciality is known here.")


def test_area_and_certainty_narrow_the_choice(open_page: Opener) -> None:
    page = open_page("#view=table")
    page.get_by_label("Area").select_option("温州市")
    assert set(page.locator("#table .at").all_inner_texts()) == {"温州市"}
    page.get_by_label("Area").select_option("")
    page.get_by_label("Certainty").select_option("0.99")
    words = page.locator("#table td[data-name=probability]").all_inner_texts()
    assert all(text.startswith("practically certain") for text in words)


def test_language_switch_changes_every_label_and_stays_in_the_address(open_page: Opener) -> None:
    page = open_page()
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("每个地方真正专长什么？")
    assert page.evaluate("document.documentElement.lang") == "zh-Hans"
    assert "lang=zh" in page.url
    visible = page.locator("body").inner_text()
    for english in ("Search", "Place", "Certainty", "Method", "enterprises", "Records read"):
        assert english not in visible
    page.reload()
    expect(page.locator("#status")).to_contain_text("专长：")
    expect(page).to_have_title("每个地方真正专长什么？")


def test_download_holds_what_is_shown_and_runs_no_formula(open_page: Opener) -> None:
    page = open_page("#view=table&q=上城")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download CSV").click()
    content = Path(waiting.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    table = pl.read_csv(content, schema_overrides={"place_code": pl.String})
    assert table.columns[:4] == ["place_code", "place", "speciality", "rank"]
    assert table["place"].unique().to_list() == ["上城区"]
    assert table.height == 3
    assert "'=</script>" in "".join(table["speciality"])


def test_pages_turn(open_page: Opener) -> None:
    page = open_page("#view=table")
    expect(page.locator("#range")).to_have_text("1–50 of 60")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#range")).to_have_text("51–60 of 60")
    assert page.locator("#table tbody tr").count() == 10
    expect(page.get_by_role("button", name="Next")).to_be_disabled()


def test_script_and_static_drawing_agree(open_page: Opener) -> None:
    page = open_page()
    place = page.locator(".strong .at").first.inner_text()
    static = page.locator(".strong .interval .span").first.get_attribute("x2")
    drawn = page.locator(".card", has_text=place).locator(".interval .span").first
    value = drawn.get_attribute("x2")
    assert static
    assert value
    assert float(value.strip("%")) == pytest.approx(float(static.strip("%")), abs=0.05)


@pytest.mark.parametrize("view", ["places", "table"])
@pytest.mark.parametrize("width", [320, 360, 640])
def test_nothing_scrolls_sideways_on_a_phone_or_at_200_percent(
    open_page: Opener, width: int, view: str
) -> None:
    """640 pixels wide is what a screen of 1280 has left at a zoom of 200 %."""
    page = open_page(f"#view={view}", viewport={"width": width, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.locator(f"#{'cards' if view == 'places' else 'table'} button").first.click()
    assert page.evaluate("document.querySelector('dialog').scrollWidth") <= width


def test_text_may_be_twice_as_large(open_page: Opener) -> None:
    page = open_page(viewport={"width": 1280, "height": 800})
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


CONTRAST = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgb = (c) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, n) => sum + v * [0.2126, 0.7152, 0.0722][n], 0);
  const behind = (e) => { for (; e; e = e.parentElement) {
    const c = rgb(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; }
    return rgb('white'); };
  const poor = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim());
    if (!own || !e.getClientRects().length) continue;
    if (e.closest('script,style,.hidden,:disabled,.arrow')) continue;
    const s = getComputedStyle(e);
    const ink = rgb(e.closest('svg') ? s.fill : s.color);
    const [a, b] = [light(ink), light(behind(e.closest('svg') ?? e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) poor.push(`${ratio.toFixed(2)} ${e.outerHTML.slice(0, 90)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["places", "table"])
def test_text_has_contrast_in_light_and_dark(open_page: Opener, scheme: str, view: str) -> None:
    page = open_page(f"#view={view}", color_scheme=scheme)
    assert page.evaluate(CONTRAST) == []
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == {"light": "rgb(251, 250, 247)", "dark": "rgb(20, 24, 26)"}[scheme]


def test_every_control_has_a_name_and_room_for_a_finger(open_page: Opener) -> None:
    page = open_page("#view=table")
    faults = page.evaluate(
        """() => [...document.querySelectorAll('button, input, select, a')]
        .filter((e) => e.getClientRects().length && !e.closest('.skip'))
        .filter((e) => {
          const target = e.matches('[type=radio]') ? e.parentElement : e;
          const box = target.getBoundingClientRect();
          const name = e.textContent.trim() || e.labels?.[0]?.textContent.trim();
          return !name || box.height < 24 || box.width < 24; })
        .map((e) => e.outerHTML.slice(0, 90))"""
    )
    assert faults == []


def test_structure_for_a_screen_reader(open_page: Opener) -> None:
    page = open_page("#view=table")
    levels = page.evaluate(
        "[...document.querySelectorAll('h1,h2,h3')].map((h) => Number(h.tagName[1]))"
    )
    assert levels[0] == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))
    for role in ("main", "search", "contentinfo", "banner", "table"):
        assert page.get_by_role(role).count() >= 1, role
    assert page.locator("tbody [lang=zh-Hans]").count() > 50
    expect(page.get_by_role("status")).to_be_visible()


def test_print_leaves_out_controls_and_shows_every_row(open_page: Opener) -> None:
    page = open_page("#view=table")
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("#table tbody tr").count() == 60
    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator("#download")).to_be_hidden()


def test_empty_page_says_so_in_both_languages(open_page: Opener, empty_file: Path) -> None:
    page = open_page(path=empty_file)
    expect(page.locator(".lead")).to_contain_text("does not mean that there is none")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("#explore")).to_contain_text("没有可显示的内容")


def test_an_address_with_nonsense_falls_back(open_page: Opener) -> None:
    page = open_page("#lang=xx&area=nowhere&sure=0.123&view=globe")
    expect(page.get_by_label("Area")).to_have_value("")
    expect(page.get_by_label("Certainty")).to_have_value("0")
    expect(page.locator(".card").first).to_be_visible()
