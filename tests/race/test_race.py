"""ccsync in every case; and a script that is wrong on purpose, so that the judge can be trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.race.cases import CASES, case_named
from tests.race.database import ScheduledDatabase
from tests.race.grain import Grain
from tests.race.naive import AppendOnly
from tests.race.play import measured_grain, play_case
from tests.race.scheduled import Scheduled

pytestmark = pytest.mark.thorough

OURS = {
    # Nobody can read past a cursor that leads to itself.
    "cursor_repeats": ("refused", "the next run mends it"),
    # Standard output cannot say that a day has no lines any more; sinks that hold a day can.
    "day_vanished": ("wrong", "the next run does not mend it"),
}

NAIVE = {
    "restated": "3 of 6 days: sessions 72, API says 792",
    "running_day": "day 5: sessions 1, API says 27",
    "outage": "day 3: sessions 1, API says 21",
    "zero": "day 5: sessions 27, API says 15",
    "vanished": "day 5: sessions 27, API says 15",
    "model_vanished": "day 5: cents 7,467, API says 6,419",
    "day_vanished": "day 4: sessions 24, API says 0",
    "day_fails": "day 2: sessions 0, API says 18",
    "html": "day 2: sessions 0, API says 18",
    "truncated": "day 3: sessions 0, API says 21",
    "killed": "day 3: sessions 10,489, API says 5,493",
    "cursor_repeats": "hangs: no end within 1 s",
    "cursor_repeats_once": "day 3: sessions 5,990, API says 5,493",
    "page_repeats": "day 3: sessions 10,489, API says 5,493",
    "cursor_expires": "day 3: sessions 4,996, API says 5,493",
    "fractions": "day 5: cents 1,234,705, API says 1,234,707.3583",
    "unknown_names": "day 5: plan_tool accepted 0, API says 11",
}


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_ccsync(name: str, tmp_path: Path) -> None:
    ours = Scheduled(retry_deadline="3s")
    judged = play_case(ours, case_named(name), tmp_path / "place", Grain(), bound=30)
    kind, note = OURS.get(name, ("right", judged.note))
    assert (judged.kind, judged.note) == (kind, note), judged


@pytest.mark.parametrize("name", ["day_vanished", "killed"])
def test_ccsync_where_days_can_be_replaced(name: str, tmp_path: Path) -> None:
    ours = ScheduledDatabase(retry_deadline="3s")
    judged = play_case(ours, case_named(name), tmp_path / "place", Grain(), bound=30)
    assert judged.kind == "right", judged


@pytest.mark.parametrize("name", [case.name for case in CASES])
def test_a_naive_script(name: str, tmp_path: Path) -> None:
    bound = 1.0 if name == "cursor_repeats" else 30.0
    judged = play_case(AppendOnly(), case_named(name), tmp_path / "place", Grain(), bound)
    kind = "wrong" if name in NAIVE else "right"
    assert (judged.kind, judged.phrase) == (kind, NAIVE.get(name, "")), judged


def test_the_control_tells_the_finest_grain(tmp_path: Path) -> None:
    assert measured_grain(AppendOnly(), tmp_path / "place", 30) == Grain()
