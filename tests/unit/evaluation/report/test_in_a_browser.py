"""The page in a real browser: charts are drawn and answer, and nothing is asked of a network."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from made_reports import evaluation_of, panel_of, report_of

from lstmcast.evaluation.report.page import render_report

if TYPE_CHECKING:
    from collections.abc import Iterator


selenium = pytest.importorskip("selenium", reason="selenium is not installed: it drives a browser")

from selenium import webdriver  # noqa: E402
from selenium.webdriver import ActionChains  # noqa: E402
from selenium.webdriver.common.by import By  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402
from selenium.webdriver.support.ui import WebDriverWait  # noqa: E402

Browser = webdriver.Chrome

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    CHROMIUM is None or DRIVER is None, reason="chromium or chromedriver is not installed"
)

HOSTILE = "<img src=x onerror=alert(1)>"
CHARTS = ("verdict", "series", "steps", "calibration")
SECONDS = 60  # that a browser may take on a busy machine
N_SERIES = 1_203  # more than a part holds


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.add_argument("--headless=new")
    options.add_argument("--disable-gpu")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # which Chromium does not offer to root
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    rng = np.random.default_rng(0)
    values = 100 + 10 * rng.normal(size=(N_SERIES, 60))
    values[0, 20:30] = np.nan
    values[0, 25] = 110.0
    ids = [HOSTILE, "</script><b>bold</b>", *(f"shop {k:04}" for k in range(2, N_SERIES))]
    panel = panel_of(*values, ids=ids)
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_bytes(render_report(report_of(evaluation_of(panel, errors=2.0))))
    return path.as_uri()


@pytest.fixture
def page(browser: Browser, address: str) -> Browser:
    """Open the page at the size of a desk, in light, when its charts are drawn."""
    show(browser, width=1280)
    browser.get(address)
    wait_for(browser, "return performance.getEntriesByName('all charts').length === 1")
    return browser


def show(browser: Browser, width: int, **media: str) -> None:
    """Set the width of the window, and what it is shown on: media, colour scheme."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    scheme = {"name": "prefers-color-scheme", "value": media.get("scheme", "light")}
    still = {"name": "prefers-reduced-motion", "value": "reduce"}  # nothing moves under a click
    wanted = {"media": media.get("medium", ""), "features": [scheme, still]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", wanted)


def ask(browser: Browser, script: str) -> Any:
    return browser.execute_script(script)


def wait_for(browser: Browser, script: str) -> None:
    WebDriverWait(browser, SECONDS, poll_frequency=0.05).until(lambda it: ask(it, script), script)


def requests_of(browser: Browser) -> list[str]:
    """Return the addresses of all that was asked for, by what the browser itself has noted."""
    messages = [json.loads(each["message"])["message"] for each in browser.get_log("performance")]
    sent = [each for each in messages if each["method"] == "Network.requestWillBeSent"]
    return [each["params"]["request"]["url"] for each in sent]


def name_shown(browser: Browser) -> str:
    return browser.find_element(By.ID, "series-name").text


def search(browser: Browser, *keys: str) -> list[str]:
    """Type into the search box, and return what is listed."""
    box = browser.find_element(By.ID, "search")
    box.clear()
    box.send_keys(*keys)
    return [item.text for item in browser.find_elements(By.CSS_SELECTOR, "#found li")]


def test_charts_are_drawn_and_nothing_goes_wrong_or_out(page: Browser, address: str) -> None:
    for name in CHARTS:
        assert page.find_elements(By.CSS_SELECTOR, f"#chart-{name} svg.main-svg"), name
    bars = page.find_elements(By.CSS_SELECTOR, "#chart-verdict .bars .point")
    assert len(bars) == 6
    lines = page.find_elements(By.CSS_SELECTOR, "#chart-series .scatterlayer path.js-line")
    assert len(lines) >= 3
    assert page.get_log("browser") == []
    assert ask(page, "return performance.getEntriesByType('resource').length") == 0
    assert set(requests_of(page)) == {address}
    assert not page.find_element(By.ID, "alarm").is_displayed()


def test_nothing_offers_to_send_a_chart_away(page: Browser) -> None:
    script = "return [...document.querySelectorAll('.modebar-btn')].map(each => each.dataset.title)"
    assert set(ask(page, script)) == {"Zoom", "Pan", "Zoom in", "Zoom out", "Reset axes"}


def test_texts_of_the_user_stay_texts(page: Browser) -> None:
    assert name_shown(page) == HOSTILE
    assert search(page, "bold") == ["</script><b>bold</b>"]
    page.find_element(By.ID, "search").send_keys(Keys.ENTER)
    wait_for(page, "return document.getElementById('series-name').textContent.includes('bold')")
    assert name_shown(page) == "</script><b>bold</b>"
    assert ask(page, "return document.querySelectorAll('main img, #series-name b').length") == 0


def test_the_search_finds_and_draws_a_series(page: Browser) -> None:
    before = ask(page, "return document.getElementById('chart-series').data.at(-2).y[3]")
    found = search(page, "SHOP 11")
    assert found[0] == "shop 1100"
    assert len(found) == 51
    assert found[-1] == "and 50 more: write more of the id"
    page.find_element(By.ID, "search").send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN, Keys.ENTER)
    wait_for(page, "return document.getElementById('series-name').textContent === 'shop 1101'")
    after = ask(page, "return document.getElementById('chart-series').data.at(-2).y[3]")
    assert after != before
    assert search(page, "nowhere") == ["no series has this in its id"]
    page.find_element(By.ID, "search").send_keys(Keys.ESCAPE)
    assert not page.find_element(By.ID, "found").is_displayed()


