"""How large a report of many series is, how long it takes to write, and to open in a browser.

python benchmarks/report.py

5,000 monthly series of M4, three windows of 18 steps each, by a model (a short training, which is
not timed: forecasts take as long after it): `lstmcast report`, whole process. The page is opened in
headless Chromium, five times, each in a browser that was started for it; told is the median of the
time from the start of the navigation until the first chart, and until all charts, are drawn.
"""

from __future__ import annotations

import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from m4_rules import FREQUENCIES, read_train
from provenance import DATA, write_results
from selenium import webdriver
from selenium.webdriver.support.ui import WebDriverWait

SERIES, OPENED = 5_000, 5
MONTHLY = FREQUENCIES["monthly"]
MARKS = ("first chart", "all charts")  # as the page sets them


def main() -> None:
    if not (DATA / "m4").exists() or shutil.which("chromedriver") is None:
        sys.exit("the series of M4 (shared/data/m4) and chromedriver are needed, and one is absent")
    with tempfile.TemporaryDirectory() as folder:
        table, model, page = (Path(folder, name) for name in ("t.parquet", "m.lstm", "r.html"))
        read_train("monthly", SERIES).to_parquet(table, index=False)
        options = ["--frequency", MONTHLY.alias, "--horizon", str(MONTHLY.horizon)]
        run("train", table, "-o", model, *options, "--set", "training.max_steps=20")
        started = time.perf_counter()
        run("report", model, table, "-o", page)
        seconds = time.perf_counter() - started
        memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        opened = [seconds_to_draw(page) for _ in range(OPENED)]
        row = {
            "what": f"report of {SERIES:,} monthly series, 3 windows",
            "megabytes": round(page.stat().st_size / 1e6, 2),
            "seconds": round(seconds, 2),
            "peak_gib": round(memory, 2),
            "first_chart_seconds": round(statistics.median(first for first, _ in opened), 2),
            "all_charts_seconds": round(statistics.median(last for _, last in opened), 2),
            "browser": version_of_browser(),
        }
    write_results("report", [row])


def run(*words: object) -> None:
    command = [sys.executable, "-m", "lstmcast", *map(str, words), "--quiet"]
    subprocess.run(command, check=True)


def seconds_to_draw(page: Path) -> tuple[float, float]:
    """Open a page in a new browser: the seconds to its first chart, and to all of them."""
    browser = start_browser()
    try:
        browser.get("about:blank")
        time.sleep(1)  # a browser that is being started does more than open a page
        browser.get(page.as_uri())
        script = f"return {list(MARKS)}.map(it => performance.getEntriesByName(it)[0]?.startTime)"
        wait = WebDriverWait(browser, 60, poll_frequency=0.1)
        first, last = wait.until(lambda it: all(marks := it.execute_script(script)) and marks)
    finally:
        browser.quit()
    return first / 1000, last / 1000


def start_browser() -> webdriver.Chrome:
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    options.add_argument("--headless=new")
    options.add_argument("--disable-gpu")
    if os.geteuid() == 0:
        options.add_argument("--no-sandbox")  # which Chromium does not offer to root
    return webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))


def version_of_browser() -> str:
    browser = start_browser()
    version = str(browser.capabilities["browserVersion"])
    browser.quit()
    return f"Chromium {version}"


if __name__ == "__main__":
    main()
