"""Who works in a simulated organization: people and API keys, with their habits."""

from __future__ import annotations

import random
from dataclasses import dataclass

from ccsync.simulator.shapes import Row, api_actor, user_actor

# fmt: off
_GIVEN = (
    "ada", "amara", "anouk", "bela", "cleo", "dario", "edda", "emeka", "farid", "gita", "hana",
    "ilse", "imani", "jonas", "juno", "kaito", "lena", "liam", "malik", "mira", "nadia", "noor",
    "oskar", "pia", "priya", "quinn", "ravi", "rosa", "sami", "sora", "tala", "teo", "uma", "vera",
    "wren", "xenia", "yara", "yusuf", "zoe", "zuri",
)
_FAMILY = (
    "abara", "acker", "banerji", "birch", "castell", "dahl", "ekwall", "farrow", "gauthier",
    "hollis", "ibarra", "jansen", "kimura", "lindqvist", "marsh", "nakata", "okoro", "petrov",
    "quill", "rossi", "sandoval", "tanaka", "umar", "vance", "weiss", "xu", "yilmaz", "zeller",
)
_KEYS = (
    "ci-review", "docs-site", "release-notes", "nightly-triage", "migration", "support-desk",
    "evals",
)
# fmt: on

_TERMINALS = {
    "vscode": 34,
    "iTerm.app": 18,
    "Terminal.app": 10,
    "ghostty": 8,
    "tmux": 8,
    "cursor": 8,
    "WarpTerminal": 6,
    "windows-terminal": 5,
    "pycharm": 3,
}
_CUSTOMERS = {("api", None): 55, ("subscription", "team"): 25, ("subscription", "enterprise"): 20}


@dataclass(frozen=True, slots=True)
class Worker:
    """A person or an API key, and how they work."""

    actor: Row
    customer_type: str
    subscription_type: str | None
    terminal: str
    """The usual one."""

    second_terminal: str | None
    """Used on some days too."""

    models: tuple[str, ...]
    """The favourite first."""

    pace: float
    """Work on an ordinary day; 1 is ordinary."""

    weekday: float
    """Chance of working on a weekday."""

    weekend: float
    """Chance of working on a Saturday or Sunday."""

    remote: float
    """Chance of remote sessions on a day of work."""

    pays_twice: float
    """Chance that a day of work shows up under `api` too, for a subscriber."""

    begins: float
    """When the day's work begins, as a fraction of the UTC day."""

    lasts: float
    """How long it lasts, as a fraction of the UTC day."""

    @property
    def is_person(self) -> bool:
        """Whether this is a person."""
        return bool(self.actor["type"] == "user_actor")


def workers(seed: int | str, users: int, *, domain: str) -> tuple[Worker, ...]:
    """Make an organization's people, and an API key for every 25 of them.

    The first people of a larger organization are those of a smaller one with the same seed.
    """
    rng = random.Random(f"{seed}/people")  # noqa: S311 - reproducible, not secret
    names: dict[str, int] = {}
    people = [_person(rng, names, domain) for _ in range(users)]
    rng = random.Random(f"{seed}/keys")  # noqa: S311
    keys = [_key(rng, index) for index in range((users + 24) // 25)]
    return (*people, *keys)


def _person(rng: random.Random, names: dict[str, int], domain: str) -> Worker:
    name = f"{rng.choice(_GIVEN)}.{rng.choice(_FAMILY)}"
    names[name] = names.get(name, 0) + 1
    suffix = str(names[name]) if names[name] > 1 else ""
    customer_type, subscription_type = rng.choices(
        list(_CUSTOMERS), weights=list(_CUSTOMERS.values())
    )[0]
    usual, other = rng.choices(list(_TERMINALS), weights=list(_TERMINALS.values()), k=2)
    return Worker(
        actor=user_actor(f"{name}{suffix}@{domain}"),
        customer_type=customer_type,
        subscription_type=subscription_type,
        terminal=usual,
        second_terminal=other if other != usual else None,
        models=_models(rng),
        pace=rng.lognormvariate(0, 0.6),
        weekday=rng.uniform(0.6, 0.97),
        weekend=rng.choice((0.02, 0.05, 0.1, 0.4)),
        remote=rng.choice((0.0, 0.0, 0.05, 0.2, 0.5)),
        pays_twice=rng.choice((0.0, 0.0, 0.0, 0.1)),
        begins=rng.uniform(0.25, 0.7),
        lasts=rng.uniform(0.1, 0.42),
    )


def _key(rng: random.Random, index: int) -> Worker:
    round_, which = divmod(index, len(_KEYS))
    suffix = f"-{round_ + 1}" if round_ else ""
    return Worker(
        actor=api_actor(f"{_KEYS[which]}-bot{suffix}"),
        customer_type="api",
        subscription_type=None,
        terminal="",
        second_terminal=None,
        models=_models(rng),
        pace=rng.lognormvariate(1, 0.5),
        weekday=0.99,
        weekend=0.9,
        remote=0.0,
        pays_twice=0.0,
        begins=0.0,
        lasts=1.0,
    )


def _models(rng: random.Random) -> tuple[str, ...]:
    return rng.choice(
        (
            ("claude-opus-5", "claude-sonnet-5"),
            ("claude-opus-5", "claude-sonnet-5", "claude-haiku-4-5-20251001"),
            ("claude-sonnet-5", "claude-haiku-4-5-20251001"),
            ("claude-sonnet-5", "claude-sonnet-4-5-20250929"),
        )
    )
