"""Says when a page is painted, from inside the browser: its end mark is there, and so is every chart."""

import io
import json
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

from tests.serving import signed_in

WATCH = """
(wanted) => {
  const charts = (node, found) => {
    for (const element of node.querySelectorAll("*")) {
      if (!element.shadowRoot) continue;
      found.push(...element.shadowRoot.querySelectorAll(".chart"));
      charts(element.shadowRoot, found);
    }
    return found;
  };
  const painted = (chart) => {
    const svg = chart.querySelector("svg");
    if (!svg || !(chart.getAttribute("aria-label") ?? "").endsWith(wanted.pick ?? "")) return false;
    return svg.querySelectorAll("path").length >= 9 && svg.getBoundingClientRect().height > 100;
  };
  const whole = () => {
    if (!document.body) return false;
    if (wanted.mark) {
      if (document.querySelector(".bench-done")?.textContent !== wanted.mark) return false;
      return wanted.charts === 0 || charts(document, []).filter(painted).length === wanted.charts;
    }
    const state = document.querySelector("[data-testid=stApp]")?.dataset.testScriptState;
    return state === "notRunning" && !!document.querySelector("h1") &&
      !document.querySelector("[data-testid=stSkeleton]") &&
      charts(document, []).every((chart) => chart.querySelector("svg"));
  };
  window.benchStart = 0;
  window.benchDone = null;
  const look = () => {
    if (!whole()) { requestAnimationFrame(look); return; }
    requestAnimationFrame(() => setTimeout(() => { window.benchDone = performance.now(); }));
  };
  if (wanted.click) {
    document.addEventListener("pointerup", (event) => {
      window.benchStart = event.timeStamp;
      requestAnimationFrame(look);
    }, { capture: true, once: true });
  } else { look(); }
}
"""


def _took(page: Page) -> float:
    page.wait_for_function("() => window.benchDone !== null", timeout=60_000)
    took: float = page.evaluate("() => window.benchDone - window.benchStart")
    return took


def loads(browser: Browser, url: str, path: str, wanted: dict[str, Any], user: str | None = "lanhdao") -> list[float]:
    """Return milliseconds from navigation to painted: with an empty browser cache, then once more."""
    context = signed_in(browser, url, user) if user else browser.new_context(viewport={"width": 1366, "height": 768})
    found = []
    for _ in ("cold", "warm"):
        page = context.new_page()
        page.add_init_script(f"({WATCH})({json.dumps(wanted)})")
        page.goto(f"{url}/{path}", wait_until="commit")
        found.append(_took(page))
        page.close()
    context.close()
    return found


def after_click(page: Page, link: str, wanted: dict[str, Any]) -> float:
    """Return milliseconds from a click on what `link` finds to painted."""
    target = page.locator(link).first
    target.wait_for()
    page.evaluate(WATCH, {**wanted, "click": True})
    target.click()
    return _took(page)


def choose(page: Page, option: str, wanted: dict[str, Any]) -> float:
    """Return milliseconds from a click on an option of the page's filter to painted."""
    page.locator(".st-key-pick input").click()
    return after_click(page, f"[role=option]:has-text('{option}')", wanted)


def blank(page: Page) -> list[int]:
    """Return the numbers of the charts that show nothing: one colour on more than 99.5 % of their pixels."""
    found = []
    for number, chart in enumerate(page.locator(".chart").all()):
        picture = Image.open(io.BytesIO(chart.screenshot())).convert("RGB")
        counts = picture.getcolors(picture.width * picture.height) or []
        if max(count for count, _ in counts) > 0.995 * picture.width * picture.height:
            found.append(number)
    return found
