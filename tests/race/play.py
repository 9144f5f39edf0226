"""One contestant through all cases: the control tells its grain, then each case gets a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.peers.contestant import Contestant
from tests.race.cases import Case, quiet_week
from tests.race.grain import Grain, grain_of
from tests.race.stage import NotKilledError, Stage
from tests.race.verdict import Verdict, verdict, with_aftermath

BOUND = 60.0
"""Seconds that a run may take."""


@dataclass(frozen=True)
class Played:
    """What one contestant made of all the cases."""

    contestant: str
    """Its name, with its exact version."""

    absent: str | None
    grain: Grain
    verdicts: dict[str, Verdict]
    """By the case's name, in the order played; empty when it is absent."""


def play(
    contestant: Contestant, cases: Sequence[Case], place: Path, bound: float = BOUND
) -> Played:
    """Let a contestant play cases, each with an API and a directory of its own below a place."""
    absent = contestant.absent()
    if absent is not None:
        return Played(contestant.name, absent, Grain(), {})
    grain = measured_grain(contestant, place / "grain", bound)
    verdicts = {
        one.name: play_case(contestant, one, place / one.name, grain, bound) for one in cases
    }
    return Played(contestant.name, None, grain, verdicts)


def play_all(
    contestants: Sequence[Contestant], cases: Sequence[Case], place: Path, jobs: int
) -> list[Played]:
    """Let all of them play, so many at a time."""
    with ThreadPoolExecutor(jobs) as pool:
        numbered = enumerate(contestants)
        futures = [pool.submit(play, one, cases, place / f"{n:02}") for n, one in numbered]
        return [future.result() for future in futures]


def measured_grain(contestant: Contestant, place: Path, bound: float) -> Grain:
    """Let a contestant load a quiet week, and see what it keeps."""
    with Stage(contestant, place, Grain(), bound) as stage:
        quiet_week(stage)
        return grain_of(stage.shown())


def play_case(
    contestant: Contestant, case: Case, place: Path, grain: Grain, bound: float = BOUND
) -> Verdict:
    """Let a contestant play one case."""
    why = _does_not_apply(case, grain)
    if why is not None:
        return Verdict("n/a", why)
    with Stage(contestant, place, grain, bound) as stage:
        try:
            case.play(stage)
        except NotKilledError as error:
            return Verdict("n/a", str(error))
        judged = verdict(stage.runs, bound)
        if judged.kind in ("refused", "wrong"):
            judged = with_aftermath(judged, stage.aftermath())
        return judged


def _does_not_apply(case: Case, grain: Grain) -> str | None:
    if (
        case.needs is None
        or case.needs in grain.dimensions
        or (case.needs == "cost" and grain.cost)
    ):
        return None
    return f"keeps no {case.needs}"
