"""The promise, with the BigQuery sink on the double as the destination of the world of stories.

Beside deaths, restatements and overtaken runs: answers that get lost, tables made anew that lose
what is streamed to them, compactions, changes between streaming and loading, and permissions taken
away. At every step each day that the views show is one revision that the API gave, whole, and never
an older one than before. And each rule of the sink and its views is needed for that: without it a
story is told wrong.

    python -m tests.property.test_bigquery_stories 500      tells so many, and counts
"""

from __future__ import annotations

import sys
import time

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.property.bigquery_mutants import A_DAY, MUTANTS
from tests.support.bigquery_destination import Tally
from tests.support.bigquery_stories import Event, tell, told
from tests.support.bigquery_world import BigQueryStories, Mode

MODES: tuple[Mode, ...] = ("stream", "load")
LONG = {"least": 8, "most": 25}


def tell_stories(mode: Mode, examples: int, tally: Tally, *, least: int, most: int) -> None:
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        # A story takes a second; to shorten one that fails is worth it, to keep it is not.
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        print_blob=True,
    )
    @given(told(least=least, most=most))
    def property_(story: list[Event]) -> None:
        with BigQueryStories(mode, tally=tally) as world:
            tell(story, world)

    property_()


@pytest.mark.thorough
@pytest.mark.parametrize("mode", MODES)
def test_any_story_ends_in_the_truth(mode: Mode) -> None:
    tally = Tally()
    tell_stories(mode, 6, tally, least=6, most=14)
    assert tally.deaths > 5
    assert tally.looks > 50


@pytest.mark.integration
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("mode", MODES)
def test_many_stories_end_in_the_truth(mode: Mode) -> None:
    tell_stories(mode, 15, Tally(), **LONG)


@pytest.mark.thorough
@pytest.mark.parametrize("name", MUTANTS)
def test_each_rule_is_needed(name: str) -> None:
    mutant = MUTANTS[name]
    with mutant.at_work() as world, pytest.raises(AssertionError, match=mutant.says):
        tell((*A_DAY, *mutant.story), world)


@pytest.mark.thorough
def test_their_stories_end_well_with_every_rule() -> None:
    """Told one after the other, as all of them are days of one life."""
    with BigQueryStories() as world:
        for mutant in MUTANTS.values():
            tell((*A_DAY, *mutant.story), world)


if __name__ == "__main__":
    for each in MODES:
        seen, began = Tally(), time.monotonic()
        tell_stories(each, int(sys.argv[1]), seen, **LONG)
        print(f"{each}: {seen}, {time.monotonic() - began:.0f} s")  # noqa: T201
