"""Every page in a real browser at three sizes: drawn, inside its width, quiet, and asking nobody outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request

from config.pages import all_pages
from config.settings import ROOT
from services.people import demo_accounts
from tests.serving import SIZES, chromium, served, settle, signed_in

PAGES = [p.id for p in all_pages()]
KNOWN_NOISE = ("_stcore", "favicon", "WebAssembly", "wasm", "inline script", "script-src", "GPU", "WebGL", "GL Driver")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture
def server(province: Path, tmp_path: Path) -> Iterator[str]:
    with served(ROOT, tmp_path) as running:
        yield running.url


def watch(context: BrowserContext, url: str) -> tuple[Page, list[str], list[str]]:
    """Open a window; return it with the lists of its errors and of its requests to others."""
    page = context.new_page()
    errors: list[str] = []
    outside: list[str] = []

    def seen(request: Request) -> None:
        if not request.url.startswith((url, url.replace("http", "ws"), "data:", "blob:")):
            outside.append(request.url)

    page.on("request", seen)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda m: errors.append(f"{m.text} {m.location}") if m.type == "error" else None)
    return page, errors, outside


@pytest.mark.parametrize("size", SIZES)
def test_every_page_at_every_size(server: str, browser: Browser, size: str) -> None:
    context = signed_in(browser, server, "lanhdao", size)
    for name in PAGES:
        page, errors, outside = watch(context, server)
        page.goto(f"{server}/{'' if name == 'home' else name}")
        settle(page)
        where = f"{name} at {size}"
        assert outside == [], where
        assert [e for e in errors if not any(n in e for n in KNOWN_NOISE)] == [], where
        assert page.locator("[data-testid=stException]").count() == 0, where
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size][0], where
        wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert wide <= page.evaluate("document.querySelector('[data-testid=stMain]').clientWidth") + 1, where
        page.close()
    context.close()


@pytest.mark.parametrize("size", ["desk", "phone"])
def test_the_public_page_has_no_serious_finding_of_accessibility(server: str, browser: Browser, size: str) -> None:
    """WCAG 2.2 AA as far as axe can tell."""
    context = signed_in(browser, server, None, size)
    page = context.new_page()
    for face in ("citizen", "business", "data"):
        page.goto(f"{server}/public?face={face}")
        settle(page)
        found = Axe().run(page).response
        assert len(found["passes"]) > 20
        grave = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        assert [(v["id"], v["nodes"][0]["html"]) for v in grave] == [], face
    context.close()


def test_from_a_tile_to_its_file_in_two_clicks(server: str, browser: Browser) -> None:
    context = signed_in(browser, server, "vanhanh")
    page = context.new_page()
    page.goto(f"{server}/environment")
    settle(page)
    page.locator(".ioc-kpi .ioc-cover").first.click(force=True)
    page.wait_for_url("**/data_quality?figure=**")
    settle(page)
    with page.expect_download() as download:
        page.locator("[data-testid=stDownloadButton] button").first.click()
    name = download.value.suggested_filename
    assert name.startswith("TH_NNMT_KHI") and name.endswith(".txt")
    context.close()


def test_a_door_opens_in_the_same_tab_without_loading_the_program_anew(server: str, browser: Browser) -> None:
    context = signed_in(browser, server, "lanhdao")
    page = context.new_page()
    page.goto(f"{server}/?lang=EN")
    settle(page)
    page.evaluate("window.still = true")
    page.locator(".ioc-tile .ioc-cover[href='/vessels']").click(force=True)
    page.wait_for_url("**/vessels?lang=EN")
    page.get_by_role("heading", name="Fishing vessels").wait_for()
    settle(page)
    page.locator(".ioc-table a[href*='vessel_state=in_port']").first.click()
    page.wait_for_url("**/vessels?*vessel_state=in_port*")
    settle(page)
    assert page.evaluate("window.still && location.search.includes('lang=EN')")
    assert len(context.pages) == 1
    context.close()


def test_the_address_of_a_field_switched_off_says_so_and_the_way_on_is_there(server: str, browser: Browser) -> None:
    context = signed_in(browser, server, "lanhdao")
    page = context.new_page()
    page.goto(f"{server}/tourism")
    settle(page)
    assert "Không có trang “tourism”" in page.locator("[data-testid=stMainBlockContainer]").inner_text()
    assert page.locator("[role=dialog]").count() == 0
    page.get_by_role("link", name="Môi trường sống").click()
    page.wait_for_url("**/environment")
    settle(page)
    assert "Không có trang" not in page.locator("[data-testid=stMainBlockContainer]").inner_text()
    context.close()


def test_acknowledging_is_seen_by_the_next_person(server: str, browser: Browser) -> None:
    first = signed_in(browser, server, "vanhanh")
    page = first.new_page()
    page.goto(f"{server}/alerts")
    settle(page)
    buttons = page.get_by_role("button", name="Tiếp nhận", exact=True)
    before = buttons.count()
    assert before
    buttons.first.click()
    page.wait_for_function(f"() => [...document.querySelectorAll('button')]"
                           f".filter(b => b.innerText.trim() === 'Tiếp nhận').length === {before - 1}")
    second = signed_in(browser, server, "lanhdao")
    other = second.new_page()
    other.goto(f"{server}/alerts")
    settle(other)
    assert other.get_by_text("tiếp nhận lúc").count() == 1
    first.close()
    second.close()


def test_the_demo_account_signs_in_by_the_form(server: str, browser: Browser) -> None:
    account = next(a for a in demo_accounts() if a.role == "leader")
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    page.goto(f"{server}/environment")
    page.get_by_label("Tên đăng nhập").fill(account.user)
    page.get_by_label("Mật khẩu", exact=True).fill(account.password)
    page.get_by_role("button", name="Đăng nhập", exact=True).click()
    page.wait_for_selector(".ioc-strip")
    assert page.evaluate("location.pathname") == "/environment"
    context.close()
