"""Puts the page together."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from functools import cache
from importlib.resources import files

import msgspec

from ccsync.errors import CcsyncError
from ccsync.insights.html.glance import coverage_notes, tiles
from ccsync.insights.html.sections import LIMIT, sections
from ccsync.insights.summary import Summary

_HERE = files("ccsync.insights.html")


class PageError(CcsyncError):
    """The page cannot be made here."""


def page(summary: Summary, *, title: str, made_at: dt.datetime, top: int = LIMIT) -> str:
    """Write a summary as an HTML document, about 1 MB, most of which is the code that draws.

    Args:
        summary: What it shows.
        title: What the usage is of: an organization, or the file it was read from.
        made_at: The moment to name, with a time zone.
        top: How many people are named; the others are added up.

    Raises:
        PageError: the extra `insights` is not installed.
    """
    try:
        import jinja2

        script = _script()
    except ModuleNotFoundError as error:
        raise PageError(
            f"the HTML page needs the package {error.name}, which is not installed: "
            "pip install 'ccsync[insights]'"
        ) from None
    parts = sections(summary, top=top)
    charts = [chart.spec for part in parts for chart in part.charts]
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    return environment.from_string(_text("page.html.jinja")).render(
        title=title,
        made_at=made_at.astimezone(dt.UTC),
        total=summary.total,
        organizations=summary.organizations,
        last_day=summary.days[-1].first_day if summary.days else None,
        tiles=tiles(summary),
        notes=coverage_notes(summary),
        sections=parts,
        style=_text("style.css"),
        script=script,
        script_digest=_digest(script),
        charts=_inlined(charts),
    )


@cache
def _script() -> str:
    """Put our script together with the libraries that it uses; that takes a second."""
    import vl_convert

    return vl_convert.javascript_bundle(_text("page.js"))


def _text(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _digest(script: str) -> str:
    """Give the hash by which a content security policy allows a script (CSP Level 3, 2.3.1)."""
    return base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()


def _inlined(charts: object) -> str:
    """Write JSON so that nothing in it can end the element that holds it."""
    return msgspec.json.encode(charts).decode().replace("<", "\\u003c")
