"""Teams: what people of one team have in common. The API does not show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from ccsync.simulator.models import Line
from ccsync.simulator.workdays import Region

Billing: TypeAlias = tuple[str, str | None]
"""Customer type and subscription type."""

API: Billing = ("api", None)
TEAM_PLAN: Billing = ("subscription", "team")
ENTERPRISE: Billing = ("subscription", "enterprise")


@dataclass(frozen=True, slots=True)
class Team:
    """A team and its habits."""

    name: str
    size: int
    """Weight among the teams."""

    region: Region
    begins: float
    """When work usually begins, in hours of the UTC day."""

    billing: Billing
    terminals: Mapping[str, int]
    """What people work in, with weights."""

    models: tuple[tuple[Line, ...], ...]
    """What people use, the favourite first; one of these each."""

    pace: float
    """Work on a day, beside an ordinary team's 1."""

    remote: float
    """Chance of remote sessions on a day, of those who have any at all."""

    notebooks: bool
    """Whether notebooks are edited here."""

    cycle: int
    """Weeks from one release to the next."""

    def releases(self, day: dt.date) -> bool:
        """Whether the day lies in a release week."""
        week = (day.toordinal() - 1) // 7
        return (week + len(self.name)) % self.cycle == 0


TEAMS = (
    Team("payments", 18, "germany", 7.2, ENTERPRISE,
         {"pycharm": 8, "vscode": 30, "iTerm.app": 22, "Terminal.app": 8},
         (("opus", "sonnet"), ("opus", "sonnet", "haiku")), 1.0, 0.12, notebooks=False, cycle=6),
    Team("platform", 16, "us", 14.5, API,
         {"ghostty": 24, "tmux": 26, "iTerm.app": 18, "vscode": 10},
         (("opus", "haiku"), ("opus", "sonnet", "haiku"), ("sonnet", "haiku")), 1.5, 0.35,
         notebooks=False, cycle=4),
    Team("mobile", 14, "us", 15.5, TEAM_PLAN,
         {"iTerm.app": 20, "cursor": 20, "WarpTerminal": 16, "Terminal.app": 14},
         (("sonnet", "opus"), ("sonnet", "haiku")), 0.9, 0.2, notebooks=False, cycle=3),
    Team("web", 20, "uk", 8.3, API,
         {"vscode": 36, "cursor": 22, "iTerm.app": 10, "windows-terminal": 6},
         (("sonnet", "opus"), ("opus", "sonnet"), ("sonnet", "haiku")), 1.0, 0.25,
         notebooks=False, cycle=2),
    Team("data", 12, "india", 3.8, API,
         {"vscode": 30, "tmux": 12, "pycharm": 10},
         (("opus", "sonnet"), ("sonnet", "haiku")), 0.8, 0.1, notebooks=True, cycle=8),
    Team("embedded", 8, "japan", 0.4, TEAM_PLAN,
         {"vscode": 20, "tmux": 20, "windows-terminal": 12},
         (("sonnet",), ("sonnet", "opus")), 0.7, 0.02, notebooks=False, cycle=9),
    Team("research", 6, "us", 15.0, API,
         {"tmux": 20, "ghostty": 14, "vscode": 14},
         (("opus",), ("opus", "haiku")), 1.8, 0.5, notebooks=True, cycle=7),
    Team("support", 6, "uk", 8.0, ENTERPRISE,
         {"Terminal.app": 14, "WarpTerminal": 10, "vscode": 10},
         (("sonnet", "haiku"), ("haiku", "sonnet")), 0.5, 0.05, notebooks=False, cycle=5),
)  # fmt: skip
