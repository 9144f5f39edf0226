from __future__ import annotations

import pytest

from ccsync.cli.order import command_in, reordered

STAY = ("--config", "--log-level")


@pytest.mark.parametrize(
    ("given", "corrected"),
    [
        ("--max-age 1h status", "ccsync status --max-age 1h"),
        ("--max-age=1h status --json", "ccsync status --max-age=1h --json"),
        (
            "--config a.yaml --from 30d --log-level=debug sync --force",
            "ccsync --config a.yaml --log-level=debug sync --from 30d --force",
        ),
        ("--force sync", "ccsync sync --force"),
    ],
)
def test_options_move_behind_their_command(given: str, corrected: str) -> None:
    args = given.split()
    place = command_in(args, ("status", "sync"))
    assert place is not None
    assert reordered(args, place, STAY) == corrected


def test_words_with_blanks_are_quoted() -> None:
    assert reordered(["--report", "a b", "sync"], 2, STAY) == "ccsync sync --report 'a b'"


def test_no_command_at_all() -> None:
    assert command_in(["--max-age", "1h"], ("status",)) is None
