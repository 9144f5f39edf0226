"""A browser without a window, for pages that are read from a file. Skipped where there is none."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pytest

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PATIENCE = 60.0
_QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--virtual-time-budget=3000",  # pages are over when their timers are
    "--enable-logging=stderr",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # nothing is found outside
)
_CONSOLE = re.compile(r":CONSOLE[:(].*")


class Shown(NamedTuple):
    """What became of a page."""

    document: str
    """The document as scripts left it."""

    console: list[str]
    """What scripts, or the browser about them, had to say."""


class Browser:
    """Runs once for each page."""

    def __init__(self, program: str, profile: Path) -> None:
        self._program = program
        self._profile = profile

    def show(self, page: Path, *, width: int = 1200, dark: bool = False) -> Shown:
        """Show a page, let its scripts end, and say what became of it."""
        ran = self._run(page, "--dump-dom", width=width, dark=dark)
        return Shown(ran.stdout, _CONSOLE.findall(ran.stderr))

    def picture(self, page: Path, to: Path, *, width: int = 1200, dark: bool = False) -> Path:
        """Draw a page as PNG."""
        self._run(page, f"--screenshot={to}", width=width, dark=dark)
        return to

    def paper(self, page: Path, to: Path) -> Path:
        """Print a page as PDF."""
        self._run(page, f"--print-to-pdf={to}", width=1200, dark=True)
        return to

    def _run(
        self, page: Path, *options: str, width: int, dark: bool
    ) -> subprocess.CompletedProcess[str]:
        colours = ["--blink-settings=preferredColorScheme=0"] if dark else []
        return subprocess.run(
            [
                self._program,
                *_QUIET,
                f"--user-data-dir={self._profile}",
                f"--window-size={width},2000",
                *colours,
                *options,
                page.absolute().as_uri(),
            ],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=_PATIENCE,
        )


def browser(profile: Path) -> Browser:
    """Find one; skips the test where there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip(f"none of {', '.join(_NAMES)} is installed; Debian's package is chromium")
    return Browser(found, profile)
