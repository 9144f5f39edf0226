"""The README's tables of speed and memory are those of the published figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks.results import load
from tests.benchmarks.table import BEGIN, PUBLISHED, insert

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_shows_the_published_figures() -> None:
    text = README.read_text("utf-8")
    if BEGIN not in text:
        pytest.skip(f"README.md has no {BEGIN}: it shows no figures")
    assert insert(text) == text, "run .venv/bin/python -m tests.benchmarks.table README.md"


def test_quick_figures_are_not_published() -> None:
    if not PUBLISHED.exists():
        pytest.skip("no figures are published: `make bench ARGS=--publish`")
    assert not load(PUBLISHED).quick
