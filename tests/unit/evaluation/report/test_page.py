"""The page as a text: what is in it, that users' texts stay texts, and that it asks for nothing."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pytest
from made_reports import evaluation_of, panel_of, report_of

from lstmcast.cli.scoreboard import scoreboard
from lstmcast.data.frequency import TimeAxis
from lstmcast.errors import UsageError
from lstmcast.evaluation.backtest import BacktestPlan
from lstmcast.evaluation.report.contents import Report
from lstmcast.evaluation.report.data import date_format
from lstmcast.evaluation.report.page import render_report

RNG = np.random.default_rng(0)
HOSTILE = [
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    "<!--<script>",
    '" onmouseover="alert(3)',
    "{{ 7 * 7 }}",
    "\u2028\u2029\x00",
]
NO_TEXT = "\udcff.lstm"  # how Python tells a file name that is no UTF-8


class Reader(HTMLParser):
    """Collects the tags, and the texts outside of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.texts: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_data(self, data: str) -> None:
        if self.tags[-1:] != ["script"]:
            self.texts.append(data)


@pytest.fixture(scope="module")
def report() -> Report:
    panel = panel_of(*(100 + 10 * RNG.normal(size=(30, 60))))
    return report_of(evaluation_of(panel, errors=1.0))


@pytest.fixture(scope="module")
def page(report: Report) -> str:
    return render_report(report).decode()


def test_the_same_report_gives_the_same_bytes(report: Report, page: str) -> None:
    assert render_report(report).decode() == page


def test_the_parts_stand_in_their_order(page: str) -> None:
    titles = re.findall(r"<h2>(.*?)</h2>", page)
    assert titles == [
        *("Verdict", "What was understood of the data", "Scores", "Series"),
        *("Error by step ahead", "Calibration", "Worst and best series"),
        "Settings, training and versions",
    ]


def test_figures_are_those_of_evaluate(report: Report, page: str) -> None:
    rows = scoreboard(report.evaluation, colour=False).splitlines()[2:8]
    cells = {cell for row in rows for cell in re.findall(r"[\d,]+\.\d+", row)}
    assert len(cells) > 40
    assert cells <= set(re.findall(r"<td[^>]*>([\d,]+\.\d+)<", page))


def test_what_is_in_it(page: str) -> None:
    text = " ".join("".join(Reader(page).texts).split())
    assert "sales.csv" in text
    assert "data up to 2019-12-01" in text
    assert "time column 'month'" in text
    assert "no window was seen in training" in text
    assert "1,000 steps" in text
    assert "80 % intervals held 70.0% of the held-out ends, calibrated 79.0%" in text
    assert "lstm 12, naive 3" in text
    assert "season_length: 12\n" in page


def test_worst_and_best_open_in_the_chart(report: Report, page: str) -> None:
    places = [int(place) for place in re.findall(r'data-series="(\d+)"', page)]
    mase = report.evaluation.verdict.tables["lstm"].by_series["mase"]
    order = np.argsort(-mase, kind="stable")
    assert places == [*order[:10].tolist(), *order[:-11:-1].tolist()]


def test_it_asks_for_nothing(page: str) -> None:
    (found,) = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', page)
    policy = html.unescape(found)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe-eval" not in policy
    assert "script-src 'sha256-" in policy
    assert not re.findall(r'(?:src|href)="(?!#|data:,")', page)
    (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in policy


def test_a_text_of_the_user_stays_a_text() -> None:
    values = 100 + 10 * RNG.normal(size=(len(HOSTILE), 60))
    evaluation = evaluation_of(panel_of(*values, ids=HOSTILE), errors=1.0)
    calm = evaluation_of(panel_of(*values), errors=1.0)
    sound = report_of(calm)
    made = Report(NO_TEXT, HOSTILE[1], sound.model, evaluation, None, HOSTILE[3])
    hostile = Reader(render_report(made).decode())
    innocent = Reader(render_report(Report("m", "d", sound.model, calm, None, "no")).decode())
    assert hostile.tags == innocent.tags
    assert hostile.attributes == innocent.attributes
    text = "".join(hostile.texts)
    assert all(name in text for name in HOSTILE[:5])


def test_one_series_needs_no_choice() -> None:
    panel = panel_of(100 + RNG.normal(size=60))
    page = render_report(report_of(evaluation_of(panel))).decode()
    assert 'id="search"' not in page
    assert "Worst and best" not in page
    assert '<h3 id="series-name" aria-live="polite">sales</h3>' in page


def test_why_there_is_no_forecast_is_said() -> None:
    evaluation = evaluation_of(panel_of(100 + RNG.normal(size=60)))
    page = render_report(report_of(evaluation, refusal="not forecast: no weather")).decode()
    assert "<li>not forecast: no weather</li>" in page
    (facts,) = re.findall(r'<script type="application/json" id="facts">(.*?)</script>', page)
    assert json.loads(facts)["series"]["forecast"] is False


def test_levels_without_an_interval_are_no_obstacle() -> None:
    panel = panel_of(*(100 + RNG.normal(size=(3, 60))))
    for levels in [(), (0.5,), (0.2, 0.9)]:
        page = render_report(report_of(evaluation_of(panel, levels=levels))).decode()
        assert "The quantile levels have no central interval." in page


def test_windows_without_a_value_are_no_obstacle() -> None:
    gone = np.concatenate([100 + RNG.normal(size=50), np.full(10, np.nan)])
    plan = BacktestPlan(horizon=3, windows=1)
    page = render_report(report_of(evaluation_of(panel_of(gone, gone), plan))).decode()
    assert "No verdict" in page


@pytest.mark.parametrize(
    ("frequency", "written"),
    [
        ("YS", "%Y"),
        ("QS-OCT", "%b %Y"),
        ("MS", "%b %Y"),
        ("W-SUN", "%a %d %b %Y"),
        ("B", "%a %d %b %Y"),
        ("h", "%a %d %b %Y, %H:%M"),
        ("10s", "%d %b %Y, %H:%M:%S"),
    ],
)
def test_times_are_written_as_finely_as_they_are(frequency: str, written: str) -> None:
    axis = TimeAxis(frequency, np.datetime64("2020-01-01", "us"), "%Y-%m-%d")
    assert date_format(axis) == written


def test_whole_numbers_are_no_dates() -> None:
    assert not date_format(TimeAxis("1", 0, ""))


@pytest.mark.parametrize("package", ["plotly.offline", "jinja2"])
def test_an_absent_package_names_the_extra(
    package: str, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(UsageError, match=r"pip install 'lstmcast\[report\]'"):
        render_report(report)
