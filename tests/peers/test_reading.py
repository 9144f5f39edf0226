"""What is read back is what a destination shows, whatever killed programs left in it."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tests.peers.contestant import Core, Identity, Model, Shown, Totals, Work
from tests.peers.ours import Ccsync
from tests.peers.reading import json_lines, without_half_a_line
from tests.peers.registry import contestants, speed_only

DAY = dt.date(2026, 11, 20)
WHO: Identity = (DAY, "org", "user_actor", "mira@northwind.example", "api", None, "tmux", None)
CORE = Core(WHO, 3, 40, 7, 1, 0, (("edit_tool", 5, 1),))
MODEL = Model(WHO, "claude-opus-5", "USD", (1, 2, 3, 4), Decimal("10.5"))


def line(fetched: str, day: dt.date = DAY, sessions: int = 3, person: str = "mira") -> str:
    """Make a line of the stdout sink."""
    said = {
        "date": str(day),
        "organization_id": "org",
        "actor_type": "user_actor",
        "actor_id": person,
        "sessions": sessions,
        **dict.fromkeys(("lines_added", "lines_removed", "commits", "pull_requests"), 0),
        "tool_actions": [{"tool": "edit_tool", "accepted": 5, "rejected": 1}],
        "model_usage": [],
        "source_id": "org",
        "snapshot_id": "s",
        "fetched_at": fetched,
    }
    return json.dumps(said)


def shown_by_ccsync(place: Path, text: str) -> dict[tuple[dt.date, str], int]:
    """Give the sessions of each row that a reader of this text sees."""
    (place / "stdout").write_text(text, "utf-8")
    shown = Ccsync().shown(Work("http://127.0.0.1:1", "key", DAY, DAY, place))
    found = [((row.identity[0], row.identity[3]), row.sessions) for row in shown.core]
    assert len(dict(found)) == len(found)
    return dict(found)


def test_names_are_different() -> None:
    names = [contestant.name for contestant in [*contestants(), *speed_only()]]
    assert len(set(names)) == len(names)


def test_half_a_line_is_left_out_and_what_is_glued_to_it_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    file.write_text('{"a":1}\n{"b":[{"c":2},{"c"{"d":{"e":4.10}}\n\n{"f":', "utf-8")
    assert list(json_lines(file)) == [{"a": 1}, {"d": {"e": Decimal("4.10")}}]


def test_a_file_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert list(json_lines(tmp_path / "lines")) == []
    without_half_a_line(tmp_path / "lines")


def test_half_a_line_is_cut_off(tmp_path: Path) -> None:
    file = tmp_path / "lines"
    for text, left in (("1\n2\n3", "1\n2\n"), ("1\n", "1\n"), ("1", "")):
        file.write_text(text, "utf-8")
        without_half_a_line(file)
        assert file.read_text("utf-8") == left


def test_of_ccsync_the_newest_lines_of_each_day_count_and_equal_ones_once(tmp_path: Path) -> None:
    day_after = DAY + dt.timedelta(days=1)
    lines = (
        line("T1", person="gone"),
        line("T1", sessions=1),
        line("T1", day_after),
        line("T2", sessions=2),
        line("T2", sessions=2),
        line("T2", sessions=9, person="new"),
    )
    assert shown_by_ccsync(tmp_path, "\n".join(lines)) == {
        (DAY, "mira"): 2,
        (DAY, "new"): 9,
        (day_after, "mira"): 3,
    }


def test_a_digest_names_the_rows_whatever_their_order() -> None:
    other = replace(CORE, sessions=4)
    assert Shown([CORE, other], [MODEL]).digest() == Shown([other, CORE], [MODEL]).digest()
    dearer = replace(MODEL, cents=Decimal("10.500"))
    assert Shown([CORE], [dearer]).digest() == Shown([CORE], [MODEL]).digest()
    assert Shown([CORE, CORE], [MODEL]).digest() != Shown([CORE], [MODEL]).digest()
    assert Shown([CORE], [MODEL, MODEL]).digest() != Shown([CORE], [MODEL]).digest()
    assert Shown([other], [MODEL]).digest() != Shown([CORE], [MODEL]).digest()


def test_totals_are_those_of_the_day() -> None:
    nothing = Totals(0, 0, 0, Decimal(0))
    both = Shown([CORE, CORE], [MODEL])
    assert both.totals(DAY) == Totals(2, 6, 80, Decimal("10.5"))
    assert both.totals(DAY + dt.timedelta(days=1)) == nothing
    assert Shown([CORE], None, {WHO: Decimal(7)}).totals(DAY) == Totals(1, 3, 40, Decimal(7))
