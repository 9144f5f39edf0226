"""What comes of a day's work: sessions, lines, commits, pull requests, proposals and answers."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Work:
    """The result of a day's work in one place."""

    sessions: int
    lines: tuple[int, int]
    """Added and removed."""

    commits: int
    pull_requests: int
    tools: dict[str, tuple[int, int]]
    """Per tool, proposals accepted and rejected."""


def work(rng: random.Random, effort: float, acceptance: float, *, notebooks: bool) -> Work:
    """Draw what comes of a day's work.

    Args:
        rng: To draw from.
        effort: How much is done; 1 is an ordinary day's work.
        acceptance: Share of proposals accepted, 0 to 1; 0 for somebody who only reads.
        notebooks: Whether notebooks are edited.
    """
    sessions = 1 + int(effort**0.6 * rng.uniform(0.3, 4.5))
    if not acceptance or rng.random() < 0.06:
        return Work(sessions, (0, 0), 0, 0, {})
    # Those who do a lot let several agents work side by side, and keep less of it.
    added = int(effort**0.75 * rng.uniform(50, 320))
    commits = int(added / rng.uniform(60, 260) + rng.random())
    edits = int(added / rng.uniform(7, 15)) + 1
    shares = {"edit_tool": 1.0, "multi_edit_tool": 0.15, "write_tool": rng.uniform(0.1, 0.3)}
    if notebooks:
        shares["notebook_edit_tool"] = rng.uniform(0, 0.4)
    today = min(0.97, max(0.7, rng.gauss(acceptance, 0.02)))
    return Work(
        sessions=sessions,
        lines=(added, int(added * rng.uniform(0.08, 0.7))),
        commits=min(commits, added),
        pull_requests=min(commits, int(commits * rng.uniform(0, 0.4) + rng.random() * 0.7)),
        tools={tool: _answers(rng, int(edits * share), today) for tool, share in shares.items()},
    )


def _answers(rng: random.Random, accepted: int, acceptance: float) -> tuple[int, int]:
    return accepted, int(accepted * (1 - acceptance) / acceptance + rng.random() * 0.999)
