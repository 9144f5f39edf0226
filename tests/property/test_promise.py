"""The promise: whatever happens, one good run later every destination shows what the API says."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.support.stories import Event, stories, tell
from tests.support.world import World


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    print_blob=True,
)
@given(stories)
def test_any_story_ends_in_the_truth(story: list[Event]) -> None:
    tell(story, World())