def test_series_are_walked_through_and_opened_from_tables(page: Browser) -> None:
    page.find_element(By.ID, "previous").click()
    last = f"shop {N_SERIES - 1:04}"
    wait_for(page, f"return document.getElementById('series-name').textContent === '{last}'")
    page.find_element(By.ID, "next").click()
    wait_for(page, f"return document.getElementById('series-name').textContent === '{HOSTILE}'")
    worst = page.find_element(By.CSS_SELECTOR, "button.open")
    name = worst.text
    ask(page, "document.querySelector('button.open').click()")
    wait_for(page, f"return document.getElementById('series-name').textContent === '{name}'")


def test_a_point_tells_its_values(page: Browser) -> None:
    area = page.find_element(By.CSS_SELECTOR, "#chart-series .nsewdrag")
    ask(page, "document.getElementById('chart-series').scrollIntoView({behavior: 'instant'})")
    right = int(area.size["width"] * 0.4)
    ActionChains(page).move_to_element_with_offset(area, right, 0).perform()
    hover = "[...document.querySelectorAll('#chart-series .hoverlayer text')]"
    wait_for(page, f"return {hover}.length > 1")
    label = ask(page, f"return {hover}.map(each => each.textContent).join(' ')")
    assert "2019" in label
    assert "forecasts of the windows" in label
    assert "80 %:" in label


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_down_only(scheme: str, page: Browser) -> None:
    show(page, width=360, scheme=scheme)
    wait_for(page, "return document.querySelector('#chart-steps svg').clientWidth <= 360")
    wide, there = (
        ask(page, f"return document.documentElement.{width}")
        for width in ("scrollWidth", "clientWidth")
    )
    assert wide == there <= 360
    paper = ask(page, "return getComputedStyle(document.body).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(13, 17, 23)"}[scheme]


def test_paper_is_light_and_everything_is_on_it(page: Browser) -> None:
    show(page, width=1280, scheme="dark", medium="print")
    wait_for(page, "return document.querySelector('#chart-series svg').clientWidth === 640")
    assert not page.find_element(By.ID, "search").is_displayed()
    assert ask(page, "return [...document.querySelectorAll('details')].every(each => each.open)")
    paper = ask(page, "return getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"
    show(page, width=1280)
    wait_for(page, "return document.querySelector('#chart-series svg').clientWidth > 640")
    assert not ask(page, "return document.querySelector('#settings details').open")
    assert page.get_log("browser") == []
