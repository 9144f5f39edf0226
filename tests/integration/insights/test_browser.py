"""The page in a real browser: every chart is drawn, nothing complains, nothing is loaded."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest

from ccsync.insights import summarize
from ccsync.insights.html import page
from tests.support.browser import Browser, browser
from tests.unit.insights.html.test_page import some_records

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)
LOOKS = pytest.mark.parametrize(
    ("width", "dark"), [(1200, False), (1200, True), (420, False)], ids=["light", "dark", "phone"]
)
_REPORT = """<script>
addEventListener("load", () => setTimeout(() => {
  const told = document.createElement("pre");
  told.id = "told";
  told.textContent = [
    performance.getEntriesByType("resource").length,
    document.documentElement.scrollWidth <= innerWidth,
    getComputedStyle(document.body).backgroundColor,
  ].join(" | ");
  document.body.append(told);
}, 500));
</script>"""


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    return browser(tmp_path_factory.mktemp("profile"))


@pytest.fixture(scope="module")
def html() -> str:
    return page(summarize(some_records()), title="Northwind", made_at=NOW)


@LOOKS
def test_every_chart_is_drawn_and_nothing_complains(
    shown: Browser, html: str, tmp_path: Path, width: int, dark: bool
) -> None:
    file = tmp_path / "page.html"
    file.write_text(html)
    after = shown.show(file, width=width, dark=dark)
    assert after.console == []
    drawn = after.document[after.document.index("<main>") : after.document.index("</main>")]
    assert "could not be drawn" not in drawn
    charts = html.count('class="chart"')
    assert charts >= 8
    assert len(re.findall(r"<svg[^>]*class=\"marks\"", after.document)) == charts
    assert "NaN" not in drawn


@LOOKS
def test_nothing_is_loaded_and_nothing_is_wider_than_the_page(
    shown: Browser, html: str, tmp_path: Path, width: int, dark: bool
) -> None:
    """Without its policy, which would forbid it, so that a request would be seen."""
    free = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert free != html
    file = tmp_path / "page.html"
    file.write_text("".join([*free.rpartition("</body>")[:1], _REPORT]))
    told = re.search(
        r'<pre id="told">(.*?)</pre>', shown.show(file, width=width, dark=dark).document
    )
    assert told is not None
    requests, fits, background = told[1].split(" | ")
    assert requests == "0"
    assert fits == "true"
    assert background == ("rgb(20, 22, 26)" if dark else "rgb(255, 255, 255)")


def test_a_complaint_would_be_heard(shown: Browser, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("<script>console.error('a complaint')</script>")
    assert len(shown.show(file).console) == 1


def test_pictures_and_paper(shown: Browser, html: str, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(html)
    assert shown.picture(file, tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
    assert shown.paper(file, tmp_path / "page.pdf").read_bytes().startswith(b"%PDF")
