"""The README's table of the correctness race is what the last published race found."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.race.cases import CASES
from tests.race.results import PUBLISHED, read
from tests.race.table import readme_part, readme_part_of

NEEDS_A_RACE = pytest.mark.skipif(not PUBLISHED.exists(), reason="no race was published yet")

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_readme_shows_the_published_race() -> None:
    shown = readme_part_of(README.read_text("utf-8"))
    if shown is None:
        pytest.skip("README.md has no markers for the race yet")
    assert shown == readme_part(read(PUBLISHED)), "write the part anew: python -m tests.race.readme"


@NEEDS_A_RACE
def test_the_published_race_has_the_cases_of_today() -> None:
    published = {(one.name, one.title) for one in read(PUBLISHED).cases}
    assert published == {(one.name, one.title) for one in CASES}, (
        "cases changed since: make peers, then make race ARGS='--twice --publish'"
    )
