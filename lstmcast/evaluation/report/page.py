"""The report as one page: everything that it shows is in it, and it asks for nothing.

Text of the user is escaped by the template; what scripts read is JSON in which no tag can end. The
scripts put texts into the page as texts, and none of the user's into a chart.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.metadata
import platform
from dataclasses import dataclass
from importlib.resources import files
from typing import TYPE_CHECKING

from lstmcast import __version__
from lstmcast.errors import UsageError
from lstmcast.evaluation.report.contents import select
from lstmcast.evaluation.report.curves import pack
from lstmcast.evaluation.report.data import data_of
from lstmcast.evaluation.report.texts import texts_of

if TYPE_CHECKING:
    from jinja2 import Environment

    from lstmcast.evaluation.report.contents import Report

SCRIPTS = ("unpack.js", "charts.js", "series.js", "page.js")


@dataclass(frozen=True)
class _Library:
    """The library of charts: its version, and its source."""

    version: str
    source: str


def demand_library() -> None:
    """Find out before the work begins whether pages can be made.

    Raises:
        UsageError: a package that pages are made with is not installed.
    """
    _load()


def render_report(report: Report) -> bytes:
    """Lay a report out as a page of HTML; the same report gives the same bytes.

    Raises:
        UsageError: a package that pages are made with is not installed.
    """
    environment, library = _load()
    chosen = select(report)
    script = "\n".join(map(_asset, SCRIPTS))
    page = environment.get_template("page.html").render(
        texts_of(report, chosen)
        | data_of(report, chosen)
        | {
            "versions": _versions(library),
            "style": _asset("page.css"),
            "script": script,
            "library": pack(library.source.encode()),
            "hashes": " ".join(map(_hash, (library.source, script))),
        }
    )
    # A name of a file need not be text; everything else is.
    return page.encode("utf-8", "backslashreplace")


def _load() -> tuple[Environment, _Library]:
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
        from plotly.offline import get_plotlyjs
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        raise UsageError(
            f"report needs the package '{package}': pip install 'lstmcast[report]'."
        ) from error
    environment = Environment(
        loader=PackageLoader(__package__, ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":")}
    return environment, _Library(importlib.metadata.version("plotly"), get_plotlyjs())


def _asset(name: str) -> str:
    assert __package__
    return files(__package__).joinpath(name).read_text("utf-8")


def _hash(script: str) -> str:
    """Return the word by which a policy lets one script run, and no other."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _versions(library: _Library) -> list[tuple[str, str]]:
    return [
        ("lstmcast", __version__),
        ("torch", importlib.metadata.version("torch")),
        ("plotly", library.version),
        ("Python", platform.python_version()),
    ]
