"""A shard: the part of a run's days that one of several processes takes. Pure.

Which shard a day belongs to depends on the day and on the number of shards alone: not on the range,
the ledger or the moment. So shards that start on two sides of midnight, or are run again later,
divide the days alike, and every day belongs to exactly one of them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import msgspec

from ccsync.errors import SettingsError

INDEX = "JOB_COMPLETION_INDEX"
"""Which pod of an Indexed Job this is, from 0 on; set by Kubernetes."""

COUNT = "CCSYNC_SHARDS"
"""How many pods the Job has (`completions`); set by whoever writes the Job."""

AUTO = "auto"


class Shard(msgspec.Struct, frozen=True):
    """Every `count`-th day; shards are counted from 0."""

    index: int
    count: int

    def __post_init__(self) -> None:
        """Check the two against each other.

        Raises:
            ValueError: with a message for the user.
        """
        if self.count < 1:
            raise ValueError(f"{self}: there has to be at least one shard, 0/1")
        if not 0 <= self.index < self.count:
            last = Shard(self.count - 1, self.count)
            raise ValueError(f"{self}: shards are counted from 0, so the last one is {last}")

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read `I/N`.

        Raises:
            ValueError: with a message for the user.
        """
        if not (found := re.fullmatch(r"([0-9]{1,6})/([0-9]{1,6})", text)):
            raise ValueError(
                f"{text!r} is not a shard; write I/N, counted from 0: 0/8 to 7/8 for eight "
                f"shards, or {AUTO}"
            )
        return cls(int(found[1]), int(found[2]))

    def holds(self, day: dt.date) -> bool:
        """Tell whether a day belongs to this shard."""
        return day.toordinal() % self.count == self.index

    def __str__(self) -> str:
        """Write it as a user would."""
        return f"{self.index}/{self.count}"

    __repr__ = __str__


def from_environment(environ: Mapping[str, str]) -> Shard:
    """Give the shard of this pod: `JOB_COMPLETION_INDEX` of `CCSYNC_SHARDS`.

    Raises:
        SettingsError: one of the two is missing, or they do not go together.
    """
    missing = [name for name in (INDEX, COUNT) if not environ.get(name, "").strip()]
    if missing:
        remedy = {
            INDEX: f"Kubernetes sets {INDEX} in a Job with `completionMode: Indexed`",
            COUNT: f"set {COUNT} to the number of shards, the Job's `completions`",
        }
        verb = "is" if len(missing) == 1 else "are"
        raise SettingsError(
            f"which shard is this? {' and '.join(missing)} {verb} not set: "
            f"{'; '.join(remedy[name] for name in missing)}. Or name it: --shard 0/8"
        )
    index, count = (environ[name].strip() for name in (INDEX, COUNT))
    for name, value in ((INDEX, index), (COUNT, count)):
        if not re.fullmatch(r"[0-9]{1,6}", value):
            raise SettingsError(f"{name}={value!r} in the environment is not a number of shards")
    if int(index) >= int(count):
        raise SettingsError(
            f"{INDEX}={index}, but there are only {COUNT}={count} shards, counted from 0: "
            f"the Job's `completions` and {COUNT} have to be the same number"
        )
    return Shard(int(index), int(count))


def choose(given: str | None, environ: Mapping[str, str]) -> Shard | None:
    """Give the shard that `--shard` names, or the environment; None: this run takes every day.

    `CCSYNC_SHARDS` in the environment is as good as `--shard auto`.

    Raises:
        SettingsError: it cannot be one.
    """
    if given is None:
        return from_environment(environ) if environ.get(COUNT, "").strip() else None
    if given == AUTO:
        return from_environment(environ)
    try:
        return Shard.parse(given)
    except ValueError as error:
        raise SettingsError(f"--shard {error}") from None
